// Publishing a statistic: what is recorded makes it again.
#include "server/access_log.h"
#include "tests/server/api_fixture.h"

namespace minne {
namespace {

class ExtractsTest : public ApiTest {
 protected:
  void SetUp() override { memory_.append({opened("anna"), report("a1", "anna"), report("a2", "anna")}); }
  json::object publish(const std::string& target) { return get(target, Verb::post); }
  std::string digest_of(const std::string& body) {
    return to_hex(sha256({reinterpret_cast<const std::uint8_t*>(body.data()), body.size()}));
  }
  // The answer to the recorded question, as it is given today.
  std::string again(const json::object& event) {
    const std::string query{event.at("body").at("query").as_string()};
    return ask(query.substr(std::string_view{"/v1/boards/norr"}.size())).body;
  }
};

TEST_F(ExtractsTest, WhatWasPublishedIsMadeAgainFromWhatWasRecorded) {
  const auto published = publish("/lagesbild?rows=month&columns=reporter&from=2026-01-01&recipient=politicians");
  memory_.append({report("a3", "anna")});
  const auto items = get("/extracts").at("items").as_array();
  ASSERT_EQ(1U, items.size());
  const auto& event = items.front().as_object();
  const auto& body = event.at("body").as_object();
  EXPECT_EQ("ExtractProduced", event.at("type").as_string());
  EXPECT_EQ(published.at("events").at(0).at("event"), event.at("id"));
  EXPECT_EQ(published.at("answer").at("rules"), event.at("legal_basis").at("rule_version"));
  EXPECT_EQ("situation_picture", body.at("kind").as_string());
  EXPECT_EQ("politicians", body.at("recipient").as_string());
  EXPECT_EQ("2026-01-01", body.at("period_from").as_string());
  EXPECT_EQ(3, body.at("position").to_number<int>());
  EXPECT_EQ(5, body.at("suppressed_below").to_number<int>());
  EXPECT_EQ(published.at("sha256"), body.at("result_sha256"));
  EXPECT_EQ(json::serialize(published.at("answer")), again(event));
  EXPECT_EQ(body.at("result_sha256"), json::value(digest_of(again(event))));
  EXPECT_NE(digest_of(ask("/lagesbild?rows=month&columns=reporter&from=2026-01-01").body),
            published.at("sha256").as_string());
}

TEST_F(ExtractsTest, TheClockThatItStartsIsTheBoardsAndOfNoCase) {
  publish("/lagesbild?rows=month&columns=reporter&from=2026-01-01&recipient=politicians");
  const auto clocks = get("/deadlines?rule=LAGESBILD_2Y&purpose=supervision").at("items").as_array();
  ASSERT_EQ(1U, clocks.size());
  EXPECT_EQ("board", clocks.front().at("stream").as_string());
  EXPECT_TRUE(clocks.front().at("case").is_null());
  EXPECT_EQ(0, get("/reads").at("items").as_array().back().at("body").at("result_count").to_number<int>());
  EXPECT_EQ("case", get("/deadlines?rule=PRELIM_14D").at("items").at(0).at("stream").as_string());
}

TEST_F(ExtractsTest, EachBoardWhoseNumbersAreInItRecordsIt) {
  BoardRecord other;
  other.name = "soder";
  ASSERT_TRUE(memory_->create_board(other));
  const auto published = publish("/plans?with=soder&recipient=public");
  ASSERT_EQ(2U, published.at("events").as_array().size());
  EXPECT_EQ("soder", published.at("events").at(1).at("board").as_string());
  const auto items = get("/extracts").at("items").as_array();
  EXPECT_NE(std::string_view{items.at(0).at("body").at("query").as_string()}.find("with=soder%400"),
            std::string_view::npos);
  EXPECT_EQ(items.at(0).at("body").at("result_sha256"), json::value(digest_of(again(items.at(0).as_object()))));
}

TEST_F(ExtractsTest, AskingOfSeveralBoardsIsReadAtEachAndHandsNothingOut) {
  BoardRecord other;
  other.name = "soder";
  ASSERT_TRUE(memory_->create_board(other));
  get("/plans?with=soder");
  for (const std::string name : {"norr", "soder"}) {
    const auto reads = list_reads(app_, memory_->find_board(name).value(), {0, 10}).value();
    ASSERT_EQ(1U, reads.at("items").as_array().size()) << name;
    const auto& body = reads.at("items").at(0).at("body");
    EXPECT_EQ("plans of norr,soder", body.at("query").as_string());
    EXPECT_EQ(0, body.at("result_count").to_number<int>());
  }
  EXPECT_TRUE(get("/extracts").at("items").as_array().empty());
  get("/plans");
  publish("/plans?with=soder&recipient=public");
  EXPECT_EQ(1, get("/reads").at("total").to_number<int>());
}

TEST_F(ExtractsTest, AnAccessLogIsNoBoardToAddUpWith) {
  get("/deadlines");  // makes the access log
  EXPECT_EQ(404U, ask("/plans?with=norr.access").status);
}

TEST_F(ExtractsTest, WorkersOfOtherBoardsAreNotShown) {
  BoardRecord other;
  other.name = "soder";
  ASSERT_TRUE(memory_->create_board(other));
  EXPECT_TRUE(get("/caseload").at("workers").is_array());
  EXPECT_TRUE(get("/caseload?with=soder").at("workers").is_null());
}

TEST_F(ExtractsTest, OnlyStatisticsThatHideSmallNumbersArePublished) {
  EXPECT_EQ(405U, ask("/caseload?recipient=public", Verb::post).status);
  EXPECT_EQ(405U, ask("/handoffs?recipient=public&purpose=follow_up", Verb::post).status);
  EXPECT_EQ(400U, ask("/lagesbild", Verb::post).status);
  EXPECT_EQ(400U, ask("/lagesbild?recipient=nobody", Verb::post).status);
  EXPECT_TRUE(get("/extracts").at("items").as_array().empty());
}

}  // namespace
}  // namespace minne
