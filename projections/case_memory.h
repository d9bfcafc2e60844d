// The case memory: log, projections and decide behind one door. What the server and the commands talk to.
//
//   auto memory = CaseMemory::open({.directory = "minne-data"}, clock);
//   memory->append(command, [](Result<AppendOutcome> outcome) { … });
//   auto view = memory->board_view(board, Consistency::kStrong);
//
// An append is decided on the caller's thread against the case as it stands, then committed at the very versions that
// the decision saw; where a case has moved meanwhile and any version is welcome, it is decided again, at most five
// times. Reads see every event acknowledged before them. Thread-safe; one per data directory, which it locks.
#pragma once

#include "core/event_log.h"
#include "projections/decide.h"
#include "projections/entry_source.h"
#include "projections/head_cache.h"
#include "projections/healer.h"
#include "projections/projector.h"
#include "projections/rebuilder.h"
#include "projections/rules_in_force.h"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace minne {

inline constexpr std::uint64_t kMaxLag = 200'000;        // events behind, past which appends are pushed back
inline constexpr std::uint64_t kMaxBulkLag = 1'000'000;  // past which a bulk append waits for a rebuild
inline constexpr int kMaxDecisions = 5;
inline constexpr std::chrono::milliseconds kReadWait{10'000};

enum class Expect : std::uint8_t { kAny, kNew, kVersion };

struct CaseExpectation {
  Id case_id;
  Expect expect = Expect::kAny;
  Version version = 0;  // kVersion
  std::string pointer;  // of the expectation in the request
};

struct AppendItem {
  EncodedEvent event;
  std::uint32_t which = 0;  // index into AppendCommand::cases
  Instant recorded_at{};    // boards with a supplied clock
  std::string pointer;      // of the event in the request
};

struct AppendCommand {
  BoardNumber board = 0;
  std::vector<CaseExpectation> cases;
  std::vector<AppendItem> events;
  bool foreign = false;     // a log of another system, or made by us: not judged, and never pushed back
  bool deferred = false;    // part of a load that ends with a rebuild: the projections need not follow it
  bool skip_known = false;  // known events with the same content are passed over instead of refused beside new ones
};

struct AppendOutcome {
  struct Line {
    Id case_id;
    Id event;
    Position position = 0;
    Version version = 0;
    bool repeated = false;
  };
  std::vector<Line> events;
  Position position = 0;  // of the last of them
  std::size_t appended = 0;
};

enum class Consistency : std::uint8_t { kStrong, kEventual };

struct MemoryOptions {
  std::filesystem::path directory;
  LogOptions log;  // directory and on_commit are filled in
  StoreOptions store;
  std::vector<RuleFile> more_rules{};
  std::vector<CodeFile> more_codes{};
  std::uint64_t max_bulk_lag = kMaxBulkLag;
  bool verify_only = false;  // leaves damaged derived data as it is, for verify() to name
};

class CaseMemory {
 public:
  using Done = std::function<void(Result<AppendOutcome>)>;

  // kConflict: another process has the directory. kDamaged: the log cannot be trusted.
  [[nodiscard]] static Result<std::unique_ptr<CaseMemory>> open(MemoryOptions options, const Clock& clock);
  ~CaseMemory();
  CaseMemory(const CaseMemory&) = delete;
  CaseMemory& operator=(const CaseMemory&) = delete;

  [[nodiscard]] Result<BoardRecord> create_board(BoardRecord wanted);
  [[nodiscard]] Result<BoardRecord> find_board(std::string_view name) const { return log_->find_board(name); }
  // Without their access logs.
  [[nodiscard]] std::vector<BoardRecord> boards() const;

  // `done` is called once, on any thread, and must be quick.
  void append(AppendCommand command, Done done);
  [[nodiscard]] Result<AppendOutcome> append_and_wait(AppendCommand command);

  // Waits, up to kReadWait, for what was acknowledged before; kBusy past it.
  [[nodiscard]] Result<View> board_view(BoardNumber board, Consistency consistency) const;
  [[nodiscard]] Result<View> case_view(BoardNumber board, const Id& case_id, Consistency consistency) const;

  // Some indexes and tallies as the log stood at a position. One at a time (kBusy), for each reads the whole log.
  [[nodiscard]] Result<std::unique_ptr<FoldedEntries>> entries_at(BoardNumber board, Position position,
                                                                  const std::set<Space>& spaces) const;

  [[nodiscard]] Result<RebuildReport> rebuild(BoardNumber board, const RebuildOptions& options);
  // Takes in changed rules and codes. A fault refuses them whole and leaves those in force: kInvalid with file:line.
  // Codes hold at once; the named boards, whose rows the change concerns, are rebuilt in the background, and until then
  // are read and written by the rules that they had.
  struct Reloaded {
    bool changed = false;
    std::vector<std::string> rebuilding{};
  };
  [[nodiscard]] Result<Reloaded> reload(OwnFiles files);
  // Walks everything; calls `report` for each fault. False in `sound` where there was one.
  struct BoardCheck {
    BoardRecord board;
    std::uint64_t events = 0;
    std::uint64_t cases = 0;
    std::uint64_t pages = 0;
    Position position = 0;
  };
  [[nodiscard]] Result<std::vector<BoardCheck>> verify(const std::function<void(Fault)>& report) const;

  [[nodiscard]] const EventLog& log() const { return *log_; }
  [[nodiscard]] EventLog& log() { return *log_; }
  // The rules that were read last, and those that made the rows which a view sees: another table while a board is
  // rebuilt after reload(). Both stay good while the memory is open.
  [[nodiscard]] const DeadlineRules& rules() const { return rules_->newest(); }
  [[nodiscard]] const DeadlineRules& rules(const View& view) const { return rules_->of(view.live().identity); }
  [[nodiscard]] Position projected(BoardNumber board) const { return projector_ ? projector_->position(board) : 0; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  // HMAC of a normalised number under the board's key.
  [[nodiscard]] static Digest subject_token(const BoardRecord& board, std::string_view normalised_number);

 private:
  void append(AppendCommand command, Done done, EventLog::CommitOn commit_on);
  struct Attempt;
  struct Head;
  class Retrier;

  CaseMemory(MemoryOptions options, const Clock& clock);
  [[nodiscard]] Result<> start();
  [[nodiscard]] Result<> heal(BoardNumber board);
  [[nodiscard]] Result<> renew(BoardNumber board);
  [[nodiscard]] Result<RebuildReport> rebuild_locked(BoardNumber board, const RebuildOptions& options);
  [[nodiscard]] Result<> verify_rows(BoardNumber board, const std::function<void(Fault)>& report) const;
  void attempt(std::shared_ptr<Attempt> attempt);
  [[nodiscard]] Result<> push_back(const AppendCommand& command);
  void fetch_ahead(const AppendCommand& command) const;
  [[nodiscard]] Result<bool> prepare(const std::shared_ptr<Attempt>& shared, AppendRequest& request);
  [[nodiscard]] Result<Head> find_head(BoardNumber board, const Id& case_id, std::optional<View>& view) const;
  [[nodiscard]] Result<std::optional<StoredEvent>> find_known(BoardNumber board, const Head& head,
                                                              const Id& event) const;
  [[nodiscard]] Result<> sort_out_known(Attempt& attempt, const std::vector<Head>& heads);
  [[nodiscard]] Result<> check_expectations(const AppendCommand& command, const std::vector<Head>& heads) const;
  [[nodiscard]] Result<> judge(Attempt& attempt, std::vector<Head>& heads) const;
  [[nodiscard]] Result<> end_assignments(Attempt& attempt) const;
  [[nodiscard]] Result<bool> has_left(Attempt& attempt, std::string_view worker, const std::vector<Head>& heads) const;
  void go_on(std::shared_ptr<Attempt> attempt, std::vector<AppendOutcome::Line> lines);
  [[nodiscard]] Result<> walk_log(const BoardRecord& board, BoardCheck& check,
                                  const std::function<void(Fault)>& report) const;

  MemoryOptions options_;
  const Clock& clock_;
  int lock_fd_ = -1;
  std::unique_ptr<RulesInForce> rules_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<DerivedStore> store_;
  std::unique_ptr<Projector> projector_;
  std::unique_ptr<HeadCache> heads_ = std::make_unique<HeadCache>();
  std::unique_ptr<Retrier> retrier_;
  std::unique_ptr<Healer> healer_;
  std::atomic<bool> stopping_ = false;
  std::mutex boards_mutex_;  // a board is made by the rules that were read last, or hears of them
  std::mutex rebuild_mutex_;
  mutable std::mutex folding_mutex_;  // of entries_at
  std::vector<Fault> open_faults_;    // verify_only: why derived/ could not be opened
};

}  // namespace minne
