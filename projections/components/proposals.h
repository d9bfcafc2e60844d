// What was offered and what became of it: consent, a no, and the follow-up that the law allows after a no (SoL 23:1).
//
// "används ... mycket sällan": who was eligible and what was never considered is derived from what was recorded.
#pragma once

#include "projections/components/investigations.h"
#include "projections/contract.h"

namespace minne {

inline constexpr int kFollowUpCheckMonths = 2;  // policy, from the decision
inline constexpr int kFollowUpMonths = 6;       // SoL 23:5, from the end of the investigation

struct Proposals {
  static constexpr std::string_view kName = "proposals";
  static constexpr std::uint32_t kVersion = 4;
  using Events =
      Types<events::InterventionProposed, events::ConsentGiven, events::ConsentWithdrawn, events::InterventionDeclined,
            events::FollowUpDecided, events::FollowUpNotDecided, events::FollowUpContact, events::FollowUpEnded,
            events::ImmediateCustodyOrdered, events::CustodyCeased, events::CareApplicationFiled,
            events::PlacementStarted, events::LegalBasisChanged, events::PlacementEnded, events::CareOrderEnded>;
  using Reads = Types<Investigations>;
  using Row = rows::ProposalsT;

  static void apply(const Recorded<events::InterventionProposed>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::ConsentGiven>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::ConsentWithdrawn>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::InterventionDeclined>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::FollowUpDecided>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::FollowUpNotDecided>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::FollowUpContact>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::FollowUpEnded>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::ImmediateCustodyOrdered>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::CustodyCeased>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::CareApplicationFiled>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::PlacementStarted>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::LegalBasisChanged>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::PlacementEnded>& event, const Before<Reads>&, Row& proposals);
  static void apply(const Recorded<events::CareOrderEnded>& event, const Before<Reads>&, Row& proposals);
  static void derive(const Before<Reads>& before, Row& proposals);

  // undecided key := concluded:day32 case:16 investigation:16      value := unit \0 ref
  static constexpr std::array<std::string_view, 1> kIndexes = {"undecided"};
  static constexpr std::uint8_t kUndecided = 0;
  static void index(const CaseRow& row, IndexWriter& out);

  // use     key := unit \0 year:u16 what:u8 reason \0             year of the conclusion; reason of a no alone
  // clocks  key := unit \0 year:u16 clock:u8 state:u8 due:day32   due of an open clock, else 0
  static constexpr std::array<std::string_view, 2> kTallies = {"use", "clocks"};
  static constexpr std::uint8_t kUse = 0;
  static constexpr std::uint8_t kClocks = 1;
  static void tally(const CaseRow& row, TallyWriter& out);
};

enum class FollowUpUse : std::uint8_t { kEligible = 0, kDecided = 1, kNotDecided = 2 };
enum class FollowUpClock : std::uint8_t { kCheck = 0, kEnd = 1 };
enum class FollowUpState : std::uint8_t { kOpen = 0, kInTime = 1, kLate = 2, kEndedBefore = 3 };

// A proposal that names no investigation is of the one that was open on its day.
[[nodiscard]] bool is_of(const rows::ProposalT& proposal, const rows::InvestigationT& investigation);
// Somebody said yes to it, and has not taken that back.
[[nodiscard]] bool has_consent(const rows::ProposalsT& row, const rows::ProposalT& proposal);

}  // namespace minne
