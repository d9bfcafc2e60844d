// When the child and the family were met, whether the child was heard, and which notes a new worker has yet to read.
#pragma once

#include "projections/components/activity.h"
#include "projections/contract.h"

namespace minne {

struct Contacts {
  static constexpr std::string_view kName = "contacts";
  static constexpr std::uint32_t kVersion = 4;
  using Events = Types<events::PreliminaryContactMade, events::ChildHeard, events::PlacementVisited,
                       events::FollowUpContact, events::NoteRecorded>;
  using Reads = Types<Activity>;
  using Row = rows::ContactsT;

  static void apply(const Recorded<events::PreliminaryContactMade>& event, const Before<Reads>&, Row& contacts);
  static void apply(const Recorded<events::ChildHeard>& event, const Before<Reads>&, Row& contacts);
  static void apply(const Recorded<events::PlacementVisited>& event, const Before<Reads>&, Row& contacts);
  static void apply(const Recorded<events::FollowUpContact>& event, const Before<Reads>&, Row& contacts);
  static void apply(const Recorded<events::NoteRecorded>& event, const Before<Reads>& before, Row& contacts);

  // silent key := since:day32 case:16       value := last:day32 unit \0 ref
  // Children with an open investigation, placement or follow-up (rule NO_CONTACT): the last contact, or the day on
  // which the first of these began where there has been none since; last: INT32_MIN where there never was any.
  static constexpr std::array<std::string_view, 1> kIndexes = {"silent"};
  static constexpr std::uint8_t kSilent = 0;
  static void index(const CaseRow& row, IndexWriter& out);
};

// nullptr where there was none; points into the row.
[[nodiscard]] const rows::Contact* last_contact(const rows::ContactsT& row);
// Notes that others wrote after a position of the log.
[[nodiscard]] std::int64_t notes_by_others(const CaseRow& row, std::string_view worker, Position after);

}  // namespace minne
