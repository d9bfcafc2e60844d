// Plans: offered, taken up or declined, what a SIP lacks, and how the goals fare (E52; SoL 9:12-13, 10:8).
//
// An offer is one from the day it was made through the answer of whoever was asked; an answer without an offer before
// it was offered and answered at once.
#pragma once

#include "projections/contract.h"

namespace minne {

struct Plans {
  static constexpr std::string_view kName = "plans";
  static constexpr std::uint32_t kVersion = 2;
  using Events = Types<events::PlanOffered, events::PlanAdopted, events::PlanRevised>;
  using Reads = Types<>;
  using Row = rows::PlansT;

  static void apply(const Recorded<events::PlanOffered>& event, const Before<Reads>&, Row& plans);
  static void apply(const Recorded<events::PlanAdopted>& event, const Before<Reads>&, Row& plans);
  static void apply(const Recorded<events::PlanRevised>& event, const Before<Reads>&, Row& plans);

  // lacking key := adopted:day32 case:16 plan:16       value := lacks:u8 unit \0 ref       bits: kSipPoints
  static constexpr std::array<std::string_view, 1> kIndexes = {"lacking"};
  static constexpr std::uint8_t kLacking = 0;
  static void index(const CaseRow& row, IndexWriter& out);

  // steps key := kind \0 unit \0 year:u16 step:u8                        year of the offer, or of the adoption
  // goals key := kind \0 unit \0 horizon \0 state \0 due:day32           kNeverEnds of a goal without a day
  static constexpr std::array<std::string_view, 2> kTallies = {"steps", "goals"};
  static constexpr std::uint8_t kSteps = 0;
  static constexpr std::uint8_t kGoals = 1;
  static void tally(const CaseRow& row, TallyWriter& out);
};

// Kept in keys: append only. The first three are what became of an offer.
enum class PlanStep : std::uint8_t { kAccepted = 0, kDeclined = 1, kPending = 2, kAdopted = 3 };

// What the law wants of a SIP (SoL 10:8).
inline constexpr std::array<std::string_view, 4> kSipPoints = {"interventions", "responsibilities", "others_measures",
                                                               "lead"};

}  // namespace minne
