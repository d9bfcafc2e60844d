// Lists across cases over the route table: what they are made for, what of protected cases they show, what is recorded.
#include "server/cases_shown.h"
#include "tests/server/api_fixture.h"

namespace minne {
namespace {

class CasesShownTest : public ApiTest {
 protected:
  void SetUp() override {
    memory_.append({opened("anna", {{"external_ref", "ref-a"}}), report("a1", "anna", "2026-02-06", absence()),
                    report("a2", "anna", "2026-02-08", absence()), opened("bo", {{"external_ref", "ref-b"}}),
                    report("b1", "bo", "2026-02-07", absence()), report("b2", "bo", "2026-02-09", absence()),
                    event("ProtectedIdentitySet", "b", "bo", "2026-02-10", {{"level", "protected_registration"}})});
  }
  static json::object absence() {
    return {{"concerns", json::array{json::object{{"code", "school_absence"}}}}, {"reporter_category", "school"}};
  }
  json::array items(const std::string& target) { return get(target).at("items").as_array(); }
  // Of the last read: purpose, list, number of cases.
  std::string last_read() {
    const auto body = items("/reads?limit=1000").back().at("body");
    return json::serialize(json::array{body.at("purpose"), body.at("query"), body.at("result_count")});
  }
};

TEST_F(CasesShownTest, AProtectedCaseKeepsItsPlaceItsRuleAndItsDatesOnly) {
  const auto shown = items("/deadlines?purpose=case_work&rule=PRELIM_14D");
  const auto hidden = items("/deadlines?purpose=follow_up&rule=PRELIM_14D");
  ASSERT_EQ(4U, shown.size());
  ASSERT_EQ(4U, hidden.size());
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i].at("ref") == json::value("ref-a")) {
      EXPECT_EQ(shown[i], hidden[i]);
      continue;
    }
    EXPECT_EQ("ref-b", shown[i].at("ref").as_string());
    const auto& row = hidden[i].as_object();
    for (const auto* name : {"case", "ref", "id", "matter", "worker", "unit"})
      EXPECT_TRUE(row.at(name).is_null()) << name;
    EXPECT_TRUE(row.at("events").as_array().empty());
    EXPECT_EQ(json::value(true), row.at("protected"));
    for (const auto* name : {"rule", "nominal", "adjusted", "started", "state", "law", "stream"})
      EXPECT_EQ(shown[i].at(name), row.at(name)) << name;
    EXPECT_EQ(std::string::npos, json::serialize(row).find(uuid("bo")));
  }
}

TEST_F(CasesShownTest, OnlyCaseWorkSeesProtectedCasesAndTheCountStaysRight) {
  for (const std::string purpose :
       {"", "&purpose=case_work", "&purpose=follow_up", "&purpose=supervision", "&purpose=log_control"}) {
    const auto list = get("/repeats?min=2&today=2026-03-01" + purpose);
    EXPECT_EQ(2, list.at("total").to_number<int>()) << purpose;
    const auto& rows = list.at("items").as_array();
    const auto hidden =
        std::ranges::count_if(rows, [](const auto& row) { return row.as_object().contains("protected"); });
    EXPECT_EQ(purpose.empty() || purpose == "&purpose=case_work" ? 0 : 1, hidden) << purpose;
  }
}

TEST_F(CasesShownTest, TheDayAskedAboutDoesNotLiftProtection) {
  const auto rows = items("/repeats?min=2&purpose=follow_up&today=2026-02-09");
  EXPECT_EQ(1, std::ranges::count_if(rows, [](const auto& row) { return row.as_object().contains("protected"); }));
}

TEST_F(CasesShownTest, EveryListIsRecordedWithTheCasesThatItShowed) {
  get("/deadlines?purpose=supervision");
  EXPECT_EQ(R"(["supervision","deadlines",1])", last_read());
  get("/deadlines");
  EXPECT_EQ(R"(["unspecified","deadlines",2])", last_read());
  get("/repeats?purpose=case_work");
  EXPECT_EQ(R"(["case_work","repeats",2])", last_read());
}

