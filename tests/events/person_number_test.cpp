#include "events/person_number.h"

#include "tests/events/random_event.h"

#include <gtest/gtest.h>

#include <string>

namespace minne {
namespace {

constexpr int kThisYear = 2026;

std::string normal(std::string_view text, int today_year = kThisYear) {
  const auto number = normalise_number(text, today_year);
  return number ? *number : "refused";
}

TEST(PersonNumberTest, TakesEveryWayOfWritingOne) {
  for (const std::string_view text :
       {"811218-9876", "8112189876", "19811218-9876", "198112189876", " 811218-9876 ", "811218-9876\r\n"}) {
    EXPECT_EQ(normal(text), "198112189876") << text;
  }
  EXPECT_EQ(normal("640823-3234"), "196408233234");
  EXPECT_EQ(normal("121212-1212"), "201212121212");
}

TEST(PersonNumberTest, TakesACoordinationNumber) {
  EXPECT_EQ(normal("701063-2391"), "197010632391");  // the third, and sixty
  EXPECT_EQ(normal("19701063-2391"), "197010632391");
}

TEST(PersonNumberTest, FindsTheCenturyFromTodaysYear) {
  const auto ten = [](int year) { return testing::person_number(year, 1, 1, 123).substr(2); };
  EXPECT_EQ(normal(ten(2026)), "2026" + ten(2026).substr(2));  // born this year
  EXPECT_EQ(normal(ten(1927)), "1927" + ten(1927).substr(2));  // not next year
  EXPECT_EQ(normal("121212-1212", 2011), "191212121212");
  EXPECT_EQ(normal("121212-1212", 2012), "201212121212");
  EXPECT_EQ(normal("121212-1212", 2112), "211212121212");
}

TEST(PersonNumberTest, ReadsPlusAsAHundredYearsMore) {
  EXPECT_EQ(normal("121212+1212"), "191212121212");
  EXPECT_EQ(normal("811218+9876"), "188112189876");
  EXPECT_EQ(normal("121212+1212", 2011), "181212121212");
}

TEST(PersonNumberTest, ChecksTheLastDigit) {
  for (char last = '0'; last <= '9'; ++last) {
    EXPECT_EQ(normal(std::string{"811218-987"} + last) != "refused", last == '6') << last;
    EXPECT_EQ(normal(std::string{"701063-239"} + last) != "refused", last == '1') << last;
  }
}

TEST(PersonNumberTest, NoticesOneWrongDigitAnywhere) {
  const std::string number = "8112189876";
  for (std::size_t i = 0; i < number.size(); ++i) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      if (digit == number[i]) continue;
      auto wrong = number;
      wrong[i] = digit;
      EXPECT_EQ(normal(wrong), "refused") << wrong;
    }
  }
}

TEST(PersonNumberTest, AgreesWithNumbersMadeByRule) {
  for (int serial = 0; serial < 1000; serial += 7) {
    for (const int day : {1, 28, 61, 88}) {
      const auto number = testing::person_number(2010, 2, day, serial);
      EXPECT_EQ(normal(number), number);
      EXPECT_EQ(normal(number.substr(2)), number);
      EXPECT_TRUE(looks_like_person_number(number));
    }
  }
}

TEST(PersonNumberTest, ChecksTheDate) {
  const auto on = [](int year, int month, int day) { return normal(testing::person_number(year, month, day, 123)); };
  EXPECT_NE(on(2024, 2, 29), "refused");
  EXPECT_NE(on(2024, 2, 89), "refused");
  EXPECT_EQ(on(2023, 2, 29), "refused");
  EXPECT_EQ(on(2023, 2, 89), "refused");
  EXPECT_EQ(on(2024, 0, 10), "refused");
  EXPECT_EQ(on(2024, 13, 10), "refused");
  for (const int day : {0, 32, 45, 60, 92, 99}) EXPECT_EQ(on(2024, 1, day), "refused") << day;
}

TEST(PersonNumberTest, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", " ", "811218", "811218-987", "811218-98765", "81121-89876", "8112189-876", "811218--9876", "811218 9876",
        "811218-9876x", "-8112189876", "811218-9876-", "1981-12-18-9876", "811218/9876", "８１1218-9876", "+", "-"}) {
    EXPECT_EQ(normal(text), "refused") << text;
  }
}

TEST(PersonNumberTest, NeverRepeatsTheNumberInTheError) {
  for (const std::string_view text : {"811218-9875", "811318-9876", "811218-98765", "811218x9876", "Åsa-812", "ab"}) {
    const auto number = normalise_number(text, kThisYear);
    ASSERT_FALSE(number) << text;
    EXPECT_EQ(number.error().code, Code::kInvalid);
    EXPECT_EQ(number.error().message.find(text), std::string::npos);
    EXPECT_TRUE(number.error().where.empty());
  }
}

TEST(ReserveIdTest, IsKeptInUpperCase) {
  EXPECT_EQ(normal("res-2026-17"), "RES-2026-17");
  EXPECT_EQ(normal("A12345"), "A12345");
  EXPECT_EQ(normal(" a12345 "), "A12345");
  EXPECT_EQ(normal("t" + std::string(31, '1')), "T" + std::string(31, '1'));
}

TEST(ReserveIdTest, RefusesWhatCouldBeMisread) {
  for (const std::string& text :
       {std::string{"A1234"}, "t" + std::string(32, '1'), std::string{"A 1234"}, std::string{"A_12345"},
        std::string{"Åsa-1234"}, std::string{"-A12345"}, std::string{"A1234\n5"}, "A1234" + std::string(1, '\0')}) {
    EXPECT_EQ(normal(text), "refused") << text;
  }
}

TEST(LooksLikePersonNumberTest, NoticesNumbersUsedAsReferences) {
  for (const std::string_view text :
       {"811218-9876", "8112189876", "198112189876", "19811218-9876", "811218+9876", "701063-2391"}) {
    EXPECT_TRUE(looks_like_person_number(text)) << text;
  }
  for (const std::string_view text :
       {"811218-9875", "2026-000117", "1234567890", "", "dnr 811218-9876x", "811218.9876"}) {
    EXPECT_FALSE(looks_like_person_number(text)) << text;
  }
}

}  // namespace
}  // namespace minne
