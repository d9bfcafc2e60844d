#include "projections/components/activity.h"

#include <algorithm>

namespace minne {
namespace {

std::int32_t day_at(std::int64_t at) { return to_days(local_date(from_micros(at))); }

void add_silence(std::int32_t after, std::int32_t before, rows::ActivityT& activity) {
  if (before - after > kSilentDays) activity.silences.emplace_back(after, before);
}

// Most events follow soon upon the last one, and need no calendar. An hour may be missing where summer time began.
void add_silence_between(std::int64_t after, std::int64_t before, rows::ActivityT& activity) {
  using std::chrono::hours;
  static constexpr std::int64_t kSoon = std::chrono::microseconds{hours{24 * kSilentDays - 1}}.count();
  if (before - after >= kSoon) add_silence(day_at(after), day_at(before), activity);
}

void end_silence(std::int32_t day, rows::ActivityT& activity) {
  const auto found = std::ranges::find_if(
      activity.silences, [&](const rows::Silence& item) { return item.after() < day && day < item.before(); });
  if (found == activity.silences.end()) return;
  const auto whole = *found;
  activity.silences.erase(found);
  add_silence(whole.after(), day, activity);
  add_silence(day, whole.before(), activity);
}

// Silences are those between the days that had events, in whatever order the events were recorded.
void note_time(std::int64_t at, rows::ActivityT& activity) {
  if (!activity.last_at) {
    activity.first_at = activity.last_at = at;
  } else if (at > *activity.last_at) {
    add_silence_between(*activity.last_at, at, activity);
    activity.last_at = at;
  } else if (at < *activity.first_at) {
    add_silence_between(at, *activity.first_at, activity);
    activity.first_at = at;
  } else if (!activity.silences.empty()) {
    end_silence(day_at(at), activity);
  }
}

// No note about the child: another system may close its files long after the last one.
bool keeps_the_file(Body type) {
  return type == Body::HoldSet || type == Body::RecordPurged || type == Body::CaseClosed;
}

}  // namespace

void Activity::apply(const RecordedEvent& event, const Before<Reads>&, Row& activity) {
  if (event.envelope.body_type() == Body::ActionRecorded) ++activity.actions;
  if (!keeps_the_file(event.envelope.body_type())) note_time(to_micros(occurred(event.envelope)), activity);
  const auto actor = event.actor();
  if (actor.empty() || actor == activity.last_worker) return;
  if (!activity.last_worker.empty()) ++activity.worker_changes;
  activity.last_worker = actor;
  const auto found = std::ranges::find(activity.workers, actor);
  activity.last_number = static_cast<std::uint32_t>(found - activity.workers.begin());
  if (found == activity.workers.end()) activity.workers.emplace_back(actor);
}

std::int32_t last_noted_on(const rows::ActivityT& row) { return day_at(*row.last_at); }

std::int32_t silent_days(const rows::ActivityT& row, std::int32_t from, std::int32_t to) {
  std::int32_t out = 0;
  const auto add = [&](std::int32_t after, std::int32_t before) {
    out += std::max(0, std::min(to, before - 1) - std::max(from, after + 1) + 1);
  };
  for (const auto& item : row.silences) add(item.after(), item.before());
  if (row.last_at && to - last_noted_on(row) > kSilentDays) add(last_noted_on(row), to + 1);
  return out;
}

}  // namespace minne
