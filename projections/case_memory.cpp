#include "projections/case_memory.h"

#include "core/keys.h"
#include "events/check.h"
#include "events/stream_ids.h"
#include "projections/queries.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <map>
#include <set>

namespace minne {
namespace {

// Two cases opened at once for one person: both claim this name, and only one gets it.
Id claim_of(std::string_view token) {
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(token.data()), token.size()});
  return id_v8(digest);
}

std::string_view token_in(const Event& event) {
  if (const auto* corrected = event.body_as_EventCorrected();
      corrected != nullptr && corrected->replacement() != nullptr) {
    return token_in(*corrected->replacement());
  }
  if (const auto* refiled = event.body_as_EventRefiled(); refiled != nullptr && refiled->original() != nullptr) {
    return token_in(*refiled->original());
  }
  const flatbuffers::Vector<std::uint8_t>* token = nullptr;
  if (const auto* opened = event.body_as_CaseOpened(); opened != nullptr) token = opened->subject_token();
  if (const auto* linked = event.body_as_ChildIdentityLinked(); linked != nullptr) token = linked->subject_token();
  if (token == nullptr) return {};
  return {reinterpret_cast<const char*>(token->data()), token->size()};
}

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

// A worker's assignments: whoever makes one leaves this name behind, and whoever ends them all must not run into it.
Id claim_of_assignments(std::string_view worker) { return claim_of("assignments of " + std::string{worker}); }

// AssignmentEnded, as written into the case of a worker who leaves. The id follows from what it answers to: the event
// at `from` of the case, which made the assignment.
EncodedEvent assignment_ended(const Event& left, const Id& case_id, const Id& matter, std::string_view worker,
                              Version from) {
  const auto cause = id_of(left.id());
  events::EventT event;
  const auto name = to_text(case_id) + "/" + to_text(matter) + "/" + std::string{worker} + "/" + std::to_string(from);
  event.id = std::make_unique<events::Uuid>(to_uuid(id_v5(cause, name)));
  event.case_id = std::make_unique<events::Uuid>(to_uuid(case_id));
  if (!matter.is_nil()) event.matter_id = std::make_unique<events::Uuid>(to_uuid(matter));
  event.occurred_at = left.occurred_at();
  event.occurred_precision = left.occurred_precision();
  if (left.actor() != nullptr) event.actor.reset(left.actor()->UnPack());
  event.causation_id = std::make_unique<events::Uuid>(to_uuid(cause));
  events::AssignmentEndedT body;
  body.worker = worker;
  body.reason = "staff_left";
  event.body.Set(std::move(body));
  flatbuffers::FlatBufferBuilder builder;
  builder.FinishSizePrefixed(Event::Pack(builder, &event), events::EventIdentifier());
  return {{reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()}, {}};
}

}  // namespace

// What is known of a case before an append: its version, and which ids it holds.
struct CaseMemory::Head {
  Version version = 0;
  Position seen = 0;                // the log's head when this was looked up
  Position last_position = 0;       // of the case's last event
  std::vector<Position> positions;  // by version, from `first`
  std::vector<std::uint32_t> fingerprints;
};

struct CaseMemory::Attempt {
  AppendCommand command;
  Done done;
  EventLog::CommitOn commit_on = EventLog::CommitOn::kCommitter;
  // What appends wait for each other by, once one of them has to be decided again: their cases, and a worker who
  // leaves.
  std::vector<Id> holds;
  std::vector<Id> waits_for;
  int decisions = 0;
  AppendOutcome known;                       // lines of events that were there already
  std::vector<std::size_t> fresh;            // indexes of events to append
  std::vector<AppendItem> added;             // written by decide, after the others of their append
  std::vector<CaseExpectation> added_cases;  // beside those of the command
  std::vector<StreamHead> relied_on;         // streams of workers that the decision has read
  std::vector<Id> marks;                     // of workers whom the append assigns
  bool in_parts = false;                     // of assignments to end: this append ends the first, the event comes later
  std::vector<AppendOutcome::Line> parts;    // lines of the appends before
  std::shared_ptr<std::promise<bool>> settled;  // set by the retrier, which waits: true where it must be decided again

