// What the benches share: rounds, medians, the raw database that a figure is compared with. Internal to bench/.
#pragma once

#include "core/engine.h"
#include "projections/case_memory.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace rocksdb {
class DB;
}

namespace minne::bench {

// Repetitions of one figure: the median is quoted, the spread says how noisy the machine was.
class Rounds {
 public:
  void add(double value) { values_.push_back(value); }
  [[nodiscard]] double median() const {
    auto sorted = values_;
    std::ranges::sort(sorted);
    return sorted.empty() ? 0 : sorted[sorted.size() / 2];
  }
  [[nodiscard]] boost::json::object json() const;

 private:
  std::vector<double> values_;
};

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// A directory that goes away.
class Scratch {
 public:
  explicit Scratch(const std::filesystem::path& parent);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// RocksDB as anyone would use it for events: one key each, LZ4, 16 KiB blocks, write-ahead log.
class RawStore {
 public:
  [[nodiscard]] static Result<std::unique_ptr<RawStore>> open(const std::filesystem::path& directory);
  ~RawStore();
  RawStore(const RawStore&) = delete;
  RawStore& operator=(const RawStore&) = delete;
  // All in one batch, keys ascending from the last one.
  [[nodiscard]] Result<> put(const std::vector<std::string_view>& values, bool sync);
  [[nodiscard]] Result<> settle();
  // Reads every value's first bytes: 2 MiB readahead, no cache fill, one thread.
  [[nodiscard]] Result<std::uint64_t> iterate() const;

 private:
  RawStore() = default;
  std::unique_ptr<rocksdb::DB> db_;
  std::uint64_t next_ = 0;
};

struct Generated {
  std::vector<AppendCommand> batches;
  BoardRecord board;
};

[[nodiscard]] Result<boost::json::object> append_figures(const std::filesystem::path& scratch, std::size_t rounds,
                                                         std::size_t batches);
[[nodiscard]] Result<boost::json::object> rebuild_figures(const std::filesystem::path& scratch, std::uint64_t events,
                                                          std::size_t rounds, std::size_t memory_bytes);

// The cost of each component of the registry, folding a sample of the board's cases.
[[nodiscard]] Result<boost::json::array> component_figures(const CaseMemory& memory, BoardNumber board);

// The next `count` events of a generated board as one bulk append.
class BatchSource {
 public:
  BatchSource(std::uint64_t events, std::uint64_t seed);
  ~BatchSource();
  BatchSource(const BatchSource&) = delete;
  BatchSource& operator=(const BatchSource&) = delete;
  [[nodiscard]] BoardRecord wanted_board() const;
  [[nodiscard]] AppendCommand next(std::size_t count, BoardNumber board);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] Result<std::unique_ptr<CaseMemory>> open_memory(const std::filesystem::path& directory,
                                                              const Clock& clock);

}  // namespace minne::bench
