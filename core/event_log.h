// The log: the only truth. Boards, and for each an endless sequence of events in positions without gaps.
//
//   auto log = EventLog::open(options, clock);
//   auto board = log->create_board({.name = "norr"});
//   log->append({.board = board->number, .seen_position = …, .streams = {{case_id, 3}}, .events = {…}}, done);
//
// One committer thread drains a bounded queue: it compares the versions that each decision saw with the heads, assigns
// positions, builds pages, makes one synced write for all that arrived meanwhile, publishes, and calls `done`. It reads
// no disk. Everything else is safe on any thread. An engine error is fatal (LogOptions::on_fatal).
#pragma once

#include "core/clock.h"
#include "core/engine.h"
#include "core/rocksdb_engine.h"
#include "core/tail.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <thread>

namespace minne {

inline constexpr std::size_t kMaxAppendEvents = 10'000;
inline constexpr std::size_t kMaxAppendBytes = 16UL << 20;
inline constexpr std::size_t kMaxBoards = 4096;
inline constexpr std::size_t kMaxQueuedEvents = 40'000;
inline constexpr std::size_t kMaxQueuedBytes = 64UL << 20;
inline constexpr std::uint64_t kFreeSpaceReserve = 512UL << 20;

struct LogOptions {
  std::filesystem::path directory;  // holds log/ and heads.note
  EngineOptions engine;
  std::uint64_t reserve_bytes = kFreeSpaceReserve;
  std::function<std::uint64_t()> free_bytes;         // default: of the file system that holds the directory
  std::function<void(const std::string&)> on_fatal;  // default: log and abort
  std::function<void(BoardNumber)> on_commit;        // after each commit, on the committer thread
};

struct StreamHead {
  Id stream;
  Version seen = 0;  // the version that the decision saw; 0: the stream does not exist
};

struct NewEvent {
  std::shared_ptr<const EncodedEvent> event;
  std::uint32_t stream = 0;  // index into AppendRequest::streams
  std::uint32_t crc = 0;     // of event.bytes, made on the caller's thread
  Instant recorded_at{};     // boards with a supplied clock only
};

struct AppendRequest {
  BoardNumber board = 0;
  Position seen_position = 0;  // the log's head before the streams were looked up
  std::vector<StreamHead> streams;
  std::vector<Id> claims;        // names that no stream may have claimed yet, e.g. of a subject token
  std::vector<Id> marks;         // names put beside the claims for others to run into; never refused themselves
  std::vector<NewEvent> events;  // of all streams, in the order they get positions
};

struct Appended {
  Position first = 0;             // event i stands at first + i
  std::vector<Version> versions;  // of each event
  Instant recorded_at{};
};

// Makes a NewEvent, with its checksum. Whoever may have to append the event again shares it instead of copying it.
[[nodiscard]] NewEvent new_event(std::shared_ptr<const EncodedEvent> event, std::uint32_t stream,
                                 Instant recorded_at = {});
[[nodiscard]] NewEvent new_event(EncodedEvent event, std::uint32_t stream, Instant recorded_at = {});

struct StoredEvent {
  Position position = 0;
  Version version = 0;
  Instant recorded_at{};
  EncodedEvent event;
};

class EventLog {
 public:
  using Done = std::function<void(Result<Appended>)>;

  // kDamaged where a log ends before its noted head, or cannot be read. Call load_tail for each board before appending.
  [[nodiscard]] static Result<std::unique_ptr<EventLog>> open(LogOptions options, const Clock& clock);
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  ~EventLog();  // stop(), then flushes
  // Commits what is queued and ends the committer. Later appends are answered kBusy; reads go on.
  void stop();

  // kConflict where the name is taken, kNoSpace below the reserve; the number is never given again.
  [[nodiscard]] Result<BoardRecord> create_board(BoardRecord wanted);
  [[nodiscard]] Result<BoardRecord> find_board(std::string_view name) const;
  [[nodiscard]] std::vector<BoardRecord> boards() const;

  // Fills the board's tail from the first position that projections have not reached.
  [[nodiscard]] Result<> load_tail(BoardNumber board, Position projected);

