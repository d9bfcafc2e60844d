#include "tests/server/http_fixture.h"

#include <atomic>
#include <future>
#include <thread>

namespace minne {
namespace {

using std::chrono::milliseconds;

TEST_F(HttpServerTest, AnswersAndKeepsTheConnection) {
  start();
  RawClient client(port());
  for (int i = 0; i < 3; ++i) {
    const RawResponse response = client.ask(get("/hello"));
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(response.body, "hello");
    EXPECT_TRUE(response.keep_alive);
    EXPECT_EQ(response.headers["Server"], "minne");
    EXPECT_TRUE(response.headers["Date"].ends_with(" GMT"));
  }
  EXPECT_EQ(client.ask(get("/empty")).status, 204U);
  EXPECT_EQ(client.ask(get("/nowhere")).status, 404U);
  EXPECT_EQ(client.ask(get("/hello", "Connection: close\r\n")).keep_alive, false);
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, AnswersTwoRequestsOfOneWriteInOrder) {
  start();
  RawClient client(port());
  client.send(post("Content-Length: 3\r\n", "one") + get("/held") +
              post("Transfer-Encoding: chunked\r\n", "3\r\ntwo\r\n0\r\n\r\n"));
  EXPECT_EQ(client.receive().body, "one");
  gate_.next()(text("held"));
  EXPECT_EQ(client.receive().body, "held");
  EXPECT_EQ(client.receive().body, "two");
}

TEST_F(HttpServerTest, ServesHttp10) {
  start();
  RawClient client(port());
  const RawResponse kept = client.ask("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(kept.body, "hello");
  EXPECT_EQ(kept.headers["Connection"], "keep-alive");
  EXPECT_EQ(client.ask("GET /hello HTTP/1.0\r\n\r\n").headers["Connection"], "close");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpServerTest, LeavesOutTheBodyForHead) {
  start();
  RawClient client(port());
  client.send("HEAD /hello HTTP/1.1\r\nHost: localhost\r\n\r\n" + get("/hello"));
  const RawResponse head = client.receive(true);
  EXPECT_EQ(head.headers["Content-Length"], "5");
  EXPECT_EQ(client.receive().body, "hello");
}

TEST_F(HttpServerTest, JoinsRepeatedHeadersAndNeverTakesThemFromATrailer) {
  start();
  RawClient client(port());
  EXPECT_EQ(client.ask(get("/headers", "X-Test: a\r\nx-test: b\r\n")).body, "a, b tcp");
  const std::string trailer =
      "GET /headers HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Test: forged\r\n\r\n";
  const RawResponse response = client.ask(trailer);
  EXPECT_EQ(response.body, " tcp");
  EXPECT_EQ(response.headers["ETag"], "\"1\"");
}

TEST_F(HttpServerTest, TakesChunkedAndLargeBodies) {
  start();
  const std::string body(300'000, 'b');
  EXPECT_EQ(ask(post("Content-Length: 300000\r\n", body)).body, body);
  EXPECT_EQ(ask(post("Transfer-Encoding: chunked\r\n", "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\n\r\n")).body, "hello!");
  EXPECT_EQ(ask(get("/large")).body.size(), 8U << 20);
}

TEST_F(HttpServerTest, SaysContinueWhenAskedTo) {
  start();
  RawClient client(port());
  client.send(post("Content-Length: 2\r\nExpect: 100-continue\r\n", ""));
  EXPECT_EQ(client.receive_bytes(25), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(client.ask("ok").body, "ok");
}

TEST_F(HttpServerTest, RefusesMalformedRequestsAndCloses) {
  start();
  for (const std::string& bytes :
       {std::string("nonsense\r\n\r\n"), std::string("GET /hello HTTP/1.1\r\n\r\n"),
        std::string("GET /hello HTTP/2.0\r\nHost: localhost\r\n\r\n"), get("/hello", "Host: y\r\n"),
        get("/hello", "Bad Name: x\r\n"), get("/hello", "Content-Length: x\r\n"),
        post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"),
        post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), post("Transfer-Encoding: gzip\r\n", ""),
        post("Transfer-Encoding: chunked\r\n", "zz\r\n"),
        std::string("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")}) {
    RawClient client(port());
    const RawResponse response = client.ask(bytes);
    EXPECT_EQ(response.status, 400U) << bytes;
    EXPECT_EQ(response.headers["Content-Type"], "application/problem+json") << bytes;
    EXPECT_FALSE(response.keep_alive) << bytes;
    client.send("x");
    EXPECT_TRUE(client.closed()) << bytes;
  }
}

TEST_F(HttpServerTest, RefusesALargeHeader) {
  start({.header_bytes = 2048});
  EXPECT_EQ(ask(get("/headers", "X-Test: " + std::string(1500, 'a') + "\r\n")).status, 200U);
  EXPECT_EQ(ask(get("/headers", "X-Test: " + std::string(3000, 'a') + "\r\n")).status, 431U);
  EXPECT_EQ(ask("GET /" + std::string(5000, 'a')).status, 431U);
  const std::string extension(200'000, 'e');
  EXPECT_EQ(ask(post("Transfer-Encoding: chunked\r\n", "5;" + extension)).status, 431U);
}

TEST_F(HttpServerTest, RefusesALargeBodyWithAndWithoutItsLength) {
  start({.body_bytes = 1000});
  EXPECT_EQ(ask(post("Content-Length: 1000\r\n", std::string(1000, 'a'))).status, 200U);
  RawClient announced(port());
  EXPECT_EQ(announced.ask(post("Content-Length: 1001\r\nExpect: 100-continue\r\n", "")).status, 413U);
  EXPECT_TRUE(announced.closed());
  // The client sends on while it is refused, and reads its answer all the same.
  EXPECT_EQ(ask(post("Content-Length: 4000000\r\n", std::string(4'000'000, 'a'))).status, 413U);
  std::string chunks;
  for (int i = 0; i < 11; ++i) chunks += "64\r\n" + std::string(100, 'a') + "\r\n";
  EXPECT_EQ(ask(post("Transfer-Encoding: chunked\r\n", chunks)).status, 413U);
}

TEST_F(HttpServerTest, HoldsNoMoreBytesOfBodiesThanItsBudget) {
  start({.io_threads = 2, .bodies_bytes = 1'000});
  const auto of = [](std::size_t bytes) {
    return post("Content-Length: " + std::to_string(bytes) + "\r\n", std::string(bytes, 'x'));
  };
  const std::string kept = "POST /kept HTTP/1.1\r\nHost: localhost\r\nContent-Length: 600\r\n\r\n";
  RawClient waiting(port());
  waiting.send(kept + std::string(600, 'x'));
  auto reply = std::make_optional(gate_.next());  // the handler holds 600 bytes
  const auto refused = ask(of(600));
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(refused.headers["Retry-After"], "1");
  EXPECT_FALSE(refused.keep_alive);
  EXPECT_EQ(ask(post("Transfer-Encoding: chunked\r\n", "258\r\n" + std::string(600, 'x') + "\r\n0\r\n\r\n")).status,
            503U);
  EXPECT_EQ(ask(of(300)).status, 200U);
  EXPECT_EQ(ask(get("/hello")).status, 200U);
  (*reply)(text("done"));
  reply.reset();
  EXPECT_EQ(waiting.receive().body, "done");
  // The last copy of a Reply may go a moment after the answer.
  unsigned status = 503;
  for (int i = 0; i < 1'000 && status == 503; ++i) status = ask(of(1'000)).status;
  EXPECT_EQ(status, 200U);
  EXPECT_EQ(ask(of(1'001)).status, 503U);
}

TEST_F(HttpServerTest, EndsSlowHeadersBodiesAndIdleConnections) {
  start({.header_timeout = milliseconds(60), .body_timeout = milliseconds(60), .idle_timeout = milliseconds(60)});
  RawClient header(port());
  EXPECT_EQ(header.ask("GET /hel").status, 408U);
  EXPECT_TRUE(header.closed());
  RawClient body(port());
  EXPECT_EQ(body.ask(post("Content-Length: 10\r\n", "half")).status, 408U);
  EXPECT_TRUE(body.closed());
  RawClient silent(port());
  EXPECT_TRUE(silent.closed());
  RawClient idle(port());
  EXPECT_EQ(idle.ask(get("/hello")).status, 200U);
  EXPECT_TRUE(idle.closed());
}

TEST_F(HttpServerTest, EndsAClientThatDoesNotTakeItsAnswer) {
  start({.write_timeout = milliseconds(60), .linger_timeout = milliseconds(60)});
  RawClient client(port());
  client.send(get("/large"));
  while (server_->connections() == 0) std::this_thread::yield();
  while (server_->connections() > 0) std::this_thread::yield();
}

TEST_F(HttpServerTest, AnswersForAHandlerThatFails) {
  start();
  RawClient client(port());
  for (const char* path : {"/throws", "/dropped", "/split"}) {
    const RawResponse response = client.ask(get(path));
    EXPECT_EQ(response.status, 500U) << path;
    EXPECT_EQ(response.headers["Content-Type"], "application/problem+json");
    EXPECT_EQ(response.headers.count("Set-Cookie"), 0U);
    EXPECT_TRUE(response.keep_alive);
  }
}

TEST_F(HttpServerTest, TakesTheFirstOfTwoReplies) {
  start();
  RawClient client(port());
  EXPECT_EQ(client.ask(get("/twice")).body, "first");
  EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST_F(HttpServerTest, TakesAReplyFromAnotherThreadAfterTheHandlerHasReturned) {
  start({.pool_threads = 1});
  RawClient client(port());
  client.send(get("/held"));
  const Reply reply = gate_.next();
  EXPECT_EQ(ask(get("/hello")).body, "hello");  // the one pool thread is free
  std::thread([reply] { reply(text("held")); }).join();
  EXPECT_EQ(client.receive().body, "held");
}

TEST_F(HttpServerTest, TimesOutAReplyAndDropsItWhenItComes) {
  start({.reply_timeout = milliseconds(60)});
  RawClient client(port());
  const RawResponse late = client.ask(get("/held"));
  EXPECT_EQ(late.status, 503U);
  EXPECT_EQ(late.headers["Retry-After"], "1");
  gate_.next()(text("late"));
  EXPECT_EQ(client.ask(get("/hello")).body, "hello");
}

TEST_F(HttpServerTest, DropsTheReplyForAClientThatHasGone) {
  start();
  RawClient client(port());
  client.send(get("/held"));
  const Reply reply = gate_.next();
  client.reset();
  reply(text("nobody reads this"));
  EXPECT_EQ(ask(get("/hello")).status, 200U);
}

TEST_F(HttpServerTest, ForgivesAReplyAfterItsServerHasGone) {
  start({.stop_timeout = milliseconds(10)});
  RawClient client(port());
  client.send(get("/held"));
  RawClient other(port());
  other.send(get("/held"));
  const Reply late = gate_.next();
  Reply dropped = gate_.next();
  server_.reset();
  late(text("late"));
  dropped = nullptr;
  EXPECT_EQ(client.receive().status, 0U);
}

TEST_F(HttpServerTest, RefusesWhatItsQueueCannotHold) {
  start({.pool_threads = 1, .pool_queue = 1});
  RawClient running(port());
  running.send(get("/blocked"));
  gate_.wait_until_blocked(1);
  RawClient one(port());
  RawClient two(port());
  one.send(get("/hello"));
  two.send(get("/hello"));
  // One of them waits in the queue, the other is refused at once; which is not ours to say.
  auto answers = std::async(std::launch::async, [&] { return std::pair(one.receive().status, two.receive().status); });
  RawResponse third;
  do third = ask(get("/hello"));
  while (third.status == 200);
  EXPECT_EQ(third.status, 503U);
  EXPECT_EQ(third.headers["Retry-After"], "1");
  EXPECT_TRUE(third.keep_alive);
  gate_.open();
  const auto [first, second] = answers.get();
  EXPECT_EQ(std::minmax(first, second), std::minmax(200U, 503U));
  EXPECT_EQ(running.receive().body, "unblocked");
}

TEST_F(HttpServerTest, TurnsAwayConnectionsPastTheLimit) {
  start({.connections = 2});
  auto first = std::make_unique<RawClient>(port());
  RawClient second(port());
  EXPECT_EQ(first->ask(get("/hello")).status, 200U);
  EXPECT_EQ(second.ask(get("/hello")).status, 200U);
  RawClient third(port());
  const RawResponse refused = third.ask(get("/hello"));
  EXPECT_EQ(refused.status, 503U);
  EXPECT_EQ(refused.headers["Retry-After"], "1");
  EXPECT_TRUE(third.closed());
  third.close();
  first.reset();
  while (server_->connections() > 1) std::this_thread::yield();
  EXPECT_EQ(ask(get("/hello")).status, 200U);
}

TEST_F(HttpServerTest, ServesManyConnectionsAtOnce) {
  start({.io_threads = 2});
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      std::vector<std::unique_ptr<RawClient>> clients;
      for (int c = 0; c < 4; ++c) clients.push_back(std::make_unique<RawClient>(port()));
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(t * 1000 + i);
        for (auto& client : clients)
          client->send(post("Content-Length: " + std::to_string(body.size()) + "\r\n", body));
        for (auto& client : clients) good += client->receive().body == body ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good.load(), 16 * 4 * 50);
}

TEST_F(HttpServerTest, FinishesTheRequestUnderWayWhenItStops) {
  start({.io_threads = 2});
  RawClient idle(port());
  EXPECT_EQ(idle.ask(get("/hello")).status, 200U);
  RawClient busy(port());
  busy.send(get("/held"));
  const Reply reply = gate_.next();
  auto stopped = std::async(std::launch::async, [this] { server_->stop(); });
  EXPECT_TRUE(idle.closed());
  reply(text("finished"));
  const RawResponse response = busy.receive();
  EXPECT_EQ(response.body, "finished");
  EXPECT_FALSE(response.keep_alive);
  EXPECT_TRUE(busy.closed());
  busy.close();
  stopped.get();
  server_->stop();
  EXPECT_EQ(server_->connections(), 0U);
  EXPECT_THROW(RawClient{port()}, boost::system::system_error);
}

TEST_F(HttpServerTest, CutsWhatDoesNotFinishInTime) {
  start({.stop_timeout = milliseconds(30)});
  RawClient waiting(port());
  waiting.send(get("/held"));
  const Reply reply = gate_.next();
  RawClient half(port());
  half.send("GET /hel");
  server_->stop();
  EXPECT_EQ(waiting.receive().status, 0U);
  EXPECT_TRUE(half.closed());
}

TEST_F(HttpServerTest, ListensOnLoopbackOnly) {
  for (const char* address : {"0.0.0.0", "::", "192.0.2.1", "::ffff:127.0.0.1"}) {
    const auto refused = HttpServer::start({.address = address}, router_);
    ASSERT_FALSE(refused) << address;
    EXPECT_EQ(refused.error().code, Code::kRefused);
    EXPECT_NE(refused.error().message.find("not authenticated"), std::string::npos);
  }
  EXPECT_EQ(HttpServer::start({.address = "example.org"}, router_).error().code, Code::kInvalid);
  EXPECT_EQ(HttpServer::start({.address = ""}, router_).error().code, Code::kInvalid);
  start({.address = "127.4.5.6"});
  const auto answer = request({.host = "127.4.5.6", .port = port()}, {.target = "/hello"});
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(HttpServer::start({.address = "127.4.5.6", .port = port()}, router_).error().code, Code::kConflict);
}

TEST_F(HttpServerTest, ItsClientKeepsAndRenewsItsConnection) {
  start();
  const std::uint16_t first_port = port();
  HttpClient client({.port = first_port});
  EXPECT_EQ(
      client.request({.method = Verb::post, .target = "/echo", .body = "abc", .content_type = "text/plain"})->body,
      "abc");
  EXPECT_EQ(client.request({.method = Verb::head, .target = "/hello"})->body, "");
  EXPECT_EQ(client.request({.target = "/hello"})->body, "hello");
  EXPECT_EQ(server_->connections(), 1U);
  server_->stop();
  EXPECT_EQ(client.request({.target = "/hello"}).error().code, Code::kUnknown);
  start({.port = first_port});
  EXPECT_EQ(
      client.request({.method = Verb::post, .target = "/echo", .body = "abc", .content_type = "text/plain"})->body,
      "abc");
}

TEST_F(HttpServerTest, ItsClientGivesUpInTimeAndReadsARefusal) {
  start({.body_bytes = 1000, .stop_timeout = milliseconds(10)});
  HttpClient hasty({.port = port()}, milliseconds(50));
  EXPECT_EQ(hasty.request({.target = "/held"}).error().code, Code::kBusy);
  const auto refused =
      request({.port = port()}, {.method = Verb::post, .target = "/echo", .body = std::string(3'000'000, 'a')});
  ASSERT_TRUE(refused) << refused.error().message;
  EXPECT_EQ(refused->status, 413U);
}

}  // namespace
}  // namespace minne
