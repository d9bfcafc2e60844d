#include "core/event_log.h"

#include "core/head_note.h"
#include "events/check.h"

#include <openssl/rand.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <future>

namespace minne {
namespace {

constexpr auto kClockBehind = std::chrono::seconds(5);
constexpr auto kClockAhead = std::chrono::hours(1);
constexpr std::size_t kMaxBatchEvents = kMaxAppendEvents;
constexpr std::size_t kSmallPageBytes = kPageBytes / 2;
constexpr std::size_t kPackedAtOnce = 256;

bool valid_board_name(std::string_view name) {
  if (const auto access = access_log_name({}); name.ends_with(access)) name.remove_suffix(access.size());
  return !name.empty() && name.size() <= 40 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::size_t bytes_of(const AppendRequest& request) {
  std::size_t bytes = 0;
  for (const auto& event : request.events) bytes += event.event->bytes.size() + event.event->sealed.size();
  return bytes;
}

Result<> check_size(const AppendRequest& request, std::size_t bytes) {
  CHECK(!request.events.empty());
  if (request.events.size() > kMaxAppendEvents) {
    return failure(Code::kTooLarge, "an append may have " + std::to_string(kMaxAppendEvents) + " events");
  }
  if (bytes > kMaxAppendBytes) {
    return failure(Code::kTooLarge, "an append may have " + std::to_string(kMaxAppendBytes) + " bytes");
  }
  for (const auto& event : request.events) CHECK(event.stream < request.streams.size());
  return {};
}

std::vector<EncodedPage> encode_pages(Position first, const std::vector<PageEvent>& events) {
  std::vector<EncodedPage> pages;
  std::size_t begin = 0;
  while (begin < events.size()) {
    std::size_t end = begin;
    std::size_t bytes = 0;
    do {
      bytes += events[end].bytes.size() + 24;
      ++end;
    } while (end < events.size() && bytes + events[end].bytes.size() < kPageBytes);
    pages.push_back(encode_page(first + begin, std::span{events}.subspan(begin, end - begin)));
    begin = end;
  }
  return pages;
}

}  // namespace

// One write: what was accepted of a batch, board by board, not yet visible to anyone.
struct EventLog::Commit {
  struct Part {
    Position head = 0;  // before
    Instant last_recorded{};
    std::vector<PageEvent> events;
    std::vector<Tail::Addition> additions;
    boost::unordered_flat_map<Id, Version, IdHash> heads;
  };
  std::map<BoardNumber, Part> parts;
  struct Accepted {
    Done done;
    Appended appended;
  };
  std::vector<Accepted> accepted;
  Appended current;
};

NewEvent new_event(std::shared_ptr<const EncodedEvent> event, std::uint32_t stream, Instant recorded_at) {
  const auto crc = crc32_of(event->bytes);
  return {std::move(event), stream, crc, recorded_at};
}

NewEvent new_event(EncodedEvent event, std::uint32_t stream, Instant recorded_at) {
  return new_event(std::make_shared<const EncodedEvent>(std::move(event)), stream, recorded_at);
}

EventLog::EventLog(LogOptions options, const Clock& clock, std::unique_ptr<LogEngine> engine, HeadNote note)
    : options_(std::move(options)),
      clock_(clock),
      engine_(std::move(engine)),
      note_(std::make_unique<HeadNote>(std::move(note))) {}

Result<std::unique_ptr<EventLog>> EventLog::open(LogOptions options, const Clock& clock) {
  if (!options.free_bytes) {
    options.free_bytes = [directory = options.directory] {
      std::error_code ignored;
      return static_cast<std::uint64_t>(std::filesystem::space(directory, ignored).available);
    };
  }
  if (!options.on_fatal) {
    options.on_fatal = [](const std::string& what) {
      spdlog::critical("the log has failed: {}", what);
      std::abort();
    };
  }
  options.engine.directory = options.directory / "log";
  options.engine.on_fatal = options.on_fatal;
  std::error_code created;
  std::filesystem::create_directories(options.directory, created);
  MINNE_TRY(auto engine, open_rocksdb_engine(options.engine));
  MINNE_TRY(auto note, HeadNote::open(options.directory / "heads.note"));
  std::unique_ptr<EventLog> log{new EventLog(std::move(options), clock, std::move(engine), std::move(note))};
  MINNE_TRY_VOID(log->load_boards());
  log->committer_ = std::thread([raw = log.get()] { raw->run(); });
  return log;
}

void EventLog::stop() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  queue_filled_.notify_all();
  if (committer_.joinable()) committer_.join();
}

EventLog::~EventLog() {
  stop();
  if (const auto flushed = engine_->flush(); !flushed) spdlog::error("{}", flushed.error().message);
  if (const auto synced = note_->sync(); !synced) spdlog::error("{}", synced.error().message);
}

Result<> EventLog::load_boards() {
  MINNE_TRY(const auto records, engine_->boards());
  for (const auto& record : records) MINNE_TRY_VOID(load_board(record));
  for (const auto& [number, board] : boards_) {
    if (!board->record.supplied_clock) latest_recorded_ = std::max(latest_recorded_, board->last_recorded);
  }
  // A clock that is behind the log already was wrong before: it will be set right, which is no jump ahead.
  if (clock_.now() >= latest_recorded_ - kClockBehind) anchor();
  for (const auto& [number, head] : note_->heads()) {
    if (!boards_.contains(number)) {
      return failure(Code::kDamaged, "the log has lost a board of " + std::to_string(head) + " events",
                     "board " + std::to_string(number) + " positions 1-" + std::to_string(head));
    }
  }
  return {};
}

Result<> EventLog::load_board(const BoardRecord& record) {
  auto board = std::make_unique<Board>();
  board->record = record;
  MINNE_TRY(const Position head, engine_->head(record.number));
  const auto noted = note_->heads().find(record.number);
  if (noted != note_->heads().end() && noted->second > head) {
    return failure(
        Code::kDamaged,
        "the log of " + record.name + " ends at position " + std::to_string(head) + ", but " +
            std::to_string(noted->second) + " had been acknowledged",
        "board " + record.name + " positions " + std::to_string(head + 1) + "-" + std::to_string(noted->second));
  }
  if (noted == note_->heads().end() && head > 0) {
    spdlog::warn("heads.note says nothing of {}: a lost end of its log would not be noticed; the next append notes it",
                 record.name);
  }
  board->tail.publish({}, head);
  if (head > 0) {
    const auto cursor = engine_->read(record.number, head, ReadFor::kQuery);
    MINNE_TRY(const Page* page, cursor->next());
    CHECK(page != nullptr);
    board->last_recorded = (*page)[page->count() - 1].recorded_at;
  }
  boards_.emplace(record.number, std::move(board));
  return {};
}

Result<> EventLog::load_tail(BoardNumber number, Position projected) {
  auto& board = board_of(number);
  const auto head = board.tail.head();
  const auto from = projected > Tail::kGrace ? projected - Tail::kGrace : 0;
  board.tail.projected(projected);
  const auto cursor = engine_->read(number, from + 1, ReadFor::kScan);
  while (from < head) {
    MINNE_TRY(const Page* page, cursor->next());
    if (page == nullptr) break;
    if (page->size_bytes() < kSmallPageBytes) {
      board.small.push_back({page->first(), page->count(), page->size_bytes()});
    } else {
      board.small.clear();
    }
    std::vector<Tail::Addition> additions;
    for (std::uint32_t i = 0; i < page->count(); ++i) {
      const auto view = (*page)[i];
      if (view.position <= from) continue;
      const auto& event = view.event();
      additions.push_back({id_of(event.case_id()), {view.position, view.version, fingerprint(id_of(event.id()))}});
    }
    board.tail.publish(additions, head);
  }
  return {};
}

Result<BoardRecord> EventLog::create_board(BoardRecord wanted) {
  if (!valid_board_name(wanted.name))
    return invalid("a board's name is 1 to 40 characters of a-z, 0-9 and '-'", "/name");
  if (options_.free_bytes() < options_.reserve_bytes) {
    return failure(Code::kNoSpace, "less free space than the reserve: no board is made");
  }
  const std::unique_lock lock(boards_mutex_);
  for (const auto& [number, board] : boards_) {
    if (board->record.name == wanted.name) return failure(Code::kConflict, "the board exists already");
  }
  if (boards_.size() >= kMaxBoards)
    return failure(Code::kTooLarge, "no more than " + std::to_string(kMaxBoards) + " boards");
  wanted.number = boards_.empty() ? BoardNumber{1} : static_cast<BoardNumber>(boards_.rbegin()->first + 1);
  wanted.created_at = wanted.supplied_clock ? Instant{} : clock_.now();
  if (wanted.lookup_key.empty()) {
    wanted.lookup_key.resize(32);
    CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(wanted.lookup_key.data()), 32) == 1);
  }
  MINNE_TRY_VOID(engine_->put_board(wanted));
  // Before its first event can be: a board that has events and no note has lost the note, not the power.
  MINNE_TRY_VOID(note_->note(wanted.number, 0));
  MINNE_TRY_VOID(note_->sync());
  auto board = std::make_unique<Board>();
  board->record = wanted;
  boards_.emplace(wanted.number, std::move(board));
  return wanted;
}

