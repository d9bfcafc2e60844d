// What help was given, by what method and by whom, how long, and what it came to (E38-E41, ISU).
#pragma once

#include "projections/components/file.h"
#include "projections/components/proposals.h"
#include "projections/components/reports.h"
#include "projections/contract.h"

namespace minne {

struct Interventions {
  static constexpr std::string_view kName = "interventions";
  static constexpr std::uint32_t kVersion = 1;
  using Events = Types<events::InterventionStarted, events::InterventionChanged, events::OutcomeMeasured,
                       events::InterventionEnded, events::FidelityReviewed, events::DecisionExecuted>;
  using Reads = Types<>;
  using Row = rows::InterventionsT;

  static void apply(const Recorded<events::InterventionStarted>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::InterventionChanged>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::OutcomeMeasured>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::InterventionEnded>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::FidelityReviewed>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::DecisionExecuted>& event, const Before<Reads>&, Row& interventions);

  // group   := method \0 unit \0 provider_kind \0 age_band \0 sex \0 year \0
  // counts  key := group measure:u8 value:day32        value: days of a length, month of the end of what is followed
  // changes key := group instrument \0 change:day32    last value less first
  // Each is counted in the year when it happened, and by the child's age on that day.
  static constexpr std::array<std::string_view, 2> kTallies = {"counts", "changes"};
  static constexpr std::uint8_t kCounts = 0;
  static constexpr std::uint8_t kChanges = 1;
  static void tally(const CaseRow& row, TallyWriter& out);
};

inline constexpr std::array<std::string_view, 6> kInterventionGroups = {"method",   "unit", "provider_kind",
                                                                        "age_band", "sex",  "year"};

enum class InterventionMeasure : std::uint8_t {
  kOffered = 0,
  kAccepted,
  kDeclined,
  kStarted,
  kExecuted,       // rests on a decision that is recorded as executed
  kMeasuredTwice,  // at two points at least: ISU
  kReviewed,       // with a review of fidelity
  kEnded,          // value: length in days
  kGoalsAssessed,
  kGoalsMet,
  // Ended, and the next report came …; value: the month of the end (groups.h).
  kReportWithin6,
  kReportWithin12,
  kReportWithin24,
  kNoReport,
};

}  // namespace minne
