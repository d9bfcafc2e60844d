#include "events/time.h"

#include "events/check.h"

// Debian builds the library over the system's compiled zones; a header that thinks otherwise has another tzdb layout.
#ifndef USE_OS_TZDB
#define USE_OS_TZDB 1
#endif
#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <optional>
#include <vector>

namespace minne {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year;

using LocalInstant = std::chrono::local_time<microseconds>;

constexpr std::string_view kHome = "Europe/Stockholm";
constexpr auto kTableBegin = sys_days{year{1900} / 1 / 1};
constexpr auto kTableEnd = sys_days{year{2200} / 1 / 1};
constexpr std::size_t kMaxZoneName = 64;
constexpr std::size_t kMaxDateTime = 64;  // "2026-02-06T23:30:00+01:00" and more digits of a second than any clock has

// ---- Sweden's offsets from UTC ------------------------------------------------------------------------------------

// One stretch of time with one offset. The table's spans meet end to end and cover all time.
struct Span {
  Instant begin = Instant::min();
  Instant end = Instant::max();  // not included
  microseconds offset{};
};

LocalInstant to_local(Instant at, microseconds offset) { return LocalInstant{(at + offset).time_since_epoch()}; }

// Summer time by directive 2000/84/EC: it begins and ends at 01:00 UTC on the last Sundays of March and October.
sys_seconds last_sunday_at_one(year y, std::chrono::month m) {
  return sys_days{y / m / std::chrono::Sunday[std::chrono::last]} + hours{1};
}

// The system's zone files list each change up to 2037 and leave the rest to a rule the library does not read. If the
// listed changes end by the directive, they go on by it.
void append_changes_by_directive(std::vector<Span>& spans) {
  if (spans.size() < 2) return;
  const Span last = spans.back();
  const auto last_year = std::chrono::year_month_day{std::chrono::floor<days>(last.begin)}.year();
  if (last.begin != last_sunday_at_one(last_year, std::chrono::October)) return;
  const microseconds winter = last.offset;
  const microseconds summer = spans[spans.size() - 2].offset;
  for (year y = last_year + std::chrono::years{1}; sys_days{y / 1 / 1} < kTableEnd; ++y) {
    const Instant spring = last_sunday_at_one(y, std::chrono::March);
    const Instant autumn = last_sunday_at_one(y, std::chrono::October);
    spans.back().end = spring;
    spans.push_back({spring, autumn, summer});
    spans.push_back({autumn, Instant::max(), winter});
  }
}

std::vector<Span> make_home_spans() {
  const date::time_zone* zone = date::locate_zone(kHome);
  std::vector<Span> spans;
  sys_seconds at = kTableBegin;
  while (at < kTableEnd) {
    const date::sys_info info = zone->get_info(at);
    const microseconds offset = info.offset;
    if (spans.empty()) {
      spans.push_back({Instant::min(), Instant::max(), offset});
    } else if (spans.back().offset != offset) {
      spans.back().end = at;
      spans.push_back({at, Instant::max(), offset});
    }
    at = info.end;
  }
  append_changes_by_directive(spans);
  return spans;
}

const std::vector<Span>& home_spans() {
  static const std::vector<Span> spans = make_home_spans();
  return spans;
}

Span search_span(Instant at) {
  const auto& spans = home_spans();
  const auto after =
      std::upper_bound(spans.begin(), spans.end(), at, [](Instant t, const Span& span) { return t < span.begin; });
  return *std::prev(after);
}

// Folds ask about instants that lie near one another, so each thread first tries its last answer.
microseconds home_offset(Instant at) {
  thread_local Span last{Instant::max(), Instant::min(), {}};
  if (at < last.begin || at >= last.end) last = search_span(at);
  return last.offset;
}

// The instant of a wall-clock reading in Sweden: the first of two, or the moment of the change if the clock skips it.
Instant from_home(LocalInstant local) {
  const Instant as_if_utc{local.time_since_epoch()};
  const auto& spans = home_spans();
  // No offset reaches a day, so the spans around the reading taken as UTC are all that can hold it.
  auto span = std::upper_bound(spans.begin(), spans.end(), as_if_utc - days{1},
                               [](Instant t, const Span& s) { return t < s.begin; });
  for (span = std::prev(span); span != spans.end(); ++span) {
    const Instant at = as_if_utc - span->offset;
    if (at < span->begin) return span->begin;
    if (at < span->end) return at;
  }
  CHECK(false);  // the last span has no end
  return as_if_utc;
}

// ---- Reading ------------------------------------------------------------------------------------------------------

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // A number of exactly `count` digits.
  std::optional<int> number(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  std::string_view digits() {
    const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

 private:
  std::string_view rest_;
};

// What the two kinds of text allow.
struct Leniency {
  bool cut_digits = false;  // of a second, beyond six
  bool missing_offset = false;
};

struct DateTime {
  LocalInstant local{};
  std::optional<minutes> offset;
};

Result<Date> read_date(Reader& reader) {
  const auto year_number = reader.number(4);
  const bool first_hyphen = year_number && reader.take('-');
  const auto month_number = first_hyphen ? reader.number(2) : std::nullopt;
  const bool second_hyphen = month_number && reader.take('-');
  const auto day_number = second_hyphen ? reader.number(2) : std::nullopt;
  if (!day_number) return invalid("a date is written YYYY-MM-DD");
  if (*year_number < 1) return invalid("the year is not 0001 to 9999");
  if (*month_number < 1 || *month_number > 12) return invalid("the month is not 01 to 12");
  const auto day = year{*year_number} / *month_number / *day_number;
  if (!day.ok()) return invalid("the month has no such day");
  return Date{day};
}

Result<microseconds> read_fraction(Reader& reader, Leniency leniency) {
  std::string_view digits = reader.digits();
  if (digits.empty()) return invalid("a fraction of a second has digits");
  if (digits.size() > 6 && !leniency.cut_digits) return invalid("a second has at most six decimals");
  digits = digits.substr(0, 6);
  std::int64_t value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  for (std::size_t i = digits.size(); i < 6; ++i) value *= 10;
  return microseconds{value};
}

Result<microseconds> read_time_of_day(Reader& reader, Leniency leniency) {
  const auto hour = reader.number(2);
  const auto minute = hour && reader.take(':') ? reader.number(2) : std::nullopt;
  const auto second = minute && reader.take(':') ? reader.number(2) : std::nullopt;
  if (!second) return invalid("a time of day is written hh:mm:ss");
  if (*hour > 23) return invalid("the hour is not 00 to 23");
  if (*minute > 59) return invalid("the minute is not 00 to 59");
  if (*second == 60) return invalid("leap seconds are not kept: the second is not 00 to 59");
  if (*second > 59) return invalid("the second is not 00 to 59");
  microseconds fraction{};
  if (reader.take('.')) {
    MINNE_TRY(fraction, read_fraction(reader, leniency));
  }
  return hours{*hour} + minutes{*minute} + seconds{*second} + fraction;
}

Result<std::optional<minutes>> read_offset(Reader& reader, Leniency leniency) {
  if (reader.take('Z') || reader.take('z')) return std::optional{minutes{0}};
  if (reader.at_end()) {
    if (leniency.missing_offset) return std::optional<minutes>{};
    return invalid("a time needs its offset from UTC: Z, +hh:mm or -hh:mm");
  }
  const bool east = reader.take('+');
  if (!east && !reader.take('-')) return invalid("an offset is written Z, +hh:mm or -hh:mm");
  const auto hour = reader.number(2);
  const auto minute = hour && reader.take(':') ? reader.number(2) : std::nullopt;
  if (!minute) return invalid("an offset is written Z, +hh:mm or -hh:mm");
  if (*hour > 23 || *minute > 59) return invalid("the offset is not within 23:59 of UTC");
  const minutes offset = hours{*hour} + minutes{*minute};
  return std::optional{east ? offset : -offset};
}

Result<DateTime> read_date_time(std::string_view text, Leniency leniency) {
  if (text.size() > kMaxDateTime) return invalid("longer than any date and time");
  Reader reader(text);
  MINNE_TRY(const Date day, read_date(reader));
  if (!reader.take('T') && !reader.take('t')) return invalid("a T stands between date and time of day");
  MINNE_TRY(const microseconds time_of_day, read_time_of_day(reader, leniency));
  MINNE_TRY(const auto offset, read_offset(reader, leniency));
  if (!reader.at_end()) return invalid("there is text after the offset from UTC");
  return DateTime{day + time_of_day, offset};
}

// Text must come back as it went in, so an instant that UTC puts outside the four-digit years is refused.
Result<Instant> within_years(Instant at) {
  constexpr Instant kBegin = sys_days{year{1} / 1 / 1};
  constexpr Instant kEnd = sys_days{year{10000} / 1 / 1};
  if (at < kBegin || at >= kEnd) return invalid("in UTC the year is not 0001 to 9999");
  return at;
}

Instant at_offset(LocalInstant local, minutes offset) { return Instant{local.time_since_epoch() - offset}; }

// ---- Zones --------------------------------------------------------------------------------------------------------

Result<const date::time_zone*> find_zone(std::string_view name) {
  if (name.empty() || name.size() > kMaxZoneName) return invalid("no such time zone");
  // The system's files also hold the zones under posix/ and, counting leap seconds, under right/.
  if (name.starts_with("right/") || name.starts_with("posix/")) return invalid("no such time zone");
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return invalid("no such time zone");
  }
}

Result<Instant> from_zone(LocalInstant local, std::string_view name) {
  if (name == kHome) return from_home(local);
  MINNE_TRY(const date::time_zone* zone, find_zone(name));
  try {
    return zone->to_sys(date::local_time<microseconds>{local.time_since_epoch()}, date::choose::earliest);
  } catch (const std::exception&) {
    return invalid("the time zone's rules cannot be read");
  }
}

// ---- Writing ------------------------------------------------------------------------------------------------------

void append_digits(std::string& text, std::int64_t value, int count) {
  std::int64_t unit = 1;
  for (int i = 1; i < count; ++i) unit *= 10;
  for (; unit > 0; unit /= 10) text += static_cast<char>('0' + value / unit % 10);
}

void append_date(std::string& text, std::chrono::year_month_day day) {
  const int number = int{day.year()};
  if (number < 0) text += '-';
  append_digits(text, number < 0 ? -number : number, number > 9999 || number < -9999 ? 6 : 4);
  text += '-';
  append_digits(text, unsigned{day.month()}, 2);
  text += '-';
  append_digits(text, unsigned{day.day()}, 2);
}

void append_fraction(std::string& text, microseconds fraction) {
  if (fraction == microseconds{0}) return;
  text += '.';
  append_digits(text, fraction.count(), 6);
  text.erase(text.find_last_not_of('0') + 1);
}

std::string read_tzdata_version() {
  const std::string version = date::get_tzdb().version;
  if (!version.empty() && version != "unknown") return version;
  // Debian ships no version file; the text form of the database opens with "# version 2026f".
  constexpr std::string_view kPrefix = "# version ";
  std::ifstream file("/usr/share/zoneinfo/tzdata.zi");
  std::string line;
  if (std::getline(file, line) && line.starts_with(kPrefix)) return line.substr(kPrefix.size());
  return "unknown";
}

}  // namespace

