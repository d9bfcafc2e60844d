#include "projections/rebuilder.h"

#include "core/keys.h"
#include "events/check.h"
#include "projections/spill.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

namespace minne {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::size_t kMaxFileEntriesBytes = 64UL << 20;
constexpr std::size_t kCatchUpEvents = 20'000;

using TallySums = std::map<std::pair<Space, std::string>, std::int64_t>;
using Seconds = std::chrono::duration<double>;

std::string_view amount_bytes(const std::int64_t& amount) {
  return {reinterpret_cast<const char*>(&amount), sizeof amount};
}
std::string hex_of(const Id& id) { return to_hex(id.bytes); }
Id id_from_hex(const json::value& value) {
  Id id;
  const auto bytes = from_hex(value.as_string());
  CHECK(bytes && bytes->size() == id.bytes.size());
  std::memcpy(id.bytes.data(), bytes->data(), id.bytes.size());
  return id;
}

// What is noted must be on disk before the note: a power cut keeps the name of a file sooner than what was written to
// it.
Result<> sync_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  return synced ? Result<>{}
                : Result<>{failure(Code::kInternal, "cannot sync a rebuild's file", path.filename().string())};
}

json::array noted(const std::vector<fs::path>& files) {
  json::array out;
  for (const auto& file : files) {
    std::error_code ignored;
    out.emplace_back(json::object{{"name", file.filename().string()}, {"bytes", fs::file_size(file, ignored)}});
  }
  return out;
}

// What one finished range left behind.
struct FinishedRange {
  CaseRange range;
  std::vector<fs::path> tables;
  std::vector<fs::path> runs;  // the tallies are a run too, of amounts
};

// The work directory: files of finished ranges, and a note of them that a later run can take up.
class WorkDirectory {
 public:
  WorkDirectory(fs::path directory, std::string key) : directory_(std::move(directory)), key_(std::move(key)) {}

  // Takes up what an interrupted rebuild of the same thing has finished; anything else there is thrown away.
  Result<std::pair<Generation, Position>> open(Generation generation, Position until) {
    std::ifstream file(directory_ / "rebuild.json");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    boost::system::error_code bad;
    const auto value = json::parse(text, bad);
    if (!bad && value.is_object() && value.as_object().contains("key") && value.at("key").as_string() == key_ &&
        read_note(value.as_object())) {
      return std::pair{generation_, until_};
    }
    finished_.clear();
    generation_ = generation;
    until_ = until;
    std::error_code failed;
    fs::remove_all(directory_, failed);
    fs::create_directories(directory_, failed);
    if (failed) return failure(Code::kInternal, "cannot make the rebuild's directory: " + failed.message());
    return std::pair{generation_, until_};
  }

  Result<> add(FinishedRange range) {
    for (const auto& run : range.runs) MINNE_TRY_VOID(sync_file(run));  // tables are synced by their writer
    const std::lock_guard lock(mutex_);
    finished_.push_back(std::move(range));
    json::array ranges;
    for (const auto& item : finished_) {
      ranges.emplace_back(json::object{{"first", hex_of(item.range.first)},
                                       {"end", item.range.end ? hex_of(*item.range.end) : ""},
                                       {"tables", noted(item.tables)},
                                       {"runs", noted(item.runs)}});
    }
    const json::object note{
        {"key", key_}, {"generation", generation_}, {"until", until_}, {"ranges", std::move(ranges)}};
    const auto fresh = directory_ / "rebuild.json.new";
    std::ofstream file(fresh);
    file << json::serialize(note);
    file.close();
    MINNE_TRY_VOID(sync_file(fresh));
    std::error_code failed;
    fs::rename(fresh, directory_ / "rebuild.json", failed);
    return !file || failed ? Result<>{failure(Code::kInternal, "cannot note a finished range")} : Result<>{};
  }

  [[nodiscard]] const std::vector<FinishedRange>& finished() const { return finished_; }
  [[nodiscard]] const fs::path& path() const { return directory_; }
  // The ranges of ids that no finished range covers.
  [[nodiscard]] std::vector<CaseRange> missing() const {
    auto done = finished_;
    std::ranges::sort(done, {}, [](const FinishedRange& item) { return item.range.first; });
    std::vector<CaseRange> out;
    std::optional<Id> next = Id{};
    for (const auto& item : done) {
      if (next && *next < item.range.first) out.push_back({*next, item.range.first});
      next = item.range.end;
    }
    if (next) out.push_back({*next, std::nullopt});
    return out;
  }
  void remove() const {
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }

