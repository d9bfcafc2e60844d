// Bodies over the route table: read strictly, or refused with the place; and what a client already has, named in its
// own words.
#include "tests/server/api_fixture.h"

#include "server/api_parts.h"

#include <boost/json/serialize.hpp>

namespace minne {
namespace {

TEST(JsonBodyTest, ReadsWhatIsThere) {
  for (const std::string text :
       {R"({"a":[1,-2,1.5E0,true,null,"\u00e5\n"],"b":{"a":{},"c":[]},"":18446744073709551615})", "[]", "\"x\"", "7"}) {
    const auto read = api::parse_json(text);
    ASSERT_TRUE(read) << text << ": " << read.error().message;
    EXPECT_EQ(*read, json::parse(text)) << text;
  }
}

TEST(JsonBodyTest, RefusesAMemberNamedTwiceAndSaysWhere) {
  const auto where = [](std::string_view text) {
    const auto read = api::parse_json(text);
    return read ? std::string{"taken"} : read.error().where;
  };
  EXPECT_EQ("/a", where(R"({"a":1,"b":2,"a":1})"));
  EXPECT_EQ("/events/1/body/c~1d", where(R"({"events":[{"x":1},{"body":{"c/d":1,"c\u002fd":2}}]})"));
  EXPECT_EQ("/0/2/a", where(R"([[0,{"a":{"a":1}},{"a":1,"a":2}]])"));
  EXPECT_EQ("taken", where(R"([{"a":1},{"a":1}])"));
}

TEST(JsonBodyTest, RefusesWhatIsNotJson) {
  for (const std::string text : {"", "{", "{}{}", "{\"a\":01}", "{'a':1}", "[1,]", "// x\n1"})
    EXPECT_FALSE(api::parse_json(text)) << text;
  EXPECT_FALSE(api::parse_json(std::string(100, '[') + std::string(100, ']')));
}

class KnownTagTest : public ApiTest {
 protected:
  HttpResponse read(std::string tags = {}) {
    HttpRequest request;
    request.method = Verb::get;
    request.target = "/v1/boards/norr/cases/" + uuid("anna");
    if (!tags.empty()) request.headers.add("if-none-match", std::move(tags));
    std::promise<HttpResponse> promise;
    router_.serve(std::move(request), [&promise](HttpResponse response) { promise.set_value(std::move(response)); });
    return promise.get_future().get();
  }
};

TEST_F(KnownTagTest, ListsWeakTagsAndTheStarAreUnderstood) {
  memory_.append({opened("anna")});
  const auto whole = read();
  std::string tag;
  for (const auto& [name, value] : whole.headers) {
    if (name == "ETag") tag = value;
  }
  ASSERT_FALSE(tag.empty());
  for (const auto& known : {tag, "W/" + tag, "\"x\", " + tag, tag + " , \"x\"", std::string{"*"}})
    EXPECT_EQ(304U, read(known).status) << known;
  for (const std::string other : {"\"x\"", "\"x\",W/\"y\"", ",", "x"}) EXPECT_EQ(200U, read(other).status) << other;
}

}  // namespace
}  // namespace minne
