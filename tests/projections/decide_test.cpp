// Every refusal of decide, and that what would make it pass passes. The rows stand in refused_*.cpp.
#include "tests/projections/decide_fixture.h"

namespace minne::refusals {

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

namespace {

class DecideTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(DecideTest, RefusesItAndAcceptsWhatTheMessageAsksFor) {
  const auto& row = GetParam();
  World world(row.given);
  const auto decided = world.append(row.refused);
  ASSERT_FALSE(decided);
  const Error error = decided.error();
  EXPECT_EQ(row.code, error.code) << error.message;
  EXPECT_EQ(row.where, error.where) << error.message;
  EXPECT_FALSE(error.message.empty());
  const auto* invariant = error.details.if_contains("invariant");
  auto named = invariant == nullptr ? std::string{} : std::string{invariant->as_string()};
  if (row.invariant.empty() && (named == "names-what-is-there" || named == "complete-event")) named.clear();
  EXPECT_EQ(row.invariant, named);
  const auto* basis = error.details.if_contains("basis");  // the law or practice behind it
  EXPECT_EQ(invariant != nullptr, basis != nullptr && !basis->as_string().empty());
  EXPECT_EQ(invariant != nullptr, error.details.contains("passes_if") && error.details.contains("events"));
  if (row.passes.empty()) return;
  const auto accepted = world.append(row.passes);
  EXPECT_TRUE(accepted) << accepted.error().message << " at " << accepted.error().where;
}

std::string name_of(const ::testing::TestParamInfo<Refusal>& row) { return row.param.name; }
INSTANTIATE_TEST_SUITE_P(File, DecideTest, ::testing::ValuesIn(file_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Reports, DecideTest, ::testing::ValuesIn(report_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Decisions, DecideTest, ::testing::ValuesIn(decision_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Investigations, DecideTest, ::testing::ValuesIn(investigation_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Assignments, DecideTest, ::testing::ValuesIn(assignment_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Staff, DecideTest, ::testing::ValuesIn(staff_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Corrections, DecideTest, ::testing::ValuesIn(correction_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Replacements, DecideTest, ::testing::ValuesIn(replacement_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Matters, DecideTest, ::testing::ValuesIn(matter_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Ended, DecideTest, ::testing::ValuesIn(ended_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Care, DecideTest, ::testing::ValuesIn(care_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Elsewhere, DecideTest, ::testing::ValuesIn(elsewhere_refusals()), name_of);

// --- fields that a type needs
// ------------------------------------------------------------------------------------------

TEST(CheckFieldsTest, RefusesEachTypeWithoutWhatItNeedsAndTakesItWithIt) {
  const std::vector<std::pair<json::object, std::vector<std::string>>> whole = {
      {joined("x", "r1", "i1"), {"investigation_id"}},
      {same_incident("x", "r1", "r2"), {"primary_report_id"}},
      {prelim_extended("x", "r1", "2026-03-01"), {"new_date", "reason"}},
      {not_opened("x", {"r1"}), {"report_ids"}},
      {extended("x", "i1", "2026-07-01"), {"new_end", "reason"}},
      {concluded("x", "i1"), {"outcome"}},
      {assigned("x", "r1", "eva"), {"worker", "role"}},
      {handed_over("x", "r1", "eva", "leo"), {"from", "to"}},
      {acknowledged("x", "r1", "eva"), {"worker"}},
      {assignment_ended("x", "r1", "eva"), {"worker"}},
      {of("StaffJoined", "x", {}, "2026-02-01", {{"worker", "eva"}}), {"worker"}},
      {of("StaffLeft", "x", {}, "2026-02-01", {{"worker", "eva"}}), {"worker"}},
      {of("ActionRecorded", "x", {}, "2026-02-01", {{"activity", "Confirm"}}), {"activity"}},
      {of("DeadlineSet", "x", {}, "2026-02-01", {{"due", "2026-03-01"}}), {"due"}},
      {corrected("x", "r1", replacement("NoteRecorded")), {"target", "replacement", "reason"}},
      {misfiled("x", "r1"), {"target", "right_case"}},
      {refiled("x", "r1", copy(note("r1", "anna"))), {"origin_case", "origin_event", "original"}},
  };
  for (const auto& [complete, needed] : whole) {
    const auto bytes = encoded(complete);
    EXPECT_TRUE(check_fields(event_in(bytes.bytes), "/events/3")) << json::serialize(complete);
    for (const auto& field : needed) {
      SCOPED_TRACE(std::string{complete.at("type").as_string()} + "." + field);
      const auto lacking = encoded(without(complete, field));
      const auto checked = check_fields(event_in(lacking.bytes), "/events/3");
      ASSERT_FALSE(checked);
      EXPECT_EQ(Code::kRefused, checked.error().code);
      EXPECT_EQ("/events/3/body/" + field, checked.error().where);
      EXPECT_NE(std::string::npos, checked.error().message.find(field));
    }
  }
}

TEST(CheckFieldsTest, RefusesADecisionOnNoReports) {
  const auto bytes = encoded(not_opened("x", {}));
  EXPECT_FALSE(check_fields(event_in(bytes.bytes), "/events/0"));
}

// --- the rest
// ----------------------------------------------------------------------------------------------------------

TEST(DecideAppendTest, NamesTheCaseThatAPersonHasAlready) {
  World world({{with_number(opened("anna"), "20100101-2382")}});
  const auto refused = world.append({with_number(opened("bo"), "20100101-2382")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(uuid("anna"), refused.error().details.at("case").as_string());
  EXPECT_EQ(std::string::npos, json::serialize(refused.error().details).find("20100101"));
  EXPECT_EQ(std::string::npos, refused.error().message.find("20100101"));
}

TEST(DecideAppendTest, NamesTheReportsThatAReviewMustShow) {
  World world(with_two_reports());
  const auto refused = world.append({reviewed("x", "r2", {})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(uuids({"r1"}), refused.error().details.at("earlier_reports").as_array());
}

TEST(DecideAppendTest, AReviewShowsReportsMadeAtTheBoardThatTheChildCameFrom) {
  World world({{opened("anna"),
                of("FileTakenOver", "t", {}, "2026-02-01",
                   {{"from_board", "syd"}, {"prior_reports", json::array{json::object{{"received", "2026-01-05"}}}}})},
               {report("r1", "anna", "2026-02-06")}});
  const auto unseen = world.append({not_opened("n", {"r1"})});
  ASSERT_FALSE(unseen);
  EXPECT_EQ("history-reviewed-first", unseen.error().details.at("invariant").as_string());
  const auto refused = world.append({reviewed("x", "r1", {})});
  ASSERT_FALSE(refused);
  const json::array shown = refused.error().details.at("earlier_reports").as_array();
  ASSERT_EQ(1U, shown.size());
  auto review = reviewed("x", "r1", {});
  review["body"].as_object()["shown_report_ids"] = shown;
  const auto accepted = world.append({review});
  EXPECT_TRUE(accepted) << accepted.error().message;
}

TEST(DecideAppendTest, SeesWhatCameEarlierInTheSameAppend) {
  World world;
  const auto accepted =
      world.append({opened("anna"), report("r1", "anna", "2026-02-02"), investigation("i1", {"r1"}),
                    assigned("a", "i1", "eva"), handed_over("h", "i1", "eva", "leo"), concluded("c", "i1")});
  EXPECT_TRUE(accepted) << accepted.error().message << " at " << accepted.error().where;
}

TEST(DecideAppendTest, RefusesTheWholeAppendForItsLastEvent) {
  World world;
  EXPECT_FALSE(world.append({opened("anna"), report("r1", "anna"), concluded("c", "i1")}));
  EXPECT_TRUE(world.append({opened("anna")}));  // nothing of it had stayed
}

TEST(DecideAppendTest, JudgesAStaffStreamWithoutAskingForACase) {
  World world;
  EXPECT_TRUE(world.append({of("StaffJoined", "j", {}, "2026-02-01", {{"worker", "eva"}})}));
  EXPECT_TRUE(world.append({of("StaffLeft", "l", {}, "2026-02-02", {{"worker", "eva"}})}));
}

TEST(DecideAppendTest, LetsAnAdultsInvestigationBeExtendedToAnyDate) {
  World world(
      {{opened("anna", {{"birth_date", "2000-01-01"}})}, {investigation("i1", {}, "2026-02-03", "application")}});
  EXPECT_TRUE(world.append({extended("x", "i1", "2026-03-01")}));
}

}  // namespace
}  // namespace minne::refusals
