// Who has worked on the case, how often the next step was someone else's, and when there was no step at all.
#pragma once

#include "projections/contract.h"

namespace minne {

struct Activity {
  static constexpr std::string_view kName = "activity";
  static constexpr std::uint32_t kVersion = 4;
  using Events = EveryEvent;
  using Reads = Types<>;
  using Row = rows::ActivityT;

  // An event without an actor is nobody's step.
  static void apply(const RecordedEvent& event, const Before<Reads>&, Row& activity);
};

// A silence is longer than so many days from one event to the next.
inline constexpr std::int32_t kSilentDays = 14;

// The day of the last event that is about the child, not about the keeping of the file, as its closing is. Of a file
// that has one.
[[nodiscard]] std::int32_t last_noted_on(const rows::ActivityT& row);
// Days within a period, both its ends included, that lay in silences; what followed the last event counts too.
[[nodiscard]] std::int32_t silent_days(const rows::ActivityT& row, std::int32_t from, std::int32_t to);

}  // namespace minne
