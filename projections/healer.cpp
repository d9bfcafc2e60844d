#include "projections/healer.h"

#include <spdlog/spdlog.h>

namespace minne {

void Healer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Healer::damaged(BoardNumber board) {
  {
    const std::lock_guard lock(mutex_);
    const auto last = healed_.find(board);
    if (last != healed_.end() && std::chrono::steady_clock::now() - last->second < kPause) return;
    if (!waiting_.insert(board).second) return;
  }
  changed_.notify_one();
}

void Healer::outdated(BoardNumber board) {
  {
    const std::lock_guard lock(mutex_);
    outdated_.insert(board);
  }
  changed_.notify_one();
}

void Healer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty() || !outdated_.empty(); });
    if (stopping_) return;
    if (!outdated_.empty()) {
      renew_one(lock);
    } else {
      heal_one(lock);
    }
  }
}

void Healer::renew_one(std::unique_lock<std::mutex>& lock) {
  const auto board = *outdated_.begin();
  outdated_.erase(board);
  lock.unlock();
  if (const auto renewed = renew_(board); !renewed) {
    spdlog::error("board {}: it goes by the rules that it had: {} {}", board, renewed.error().message,
                  renewed.error().where);
  }
  lock.lock();
}

void Healer::heal_one(std::unique_lock<std::mutex>& lock) {
  const auto board = *waiting_.begin();
  lock.unlock();
  spdlog::warn("board {}: its projections are damaged, and made again", board);
  if (const auto healed = heal_(board); !healed) {
    spdlog::error("board {}: its projections cannot be made again: {} {}", board, healed.error().message,
                  healed.error().where);
  }
  lock.lock();
  // Only now: what readers met meanwhile was the same damage.
  waiting_.erase(board);
  healed_[board] = std::chrono::steady_clock::now();
}

}  // namespace minne
