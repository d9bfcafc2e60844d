// A small blocking client, for the command line to reach a server that is running.
//
//   HttpClient client({.unix_path = "minne-data/socket"});
//   auto response = client.request({.method = Verb::get, .target = "/healthz"});
//
// Keeps its connection from one request to the next, and makes a new one where the server has closed it meanwhile. One
// thread at a time.
#pragma once

#include "events/result.h"
#include "server/http.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace minne {

// A Unix socket's path if given, else TCP.
struct HttpEndpoint {
  std::string unix_path{};
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
};

struct ClientRequest {
  Verb method = Verb::get;
  std::string target = "/";  // path and query, percent-encoded
  std::string body{};
  std::string content_type{};
  std::vector<std::pair<std::string, std::string>> headers{};
};

class HttpClient {
 public:
  static constexpr std::uint64_t kMaxResponseBytes = 256U << 20;

  // `timeout` bounds each request whole, connecting included; only the look-up of a host that is no IP address is not.
  explicit HttpClient(HttpEndpoint endpoint, std::chrono::milliseconds timeout = std::chrono::seconds(60));
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  // The server's answer, whatever its status; header names in lower case. kUnknown: nobody listens there (so nothing
  // was sent). kBusy: no answer in time. kTooLarge: a larger answer. kInternal: the connection broke or spoke no HTTP.
  // After the last three the server may have acted or not; only GET and HEAD are sent again by themselves, and once.
  [[nodiscard]] Result<HttpResponse> request(ClientRequest request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One request over a connection of its own.
[[nodiscard]] Result<HttpResponse> request(HttpEndpoint endpoint, ClientRequest request,
                                           std::chrono::milliseconds timeout = std::chrono::seconds(60));

}  // namespace minne
