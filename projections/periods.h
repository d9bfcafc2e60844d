// Years of days, as statistics ask for them, and what has no end, as it stands in keys of tallies.
#pragma once

#include "projections/groups.h"

namespace minne {

inline constexpr std::int32_t kNeverEnds = INT32_MAX;  // "until" of what still runs, as a day in a key

[[nodiscard]] inline std::int32_t year_begins(int year) {
  return to_days(Date{std::chrono::year{year} / std::chrono::January / 1});
}

}  // namespace minne