TEST_F(CasesShownTest, AConcernChoosesCasesForFollowUpAndSupervisionOnly) {
  for (const std::string purpose : {"follow_up", "supervision"}) {
    EXPECT_EQ(200U, ask("/repeats?concern=school_absence&purpose=" + purpose).status) << purpose;
  }
  EXPECT_EQ(200U, ask("/repeats?concern=school_absence").status);
  for (const std::string purpose : {"case_work", "log_control"}) {
    const auto refused = ask("/repeats?concern=school_absence&purpose=" + purpose);
    EXPECT_EQ(422U, refused.status) << purpose;
    EXPECT_NE(std::string::npos, refused.body.find("follow_up and supervision only")) << refused.body;
    EXPECT_EQ(json::value(true), items("/reads?limit=1000").back().at("body").at("refused"));
    EXPECT_EQ("[\"" + purpose + "\",\"repeats\",0]", last_read());
  }
}

TEST_F(CasesShownTest, ReadsOfOneCaseAreFoundAmongOthersPageByPage) {
  for (int i = 0; i < 3; ++i) {
    get("/handover?worker=nobody&purpose=case_work");
    get("/repeats?purpose=follow_up");  // shows anna, hides bo
    get("/repeats?purpose=case_work");
  }
  const auto of = [&](std::string_view name) {
    std::string out;
    for (json::value next = 0; !next.is_null();) {
      const auto page = get("/reads?limit=2&case=" + uuid(name) + "&after=" + json::serialize(next));
      for (const auto& item : page.at("items").as_array()) {
        out += std::string{item.at("body").at("purpose").as_string()} + " ";
      }
      next = page.at("next");
    }
    return out;
  };
  EXPECT_EQ("follow_up case_work follow_up case_work follow_up case_work ", of("anna"));
  EXPECT_EQ("case_work case_work case_work ", of("bo"));
  EXPECT_EQ("", of("nobody"));
}

TEST_F(CasesShownTest, MoreCasesThanOneEventHoldsAreAllRecorded) {
  json::array rows;
  for (int i = 0; i < 2'500; ++i) rows.push_back(json::object{{"case", uuid("child " + std::to_string(i))}});
  ASSERT_TRUE(record_read(app_, memory_.record(), {"deadlines", "case_work"}, {{"items", rows}}));
  EXPECT_EQ(3U, items("/reads").size());
  EXPECT_EQ(1U, items("/reads?case=" + uuid("child 2499")).size());
}

TEST(HideProtectedTest, NeighboursDoNotTellWhereAHiddenRowBelongs) {
  const auto at = [](std::string_view name) { return json::object{{"home_ref", "h-1"}, {"case", uuid(name)}}; };
  json::object homes{{"placements", json::array{at("anna"), at("bo"), at("dan")}}};
  hide_protected(homes, {id_named("bo")});
  const auto& rows = homes.at("placements").as_array();
  EXPECT_EQ(at("anna"), rows[0]);
  EXPECT_EQ(at("dan"), rows[1]);
  EXPECT_EQ(json::value(true), rows[2].at("protected"));
}

TEST(HideProtectedTest, TheDateOfAWaitAndOfADeclinedProposalIsKept) {
  json::object answer{
      {"order",
       json::array{json::object{
           {"case", uuid("bo")}, {"entered_on", "2026-01-05"}, {"unit", "north"}, {"four_months_passed_on", nullptr}}}},
      {"queue",
       json::array{json::object{
           {"case", uuid("bo")}, {"ref", "b"}, {"concluded_on", "2026-01-07"}, {"investigation", uuid("i")}}}}};
  hide_protected(answer, {id_named("bo")});
  const auto& waits = answer.at("order").at(0);
  EXPECT_EQ("2026-01-05", waits.at("entered_on").as_string());
  EXPECT_TRUE(waits.at("unit").is_null());
  const auto& declined = answer.at("queue").at(0);
  EXPECT_EQ("2026-01-07", declined.at("concluded_on").as_string());
  EXPECT_TRUE(declined.at("ref").is_null() && declined.at("investigation").is_null());
}

TEST(HideProtectedTest, LooksIntoListsOfLists) {
  json::object answer{
      {"groups",
       json::array{json::object{
           {"unit", "north"},
           {"cases", json::array{json::object{{"case", uuid("bo")}, {"unit", "north"}, {"due", "2026-01-01"}}}}}}}};
  hide_protected(answer, {id_named("bo")});
  EXPECT_EQ(json::serialize(answer),
            R"({"groups":[{"unit":"north","cases":[{"case":null,"unit":null,"due":"2026-01-01","protected":true}]}]})");
}

}  // namespace
}  // namespace minne
