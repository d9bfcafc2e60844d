// Time as Minne keeps it: an instant in microseconds UTC, or a whole day in Sweden.
//
// The law counts local dates: a report at 23:30 in Stockholm belongs to that date though UTC says otherwise. Everything
// that compares dates goes through local_date(). Pure functions, safe on any thread.
#pragma once

#include "events/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace minne {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;
using Date = std::chrono::local_days;  // a day in Europe/Stockholm, no zone attached

enum class Precision : std::uint8_t { kInstant = 0, kDay = 1 };

// A legal fact's time. A `day` is kept as the first instant of that Stockholm day.
struct When {
  Instant at{};
  Precision precision = Precision::kInstant;
  friend bool operator==(const When&, const When&) = default;
};

[[nodiscard]] Date local_date(Instant at);
[[nodiscard]] Instant day_start(Date day);
[[nodiscard]] Instant day_end(Date day);  // the last microsecond of the day: what `as_of` a date means
[[nodiscard]] std::chrono::minutes local_time_of_day(Instant at);

// RFC 3339 with an offset ("2026-02-06T23:30:00+01:00", up to six digits of a second; more are refused), or a date.
// A date-time without offset is refused: nobody could say which instant it means.
[[nodiscard]] Result<When> parse_when(std::string_view text);
[[nodiscard]] Result<Instant> parse_instant(std::string_view text);
[[nodiscard]] Result<Date> parse_date(std::string_view text);  // YYYY-MM-DD, and it must exist

[[nodiscard]] std::string to_text(const When& when);
[[nodiscard]] std::string to_text(Instant at);  // UTC: 2026-02-06T22:30:00Z, fraction only where there is one
[[nodiscard]] std::string to_text(Date day);

// Foreign logs may leave the offset out: then the text is read in `zone` ("UTC", "Europe/Amsterdam"). Any digits of a
// second beyond six are cut. With an offset, the zone does not matter. A reading that the clock shows twice means the
// first time; one that it skips means the moment of the change.
[[nodiscard]] Result<Instant> parse_instant_in(std::string_view text, std::string_view zone);
// An error unless the time-zone database knows `zone`.
[[nodiscard]] Result<> check_zone(std::string_view zone);

// The version of the time-zone database in use: part of what a projection was built with.
[[nodiscard]] std::string tzdata_version();

[[nodiscard]] inline std::int64_t to_micros(Instant at) { return at.time_since_epoch().count(); }
[[nodiscard]] inline Instant from_micros(std::int64_t micros) { return Instant{std::chrono::microseconds{micros}}; }
[[nodiscard]] inline std::int32_t to_days(Date day) {
  return static_cast<std::int32_t>(day.time_since_epoch().count());
}
[[nodiscard]] inline Date from_days(std::int32_t days) { return Date{std::chrono::days{days}}; }

}  // namespace minne
