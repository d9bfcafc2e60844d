// One connection: reads a request, waits for its answer, writes it, and begins again.
//
// A straight coroutine that lives on one loop's thread from first to last; tick(), drain() and cut() are called there
// too, so nothing here is locked but the mailbox in which Replies arrive from other threads. Every wait has a deadline,
// which the loop's tick enforces: a timer for each operation would cost more than the operation.
#pragma once

#include "server/body_budget.h"
#include "server/handler_pool.h"
#include "server/http_server.h"
#include "server/http_wire.h"
#include "server/listen.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace minne {

template <class T>
using Awaitable = net::awaitable<T, LoopExecutor>;
using SessionClock = std::chrono::steady_clock;

// What a loop lends its sessions; outlives them.
struct SessionHost {
  const HttpConfig& config;
  HandlerPool& pool;
  const std::shared_ptr<BodyBudget>& bodies;
  const std::string& date;            // of this second, for the Date header
  const std::atomic<bool>& draining;  // the server is stopping: answer what is under way, then close
};

class Session {
 public:
  Session(Socket socket, Peer peer, SessionHost host);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Serves until the connection ends; returns soon after cut(). Once.
  [[nodiscard]] Awaitable<void> run();
  // Instead of run() where there are too many connections: 503, whatever was asked.
  [[nodiscard]] Awaitable<void> turn_away();

  // Ends the wait under way if its deadline has passed. May resume the coroutine, which may end the session: the caller
  // must not touch the session afterwards. So too the next two.
  void tick(SessionClock::time_point now);
  void drain();  // closes if no request is under way
  void cut();    // closes now

 private:
  enum class Stage { kIdle, kHeader, kBody, kReply, kWrite, kLinger };
  struct Mailbox;
  using Waiter = net::async_result<net::use_awaitable_t<LoopExecutor>, void()>::handler_type;  // the coroutine, waiting

  [[nodiscard]] Awaitable<bool> exchange();
  [[nodiscard]] Awaitable<bool> refuse(boost::system::error_code fault);
  [[nodiscard]] Awaitable<boost::system::error_code> read_header(RequestParser& parser);
  [[nodiscard]] Awaitable<boost::system::error_code> read_body(RequestParser& parser);
  [[nodiscard]] Awaitable<boost::system::error_code> advance(RequestParser& parser, bool to_the_end);
  [[nodiscard]] Awaitable<boost::system::error_code> read_some(std::size_t most);
  [[nodiscard]] Awaitable<std::optional<HttpResponse>> answer(HttpRequest request);
  [[nodiscard]] Awaitable<bool> write(HttpResponse response, bool keep_alive, bool http_1_0, bool head_only);
  [[nodiscard]] Awaitable<void> say_continue();
  [[nodiscard]] Awaitable<void> linger();
  [[nodiscard]] Awaitable<void> wait_for_wake();

  void arm(Stage stage, std::chrono::milliseconds limit);
  void wake();
  void take(std::uint64_t number, HttpResponse response);

  Socket socket_;
  const Peer peer_;
  const SessionHost host_;
  boost::beast::flat_buffer buffer_;  // received, not yet parsed; may hold the start of the next request

  Stage stage_ = Stage::kIdle;
  SessionClock::time_point deadline_ = SessionClock::time_point::max();
  bool timed_out_ = false;
  bool cut_ = false;
  bool first_ = true;

  std::shared_ptr<BodyLease> body_;   // of the request being read; then its Reply's, until the handler is done
  std::shared_ptr<Mailbox> mailbox_;  // shared with Replies, which may outlive the session and the server
  std::uint64_t number_ = 0;          // of the request under way: a Reply with another number is too late
  std::optional<HttpResponse> response_;
  std::optional<Waiter> waiter_;
};

}  // namespace minne