Result<BoardRecord> EventLog::find_board(std::string_view name) const {
  const std::shared_lock lock(boards_mutex_);
  for (const auto& [number, board] : boards_) {
    if (board->record.name == name) return board->record;
  }
  return failure(Code::kUnknown, "no board of that name");
}

std::vector<BoardRecord> EventLog::boards() const {
  const std::shared_lock lock(boards_mutex_);
  std::vector<BoardRecord> out;
  for (const auto& [number, board] : boards_) out.push_back(board->record);
  return out;
}

EventLog::Board& EventLog::board_of(BoardNumber number) const {
  const std::shared_lock lock(boards_mutex_);
  const auto found = boards_.find(number);
  CHECK(found != boards_.end());
  return *found->second;
}

const Tail& EventLog::tail(BoardNumber board) const { return board_of(board).tail; }
void EventLog::projected(BoardNumber board, Position position) { board_of(board).tail.projected(position); }

void EventLog::append(AppendRequest request, Done done, CommitOn where) {
  const auto bytes = bytes_of(request);
  if (const auto sized = check_size(request, bytes); !sized) return done(sized.error());
  if (const auto queued = enqueue(request, done, bytes); !queued) return done(queued.error());
  if (where == CommitOn::kHere) {
    // What does not fit into this batch: its owner has woken the committer, or comes here next.
    if (const std::unique_lock committing(commit_mutex_, std::try_to_lock); committing) return commit_queued();
  }
  queue_filled_.notify_one();
}

