// The generator's own Swedish calendar: what the manifest expects shares nothing with the product's.
//
// Days count from 1970-01-01; instants are microseconds UTC. Local time follows directive 2000/84/EC (summer time from
// the last Sunday of March to the last Sunday of October, changed at 01:00 UTC), good from 1996 on. Public holidays:
// lag 1989:253 with the eves of lag 1930:173 §2. Pure functions, safe on any thread.
#pragma once

#include <cstdint>
#include <string>

namespace minne::generate {

using Day = std::int32_t;
using Micros = std::int64_t;

inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kMinute = 60 * kSecond;
inline constexpr Micros kHour = 60 * kMinute;

struct Civil {
  int year = 0;
  int month = 0;
  int day = 0;
};

[[nodiscard]] Civil civil(Day day);
[[nodiscard]] Day day_of(int year, int month, int day);
[[nodiscard]] std::string day_text(Day day);  // 2021-01-04
[[nodiscard]] int weekday(Day day);           // 0 is Monday

[[nodiscard]] bool is_working_day(Day day);
[[nodiscard]] Day working_day_from(Day day);    // the day itself or the next working day
[[nodiscard]] Day working_day_before(Day day);  // the day itself or the last working day before it

// The same number in a later month, or that month's last day (lag 1930:173 §1).
[[nodiscard]] Day add_months(Day day, int months);
// Whole years; nobody here is born on 29 February.
[[nodiscard]] int age_on(Day birth, Day day);

[[nodiscard]] Day local_day(Micros at);
[[nodiscard]] int local_minute(Micros at);
// A wall-clock reading; one that the clock skips means an hour later, one shown twice the first time.
[[nodiscard]] Micros from_local(Day day, int minute);

}  // namespace minne::generate
