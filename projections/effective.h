// What stands at each place of a case: an event as its latest correction says, a copy from another file as the event it
// was, and whether it has been moved out since. Pure; values that point into the events' bytes.
#pragma once

#include "events/event.h"
#include "projections/contract.h"

#include <map>

namespace minne {

// Where an event stands.
struct Place {
  Position position = 0;
  Version version = 0;
  Instant recorded_at{};
};

[[nodiscard]] inline bool is_correction(Body type) {
  return type == Body::EventCorrected || type == Body::EventMisfiled;
}
// A type that this program does not know yet: a newer one wrote it, and folds it.
[[nodiscard]] inline bool is_unknown(const Event& event) {
  return event.body_type() > Body::MAX || event.body() == nullptr;
}

// The event that a refiled one is a copy of; any other event itself.
[[nodiscard]] const Event& original_of(const Event& event);

// The event as it came, before any correction.
[[nodiscard]] RecordedEvent as_it_came(const Event& event, const Place& place);

// What corrections say of each event of a case, by its own id there: an event that was refiled away and back stands at
// two places, and each has its own fate. Takes events in version order; they must outlive it.
class Corrections {
 public:
  void add(const Event& event);

  [[nodiscard]] bool any() const { return !latest_.empty() || !misfiled_.empty(); }
  [[nodiscard]] RecordedEvent effective(const Event& event, const Place& place) const;

  // A correction can be corrected: the first event, which it is that changes.
  [[nodiscard]] Id root_of(const Id& id) const;
  [[nodiscard]] bool is_misfiled(const Id& root) const { return misfiled_.contains(root); }
  // Moved to another case and back, it stands again at a later place.
  [[nodiscard]] bool came_back(const Event& event) const;
  // The EventCorrected whose replacement stands; nullptr where there is none.
  [[nodiscard]] const Event* latest_of(const Id& root) const;

 private:
  std::map<Id, Id> roots_;
  std::map<Id, const Event*> latest_;
  std::map<Id, Date> misfiled_;
  std::map<Id, Id> copies_;  // by the id that the copy has in its case, the event that brought it last
};

}  // namespace minne
