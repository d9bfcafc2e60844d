// The projector: one thread that follows every board's log and keeps its live generation up to date.
//
// Readers wait for it, up to a bound: of one case only while that case has events it has not reached, of a whole board
// until the head that the log had when they asked. It never fails on an event; when the store fails it stops that
// board, says so, and readers get an error instead of old data.
#pragma once

#include "projections/generation.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace minne {

class Projector {
 public:
  static constexpr std::size_t kBatchEvents = 20'000;
  static constexpr std::size_t kFlushEveryBytes = 8UL << 20;
  // A batch writes each case that it touches once, however many events of it came: unless somebody waits, so many
  // events or so much time are gathered first.
  static constexpr std::size_t kGatherEvents = 10'000;
  static constexpr std::chrono::milliseconds kGatherTime{50};
  static constexpr std::chrono::seconds kRest{1};

  // `log` and `store` must outlive it.
  Projector(EventLog& log, DerivedStore& store);
  ~Projector();
  Projector(const Projector&) = delete;
  Projector& operator=(const Projector&) = delete;

  // Follows the board from its live generation, by `rules`, which must outlive it. A generation of another build is
  // left as it is: rebuild the board. Once for each board: what takes over later brings its own rules.
  void follow(BoardNumber board, const DeadlineRules& rules);
  void notify();  // the log has grown; from any thread
  // What comes now will be folded by a rebuild: the board is not followed for kRest, unless a reader waits.
  void rest(BoardNumber board);

  [[nodiscard]] Position position(BoardNumber board) const;
  // kBusy when `timeout` passes first, kDamaged when the board's projections have failed.
  [[nodiscard]] Result<> wait_for(BoardNumber board, Position position, std::chrono::milliseconds timeout) const;

  // The moment of a takeover: what was live, still stored, and a view of what is live now.
  struct TakenOver {
    LiveGeneration old;
    View fresh;
    bool same_position = false;  // both were made from the same events
  };
  // Takes over a generation that has been built up to near the head: the last events, then the live pointer in the same
  // batch. With `compare`, what is live is brought to the head first, where it is not far behind.
  [[nodiscard]] Result<TakenOver> take_over(std::unique_ptr<GenerationFolder> fresh, bool compare);

 private:
  struct Followed {
    std::unique_ptr<GenerationFolder> folder;
    std::string identity;  // of the folder's rules
    Position position = 0;
    bool stale = false;  // built by other code or rules
    std::chrono::steady_clock::time_point rests_until{};
    std::optional<Error> failed;
  };
  struct TakeOver {
    std::unique_ptr<GenerationFolder> fresh;
    bool compare = false;
    std::promise<Result<TakenOver>> done;
  };

  void run();
  [[nodiscard]] bool worth_starting() const;
  bool advance_one(BoardNumber board, Followed& followed);
  [[nodiscard]] std::vector<std::pair<BoardNumber, Followed*>> not_resting();
  [[nodiscard]] Result<TakenOver> switch_to(std::unique_ptr<GenerationFolder> fresh, bool compare);
  void reached(BoardNumber board, Followed& followed, Position position);
  void flush_if_due(GenerationFolder& folder);

  EventLog& log_;
  DerivedStore& store_;

  mutable std::mutex mutex_;
  std::condition_variable work_;
  mutable std::condition_variable progress_;
  std::map<BoardNumber, Followed> boards_;
  std::deque<TakeOver> take_overs_;
  bool notified_ = false;
  mutable unsigned waiting_ = 0;  // readers, for whom gathering ends
  mutable std::condition_variable urgent_;
  bool stopping_ = false;
  // Of the boards that rest and have events to fold: when the first of them is followed again.
  std::optional<std::chrono::steady_clock::time_point> wakes_at_;
  std::size_t unflushed_bytes_ = 0;  // projector thread
  std::thread thread_;
};

}  // namespace minne
