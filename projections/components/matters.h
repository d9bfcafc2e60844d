// Matters beside reports and investigations: decisions until executed, promises until kept, and whatever else has an
// end until then.
#pragma once

#include "projections/contract.h"

namespace minne {

// Kept in keys: append only.
enum class MatterKind : std::uint8_t {
  kFile,
  kReport,
  kInvestigation,
  kDecision,
  kIntervention,
  kPlacement,
  kPromise,
  kApplication,
  kProposal,
  kQueue,
  kCustody,
  kPlan,
  kFollowUp,
  kOffence,
  kCollaboration
};
inline constexpr std::array<std::string_view, 15> kMatterKinds = {
    "file",     "report", "investigation", "decision", "intervention", "placement", "promise",      "application",
    "proposal", "queue",  "custody",       "plan",     "follow_up",    "offence",   "collaboration"};
[[nodiscard]] inline std::string_view name_of(MatterKind kind) { return kMatterKinds[static_cast<std::size_t>(kind)]; }

struct Matters {
  static constexpr std::string_view kName = "matters";
  static constexpr std::uint32_t kVersion = 3;
  using Events =
      Types<events::LegacyReportImported, events::ApplicationReceived, events::InterventionProposed,
            events::DecisionMade, events::InterventionStarted, events::QueueEntered, events::PlacementStarted,
            events::ImmediateCustodyOrdered, events::PlanAdopted, events::FollowUpDecided, events::YouthOffenceNotified,
            events::CollaborationStarted, events::CommitmentMade, events::DecisionExecuted, events::InterventionEnded,
            events::QueueLeft, events::PlacementEnded, events::CustodyCeased, events::FollowUpEnded,
            events::CollaborationEnded, events::CommitmentKept>;
  using Reads = Types<>;
  using Row = rows::MattersT;

  static void apply(const Recorded<events::LegacyReportImported>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::ApplicationReceived>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::InterventionProposed>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::DecisionMade>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::InterventionStarted>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::QueueEntered>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::PlacementStarted>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::ImmediateCustodyOrdered>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::PlanAdopted>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::FollowUpDecided>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::YouthOffenceNotified>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::CollaborationStarted>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::CommitmentMade>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::DecisionExecuted>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::InterventionEnded>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::QueueLeft>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::PlacementEnded>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::CustodyCeased>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::FollowUpEnded>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::CollaborationEnded>& event, const Before<Reads>&, Row& matters);
  static void apply(const Recorded<events::CommitmentKept>& event, const Before<Reads>&, Row& matters);

  // promised key := due:day32 case:16 matter:16       value := made:day32 unit \0 to \0 ref       those not kept yet
  static constexpr std::array<std::string_view, 1> kIndexes = {"promised"};
  static constexpr std::uint8_t kPromised = 0;
  static void index(const CaseRow& row, IndexWriter& out);

  // promises key := unit \0 year:u16 state:u8 due:day32       by the year it was due, or made where no day was
  // promised; due: of an open one. Without a day it is INT32_MAX.
  static constexpr std::array<std::string_view, 1> kTallies = {"promises"};
  static constexpr std::uint8_t kPromises = 0;
  static void tally(const CaseRow& row, TallyWriter& out);
};

// Kept in keys: append only.
enum class PromiseState : std::uint8_t { kOpen = 0, kKept = 1, kKeptLate = 2 };

[[nodiscard]] inline MatterKind kind_of(const rows::MatterT& matter) { return static_cast<MatterKind>(matter.kind); }

// Work that somebody must hold: reports until decided, investigations until concluded, interventions and placements
// until ended.
struct Work {
  Id id;
  MatterKind kind = MatterKind::kReport;
  std::int32_t from = 0;
  std::optional<std::int32_t> to;
  std::string_view unit;  // of whoever recorded that it began
};
[[nodiscard]] std::vector<Work> work_of(const CaseRow& row);

}  // namespace minne