 private:
  // False where a file is not what was noted.
  bool read_files(const json::array& files, std::vector<fs::path>& out) const {
    for (const auto& file : files) {
      out.push_back(directory_ / std::string{file.at("name").as_string()});
      std::error_code failed;
      if (fs::file_size(out.back(), failed) != file.at("bytes").to_number<std::uintmax_t>() || failed) return false;
    }
    return true;
  }
  bool read_note(const json::object& note) {
    generation_ = note.at("generation").to_number<Generation>();
    until_ = note.at("until").to_number<Position>();
    for (const auto& item : note.at("ranges").as_array()) {
      FinishedRange range{{id_from_hex(item.at("first")), std::nullopt}, {}, {}};
      if (!item.at("end").as_string().empty()) range.range.end = id_from_hex(item.at("end"));
      if (!read_files(item.at("tables").as_array(), range.tables) ||
          !read_files(item.at("runs").as_array(), range.runs))
        return false;
      finished_.push_back(std::move(range));
    }
    return !finished_.empty();
  }

  fs::path directory_;
  std::string key_;
  Generation generation_ = 0;
  Position until_ = 0;
  std::mutex mutex_;
  std::vector<FinishedRange> finished_;
};

// Writes one range: a table of rows, a table of chunks, runs of entries and of tallies.
class FileSink final : public RangeSink {
 public:
  FileSink(const DerivedStore& store, BoardNumber board, Generation generation, const fs::path& directory,
           const std::string& name, std::size_t buffer_bytes)
      : store_(store),
        board_(board),
        generation_(generation),
        directory_(directory),
        name_(name),
        spill_(directory, name, buffer_bytes) {}

  Result<> row(const Id& id, std::string_view packed) override {
    return add(rows_, "rows", kRows, {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}, packed);
  }
  Result<> chunk(std::string_view key, std::string_view value) override {
    return add(chunks_, "chunks", kCaseIndex, key, value);
  }
  Result<> entry(Space space, std::string_view key, std::string_view value) override {
    return spill_.add(space, key, value);
  }
  void tally(Space space, std::string_view key, std::int64_t amount) override {
    tallies_[{space, std::string{key}}] += amount;
  }

  Result<FinishedRange> finish(CaseRange range) {
    FinishedRange out{std::move(range), {}, {}};
    for (auto* table : {&rows_, &chunks_}) {
      if (!table->writer) continue;
      MINNE_TRY(const bool any, table->writer->finish());
      if (any) out.tables.push_back(table->path);
    }
    for (const auto& [key, amount] : tallies_) MINNE_TRY_VOID(spill_.add(key.first, key.second, amount_bytes(amount)));
    MINNE_TRY(out.runs, spill_.finish());
    return out;
  }

 private:
  struct Table {
    std::unique_ptr<DerivedStore::FileWriter> writer;
    fs::path path;
  };

  Result<> add(Table& table, const std::string& kind, Space space, std::string_view key, std::string_view value) {
    if (!table.writer) {
      table.path = directory_ / (name_ + "-" + kind + ".sst");
      MINNE_TRY(table.writer, store_.new_file(table.path, board_, generation_));
    }
    return table.writer->add(space, key, value);
  }

  const DerivedStore& store_;
  BoardNumber board_;
  Generation generation_;
  fs::path directory_;
  std::string name_;
  Table rows_;
  Table chunks_;
  EntrySpill spill_;
  TallySums tallies_;
};

