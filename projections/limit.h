// How long a rule lets something take: `14d`, `1w`, `4m`, a day of every year (`01-31`), or a word such as `same_day`.
#pragma once

#include "events/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace minne {

struct Limit {
  enum class Unit : std::uint8_t { kDays, kWeeks, kMonths, kSameDay, kGiven, kExpectedBirth, kNone, kBoard, kYearly };
  Unit unit = Unit::kDays;
  int count = 0;  // of days, weeks or months; kYearly: 100 * month + day
  friend bool operator==(const Limit&, const Limit&) = default;
};

// As the rule table writes it.
[[nodiscard]] std::string to_text(const Limit& limit);
// One of the words.
[[nodiscard]] std::optional<Limit> named_limit(std::string_view text);
// Days, weeks or months of at least one; nothing where the text says something else.
[[nodiscard]] std::optional<Limit> counted_limit(std::string_view text);
// A day that every year has: month and day.
[[nodiscard]] std::optional<Limit> yearly_limit(std::string_view text);
// Of a yearly limit: the first such day after `day`, and the one nearest to it.
[[nodiscard]] Date next_yearly(Date day, const Limit& limit);
[[nodiscard]] Date nearest_yearly(Date day, const Limit& limit);
// Of a counted limit: the last day, and the first of a time that ends on a day.
[[nodiscard]] Date counted_from(Date start, const Limit& limit);
[[nodiscard]] Date counted_back(Date end, const Limit& limit);

}  // namespace minne
