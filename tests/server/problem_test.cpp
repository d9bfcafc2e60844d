#include "server/problem.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace minne {
namespace {

boost::json::object document_of(const HttpResponse& response) { return boost::json::parse(response.body).as_object(); }

TEST(ProblemTest, GivesEachCodeItsStatus) {
  const std::vector<std::pair<Code, unsigned>> expected{
      {Code::kInvalid, 400},  {Code::kUnknown, 404},  {Code::kConflict, 409},   {Code::kRefused, 422},
      {Code::kTooLarge, 413}, {Code::kBusy, 503},     {Code::kNoSpace, 507},    {Code::kClock, 503},
      {Code::kDamaged, 500},  {Code::kInternal, 500}, {Code::kUnsupported, 415}};
  ASSERT_EQ(expected.size(), problem_kinds().size());
  for (const auto& [code, status] : expected) {
    const HttpResponse response = problem_response(failure(code, "why"));
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.content_type, "application/problem+json");
    const boost::json::object document = document_of(response);
    EXPECT_EQ(document.at("status").as_int64(), static_cast<std::int64_t>(status));
    EXPECT_EQ(document.at("detail").as_string(), "why");
    EXPECT_FALSE(document.contains("where"));
    EXPECT_FALSE(document.contains("instance"));
    EXPECT_EQ(document.at("type").as_string(), "urn:minne:problem:" + std::string(problem_kind(code).slug));
    EXPECT_FALSE(document.at("title").as_string().empty());
  }
}

TEST(ProblemTest, SaysWhenToComeBackOnlyWhenBusy) {
  const HttpResponse busy = problem_response(failure(Code::kBusy, "queue full"));
  ASSERT_EQ(busy.headers.size(), 1U);
  EXPECT_EQ(busy.headers[0], (std::pair<std::string, std::string>{"Retry-After", "1"}));
  EXPECT_TRUE(problem_response(failure(Code::kClock, "behind")).headers.empty());
}

TEST(ProblemTest, MergesDetailsButNotOverTheStandardMembers) {
  Error error = failure(Code::kConflict, "case is at version 4", "/expected_version");
  error.details["current_version"] = 4;
  error.details["status"] = 200;
  error.details["instance"] = "forged";
  const boost::json::object document = document_of(problem_response(error, "/v1/boards/a"));
  EXPECT_EQ(document.at("current_version").as_int64(), 4);
  EXPECT_EQ(document.at("status").as_int64(), 409);
  EXPECT_EQ(document.at("instance").as_string(), "/v1/boards/a");
  EXPECT_EQ(document.at("where").as_string(), "/expected_version");
}

}  // namespace
}  // namespace minne