  [[nodiscard]] const Id& case_at(std::size_t which) const {
    return which < command.cases.size() ? command.cases[which].case_id
                                        : added_cases[which - command.cases.size()].case_id;
  }
  void answer(Result<AppendOutcome> outcome) {
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

CaseMemory::CaseMemory(MemoryOptions options, const Clock& clock) : options_(std::move(options)), clock_(clock) {}

Result<std::unique_ptr<CaseMemory>> CaseMemory::open(MemoryOptions options, const Clock& clock) {
  std::unique_ptr<CaseMemory> memory{new CaseMemory(std::move(options), clock)};
  MINNE_TRY_VOID(memory->start());
  return memory;
}

Result<> CaseMemory::start() {
  MINNE_TRY(lock_fd_, lock_directory(options_.directory));
  MINNE_TRY(rules_, DeadlineRules::built_in(options_.more_rules));
  options_.log.directory = options_.directory;
  options_.log.on_commit = [this](BoardNumber) {
    if (projector_) projector_->notify();
  };
  MINNE_TRY(log_, EventLog::open(options_.log, clock_));
  options_.store.directory = options_.directory / "derived";
  options_.store.discard_if_damaged = !options_.verify_only;
  auto store = DerivedStore::open(options_.store);
  if (!store && options_.verify_only && store.error().code == Code::kDamaged) {
    open_faults_.push_back({0, 0, 0, "derived", store.error().message});
    return {};
  }
  if (!store) return store.error();
  store_ = std::move(*store);
  retrier_ = std::make_unique<Retrier>(*this);
  projector_ = std::make_unique<Projector>(*log_, *store_, *rules_);
  for (const auto& board : log_->boards()) {
    const auto live = store_->live(board.number);
    MINNE_TRY_VOID(log_->load_tail(board.number, live.position));
    if (options_.verify_only) continue;
    MINNE_TRY_VOID(store_->drop_leftovers(board.number, std::nullopt));
    projector_->follow(board.number);
    if (live.generation != 0 && live.identity != build_identity(*rules_)) {
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
  MINNE_TRY(auto board, log_->create_board(std::move(wanted)));
  projector_->follow(board.number);
  return board;
}

Digest CaseMemory::subject_token(const BoardRecord& board, std::string_view normalised_number) {
  return hmac_sha256({reinterpret_cast<const std::uint8_t*>(board.lookup_key.data()), board.lookup_key.size()},
                     normalised_number);
}

// Assignments of a worker do not wait for each other, but for that worker's leaving, which they would else outrun.
void CaseMemory::name_what_it_needs(Attempt& attempt) {
  for (const auto& item : attempt.command.cases) attempt.holds.push_back(item.case_id);
  attempt.waits_for = attempt.holds;
  for (const auto& item : attempt.command.events) {
    const auto& event = event_in(item.event.bytes);
    if (const auto* left = event.body_as_StaffLeft(); left != nullptr) {
      attempt.holds.push_back(claim_of_assignments(text_of(left->worker())));
    } else if (const auto* assigned = event.body_as_CaseAssigned(); assigned != nullptr) {
      attempt.waits_for.push_back(claim_of_assignments(text_of(assigned->worker())));
    } else if (const auto* handed = event.body_as_CaseHandedOver(); handed != nullptr) {
      attempt.waits_for.push_back(claim_of_assignments(text_of(handed->to())));
    }
  }
}

void CaseMemory::append(AppendCommand command, Done done) {
  append(std::move(command), std::move(done), EventLog::CommitOn::kCommitter);
}

void CaseMemory::append(AppendCommand command, Done done, EventLog::CommitOn commit_on) {
  CHECK(!command.events.empty());
  auto attempt = std::make_shared<Attempt>();
  attempt->command = std::move(command);
  attempt->done = std::move(done);
  attempt->commit_on = commit_on;
  name_what_it_needs(*attempt);
  this->attempt(std::move(attempt));
}

Result<AppendOutcome> CaseMemory::append_and_wait(AppendCommand command) {
  std::promise<Result<AppendOutcome>> promise;
  auto future = promise.get_future();
  append(
      std::move(command), [&promise](Result<AppendOutcome> outcome) { promise.set_value(std::move(outcome)); },
      EventLog::CommitOn::kHere);
  return future.get();
}

void CaseMemory::attempt(std::shared_ptr<Attempt> attempt) {
  if (attempt->decisions == 0 && attempt->settled == nullptr && retrier_->wait_behind(attempt)) return;
  ++attempt->decisions;
  AppendRequest request;
  const auto prepared = prepare(*attempt, request);
  if (!prepared && prepared.error().details.contains("decide_again") && attempt->decisions < kMaxDecisions) {
    return this->attempt(std::move(attempt));
  }
  if (!prepared) return attempt->answer(prepared.error());
  if (!*prepared) return attempt->answer(std::move(attempt->known));  // every event was there already
  std::vector<AppendOutcome::Line> lines = attempt->known.events;
  lines.insert(lines.end(), attempt->parts.begin(), attempt->parts.end());
  const auto first_new = lines.size();
  for (const auto& event : request.events) {
    lines.push_back({request.streams[event.stream].stream, id_of(event_in(event.event.bytes).id()), 0, 0, false});
  }
  const auto commit_on =
      std::exchange(attempt->commit_on, EventLog::CommitOn::kCommitter);  // further ones: the retrier
  log_->append(
      std::move(request),
      [this, attempt, lines = std::move(lines), first_new](Result<Appended> appended) mutable {
        if (!appended) {
          const auto& error = appended.error();
          const bool moved = error.code == Code::kConflict || error.details.contains("decide_again");
          if (!moved || stopping_ || attempt->decisions >= kMaxDecisions) return attempt->answer(error);
          if (!attempt->settle(true)) retrier_->again(std::move(attempt));
          return;
        }
        for (std::size_t i = first_new; i < lines.size(); ++i) {
          lines[i].position = appended->first + (i - first_new);
          lines[i].version = appended->versions[i - first_new];
        }
        const auto count = lines.size() - first_new;
        attempt->answer(AppendOutcome{std::move(lines), appended->first + count - 1, count});
      },
      commit_on);
  log_->append(std::move(request),
               [this, attempt, lines = std::move(lines), first_new](Result<Appended> appended) mutable {
                 if (!appended) {
                   const auto& error = appended.error();
                   const bool moved = error.code == Code::kConflict || error.details.contains("decide_again");
                   if (!moved || stopping_ || attempt->decisions >= kMaxDecisions) return attempt->answer(error);
                   if (!attempt->settle(true)) retrier_->again(std::move(attempt));
                   return;
                 }
                 for (std::size_t i = first_new; i < lines.size(); ++i) {
                   lines[i].position = appended->first + (i - first_new);
                   lines[i].version = appended->versions[i - first_new];
                 }
                 if (attempt->in_parts) return go_on(std::move(attempt), std::move(lines));
                 const auto count = lines.size() - first_new + attempt->parts.size();
                 const auto lines_end = lines.back().position;
                 attempt->answer(AppendOutcome{std::move(lines), lines_end, count});
               });
}

// A worker who leaves more than one append can end: the next part is decided afresh, and what is left of it last.
void CaseMemory::go_on(std::shared_ptr<Attempt> attempt, std::vector<AppendOutcome::Line> lines) {
  if (stopping_) return attempt->answer(failure(Code::kBusy, "stopping before StaffLeft: send it again"));
  attempt->parts = std::move(lines);
  attempt->decisions = 0;
  if (!attempt->settle(true)) retrier_->again(std::move(attempt));
}

Result<> CaseMemory::push_back(const AppendCommand& command) const {
  const auto head = log_->head(command.board);
  const auto behind = head - std::min(head, projector_->position(command.board));
  if (command.foreign) {
    return behind <= kMaxBulkLag ? Result<>{}
                                 : projector_->wait_for(command.board, head - kMaxBulkLag / 2, std::chrono::minutes(5));
  }
  if (behind <= kMaxLag) return {};
  return failure(Code::kBusy, "the projections are " + std::to_string(behind) + " events behind");
}

// False where nothing is left to append.
Result<bool> CaseMemory::prepare(Attempt& attempt, AppendRequest& request) {
  const auto& command = attempt.command;
  MINNE_TRY_VOID(push_back(command));
  attempt.known = {};
  attempt.fresh.clear();
  attempt.added.clear();
  attempt.added_cases.clear();
  attempt.relied_on.clear();
  attempt.marks.clear();
  attempt.in_parts = false;
  std::vector<Head> heads;
  std::optional<View> view;
  std::set<Id> cases;
  for (const auto& expectation : command.cases) {
    if (!cases.insert(expectation.case_id).second) return invalid("the append lists a case twice", expectation.pointer);
    MINNE_TRY(Head head, find_head(command.board, expectation.case_id, view));
    heads.push_back(std::move(head));
  }
  MINNE_TRY_VOID(sort_out_known(attempt, heads));
  if (attempt.fresh.empty()) return false;
  MINNE_TRY_VOID(check_expectations(command, heads));
  if (!command.foreign) MINNE_TRY_VOID(judge(attempt, heads));

  request.board = command.board;
  request.seen_position = heads.front().seen;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    request.streams.push_back({attempt.case_at(i), heads[i].version});
    request.seen_position = std::min(request.seen_position, heads[i].seen);
  }
  request.streams.insert(request.streams.end(), attempt.relied_on.begin(), attempt.relied_on.end());
  request.marks = attempt.marks;
  // What decide added comes first: StaffLeft stands after the assignments that it ends.
  for (const auto& item : attempt.added) request.events.push_back(new_event(item.event, item.which, item.recorded_at));
  for (std::size_t index = 0; index < command.events.size(); ++index) {
    const auto& event = event_in(command.events[index].event.bytes);
    if (const auto* left = event.body_as_StaffLeft(); left != nullptr && !command.foreign) {
      request.claims.push_back(claim_of_assignments(text_of(left->worker())));
    }
  }
  for (const auto index : attempt.fresh) {
    const auto& item = command.events[index];
    request.events.push_back(new_event(item.event, item.which, item.recorded_at));
    if (const auto token = token_in(event_in(item.event.bytes)); !token.empty() && !command.foreign) {
      request.claims.push_back(claim_of(token));
    }
  }
  return true;
}

// The tail is asked first: a view taken after it holds everything that the tail has let go of. One view serves all
// cases of an append, and the tail of each is joined to it where the index ends.
Result<CaseMemory::Head> CaseMemory::find_head(BoardNumber board, const Id& case_id, std::optional<View>& view) const {
  const auto seen = log_->tail(board).look(case_id);
  Head head;
  head.seen = seen.head;
  const bool whole = !seen.entries.empty() && seen.entries.front().version == 1;
  if (!whole) {
    if (!view) view.emplace(store_->view(board));
    for (std::uint32_t chunk = 0;; ++chunk) {
      MINNE_TRY(const auto stored, view->get(kCaseIndex, chunk_key(case_id, chunk)));
      if (!stored) break;
      MINNE_TRY(const auto decoded, IndexChunk::decode(*stored));
      head.positions.insert(head.positions.end(), decoded.positions.begin(), decoded.positions.end());
      head.fingerprints.insert(head.fingerprints.end(), decoded.fingerprints.begin(), decoded.fingerprints.end());
      if (decoded.positions.size() < kChunkVersions) break;
    }
  }
  for (const auto& entry : seen.entries) {
    if (entry.version <= head.positions.size()) continue;
    if (entry.version != head.positions.size() + 1) {
      return failure(Code::kDamaged, "a case's index has a gap", "position " + std::to_string(entry.position));
    }
    head.positions.push_back(entry.position);
    head.fingerprints.push_back(entry.fingerprint);
  }
  head.version = static_cast<Version>(head.positions.size());
  head.last_position = head.positions.empty() ? 0 : head.positions.back();
  return head;
}

Result<std::optional<StoredEvent>> CaseMemory::find_known(BoardNumber board, const Head& head, const Id& event) const {
  const auto print = fingerprint(event);
  for (std::size_t i = 0; i < head.fingerprints.size(); ++i) {
    if (head.fingerprints[i] != print) continue;
    MINNE_TRY(auto stored, log_->read_events(board, {head.positions[i]}));
    if (id_of(event_in(stored.front().event.bytes).id()) == event) return std::optional{std::move(stored.front())};
  }
  return std::optional<StoredEvent>{};
}

// An id is unique within its case for ever: a repeat is answered as the first time, other content is refused.
Result<> CaseMemory::sort_out_known(Attempt& attempt, const std::vector<Head>& heads) {
  const auto& command = attempt.command;
  std::set<std::pair<std::uint32_t, Id>> in_this_append;
  for (std::size_t i = 0; i < command.events.size(); ++i) {
    const auto& item = command.events[i];
    const auto id = id_of(event_in(item.event.bytes).id());
    if (!in_this_append.insert({item.which, id}).second) {
      return failure(Code::kConflict, "two events of one append have the same id", item.pointer + "/id");
    }
    MINNE_TRY(const auto known, find_known(command.board, heads[item.which], id));
    if (!known) {
      attempt.fresh.push_back(i);
      continue;
    }
    if (known->event.bytes != item.event.bytes || known->event.sealed != item.event.sealed) {
      auto error =
          failure(Code::kConflict, "the case has an event of this id with other content", item.pointer + "/id");
      error.details["id"] = to_text(id);
      error.details["position"] = known->position;
      return error;
    }
    attempt.known.events.push_back({command.cases[item.which].case_id, id, known->position, known->version, true});
    attempt.known.position = std::max(attempt.known.position, known->position);
  }
  if (attempt.fresh.empty() || attempt.known.events.empty() || command.skip_known) return {};
  return failure(Code::kConflict, "some of these events are recorded and some are not: send the new ones alone",
                 command.events[attempt.fresh.front()].pointer + "/id");
}

Result<> CaseMemory::check_expectations(const AppendCommand& command, const std::vector<Head>& heads) const {
  for (std::size_t i = 0; i < command.cases.size(); ++i) {
    const auto& wanted = command.cases[i];
    const auto current = heads[i].version;
    const bool met =
        wanted.expect == Expect::kAny || (wanted.expect == Expect::kNew ? current == 0 : current == wanted.version);
    if (met) continue;
    auto error =
        failure(Code::kConflict,
                wanted.expect == Expect::kNew ? "the case exists already"
                                              : "the case has moved on: it is at version " + std::to_string(current),
                wanted.pointer);
    error.details["case"] = to_text(wanted.case_id);
    error.details["current_version"] = current;
    return error;
  }
  return {};
}

// Decides on the rows at the very versions that the heads say.
Result<> CaseMemory::judge(Attempt& attempt, std::vector<Head>& heads) const {
  MINNE_TRY_VOID(end_assignments(attempt));
  const auto& command = attempt.command;
  std::optional<View> heads_view;
  for (const auto& added : attempt.added_cases) {
    MINNE_TRY(Head head, find_head(command.board, added.case_id, heads_view));
    heads.push_back(std::move(head));
  }
  Position needed = 0;
  for (const auto& head : heads) needed = std::max(needed, head.last_position);
  // Whether a person has a case already is asked of the whole board: what the projections do not show yet, the log's
  // claims refuse, and those reach back only to what was seen here.
  const bool names_person = std::ranges::any_of(
      attempt.fresh, [&](auto index) { return !token_in(event_in(command.events[index].event.bytes)).empty(); });
  for (const auto& head : heads) needed = names_person ? std::max(needed, head.seen) : needed;
  MINNE_TRY_VOID(projector_->wait_for(command.board, needed, kReadWait));
  const auto view = store_->view(command.board);
  std::map<Id, CaseRow> rows;
  std::map<Id, const Head*> by_case;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const auto id = attempt.case_at(i);
    MINNE_TRY(CaseRow row, read_row(view, id));
    if (row.version != heads[i].version) {
      auto error = failure(Code::kConflict, "the case has moved on since it was read");
      error.details["decide_again"] = true;
      return error;
    }
    rows.emplace(id, std::move(row));
    by_case.emplace(id, &heads[i]);
  }
  std::vector<Proposed> proposed;
  for (const auto& item : attempt.added) {
    proposed.push_back({attempt.case_at(item.which), &item.event, item.pointer});
  }
  for (const auto index : attempt.fresh) {
    const auto& item = command.events[index];
    proposed.push_back({command.cases[item.which].case_id, &item.event, item.pointer});
  }
  const DecideContext context{*rules_,
                              heads.front().seen,
                              [&](const Id& case_id) -> Result<std::vector<StoredEvent>> {
                                return log_->read_events(command.board, by_case.at(case_id)->positions);
                              },
                              [&](const Id& case_id, Version version) {
                                const auto& head = *by_case.at(case_id);
                                return version <= head.version ? head.positions[version - 1] : heads.front().seen;
                              },
                              [&](std::string_view token, const Id& except) -> Result<std::optional<Id>> {
                                MINNE_TRY(const auto holder, find_subject(view, token));
                                return holder && *holder != except ? holder : std::optional<Id>{};
                              },
                              [&](std::string_view worker) { return has_left(attempt, worker, heads); }};
  return decide(context, rows, proposed);
}

// Whether a worker has left, as the worker's own stream has it. The append then commits only where that has not moved,
// and leaves a mark that StaffLeft runs into if it has looked for assignments before.
Result<bool> CaseMemory::has_left(Attempt& attempt, std::string_view worker, const std::vector<Head>& heads) const {
  const auto board = attempt.command.board;
  const auto boards = log_->boards();
  const auto record = std::ranges::find(boards, board, &BoardRecord::number);
  const auto stream = staff_stream_id(record == boards.end() ? std::string{} : record->name, worker);
  attempt.marks.push_back(claim_of_assignments(worker));
  std::optional<View> view;
  MINNE_TRY(const Head head, find_head(board, stream, view));
  bool listed = false;  // in the append itself, whose heads are compared anyway
  for (std::size_t i = 0; i < heads.size(); ++i) listed = listed || attempt.case_at(i) == stream;
  if (!listed) attempt.relied_on.push_back({stream, head.version});
  for (auto position = head.positions.rbegin(); position != head.positions.rend(); ++position) {
    MINNE_TRY(const auto stored, log_->read_events(board, {*position}, EventLog::Sealed::kWithout));
    const auto type = event_in(stored.front().event.bytes).body_type();
    if (type == Body::StaffLeft || type == Body::StaffJoined) return type == Body::StaffLeft;
  }
  return false;
}

// A worker who leaves: every case that the worker holds is told by the same append.
Result<> CaseMemory::end_assignments(Attempt& attempt) const {
  const auto& command = attempt.command;
  for (const auto index : attempt.fresh) {
    const auto& event = event_in(command.events[index].event.bytes);
    const auto* left = event.body_as_StaffLeft();
    if (left == nullptr) continue;
    MINNE_TRY(const auto view, board_view(command.board, Consistency::kStrong));
    MINNE_TRY(const auto held, assignments_of(view, text_of(left->worker())));
    std::set<Id> cases;
    for (const auto& assignment : held) cases.insert(assignment.case_id);
    for (const auto& case_id : cases) {
      if (attempt.added.size() > kMaxAppendEvents) break;
      std::size_t which = 0;  // a case may be in the command already
      const auto count = command.cases.size() + attempt.added_cases.size();
      while (which < count && attempt.case_at(which) != case_id) ++which;
      if (which == count) attempt.added_cases.push_back({case_id, Expect::kAny, 0, {}});
      MINNE_TRY(const CaseRow row, read_row(view, case_id));
      for (const auto& item : row.get<Assignments>().items) {
        if (item->ended_on || item->worker != text_of(left->worker())) continue;
        attempt.added.push_back({assignment_ended(event, case_id, item->matter, item->worker, item->from_version),
                                 static_cast<std::uint32_t>(which), command.events[index].recorded_at,
                                 command.events[index].pointer});
      }
    }
  }
  if (attempt.added.size() + attempt.fresh.size() <= kMaxAppendEvents) return {};
  if (command.events.size() > 1) {
    return failure(Code::kTooLarge, "the worker holds more assignments than one append may end: send StaffLeft alone");
  }
  // The first of them by themselves; StaffLeft stands in the last part.
  attempt.in_parts = true;
  attempt.fresh.clear();
  attempt.added.resize(kMaxAppendEvents);
  return {};
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

Result<RebuildReport> CaseMemory::rebuild(BoardNumber board, const RebuildOptions& options) {
  const std::unique_lock lock(rebuild_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return failure(Code::kConflict, "a rebuild is running");
  return minne::rebuild(*log_, *store_, *rules_, *projector_, board, options);
}

Result<std::vector<CaseMemory::BoardCheck>> CaseMemory::verify(const std::function<void(Fault)>& report) const {
  for (const auto& fault : open_faults_) report(fault);
  MINNE_TRY_VOID(log_->engine().verify(report));
  if (store_) MINNE_TRY_VOID(store_->verify(report));
  std::vector<BoardCheck> out;
  for (const auto& board : log_->boards()) {
    BoardCheck check{board, 0, 0, 0, 0};
    std::size_t faults = 0;
    const auto counting = [&](Fault fault) {
      ++faults;
      report(std::move(fault));
    };
    MINNE_TRY_VOID(walk_log(board, check, counting));
    if (store_ && faults == 0) {
      if (const auto compared = verify_projections(*log_, *store_, *rules_, board.number, report); !compared) {
        report({board.number, 0, 0, "projections", compared.error().message + " " + compared.error().where});
      }
    }
    out.push_back(std::move(check));
  }
  return out;
}

// Pages, checksums, dense positions, dense versions in every case, sealed parts beside their events.
Result<> CaseMemory::walk_log(const BoardRecord& board, BoardCheck& check,
                              const std::function<void(Fault)>& report) const {
  std::map<Id, Version> versions;
  const auto head = log_->head(board.number);
  const auto cursor = log_->read(board.number, 1, ReadFor::kScan);
  Position expected = 1;
  const auto fault = [&](Position first, Position last, std::string what) {
    report({board.number, first, last, "log", std::move(what)});
  };
  while (expected <= head) {
    const auto read = cursor->next();
    if (!read) {
      fault(expected, head, read.error().message + " (" + read.error().where + ")");
      return {};
    }
    const Page* page = *read;
    if (page == nullptr || page->first() != expected) {
      fault(expected, page == nullptr ? head : page->first() - 1, "positions are missing");
      if (page == nullptr) return {};
    }
    ++check.pages;
    if (const auto events = page->check_events(); !events) {
      fault(page->first(), page->last(), events.error().message + " at " + events.error().where);
      expected = page->last() + 1;
      continue;
    }
    const auto stored = log_->engine().read_sealed(board.number, page->first());
    const auto sealed =
        stored ? decode_sealed(*stored, page->count()) : Result<std::vector<std::string>>{stored.error()};
    if (!sealed) fault(page->first(), page->last(), sealed.error().message);
    for (std::uint32_t i = 0; i < page->count(); ++i) {
      const auto view = (*page)[i];
      if ((view.flags & kTombstone) == 0 && sealed) {
        if (const auto whole = verify_event(view.bytes, (*sealed)[i]); !whole) {
          fault(view.position, view.position, whole.error().message);
          continue;
        }
      }
      auto& version = versions[id_of(view.event().case_id())];
      if (view.version != version + 1) fault(view.position, view.position, "a case skips a version");
      version = view.version;
      if (view.event().stream_kind() == StreamKind::case_ && version == 1) ++check.cases;
      ++check.events;
    }
    expected = page->last() + 1;
  }
  check.position = head;
  return {};
}

}  // namespace minne
