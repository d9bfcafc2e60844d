// The order of the law among the events of one case: when they occurred, whatever the order they were recorded in.
//
// Some events have their hour, others only their day. Where either of two has only its day, their days are compared,
// and on one day the one that was recorded first comes first. Pair by pair that can run in a circle: 15:00, recorded
// first, comes before the day, the day before 09:00, and 09:00 before 15:00. So what has only its day is given a place
// in it: that of the latest of the day's events recorded before it, or where there are none the beginning of the day.
// Places, and versions where they are equal, are one order of all; it agrees with every pair that no circle holds.
//
// A fold sees events in the order they were recorded, and gives each its place among those that a row has already:
//
//   item->at = legal_place(LegalTime(event), row.answers, &rows::PlanAnswerT::at);
//
// Pure; any thread.
#pragma once

#include "projections/contract.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace minne {

// When something occurred, in microseconds UTC, on its way to its place: it is told of what was recorded before it.
class LegalTime {
 public:
  explicit LegalTime(When when)
      : place_(to_micros(when.at)),
        last_(when.precision == Precision::kDay ? to_micros(day_end(local_date(when.at))) : place_) {}
  explicit LegalTime(const RecordedEvent& event)
      : LegalTime(When{occurred(event.envelope), static_cast<Precision>(event.envelope.occurred_precision())}) {}
  // On the day that a field states; where it states none, when the event occurred.
  LegalTime(flatbuffers::Optional<std::int32_t> stated, const RecordedEvent& event)
      : LegalTime(stated ? LegalTime(When{day_start(from_days(*stated)), Precision::kDay}) : LegalTime(event)) {}

  [[nodiscard]] bool has_hour() const { return place_ == last_; }
  void follow(std::int64_t earlier) {
    if (place_ < earlier && earlier <= last_) place_ = earlier;
  }
  [[nodiscard]] std::int64_t place() const { return place_; }

 private:
  std::int64_t place_;
  std::int64_t last_;  // the last place that it can be moved to
};

// The place of what is recorded after all of `earlier`.
template <class T>
[[nodiscard]] std::int64_t legal_place(LegalTime time, const std::vector<std::unique_ptr<T>>& earlier,
                                       std::int64_t T::*place) {
  if (time.has_hour()) return time.place();
  for (const auto& item : earlier) time.follow((*item).*place);
  return time.place();
}

// The same where a row keeps no list, but only what stands: the first of all in legal order, or the last. An event that
// does not become that itself needs no place.
[[nodiscard]] inline std::int64_t legal_place(LegalTime time, std::optional<std::int64_t> standing) {
  if (standing) time.follow(*standing);
  return time.place();
}

// Of items with a place `at` and a `version`.
template <class T>
[[nodiscard]] std::vector<const T*> in_legal_order(const std::vector<std::unique_ptr<T>>& items) {
  std::vector<const T*> out;
  out.reserve(items.size());
  for (const auto& item : items) out.push_back(item.get());
  std::ranges::sort(out, {}, [](const T* item) { return std::pair{item->at, item->version}; });
  return out;
}

}  // namespace minne
