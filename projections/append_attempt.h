// Parts of CaseMemory's appends: what one attempt knows, and who runs it again. For case_memory*.cpp alone.
#pragma once

#include "projections/case_memory.h"

#include <algorithm>
#include <future>
#include <map>
#include <mutex>

namespace minne {

// Names under which appends run into each other though they write to different cases: a person whose case is opened, a
// worker whose assignments are made or ended.
[[nodiscard]] Id claim_of(std::string_view token);
[[nodiscard]] Id claim_of_assignments(std::string_view worker);
// The subject token that an event brings, also within a correction or a copy; empty where it brings none.
[[nodiscard]] std::string_view token_in(const Event& event);

// What is known of a case before an append: its version, and which ids it holds.
struct CaseMemory::Head {
  HeldEvents events;

  [[nodiscard]] Position seen() const { return events->seen; }
  [[nodiscard]] const std::vector<Position>& positions() const { return events->positions; }
  [[nodiscard]] Version version() const { return static_cast<Version>(positions().size()); }
  [[nodiscard]] Position last_position() const { return positions().empty() ? 0 : positions().back(); }
};

struct CaseMemory::Attempt {
  AppendCommand command;
  Done done;
  EventLog::CommitOn commit_on = EventLog::CommitOn::kCommitter;
  // What appends wait for each other by, once one of them has to be decided again: their cases, and a worker who
  // leaves. Named when the retrier first asks: most appends never meet another.
  std::vector<Id> holds;
  std::vector<Id> waits_for;
  int decisions = 0;
  AppendOutcome known;                       // lines of events that were there already
  std::vector<std::size_t> fresh;            // indexes of events to append
  std::vector<AppendItem> added;             // written by decide, after the others of their append
  std::vector<CaseExpectation> added_cases;  // beside those of the command
  std::map<Id, Version> ended_at;            // cases whose assignments are ended, as they were when these were found
  std::vector<StreamHead> relied_on;         // streams of workers that the decision has read
  std::vector<Id> marks;                     // of workers whom the append assigns
  bool in_parts = false;                     // of assignments to end: this append ends the first, the event comes later
  std::vector<AppendOutcome::Line> parts;    // lines of the appends before
  std::shared_ptr<std::promise<bool>> settled;  // set by the retrier, which waits: true where it must be decided again

  void name_what_it_needs();
  [[nodiscard]] const Id& case_at(std::size_t which) const {
    return which < command.cases.size() ? command.cases[which].case_id
                                        : added_cases[which - command.cases.size()].case_id;
  }
  void answer(Result<AppendOutcome> outcome) const {
    done(std::move(outcome));
    settle(false);
  }
  bool settle(bool moved) const {
    const auto waiting = settled;  // kept until set_value returns: whoever waits may have gone on by then
    if (waiting) waiting->set_value(moved);
    return waiting != nullptr;
  }
};

// Runs attempts again, off the committer's thread: one after the other, each to its end, so that they do not push each
// other aside. Appends to a case that has an attempt here wait behind it, and so do assignments of a worker who leaves.
class CaseMemory::Retrier {
 public:
  explicit Retrier(CaseMemory& memory) : memory_(memory), thread_([this] { run(); }) {}
  ~Retrier() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    ready_.notify_all();
    thread_.join();
  }
  Retrier(const Retrier&) = delete;
  Retrier& operator=(const Retrier&) = delete;
  void again(std::shared_ptr<Attempt> attempt) {
    const std::lock_guard lock(mutex_);
    push(std::move(attempt));
  }
  // True where the attempt has been taken, to wait for others of its cases.
  bool wait_behind(const std::shared_ptr<Attempt>& attempt) {
    if (waiting_ == 0) return false;
    attempt->name_what_it_needs();
    const std::lock_guard lock(mutex_);
    const bool contends = std::ranges::any_of(attempt->waits_for, [&](const Id& name) {
      return held_.contains({attempt->command.board, name});
    });
    if (!contends || queue_.size() >= kMaxWaiting) return false;
    push(attempt);
    return true;
  }

 private:
  static constexpr std::size_t kMaxWaiting = 4096;

  void push(std::shared_ptr<Attempt> attempt) {
    attempt->name_what_it_needs();
    for (const auto& name : attempt->holds) ++held_[{attempt->command.board, name}];
    ++waiting_;
    queue_.push_back(std::move(attempt));
    ready_.notify_one();
  }
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      const auto attempt = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      for (bool moved = true; moved;) {
        attempt->settled = std::make_shared<std::promise<bool>>();
        auto settled = attempt->settled->get_future();
        memory_.attempt(attempt);
        moved = settled.get();
      }
      lock.lock();
      --waiting_;
      for (const auto& name : attempt->holds) {
        const auto found = held_.find({attempt->command.board, name});
        if (--found->second == 0) held_.erase(found);
      }
    }
  }

  CaseMemory& memory_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::shared_ptr<Attempt>> queue_;              // from the log's queue, or kMaxWaiting
  std::map<std::pair<BoardNumber, Id>, std::size_t> held_;  // by attempts here
  std::atomic<std::size_t> waiting_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace minne
