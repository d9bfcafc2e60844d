// The Swedish calendar: which days are working days, and on what day a time counted from another ends.
//
//   const Date nominal = add_months(*parse_date("2025-10-31"), 4);   // 2026-02-28, a Saturday
//   const Date adjusted = next_working_day(nominal);                 // 2026-03-02
//
// Holidays: lag (1989:253) om allmänna helgdagar, as it stood in the year asked about: from 2005 (SFS 2004:1320) 6 June
// is one and Whit Monday is none. Counting: lag (1930:173) om beräkning av lagstadgad tid. Pure, safe on any thread;
// years before the acts are answered by their rules.
#pragma once

#include "events/time.h"

#include <string_view>

namespace minne {

// Raise it when any answer below changes: dates already computed say which calendar they came from.
inline constexpr int kCalendarVersion = 1;

// Easter Day of a Gregorian year.
[[nodiscard]] Date easter_day(std::chrono::year year);

// The Swedish name of a holiday, or of an eve that counts as one. Empty for other days, also for ordinary Sundays.
[[nodiscard]] std::string_view holiday_name(Date day);

// False on Sundays and other holidays and on what 1930:173 § 2 equates with them: Saturdays, Midsummer Eve, Christmas
// Eve and New Year's Eve.
[[nodiscard]] bool is_working_day(Date day);

// The day itself if it is a working day, else the first after it (1930:173 § 2).
[[nodiscard]] Date next_working_day(Date day);

// 1930:173 § 1. The day counted from is not part of the time: a week ends on the same weekday, a month on the day of
// the same number or, where the month has none, on its last. Count always from the first day: 31 January + 1 month + 1
// month is not 31 January + 2 months.
[[nodiscard]] Date add_days(Date from, int count);
[[nodiscard]] Date add_weeks(Date from, int count);
[[nodiscard]] Date add_months(Date from, int count);

}  // namespace minne
