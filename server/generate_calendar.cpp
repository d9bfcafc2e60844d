#include "server/generate_calendar.h"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace minne::generate {
namespace {

constexpr Micros kDayMicros = 24 * kHour;
constexpr int kFirstYear = 1990;
constexpr int kLastYear = 2299;

constexpr Day days_from(std::chrono::sys_days day) { return static_cast<Day>(day.time_since_epoch().count()); }

// Sunday after the first full moon on or after 21 March, Gregorian (anonymous algorithm, Meeus).
Day easter(int year) {
  const int a = year % 19;
  const int b = year / 100;
  const int c = year % 100;
  const int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  const int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int sum = h + l - 7 * m + 114;
  return day_of(year, sum / 31, sum % 31 + 1);
}

// The first day with this weekday (0 is Monday) on or after `day`.
Day weekday_from(Day day, int wanted) { return day + (wanted - weekday(day) + 7) % 7; }

struct Year {
  Micros summer_begin = 0;
  Micros summer_end = 0;
};

struct Table {
  std::vector<Year> years;
  std::vector<bool> working;
  Day first = 0;

  Table() : first(day_of(kFirstYear, 1, 1)) {
    const Day end = day_of(kLastYear + 1, 1, 1);
    working.resize(static_cast<std::size_t>(end - first));
    for (Day day = first; day < end; ++day) working[static_cast<std::size_t>(day - first)] = weekday(day) < 5;
    for (int year = kFirstYear; year <= kLastYear; ++year) {
      constexpr int kSunday = 6;
      const Day spring = weekday_from(day_of(year, 3, 25), kSunday);
      const Day autumn = weekday_from(day_of(year, 10, 25), kSunday);
      years.push_back({spring * kDayMicros + kHour, autumn * kDayMicros + kHour});
      add_holidays(year);
    }
  }

  void add_holidays(int year) {
    const Day sunday = easter(year);
    const Day midsummer = weekday_from(day_of(year, 6, 20), 5);
    const Day all_saints = weekday_from(day_of(year, 10, 31), 5);
    for (const Day day : {day_of(year, 1, 1), day_of(year, 1, 6), sunday - 2, sunday, sunday + 1, day_of(year, 5, 1),
                          sunday + 39, sunday + 49, day_of(year, 6, 6), midsummer - 1, midsummer, all_saints,
                          day_of(year, 12, 24), day_of(year, 12, 25), day_of(year, 12, 26), day_of(year, 12, 31)}) {
      working[static_cast<std::size_t>(day - first)] = false;
    }
  }
};

const Table& table() {
  static const Table out;
  return out;
}

constexpr Day floor_day(Micros at) {
  return static_cast<Day>(at >= 0 ? at / kDayMicros : -((-at + kDayMicros - 1) / kDayMicros));
}

Micros offset_at(Micros at) {
  const int year = civil(floor_day(at)).year;
  if (year < kFirstYear || year > kLastYear) return kHour;
  const auto& summer = table().years[static_cast<std::size_t>(year - kFirstYear)];
  return at >= summer.summer_begin && at < summer.summer_end ? 2 * kHour : kHour;
}

}  // namespace

Civil civil(Day day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day()))};
}

Day day_of(int year, int month, int day) {
  return days_from(std::chrono::year{year} / std::chrono::month{static_cast<unsigned>(month)} /
                   std::chrono::day{static_cast<unsigned>(day)});
}

std::string day_text(Day day) {
  const auto date = civil(day);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
  return text;
}

int weekday(Day day) { return ((day + 3) % 7 + 7) % 7; }  // 1970-01-01 was a Thursday

bool is_working_day(Day day) {
  const auto at = static_cast<std::size_t>(day - table().first);
  return at < table().working.size() ? table().working[at] : weekday(day) < 5;
}

Day working_day_from(Day day) {
  while (!is_working_day(day)) ++day;
  return day;
}

Day working_day_before(Day day) {
  while (!is_working_day(day)) --day;
  return day;
}

Day add_months(Day day, int months) {
  const auto from = civil(day);
  const int index = from.year * 12 + from.month - 1 + months;
  const int year = index / 12;
  const int month = index % 12 + 1;
  const Day next = month == 12 ? day_of(year + 1, 1, 1) : day_of(year, month + 1, 1);
  const int length = next - day_of(year, month, 1);
  return day_of(year, month, from.day < length ? from.day : length);
}

int age_on(Day birth, Day day) {
  const auto from = civil(birth);
  const auto to = civil(day);
  const bool before_birthday = to.month < from.month || (to.month == from.month && to.day < from.day);
  return to.year - from.year - (before_birthday ? 1 : 0);
}

Day local_day(Micros at) { return floor_day(at + offset_at(at)); }

int local_minute(Micros at) {
  const Micros local = at + offset_at(at);
  return static_cast<int>((local - floor_day(local) * kDayMicros) / kMinute);
}

Micros from_local(Day day, int minute) {
  const Micros reading = day * kDayMicros + minute * kMinute;
  const Micros summer = reading - 2 * kHour;
  return offset_at(summer) == 2 * kHour ? summer : reading - kHour;
}

}  // namespace minne::generate
