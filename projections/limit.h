// How long a rule lets something take: `14d`, `1w`, `4m`, or a word such as `same_day`.
#pragma once

#include "events/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace minne {

struct Limit {
  enum class Unit : std::uint8_t { kDays, kWeeks, kMonths, kSameDay, kGiven, kExpectedBirth, kNone, kBoard };
  Unit unit = Unit::kDays;
  int count = 0;  // of days, weeks or months
  friend bool operator==(const Limit&, const Limit&) = default;
};

// As the rule table writes it.
[[nodiscard]] std::string to_text(const Limit& limit);
// One of the words.
[[nodiscard]] std::optional<Limit> named_limit(std::string_view text);
// Days, weeks or months of at least one; nothing where the text says something else.
[[nodiscard]] std::optional<Limit> counted_limit(std::string_view text);
// Of a counted limit: the last day, and the first of a time that ends on a day.
[[nodiscard]] Date counted_from(Date start, const Limit& limit);
[[nodiscard]] Date counted_back(Date end, const Limit& limit);

}  // namespace minne
