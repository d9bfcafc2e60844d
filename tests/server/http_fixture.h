// A server on a port of its own for a test, with a handler for each way an answer can come; and a raw client that sends
// exactly the bytes it is told to.
#pragma once

#include "server/http_client.h"
#include "server/http_server.h"

#include <gtest/gtest.h>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace minne {

// Hands Replies from the handler "/held" to the test, and keeps "/blocked" waiting. Any thread.
class Gate {
 public:
  void hold(Reply reply) {
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(reply));
    changed_.notify_all();
  }
  Reply next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !held_.empty(); });
    Reply reply = std::move(held_.front());
    held_.erase(held_.begin());
    return reply;
  }
  void block() {
    std::unique_lock lock(mutex_);
    ++blocked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_until_blocked(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return blocked_ >= count; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Reply> held_;
  int blocked_ = 0;
  bool open_ = false;
};

inline HttpResponse text(std::string body) {
  HttpResponse response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

inline std::vector<Route> test_routes(Gate& gate) {
  std::vector<Route> rows;
  const auto add = [&rows](Verb method, std::string path, Handler handler) {
    std::string id = path;
    rows.push_back(
        {.method = method, .path = std::move(path), .operation_id = std::move(id), .handler = std::move(handler)});
  };
  add(Verb::get, "/hello", [](const HttpRequest&, const Reply& reply) { reply(text("hello")); });
  add(Verb::post, "/echo", [](HttpRequest request, const Reply& reply) { reply(text(std::move(request.body))); });
  rows.back().body = {.media = {{"*/*"}}, .required = false};
  add(Verb::get, "/headers", [](const HttpRequest& request, const Reply& reply) {
    HttpResponse response = text(std::string(request.headers.get("x-test")));
    response.body += request.peer == Peer::kUnix ? " unix" : " tcp";
    response.headers.emplace_back("ETag", "\"1\"");
    reply(std::move(response));
  });
  add(Verb::get, "/empty", [](const HttpRequest&, const Reply& reply) {
    HttpResponse response;
    response.status = 204;
    reply(std::move(response));
  });
  add(Verb::get, "/split", [](const HttpRequest&, const Reply& reply) {
    HttpResponse response = text("x");
    response.headers.emplace_back("X-Bad", "a\r\nSet-Cookie: b");
    reply(std::move(response));
  });
  add(Verb::get, "/large", [](const HttpRequest&, const Reply& reply) { reply(text(std::string(8U << 20, 'x'))); });
  add(Verb::get, "/throws", [](const HttpRequest&, const Reply&) { throw std::runtime_error("thrown"); });
  add(Verb::get, "/dropped", [](const HttpRequest&, const Reply&) {});
  add(Verb::get, "/twice", [](const HttpRequest&, const Reply& reply) {
    reply(text("first"));
    reply(text("second"));
  });
  add(Verb::get, "/held", [&gate](const HttpRequest&, Reply reply) { gate.hold(std::move(reply)); });
  add(Verb::post, "/kept", [&gate](const HttpRequest&, Reply reply) { gate.hold(std::move(reply)); });
  rows.back().body = {.media = {{"*/*"}}, .required = false};
  add(Verb::get, "/blocked", [&gate](const HttpRequest&, const Reply& reply) {
    gate.block();
    reply(text("unblocked"));
  });
  return rows;
}

struct RawResponse {
  unsigned status = 0;
  std::string body;
  bool keep_alive = false;
  boost::beast::http::fields headers;
};

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    const timeval limit{20, 0};  // a hang is a failure, not a hang
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  // Ignores failures: a server may close while we still send.
  void send(std::string_view bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
  }
  RawResponse receive(bool head = false) {
    boost::beast::http::response_parser<boost::beast::http::string_body> parser;
    parser.body_limit(64U << 20);
    parser.skip(head);
    boost::system::error_code fault;
    boost::beast::http::read(socket_, buffer_, parser, fault);
    if (fault) return {};
    RawResponse response;
    response.status = parser.get().result_int();
    response.keep_alive = parser.keep_alive();
    response.body = parser.get().body();
    response.headers = parser.get();
    return response;
  }
  RawResponse ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  std::string receive_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    boost::system::error_code ignored;
    bytes.resize(boost::asio::read(socket_, boost::asio::buffer(bytes), ignored));
    return bytes;
  }
  // True once the server has closed its side and sent nothing more.
  bool closed() {
    char byte = 0;
    boost::system::error_code fault;
    socket_.read_some(boost::asio::buffer(&byte, 1), fault);
    return buffer_.size() == 0 && (fault == boost::asio::error::eof || fault == boost::asio::error::connection_reset);
  }
  void close() { socket_.close(); }
  void reset() {
    socket_.set_option(boost::asio::socket_base::linger(true, 0));
    socket_.close();
  }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::socket socket_{context_};
  boost::beast::flat_buffer buffer_;
};

inline std::string get(std::string_view path, std::string_view headers = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) + "\r\n";
}
inline std::string post(std::string_view headers, std::string_view body) {
  return "POST /echo HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

class HttpServerTest : public testing::Test {
 protected:
  void start(HttpConfig config = {}) {
    auto started = HttpServer::start(std::move(config), router_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
  }
  std::uint16_t port() const { return server_->port(); }
  RawResponse ask(std::string_view bytes) { return RawClient(port()).ask(bytes); }
  void TearDown() override { gate_.open(); }

  Gate gate_;
  Router router_{test_routes(gate_)};
  std::unique_ptr<HttpServer> server_;
};

}  // namespace minne