  // `done` is called exactly once, on the thread that commits or, for a refusal, on the caller's. kConflict: a stream
  // has moved (details.current_version, details.case) or a claim is taken; kBusy: the queue is full, or the decision is
  // too old to be checked (details.decide_again); kNoSpace; kClock; kTooLarge.
  //
  // kHere is for a caller that will wait for `done` and holds no lock: where nobody is committing, it commits itself,
  // what others have queued too. Two switches between threads cost as much as encoding a batch.
  enum class CommitOn : std::uint8_t { kCommitter, kHere };
  void append(AppendRequest request, Done done, CommitOn where = CommitOn::kCommitter);
  [[nodiscard]] Result<Appended> append_and_wait(AppendRequest request);

  [[nodiscard]] Position head(BoardNumber board) const { return tail(board).head(); }
  [[nodiscard]] const Tail& tail(BoardNumber board) const;
  void projected(BoardNumber board, Position position);

  [[nodiscard]] std::unique_ptr<PageCursor> read(BoardNumber board, Position from, ReadFor purpose) const;
  // The events at ascending positions; with their sealed parts, which folds never read, where asked for.
  enum class Sealed : std::uint8_t { kWith, kWithout };
  [[nodiscard]] Result<std::vector<StoredEvent>> read_events(BoardNumber board, const std::vector<Position>& positions,
                                                             Sealed sealed = Sealed::kWith) const;

  [[nodiscard]] LogEngine& engine() { return *engine_; }
  [[nodiscard]] const LogEngine& engine() const { return *engine_; }
  [[nodiscard]] std::uint64_t free_bytes() const { return options_.free_bytes(); }
  [[nodiscard]] std::uint64_t reserve_bytes() const { return options_.reserve_bytes; }

 private:
  struct Pending {
    AppendRequest request;
    Done done;
    std::size_t bytes = 0;
  };
  struct SmallPage {
    Position first = 0;
    std::uint32_t count = 0;
    std::size_t bytes = 0;
  };
  // What whoever commits knows of a board.
  struct Board {
    BoardRecord record;
    Tail tail;
    Instant last_recorded{};
    std::vector<SmallPage> small;  // neighbours at the end of the log, to be packed
  };
  struct Commit;

  EventLog(LogOptions options, const Clock& clock, std::unique_ptr<LogEngine> engine, class HeadNote note);
  [[nodiscard]] Result<> load_boards();
  [[nodiscard]] Result<> load_board(const BoardRecord& record);
  [[nodiscard]] Board& board_of(BoardNumber number) const;

  void run();
  void commit_queued();
  std::vector<Pending> take();
  void commit(std::vector<Pending> batch);
  [[nodiscard]] Result<> accept(const AppendRequest& request, Commit& commit, Instant now);
  [[nodiscard]] Result<> enqueue(AppendRequest& request, Done& done, std::size_t bytes);
  [[nodiscard]] Result<> check_clock(Board& board, const AppendRequest& request, const Commit& commit, Instant now);
  void anchor();
  [[nodiscard]] Result<> check_heads(Board& board, const AppendRequest& request, const Commit& commit) const;
  void pack_all();
  [[nodiscard]] Result<> pack(Board& board);
  [[nodiscard]] bool fatal(const Error& error);

  LogOptions options_;
  const Clock& clock_;
  std::unique_ptr<LogEngine> engine_;
  std::unique_ptr<HeadNote> note_;
  Instant latest_recorded_{};  // on any board, when the log was opened
  bool anchored_ = false;      // whether the clock has been right since; under commit_mutex_, like the two below
  Instant anchor_wall_;
  std::chrono::microseconds anchor_monotonic_{};

  mutable std::shared_mutex boards_mutex_;
  std::map<BoardNumber, std::unique_ptr<Board>> boards_;

  std::mutex queue_mutex_;
  std::condition_variable queue_filled_;
  std::deque<Pending> queue_;
  std::size_t queued_events_ = 0;
  std::size_t queued_bytes_ = 0;
  bool stopping_ = false;
  std::mutex commit_mutex_;  // held by the one that takes from the queue and commits; taken before queue_mutex_
  std::thread committer_;
};

}  // namespace minne