class ProgressMeter {
 public:
  ProgressMeter(const RebuildOptions& options, std::uint64_t total)
      : options_(options), total_(total), begin_(std::chrono::steady_clock::now()) {}
  void passed(std::uint64_t events) {
    const std::lock_guard lock(mutex_);
    events_ += events;
    if (options_.progress) options_.progress({events_, std::max(total_, events_), seconds()});
  }
  void more(std::uint64_t events) {
    const std::lock_guard lock(mutex_);
    total_ += events;
  }
  [[nodiscard]] double seconds() const { return Seconds(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  const RebuildOptions& options_;
  std::mutex mutex_;
  std::uint64_t events_ = 0;
  std::uint64_t total_;
  std::chrono::steady_clock::time_point begin_;
};

// Merges the runs of all ranges into table files: index entries are unique, tallies are summed.
class EntryMerger {
 public:
  EntryMerger(const DerivedStore& store, BoardNumber board, Generation generation, fs::path directory)
      : store_(store), board_(board), generation_(generation), directory_(std::move(directory)) {}

  Result<std::vector<fs::path>> merge(const std::vector<fs::path>& runs) {
    MINNE_TRY_VOID(merge_runs(runs, [this](Space space, std::string_view key, std::string_view value) -> Result<> {
      if (space < kFirstTally) return add(space, key, value);
      if (tally_space_ != space || tally_key_ != key) {
        MINNE_TRY_VOID(end_tally());
        tally_space_ = space;
        tally_key_ = key;
      }
      std::int64_t amount = 0;
      std::memcpy(&amount, value.data(), sizeof amount);
      amount_ += amount;
      return {};
    }));
    MINNE_TRY_VOID(end_tally());
    MINNE_TRY_VOID(close());
    return std::move(files_);
  }

 private:
  Result<> end_tally() {
    const auto amount = std::exchange(amount_, 0);
    return amount == 0 ? Result<>{} : add(tally_space_, tally_key_, amount_bytes(amount));
  }
  Result<> add(Space space, std::string_view key, std::string_view value) {
    if (bytes_ > kMaxFileEntriesBytes) MINNE_TRY_VOID(close());
    if (!writer_) {
      path_ = directory_ / ("entries-" + std::to_string(files_.size()) + ".sst");
      MINNE_TRY(writer_, store_.new_file(path_, board_, generation_));
      bytes_ = 0;
    }
    bytes_ += key.size() + value.size();
    return writer_->add(space, key, value);
  }
  Result<> close() {
    if (!writer_) return {};
    MINNE_TRY(const bool any, writer_->finish());
    if (any) files_.push_back(path_);
    writer_.reset();
    return {};
  }

  const DerivedStore& store_;
  BoardNumber board_;
  Generation generation_;
  fs::path directory_;
  std::unique_ptr<DerivedStore::FileWriter> writer_;
  fs::path path_;
  std::size_t bytes_ = 0;
  Space tally_space_ = 0;
  std::string tally_key_;
  std::int64_t amount_ = 0;
  std::vector<fs::path> files_;
};

class Rebuild {
 public:
  Rebuild(EventLog& log, DerivedStore& store, const DeadlineRules& rules, Projector& projector, BoardNumber board,
          const RebuildOptions& options)
      : log_(log),
        store_(store),
        rules_(rules),
        projector_(projector),
        board_(board),
        options_(options),
        work_(store.directory() / "rebuild" / std::to_string(board),
              std::to_string(board) + " " + build_identity(rules)) {}

  Result<RebuildReport> run() {
    auto report = build();
    // What was cancelled or found no room starts afresh; only a crash is worth taking up.
    if (!report) work_.remove();
    return report;
  }

 private:
  Result<RebuildReport> build() {
    const auto live = store_.live(board_);
    MINNE_TRY(const auto target, work_.open(next_generation(live), log_.head(board_)));
    generation_ = target.first;
    until_ = target.second;
    RebuildReport report;
    report.resumed_ranges = static_cast<unsigned>(work_.finished().size());
    ProgressMeter meter(options_, until_);
    MINNE_TRY(report.passes, fold_ranges(meter));
    report.fold_seconds = meter.seconds();
    MINNE_TRY_VOID(take_in(report, meter));
    MINNE_TRY(const auto taken, hand_over());
    report.events = until_;
    report.seconds = meter.seconds();
    MINNE_TRY_VOID(compare(taken, report));
    report.compare_seconds = meter.seconds() - report.seconds;
    if (taken.old.generation != 0) MINNE_TRY_VOID(store_.drop(board_, taken.old.generation));
    MINNE_TRY_VOID(store_.flush());
    work_.remove();
    return report;
  }

  static Generation next_generation(const LiveGeneration& live) { return std::max<Generation>(live.generation, 1) + 1; }

  Result<unsigned> fold_ranges(ProgressMeter& meter) {
    std::vector<CaseRange> ranges;
    const auto threads = std::max(1U, options_.threads);
    if (work_.finished().empty()) {
      MINNE_TRY(ranges, plan_ranges(log_, board_, until_, threads));
    } else {
      ranges = work_.missing();
    }
    unsigned passes = 0;
    while (!ranges.empty()) {
      const auto count = static_cast<std::ptrdiff_t>(std::min<std::size_t>(threads, ranges.size()));
      std::vector<CaseRange> now(ranges.begin(), ranges.begin() + count);
      ranges.erase(ranges.begin(), ranges.begin() + count);
      meter.more(until_ * (now.size() - (passes == 0 ? 1 : 0)));
      MINNE_TRY(auto rest, fold_side_by_side(now, threads, meter));
      ranges.insert(ranges.end(), rest.begin(), rest.end());
      ++passes;
    }
    return passes;
  }

  // One pass over the pages, a thread for each range; what did not fit comes back.
  Result<std::vector<CaseRange>> fold_side_by_side(const std::vector<CaseRange>& ranges, unsigned threads,
                                                   ProgressMeter& meter) {
    // Of the ceiling: rows while folding, entries while sorting; the rest is caches and what the allocator holds.
    const auto per_thread = options_.memory_bytes / threads;
    const RangeFoldContext context{
        log_, rules_, board_, until_, per_thread / 2, options_.cancelled, [&meter](std::uint64_t events) {
          meter.passed(events);
        }};
    SharedPages pages(log_, board_, until_, ranges.size());
    std::vector<Result<std::optional<CaseRange>>> rests(ranges.size(), std::optional<CaseRange>{});
    std::vector<std::thread> pool;
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      pool.emplace_back([&, i] { rests[i] = fold_one(context, ranges[i], pages, i, per_thread / 8); });
    }
    rests[0] = fold_one(context, ranges[0], pages, 0, per_thread / 8);
    for (auto& thread : pool) thread.join();
    std::vector<CaseRange> out;
    std::optional<Error> error;
    for (const auto& rest : rests) {
      if (!rest && (!error || error->code == Code::kBusy)) error = rest.error();  // the cause, not who stopped for it
      if (rest && *rest) out.push_back(**rest);
    }
    if (error) return *error;
    return out;
  }

  Result<std::optional<CaseRange>> fold_one(const RangeFoldContext& context, CaseRange range, SharedPages& pages,
                                            std::size_t consumer, std::size_t buffer_bytes) {
    FileSink sink(store_, board_, generation_, work_.path(), "range-" + hex_of(range.first), buffer_bytes);
    MINNE_TRY(auto rest, fold_range(context, range, pages, consumer, sink));
    if (rest) range.end = rest->first;
    MINNE_TRY(auto finished, sink.finish(range));
    MINNE_TRY_VOID(work_.add(std::move(finished)));
    return rest;
  }

  Result<> take_in(RebuildReport& report, const ProgressMeter& meter) {
    std::vector<fs::path> tables;
    std::vector<fs::path> runs;
    for (const auto& range : work_.finished()) {
      tables.insert(tables.end(), range.tables.begin(), range.tables.end());
      runs.insert(runs.end(), range.runs.begin(), range.runs.end());
    }
    MINNE_TRY(const auto entries, EntryMerger(store_, board_, generation_, work_.path()).merge(runs));
    tables.insert(tables.end(), entries.begin(), entries.end());
    // A crash after this leaves linked files that the next open drops; the ranges must not be taken up again.
    std::error_code ignored;
    fs::remove(work_.path() / "rebuild.json", ignored);
    report.merge_seconds = meter.seconds() - report.fold_seconds;
    MINNE_TRY_VOID(store_.ingest(tables));
    report.ingest_seconds = meter.seconds() - report.fold_seconds - report.merge_seconds;
    return {};
  }

  Result<Projector::TakenOver> hand_over() {
    auto fresh = std::make_unique<GenerationFolder>(log_, store_, rules_, board_, generation_, until_);
    while (fresh->position() + kCatchUpEvents < log_.head(board_)) {
      MINNE_TRY_VOID(fresh->advance(kCatchUpEvents, log_.head(board_), nullptr));
    }
    return projector_.take_over(std::move(fresh));
  }

  Result<> compare(const Projector::TakenOver& taken, RebuildReport& report) const {
    if (!options_.compare) return {};
    MINNE_TRY(const auto after, checksum_of(taken.fresh));
    report.projections = summarise(after);
    if (taken.old.generation == 0) return {};
    // What cannot be read is what a rebuild is for: there is nothing to compare with.
    const auto before = checksum_of(taken.fresh.with(taken.old));
    if (!before) {
      spdlog::warn("what was there before cannot be compared: {}", before.error().message);
      return {};
    }
    report.before = summarise(*before);
    return {};
  }

  EventLog& log_;
  DerivedStore& store_;
  const DeadlineRules& rules_;
  Projector& projector_;
  BoardNumber board_;
  const RebuildOptions& options_;
  WorkDirectory work_;
  Generation generation_ = 0;
  Position until_ = 0;
};

// Compares instead of writing.
class CompareSink final : public RangeSink {
 public:
  CompareSink(const View& view, BoardNumber board, const std::function<void(Fault)>& report)
      : view_(view), board_(board), report_(report) {}

