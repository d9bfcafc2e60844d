#include "core/calendar.h"

#include <array>

namespace minne {
namespace {

using std::chrono::days;
using std::chrono::Saturday;
using std::chrono::Sunday;
using std::chrono::weekday;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr year kNationalDayForWhitMonday{2005};

weekday weekday_of(Date day) { return weekday{day}; }

struct FixedDay {
  unsigned month;
  unsigned day;
  std::string_view name;
};

constexpr std::array kFixedDays{
    FixedDay{1, 1, "nyårsdagen"},   FixedDay{1, 6, "trettondedag jul"}, FixedDay{5, 1, "första maj"},
    FixedDay{12, 24, "julafton"},   FixedDay{12, 25, "juldagen"},       FixedDay{12, 26, "annandag jul"},
    FixedDay{12, 31, "nyårsafton"},
};

std::string_view fixed_holiday(year_month_day day) {
  for (const FixedDay& fixed : kFixedDays) {
    if (unsigned{day.month()} == fixed.month && unsigned{day.day()} == fixed.day) return fixed.name;
  }
  if (day.month() == std::chrono::June && unsigned{day.day()} == 6 && day.year() >= kNationalDayForWhitMonday) {
    return "Sveriges nationaldag";
  }
  return {};
}

std::string_view easter_holiday(Date day, year y) {
  switch ((day - easter_day(y)).count()) {
    case -2:
      return "långfredagen";
    case 0:
      return "påskdagen";
    case 1:
      return "annandag påsk";
    case 39:
      return "Kristi himmelsfärdsdag";
    case 49:
      return "pingstdagen";
    case 50:
      return y < kNationalDayForWhitMonday ? "annandag pingst" : std::string_view{};
    default:
      return {};
  }
}

// The first Saturday from a given day on.
Date saturday_from(Date day) { return day + (Saturday - weekday_of(day)); }

std::string_view saturday_holiday(Date day, year y) {
  const Date midsummer = saturday_from(Date{y / 6 / 20});
  if (day == midsummer - days{1}) return "midsommarafton";
  if (day == midsummer) return "midsommardagen";
  if (day == saturday_from(Date{y / 10 / 31})) return "alla helgons dag";
  return {};
}

}  // namespace

// The Gregorian computus of Meeus, Jones and Butcher; its letters are kept so that it can be compared.
Date easter_day(year easter_year) {
  const int y = int{easter_year};
  const int a = y % 19;
  const int b = y / 100;
  const int c = y % 100;
  const int d = b / 4;
  const int e = b % 4;
  const int f = (b + 8) / 25;
  const int g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30;
  const int i = c / 4;
  const int k = c % 4;
  const int l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int month_and_day = h + l - 7 * m + 114;
  return Date{easter_year / (month_and_day / 31) / (month_and_day % 31 + 1)};
}

std::string_view holiday_name(Date day) {
  const year_month_day parts{day};
  if (const auto name = fixed_holiday(parts); !name.empty()) return name;
  if (const auto name = easter_holiday(day, parts.year()); !name.empty()) return name;
  return saturday_holiday(day, parts.year());
}

bool is_working_day(Date day) {
  const weekday on = weekday_of(day);
  return on != Saturday && on != Sunday && holiday_name(day).empty();
}

Date next_working_day(Date day) {
  while (!is_working_day(day)) day += days{1};
  return day;
}

Date add_days(Date from, int count) { return from + days{count}; }

Date add_weeks(Date from, int count) { return from + std::chrono::weeks{count}; }

Date add_months(Date from, int count) {
  const year_month_day moved = year_month_day{from} + std::chrono::months{count};
  return moved.ok() ? Date{moved} : Date{moved.year() / moved.month() / std::chrono::last};
}

}  // namespace minne
