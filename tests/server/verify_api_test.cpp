// What `minne verify` names where it finds a fault.
#include "tests/server/api_fixture.h"

#include <filesystem>

namespace minne {
namespace {

TEST_F(ApiTest, VerifyNamesTheBoardOfAFaultAnAccessLogToo) {
  memory_.append({opened("anna"), report("r1", "anna")});
  get("/repeats?min=1&purpose=case_work");  // makes the access log
  std::filesystem::remove(directory_.path() / "heads.note");
  HttpRequest request;
  request.method = Verb::post;
  request.target = "/v1/verify";
  std::promise<HttpResponse> promise;
  router_.serve(std::move(request), [&promise](HttpResponse response) { promise.set_value(std::move(response)); });
  const auto report = json::parse(promise.get_future().get().body).as_object();
  std::string named;
  for (const auto& fault : report.at("faults").as_array()) named += json::serialize(fault.at("board"));
  EXPECT_EQ(R"("norr""norr.access")", named);
}

}  // namespace
}  // namespace minne
