#include "server/http_client.h"

#include "server/listen.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace minne {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using Message = http::request<http::string_body>;
using ResponseParser = http::response_parser<http::string_body>;

boost::beast::string_view view(std::string_view text) { return {text.data(), text.size()}; }

Message message_of(ClientRequest request, const std::string& host) {
  Message message(request.method, view(request.target), 11);
  message.set(http::field::host, view(host));
  message.set(http::field::user_agent, "minne");
  if (!request.content_type.empty()) message.set(http::field::content_type, view(request.content_type));
  for (const auto& [name, value] : request.headers) message.set(view(name), view(value));
  message.body() = std::move(request.body);
  message.prepare_payload();
  return message;
}

HttpResponse response_of(http::response<http::string_body> message) {
  HttpResponse response;
  response.status = message.result_int();
  const auto content_type = message[http::field::content_type];
  response.content_type.assign(content_type.data(), content_type.size());
  for (const auto& field : message) {
    std::string name(field.name_string().data(), field.name_string().size());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    response.headers.emplace_back(std::move(name), std::string(field.value().data(), field.value().size()));
  }
  response.body = std::move(message.body());
  return response;
}

}  // namespace

struct HttpClient::Impl {
  Impl(HttpEndpoint where, std::chrono::milliseconds limit)
      : endpoint(std::move(where)),
        timeout(limit),
        name(endpoint.unix_path.empty() ? endpoint.host + ":" + std::to_string(endpoint.port) : endpoint.unix_path),
        host(endpoint.unix_path.empty() ? authority() : "localhost") {}

  HttpEndpoint endpoint;
  std::chrono::milliseconds timeout;
  std::string name;  // for messages
  std::string host;  // for the Host header
  net::io_context context{1};
  Socket socket{context};
  boost::beast::flat_buffer buffer;
  Clock::time_point deadline;

  [[nodiscard]] std::string authority() const {
    const bool v6 = endpoint.host.find(':') != std::string::npos;
    return (v6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
  }

  void close() {
    error_code ignored;
    socket.close(ignored);
    buffer.clear();
  }

  // Runs one asynchronous operation to its end or to the deadline. `start` is given the operation's handler.
  template <class Start>
  error_code run(Start start) {
    std::optional<error_code> result;
    start([&result](const error_code& fault, auto...) { result = fault; });
    context.restart();
    context.run_until(deadline);
    if (result) return *result;
    close();
    context.restart();
    context.run();
    return net::error::timed_out;
  }

  // Whether the kept connection still stands: a server that closed it has left an end of stream to be read.
  bool still_open() {
    if (!socket.is_open()) return false;
    char byte = 0;
    const auto got = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  error_code connect_to(const StreamProtocol::endpoint& address) {
    close();
    return run([this, &address](auto handler) { socket.async_connect(address, std::move(handler)); });
  }

  Result<> connect() {
    error_code fault;
    if (!endpoint.unix_path.empty()) {
      MINNE_TRY(const UnixAddress address, UnixAddress::of(endpoint.unix_path));
      fault = connect_to(address.endpoint());
    } else {
      net::ip::tcp::resolver resolver(context);
      const auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port), fault);
      if (!fault) fault = net::error::host_not_found;
      for (const auto& entry : found) {
        fault = connect_to(entry.endpoint());
        if (!fault) break;
      }
      error_code ignored;
      if (!fault) socket.set_option(net::ip::tcp::no_delay(true), ignored);
    }
    if (!fault) return {};
    close();
    return failure(Code::kUnknown, "nobody listens on " + name + ": " + fault.message(), name);
  }

  error_code exchange(Message& message, ResponseParser& parser) {
    const error_code sent = run([this, &message](auto h) { http::async_write(socket, message, std::move(h)); });
    // A server that refuses a request (413) may answer and close while we still send: then its answer is there to read.
    const error_code got = run([this, &parser](auto h) { http::async_read(socket, buffer, parser, std::move(h)); });
    return got && sent ? sent : got;
  }

  Error broken(const error_code& fault) {
    close();
    if (fault == net::error::timed_out) return failure(Code::kBusy, "no answer in time from " + name, name);
    if (fault == http::error::body_limit || fault == http::error::header_limit) {
      return failure(Code::kTooLarge, "the answer of " + name + " is too large", name);
    }
    return failure(Code::kInternal, "the connection to " + name + " broke: " + fault.message(), name);
  }

  Result<HttpResponse> request(ClientRequest wanted) {
    deadline = Clock::now() + timeout;
    const bool head = wanted.method == Verb::head;
    const bool safe = head || wanted.method == Verb::get;
    Message message = message_of(std::move(wanted), host);
    for (bool again = false;; again = true) {
      const bool kept = still_open();
      if (!kept) MINNE_TRY_VOID(connect());
      ResponseParser parser;
      parser.body_limit(kMaxResponseBytes);
      parser.skip(head);
      const error_code fault = exchange(message, parser);
      if (!fault) {
        if (!parser.keep_alive()) close();
        return response_of(parser.release());
      }
      // It may have been closed at the very moment that we sent.
      const bool retry = safe && kept && !again && !parser.got_some() && fault != net::error::timed_out;
      if (!retry) return broken(fault);
      close();
    }
  }
};

HttpClient::HttpClient(HttpEndpoint endpoint, std::chrono::milliseconds timeout)
    : impl_(std::make_unique<Impl>(std::move(endpoint), timeout)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpResponse> HttpClient::request(ClientRequest request) { return impl_->request(std::move(request)); }

Result<HttpResponse> request(HttpEndpoint endpoint, ClientRequest request, std::chrono::milliseconds timeout) {
  HttpClient client(std::move(endpoint), timeout);
  return client.request(std::move(request));
}

}  // namespace minne
