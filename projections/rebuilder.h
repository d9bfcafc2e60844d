// Rebuilds everything about a board beside what serves it: a new generation from the pages, compared with the old one,
// taken over in one step.
//
// Threads fold disjoint ranges of cases (range_fold.h); rows go to table files, index entries are sorted in runs; files
// are linked into the store under the new generation's prefix; the projector folds the last events and moves the live
// pointer. Reads never stop. A finished range survives a crash and is not made again (rebuild.json in the work
// directory).
#pragma once

#include "projections/checksum.h"
#include "projections/projector.h"
#include "projections/range_fold.h"

#include <atomic>
#include <functional>

namespace minne {

inline constexpr std::size_t kRebuildMemory = 1UL << 30;

struct RebuildProgress {
  std::uint64_t events = 0;  // passed so far, of `total`: all events once for each pass
  std::uint64_t total = 0;
  double seconds = 0;
};

struct RebuildOptions {
  unsigned threads = 2;
  std::size_t memory_bytes = kRebuildMemory;
  std::function<void(const RebuildProgress&)> progress;  // from the rebuild's threads, one call at a time
  const std::atomic<bool>* cancelled = nullptr;
  bool compare = true;  // checksums of what was live and of what takes over
};

struct RebuildReport {
  std::uint64_t events = 0;
  double seconds = 0;        // until the new generation serves: the three below, and taking over
  double fold_seconds = 0;   // pages to rows and sorted runs
  double merge_seconds = 0;  // runs to table files
  double ingest_seconds = 0;
  double compare_seconds = 0;
  unsigned passes = 0;
  unsigned resumed_ranges = 0;
  std::vector<ProjectionSummary> projections;
  std::vector<ProjectionSummary> before;  // empty where nothing was live, or not compared
};

// One at a time per store. `directory` holds the work files and must be on the store's file system.
[[nodiscard]] Result<RebuildReport> rebuild(EventLog& log, DerivedStore& store, const DeadlineRules& rules,
                                            Projector& projector, BoardNumber board, const RebuildOptions& options);

// What is wrong with the live generation, found by folding the whole log again and comparing: rows and chunks by case,
// indexes and tallies as sets.
[[nodiscard]] Result<> verify_projections(const EventLog& log, const DerivedStore& store, const DeadlineRules& rules,
                                          BoardNumber board, const std::function<void(Fault)>& report);

}  // namespace minne
