// Years and months of days, as statistics ask for them, and as they stand in keys of tallies.
#pragma once

#include "events/time.h"

namespace minne {

inline constexpr std::int32_t kNeverEnds = INT32_MAX;  // "until" of what still runs, as a day in a key

[[nodiscard]] inline int year_of(std::int32_t days) {
  return static_cast<int>(std::chrono::year_month_day{from_days(days)}.year());
}
// Months since year 0, so that a period of months is a range of numbers.
[[nodiscard]] inline std::uint32_t month_of(std::int32_t days) {
  const std::chrono::year_month_day date{from_days(days)};
  return static_cast<std::uint32_t>(static_cast<int>(date.year())) * 12 + static_cast<unsigned>(date.month()) - 1;
}
[[nodiscard]] inline std::int32_t year_begins(int year) {
  return to_days(Date{std::chrono::year{year} / std::chrono::January / 1});
}

}  // namespace minne
