// What help was given, by what method and by whom, how long, and what it came to (E38-E41, ISU); and whether
// it mirrors the needs that were assessed (E30, S3:668-671).
#pragma once

#include "projections/components/file.h"
#include "projections/components/proposals.h"
#include "projections/components/reports.h"
#include "projections/contract.h"

namespace minne {

struct Interventions {
  static constexpr std::string_view kName = "interventions";
  static constexpr std::uint32_t kVersion = 3;
  using Events =
      Types<events::InterventionStarted, events::InterventionChanged, events::OutcomeMeasured,
            events::InterventionEnded, events::FidelityReviewed, events::DecisionExecuted, events::NeedsAssessed>;
  using Reads = Types<>;
  using Row = rows::InterventionsT;

  static void apply(const Recorded<events::InterventionStarted>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::InterventionChanged>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::OutcomeMeasured>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::InterventionEnded>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::FidelityReviewed>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::DecisionExecuted>& event, const Before<Reads>&, Row& interventions);
  static void apply(const Recorded<events::NeedsAssessed>& event, const Before<Reads>&, Row& interventions);

  // group   := method \0 unit \0 provider_kind \0 provider \0 age_band \0 sex \0 year \0
  // counts  key := group measure:u8 value:day32        value: days of a length, the day from which one is followed
  // changes key := group instrument \0 change:day32    last value less first
  // needs   key := unit \0 age_band \0 sex \0 year \0 area \0 level \0 step:u8 help \0     help of kHelped alone
  // Each is counted in the year when it happened, and by the child's age on that day; needs when they were assessed.
  static constexpr std::array<std::string_view, 3> kTallies = {"counts", "changes", "needs"};
  static constexpr std::uint8_t kCounts = 0;
  static constexpr std::uint8_t kChanges = 1;
  static constexpr std::uint8_t kNeeds = 2;
  static void tally(const CaseRow& row, TallyWriter& out);
};

inline constexpr std::array<std::string_view, 7> kInterventionGroups = {"method",   "unit", "provider_kind", "provider",
                                                                        "age_band", "sex",  "year"};

inline constexpr std::array<std::string_view, 4> kNeedGroups = {"unit", "age_band", "sex", "year"};

// What came of an assessed need: offered, granted and begun where it was found; and with what.
enum class NeedStep : std::uint8_t { kAssessed = 0, kOffered, kGranted, kStarted, kHelped };

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
  // Ended, and the next report came …; value: the day of the end.
  kReportWithin6,
  kReportWithin12,
  kReportWithin24,
  kNoReport,
};

}  // namespace minne
