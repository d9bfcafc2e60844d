// The threads that run handlers, behind a queue with a bound.
//
// Safe from any thread. A handler may block (disk, locks); the sockets' loops never do, because they only submit.
#pragma once

#include "server/router.h"

#include <boost/asio/thread_pool.hpp>

#include <atomic>

namespace minne {

class HandlerPool {
 public:
  HandlerPool(const Router& router, std::size_t threads, std::size_t queue);
  // Waits for what is running and drops what is queued, unanswered: the server ends its sessions first.
  ~HandlerPool();
  HandlerPool(const HandlerPool&) = delete;
  HandlerPool& operator=(const HandlerPool&) = delete;

  // False if the queue is full: nothing has happened and `reply` will not be called.
  [[nodiscard]] bool submit(HttpRequest request, Reply reply);

 private:
  const Router& router_;
  const std::size_t queue_;
  std::atomic<std::size_t> waiting_{0};
  boost::asio::thread_pool pool_;  // last: its threads end before the counters go
};

}  // namespace minne
