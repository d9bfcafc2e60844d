// Whether the structured instruments that are prescribed are used, what they say, and why they are not used (E27-E29).
#pragma once

#include "projections/components/file.h"
#include "projections/components/investigations.h"
#include "projections/components/reports.h"
#include "projections/contract.h"

namespace minne {

struct Instruments {
  static constexpr std::string_view kName = "instruments";
  static constexpr std::uint32_t kVersion = 1;
  using Events = Types<events::InstrumentPlanned, events::InstrumentCompleted, events::InstrumentNotUsed>;
  using Reads = Types<>;
  using Row = rows::InstrumentsT;

  static void apply(const Recorded<events::InstrumentPlanned>& event, const Before<Reads>&, Row& instruments);
  static void apply(const Recorded<events::InstrumentCompleted>& event, const Before<Reads>&, Row& instruments);
  static void apply(const Recorded<events::InstrumentNotUsed>& event, const Before<Reads>&, Row& instruments);

  // eligible key := instrument \0 unit \0 year \0 outcome:u8      investigations, by the unit and the year they began
  // levels   key := instrument \0 unit \0 year \0 domain \0 level \0        each completed one
  // reasons  key := instrument \0 unit \0 year \0 reason \0                 each one not used
  static constexpr std::array<std::string_view, 3> kTallies = {"eligible", "levels", "reasons"};
  static constexpr std::uint8_t kEligible = 0;
  static constexpr std::uint8_t kLevels = 1;
  static constexpr std::uint8_t kReasons = 2;
  static void tally(const CaseRow& row, TallyWriter& out);
};

enum class InstrumentOutcome : std::uint8_t { kNothing = 0, kUsed = 1, kNotUsed = 2 };

}  // namespace minne
