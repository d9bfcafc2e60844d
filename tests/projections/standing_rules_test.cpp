// Patterns and retention as a board may write them; what they find is told by specs.
#include "projections/deadline_rules.h"

#include <gtest/gtest.h>

namespace minne {
namespace {

const StandingRules& standing_in(const DeadlineRules& rules) { return rules.table().standing(); }

Result<std::unique_ptr<DeadlineRules>> with(std::string text) {
  return DeadlineRules::built_in({{"own.toml", std::move(text)}});
}

TEST(StandingRulesTest, OfALaterFileTakeThePlaceOfThoseWithTheirIdAndChangeNoClock) {
  const auto own = DeadlineRules::built_in();
  const auto more = with(
      "[[pattern]]\nid = 'absence_not_opened'\nat_least = 9\nwithin = '8w'\n"
      "[[pattern]]\nid = 'mine'\nat_least = 1\nwithin = '1d'\n");
  ASSERT_TRUE(own && more) << more.error().message;
  EXPECT_EQ(standing_in(**own).patterns.size() + 1, standing_in(**more).patterns.size());
  const auto& replaced = standing_in(**more).patterns.front();
  EXPECT_EQ("absence_not_opened", replaced.id);
  EXPECT_EQ(9, replaced.at_least);
  EXPECT_EQ((Limit{Limit::Unit::kWeeks, 8}), replaced.within);
  EXPECT_EQ("", replaced.concern);
  EXPECT_FALSE(replaced.opened);
  EXPECT_EQ(standing_in(**own).retention.size(), standing_in(**more).retention.size());
  EXPECT_EQ((*own)->table().version(), (*more)->table().version());
}

TEST(StandingRulesTest, RefusesEachFaultAtItsLine) {
  const std::string pattern = "[[pattern]]\nid = 'p'\nat_least = 2\n";
  const std::string keeps = "[[retention]]\nid = 'r'\nlaw = 'SoL'\nsection = '16:2'\n";
  struct Case {
    std::string text;
    int line;
    std::string_view message;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"pattern = 1", 1, "pattern is not a list: write [[pattern]]"},
           {pattern, 1, "[[pattern]] lacks within"},
           {pattern + "within = '2y'", 4, "within is no time such as 90d, 8w or 12m"},
           {pattern + "within = '2m'\nconcern = 'boredom'", 5, "concern 'boredom' is no concern"},
           {pattern + "within = '2m'\nmost = 1", 5, "unknown key 'most' in [[pattern]]"},
           {"[[pattern]]\nid = 'P'", 2, "id is not of a-z, 0-9 and _, at most 40"},
           {pattern + "within = '2m'\n" + pattern + "within = '3m'", 6, "id stands twice in the file"},
           {keeps, 1, "[[retention]] has one of purge_after, keep_until_age and keep = true"},
           {keeps + "keep = true\nkeep_until_age = 30", 1,
            "[[retention]] has one of purge_after, keep_until_age and keep = true"},
           {keeps + "purge_after = '60m'", 1, "from says what purge_after counts from"},
           {keeps + "purge_after = '60m'\nfrom = 'birth'", 6, "from is none of last_note, decided"},
           {keeps + "purge_after = '60m'\nfrom = 'decided'\nborn_on = [5]", 1, "only what keeps is narrowed"},
           {keeps + "keep = true\ndocuments = ['letters']", 6, "documents holds what is no documents of a file"},
           {keeps + "keep = true\nborn_on = [32]", 6, "born_on holds what is no day of a month"},
           {keeps + "keep = true\nresearch = 'some'", 6, "research cannot be 'some'"},
           {"[board]\nresearch = 'some'", 2, "research cannot be 'some'"}}) {
    SCOPED_TRACE(c.text);
    const auto rules = with(c.text);
    ASSERT_FALSE(rules);
    EXPECT_EQ(c.message, rules.error().message);
    EXPECT_EQ("own.toml:" + std::to_string(c.line), rules.error().where);
  }
}

}  // namespace
}  // namespace minne
