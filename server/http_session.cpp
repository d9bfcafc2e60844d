#include "server/http_session.h"

#include "server/problem.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>

#include <array>
#include <string_view>

// GCC 12 inlines a coroutine frame's operator new but not its delete, and then takes them for strangers.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

namespace minne {
namespace {

namespace http = boost::beast::http;
using boost::system::error_code;

constexpr auto kToken = net::as_tuple(net::use_awaitable_t<LoopExecutor>{});
constexpr std::size_t kHeaderRead = 4U << 10;
constexpr std::size_t kBodyRead = 64U << 10;
const error_code kNoRoom = net::error::no_memory;  // for a body beside those that are held
constexpr std::size_t kSmallBody = 8U << 10;       // copied behind its header: one buffer to send

bool is_http_fault(const error_code& fault) {
  return fault.category() == http::make_error_code(http::error::bad_method).category() &&
         fault != http::error::end_of_stream && fault != http::error::partial_message;
}

HttpResponse too_large(std::uint64_t limit) {
  return problem_response(
      failure(Code::kTooLarge, "the body is larger than " + std::to_string(limit) + " bytes", "body"));
}

}  // namespace

// Where Replies find their session. The session leaves under the lock, on its loop's thread, before the loop can go: so
// whoever holds the lock and sees a session may post to its loop.
struct Session::Mailbox {
  std::mutex mutex;
  Session* session;

  explicit Mailbox(Session* owner) : session(owner) {}

  static void deliver(const std::shared_ptr<Mailbox>& box, std::uint64_t number, HttpResponse response) {
    const std::lock_guard lock(box->mutex);
    if (box->session == nullptr) return;
    net::post(box->session->socket_.get_executor(), [box, number, response = std::move(response)]() mutable {
      if (box->session != nullptr) box->session->take(number, std::move(response));  // only this thread clears it
    });
  }
};

Session::Session(Socket socket, Peer peer, SessionHost host)
    : socket_(std::move(socket)), peer_(peer), host_(host), mailbox_(std::make_shared<Mailbox>(this)) {}

Session::~Session() {
  const std::lock_guard lock(mailbox_->mutex);
  mailbox_->session = nullptr;
}

Awaitable<void> Session::run() {
  // Not `while (co_await …)`: in a coroutine without a local variable GCC 12 stores such a condition where the frame's
  // resume pointer belongs.
  bool more = true;
  while (more) more = co_await exchange();
  co_await linger();
}

Awaitable<void> Session::turn_away() {
  HttpResponse response = problem_response(failure(Code::kBusy, "too many connections"));
  co_await write(std::move(response), false, false, false);
  co_await linger();
}

// One request and its answer. False: the connection ends.
Awaitable<bool> Session::exchange() {
  RequestParser parser;
  parser.header_limit(host_.config.header_bytes);
  parser.body_limit(host_.config.body_bytes);
  if (const error_code fault = co_await read_header(parser)) co_return co_await refuse(fault);

  const bool http_1_0 = parser.get().version() < 11;
  const bool wants_more = parser.get().keep_alive();
  const bool head_only = parser.get().method() == Verb::head;
  if (const auto wrong = framing_fault(parser.get())) {
    HttpResponse problem = problem_response(invalid(std::string(*wrong)));
    co_return co_await write(std::move(problem), false, http_1_0, head_only);
  }
  HttpRequest request = request_of(parser.get(), peer_);
  if (const error_code fault = co_await read_body(parser)) co_return co_await refuse(fault);
  request.body = std::move(parser.get().body());

  std::optional<HttpResponse> response = co_await answer(std::move(request));
  if (!response) co_return false;
  const bool keep_alive = wants_more && !host_.draining;
  co_return co_await write(std::move(*response), keep_alive, http_1_0, head_only);
}

// Tells the client why its request could not be read, if it is still there to be told. Always false.
Awaitable<bool> Session::refuse(error_code fault) {
  body_.reset();
  HttpResponse problem;
  if (fault == http::error::header_limit) {
    problem = protocol_problem(431, "header-too-large", "Request header too large",
                               "the header is larger than " + std::to_string(host_.config.header_bytes) + " bytes");
  } else if (fault == http::error::body_limit) {
    problem = too_large(host_.config.body_bytes);
  } else if (fault == kNoRoom) {
    problem = problem_response(failure(Code::kBusy, "too many request bodies are held at once"));
  } else if (is_http_fault(fault)) {
    problem = problem_response(invalid("malformed request: " + fault.message()));
  } else if (timed_out_ && stage_ != Stage::kIdle) {
    problem = protocol_problem(408, "too-slow", "Request timeout", "the request came too slowly");
  } else {
    co_return false;
  }
  co_return co_await write(std::move(problem), false, false, false);
}

Awaitable<error_code> Session::read_header(RequestParser& parser) {
  if (buffer_.size() == 0) {
    arm(Stage::kIdle, first_ ? host_.config.header_timeout : host_.config.idle_timeout);
    if (host_.draining) co_return net::error::operation_aborted;
    if (const error_code fault = co_await read_some(kHeaderRead)) co_return fault;
  }
  first_ = false;
  arm(Stage::kHeader, host_.config.header_timeout);
  co_return co_await advance(parser, false);
}

Awaitable<error_code> Session::read_body(RequestParser& parser) {
  if (parser.is_done()) co_return error_code{};
  body_ = std::make_shared<BodyLease>(host_.bodies);
  const auto declared = parser.content_length().value_or(0);  // within body_bytes: the header has been checked
  if (!body_->cover(declared)) co_return kNoRoom;
  arm(Stage::kBody, host_.config.body_timeout);
  parser.eager(true);
  const bool expects = boost::beast::iequals(parser.get()[http::field::expect], "100-continue");
  if (expects && buffer_.size() == 0 && parser.get().version() >= 11) co_await say_continue();
  co_return co_await advance(parser, true);
}

// Reads until the header, or the whole message, is there. Beast's async_read would do the same with a timer and a hop
// through the scheduler for each message that is already in the buffer.
Awaitable<error_code> Session::advance(RequestParser& parser, bool to_the_end) {
  for (;;) {
    if (to_the_end ? parser.is_done() : parser.is_header_done()) co_return error_code{};
    if (buffer_.size() > 0) {
      error_code fault;
      const std::size_t used = parser.put(buffer_.data(), fault);
      buffer_.consume(used);
      if (fault && fault != http::error::need_more) co_return fault;
      if (to_the_end && !body_->cover(parser.get().body().size())) co_return kNoRoom;
      if (used > 0) continue;
    }
    // Only a chunk's header can be unfinished and longer than that: nobody needs such an extension.
    if (buffer_.size() > host_.config.header_bytes + kBodyRead) co_return error_code(http::error::header_limit);
    if (const error_code fault = co_await read_some(to_the_end ? kBodyRead : kHeaderRead)) co_return fault;
  }
}

Awaitable<error_code> Session::read_some(std::size_t most) {
  const auto space = buffer_.prepare(most);
  const auto [fault, received] = co_await socket_.async_read_some(space, kToken);
  buffer_.commit(received);
  co_return fault;
}

// Gives the request to the pool and waits for its Reply. Nothing if the session was cut meanwhile.
Awaitable<std::optional<HttpResponse>> Session::answer(HttpRequest request) {
  response_.reset();
  arm(Stage::kReply, host_.config.reply_timeout);
  Reply reply = [box = mailbox_, number = ++number_, body = std::move(body_)](HttpResponse response) {
    Mailbox::deliver(box, number, std::move(response));
  };
  if (!host_.pool.submit(std::move(request), std::move(reply))) {
    co_return problem_response(failure(Code::kBusy, "too many requests are waiting"));
  }
  while (!response_ && !timed_out_ && !cut_) co_await wait_for_wake();
  ++number_;
  if (cut_) co_return std::nullopt;
  if (response_) co_return std::move(*response_);
  co_return problem_response(failure(Code::kBusy, "no answer in time; the request may have taken effect all the same"));
}

Awaitable<bool> Session::write(HttpResponse response, bool keep_alive, bool http_1_0, bool head_only) {
  arm(Stage::kWrite, host_.config.write_timeout);
  if (!sendable(response)) {
    response = problem_response(failure(Code::kInternal, "the handler gave an answer that cannot be sent"));
  }
  HeadOptions options;
  options.keep_alive = keep_alive;
  options.http_1_0 = http_1_0;
  options.date = host_.date;
  std::string head = response_head(response, options);
  if (head_only || !has_body(response.status)) response.body.clear();
  if (response.body.size() <= kSmallBody) {
    head += response.body;
    response.body.clear();
  }
  const std::array<net::const_buffer, 2> parts{net::buffer(head), net::buffer(response.body)};
  const auto [fault, sent] = co_await net::async_write(socket_, parts, kToken);
  co_return !fault && keep_alive && !cut_;
}

// A failure shows at the next read.
Awaitable<void> Session::say_continue() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  const auto bytes = net::buffer(kContinue.data(), kContinue.size());
  const auto [fault, sent] = co_await net::async_write(socket_, bytes, kToken);
  static_cast<void>(fault);
  static_cast<void>(sent);
}

