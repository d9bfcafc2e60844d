#include "server/router.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace minne {
namespace {

// Answers with what it was given, one "name=value" a line.
void describe(const HttpRequest& request, const Reply& reply) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = std::string(request.route);
  for (const auto& [name, value] : request.params) response.body += "\n" + name + "=" + value;
  for (const auto& [name, value] : request.query) response.body += "\n?" + name + "=" + value;
  response.body += request.body.empty() ? "" : "\n" + request.body;
  reply(std::move(response));
}

Route route(Verb method, std::string path, std::string id) {
  return {.method = method, .path = std::move(path), .operation_id = std::move(id), .handler = describe};
}

Parameter query(std::string name, ParameterType type = ParameterType::kString) {
  return {.name = std::move(name), .in = ParameterIn::kQuery, .type = type};
}

std::vector<Route> table() {
  std::vector<Route> rows;
  rows.push_back(route(Verb::get, "/", "root"));
  rows.push_back(route(Verb::get, "/v1/boards/{board}/cases/{case}", "getCase"));
  rows.back().parameters = {path_parameter("board", "[a-z0-9-]{1,40}", ""), path_parameter("case", "", "")};
  rows.push_back(route(Verb::get, "/v1/boards/{board}/cases/find", "findCase"));
  rows.back().parameters = {path_parameter("board", "[a-z0-9-]{1,40}", "")};
  rows.push_back(route(Verb::put, "/v1/boards/{board}/cases/{case}", "putCase"));
  rows.back().parameters = {
      path_parameter("board", "[a-z0-9-]{1,40}", ""),
      path_parameter("case", "", ""),
      {.name = "If-Match", .in = ParameterIn::kHeader, .required = true, .pattern = "\"[0-9]+\""}};
  rows.back().body = {.media = {{"application/json", ""}, {"text/csv", ""}}};
  rows.push_back(route(Verb::get, "/queue", "queue"));
  Parameter limit = query("limit", ParameterType::kInteger);
  limit.minimum = 1;
  limit.maximum = 500;
  Parameter state = query("state");
  state.one_of = {"open", "met"};
  Parameter types = query("type");
  types.repeated = true;
  types.maximum = 8;
  rows.back().parameters = {limit,
                            state,
                            types,
                            query("before", ParameterType::kDate),
                            query("id", ParameterType::kUuid),
                            query("all", ParameterType::kBoolean)};
  rows.push_back(route(Verb::get, "/needs", "needs"));
  rows.back().parameters = {query("must")};
  rows.back().parameters[0].required = true;
  rows.push_back(route(Verb::get, "/throws", "throws"));
  rows.back().handler = [](const HttpRequest&, const Reply&) { throw std::runtime_error("secret"); };
  rows.push_back(route(Verb::get, "/drops", "drops"));
  rows.back().handler = [](const HttpRequest&, const Reply&) {};
  rows.push_back(route(Verb::get, "/twice", "twice"));
  rows.back().handler = [](const HttpRequest& request, const Reply& reply) {
    describe(request, reply);
    throw std::runtime_error("after the answer");
  };
  return rows;
}

class RouterTest : public testing::Test {
 protected:
  HttpResponse ask(HttpRequest request) {
    std::optional<HttpResponse> answer;
    int answers = 0;
    router_.serve(std::move(request), [&](HttpResponse response) {
      answer = std::move(response);
      ++answers;
    });
    EXPECT_EQ(answers, 1);
    return answer.value_or(HttpResponse{});
  }
  HttpResponse ask(Verb method, std::string target) {
    HttpRequest request;
    request.method = method;
    request.target = std::move(target);
    return ask(std::move(request));
  }
  std::string get(std::string target) {
    const HttpResponse response = ask(Verb::get, std::move(target));
    return response.status == 200 ? response.body : std::to_string(response.status);
  }
  std::string detail(std::string target) {
    const HttpResponse response = ask(Verb::get, std::move(target));
    EXPECT_EQ(response.status, 400U);
    return std::string(boost::json::parse(response.body).at("detail").as_string());
  }
  HttpRequest put(std::string body, std::string content_type) {
    HttpRequest request;
    request.method = Verb::put;
    request.target = "/v1/boards/malmo/cases/c1";
    request.headers.add("if-match", "\"4\"");
    if (!content_type.empty()) request.headers.add("content-type", std::move(content_type));
    request.body = std::move(body);
    return request;
  }
  static std::string allow(const HttpResponse& response) {
    const auto& headers = response.headers;
    const auto found = std::find_if(headers.begin(), headers.end(), [](const auto& h) { return h.first == "Allow"; });
    return found == headers.end() ? "" : found->second;
  }

