#include "events/time.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace minne {
namespace {

using namespace std::chrono_literals;
using std::chrono::year;

Instant at(std::string_view text) { return parse_instant(text).value(); }
Date day(std::string_view text) { return parse_date(text).value(); }

TEST(LocalDateTest, CountsTheSwedishDayWhateverUtcSays) {
  struct Case {
    std::string_view at;
    std::string_view day;
    std::chrono::minutes time_of_day;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"2026-02-06T23:30:00+01:00", "2026-02-06", 23h + 30min},
           {"2026-02-06T22:59:59.999999Z", "2026-02-06", 23h + 59min},
           {"2026-02-06T23:00:00Z", "2026-02-07", 0min},
           {"2026-07-01T21:59:59Z", "2026-07-01", 23h + 59min},
           {"2026-07-01T22:00:00Z", "2026-07-02", 0min},
           {"2026-03-29T00:59:59Z", "2026-03-29", 1h + 59min},  // the clock goes to 03:00
           {"2026-03-29T01:00:00Z", "2026-03-29", 3h},
           {"2026-03-29T21:50:00Z", "2026-03-29", 23h + 50min},
           {"2026-10-25T00:59:00Z", "2026-10-25", 2h + 59min},  // and back to 02:00
           {"2026-10-25T01:00:00Z", "2026-10-25", 2h},
           {"2026-10-25T22:50:00Z", "2026-10-25", 23h + 50min},
           {"1950-07-01T22:30:00Z", "1950-07-01", 23h + 30min},  // no summer time then
           {"1980-04-05T23:00:00Z", "1980-04-06", 0min},
           {"2044-07-01T22:30:00Z", "2044-07-02", 30min},  // past the last listed change
           {"2044-12-01T22:30:00Z", "2044-12-01", 23h + 30min},
           {"2199-07-01T22:30:00Z", "2199-07-02", 30min},
       }) {
    EXPECT_EQ(to_text(local_date(at(c.at))), c.day) << c.at;
    EXPECT_EQ(local_time_of_day(at(c.at)), c.time_of_day) << c.at;
  }
}

TEST(LocalDateTest, HoldsOutsideTheTableToo) {
  EXPECT_EQ(to_text(local_date(at("1850-06-01T12:00:00Z"))), "1850-06-01");
  EXPECT_EQ(to_text(local_date(at("9999-06-01T12:00:00Z"))), "9999-06-01");
}

TEST(LocalDateTest, EveryDayOfThreeCenturiesBeginsWhereTheLastOneEnds) {
  for (Date d = day("1890-01-01"); d < day("2210-01-01"); d += std::chrono::days{1}) {
    const Instant start = day_start(d);
    ASSERT_EQ(local_date(start), d) << to_text(d);
    ASSERT_LT(local_date(start - 1us), d) << to_text(d);
    ASSERT_EQ(local_date(day_end(d)), d) << to_text(d);
    ASSERT_EQ(day_end(d) + 1us, day_start(d + std::chrono::days{1})) << to_text(d);
  }
}

TEST(LocalDateTest, DaysOfTheClockChangesHave23And25Hours) {
  EXPECT_EQ(day_end(day("2026-03-29")) + 1us - day_start(day("2026-03-29")), 23h);
  EXPECT_EQ(day_end(day("2026-10-25")) + 1us - day_start(day("2026-10-25")), 25h);
  EXPECT_EQ(day_end(day("2026-06-06")) + 1us - day_start(day("2026-06-06")), 24h);
}