// Takes both where there is room, and leaves them alone where there is none: `done` is not called under the lock.
Result<> EventLog::enqueue(AppendRequest& request, Done& done, std::size_t bytes) {
  const std::lock_guard lock(queue_mutex_);
  const auto events = request.events.size();
  if (stopping_) return failure(Code::kBusy, "stopping");
  if (!queue_.empty() && (queued_events_ + events > kMaxQueuedEvents || queued_bytes_ + bytes > kMaxQueuedBytes)) {
    return failure(Code::kBusy, "too many appends are waiting to be written");
  }
  queued_events_ += events;
  queued_bytes_ += bytes;
  queue_.push_back({std::move(request), std::move(done), bytes});
  return {};
}

Result<Appended> EventLog::append_and_wait(AppendRequest request) {
  std::promise<Result<Appended>> promise;
  auto future = promise.get_future();
  append(
      std::move(request), [&promise](Result<Appended> result) { promise.set_value(std::move(result)); },
      CommitOn::kHere);
  return future.get();
}

void EventLog::run() {
  for (;;) {
    {
      std::unique_lock lock(queue_mutex_);
      queue_filled_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
    }
    const std::lock_guard committing(commit_mutex_);
    commit_queued();
  }
}

void EventLog::commit_queued() {
  auto batch = take();
  if (batch.empty()) return;
  commit(std::move(batch));
  pack_all();
}

