// Has the projections of a board made again when a reader or the projector meets damage in them, or when the rules have
// changed: the log is the truth, and nobody should have to notice and restart.
//
// Owned by CaseMemory; one thread, which sleeps until damaged() or outdated() is called, from any thread. A board that
// was healed less than kPause ago waits: damage that comes back at once is the disk's, and is for the operator.
#pragma once

#include "core/page.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <thread>

namespace minne {

class Healer {
 public:
  static constexpr std::chrono::seconds kPause{30};
  using Heal = std::function<Result<>(BoardNumber)>;  // on the healer's thread

  // `renew` makes a board again unless that has been done meanwhile.
  Healer(Heal heal, Heal renew) : heal_(std::move(heal)), renew_(std::move(renew)), thread_([this] { run(); }) {}
  ~Healer() { stop(); }
  Healer(const Healer&) = delete;
  Healer& operator=(const Healer&) = delete;

  void damaged(BoardNumber board);
  void outdated(BoardNumber board);
  void stop();  // after the attempt that runs; damage is then left to the next open

 private:
  void run();
  void renew_one(std::unique_lock<std::mutex>& lock);
  void heal_one(std::unique_lock<std::mutex>& lock);

  Heal heal_;
  Heal renew_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<BoardNumber> waiting_;   // damaged
  std::set<BoardNumber> outdated_;  // without the one in work: what changes meanwhile must be made once more
  std::map<BoardNumber, std::chrono::steady_clock::time_point> healed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace minne