  Router router_{table()};
};

TEST_F(RouterTest, FindsTheRowAndDecodesItsParameters) {
  EXPECT_EQ(get("/"), "/");
  EXPECT_EQ(get("/v1/boards/malmo/cases/c%C3%A5%2F1"), "/v1/boards/{board}/cases/{case}\nboard=malmo\ncase=cå/1");
  EXPECT_EQ(get("http://localhost:80/v1/boards/malmo/cases/c1"),
            "/v1/boards/{board}/cases/{case}\nboard=malmo\ncase=c1");
}

TEST_F(RouterTest, PrefersTextToAName) {
  EXPECT_EQ(get("/v1/boards/malmo/cases/find"), "/v1/boards/{board}/cases/find\nboard=malmo");
}

TEST_F(RouterTest, RefusesAnUnknownPath) {
  EXPECT_EQ(get("/v2"), "404");
  EXPECT_EQ(get("/v1"), "404");
  EXPECT_EQ(get("/v1/boards/malmo/cases/c1/more"), "404");
}

TEST_F(RouterTest, RefusesAnotherMethodAndNamesThoseAllowed) {
  const HttpResponse response = ask(Verb::delete_, "/v1/boards/malmo/cases/c1");
  EXPECT_EQ(response.status, 405U);
  EXPECT_EQ(allow(response), "GET, HEAD, OPTIONS, PUT");
  EXPECT_EQ(ask(Verb::unknown, "/queue").status, 405U);
}

TEST_F(RouterTest, AnswersHeadAndOptions) {
  EXPECT_EQ(ask(Verb::head, "/queue").status, 200U);
  const HttpResponse options = ask(Verb::options, "/queue");
  EXPECT_EQ(options.status, 204U);
  EXPECT_EQ(allow(options), "GET, HEAD, OPTIONS");
}

TEST_F(RouterTest, RefusesAMalformedTarget) {
  for (const char* target : {"",
                             "queue",
                             "/queue%",
                             "/queue%4",
                             "/queue%zz",
                             "/v1//boards",
                             "/queue/",
                             "/v1/../queue",
                             "/v1/%2e%2E/queue",
                             "/./queue",
                             "/v1/boards/malmo/cases/a%00b",
                             "/v1/boards/malmo/cases/%0a",
                             "/v1/boards/malmo/cases/%ff",
                             "/v1/boards/malmo/cases/%c0%ae",
                             "/queue?type=%00",
                             "/queue?type=%",
                             "/queue?type=%ed%a0%80",
                             "/a b",
                             "*",
                             "localhost:80",
                             "/queue#part"}) {
    EXPECT_EQ(get(target), "400") << target;
  }
}

// A web page that leads its own name to this machine would otherwise read what lies here.
TEST_F(RouterTest, AnswersOverTcpUnderLoopbackNamesOnly) {
  const auto status_for = [this](const char* host, Peer peer) {
    HttpRequest request;
    request.method = Verb::get;
    request.target = "/healthz-none";
    request.peer = peer;
    if (*host != '\0') request.headers.add("host", host);
    return ask(std::move(request)).status;
  };
  for (const auto* host :
       {"", "localhost", "LocalHost:8420", "127.0.0.1", "127.0.0.1:80", "127.9.9.9:1", "[::1]:8420"}) {
    EXPECT_EQ(404U, status_for(host, Peer::kTcp)) << host;
  }
  for (const auto* host : {"evil.example", "evil.example:8420", "localhost.evil.example", "10.0.0.1", "[fe80::1]", "[",
                           ":", "127.0.0.1.evil.example", "2130706433"}) {
    EXPECT_EQ(421U, status_for(host, Peer::kTcp)) << host;
  }
  EXPECT_EQ(404U, status_for("minne", Peer::kUnix));
}

TEST_F(RouterTest, RefusesAQueryParameterItDoesNotKnow) {
  EXPECT_EQ(detail("/queue?limt=5"), "unknown query parameter 'limt'");
  EXPECT_EQ(get("/v1/boards/malmo/cases/c1?x"), "400");
}

TEST_F(RouterTest, RefusesARepeatedParameterUnlessDeclared) {
  EXPECT_EQ(detail("/queue?limit=5&limit=6"), "query parameter 'limit' is given more than once");
  EXPECT_EQ(get("/queue?type=a+b&type=c%2B"), "/queue\n?type=a b\n?type=c+");
}

