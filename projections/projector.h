// The projector: one thread that follows every board's log and keeps its live generation up to date.
//
// Readers wait for it, up to a bound: of one case only while that case has events it has not reached, of a whole board
// until the head that the log had when they asked. It never fails on an event; when the store fails it stops that
// board, says so, and readers get an error instead of old data.
#pragma once

#include "projections/generation.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace minne {

class Projector {
 public:
  static constexpr std::size_t kBatchEvents = 20'000;
  static constexpr std::size_t kFlushEveryBytes = 8UL << 20;
  // Small batches cost a row each: unless somebody waits, so many events or so much time are gathered first.
  static constexpr std::size_t kGatherEvents = 4'000;
  static constexpr std::chrono::milliseconds kGatherTime{20};

  // `log`, `store` and `rules` must outlive it.
  Projector(EventLog& log, DerivedStore& store, const DeadlineRules& rules);
  ~Projector();
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;

  // Follows the board from its live generation. A generation of another build is left as it is: rebuild the board.
  void follow(BoardNumber board);
  void notify();  // the log has grown; from any thread

  [[nodiscard]] Position position(BoardNumber board) const;
  // kBusy when `timeout` passes first, kDamaged when the board's projections have failed.
  [[nodiscard]] Result<> wait_for(BoardNumber board, Position position, std::chrono::milliseconds timeout) const;

  // The moment of a takeover: what was live, still stored, and a view of what is live now at the same position.
  struct TakenOver {
    LiveGeneration old;
    View fresh;
  };
  // Takes over a generation that has been built up to near the head: the last events, then the live pointer in the same
  // batch.
  [[nodiscard]] Result<TakenOver> take_over(std::unique_ptr<GenerationFolder> fresh);

 private:
  struct Followed {
    std::unique_ptr<GenerationFolder> folder;
    Position position = 0;
    bool stale = false;  // built by other code or rules
    std::optional<Error> failed;
  };
  struct TakeOver {
    std::unique_ptr<GenerationFolder> fresh;
    std::promise<Result<TakenOver>> done;
  };

  void run();
  [[nodiscard]] bool worth_starting() const;
  bool advance_one(BoardNumber board, Followed& followed);
  [[nodiscard]] Result<TakenOver> switch_to(std::unique_ptr<GenerationFolder> fresh);
  void reached(BoardNumber board, Followed& followed, Position position);
  void flush_if_due(GenerationFolder& folder);

  EventLog& log_;
  DerivedStore& store_;
  const DeadlineRules& rules_;
  std::string identity_;

  mutable std::mutex mutex_;
  std::condition_variable work_;
  mutable std::condition_variable progress_;
  std::map<BoardNumber, Followed> boards_;
  std::deque<TakeOver> take_overs_;
  bool notified_ = false;
  mutable unsigned waiting_ = 0;  // readers, for whom gathering ends
  mutable std::condition_variable urgent_;
  bool stopping_ = false;
  std::size_t unflushed_bytes_ = 0;  // projector thread
  std::thread thread_;
};

}  // namespace minne
