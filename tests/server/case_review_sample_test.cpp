// A random sample of cases for a review: whoever draws it again gets the same cases.
#include "server/api_parts.h"
#include "tests/server/api_fixture.h"

#include <set>

namespace minne {
namespace {

class CaseReviewSampleTest : public ApiTest {
 protected:
  void open(int first, int last) {
    for (int i = first; i <= last; ++i) memory_.append({opened("child " + std::to_string(i))});
  }
  std::vector<std::string> sample(const std::string& query) {
    std::vector<std::string> out;
    const auto answer = get("/case-review-sample?purpose=supervision&" + query);
    for (const auto& item : answer.at("sample").as_array())
      out.emplace_back(item.at("case").is_null() ? "hidden" : item.at("case").as_string());
    return out;
  }
  std::int64_t frame(const std::string& query) {
    return get("/case-review-sample?seed=1&purpose=supervision&" + query).at("frame").to_number<std::int64_t>();
  }
};

TEST_F(CaseReviewSampleTest, TheSameSeedAndPositionGiveTheSameCasesHoweverTheLogHasGrown) {
  open(1, 30);
  const auto first = get("/case-review-sample?seed=7&size=5&purpose=supervision");
  EXPECT_EQ(30, first.at("frame").to_number<int>());
  EXPECT_EQ(30, first.at("position").to_number<int>());
  EXPECT_TRUE(first.contains("rules"));
  open(31, 90);
  const auto again = get("/case-review-sample?seed=7&size=5&purpose=supervision&position=30");
  EXPECT_EQ(first.at("sample"), again.at("sample"));
  EXPECT_EQ(first.at("frame"), again.at("frame"));
  EXPECT_EQ(90, frame("size=5"));
}

TEST_F(CaseReviewSampleTest, ADayIsThePositionOfWhatWasLastRecordedOnIt) {
  const auto yesterday = to_text(local_date(clock_.now()) - std::chrono::days{1});
  const auto first_day = to_text(local_date(clock_.now()));
  open(1, 7);
  clock_.advance(std::chrono::hours{72});
  const auto last_day = to_text(local_date(clock_.now()));
  open(8, 20);
  const auto asked = [&](const std::string& query) {
    return get("/case-review-sample?seed=7&size=5&purpose=supervision&" + query);
  };
  auto by_position = asked("position=7&today=" + first_day);
  EXPECT_EQ(by_position, asked("as_of=" + first_day));
  EXPECT_EQ(7, by_position.at("frame").to_number<int>());
  EXPECT_EQ(20, asked("as_of=" + last_day).at("position").to_number<int>());
  EXPECT_EQ(0, asked("as_of=" + yesterday).at("frame").to_number<int>());
  EXPECT_EQ(400U, ask("/case-review-sample?seed=7&purpose=supervision&position=7&as_of=" + first_day).status);
  EXPECT_EQ(400U, ask("/lagesbild?as_of=" + first_day).status);
}

TEST_F(CaseReviewSampleTest, ASeedIsOneOrderOfTheCases) {
  open(1, 30);
  const auto ten = sample("seed=7&size=10");
  ASSERT_EQ(10U, ten.size());
  EXPECT_EQ(10U, std::set(ten.begin(), ten.end()).size());
  EXPECT_EQ(std::vector(ten.begin(), ten.begin() + 4), sample("seed=7&size=4"));
  EXPECT_NE(ten, sample("seed=8&size=10"));
  EXPECT_EQ(30U, sample("seed=7&size=1000").size());
}

// Written down: it may never change, or a review could not be checked.
TEST_F(CaseReviewSampleTest, TheOrderIsThatOfAKeyedHashWhichOthersCanMake) {
  open(1, 3);
  std::map<Digest, std::string> expected;
  for (int i = 1; i <= 3; ++i) {
    const auto id = uuid("child " + std::to_string(i));
    expected[hmac_sha256(std::vector<std::uint8_t>{'4', '2'}, id)] = id;
  }
  std::vector<std::string> order;
  for (const auto& [digest, id] : expected) order.push_back(id);
  EXPECT_EQ(order, sample("seed=42"));
}

TEST_F(CaseReviewSampleTest, EachCaseLeadsToHowItStood) {
  open(1, 1);
  const auto answer = get("/case-review-sample?seed=1&purpose=supervision");
  const std::string link{answer.at("sample").at(0).at("as_it_stood").as_string()};
  EXPECT_EQ("cases/" + uuid("child 1") + "?position=1", link);
  EXPECT_EQ(json::value(uuid("child 1")), get("/" + link).at("case"));
}

TEST_F(CaseReviewSampleTest, StreamsThatAreNoChildsAreNotDrawn) {
  open(1, 2);
  memory_.append({event("StaffJoined", "s1", "staff w-1", "2026-02-01",
                        {{"worker", "w-1"}, {"unit", "north"}, {"from", "2026-02-01"}})});
  EXPECT_EQ(2, frame("of=all"));
  EXPECT_EQ(2, frame("position=3"));
}

TEST_F(CaseReviewSampleTest, IsDrawnFromWhatAnAuditorAsksFor) {
  memory_.append(
      {opened("anna"), report("a1", "anna", "2026-02-01"), report("a2", "anna", "2026-02-20"),
       event("InvestigationNotOpened", "a3", "anna", "2026-02-03",
             {{"report_ids", uuids({"a1"})}, {"reason_code", "no_need"}}),
       opened("bo", {{"birth_date", "2015-01-01"}}), report("b1", "bo", "2026-02-01"),
       event("InvestigationOpened", "b2", "bo", "2026-02-05", {{"report_ids", uuids({"b1"})}, {"basis", "reports"}}),
       opened("dan")});
  EXPECT_EQ(3, frame("of=all"));
  EXPECT_EQ(2, frame("of=reported"));
  EXPECT_EQ(1, frame("of=reported&at_least=2"));
  EXPECT_EQ(1, frame("of=reported&from=2026-02-15"));
  EXPECT_EQ(sample("seed=1&of=not_opened"), std::vector{uuid("anna")});
  EXPECT_EQ(sample("seed=1&of=opened"), std::vector{uuid("bo")});
  EXPECT_EQ(sample("seed=1&of=investigated"), std::vector{uuid("bo")});
  EXPECT_EQ(0, frame("of=investigated&to=2026-02-04"));
  EXPECT_EQ(0, frame("of=reported&unit=elsewhere"));
  EXPECT_EQ(0, frame("of=declined_without_followup"));
  EXPECT_EQ(400U, ask("/case-review-sample?seed=1&purpose=supervision&of=all&unit=north").status);
}

// What the frame of investigations leaves out is told to whoever asks for it.
TEST_F(CaseReviewSampleTest, AnInvestigationWithoutFourMonthsIsNotDrawnAndTheParameterSaysSo) {
  const auto investigated = [](std::string_view id, std::string_view name) {
    return event("InvestigationOpened", id, name, "2026-02-05", {{"basis", "own_knowledge"}});
  };
  memory_.append({opened("anna", {{"birth_date", "2015-01-01"}}), investigated("i1", "anna"),
                  opened("bo", {{"birth_date", "2007-01-01"}}), investigated("i2", "bo"),
                  opened("cilla", {{"expected_birth", "2026-05-01"}}), investigated("i3", "cilla")});
  EXPECT_EQ(sample("seed=1&of=investigated"), std::vector{uuid("anna")});
  EXPECT_NE(std::string::npos, api::api_description().find("none of somebody of age or not yet born"));
}

TEST_F(CaseReviewSampleTest, ADeclinedOfferWithoutAWordOnFollowUpIsDrawnUntilThereIsOne) {
  memory_.append(
      {opened("bo", {{"birth_date", "2015-01-01"}}),
       event("InvestigationOpened", "b2", "bo", "2026-01-05", {{"basis", "application"}}),
       event("InterventionProposed", "p1", "bo", "2026-01-20", {{"method", "snap"}, {"investigation_id", uuid("b2")}}),
       event("InterventionDeclined", "d1", "bo", "2026-01-25", {{"by", "guardian"}, {"reason_code", "no_need_felt"}},
             {{"matter", uuid("p1")}}),
       event("InvestigationConcluded", "c1", "bo", "2026-02-01", {{"outcome", "declined"}}, {{"matter", uuid("b2")}})});
  EXPECT_EQ(1, frame("of=declined_without_followup"));
  EXPECT_EQ(1, frame("of=declined_without_followup&from=2026-02-01&to=2026-02-01&unit=north"));
  EXPECT_EQ(0, frame("of=declined_without_followup&from=2026-02-02"));
}

TEST_F(CaseReviewSampleTest, IsAListLikeOthersWithAPurposeProtectedCasesAndARecord) {
  memory_.append({opened("anna"), opened("bo"),
                  event("ProtectedIdentitySet", "b", "bo", "2026-02-10", {{"level", "protected_registration"}})});
  EXPECT_EQ(400U, ask("/case-review-sample?seed=1").status);
  EXPECT_EQ((std::vector<std::string>{uuid("anna"), "hidden"}), sample("seed=3"));
  const auto reads = get("/reads?case=" + uuid("anna")).at("items").as_array();
  ASSERT_EQ(1U, reads.size());
  EXPECT_EQ("case-review-sample", reads[0].at("body").at("query").as_string());
}

}  // namespace
}  // namespace minne