  Result<> row(const Id& id, std::string_view packed) override {
    const std::string_view key{reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
    sums[kRows].add(key, packed);
    return same(kRows, key, packed, id, "its row differs from a fresh fold");
  }
  Result<> chunk(std::string_view key, std::string_view value) override {
    sums[kCaseIndex].add(key, value);
    return same(kCaseIndex, key, value, KeyReader(key).id(), "its index differs from the log");
  }
  Result<> entry(Space space, std::string_view key, std::string_view value) override {
    sums[space].add(key, value);
    return {};
  }
  void tally(Space space, std::string_view key, std::int64_t amount) override {
    tallies[{space, std::string{key}}] += amount;
  }

  GenerationChecksum sums;
  TallySums tallies;

 private:
  Result<> same(Space space, std::string_view key, std::string_view expected, const Id& id, const char* what) {
    const auto stored = view_.get(space, key);
    if (stored && *stored && **stored == expected) return {};
    const auto why = !stored ? stored.error().message : *stored ? what : "it is missing";
    report_({board_, 0, 0, "projections, case " + to_text(id), why});
    return {};
  }

  const View& view_;
  BoardNumber board_;
  const std::function<void(Fault)>& report_;
};

}  // namespace

Result<RebuildReport> rebuild(EventLog& log, DerivedStore& store, const DeadlineRules& rules, Projector& projector,
                              BoardNumber board, const RebuildOptions& options) {
  return Rebuild(log, store, rules, projector, board, options).run();
}

Result<> verify_projections(const EventLog& log, const DerivedStore& store, const DeadlineRules& rules,
                            BoardNumber board, const std::function<void(Fault)>& report) {
  const auto view = store.view(board);
  if (view.live().generation == 0) return {};
  CompareSink sink(view, board, report);
  const RangeFoldContext context{log, rules, board, view.live().position, kRebuildMemory, nullptr, {}, false};
  std::optional<CaseRange> range = CaseRange{};
  while (range) {
    SharedPages pages(log, board, view.live().position, 1);
    MINNE_TRY(range, fold_range(context, *range, pages, 0, sink));
  }
  for (const auto& [key, amount] : sink.tallies) {
    if (amount != 0) sink.sums[key.first].add(key.second, amount_bytes(amount));
  }
  const auto stored = checksum_of(view);
  if (!stored) {
    report({board, 0, 0, "projections", stored.error().message});
    return {};
  }
  const auto expected = summarise(sink.sums);
  const auto actual = summarise(*stored);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i].checksum == actual[i].checksum && expected[i].rows == actual[i].rows) continue;
    report({board, 0, 0, "projection " + expected[i].name,
            "holds " + std::to_string(actual[i].rows) + " entries that differ from the " +
                std::to_string(expected[i].rows) + " of a fresh fold"});
  }
  return {};
}

}  // namespace minne
