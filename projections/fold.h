// From the log's events to what the components see: the effective sequence.
//
// In version order, each event at its place with its latest correction; a refiled event as the event it was; a misfiled
// one only to those who must see that it went, and where it came back only at its last place. `as_of` keeps what had
// occurred by the end of a day, `known_at` and `position` what the log held: alone or together, the question of every
// review. Pure.
#pragma once

#include "core/event_log.h"
#include "projections/case_row.h"

#include <optional>
#include <vector>

namespace minne {

// Folds an event that changes no earlier one; false where it may (EventCorrected, EventMisfiled, the EventRefiled of
// one that comes back), and the case must be folded again with fold_case.
[[nodiscard]] bool fold_event(const EventView& view, CaseRow& row, const DeadlineRules& rules);

// The same for an event that is not recorded yet: decide folds each event it has accepted before it looks at the next.
void fold_proposed(const Event& event, Position head, CaseRow& row, const DeadlineRules& rules);

// What stands at the place of `own`, without what is derived from legal order.
void fold_effective(const Event& own, const RecordedEvent& effective, CaseRow& row, const DeadlineRules& rules);

struct FoldOptions {
  std::optional<Date> as_of;
  std::optional<Instant> known_at;
  std::optional<Position> position;
};

// All events of one case, in version order, as they are stored.
[[nodiscard]] CaseRow fold_case(const Id& id, const std::vector<StoredEvent>& events, const DeadlineRules& rules,
                                const FoldOptions& options = {});

}  // namespace minne
