// Granted help that is not given within three months, or not again after it was interrupted (E34, E35, E71; SoL
// 34:1-3).
#pragma once

#include "projections/contract.h"

namespace minne {

inline constexpr int kNotExecutedMonths = 3;  // SoL 34:1

struct Decisions {
  static constexpr std::string_view kName = "decisions";
  static constexpr std::uint32_t kVersion = 2;
  using Events = Types<events::DecisionMade, events::DecisionExecuted, events::DecisionInterrupted,
                       events::NonExecutionFiled, events::PlacementStarted, events::InterventionStarted>;
  using Reads = Types<>;
  using Row = rows::DecisionsT;

  static void apply(const Recorded<events::DecisionMade>& event, const Before<Reads>&, Row& decisions);
  static void apply(const Recorded<events::DecisionExecuted>& event, const Before<Reads>&, Row& decisions);
  static void apply(const Recorded<events::DecisionInterrupted>& event, const Before<Reads>&, Row& decisions);
  static void apply(const Recorded<events::NonExecutionFiled>& event, const Before<Reads>&, Row& decisions);
  static void apply(const Recorded<events::PlacementStarted>& event, const Before<Reads>&, Row& decisions);
  static void apply(const Recorded<events::InterventionStarted>& event, const Before<Reads>&, Row& decisions);

  // waits key   := until:day32 case:16 decision:16 since:day32              until: INT32_MAX while it waits
  //       value := DecisionWait
  // Waits past three months alone. What waited on a day stands after that day.
  static constexpr std::array<std::string_view, 1> kIndexes = {"waits"};
  static constexpr std::uint8_t kWaits = 0;
  static void index(const CaseRow& row, IndexWriter& out);
};

// The last day of the quarter before the one that a day is in, or the day itself where it ends one.
[[nodiscard]] std::int32_t quarter_ended(std::int32_t day);

struct DecisionWait {
  struct Filing {
    std::int32_t quarter_ends;
    std::string reason;
  };
  std::int32_t since = 0;  // the decision, or the interruption
  std::int32_t until = INT32_MAX;
  bool interrupted = false;
  bool executed = false;  // until then; else it was terminated
  std::string kind;
  std::string unit;
  std::string ref;
  std::vector<Filing> filings;
};
[[nodiscard]] std::string pack_wait(const DecisionWait& wait);
[[nodiscard]] DecisionWait unpack_decision_wait(std::string_view value);

}  // namespace minne
