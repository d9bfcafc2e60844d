// One pass over a board's pages that folds the cases of one range of ids in memory, then gives out rows, index chunks,
// entries and tallies. What rebuilding writes and verifying compares.
//
// When the range needs more memory than its budget, the pass keeps the lower part of the ids and hands the rest back:
// as many passes as the ceiling needs. One thread each; passes over disjoint ranges run side by side and share the
// pages.
#pragma once

#include "core/event_log.h"
#include "projections/case_row.h"
#include "projections/shared_pages.h"
#include "projections/store.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <atomic>
#include <functional>
#include <optional>
#include <vector>

namespace minne {

// Takes what a pass makes: rows and chunks by ascending id, entries in any order.
class RangeSink {
 public:
  RangeSink() = default;
  RangeSink(const RangeSink&) = delete;
  RangeSink& operator=(const RangeSink&) = delete;
  virtual ~RangeSink() = default;
  [[nodiscard]] virtual Result<> row(const Id& id, std::string_view packed) = 0;
  [[nodiscard]] virtual Result<> chunk(std::string_view key, std::string_view value) = 0;
  [[nodiscard]] virtual Result<> entry(Space space, std::string_view key, std::string_view value) = 0;
  virtual void tally(Space space, std::string_view key, std::int64_t amount) = 0;
};

using CaseSet = boost::unordered_flat_set<Id, IdHash>;

struct RangeFoldContext {
  const EventLog& log;
  const DeadlineRules& rules;
  BoardNumber board = 0;
  Position until = 0;
  std::size_t memory_bytes = 0;
  const std::atomic<bool>* cancelled = nullptr;
  std::function<void(std::uint64_t events)> progress;  // events passed since the last call
  bool writes = true;                                  // false: needs no free space
  // Cases known to hold corrections, which are folded again at the end: their events are kept in memory meanwhile, so
  // that no page is read twice. Others may turn out to hold some, and are read again.
  const CaseSet* corrected = nullptr;
};

// Folds `range` and feeds the sink; the part of it that did not fit, or nothing. kBusy where cancelled, kNoSpace below
// the log's free-space reserve.
[[nodiscard]] Result<std::optional<CaseRange>> fold_range(const RangeFoldContext& context, CaseRange range,
                                                          SharedPages& pages, std::size_t consumer, RangeSink& sink);

// The cases that a generation knows to hold corrections: a hint for the next fold.
[[nodiscard]] CaseSet corrected_cases(const View& view);

// Cuts all ids into about `parts` ranges with as many events each, by looking at pages here and there.
[[nodiscard]] Result<std::vector<CaseRange>> plan_ranges(const EventLog& log, BoardNumber board, Position until,
                                                         std::size_t parts);

}  // namespace minne
