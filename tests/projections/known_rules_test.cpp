#include "tests/projections/memory_fixture.h"

namespace minne {
namespace {

// A policy of one week, replaced from March by one of three days that nobody knew of before May.
constexpr std::string_view kRules = R"(
[[rule]]
id = "OWN"
kind = "policy"
valid_to = 2026-02-28
starts = { event = "ReportReceived", field = "received_at" }
limit = "1w"
adjust = "none"
met_by = ["NoteRecorded"]

[[rule]]
id = "OWN"
kind = "policy"
valid_from = 2026-03-01
known_from = 2026-05-01
starts = { event = "ReportReceived", field = "received_at" }
limit = "3d"
adjust = "none"
met_by = ["NoteRecorded"]

[[rule]]
id = "LATER"
kind = "policy"
known_from = 2026-05-01
starts = { event = "ReportReceived", field = "received_at" }
limit = "1w"
adjust = "none"
met_by = ["NoteRecorded"]
)";

std::string nominal_days(const DeadlineRules& rules) {
  const std::vector<StoredEvent> events = {{1, 1, {}, encoded(opened("anna"))},
                                           {2, 2, {}, encoded(report("r1", "anna", "2026-03-10"))}};
  const auto row = fold_case(id_named("anna"), events, rules);
  std::string out;
  for (const auto& item : row.get<Obligations>().items) {
    if (item->rule == "OWN" || item->rule == "LATER")
      out += item->rule + " " + to_text(from_days(item->nominal)) + "; ";
  }
  return out;
}

TEST(KnownRulesTest, WhatWasKnownIsCountedByTheRulesThatWereKnown) {
  const auto rules = DeadlineRules::built_in({{"own.toml", std::string{kRules}}}).value();
  EXPECT_EQ("OWN 2026-03-13; LATER 2026-03-17; ", nominal_days(*rules));
  EXPECT_EQ("OWN 2026-03-13; LATER 2026-03-17; ", nominal_days(*rules->known_at(day("2026-05-01")).value()));
  EXPECT_EQ("OWN 2026-03-17; ", nominal_days(*rules->known_at(day("2026-04-30")).value()));
}

TEST(KnownRulesTest, TheTableThenAnswersAsThisOneAskedForThen) {
  const auto rules = DeadlineRules::built_in({{"own.toml", std::string{kRules}}}).value();
  for (const auto* known : {"2026-04-30", "2026-05-01"}) {
    const auto then = rules->table().known_at(day(known));
    for (const auto* id : {"OWN", "LATER", "PRELIM_14D", "INV_4M"}) {
      for (const auto* start : {"2020-01-01", "2026-02-28", "2026-03-01", "2026-06-01"}) {
        const auto* asked = rules->table().find(id, day(start), day(known));
        const auto* found = then.find(id, day(start));
        ASSERT_EQ(asked == nullptr, found == nullptr) << id << " " << start << " " << known;
        if (asked != nullptr) {
          EXPECT_EQ(asked->limit, found->limit);
        }
      }
    }
  }
}

}  // namespace
}  // namespace minne
