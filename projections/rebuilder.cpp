#include "projections/rebuilder.h"

#include "core/keys.h"
#include "projections/rebuild_files.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>

namespace minne {
namespace {

constexpr std::size_t kCatchUpEvents = 20'000;
constexpr std::size_t kReadAhead = 96UL << 20;  // pages that wait for a thread, and the caches of both stores

using Seconds = std::chrono::duration<double>;

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
        note_(store.directory() / "rebuild" / std::to_string(board),
              std::to_string(board) + " " + build_identity(rules)) {}

  Result<RebuildReport> run() {
    auto report = build();
    // What was cancelled or found no room starts afresh; only a crash is worth taking up.
    if (!report) note_.remove();
    return report;
  }

 private:
  Result<RebuildReport> build() {
    const auto live = store_.live(board_);
    MINNE_TRY(const auto target, note_.open(next_generation(live), log_.head(board_)));
    generation_ = target.first;
    until_ = target.second;
    RebuildReport report;
    report.resumed_ranges = static_cast<unsigned>(note_.finished().size());
    ProgressMeter meter(options_, until_);
    MINNE_TRY(report.passes, fold_ranges(meter));
    report.fold_seconds = meter.seconds();
    MINNE_TRY_VOID(take_in(report, meter));
    MINNE_TRY(const auto old, take_over(report, meter));
    if (old.generation != 0) MINNE_TRY_VOID(store_.drop(board_, old.generation));
    MINNE_TRY_VOID(store_.flush());
    note_.remove();
    return report;
  }

  static Generation next_generation(const LiveGeneration& live) { return std::max<Generation>(live.generation, 1) + 1; }

  Result<unsigned> fold_ranges(ProgressMeter& meter) {
    std::vector<CaseRange> ranges;
    const auto threads = std::max(1U, options_.threads);
    if (note_.finished().empty()) {
      MINNE_TRY(ranges, plan_ranges(log_, board_, until_, threads));
    } else {
      ranges = note_.missing();
    }
    const auto corrected = corrected_cases(store_.view(board_));
    unsigned passes = 0;
    while (!ranges.empty()) {
      const auto count = static_cast<std::ptrdiff_t>(std::min<std::size_t>(threads, ranges.size()));
      std::vector<CaseRange> now(ranges.begin(), ranges.begin() + count);
      ranges.erase(ranges.begin(), ranges.begin() + count);
      meter.more(until_ * (now.size() - (passes == 0 ? 1 : 0)));
      MINNE_TRY(auto rest, fold_side_by_side(now, threads, corrected, meter));
      ranges.insert(ranges.end(), rest.begin(), rest.end());
      // Worth noting where another pass follows; after the last one what remains takes less time than the note.
      if (!ranges.empty()) MINNE_TRY_VOID(note_.save());
      ++passes;
    }
    return passes;
  }

  // One pass over the pages, a thread for each range; what did not fit comes back.
  Result<std::vector<CaseRange>> fold_side_by_side(const std::vector<CaseRange>& ranges, unsigned threads,
                                                   const CaseSet& corrected, ProgressMeter& meter) {
    // Of the ceiling, beside pages read ahead and caches: rows while folding; then, as they are given back, entries for
    // sorting, which is why both come to more than the whole. Entries that go to a file cost a third more.
    const auto per_thread = (options_.memory_bytes - std::min(options_.memory_bytes / 2, kReadAhead)) / threads;
    RangeFoldContext context{
        log_, rules_, board_, until_, per_thread / 8 * 7, options_.cancelled, [&meter](std::uint64_t events) {
          meter.passed(events);
        }};
    context.corrected = &corrected;
    SharedPages pages(log_, board_, until_, ranges);
    std::vector<Result<Folded>> folded(ranges.size(), Folded{});
    const auto fold = [&](std::size_t i) { folded[i] = fold_one(context, ranges[i], pages, i, per_thread / 16 * 3); };
    std::vector<std::thread> pool;
    for (std::size_t i = 1; i < ranges.size(); ++i) pool.emplace_back(fold, i);
    fold(0);
    for (auto& thread : pool) thread.join();
    std::optional<Error> error;
    for (const auto& one : folded) {
      if (!one && (!error || error->code == Code::kBusy)) error = one.error();  // the cause, not who stopped for it
    }
    if (error) return *error;
    std::vector<CaseRange> rest;
    for (auto& one : folded) {
      note_.add(std::move(one->finished));
      if (one->rest) rest.push_back(*one->rest);
    }
    return rest;
  }

  struct Folded {
    FinishedRange finished;
    std::optional<CaseRange> rest;
  };
  Result<Folded> fold_one(const RangeFoldContext& context, CaseRange range, SharedPages& pages, std::size_t consumer,
                          std::size_t buffer_bytes) {
    const auto target = this->target();
    RangeFiles files(target, "range-" + to_hex(range.first.bytes), buffer_bytes);
    MINNE_TRY(auto rest, fold_range(context, range, pages, consumer, files));
    if (rest) range.end = rest->first;
    MINNE_TRY(auto finished, files.finish(range));
    return Folded{std::move(finished), std::move(rest)};
  }

  Result<> take_in(RebuildReport& report, const ProgressMeter& meter) {
    std::vector<TableFile> tables;
    std::vector<EntryRun> runs;
    for (auto& range : note_.finished()) {
      std::ranges::move(range.tables, std::back_inserter(tables));
      std::ranges::move(range.runs, std::back_inserter(runs));
    }
    MINNE_TRY(auto entries, merge_entries(target(), runs, std::max(1U, options_.threads)));
    std::ranges::move(entries, std::back_inserter(tables));
    // A crash after this leaves linked files that the next open drops; the ranges must not be taken up again.
    note_.forget();
    report.merge_seconds = meter.seconds() - report.fold_seconds;
    MINNE_TRY_VOID(store_.ingest(tables));
    report.ingest_seconds = meter.seconds() - report.fold_seconds - report.merge_seconds;
    return {};
  }

  [[nodiscard]] RebuildTarget target() const { return {store_, board_, generation_, note_.directory()}; }

  // What was live before. Both can be read as long as they are compared, and then the old one may go.
  Result<LiveGeneration> take_over(RebuildReport& report, const ProgressMeter& meter) {
    MINNE_TRY(const auto taken, hand_over());
    report.events = until_;
    report.seconds = meter.seconds();
    MINNE_TRY_VOID(compare(taken, report));
    report.compare_seconds = meter.seconds() - report.seconds;
    return taken.old;
  }

  Result<Projector::TakenOver> hand_over() {
    auto fresh = std::make_unique<GenerationFolder>(log_, store_, rules_, board_, generation_, until_);
    while (fresh->position() + kCatchUpEvents < log_.head(board_)) {
      MINNE_TRY_VOID(fresh->advance(kCatchUpEvents, log_.head(board_), nullptr));
    }
    return projector_.take_over(std::move(fresh), options_.compare);
  }

  Result<> compare(const Projector::TakenOver& taken, RebuildReport& report) const {
    if (!options_.compare) return {};
    MINNE_TRY(const auto after, checksum_of(taken.fresh));
    report.projections = summarise(after);
    if (taken.old.generation == 0 || !taken.same_position) return {};
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
  RebuildNote note_;
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
  std::map<std::pair<Space, std::string>, std::int64_t> tallies;

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
  const auto corrected = corrected_cases(view);
  const RangeFoldContext context{log, rules, board,     view.live().position, kRebuildMemory, nullptr,
                                 {},  false, &corrected};
  std::optional<CaseRange> range = CaseRange{};
  while (range) {
    SharedPages pages(log, board, view.live().position, {*range});
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
