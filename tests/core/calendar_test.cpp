#include "core/calendar.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace minne {
namespace {

using std::chrono::days;
using std::chrono::year;

Date day(std::string_view text) { return parse_date(text).value(); }

TEST(HolidayTest, FollowsEasterMidsummerAndAllSaints) {
  struct Year {
    int number;
    std::string_view easter, good_friday, ascension, whit_sunday, midsummer_eve, all_saints;
  };
  for (const Year& y : std::initializer_list<Year>{
           {2024, "03-31", "03-29", "05-09", "05-19", "06-21", "11-02"},
           {2025, "04-20", "04-18", "05-29", "06-08", "06-20", "11-01"},
           {2026, "04-05", "04-03", "05-14", "05-24", "06-19", "10-31"},
           {2027, "03-28", "03-26", "05-06", "05-16", "06-25", "11-06"},
           {2028, "04-16", "04-14", "05-25", "06-04", "06-23", "11-04"},
           {2030, "04-21", "04-19", "05-30", "06-09", "06-21", "11-02"},
           {2035, "03-25", "03-23", "05-03", "05-13", "06-22", "11-03"},
       }) {
    SCOPED_TRACE(y.number);
    const auto on = [&y](std::string_view month_and_day) {
      return day(std::to_string(y.number) + "-" + std::string(month_and_day));
    };
    EXPECT_EQ(easter_day(year{y.number}), on(y.easter));
    EXPECT_EQ(holiday_name(on(y.easter)), "påskdagen");
    EXPECT_EQ(holiday_name(on(y.good_friday)), "långfredagen");
    EXPECT_EQ(holiday_name(on(y.easter) + days{1}), "annandag påsk");
    EXPECT_EQ(holiday_name(on(y.ascension)), "Kristi himmelsfärdsdag");
    EXPECT_EQ(holiday_name(on(y.whit_sunday)), "pingstdagen");
    EXPECT_EQ(holiday_name(on(y.midsummer_eve)), "midsommarafton");
    EXPECT_EQ(holiday_name(on(y.midsummer_eve) + days{1}), "midsommardagen");
    EXPECT_EQ(holiday_name(on(y.all_saints)), "alla helgons dag");
  }
}

TEST(HolidayTest, AYearHasTheseAndNoOthers) {
  struct Named {
    std::string_view date, name;
  };
  constexpr Named k2026[] = {
      {"2026-01-01", "nyårsdagen"},
      {"2026-01-06", "trettondedag jul"},
      {"2026-04-03", "långfredagen"},
      {"2026-04-05", "påskdagen"},
      {"2026-04-06", "annandag påsk"},
      {"2026-05-01", "första maj"},
      {"2026-05-14", "Kristi himmelsfärdsdag"},
      {"2026-05-24", "pingstdagen"},
      {"2026-06-06", "Sveriges nationaldag"},
      {"2026-06-19", "midsommarafton"},
      {"2026-06-20", "midsommardagen"},
      {"2026-10-31", "alla helgons dag"},
      {"2026-12-24", "julafton"},
      {"2026-12-25", "juldagen"},
      {"2026-12-26", "annandag jul"},
      {"2026-12-31", "nyårsafton"},
  };
  const Named* next = std::begin(k2026);
  for (Date d = day("2026-01-01"); d < day("2027-01-01"); d += days{1}) {
    if (holiday_name(d).empty()) continue;
    ASSERT_NE(next, std::end(k2026)) << to_text(d);
    EXPECT_EQ(to_text(d), next->date);
    EXPECT_EQ(holiday_name(d), next->name);
    ++next;
  }
  EXPECT_EQ(next, std::end(k2026));
}

TEST(HolidayTest, TheNationalDayTookWhitMondaysPlaceIn2005) {
  EXPECT_EQ(holiday_name(day("2004-05-31")), "annandag pingst");
  EXPECT_FALSE(is_working_day(day("2004-05-31")));
  EXPECT_TRUE(is_working_day(day("2005-05-16")));
  EXPECT_TRUE(is_working_day(day("2003-06-06")));   // a Friday
  EXPECT_FALSE(is_working_day(day("2005-06-06")));  // a Monday
  EXPECT_TRUE(is_working_day(day("2026-05-25")));
}

TEST(WorkingDayTest, EvesThatNoLawNamesAreWorkingDays) {
  EXPECT_TRUE(is_working_day(day("2026-04-02")));  // skärtorsdagen
  EXPECT_TRUE(is_working_day(day("2026-01-05")));  // trettondagsafton
  EXPECT_TRUE(is_working_day(day("2026-04-30")));  // valborg
  EXPECT_TRUE(is_working_day(day("2026-10-30")));  // allhelgonaafton
}

TEST(WorkingDayTest, SaturdaysAndSundaysAreNone) {
  EXPECT_TRUE(is_working_day(day("2026-02-06")));
  EXPECT_FALSE(is_working_day(day("2026-02-07")));
  EXPECT_FALSE(is_working_day(day("2026-02-08")));
  EXPECT_EQ(next_working_day(day("2026-02-06")), day("2026-02-06"));
  EXPECT_EQ(next_working_day(day("2026-02-07")), day("2026-02-09"));
}

TEST(CountingTest, EndsWhereTheActSays) {
  enum class Unit { kDays, kWeeks, kMonths };
  using enum Unit;
  struct Vector {
    std::string_view start;
    int count;
    Unit unit;
    std::string_view nominal;
    std::chrono::weekday on;
    std::string_view adjusted;
  };
  constexpr auto kTue = std::chrono::Tuesday;
  constexpr auto kWed = std::chrono::Wednesday;
  constexpr auto kThu = std::chrono::Thursday;
  constexpr auto kFri = std::chrono::Friday;
  constexpr auto kSat = std::chrono::Saturday;
  constexpr auto kSun = std::chrono::Sunday;
  for (const Vector& v : std::initializer_list<Vector>{
           {"2025-10-31", 4, kMonths, "2026-02-28", kSat, "2026-03-02"},
           {"2025-10-30", 4, kMonths, "2026-02-28", kSat, "2026-03-02"},
           {"2023-10-31", 4, kMonths, "2024-02-29", kThu, "2024-02-29"},
           {"2026-02-28", 4, kMonths, "2026-06-28", kSun, "2026-06-29"},
           {"2026-02-06", 4, kMonths, "2026-06-06", kSat, "2026-06-08"},
           {"2026-02-20", 4, kMonths, "2026-06-20", kSat, "2026-06-22"},
           {"2025-12-25", 4, kMonths, "2026-04-25", kSat, "2026-04-27"},
           {"2025-07-01", 4, kMonths, "2025-11-01", kSat, "2025-11-03"},
           {"2025-08-31", 6, kMonths, "2026-02-28", kSat, "2026-03-02"},
           {"2025-03-31", 6, kMonths, "2025-09-30", kTue, "2025-09-30"},
           {"2024-02-29", 12, kMonths, "2025-02-28", kFri, "2025-02-28"},
           {"2025-12-31", 2, kMonths, "2026-02-28", kSat, "2026-03-02"},
           {"2024-12-31", 2, kMonths, "2025-02-28", kFri, "2025-02-28"},
           {"2025-12-10", 14, kDays, "2025-12-24", kWed, "2025-12-29"},
           {"2025-12-11", 14, kDays, "2025-12-25", kThu, "2025-12-29"},
           {"2025-12-12", 14, kDays, "2025-12-26", kFri, "2025-12-29"},
           {"2025-12-17", 14, kDays, "2025-12-31", kWed, "2026-01-02"},
           {"2026-12-17", 14, kDays, "2026-12-31", kThu, "2027-01-04"},
           {"2026-06-05", 14, kDays, "2026-06-19", kFri, "2026-06-22"},
           {"2026-03-20", 14, kDays, "2026-04-03", kFri, "2026-04-07"},
           {"2026-04-17", 14, kDays, "2026-05-01", kFri, "2026-05-04"},
           {"2026-04-30", 14, kDays, "2026-05-14", kThu, "2026-05-15"},
           {"2025-06-06", 14, kDays, "2025-06-20", kFri, "2025-06-23"},
           {"2020-10-27", 1, kWeeks, "2020-11-03", kTue, "2020-11-03"},
           {"2025-12-19", 1, kWeeks, "2025-12-26", kFri, "2025-12-29"},
           {"2026-12-25", 1, kWeeks, "2027-01-01", kFri, "2027-01-04"},
       }) {
    SCOPED_TRACE(std::string(v.start) + " + " + std::to_string(v.count));
    const Date start = day(v.start);
    const Date nominal = v.unit == kDays    ? add_days(start, v.count)
                         : v.unit == kWeeks ? add_weeks(start, v.count)
                                            : add_months(start, v.count);
    EXPECT_EQ(to_text(nominal), v.nominal);
    EXPECT_EQ(std::chrono::weekday{nominal}, v.on);
    EXPECT_EQ(to_text(next_working_day(nominal)), v.adjusted);
  }
}

TEST(CountingTest, MonthsInStepsAreOtherThanMonthsAtOnce) {
  const Date start = day("2026-01-31");
  EXPECT_EQ(to_text(add_months(start, 2)), "2026-03-31");
  EXPECT_EQ(to_text(add_months(add_months(start, 1), 1)), "2026-03-28");
}

}  // namespace
}  // namespace minne
