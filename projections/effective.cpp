#include "projections/effective.h"

#include "events/schema.h"

namespace minne {
namespace {

// nullptr where the event is no copy.
const events::EventRefiled* copied_by(const Event& event) {
  const auto* refiled = event.body_as_EventRefiled();
  return refiled == nullptr || refiled->original() == nullptr ? nullptr : refiled;
}

// The copy's own id; where it was left out, that of the event that it is a copy of.
Id id_of_copy(const events::EventRefiled& refiled) {
  const auto& original = *refiled.original();
  if (original.id() != nullptr) return id_of(original.id());
  if (!opens(original.body_type()).empty() && original.matter_id() != nullptr) return id_of(original.matter_id());
  return id_of(refiled.origin_event());
}

// `shown` is what stands at the event's place: itself, its replacement, or the original of a refiled one.
RecordedEvent recorded(const Event& own, const Event& shown, const Place& place) {
  RecordedEvent out{shown,          own.actor(),   id_of(own.id()),   {},
                    place.position, place.version, place.recorded_at, std::nullopt};
  if (const auto* refiled = copied_by(own); refiled != nullptr) {
    const auto& original = *refiled->original();
    out.id = id_of_copy(*refiled);
    if (original.actor() != nullptr) out.author = original.actor();
    out.matter_id = original.matter_id() != nullptr ? id_of(original.matter_id()) : id_of(own.matter_id());
  } else {
    out.matter_id = id_of(own.matter_id());
  }
  if (&shown != &own && shown.matter_id() != nullptr) out.matter_id = id_of(shown.matter_id());
  if (!opens(shown.body_type()).empty()) out.matter_id = out.id;
  return out;
}

}  // namespace

const Event& original_of(const Event& event) {
  const auto* refiled = copied_by(event);
  return refiled == nullptr ? event : *refiled->original();
}

RecordedEvent as_it_came(const Event& event, const Place& place) { return recorded(event, original_of(event), place); }

void Corrections::add(const Event& event) {
  if (const auto* corrected = event.body_as_EventCorrected(); corrected != nullptr) {
    const auto root = root_of(id_of(corrected->target()));
    roots_[id_of(event.id())] = root;
    if (corrected->replacement() != nullptr) latest_[root] = &event;
  } else if (const auto* misfiled = event.body_as_EventMisfiled(); misfiled != nullptr) {
    misfiled_[root_of(id_of(misfiled->target()))] = local_date(occurred(event));
  } else if (const auto* refiled = copied_by(event); refiled != nullptr) {
    copies_[id_of_copy(*refiled)] = id_of(event.id());
  }
}

bool Corrections::came_back(const Event& event) const {
  const auto* refiled = copied_by(event);
  const auto own = id_of(event.id());
  const auto copy = copies_.find(refiled == nullptr ? own : id_of_copy(*refiled));
  return copy != copies_.end() && copy->second != own && is_misfiled(own);
}

RecordedEvent Corrections::effective(const Event& event, const Place& place) const {
  const auto own = id_of(event.id());
  const auto* latest = latest_of(own);
  auto out =
      recorded(event, latest == nullptr ? original_of(event) : *latest->body_as_EventCorrected()->replacement(), place);
  if (const auto gone = misfiled_.find(own); gone != misfiled_.end()) out.misfiled_on = gone->second;
  return out;
}

Id Corrections::root_of(const Id& id) const {
  const auto found = roots_.find(id);
  return found == roots_.end() ? id : found->second;
}

const Event* Corrections::latest_of(const Id& root) const {
  const auto found = latest_.find(root);
  return found == latest_.end() ? nullptr : found->second;
}

}  // namespace minne
