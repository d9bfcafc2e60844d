#include "projections/fold.h"

#include "projections/effective.h"

namespace minne {
namespace {

void count(CaseRow& row, const Event& event, const Place& place) {
  row.kind = event.stream_kind();
  row.version = place.version;
  row.position = place.position;
}

// A copy of an event that was moved out of this very case.
bool may_have_come_back(const Event& event, const CaseRow& row) {
  return row.corrected && event.body_type() == Body::EventRefiled;
}

}  // namespace

bool fold_event(const EventView& view, CaseRow& row, const DeadlineRules& rules) {
  if ((view.flags & kTombstone) != 0) return true;
  const auto& event = view.event();
  const Place place{view.position, view.version, view.recorded_at};
  count(row, event, place);
  if (is_correction(event.body_type()) || may_have_come_back(event, row)) return false;
  if (is_unknown(event)) return true;
  apply_event(as_it_came(event, place), row, rules);
  return true;
}

void fold_proposed(const Event& event, Position head, CaseRow& row, const DeadlineRules& rules) {
  const Place place{head, row.version + 1, {}};
  count(row, event, place);
  apply_event(as_it_came(event, place), row, rules);
}

void fold_effective(const Event& own, const RecordedEvent& effective, CaseRow& row, const DeadlineRules& rules) {
  count(row, own, {effective.position, effective.version, effective.recorded_at});
  apply_event(effective, row, rules);
}

CaseRow fold_case(const Id& id, const std::vector<StoredEvent>& events, const DeadlineRules& rules,
                  const FoldOptions& options) {
  const auto known = [&](const StoredEvent& stored) {
    return (!options.known_at || stored.recorded_at <= *options.known_at) &&
           (!options.position || stored.position <= *options.position);
  };
  Corrections corrections;
  for (const auto& stored : events) {
    if (known(stored)) corrections.add(event_in(stored.event.bytes));
  }
  CaseRow row;
  row.id = id;
  row.corrected = corrections.any();
  for (const auto& stored : events) {
    if (!known(stored)) continue;
    const auto& event = event_in(stored.event.bytes);
    const Place place{stored.position, stored.version, stored.recorded_at};
    if (is_unknown(event)) {
      count(row, event, place);
      continue;
    }
    const auto effective = corrections.effective(event, place);
    if (options.as_of && effective.occurred_on() > *options.as_of) continue;
    count(row, event, place);
    if (!corrections.came_back(event)) apply_event(effective, row, rules);
  }
  derive_row(row, rules);
  return row;
}

}  // namespace minne
