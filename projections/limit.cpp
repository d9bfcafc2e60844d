#include "projections/limit.h"

#include "core/calendar.h"

#include <array>
#include <charconv>
#include <utility>

namespace minne {
namespace {

constexpr int kMaxDays = 3660;
constexpr int kMaxWeeks = 520;
constexpr int kMaxMonths = 240;

constexpr std::array<std::pair<std::string_view, Limit::Unit>, 5> kNamedLimits{
    {{"same_day", Limit::Unit::kSameDay},
     {"given", Limit::Unit::kGiven},
     {"expected_birth", Limit::Unit::kExpectedBirth},
     {"none", Limit::Unit::kNone},
     {"board", Limit::Unit::kBoard}}};

Date counted(Date from, const Limit& limit, int sign) {
  if (limit.unit == Limit::Unit::kMonths) return add_months(from, sign * limit.count);
  return add_days(from, sign * limit.count * (limit.unit == Limit::Unit::kWeeks ? 7 : 1));
}

}  // namespace

std::string to_text(const Limit& limit) {
  for (const auto& [name, unit] : kNamedLimits) {
    if (limit.unit == unit) return std::string(name);
  }
  const char unit = limit.unit == Limit::Unit::kDays ? 'd' : limit.unit == Limit::Unit::kWeeks ? 'w' : 'm';
  return std::to_string(limit.count) + unit;
}

std::optional<Limit> named_limit(std::string_view text) {
  for (const auto& [name, unit] : kNamedLimits) {
    if (text == name) return Limit{unit, 0};
  }
  return std::nullopt;
}

std::optional<Limit> counted_limit(std::string_view text) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count <= 0) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit == "d" && count <= kMaxDays) return Limit{Limit::Unit::kDays, count};
  if (unit == "w" && count <= kMaxWeeks) return Limit{Limit::Unit::kWeeks, count};
  if (unit == "m" && count <= kMaxMonths) return Limit{Limit::Unit::kMonths, count};
  return std::nullopt;
}

Date counted_from(Date start, const Limit& limit) { return counted(start, limit, 1); }

Date counted_back(Date end, const Limit& limit) { return counted(end, limit, -1); }

}  // namespace minne
