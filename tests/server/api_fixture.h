// The whole route table over a memory of its own, without sockets.
#pragma once

#include "server/app.h"
#include "server/router.h"
#include "tests/projections/memory_fixture.h"

#include <future>

namespace minne {

class ApiTest : public ::testing::Test {
 protected:
  HttpResponse ask(const std::string& target, Verb method = Verb::get, std::string body = {}) {
    HttpRequest request;
    request.method = method;
    request.target = "/v1/boards/norr" + target;
    if (!body.empty()) request.headers.add("content-type", "application/json");
    request.body = std::move(body);
    std::promise<HttpResponse> promise;
    router_.serve(std::move(request), [&promise](HttpResponse response) { promise.set_value(std::move(response)); });
    return promise.get_future().get();
  }
  // The answer; a problem fails the test.
  json::object get(const std::string& target, Verb method = Verb::get) {
    const auto response = ask(target, method);
    EXPECT_LT(response.status, 300U) << target << "\n" << response.body;
    return json::parse(response.body).as_object();
  }

  TempDirectory directory_;
  ManualClock clock_;
  Memory memory_{directory_.path(), clock_};
  App app_{memory_.get(), {}};
  Router router_{api_routes(app_)};
};

}  // namespace minne
