// How steadily a child has been met by the same worker: handovers, workers, gaps and what ran when a worker changed
// (E60-E63). "Den höga personalomsättningen": counted, not guessed.
#pragma once

#include "projections/contract.h"

namespace minne {

struct Continuity {
  static constexpr std::string_view kName = "continuity";
  static constexpr std::uint32_t kVersion = 3;
  using Events = Types<>;
  using Reads = Types<>;
  using Row = rows::ContinuityT;

  // unacknowledged key := worker \0 on:day32 case:16 matter:16 version:u32       value := from \0 unit \0 ref
  // version is the handover's; unit the one that was to take over.
  static constexpr std::array<std::string_view, 1> kIndexes = {"unacknowledged"};
  static constexpr std::uint8_t kUnacknowledged = 0;
  static void index(const CaseRow& row, IndexWriter& out);

  // children   key := first:u16 last:u16 unit \0 workers:u16 handovers:u16
  //   Each year from first to last, the child had so many responsible workers and handovers. A year in which nothing
  //   changed stands with its neighbours; last is kEveryYear where somebody is responsible still. The unit is the last
  //   responsible worker's of the year.
  // handovers  key := year:u16 unit \0 obligations:u16         clocks that ran at a handover; the unit handed over from
  // gaps       key := year:u16 unit \0 kind:u8 days:u16        ended gaps without responsible worker, cut at new year
  // unassigned key := unit \0 kind:u8 since:day32              unfinished matters without one
  static constexpr std::array<std::string_view, 4> kTallies = {"children", "handovers", "gaps", "unassigned"};
  static constexpr std::uint8_t kChildren = 0;
  static constexpr std::uint8_t kHandovers = 1;
  static constexpr std::uint8_t kGaps = 2;
  static constexpr std::uint8_t kUnassigned = 3;
  static constexpr std::uint16_t kEveryYear = UINT16_MAX;
  static void tally(const CaseRow& row, TallyWriter& out);
};

}  // namespace minne
