#include "server/openapi.h"

#include "server/problem.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <set>

namespace minne {
namespace {

namespace json = boost::json;

std::vector<Route> table() {
  const Handler nothing = [](const HttpRequest&, const Reply&) {};
  Route get{.method = Verb::get, .path = "/v1/boards/{board}/cases", .operation_id = "listCases", .handler = nothing};
  get.summary = "Cases";
  get.tag = "cases";
  Parameter limit{
      .name = "limit", .type = ParameterType::kInteger, .minimum = 1, .maximum = 500, .default_value = "50"};
  Parameter state{.name = "state", .repeated = true, .one_of = {"open", "met"}};
  Parameter before{.name = "before", .type = ParameterType::kDate};
  Parameter match{.name = "If-Match", .in = ParameterIn::kHeader, .required = true, .pattern = "a|b"};
  get.parameters = {path_parameter("board", "[a-z]+", "The board."), limit, state, before, match};
  get.responses = {{.status = 200, .description = "A page.", .schema = "Page"},
                   {.status = 200, .description = "A page.", .media = "text/csv"},
                   {.status = 304, .description = "Not changed."}};
  Route post{.method = Verb::post, .path = "/v1/boards/{board}/cases", .operation_id = "append", .handler = nothing};
  post.parameters = {path_parameter("board", "[a-z]+", "The board.")};
  post.body = {.media = {{"application/json", "Page"}, {"application/octet-stream"}}, .description = "Events."};
  post.responses = {{.status = 201, .description = "Appended.", .schema = "Page"}};
  post.errors = {Code::kConflict, Code::kRefused, Code::kNoSpace};
  Route plain{.method = Verb::get, .path = "/healthz", .operation_id = "health", .handler = nothing};
  plain.responses = {{.status = 204, .description = "Alive."}};
  return {get, post, plain};
}

json::object document() {
  json::object schemas;
  schemas["Page"] = {{"type", "object"}, {"properties", {{"next", {{"$ref", "#/components/schemas/Cursor"}}}}}};
  schemas["Cursor"] = {{"type", "string"}};
  return openapi_document(table(), schemas, {.title = "Minne", .version = "1.0", .license_name = "Apache-2.0"});
}

const json::value& at(const json::object& whole, std::string_view pointer) {
  static json::value kept;
  kept = whole;
  return kept.at_pointer(json::string_view(pointer.data(), pointer.size()));
}

void collect_references(const json::value& value, std::set<std::string>& found) {
  if (value.is_array()) {
    for (const json::value& item : value.as_array()) collect_references(item, found);
  } else if (value.is_object()) {
    for (const auto& [key, member] : value.as_object()) {
      if (key == "$ref") found.emplace(member.as_string().c_str());
      collect_references(member, found);
    }
  }
}

TEST(OpenApiTest, ResolvesEveryReference) {
  const json::value whole = document();
  std::set<std::string> references;
  collect_references(whole, references);
  EXPECT_TRUE(references.contains("#/components/schemas/Problem"));
  EXPECT_TRUE(references.contains("#/components/responses/Problem409"));
  for (const std::string& reference : references) {
    ASSERT_TRUE(reference.starts_with("#/"));
    boost::system::error_code missing;
    EXPECT_NE(whole.find_pointer(reference.substr(1), missing), nullptr) << reference;
  }
}

TEST(OpenApiTest, SaysWhatItIs) {
  const json::object whole = document();
  EXPECT_EQ(whole.at("openapi").as_string(), "3.1.0");
  EXPECT_TRUE(whole.at("security").as_array().empty());
  EXPECT_EQ(at(whole, "/info/license/identifier").as_string(), "Apache-2.0");
  EXPECT_EQ(at(whole, "/tags").as_array(), (json::array{{{"name", "cases"}}}));
  EXPECT_EQ(whole.at("paths").as_object().size(), 2U);
}

TEST(OpenApiTest, PublishesWhatTheRouterChecks) {
  const json::object whole = document();
  const json::value parameters = at(whole, "/paths/~1v1~1boards~1{board}~1cases/get/parameters");
  const auto schema = [&parameters](std::size_t i) { return parameters.at(i).at("schema"); };
  EXPECT_EQ(parameters.at(0).at("in").as_string(), "path");
  EXPECT_TRUE(parameters.at(0).at("required").as_bool());
  EXPECT_EQ(schema(0), (json::value{{"type", "string"}, {"maxLength", kMaxParameterBytes}, {"pattern", "^[a-z]+$"}}));
  EXPECT_EQ(schema(1), json::parse(R"({"type":"integer","format":"int64","minimum":1,"maximum":500,"default":50})"));
  EXPECT_EQ(schema(2),
            json::parse(R"({"type":"array","items":{"type":"string","maxLength":1024,"enum":["open","met"]}})"));
  EXPECT_EQ(schema(3), json::parse(R"({"type":"string","format":"date"})"));
  EXPECT_EQ(schema(4).at("pattern").as_string(), "^(?:a|b)$");
  EXPECT_EQ(parameters.at(4).at("in").as_string(), "header");
}

TEST(OpenApiTest, ListsBodiesAndAnswersByMediaType) {
  const json::object whole = document();
  const json::value post = at(whole, "/paths/~1v1~1boards~1{board}~1cases/post");
  EXPECT_TRUE(post.at_pointer("/requestBody/required").as_bool());
  EXPECT_EQ(post.at_pointer("/requestBody/content/application~1json/schema/$ref").as_string(),
            "#/components/schemas/Page");
  EXPECT_TRUE(post.at_pointer("/requestBody/content/application~1octet-stream").as_object().empty());
  const json::value get = at(whole, "/paths/~1v1~1boards~1{board}~1cases/get");
  EXPECT_EQ(get.at_pointer("/responses/200/content").as_object().size(), 2U);
  EXPECT_FALSE(get.at_pointer("/responses/304").as_object().contains("content"));
  EXPECT_FALSE(get.as_object().contains("requestBody"));
}

TEST(OpenApiTest, DocumentsEveryErrorWithTheProblemSchema) {
  const json::object whole = document();
  const json::value post = at(whole, "/paths/~1v1~1boards~1{board}~1cases/post/responses");
  for (const char* status : {"400", "404", "408", "409", "413", "415", "421", "422", "431", "500", "503", "507"}) {
    const json::value reference = post.at(status).at("$ref");
    EXPECT_EQ(reference.as_string(), "#/components/responses/Problem" + std::string(status));
    const json::value response = at(whole, "/components/responses/Problem" + std::string(status));
    EXPECT_EQ(response.at_pointer("/content/application~1problem+json/schema/$ref").as_string(),
              "#/components/schemas/Problem");
    EXPECT_FALSE(response.at("description").as_string().empty());
  }
  const json::value health = at(whole, "/paths/~1healthz/get/responses");
  EXPECT_FALSE(health.as_object().contains("404"));
  EXPECT_FALSE(health.as_object().contains("415"));
}

}  // namespace
}  // namespace minne
