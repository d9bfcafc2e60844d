// Sorts more entries than memory holds: full buffers are sorted and written as runs, runs are merged.
//
//   run file := (key_size:u16 value_size:u32 key value)*            keys ascending; the key's first byte is the space
//
// One writer thread per EntrySpill; merging is a free function over the runs of all of them.
#pragma once

#include "projections/store.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace minne {

class EntrySpill {
 public:
  EntrySpill(std::filesystem::path directory, std::string name, std::size_t buffer_bytes)
      : directory_(std::move(directory)), name_(std::move(name)), buffer_bytes_(buffer_bytes) {}

  [[nodiscard]] Result<> add(Space space, std::string_view key, std::string_view value);
  // Writes what is buffered; the runs since the last call.
  [[nodiscard]] Result<std::vector<std::filesystem::path>> finish();

 private:
  struct Item {
    std::size_t offset;
    std::uint16_t key_size;
    std::uint32_t value_size;
  };
  [[nodiscard]] Result<> write_run();

  std::filesystem::path directory_;
  std::string name_;
  std::size_t buffer_bytes_;
  std::string arena_;
  std::vector<Item> items_;
  std::vector<std::filesystem::path> runs_;
  std::size_t run_count_ = 0;
};

// Visits the entries of all runs in key order.
[[nodiscard]] Result<> merge_runs(
    const std::vector<std::filesystem::path>& runs,
    const std::function<Result<>(Space space, std::string_view key, std::string_view value)>& visit);

}  // namespace minne
