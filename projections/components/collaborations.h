// Work together with school, police and others around one child (E59): SSPF, SIG, BOB, Rätt Kurva, SAMS.
#pragma once

#include "projections/components/placements.h"
#include "projections/components/proposals.h"
#include "projections/contract.h"

namespace minne {

struct Collaborations {
  static constexpr std::string_view kName = "collaborations";
  static constexpr std::uint32_t kVersion = 1;
  using Events = Types<events::CollaborationStarted, events::CollaborationMet, events::CollaborationEnded>;
  using Reads = Types<>;
  using Row = rows::CollaborationsT;

  static void apply(const Recorded<events::CollaborationStarted>& event, const Before<Reads>&, Row& collaborations);
  static void apply(const Recorded<events::CollaborationMet>& event, const Before<Reads>&, Row& collaborations);
  static void apply(const Recorded<events::CollaborationEnded>& event, const Before<Reads>&, Row& collaborations);

  // open key := kind \0 started:day32 case:16 collaboration:16       value := unit
  static constexpr std::array<std::string_view, 1> kIndexes = {"open"};
  static constexpr std::uint8_t kOpen = 0;
  static void index(const CaseRow& row, IndexWriter& out);
};

// When each phase of SAMS was last recorded, in the latest placement or in the collaboration itself: school before,
// during, before the end of and after a placement.
inline constexpr std::array<std::string_view, 4> kSamsPhases = {"before", "during", "before_end", "follow_up"};
using SamsPhases = std::array<std::optional<std::int32_t>, 4>;
[[nodiscard]] SamsPhases sams_phases_of(const rows::CollaborationT& collaboration, const rows::PlacementsT& placements);

}  // namespace minne
