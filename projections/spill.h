// Sorts more entries than memory holds: full buffers are sorted and written as runs, runs are merged. What fits stays
// in memory.
//
//   run file := (key_size:u16 value_size:u32 key value)*            keys ascending; the key's first byte is the space
//
// One writer thread per EntrySpill; merging is a free function over the runs of all of them, a thread for each part of
// the keys.
#pragma once

#include "projections/store.h"

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace minne {

// Sorted entries, in memory or in a file. Movable; read by any number of threads.
class EntryRun {
 public:
  // The first bytes of a key as numbers that sort as they do: they settle most comparisons without touching the key. A
  // shorter key is filled up with zeros, and may tie.
  using Prefix = std::array<std::uint64_t, 6>;
  [[nodiscard]] static Prefix prefix_of(std::string_view key);

  EntryRun() = default;
  explicit EntryRun(std::filesystem::path file) : file_(std::move(file)) {}

  [[nodiscard]] bool in_memory() const { return file_.empty(); }
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  void reserve(std::size_t bytes) { arena_.reserve(bytes); }
  void add(Space space, std::string_view key, std::string_view value);
  void sort();
  [[nodiscard]] std::size_t memory_bytes() const { return arena_.size() + items_.size() * sizeof(Item); }
  [[nodiscard]] bool empty() const { return items_.empty(); }
  // Writes the sorted entries out and frees them. kNoSpace where the disk is full.
  [[nodiscard]] Result<> move_to(const std::filesystem::path& file);

 private:
  friend class RunReader;
  friend std::vector<std::string> split_keys(const std::vector<EntryRun>& runs, std::size_t parts);
  struct Item {
    Prefix prefix;
    std::uint64_t offset;
    std::uint32_t value_size;
    std::uint16_t key_size;
  };
  void fetch(const Item& item) const;  // into the cache
  [[nodiscard]] std::string_view key(const Item& item) const {
    return std::string_view{arena_}.substr(item.offset, item.key_size);
  }
  [[nodiscard]] std::string_view value(const Item& item) const {
    return std::string_view{arena_}.substr(item.offset + item.key_size, item.value_size);
  }

  std::filesystem::path file_;
  std::string arena_;
  std::vector<Item> items_;
  std::vector<std::string> samples_;  // keys at even distances, of a run that went to a file
};

class EntrySpill {
 public:
  EntrySpill(std::filesystem::path directory, std::string name, std::size_t buffer_bytes)
      : directory_(std::move(directory)), name_(std::move(name)), buffer_bytes_(buffer_bytes) {
    current_.reserve(buffer_bytes);
  }

  [[nodiscard]] Result<> add(Space space, std::string_view key, std::string_view value);
  // All runs; the last one is still in memory.
  [[nodiscard]] std::vector<EntryRun> finish();

 private:
  std::filesystem::path directory_;
  std::string name_;
  std::size_t buffer_bytes_;
  EntryRun current_;
  std::vector<EntryRun> runs_;
};

// Keys that cut the entries of all runs into about `parts` equal parts; fewer where nothing is known of them.
[[nodiscard]] std::vector<std::string> split_keys(const std::vector<EntryRun>& runs, std::size_t parts);

// Visits the entries of all runs in key order, from `from` to before `to` (empty: to the last). Keys as split_keys
// gives them.
[[nodiscard]] Result<> merge_runs(
    const std::vector<EntryRun>& runs, std::string_view from, std::string_view to,
    const std::function<Result<>(Space space, std::string_view key, std::string_view value)>& visit);

}  // namespace minne
