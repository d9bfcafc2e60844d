#include "server/handler_pool.h"

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

namespace minne {

HandlerPool::HandlerPool(const Router& router, std::size_t threads, std::size_t queue)
    : router_(router), queue_(queue), pool_(threads) {}

HandlerPool::~HandlerPool() {
  pool_.stop();
  pool_.join();
}

bool HandlerPool::submit(HttpRequest request, Reply reply) {
  if (waiting_.fetch_add(1, std::memory_order_relaxed) >= queue_) {
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  boost::asio::post(pool_, [this, request = std::move(request), reply = std::move(reply)]() mutable {
    waiting_.fetch_sub(1, std::memory_order_relaxed);
    try {
      router_.serve(std::move(request), std::move(reply));
    } catch (const std::exception& fault) {  // out of memory, even for the 500: the session's timeout answers
      spdlog::error("a request failed: {}", fault.what());
    }
  });
  return true;
}

}  // namespace minne