Date local_date(Instant at) { return std::chrono::floor<days>(to_local(at, home_offset(at))); }

Instant day_start(Date day) { return from_home(day); }

Instant day_end(Date day) { return day_start(day + days{1}) - microseconds{1}; }

minutes local_time_of_day(Instant at) {
  const LocalInstant local = to_local(at, home_offset(at));
  return std::chrono::floor<minutes>(local - std::chrono::floor<days>(local));
}

Result<When> parse_when(std::string_view text) {
  constexpr std::size_t kDateSize = 10;
  if (text.size() > kDateSize) {
    MINNE_TRY(const Instant at, parse_instant(text));
    return When{at, Precision::kInstant};
  }
  MINNE_TRY(const Date day, parse_date(text));
  MINNE_TRY(const Instant at, within_years(day_start(day)));
  return When{at, Precision::kDay};
}

Result<Instant> parse_instant(std::string_view text) {
  MINNE_TRY(const DateTime read, read_date_time(text, Leniency{}));
  return within_years(at_offset(read.local, *read.offset));
}

Result<Date> parse_date(std::string_view text) {
  Reader reader(text);
  MINNE_TRY(const Date day, read_date(reader));
  if (!reader.at_end()) return invalid("there is text after the date");
  return day;
}

std::string to_text(const When& when) {
  return when.precision == Precision::kDay ? to_text(local_date(when.at)) : to_text(when.at);
}

std::string to_text(Instant at) {
  const auto day = std::chrono::floor<days>(at);
  const std::chrono::hh_mm_ss time(at - day);
  std::string text;
  append_date(text, std::chrono::year_month_day{day});
  text += 'T';
  append_digits(text, time.hours().count(), 2);
  text += ':';
  append_digits(text, time.minutes().count(), 2);
  text += ':';
  append_digits(text, time.seconds().count(), 2);
  append_fraction(text, time.subseconds());
  text += 'Z';
  return text;
}

std::string to_text(Date day) {
  std::string text;
  append_date(text, std::chrono::year_month_day{day});
  return text;
}

Result<Instant> parse_instant_in(std::string_view text, std::string_view zone) {
  MINNE_TRY(const DateTime read, read_date_time(text, Leniency{.cut_digits = true, .missing_offset = true}));
  if (read.offset) return within_years(at_offset(read.local, *read.offset));
  MINNE_TRY(const Instant at, from_zone(read.local, zone));
  return within_years(at);
}

Result<> check_zone(std::string_view zone) {
  MINNE_TRY_VOID(find_zone(zone));
  return {};
}

std::string tzdata_version() {
  static const std::string version = read_tzdata_version();
  return version;
}

}  // namespace minne
