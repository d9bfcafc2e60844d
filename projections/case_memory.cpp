#include "projections/append_attempt.h"

#include "events/check.h"
#include "projections/queries.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

namespace minne {
namespace {

Result<int> lock_directory(const std::filesystem::path& directory) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return failure(Code::kInternal, "cannot make " + directory.string() + ": " + failed.message());
  const int fd = ::open((directory / "LOCK").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return failure(Code::kInternal, "cannot open the lock of " + directory.string());
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  ::close(fd);
  return failure(Code::kConflict, "another process has " + directory.string());
}

}  // namespace

CaseMemory::CaseMemory(MemoryOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

Result<std::unique_ptr<CaseMemory>> CaseMemory::open(MemoryOptions options, const Clock& clock) {
  std::unique_ptr<CaseMemory> memory{new CaseMemory(std::move(options), clock)};
  MINNE_TRY_VOID(memory->start());
  return memory;
}

Result<> CaseMemory::start() {
  MINNE_TRY(lock_fd_, lock_directory(options_.directory));
  MINNE_TRY(rules_, RulesInForce::read({std::move(options_.more_rules), std::move(options_.more_codes)}));
  options_.log.directory = options_.directory;
  options_.log.on_commit = [this](BoardNumber) {
    if (projector_) projector_->notify();
  };
  MINNE_TRY(log_, EventLog::open(options_.log, clock_));
  options_.store.directory = options_.directory / "derived";
  options_.store.discard_if_damaged = !options_.verify_only;
  if (!options_.verify_only) {
    healer_ = std::make_unique<Healer>([this](BoardNumber board) { return heal(board); },
                                       [this](BoardNumber board) { return renew(board); });
    options_.store.on_damage = [this](BoardNumber board) { healer_->damaged(board); };
  }
  auto store = DerivedStore::open(options_.store);
  if (!store && options_.verify_only && store.error().code == Code::kDamaged) {
    open_faults_.push_back({0, 0, 0, "derived", store.error().message});
    return {};
  }
  if (!store) return store.error();
  store_ = std::move(*store);
  retrier_ = std::make_unique<Retrier>(*this);
  projector_ = std::make_unique<Projector>(*log_, *store_);
  for (const auto& board : log_->boards()) {
    const auto live = store_->live(board.number);
    MINNE_TRY_VOID(log_->load_tail(board.number, live.position));
    if (options_.verify_only) continue;
    MINNE_TRY_VOID(store_->drop_leftovers(board.number, std::nullopt));
    projector_->follow(board.number, rules());
    if (live.generation != 0 && live.identity != build_identity(rules())) {
      spdlog::info("board {}: rules or components have changed, rebuilding", board.name);
      RebuildOptions rebuild_options;
      rebuild_options.compare = false;
      MINNE_TRY_VOID(rebuild(board.number, rebuild_options));
    }
  }
  return {};
}

CaseMemory::~CaseMemory() {
  // What was taken in is committed and answered first; then projections follow to the end; then the databases close.
  stopping_ = true;
  if (log_) log_->stop();
  retrier_.reset();
  if (healer_) healer_->stop();
  if (log_ && projector_ && !options_.verify_only) {
    for (const auto& board : log_->boards()) {
      if (const auto reached = projector_->wait_for(board.number, log_->head(board.number), kReadWait); !reached) {
        spdlog::warn("stopping before the projections have caught up");
      }
    }
  }
  if (projector_) {
    projector_.reset();
    if (!options_.verify_only) {
      if (const auto flushed = store_->flush(); !flushed) spdlog::warn("{}", flushed.error().message);
    }
  }
  log_.reset();
  store_.reset();
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

Result<BoardRecord> CaseMemory::create_board(BoardRecord wanted) {
  const std::lock_guard lock(boards_mutex_);
  MINNE_TRY(auto board, log_->create_board(std::move(wanted)));
  projector_->follow(board.number, rules());
  return board;
}

std::vector<BoardRecord> CaseMemory::boards() const {
  auto out = log_->boards();
  std::erase_if(out, is_access_log);
  return out;
}

Digest CaseMemory::subject_token(const BoardRecord& board, std::string_view normalised_number) {
  return hmac_sha256({reinterpret_cast<const std::uint8_t*>(board.lookup_key.data()), board.lookup_key.size()},
                     normalised_number);
}

Result<View> CaseMemory::board_view(BoardNumber board, Consistency consistency) const {
  if (consistency == Consistency::kStrong) MINNE_TRY_VOID(projector_->wait_for(board, log_->head(board), kReadWait));
  return store_->view(board);
}

Result<View> CaseMemory::case_view(BoardNumber board, const Id& case_id, Consistency consistency) const {
  if (consistency == Consistency::kStrong) {
    const auto seen = log_->tail(board).look(case_id);
    if (!seen.entries.empty()) MINNE_TRY_VOID(projector_->wait_for(board, seen.entries.back().position, kReadWait));
  }
  return store_->view(board);
}

Result<> CaseMemory::heal(BoardNumber board) {
  RebuildOptions options;
  options.compare = false;
  options.cancelled = &stopping_;
  const std::lock_guard lock(rebuild_mutex_);  // one that runs may have healed it; one more does no harm
  const auto rebuilt = rebuild_locked(board, options);
  return rebuilt ? Result<>{} : Result<>{rebuilt.error()};
}

Result<> CaseMemory::renew(BoardNumber board) {
  RebuildOptions options;
  options.compare = false;
  options.cancelled = &stopping_;
  const std::lock_guard lock(rebuild_mutex_);
  if (store_->live(board).identity == build_identity(rules())) return {};
  spdlog::info("board {}: rules have changed, rebuilding", board);
  const auto rebuilt = rebuild_locked(board, options);
  return rebuilt ? Result<>{} : Result<>{rebuilt.error()};
}

Result<CaseMemory::Reloaded> CaseMemory::reload(OwnFiles files) {
  if (!healer_) return failure(Code::kConflict, "the memory was opened to be verified only");
  const std::lock_guard lock(boards_mutex_);
  const auto before = build_identity(rules());
  Reloaded out;
  MINNE_TRY(out.changed, rules_->read_again(std::move(files)));
  if (!out.changed || build_identity(rules()) == before) return out;
  for (const auto& board : log_->boards()) {
    healer_->outdated(board.number);
    if (!is_access_log(board)) out.rebuilding.push_back(board.name);
  }
  return out;
}

Result<std::unique_ptr<FoldedEntries>> CaseMemory::entries_at(BoardNumber board, Position position,
                                                              const std::set<Space>& spaces) const {
  const std::unique_lock lock(folding_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return failure(Code::kBusy, "another answer about an earlier position is being made");
  const auto view = store_->view(board);
  const auto corrected = corrected_cases(view);
  return FoldedEntries::fold({.log = *log_,
                              .rules = rules(view),
                              .board = board,
                              .until = position,
                              .memory_bytes = kRebuildMemory,
                              .cancelled = &stopping_,
                              .progress = {},
                              .writes = false,
                              .corrected = &corrected},
                             spaces);
}

Result<RebuildReport> CaseMemory::rebuild(BoardNumber board, const RebuildOptions& options) {
  const std::unique_lock lock(rebuild_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return failure(Code::kConflict, "a rebuild is running");
  return rebuild_locked(board, options);
}

// By the rules that are newest now: what is read meanwhile comes to renew().
Result<RebuildReport> CaseMemory::rebuild_locked(BoardNumber board, const RebuildOptions& options) {
  return minne::rebuild(*log_, *store_, rules(), *projector_, board, options);
}

}  // namespace minne
