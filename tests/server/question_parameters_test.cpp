// What every question refuses, whichever it is: a faulty parameter is never answered with an empty table.
#include "projections/question.h"
#include "tests/server/api_fixture.h"

namespace minne {
namespace {

class QuestionParametersTest : public ApiTest {
 protected:
  static bool takes(const Question& question, std::string_view name) {
    return std::ranges::any_of(question.parameters, [&](const auto& one) { return one.name == name; });
  }
  // With what it cannot be asked without.
  static std::string target(const Question& question) {
    std::string out = "/" + std::string{question.name} + "?today=2026-03-01";
    if (question.lists_cases) out += "&purpose=supervision";
    for (const auto& one : question.parameters) {
      if (one.required) out += "&" + std::string{one.name} + "=1";
    }
    return out;
  }
  // The problem's sentence.
  std::string refused(const std::string& target) {
    const auto response = ask(target);
    EXPECT_EQ(400U, response.status) << target << "\n" << response.body;
    if (response.status != 400U) return {};
    return std::string{json::parse(response.body).at("detail").as_string()};
  }
};

// Of each parameter that has its words from somewhere: a list of codes, the rule table, a list of its own.
TEST_F(QuestionParametersTest, AWordThatNobodyKnowsIsRefusedAndTheKnownAreTold) {
  memory_.append({opened("anna")});
  std::string free;
  for (const auto& question : questions()) {
    for (const auto& one : question.parameters) {
      const std::string name{one.name};
      auto asked = target(question) + "&" + name + "=";
      if (one.required) asked = asked.substr(0, asked.find("&" + name + "=") + name.size() + 2);
      if (one.kind == QuestionParameter::Kind::kText && one.code.empty() && one.one_of.empty() && name != "pattern") {
        if (name != "unit") free += std::string{question.name} + " " + name + ", ";
      } else {
        refused(asked + "nonsense");
      }
    }
  }
  EXPECT_EQ("handover worker, interventions provider, lagesbild area, ", free);  // what a board alone can know

  EXPECT_NE(std::string::npos, refused("/lagesbild?concern=nope").find("known are "));
  EXPECT_NE(std::string::npos, refused("/patterns?pattern=nope&purpose=supervision").find("known are "));
  EXPECT_NE(std::string::npos, refused("/deadlines?rule=nope").find("INV_4M"));
  EXPECT_NE(std::string::npos, refused("/repeats?concern=nope&purpose=supervision").find("school_absence"));
  refused("/collaborations?kind=not_stated&purpose=supervision");
}

TEST_F(QuestionParametersTest, WhatWasNotStatedCanBeAskedFor) {
  memory_.append({opened("anna"), event("InvestigationOpened", "i", "anna", "2026-02-05", {{"basis", "application"}}),
                  event("InterventionProposed", "p", "anna", "2026-02-10", {{"investigation_id", uuid("i")}})});
  EXPECT_LT(1U, get("/interventions?today=2026-03-01&method=not_stated").at("cells").as_array().size());
  for (const std::string one : {"reporter=not_stated", "sex=unknown", "age_band=age_0_5"}) get("/lagesbild?" + one);
}

TEST_F(QuestionParametersTest, ANumberIsTheSameHoweverItIsWritten) {
  memory_.append({opened("anna"), event("InvestigationOpened", "i", "anna", "2026-02-05", {{"basis", "application"}}),
                  event("InterventionProposed", "p", "anna", "2026-02-10", {{"investigation_id", uuid("i")}})});
  EXPECT_EQ(get("/interventions?today=2026-03-01&year=2026"), get("/interventions?today=2026-03-01&year=02026"));
}

constexpr std::string_view kBackwards = "the period ends before it begins: from 2026-01-01, to 2025-12-31";

TEST_F(QuestionParametersTest, APeriodThatEndsBeforeItBeginsIsRefused) {
  memory_.append({opened("anna")});
  int asked = 0;
  for (const auto& question : questions()) {
    if (!takes(question, "from") || !takes(question, "to")) continue;
    ++asked;
    const std::string of = question.name == "case-review-sample" ? "&of=reported" : "";
    EXPECT_EQ(kBackwards, refused(target(question) + of + "&from=2026-01-01&to=2025-12-31"));
  }
  EXPECT_LE(5, asked);
  EXPECT_EQ(kBackwards, refused("/access-report?purpose=log_control&from=2026-01-01&to=2025-12-31"));
  get("/access-report?purpose=log_control&from=2026-01-01&to=2026-01-01");
}

TEST_F(QuestionParametersTest, APeriodWithoutALastDayEndsToday) {
  memory_.append({opened("anna")});
  EXPECT_EQ("the period ends before it begins: from 2026-03-02, to 2026-03-01",
            refused("/report-counts?today=2026-03-01&from=2026-03-02"));
  get("/report-counts?today=2026-03-01&from=2026-03-01");
}

}  // namespace
}  // namespace minne
