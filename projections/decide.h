// Every business refusal, and only here: may this be recorded in this case, as it stands?
//
// Pure: the case's row at the version seen, and the events proposed, in order; each is checked and then folded, so that
// the next sees it. A correction is judged in the place of its target, by the case folded without it, and refused too
// where what stands afterwards would then be too early. A refusal (kRefused) names the invariant of the catalogue, the
// law or practice behind it, the events it rests on and what would make it pass; some can be overridden by an event
// that says why. Logs of foreign systems are not judged.
#pragma once

#include "core/event_log.h"
#include "projections/case_row.h"

#include <functional>
#include <map>
#include <vector>

namespace minne {

struct DecideContext {
  const DeadlineRules& rules;
  Position head = 0;  // of the board's log: no position that an event names lies past it
  // All events of one of the cases, with what is sealed. For corrections.
  std::function<Result<std::vector<StoredEvent>>(const Id& case_id)> events_of;
  // Where a version of one of the cases stands; the head for what is not recorded yet.
  std::function<Position(const Id& case_id, Version version)> position_of;
  // Whether the board has a case open under this subject token, other than `except`.
  std::function<Result<std::optional<Id>>(std::string_view token, const Id& except)> find_subject;
  // Whether the worker has left and not come again. Nobody has who never joined. Whoever supplies it sees to it that
  // this still holds when the append is committed.
  std::function<Result<bool>(std::string_view worker)> has_left;
};

struct Proposed {
  Id case_id;
  const EncodedEvent* encoded = nullptr;
  std::string pointer;  // of the event in the request

  [[nodiscard]] const Event& event() const { return event_in(encoded->bytes); }
};

// Checks `events` against `rows` (which it changes as it goes) in the order given. kRefused, kConflict or kInvalid with
// Error::where = the event's pointer and below.
[[nodiscard]] Result<> decide(const DecideContext& context, std::map<Id, CaseRow>& rows,
                              const std::vector<Proposed>& events);

// What a type needs whatever the case holds: fields that must be there and make sense together.
[[nodiscard]] Result<> check_fields(const Event& event, const std::string& pointer);

}  // namespace minne
