// Where the child has lived away from home, by which form and law, and what was followed up there (E46-E51).
//
// A placement is one from its start to its end, through other homes and another law. A child is placed on the first day
// and on the last.
#pragma once

#include "projections/components/file.h"
#include "projections/components/reports.h"
#include "projections/contract.h"

namespace minne {

struct Placements {
  static constexpr std::string_view kName = "placements";
  static constexpr std::uint32_t kVersion = 3;
  using Events =
      Types<events::PlacementStarted, events::PlacementMoved, events::LegalBasisChanged, events::CareOrderEnded,
            events::PlacementVisited, events::CareReviewed, events::PlacementEnded, events::PlacedChildStatusRecorded>;
  using Reads = Types<>;
  using Row = rows::PlacementsT;

  static void apply(const Recorded<events::PlacementStarted>& event, const Before<Reads>&, Row& placements);
  static void apply(const Recorded<events::PlacementMoved>& event, const Before<Reads>&, Row& placements);
  static void apply(const Recorded<events::LegalBasisChanged>& event, const Before<Reads>&, Row& placements);
  static void apply(const Recorded<events::CareOrderEnded>& event, const Before<Reads>&, Row& placements);
  static void apply(const Recorded<events::PlacementVisited>& event, const Before<Reads>&, Row& placements);
  static void apply(const Recorded<events::CareReviewed>& event, const Before<Reads>&, Row& placements);
  static void apply(const Recorded<events::PlacementEnded>& event, const Before<Reads>&, Row& placements);
  static void apply(const Recorded<events::PlacedChildStatusRecorded>& event, const Before<Reads>&, Row& placements);

  // homes key   := to:day32 case:16 placement:16 from:day32          to: INT32_MAX while the child is there
  //       value := since:day32 of_age:day32 home \0 form \0 law \0 ref
  // Each time in a family home; since: of this home, through changes of form and law; of_age: the birthday that makes
  // the child an adult, INT32_MAX where it is not known.
  static constexpr std::array<std::string_view, 1> kIndexes = {"homes"};
  static constexpr std::uint8_t kHomes = 0;
  static void index(const CaseRow& row, IndexWriter& out);

  // Steps: +1 where a child begins to count, -1 where it no longer does; the sum up to a day (year) is how many did
  // then. An empty form or law stands for any, where a child counts once. What has no end stays without one.
  //
  // days     key := form \0 law \0 day:day32
  // years    key := form \0 law \0 year:u16           placed on any day of the year
  // started  key := form \0 law \0 year:u16           placements, not children: by what they began with
  // covered  key := domain \0 form \0 day:day32       placed, with a value at most 12 months old
  // visits   key := form \0 year:u16 alone:u8
  // around   key := form \0 ended:month16 phase:u8 what:u8        of placements that have ended; amounts are sums
  static constexpr std::array<std::string_view, 6> kTallies = {"days",    "years",  "started",
                                                               "covered", "visits", "around"};
  static constexpr std::uint8_t kDays = 0;
  static constexpr std::uint8_t kYears = 1;
  static constexpr std::uint8_t kStarted = 2;
  static constexpr std::uint8_t kCovered = 3;
  static constexpr std::uint8_t kVisits = 4;
  static constexpr std::uint8_t kAround = 5;
  static void tally(const CaseRow& row, TallyWriter& out);
};

enum class PlacementPhase : std::uint8_t { kBefore = 0, kDuring = 1, kAfter = 2 };
enum class PlacementAmount : std::uint8_t { kPlacements = 0, kDays = 1, kReports = 2, kCrimeReports = 3 };

// Days, both included; an end of INT32_MAX is none.
struct DayRange {
  std::int32_t from = 0;
  std::int32_t to = 0;
};

// The law of a spell after CareOrderEnded, until LegalBasisChanged says on what the child stays.
inline constexpr std::string_view kCareEnded = "care_ended";

// A part of a placement in one home, under one form and one law.
struct PlacementSpell {
  DayRange days;
  std::string form;
  std::string law;
  std::string home;  // empty where it is not stated
};
[[nodiscard]] std::vector<PlacementSpell> spells_of(const rows::PlacementT& placement);

}  // namespace minne
