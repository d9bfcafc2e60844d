#include "projections/fold.h"

#include <map>

namespace minne {
namespace {

bool is_correction(Body type) { return type == Body::EventCorrected || type == Body::EventMisfiled; }

struct Place {
  Position position;
  Version version;
  Instant recorded_at;
};

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
  if (const auto* refiled = own.body_as_EventRefiled(); refiled != nullptr && refiled->original() != nullptr) {
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

const Event& original_of(const Event& event) {
  const auto* refiled = event.body_as_EventRefiled();
  return refiled == nullptr || refiled->original() == nullptr ? event : *refiled->original();
}

void count(CaseRow& row, const Event& event, const Place& place) {
  row.kind = event.stream_kind();
  row.version = place.version;
  row.position = place.position;
}

// What corrections say of each event of the log, by its own id there, as known at the asked time: an event that was
// refiled away and back stands at two places, and each has its own fate.
class Corrections {
 public:
  void add(const Event& event) {
    if (const auto* corrected = event.body_as_EventCorrected(); corrected != nullptr) {
      const auto root = root_of(id_of(corrected->target()));
      roots_[id_of(event.id())] = root;  // a correction can be corrected: it is the first event again that changes
      if (corrected->replacement() != nullptr) replacements_[root] = corrected->replacement();
    } else if (const auto* misfiled = event.body_as_EventMisfiled(); misfiled != nullptr) {
      misfiled_[root_of(id_of(misfiled->target()))] = local_date(occurred(event));
    }
  }

  [[nodiscard]] bool any() const { return !replacements_.empty() || !misfiled_.empty(); }

  [[nodiscard]] RecordedEvent effective(const Event& event, const Place& place) const {
    const auto own = id_of(event.id());
    const auto replaced = replacements_.find(own);
    auto out = recorded(event, replaced == replacements_.end() ? original_of(event) : *replaced->second, place);
    if (const auto gone = misfiled_.find(own); gone != misfiled_.end()) out.misfiled_on = gone->second;
    return out;
  }

 private:
  [[nodiscard]] Id root_of(const Id& id) const {
    const auto found = roots_.find(id);
    return found == roots_.end() ? id : found->second;
  }

  std::map<Id, Id> roots_;
  std::map<Id, const Event*> replacements_;
  std::map<Id, Date> misfiled_;
};

}  // namespace

bool fold_event(const EventView& view, CaseRow& row, const DeadlineRules& rules) {
  if ((view.flags & kTombstone) != 0) return true;
  const auto& event = view.event();
  const Place place{view.position, view.version, view.recorded_at};
  count(row, event, place);
  if (is_correction(event.body_type())) return false;
  // A type that this program does not know yet: a newer one wrote it, and folds it.
  if (event.body_type() > Body::MAX || event.body() == nullptr) return true;
  apply_event(recorded(event, original_of(event), place), row, rules);
  return true;
}

void fold_proposed(const Event& event, Position head, CaseRow& row, const DeadlineRules& rules) {
  const Place place{head, row.version + 1, {}};
  count(row, event, place);
  apply_event(recorded(event, original_of(event), place), row, rules);
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
    if (event.body_type() > Body::MAX || event.body() == nullptr) {
      count(row, event, place);
      continue;
    }
    const auto effective = corrections.effective(event, place);
    if (options.as_of && effective.occurred_on() > *options.as_of) continue;
    count(row, event, place);
    apply_event(effective, row, rules);
  }
  derive_row(row, rules);
  return row;
}

}  // namespace minne
