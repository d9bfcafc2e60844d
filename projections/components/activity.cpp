#include "projections/components/activity.h"

#include <algorithm>

namespace minne {

void Activity::apply(const RecordedEvent& event, const Before<Reads>&, Row& activity) {
  if (event.envelope.body_type() == Body::ActionRecorded) ++activity.actions;
  const auto actor = event.actor();
  if (actor.empty() || actor == activity.last_worker) return;
  if (!activity.last_worker.empty()) ++activity.worker_changes;
  activity.last_worker = actor;
  if (std::ranges::find(activity.workers, actor) == activity.workers.end()) activity.workers.emplace_back(actor);
}

}  // namespace minne
