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

Date in_year(std::chrono::year year, const Limit& limit) {
  return Date{year / std::chrono::month{static_cast<unsigned>(limit.count / 100)} /
              std::chrono::day{static_cast<unsigned>(limit.count % 100)}};
}

Date counted(Date from, const Limit& limit, int sign) {
  if (limit.unit == Limit::Unit::kMonths) return add_months(from, sign * limit.count);
  return add_days(from, sign * limit.count * (limit.unit == Limit::Unit::kWeeks ? 7 : 1));
}

}  // namespace

std::string to_text(const Limit& limit) {
  if (limit.unit == Limit::Unit::kYearly) {
    const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
    return two(limit.count / 100) + "-" + two(limit.count % 100);
  }
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

std::optional<Limit> yearly_limit(std::string_view text) {
  if (text.size() != 5 || text[2] != '-') return std::nullopt;
  const auto day = parse_date("2001-" + std::string{text});  // no leap year: 29 February is no day of every year
  if (!day) return std::nullopt;
  const std::chrono::year_month_day read{*day};
  return Limit{Limit::Unit::kYearly,
               static_cast<int>(100 * static_cast<unsigned>(read.month()) + static_cast<unsigned>(read.day()))};
}

Date next_yearly(Date day, const Limit& limit) {
  const auto year = std::chrono::year_month_day{day}.year();
  const auto this_year = in_year(year, limit);
  return this_year > day ? this_year : in_year(year + std::chrono::years{1}, limit);
}

Date nearest_yearly(Date day, const Limit& limit) {
  const auto next = next_yearly(day, limit);
  const auto last = in_year(std::chrono::year_month_day{next}.year() - std::chrono::years{1}, limit);
  return day - last < next - day ? last : next;
}

Date counted_from(Date start, const Limit& limit) { return counted(start, limit, 1); }

Date counted_back(Date end, const Limit& limit) { return counted(end, limit, -1); }

}  // namespace minne
