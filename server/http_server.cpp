#include "server/http_server.h"

#include "server/http_session.h"

#include <spdlog/spdlog.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <future>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace minne {
namespace {

using boost::system::error_code;
using Timer = net::basic_waitable_timer<SessionClock, net::wait_traits<SessionClock>, LoopExecutor>;

constexpr std::size_t kTurnedAwayAtOnce = 64;  // connections that are told 503; beyond them, closed without a word
constexpr std::chrono::milliseconds kAcceptPause{100};

// How many connections there are, and the wait until there are none. Any thread.
class ConnectionCount {
 public:
  std::size_t add() {
    const std::lock_guard lock(mutex_);
    return ++count_;
  }
  void remove() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) none_.notify_all();
  }
  [[nodiscard]] std::size_t now() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  bool wait_for_none(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, limit, [this] { return count_ == 0; });
  }
  void wait_for_none() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return count_ == 0; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::size_t count_ = 0;
};

// How often deadlines are looked at: a quarter of the shortest, so that none is overstayed by much.
std::chrono::milliseconds tick_of(const HttpConfig& config) {
  const auto shortest = std::min({config.header_timeout, config.body_timeout, config.idle_timeout, config.reply_timeout,
                                  config.write_timeout, config.linger_timeout});
  return std::clamp<std::chrono::milliseconds>(shortest / 4, std::chrono::milliseconds(5),
                                               std::chrono::milliseconds(250));
}

// One thread and the sessions that live on it. Everything but the constructor, post() and join() runs on that thread.
class Loop {
 public:
  Loop(const HttpConfig& config, HandlerPool& pool, const std::shared_ptr<BodyBudget>& bodies, ConnectionCount& count,
       const std::atomic<bool>& draining)
      : config_(config),
        pool_(pool),
        bodies_(bodies),
        count_(count),
        draining_(draining),
        guard_(context_.get_executor()),
        ticker_(context_) {}

  net::io_context& context() { return context_; }

  void start() {
    tick();  // before the thread: nothing else touches the timer yet
    thread_ = std::thread([this] { context_.run(); });
  }

  template <class Work>
  void post(Work work) {
    net::post(context_, std::move(work));
  }

  // The count already holds this connection.
  void adopt(Socket socket, Peer peer, bool turn_away) {
    const SessionHost host{config_, pool_, bodies_, date_, draining_};
    const auto session = sessions_.emplace(sessions_.end(), std::move(socket), peer, host);
    auto ended = [this, session](const std::exception_ptr& fault) {
      log(fault);
      sessions_.erase(session);
      count_.remove();
    };
    net::co_spawn(context_.get_executor(), turn_away ? session->turn_away() : session->run(), std::move(ended));
  }

  void drain() {
    for_each([](Session& session) { session.drain(); });
  }
  void cut() {
    for_each([](Session& session) { session.cut(); });
  }
  // Lets the thread end once the sessions have.
  void finish() {
    finishing_ = true;
    ticker_.cancel();
    guard_.reset();
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  // What is done to a session may end it, and nothing else: so step on before doing it.
  template <class Do>
  void for_each(Do what) {
    for (auto next = sessions_.begin(); next != sessions_.end();) what(*next++);
  }

  void tick() {
    const auto now = SessionClock::now();
    date_ = http_date(std::chrono::system_clock::now());
    for_each([now](Session& session) { session.tick(now); });
    ticker_.expires_after(tick_of(config_));
    ticker_.async_wait([this](const error_code&) {
      if (!finishing_) tick();
    });
  }

  static void log(const std::exception_ptr& fault) {
    if (!fault) return;
    try {
      std::rethrow_exception(fault);
    } catch (const std::exception& error) {
      spdlog::error("a connection failed: {}", error.what());
    } catch (...) {
      spdlog::error("a connection failed");
    }
  }

  const HttpConfig& config_;
  HandlerPool& pool_;
  const std::shared_ptr<BodyBudget>& bodies_;
  ConnectionCount& count_;
  const std::atomic<bool>& draining_;
  net::io_context context_{1};
  net::executor_work_guard<LoopExecutor> guard_;
  Timer ticker_;
  std::list<Session> sessions_;
  std::string date_;
  bool finishing_ = false;
  std::thread thread_;
};

}  // namespace

struct HttpServer::Impl {
  Impl(HttpConfig wanted, const Router& router)
      : config(std::move(wanted)), pool(router, config.pool_threads, config.pool_queue) {
    for (std::size_t i = 0; i < std::max<std::size_t>(config.io_threads, 1); ++i) {
      loops.push_back(std::make_unique<Loop>(config, pool, bodies, count, draining));
    }
  }

  Result<> open();
  void start();
  void stop();
  Awaitable<void> accept(Acceptor& acceptor, Peer peer);
  void admit(Socket socket, std::size_t loop, Peer peer);
  void close_endpoints();