std::vector<EventLog::Pending> EventLog::take() {
  const std::lock_guard lock(queue_mutex_);
  std::vector<Pending> batch;
  std::size_t events = 0;
  std::size_t bytes = 0;
  while (!queue_.empty()) {
    const auto& next = queue_.front();
    if (!batch.empty() &&
        (events + next.request.events.size() > kMaxBatchEvents || bytes + next.bytes > kMaxAppendBytes))
      break;
    events += next.request.events.size();
    bytes += next.bytes;
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queued_events_ -= events;
  queued_bytes_ -= bytes;
  return batch;
}

void EventLog::commit(std::vector<Pending> batch) {
  Commit commit;
  const auto now = clock_.now();
  const bool full = options_.free_bytes() < options_.reserve_bytes;
  for (auto& pending : batch) {
    auto accepted = full ? Result<>{failure(Code::kNoSpace, "less free space than the reserve: appends are refused")}
                         : accept(pending.request, commit, now);
    if (accepted) {
      commit.accepted.push_back({std::move(pending.done), std::move(commit.current)});
    } else {
      pending.done(accepted.error());
    }
  }
  std::erase_if(commit.parts, [](const auto& part) { return part.second.events.empty(); });
  if (commit.parts.empty()) return;

  std::vector<BoardAppend> appends;
  for (const auto& [number, part] : commit.parts) {
    appends.push_back({number, part.head, encode_pages(part.head + 1, part.events)});
  }
  if (const auto written = engine_->append(appends); !written) {
    for (auto& accepted : commit.accepted) accepted.done(written.error());
    return options_.on_fatal(written.error().message);
  }
  for (std::size_t i = 0; auto& [number, part] : commit.parts) {
    auto& board = board_of(number);
    board.last_recorded = part.last_recorded;
    const auto head = part.head + part.events.size();
    for (const auto& page : appends[i++].pages) board.small.push_back({page.first, page.count, page.bytes.size()});
    if (const auto noted = note_->note(number, head); !noted) spdlog::warn("{}", noted.error().message);
    board.tail.publish(part.additions, head);
  }
  for (auto& accepted : commit.accepted) accepted.done(std::move(accepted.appended));
  if (options_.on_commit) {
    for (const auto& [number, part] : commit.parts) options_.on_commit(number);
  }
}

Result<> EventLog::check_clock(Board& board, const AppendRequest& request, const Commit& commit, Instant now) {
  if (board.record.supplied_clock) {
    const auto part = commit.parts.find(request.board);
    auto last = part == commit.parts.end() ? board.last_recorded : part->second.last_recorded;
    for (const auto& event : request.events) {
      if (event.recorded_at < last) {
        return invalid("recorded_at goes back: this board's clock is supplied, and never decreases", "/recorded_at");
      }
      last = event.recorded_at;
    }
    return {};
  }
  if (now < board.last_recorded - kClockBehind) {
    return failure(Code::kClock, "the clock is behind the last recorded event: " + to_text(board.last_recorded));
  }
  if (!anchored_) {
    if (now < latest_recorded_ - kClockBehind) return {};
    anchor();
  }
  if (now > anchor_wall_ + (clock_.monotonic() - anchor_monotonic_) + kClockAhead) {
    return failure(Code::kClock, "the clock has jumped ahead by more than an hour");
  }
  return {};
}

// From here on the wall clock is expected to go with the monotonic one.
void EventLog::anchor() {
  anchor_wall_ = clock_.now();
  anchor_monotonic_ = clock_.monotonic();
  anchored_ = true;
}

Result<> EventLog::check_heads(Board& board, const AppendRequest& request, const Commit& commit) const {
  if (request.seen_position < board.tail.floor()) {
    auto error = failure(Code::kBusy, "the decision is too old to be checked");
    error.details["decide_again"] = true;
    return error;
  }
  const auto part = commit.parts.find(request.board);
  const auto version_of = [&](const Id& stream) -> std::optional<Version> {
    if (part != commit.parts.end()) {
      if (const auto found = part->second.heads.find(stream); found != part->second.heads.end()) return found->second;
    }
    return board.tail.version_of(stream);
  };
  for (const auto& [stream, seen] : request.streams) {
    const auto current = version_of(stream);
    if (!current || *current == seen) continue;
    auto error = failure(Code::kConflict, "the case has moved on since it was read");
    error.details["case"] = to_text(stream);
    error.details["current_version"] = *current;
    return error;
  }
  for (const auto& claim : request.claims) {
    // What stood when the decision was made, the decision has judged.
    const bool beside = part != commit.parts.end() && part->second.heads.contains(claim);
    const auto before = board.tail.look(claim).entries;
    if (beside || (!before.empty() && before.back().position > request.seen_position)) {
      return failure(Code::kConflict, "another append has just claimed the same name");
    }
  }
  return {};
}

Result<> EventLog::accept(const AppendRequest& request, Commit& commit, Instant now) {
  auto& board = board_of(request.board);
  MINNE_TRY_VOID(check_clock(board, request, commit, now));
  MINNE_TRY_VOID(check_heads(board, request, commit));

  auto [found, fresh] = commit.parts.try_emplace(request.board);
  auto& part = found->second;
  if (fresh) {
    part.head = board.tail.head();
    part.last_recorded = board.last_recorded;
  }
  const auto recorded = std::max(now, part.last_recorded);
  commit.current = {part.head + part.events.size() + 1, {}, recorded};
  commit.current.versions.reserve(request.events.size());
  part.events.reserve(part.events.size() + request.events.size());
  part.additions.reserve(part.additions.size() + request.events.size());
  part.heads.reserve(part.heads.size() + request.streams.size());
  std::vector<Version> versions;
  versions.reserve(request.streams.size());
  for (const auto& head : request.streams) versions.push_back(head.seen);
  for (const auto& event : request.events) {
    const auto version = ++versions[event.stream];
    const auto position = part.head + part.events.size() + 1;
    const auto at = board.record.supplied_clock ? event.recorded_at : recorded;
    part.last_recorded = at;
    part.events.push_back({version, at, event.crc, 0, event.event->bytes, event.event->sealed});
    const auto& stream = request.streams[event.stream].stream;
    part.additions.push_back({stream, {position, version, fingerprint(id_of(event_in(event.event->bytes).id()))}});
    part.heads[stream] = version;
    commit.current.versions.push_back(version);
  }
  for (const auto* names : {&request.claims, &request.marks}) {
    for (const auto& name : *names) {
      part.additions.push_back({name, {part.head + part.events.size(), 1, 0}});
      part.heads[name] = 1;
    }
  }
  return {};
}

void EventLog::pack_all() {
  std::vector<Board*> boards;
  {
    const std::shared_lock lock(boards_mutex_);
    for (const auto& [number, board] : boards_) boards.push_back(board.get());
  }
  for (auto* board : boards) {
    if (const auto packed = pack(*board); !packed) {
      options_.on_fatal(packed.error().message);
      return;
    }
  }
}

// Merges neighbouring small pages once they fill whole ones. Readers see the same events under fewer keys.
Result<> EventLog::pack(Board& board) {
  std::size_t bytes = 0;
  std::size_t small = 0;
  for (const auto& page : board.small) {
    bytes += page.bytes;
    small += page.bytes < kSmallPageBytes ? 1 : 0;
  }
  if (bytes < 2 * kPageBytes && board.small.size() < kPackedAtOnce) return {};
  if (small < 2) {
    board.small.clear();
    return {};
  }
  std::vector<Position> firsts;
  std::vector<Page> pages(board.small.size());
  std::vector<std::vector<std::string>> sealed;
  const auto cursor = engine_->read(board.record.number, board.small.front().first, ReadFor::kQuery);
  std::vector<PageEvent> events;
  for (std::size_t i = 0; i < board.small.size(); ++i) {
    MINNE_TRY(const Page* page, cursor->next());
    CHECK(page != nullptr && page->first() == board.small[i].first && page->count() == board.small[i].count);
    pages[i] = *page;
    MINNE_TRY(const auto stored, engine_->read_sealed(board.record.number, page->first()));
    MINNE_TRY(auto parts, decode_sealed(stored, page->count()));
    sealed.push_back(std::move(parts));
    firsts.push_back(page->first());
    for (std::uint32_t e = 0; e < page->count(); ++e) {
      const auto view = pages[i][e];
      events.push_back({view.version, view.recorded_at, view.crc, view.flags, view.bytes, sealed.back()[e]});
    }
  }
  auto packed = encode_pages(firsts.front(), events);
  MINNE_TRY_VOID(engine_->replace(board.record.number, firsts, packed));
  board.small.clear();
  const auto& last = packed.back();
  if (last.bytes.size() < kSmallPageBytes) board.small.push_back({last.first, last.count, last.bytes.size()});
  return {};
}

std::unique_ptr<PageCursor> EventLog::read(BoardNumber board, Position from, ReadFor purpose) const {
  return engine_->read(board, std::max<Position>(from, 1), purpose);
}

Result<std::vector<StoredEvent>> EventLog::read_events(BoardNumber board, const std::vector<Position>& positions,
                                                       Sealed wanted) const {
  std::vector<StoredEvent> out;
  out.reserve(positions.size());
  if (positions.empty()) return out;
  const auto cursor = read(board, positions.front(), ReadFor::kQuery);
  const Page* page = nullptr;
  std::vector<std::string> sealed;
  for (const auto position : positions) {
    if (page == nullptr || position > page->last()) {
      MINNE_TRY(page, cursor->seek(position));
      if (page == nullptr || position < page->first() || position > page->last()) {
        return failure(Code::kDamaged, "the log holds no event there", "position " + std::to_string(position));
      }
      sealed.assign(page->count(), {});
      if (wanted == Sealed::kWith) {
        MINNE_TRY(const auto stored, engine_->read_sealed(board, page->first()));
        MINNE_TRY(sealed, decode_sealed(stored, page->count()));
      }
    }
    const auto index = static_cast<std::uint32_t>(position - page->first());
    const auto view = (*page)[index];
    out.push_back({position, view.version, view.recorded_at, {std::string{view.bytes}, sealed[index]}});
  }
  return out;
}

}  // namespace minne
