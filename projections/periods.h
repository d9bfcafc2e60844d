// Years of days, as statistics ask for them, the bounds of a period, and what has no end, as it stands in keys of
// tallies.
#pragma once

#include "projections/groups.h"

#include <optional>

namespace minne {

inline constexpr std::int32_t kNeverEnds = INT32_MAX;  // "until" of what still runs, as a day in a key

[[nodiscard]] inline std::int32_t year_begins(int year) {
  return to_days(Date{std::chrono::year{year} / std::chrono::January / 1});
}

// The days that a period was asked for with, each where it was given.
struct PeriodBounds {
  std::optional<Date> from;
  std::optional<Date> to;
};
// kInvalid where it ends before it begins: it holds nothing, and an empty answer would pass for "nothing happened".
[[nodiscard]] inline Result<PeriodBounds> checked(PeriodBounds bounds) {
  if (bounds.from && bounds.to && *bounds.to < *bounds.from) {
    return invalid("the period ends before it begins: from " + to_text(*bounds.from) + ", to " + to_text(*bounds.to),
                   "query/from");
  }
  return bounds;
}

}  // namespace minne
