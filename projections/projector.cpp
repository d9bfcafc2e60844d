#include "projections/projector.h"

#include "events/check.h"

#include <spdlog/spdlog.h>

namespace minne {
namespace {

// Events behind, past which following what is live only to compare it would take longer than the rebuild did.
constexpr Position kWorthComparing = 200'000;

}  // namespace

Projector::Projector(EventLog& log, DerivedStore& store) : log_(log), store_(store), thread_([this] { run(); }) {}

Projector::~Projector() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  urgent_.notify_all();
  thread_.join();
}

void Projector::follow(BoardNumber board, const DeadlineRules& rules) {
  const auto live = store_.live(board);
  {
    const std::lock_guard lock(mutex_);
    auto& followed = boards_[board];
    followed.identity = build_identity(rules);
    followed.stale = live.generation != 0 && live.identity != followed.identity;
    followed.position = live.position;
    const auto generation = live.generation == 0 ? Generation{1} : live.generation;
    followed.folder = std::make_unique<GenerationFolder>(log_, store_, rules, board, generation, live.position);
    notified_ = true;
  }
  work_.notify_one();
}

void Projector::notify() {
  bool enough = false;
  {
    const std::lock_guard lock(mutex_);
    notified_ = true;
    enough = worth_starting();
  }
  work_.notify_one();
  if (enough) urgent_.notify_one();
}

void Projector::rest(BoardNumber board) {
  const std::lock_guard lock(mutex_);
  const auto found = boards_.find(board);
  if (found != boards_.end()) found->second.rests_until = std::chrono::steady_clock::now() + kRest;
}

Position Projector::position(BoardNumber board) const {
  const std::lock_guard lock(mutex_);
  const auto found = boards_.find(board);
  return found == boards_.end() ? 0 : found->second.position;
}

Result<> Projector::wait_for(BoardNumber board, Position position, std::chrono::milliseconds timeout) const {
  std::unique_lock lock(mutex_);
  const auto found = boards_.find(board);
  if (found == boards_.end()) return failure(Code::kUnknown, "the board is not followed");
  const auto& followed = found->second;
  const auto reached = [&] { return followed.position >= position || followed.failed || stopping_; };
  ++waiting_;
  if (!reached()) urgent_.notify_one();
  const bool done = progress_.wait_for(lock, timeout, reached);
  --waiting_;
  if (followed.failed) return *followed.failed;
  if (done && followed.position >= position) return {};
  return failure(Code::kBusy, "the projections have not caught up: " + std::to_string(position - followed.position) +
                                  " events behind");
}

Result<Projector::TakenOver> Projector::take_over(std::unique_ptr<GenerationFolder> fresh, bool compare) {
  std::future<Result<TakenOver>> future;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return failure(Code::kBusy, "stopping");
    take_overs_.push_back({std::move(fresh), compare, {}});
    future = take_overs_.back().done.get_future();
    notified_ = true;
  }
  work_.notify_one();
  urgent_.notify_one();
  return future.get();
}

void Projector::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto woken = [this] { return stopping_ || notified_; };
    if (!wakes_at_) {
      work_.wait(lock, woken);
    } else {
      work_.wait_until(lock, *wakes_at_, woken);
    }
    urgent_.wait_for(lock, kGatherTime,
                     [this] { return stopping_ || waiting_ > 0 || !take_overs_.empty() || worth_starting(); });
    notified_ = false;
    while (!take_overs_.empty()) {
      auto take_over = std::move(take_overs_.front());
      take_overs_.pop_front();
      lock.unlock();
      take_over.done.set_value(switch_to(std::move(take_over.fresh), take_over.compare));
      lock.lock();
    }
    if (stopping_) return;
    const auto boards = not_resting();
    lock.unlock();
    bool more = false;
    for (const auto& [number, followed] : boards) more = advance_one(number, *followed) || more;
    lock.lock();
    notified_ = notified_ || more;
  }
}

// Map nodes stay where they are.
std::vector<std::pair<BoardNumber, Projector::Followed*>> Projector::not_resting() {
  std::vector<std::pair<BoardNumber, Followed*>> boards;
  const auto now = std::chrono::steady_clock::now();
  wakes_at_.reset();
  for (auto& [number, followed] : boards_) {
    if (waiting_ > 0 || followed.rests_until <= now) {
      boards.emplace_back(number, &followed);
    } else if (followed.position < log_.head(number)) {
      wakes_at_ = std::min(wakes_at_.value_or(followed.rests_until), followed.rests_until);
    }
  }
  return boards;
}

bool Projector::worth_starting() const {
  std::size_t behind = 0;
  for (const auto& [number, followed] : boards_)
    behind += log_.head(number) - std::min(log_.head(number), followed.position);
  return behind >= kGatherEvents;
}

// True where the board has more to fold.
bool Projector::advance_one(BoardNumber board, Followed& followed) {
  if (followed.stale || followed.failed || followed.folder->position() >= log_.head(board)) return false;
  const LiveGeneration live{followed.folder->generation(), 0, followed.identity};
  const auto position = followed.folder->advance(kBatchEvents, log_.head(board), &live);
  if (!position) {
    spdlog::error("projections of board {} have stopped: {} {}", board, position.error().message,
                  position.error().where);
    const std::lock_guard lock(mutex_);
    followed.failed = position.error();
    progress_.notify_all();
    return false;
  }
  reached(board, followed, *position);
  flush_if_due(*followed.folder);
  return *position < log_.head(board);
}

void Projector::reached(BoardNumber board, Followed& followed, Position position) {
  log_.projected(board, position);
  const std::lock_guard lock(mutex_);
  followed.position = position;
  progress_.notify_all();
}

void Projector::flush_if_due(GenerationFolder& folder) {
  unflushed_bytes_ += folder.take_folded_bytes();
  if (unflushed_bytes_ < kFlushEveryBytes) return;
  unflushed_bytes_ = 0;
  if (const auto flushed = store_.flush(false); !flushed) spdlog::warn("{}", flushed.error().message);
}

Result<Projector::TakenOver> Projector::switch_to(std::unique_ptr<GenerationFolder> fresh, bool compare) {
  Followed* followed = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto found = boards_.find(fresh->board());
    CHECK(found != boards_.end());
    followed = &found->second;
  }
  const auto board = fresh->board();
  const LiveGeneration identity{fresh->generation(), 0, build_identity(fresh->rules())};
  const auto behind = [&] { return log_.head(board) - followed->folder->position(); };
  const auto worth_comparing = [&] { return compare && !followed->stale && !followed->failed; };
  compare = worth_comparing() && behind() <= kWorthComparing;
  while (worth_comparing() && behind() > 0) advance_one(board, *followed);
  compare = worth_comparing();
  // Both stop at the same position, so that what was live and what takes over can be compared.
  auto old = store_.live(board);
  const auto goal = compare ? old.position : log_.head(board);
  while (fresh->position() < goal) MINNE_TRY_VOID(fresh->advance(kBatchEvents, goal, nullptr));
  MINNE_TRY_VOID(fresh->advance(0, goal, &identity));
  const auto position = fresh->position();
  TakenOver taken{std::move(old), store_.view(board), compare};  // now: this thread goes on with new events
  {
    const std::lock_guard lock(mutex_);
    followed->folder = std::move(fresh);
    followed->identity = identity.identity;
    followed->stale = false;
    followed->failed.reset();
  }
  reached(board, *followed, position);
  return taken;
}

}  // namespace minne