TEST_F(RouterTest, RefusesAMissingParameter) {
  EXPECT_EQ(detail("/needs"), "parameter 'must' is missing");
  EXPECT_EQ(get("/needs?must="), "/needs\n?must=");
}

TEST_F(RouterTest, ChecksTypesAndRanges) {
  for (const char* good : {"limit=1", "limit=500", "state=met", "before=2024-02-29", "all=true", "all=false",
                           "type=12345678", "id=0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5B"}) {
    EXPECT_EQ(get("/queue?" + std::string(good)), "/queue\n?" + std::string(good));
  }
  for (const char* bad :
       {"limit=0", "limit=501", "limit=", "limit=1x", "limit=1.0", "limit=99999999999999999999", "state=Open",
        "state=", "before=2023-02-29", "before=2024-2-29", "before=2024-02-29x", "all=1", "all=", "type=123456789",
        "id=0190a1b2c3d47e5f8a9b0c1d2e3f4a5b", "id=0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g"}) {
    EXPECT_EQ(get("/queue?" + std::string(bad)), "400") << bad;
  }
  EXPECT_EQ(detail("/queue?limit=0"), "parameter 'limit' must be at least 1");
}

TEST_F(RouterTest, ChecksPatternsAgainstTheWholeValueWithoutRepeatingIt) {
  EXPECT_EQ(get("/v1/boards/Malmo/cases/c1"), "400");
  EXPECT_EQ(get("/v1/boards/" + std::string(41, 'a') + "/cases/c1"), "400");
  EXPECT_EQ(detail("/v1/boards/20100101-1234x!/cases/c1"), "parameter 'board' must match [a-z0-9-]{1,40}");
  EXPECT_EQ(get("/v1/boards/malmo/cases/" + std::string(kMaxParameterBytes + 1, 'a')), "400");
}

TEST_F(RouterTest, ChecksHeaders) {
  HttpRequest request = put("{}", "application/json");
  EXPECT_EQ(ask(request).status, 200U);
  request.headers = {};
  request.headers.add("content-type", "application/json");
  EXPECT_EQ(ask(request).status, 400U);
  request.headers.add("if-match", "*");
  EXPECT_EQ(ask(request).status, 400U);
}

TEST_F(RouterTest, ChecksTheBodysMediaType) {
  EXPECT_EQ(ask(put("{}", "application/json")).status, 200U);
  EXPECT_EQ(ask(put("a,b", "Text/CSV ; charset=utf-8")).status, 200U);
  EXPECT_EQ(ask(put("{}", "text/plain")).status, 415U);
  EXPECT_EQ(ask(put("{}", "")).status, 415U);
}

TEST_F(RouterTest, RefusesABodyThatIsCompressed) {
  auto request = put("{}", "application/json");
  request.headers.add("content-encoding", "gzip");
  EXPECT_EQ(ask(std::move(request)).status, 415U);
  request = put("{}", "application/json");
  request.headers.add("content-encoding", "Identity");
  EXPECT_EQ(ask(std::move(request)).status, 200U);
}

TEST_F(RouterTest, ChecksThatABodyIsThereWhereOneBelongs) {
  EXPECT_EQ(ask(put("", "application/json")).status, 400U);
  HttpRequest request;
  request.target = "/queue";
  request.body = "{}";
  EXPECT_EQ(ask(std::move(request)).status, 400U);
}

TEST_F(RouterTest, AnswersForAHandlerThatThrowsOrForgets) {
  const HttpResponse thrown = ask(Verb::get, "/throws");
  EXPECT_EQ(thrown.status, 500U);
  EXPECT_EQ(thrown.body.find("secret"), std::string::npos);
  EXPECT_EQ(ask(Verb::get, "/drops").status, 500U);
  EXPECT_EQ(ask(Verb::get, "/twice").status, 200U);
}

using RouterDeathTest = RouterTest;

TEST_F(RouterDeathTest, RefusesATableThatContradictsItself) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  std::vector<Route> same_path;
  same_path.push_back(route(Verb::get, "/a", "one"));
  same_path.push_back(route(Verb::get, "/a", "two"));
  EXPECT_DEATH(Router{same_path}, "CHECK");
  std::vector<Route> same_id;
  same_id.push_back(route(Verb::get, "/a", "one"));
  same_id.push_back(route(Verb::get, "/b", "one"));
  EXPECT_DEATH(Router{same_id}, "CHECK");
  EXPECT_DEATH(Router({route(Verb::get, "/a/{undeclared}", "one")}), "CHECK");
}

}  // namespace
}  // namespace minne
