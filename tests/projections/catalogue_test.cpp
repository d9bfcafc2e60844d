// The catalogue of invariants is whole: each is refused by some row of refused_*.cpp, and where it allows that,
// overridden.
#include "projections/catalogue.h"
#include "tests/projections/decide_fixture.h"

#include <set>

namespace minne::refusals {
namespace {

const std::vector<Refusal>& rows() {
  static const auto all = [] {
    std::vector<Refusal> out;
    for (const auto& some : {file_refusals(), report_refusals(), decision_refusals(), investigation_refusals(),
                             assignment_refusals(), staff_refusals(), correction_refusals(), replacement_refusals(),
                             matter_refusals(), ended_refusals(), care_refusals(), elsewhere_refusals()}) {
      out.insert(out.end(), some.begin(), some.end());
    }
    return out;
  }();
  return all;
}

bool gives_reason(const Events& events) {
  return std::ranges::any_of(
      events, [](const json::object& event) { return event.at("body").as_object().contains(kOverrideField); });
}

TEST(CatalogueTest, EachInvariantIsRefusedByARowAndOverriddenWhereItMayBe) {
  for (const auto& invariant : kInvariants) {
    SCOPED_TRACE(invariant.id);
    const auto names_it = [&](const Refusal& row) { return row.invariant == invariant.id; };
    EXPECT_TRUE(std::ranges::any_of(rows(), names_it)) << "no row of refused_*.cpp is refused by it";
    const bool overridden =
        std::ranges::any_of(rows(), [&](const Refusal& row) { return names_it(row) && gives_reason(row.passes); });
    EXPECT_TRUE(overridden || invariant.strength == Strength::kRefuse) << "no row goes past it with a reason";
  }
}

TEST(CatalogueTest, EachInvariantIsThereOnceAndSaysWhatItRestsOnAndWhatPasses) {
  std::set<std::string_view> ids;
  for (const auto& invariant : kInvariants) {
    SCOPED_TRACE(invariant.id);
    EXPECT_TRUE(ids.insert(invariant.id).second);
    EXPECT_FALSE(invariant.basis.empty());
    EXPECT_FALSE(invariant.passes_if.empty());
  }
}

// A reason is on record where one was given, whether or not something had to be overridden.
TEST(CatalogueTest, AReasonWhereNothingNeedsItIsNoFault) {
  World world({{opened("anna")}, {report("r1", "anna", "2026-02-02")}});
  EXPECT_TRUE(world.append({not_opened("x", {"r1"}, "2026-02-10", "urgent")}));
}

// What a refusal tells a program: the invariant, its ground, what it rests on, what passes, and the way past it.
TEST(CatalogueTest, ARefusalSaysAllThatTheCatalogueKnows) {
  World world({{opened("anna")}, {report("r1", "anna", "2026-02-02")}, {report("r2", "anna", "2026-02-04")}});
  const auto refusal = world.append({not_opened("x", {"r2"})});
  ASSERT_FALSE(refusal);
  const auto details = refusal.error().details;
  EXPECT_EQ("history-reviewed-first", details.at("invariant"));
  EXPECT_EQ(uuids({"r1"}), details.at("events"));
  EXPECT_EQ("override_reason", details.at("override"));
  EXPECT_FALSE(details.at("passes_if").as_string().empty());
}

TEST(CatalogueTest, ARefusalNamesTheEventThatDecidedAndTheOneThatAssigned) {
  World world({{opened("anna")},
               {report("r1", "anna", "2026-02-02")},
               {not_opened("no", {"r1"})},
               {assigned("a", "r1", "eva")}});
  const auto decided = world.append({not_opened("x", {"r1"})});
  ASSERT_FALSE(decided);
  EXPECT_EQ(uuids({"r1", "no"}), decided.error().details.at("events"));
  const auto held = world.append({assigned("y", "r1", "leo")});
  ASSERT_FALSE(held);
  EXPECT_EQ(uuids({"a"}), held.error().details.at("events"));
}

// --- the matrix of consent, by age and parties (SoL 21:1)
// ------------------------------------------------------------------------------

struct Matrix {
  const char* name;
  const char* born;  // the help begins on 2026-02-10
  std::vector<std::string> guardians;
  std::vector<std::string> consents;  // "child", or a guardian's party_ref
  bool placed = false;                // whether the child may be placed with consent
  bool helped = false;                // whether other help needs no override
};

void PrintTo(const Matrix& matrix, std::ostream* out) { *out << matrix.name; }

class ConsentTest : public ::testing::TestWithParam<Matrix> {
 protected:
  static World world() {
    const auto& row = GetParam();
    World out(std::vector<Events>{{opened("anna", {{"birth_date", row.born}})}});
    for (const auto& guardian : row.guardians) {
      EXPECT_TRUE(out.append({of("PartyRecorded", "party " + guardian, {}, "2026-01-10",
                                 {{"party_ref", guardian}, {"role", "guardian"}})}));
    }
    for (const auto& by : row.consents) {
      json::object body{{"party", by == "child" ? "child" : "guardian"}};
      if (by != "child") body["party_ref"] = by;
      EXPECT_TRUE(out.append({of("ConsentGiven", "consent " + by, {}, "2026-02-01", std::move(body))}));
    }
    return out;
  }
};

TEST_P(ConsentTest, OfAPlacement) {
  const auto decided =
      world().append({of("PlacementStarted", "x", {}, "2026-02-10", {{"form", "residential_care"}, {"law", "sol"}})});
  EXPECT_EQ(GetParam().placed, decided.has_value());
  if (decided) return;
  EXPECT_FALSE(decided.error().details.at("missing").as_array().empty());
}

TEST_P(ConsentTest, OfOtherHelp) {
  const auto helped = of("InterventionStarted", "x", {}, "2026-02-10", {{"form", "open_care"}});
  auto overridden = helped;
  overridden["body"].as_object()["override_reason"] = "guardian_absent";
  EXPECT_EQ(GetParam().helped, world().append({helped}).has_value());
  EXPECT_TRUE(world().append({overridden}));
}

INSTANTIATE_TEST_SUITE_P(
    Ages, ConsentTest,
    ::testing::Values(Matrix{"ElevenWithNobody", "2015-02-10", {}, {}},
                      Matrix{"ElevenWithAGuardianNobodyNamed", "2015-02-10", {}, {"mother"}, true, true},
                      Matrix{"ElevenWithTheChildOnly", "2015-02-10", {"mother"}, {"child"}},
                      Matrix{"ElevenWithOneOfTwo", "2015-02-10", {"mother", "father"}, {"mother"}},
                      Matrix{"ElevenWithBoth", "2015-02-10", {"mother", "father"}, {"mother", "father"}, true, true},
                      Matrix{"ElevenWithSomebodyElse", "2015-02-10", {"mother"}, {"aunt"}},
                      Matrix{"TwelveWithTheChildOnly", "2014-02-10", {"mother"}, {"child"}, false, true},
                      Matrix{"FourteenWithTheGuardianOnly", "2011-02-11", {"mother"}, {"mother"}, true, true},
                      Matrix{"FifteenWithTheGuardianOnly", "2011-02-10", {"mother"}, {"mother"}, false, true},
                      Matrix{"FifteenWithTheChildOnly", "2011-02-10", {"mother"}, {"child"}, false, true},
                      Matrix{"FifteenWithAll", "2011-02-10", {"mother"}, {"mother", "child"}, true, true},
                      Matrix{"OfAgeWithTheirOwn", "2008-02-10", {"mother"}, {"child"}, true, true},
                      Matrix{"OfAgeWithTheGuardianOnly", "2008-02-10", {"mother"}, {"mother"}}),
    [](const auto& matrix) { return std::string{matrix.param.name}; });

TEST(GuardianTest, AGuardianWhoHasCeasedToBeOneIsNotAsked) {
  World world(std::vector<Events>{{opened("anna", {{"birth_date", "2016-01-01"}})}});
  for (const auto* ref : {"mother", "father"}) {
    ASSERT_TRUE(world.append({of("PartyRecorded", ref, {}, "2026-01-10", {{"party_ref", ref}, {"role", "guardian"}})}));
  }
  const auto placed = of("PlacementStarted", "x", {}, "2026-02-10", {{"form", "foster_home"}, {"law", "sol"}});
  ASSERT_TRUE(
      world.append({of("ConsentGiven", "y", {}, "2026-02-01", {{"party", "guardian"}, {"party_ref", "mother"}})}));
  EXPECT_FALSE(world.append({placed}));
  ASSERT_TRUE(world.append({of("PartyEnded", "z", {}, "2026-02-05", {{"party_ref", "father"}})}));
  EXPECT_TRUE(world.append({placed}));
}

}  // namespace
}  // namespace minne::refusals