// Closing with unread bytes makes TCP throw away what the client has not read yet, our last answer included: so say
// that nothing more will come, and swallow what the client still sends until it has understood or its time is up.
Awaitable<void> Session::linger() {
  error_code ignored;
  arm(Stage::kLinger, host_.config.linger_timeout);
  socket_.shutdown(net::socket_base::shutdown_send, ignored);
  while (!timed_out_ && !cut_) {
    buffer_.clear();
    const error_code fault = co_await read_some(kBodyRead);
    if (fault) break;
  }
  socket_.close(ignored);
}

Awaitable<void> Session::wait_for_wake() {
  const auto keep = [this](Waiter waiter) { waiter_.emplace(std::move(waiter)); };
  net::use_awaitable_t<LoopExecutor> token;
  co_await net::async_initiate<net::use_awaitable_t<LoopExecutor>, void()>(keep, token);
}

void Session::wake() {
  if (!waiter_) return;
  Waiter waiter = std::move(*waiter_);
  waiter_.reset();
  std::move(waiter)();
}

void Session::take(std::uint64_t number, HttpResponse response) {
  if (number != number_ || response_) return;
  response_.emplace(std::move(response));
  wake();
}

void Session::arm(Stage stage, std::chrono::milliseconds limit) {
  stage_ = stage;
  timed_out_ = false;
  deadline_ = SessionClock::now() + limit;
}

void Session::tick(SessionClock::time_point now) {
  if (now < deadline_) return;
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored);
  wake();
}

void Session::drain() {
  if (stage_ == Stage::kIdle) cut();
}

void Session::cut() {
  cut_ = true;
  error_code ignored;
  socket_.close(ignored);
  wake();
}

}  // namespace minne
