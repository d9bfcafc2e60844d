// How many bytes of request bodies the server holds at once, while they are read and until their handlers are done: one
// body has its limit, but a thousand connections have a thousand bodies.
//
//   auto lease = std::make_shared<BodyLease>(budget);
//   if (!lease->cover(declared)) … 503 …
//
// A body of declared length is covered whole before it is read, so that what is begun can be finished; a chunked one as
// it grows. Safe from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace minne {

class BodyBudget {
 public:
  explicit BodyBudget(std::uint64_t bytes) : bytes_(bytes) {}

  [[nodiscard]] bool take(std::uint64_t bytes) {
    auto held = held_.load(std::memory_order_relaxed);
    do {
      if (bytes > bytes_ - held) return false;
    } while (!held_.compare_exchange_weak(held, held + bytes, std::memory_order_relaxed));
    return true;
  }
  void give_back(std::uint64_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }

 private:
  const std::uint64_t bytes_;
  std::atomic<std::uint64_t> held_ = 0;  // never above bytes_
};

// What one body takes of the budget; given back with the lease, which may outlive the server. Used by one thread at a
// time.
class BodyLease {
 public:
  explicit BodyLease(std::shared_ptr<BodyBudget> budget) : budget_(std::move(budget)) {}
  ~BodyLease() { budget_->give_back(covered_); }
  BodyLease(const BodyLease&) = delete;
  BodyLease& operator=(const BodyLease&) = delete;

  // False where the budget has no room for that many bytes in all: what was covered stays so.
  [[nodiscard]] bool cover(std::uint64_t bytes) {
    if (bytes <= covered_) return true;
    if (!budget_->take(bytes - covered_)) return false;
    covered_ = bytes;
    return true;
  }

 private:
  const std::shared_ptr<BodyBudget> budget_;
  std::uint64_t covered_ = 0;
};

}  // namespace minne
