// The files that a rebuild makes before they are linked into the store, and the note that lets a later run take up what
// a crash interrupted.
//
//   derived/rebuild/<board>/   range-<id>-rows.sst, …-chunks.sst     a finished range's tables
//                              range-<id>-<n>.run                    its sorted entries, where memory did not hold them
//                              entries-<part>-<n>.sst                all ranges' entries, merged
//                              rebuild.json                          the finished ranges
//
// Owned by one rebuild. A RangeFiles is filled by one thread; the rest is the rebuild's own.
#pragma once

#include "projections/range_fold.h"
#include "projections/spill.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory_resource>

namespace minne {

// What one finished range left behind; tallies are entries too, of amounts.
struct FinishedRange {
  CaseRange range;
  std::vector<TableFile> tables;
  std::vector<EntryRun> runs;
};

// Where a rebuild writes, and for what.
struct RebuildTarget {
  const DerivedStore& store;
  BoardNumber board = 0;
  Generation generation = 0;
  std::filesystem::path directory;
};

// Takes what a pass makes: a table of rows, a table of chunks, runs of entries and of tallies.
class RangeFiles final : public RangeSink {
 public:
  RangeFiles(const RebuildTarget& target, std::string name, std::size_t buffer_bytes)
      : target_(target), name_(std::move(name)), spill_(target.directory, name_, buffer_bytes) {}

  Result<> row(const Id& id, std::string_view packed) override;
  Result<> chunk(std::string_view key, std::string_view value) override;
  Result<> entry(Space space, std::string_view key, std::string_view value) override {
    return spill_.add(space, key, value);
  }
  void tally(Space space, std::string_view key, std::int64_t amount) override;
  [[nodiscard]] Result<FinishedRange> finish(CaseRange range);

 private:
  using Writer = std::unique_ptr<DerivedStore::FileWriter>;
  Result<> add(Writer& table, const char* kind, Space space, std::string_view key, std::string_view value);

  const RebuildTarget& target_;
  std::string name_;
  Writer rows_;
  Writer chunks_;
  EntrySpill spill_;
  std::pmr::monotonic_buffer_resource tally_keys_;
  // By key, which lies in tally_keys_; a table for each tally, since most are small and stay in the cache.
  using Sums = boost::unordered_flat_map<std::string_view, std::int64_t, std::hash<std::string_view>>;
  std::vector<Sums> tallies_;
};

// Merges the runs of all ranges into tables, a thread for each part of the keys: index entries are unique, tallies are
// summed.
[[nodiscard]] Result<std::vector<TableFile>> merge_entries(const RebuildTarget& target,
                                                           const std::vector<EntryRun>& runs, unsigned threads);

// The work directory, and the note of finished ranges in it.
class RebuildNote {
 public:
  RebuildNote(std::filesystem::path directory, std::string key)
      : directory_(std::move(directory)), key_(std::move(key)) {}

  // Takes up what an interrupted rebuild of the same thing has finished, with the generation and the position that it
  // was for; anything else there is thrown away.
  [[nodiscard]] Result<std::pair<Generation, Position>> open(Generation generation, Position until);

  void add(FinishedRange range) { finished_.push_back(std::move(range)); }
  // Makes what was added survive a crash: what is in memory goes to files, everything is synced and noted.
  [[nodiscard]] Result<> save();
  void forget() const;

  [[nodiscard]] std::vector<FinishedRange>& finished() { return finished_; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  // The ranges of ids that no finished range covers.
  [[nodiscard]] std::vector<CaseRange> missing() const;
  void remove() const;

 private:
  [[nodiscard]] bool read(const std::filesystem::path& file);

  std::filesystem::path directory_;
  std::string key_;
  Generation generation_ = 0;
  Position until_ = 0;
  std::vector<FinishedRange> finished_;
};

[[nodiscard]] inline std::string_view amount_bytes(const std::int64_t& amount) {
  return {reinterpret_cast<const char*>(&amount), sizeof amount};
}

}  // namespace minne
