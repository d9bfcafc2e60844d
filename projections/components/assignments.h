// Who is responsible for what: one worker at a time per matter, every handover kept (E60-E62).
#pragma once

#include "projections/contract.h"

namespace minne {

struct Assignments {
  static constexpr std::string_view kName = "assignments";
  static constexpr std::uint32_t kVersion = 3;
  using Events =
      Types<events::CaseAssigned, events::CaseHandedOver, events::HandoverAcknowledged, events::AssignmentEnded>;
  using Reads = Types<>;
  using Row = rows::AssignmentsT;

  static void apply(const Recorded<events::CaseAssigned>& event, const Before<Reads>&, Row& assignments);
  static void apply(const Recorded<events::CaseHandedOver>& event, const Before<Reads>&, Row& assignments);
  static void apply(const Recorded<events::HandoverAcknowledged>& event, const Before<Reads>&, Row& assignments);
  static void apply(const Recorded<events::AssignmentEnded>& event, const Before<Reads>&, Row& assignments);

  // by_worker key := worker \0 case:16 matter:16 role \0       value := unit \0 kind:u8*
  // kind: of the matter while it is unfinished; for the whole file, of every unfinished matter that nobody else answers
  // for (MatterKind). What a worker who left was responsible for, and nobody has been since, has the role kLeftBehind.
  static constexpr std::array<std::string_view, 1> kIndexes = {"by_worker"};
  static constexpr std::uint8_t kByWorker = 0;
  static void index(const CaseRow& row, IndexWriter& out);
};

inline constexpr std::string_view kResponsible = "responsible";
inline constexpr std::string_view kLeftBehind = "left:responsible";  // in the index alone

// The worker responsible now: for the matter, else for the file; nullptr where nobody is.
[[nodiscard]] const rows::AssignmentT* responsible_for(const rows::AssignmentsT& row, const Id& matter);
// The same, for this very matter only.
[[nodiscard]] const rows::AssignmentT* responsible_of(const rows::AssignmentsT& row, const Id& matter);
// The worker responsible at some time of a day: for the matter, else for the file; the later of two.
[[nodiscard]] const rows::AssignmentT* responsible_on(const rows::AssignmentsT& row, const Id& matter, Date day);
// Responsibility taken over from another worker, not merely given.
[[nodiscard]] bool is_handover(const rows::AssignmentT& assignment);
[[nodiscard]] const rows::AssignmentT* current_assignment(const rows::AssignmentsT& row, const Id& matter,
                                                          std::string_view worker);

}  // namespace minne
