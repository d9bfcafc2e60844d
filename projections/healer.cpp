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

void Healer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    const auto board = *waiting_.begin();
    lock.unlock();
    spdlog::warn("board {}: its projections are damaged, and made again", board);
    const auto healed = heal_(board);
    if (!healed) {
      spdlog::error("board {}: its projections cannot be made again: {} {}", board, healed.error().message,
                    healed.error().where);
    }
    lock.lock();
    // Only now: what readers met meanwhile was the same damage.
    waiting_.erase(board);
    healed_[board] = std::chrono::steady_clock::now();
  }
}

}  // namespace minne