  const HttpConfig config;
  ConnectionCount count;
  std::atomic<bool> draining{false};  // before any loop is told: from then on every answer says that it is the last
  const std::shared_ptr<BodyBudget> bodies = std::make_shared<BodyBudget>(config.bodies_bytes);
  HandlerPool pool;  // before the loops: sessions submit to it until they end
  std::vector<std::unique_ptr<Loop>> loops;
  // On the first loop:
  std::optional<Acceptor> tcp;
  std::optional<UnixListener> unix_socket;
  std::optional<Timer> pause;
  std::size_t next_loop = 0;
  bool closing = false;

  std::uint16_t bound_port = 0;
  std::mutex stopping;
  bool stopped = false;
};

Result<> HttpServer::Impl::open() {
  net::io_context& context = loops.front()->context();
  pause.emplace(context);
  if (config.address.empty() && config.unix_path.empty()) return invalid("the server has neither address nor socket");
  if (!config.address.empty()) {
    MINNE_TRY(Acceptor acceptor, listen_tcp(context, config.address, config.port));
    bound_port = port_of(acceptor);
    tcp.emplace(std::move(acceptor));
  }
  if (!config.unix_path.empty()) {
    MINNE_TRY(UnixListener listener, UnixListener::open(context, config.unix_path));
    unix_socket.emplace(std::move(listener));
  }
  return {};
}

void HttpServer::Impl::start() {
  const LoopExecutor executor = loops.front()->context().get_executor();
  if (tcp) net::co_spawn(executor, accept(*tcp, Peer::kTcp), net::detached);
  if (unix_socket) net::co_spawn(executor, accept(unix_socket->acceptor(), Peer::kUnix), net::detached);
  for (const auto& loop : loops) loop->start();
}

Awaitable<void> HttpServer::Impl::accept(Acceptor& acceptor, Peer peer) {
  constexpr auto token = net::as_tuple(net::use_awaitable_t<LoopExecutor>{});
  while (!closing) {
    const std::size_t loop = next_loop++ % loops.size();
    Socket socket(loops[loop]->context());
    const auto [fault] = co_await acceptor.async_accept(socket, token);
    if (closing) break;
    if (!fault) {
      admit(std::move(socket), loop, peer);
      continue;
    }
    if (fault == net::error::connection_aborted) continue;
    spdlog::warn("cannot accept a connection: {}", fault.message());  // out of descriptors, most likely
    pause->expires_after(kAcceptPause);
    const auto [woken] = co_await pause->async_wait(token);
    static_cast<void>(woken);
  }
}

void HttpServer::Impl::admit(Socket socket, std::size_t loop, Peer peer) {
  error_code ignored;
  if (peer == Peer::kTcp) socket.set_option(net::ip::tcp::no_delay(true), ignored);
  const std::size_t now = count.add();
  if (now > config.connections + kTurnedAwayAtOnce) return count.remove();
  const bool turn_away = now > config.connections;
  Loop& home = *loops[loop];
  home.post([&home, socket = std::move(socket), peer, turn_away]() mutable {
    home.adopt(std::move(socket), peer, turn_away);
  });
}

void HttpServer::Impl::close_endpoints() {
  closing = true;
  error_code ignored;
  pause->cancel();
  if (tcp) tcp->close(ignored);
  if (unix_socket) {
    unix_socket->remove_file();  // first: a client that still finds it must be answered, or find nobody
    unix_socket->acceptor().close(ignored);
  }
}

void HttpServer::Impl::stop() {
  const std::lock_guard lock(stopping);
  if (stopped) return;
  stopped = true;
  draining = true;
  std::promise<void> closed;
  loops.front()->post([this, &closed] {
    close_endpoints();
    closed.set_value();
  });
  closed.get_future().wait();  // from here on nothing is added to the count
  for (const auto& loop : loops) loop->post([&loop = *loop] { loop.drain(); });
  if (!count.wait_for_none(config.stop_timeout)) {
    spdlog::warn("stopping with {} connections unfinished", count.now());
    for (const auto& loop : loops) loop->post([&loop = *loop] { loop.cut(); });
    count.wait_for_none();
  }
  for (const auto& loop : loops) loop->post([&loop = *loop] { loop.finish(); });
  for (const auto& loop : loops) loop->join();
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { stop(); }

Result<std::unique_ptr<HttpServer>> HttpServer::start(HttpConfig config, const Router& router) {
  auto impl = std::make_unique<Impl>(std::move(config), router);
  MINNE_TRY_VOID(impl->open());
  impl->start();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const { return impl_->bound_port; }

std::size_t HttpServer::connections() const { return impl_->count.now(); }

void HttpServer::stop() { impl_->stop(); }

}  // namespace minne