TEST(LocalDateTest, AnswersAlikeOnEveryThread) {
  std::vector<std::thread> threads;
  for (int offset = 0; offset < 4; ++offset) {
    threads.emplace_back([offset] {
      Date expected = day("2000-01-01") + std::chrono::days{offset};
      for (int i = 0; i < 10'000; ++i, expected += std::chrono::days{4}) {
        EXPECT_EQ(local_date(day_start(expected)), expected);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(ParseWhenTest, ReadsRfc3339WithAnOffset) {
  struct Case {
    std::string_view text;
    std::string_view utc;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"2026-02-06T23:30:00+01:00", "2026-02-06T22:30:00Z"},
           {"2026-02-06t22:30:00z", "2026-02-06T22:30:00Z"},
           {"2026-02-06T22:30:00-00:00", "2026-02-06T22:30:00Z"},
           {"2026-02-06T20:30:00-05:30", "2026-02-07T02:00:00Z"},
           {"2026-02-06T22:30:00.5Z", "2026-02-06T22:30:00.5Z"},
           {"2026-02-06T22:30:00.000001Z", "2026-02-06T22:30:00.000001Z"},
           {"2026-02-06T22:30:00.120000Z", "2026-02-06T22:30:00.12Z"},
           {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
           {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
           {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
           {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
           {"9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"},
       }) {
    const auto when = parse_when(c.text);
    ASSERT_TRUE(when) << c.text << ": " << when.error().message;
    EXPECT_EQ(when->precision, Precision::kInstant);
    EXPECT_EQ(to_text(*when), c.utc);
    EXPECT_EQ(at(to_text(when->at)), when->at);
  }
}

TEST(ParseWhenTest, KeepsADateAsTheFirstInstantOfThatDay) {
  const auto when = parse_when("2026-07-01");
  ASSERT_TRUE(when);
  EXPECT_EQ(*when, (When{at("2026-06-30T22:00:00Z"), Precision::kDay}));
  EXPECT_EQ(to_text(*when), "2026-07-01");
}

TEST(ParseWhenTest, NamesTheFault) {
  struct Case {
    std::string_view text;
    std::string_view message;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"", "a date is written YYYY-MM-DD"},
           {"2026-2-6", "a date is written YYYY-MM-DD"},
           {"26-02-06", "a date is written YYYY-MM-DD"},
           {"+026-02-06", "a date is written YYYY-MM-DD"},
           {"2026-02-0", "a date is written YYYY-MM-DD"},
           {"2026/02/06", "a date is written YYYY-MM-DD"},
           {"0000-02-06", "the year is not 0001 to 9999"},
           {"2026-00-06", "the month is not 01 to 12"},
           {"2026-13-06", "the month is not 01 to 12"},
           {"2026-02-00", "the month has no such day"},
           {"2026-02-29", "the month has no such day"},
           {"1900-02-29", "the month has no such day"},
           {"2026-04-31", "the month has no such day"},
           {"2026-02-06 ", "a T stands between date and time of day"},
           {"2026-02-06 22:30:00Z", "a T stands between date and time of day"},
           {"2026-02-06T", "a time of day is written hh:mm:ss"},
           {"2026-02-06T22:30Z", "a time of day is written hh:mm:ss"},
           {"2026-02-06T24:00:00Z", "the hour is not 00 to 23"},
           {"2026-02-06T22:60:00Z", "the minute is not 00 to 59"},
           {"2026-02-06T23:59:60Z", "leap seconds are not kept: the second is not 00 to 59"},
           {"2026-02-06T22:30:61Z", "the second is not 00 to 59"},
           {"2026-02-06T22:30:00.Z", "a fraction of a second has digits"},
           {"2026-02-06T22:30:00.1234567Z", "a second has at most six decimals"},
           {"2026-02-06T22:30:00", "a time needs its offset from UTC: Z, +hh:mm or -hh:mm"},
           {"2026-02-06T22:30:00+0100", "an offset is written Z, +hh:mm or -hh:mm"},
           {"2026-02-06T22:30:00+1", "an offset is written Z, +hh:mm or -hh:mm"},
           {"2026-02-06T22:30:00 Z", "an offset is written Z, +hh:mm or -hh:mm"},
           {"2026-02-06T22:30:00+24:00", "the offset is not within 23:59 of UTC"},
           {"2026-02-06T22:30:00+01:60", "the offset is not within 23:59 of UTC"},
           {"2026-02-06T22:30:00Z ", "there is text after the offset from UTC"},
           {"0001-01-01T00:00:00+00:01", "in UTC the year is not 0001 to 9999"},
           {"9999-12-31T23:59:59-00:01", "in UTC the year is not 0001 to 9999"},
       }) {
    const auto when = parse_when(c.text);
    ASSERT_FALSE(when) << c.text;
    EXPECT_EQ(when.error().code, Code::kInvalid);
    EXPECT_EQ(when.error().message, c.message) << c.text;
  }
}

TEST(ParseWhenTest, RefusesTextOfAnyLengthWithoutRepeatingIt) {
  const std::string text = "2026-02-06T22:30:00." + std::string(100'000, '1') + "Z";
  EXPECT_EQ(parse_when(text).error().message, "longer than any date and time");
  EXPECT_EQ(parse_date(text).error().message, "there is text after the date");
}

TEST(ParseInstantTest, RefusesADateAlone) { EXPECT_FALSE(parse_instant("2026-02-06")); }

TEST(ParseInstantInTest, ReadsAMissingOffsetInTheZone) {
  struct Case {
    std::string_view text;
    std::string_view zone;
    std::string_view utc;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"2011-07-01T10:00:00", "UTC", "2011-07-01T10:00:00Z"},
           {"2011-07-01T10:00:00", "Europe/Amsterdam", "2011-07-01T08:00:00Z"},
           {"2011-01-01T10:00:00", "Europe/Amsterdam", "2011-01-01T09:00:00Z"},
           {"2011-07-01T10:00:00", "America/New_York", "2011-07-01T14:00:00Z"},
           {"2011-07-01T10:00:00.123456789", "UTC", "2011-07-01T10:00:00.123456Z"},
           {"2011-07-01T10:00:00.9999999+02:00", "UTC", "2011-07-01T08:00:00.999999Z"},
           {"2011-07-01T10:00:00+02:00", "no such zone", "2011-07-01T08:00:00Z"},
           {"2026-03-29T02:30:00", "Europe/Stockholm", "2026-03-29T01:00:00Z"},  // skipped: the moment of the change
           {"2026-03-29T02:30:00", "Europe/Amsterdam", "2026-03-29T01:00:00Z"},
           {"2026-10-25T02:30:00", "Europe/Stockholm", "2026-10-25T00:30:00Z"},  // twice: the first
           {"2026-10-25T02:30:00", "Europe/Amsterdam", "2026-10-25T00:30:00Z"},
           {"2044-07-01T10:00:00", "Europe/Stockholm", "2044-07-01T08:00:00Z"},
       }) {
    const auto read = parse_instant_in(c.text, c.zone);
    ASSERT_TRUE(read) << c.text << ": " << read.error().message;
    EXPECT_EQ(to_text(*read), c.utc) << c.text << ' ' << c.zone;
  }
}

TEST(ParseInstantInTest, RefusesAZoneNobodyKnows) {
  for (const std::string_view zone : {"", "Europe/Stokholm", "../etc/passwd", "right/Europe/Stockholm"}) {
    EXPECT_FALSE(parse_instant_in("2011-07-01T10:00:00", zone)) << zone;
    EXPECT_FALSE(check_zone(zone)) << zone;
  }
  EXPECT_TRUE(check_zone("UTC"));
  EXPECT_TRUE(check_zone("Europe/Stockholm"));
}

TEST(TzdataTest, SaysItsVersion) {
  EXPECT_NE(tzdata_version(), "");
  EXPECT_NE(tzdata_version(), "unknown");
}

TEST(TimeTest, MicrosecondsAndDaysGoThereAndBack) {
  const Instant instant = at("2026-02-06T22:30:00.000001Z");
  EXPECT_EQ(from_micros(to_micros(instant)), instant);
  EXPECT_EQ(from_days(to_days(day("1952-02-29"))), day("1952-02-29"));
}

}  // namespace
}  // namespace minne
