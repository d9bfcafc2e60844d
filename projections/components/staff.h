// When a worker joined and left which unit: one worker's stream, from which turnover is counted (E63).
#pragma once

#include "projections/contract.h"

namespace minne {

struct Staff {
  static constexpr std::string_view kName = "staff";
  static constexpr std::uint32_t kVersion = 2;
  using Events = Types<events::StaffJoined, events::StaffLeft>;
  using Reads = Types<>;
  using Row = rows::StaffT;

  static void apply(const Recorded<events::StaffJoined>& event, const Before<Reads>&, Row& staff);
  static void apply(const Recorded<events::StaffLeft>& event, const Before<Reads>&, Row& staff);

  // employed key := unit \0 from:day32 to:day32 left:u8       to: kNeverEnds while there; left: 0 moved to another unit
  // Who left without having joined was there before the records begin: from is the first day there is.
  static constexpr std::array<std::string_view, 1> kTallies = {"employed"};
  static constexpr std::uint8_t kEmployed = 0;
  static void tally(const CaseRow& row, TallyWriter& out);
};

}  // namespace minne
