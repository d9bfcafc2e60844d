#include "projections/range_fold.h"

#include "core/keys.h"
#include "core/prefetch.h"
#include "projections/case_index.h"
#include "projections/fold.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <memory>

namespace minne {
namespace {

// What the rows cost in memory, from what was seen of generated and imported boards: allocations included.
constexpr std::size_t kCaseBytes = 2'000;
constexpr std::size_t kFactBytes = 500;  // an event that leaves more than a count
constexpr std::size_t kFoldAhead = 6;    // how many events ahead a case's row is fetched into the cache
constexpr std::size_t kProbes = 512;
constexpr double kFill = 0.9;  // of the memory, by what a range is thought to grow to

struct FoldingCase {
  CaseRow row;
  std::uint32_t number = 0;  // among the cases of the range, in the order they were met
  bool keeps_events = false;
  bool refold = false;
  std::vector<StoredEvent> kept;
};

// An event's place in its case's index. Noted in the order of the log and sorted out by case at the end: one list that
// grows is cheaper than two for each case.
struct Indexed {
  std::uint32_t number;  // of the case
  std::uint32_t fingerprint;
  Position position;
};

StoredEvent stored(const EventView& view) {
  return {view.position, view.version, view.recorded_at, {std::string{view.bytes}, {}}};
}

class RangeFold {
 public:
  RangeFold(const RangeFoldContext& context, CaseRange range) : context_(context), range_(std::move(range)) {}

  Result<> read(SharedPages& pages, std::size_t consumer) {
    for (;;) {
      MINNE_TRY(const SharedPages::Batch* batch, pages.next(consumer));
      if (batch == nullptr) return {};
      fold(batch->events);
      passed_ += batch->passed;
      if (bytes_ > context_.memory_bytes) cut();
      MINNE_TRY_VOID(check(batch->passed));
    }
  }

  Result<> give(RangeSink& sink) {
    sort_index();
    std::vector<std::pair<Id, std::unique_ptr<FoldingCase>>> ordered;
    ordered.reserve(cases_.size());
    for (auto& [id, entry] : cases_) ordered.emplace_back(id, std::move(entry));
    cases_.clear();
    std::ranges::sort(ordered, {}, [](const auto& item) { return item.first; });
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      if (i + 1 < ordered.size()) prefetch(ordered[i + 1].second.get(), sizeof(FoldingCase));
      MINNE_TRY_VOID(give_case(*ordered[i].second, sink));
      ordered[i].second.reset();  // memory goes back as the files grow
    }
    return {};
  }

  [[nodiscard]] const std::optional<CaseRange>& rest() const { return rest_; }

 private:
  // Finds the cases of a batch first, then folds: rows lie all over memory, and are fetched a few events ahead.
  void fold(const std::vector<SharedPages::CaseEvent>& events) {
    batch_.clear();
    for (const auto& [id, view] : events) batch_.push_back(range_.contains(id) ? &case_of(id) : nullptr);
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (i + 2 * kFoldAhead < events.size()) {
        const auto bytes = events[i + 2 * kFoldAhead].view.bytes;
        prefetch(bytes.data(), bytes.size());
      }
      if (i + kFoldAhead < events.size() && batch_[i + kFoldAhead] != nullptr) fetch(*batch_[i + kFoldAhead]);
      if (batch_[i] != nullptr) fold_event_of(*batch_[i], events[i].view);
    }
  }

  static void fetch(const FoldingCase& entry) {
    __builtin_prefetch(&entry.row, 1);
    const auto* activity = reinterpret_cast<const char*>(&entry.row.get<Activity>());
    __builtin_prefetch(activity, 1);
    __builtin_prefetch(activity + kCacheLine, 1);
    __builtin_prefetch(&entry.number, 1);
  }

  FoldingCase& case_of(const Id& id) {
    auto& slot = cases_[id];
    if (!slot) {
      slot = std::make_unique<FoldingCase>();
      slot->row.id = id;
      slot->number = met_++;
      slot->keeps_events = context_.corrected != nullptr && context_.corrected->contains(id);
      bytes_ += kCaseBytes;
    }
    return *slot;
  }

  void fold_event_of(FoldingCase& entry, const EventView& view) {
    const auto& event = view.event();
    index_.push_back({entry.number, fingerprint(id_of(event.id())), view.position});
    if (entry.keeps_events) {
      entry.kept.push_back(stored(view));
      bytes_ += view.bytes.size() + sizeof(StoredEvent);
    }
    if (!fold_event(view, entry.row, context_.rules)) entry.refold = true;
    bytes_ += 2 * sizeof(Indexed) + (leaves_facts(event.body_type()) ? kFactBytes : 0);
  }

  // Keeps as many of the ids, from the lowest, as will have room at the end of the log, going by what they take now;
  // the others wait for a pass of their own.
  void cut() {
    if (cases_.size() < 2) return;  // one case: it is folded whatever it takes
    std::vector<Id> ids;
    ids.reserve(cases_.size());
    for (const auto& [id, entry] : cases_) ids.push_back(id);
    const auto at_the_end =
        static_cast<double>(bytes_) * static_cast<double>(context_.until) / static_cast<double>(passed_);
    const auto share = kFill * static_cast<double>(context_.memory_bytes) / at_the_end;
    const auto kept =
        std::clamp<std::size_t>(static_cast<std::size_t>(share * static_cast<double>(ids.size())), 1, ids.size() - 1);
    const auto first_gone = ids.begin() + static_cast<std::ptrdiff_t>(kept);
    std::ranges::nth_element(ids, first_gone);
    const auto split = *first_gone;
    rest_ = CaseRange{split, rest_ ? rest_->end : range_.end};
    range_.end = split;
    std::vector<bool> stays(met_, false);
    for (const auto& [id, entry] : cases_) stays[entry->number] = id < split;
    std::erase_if(index_, [&](const Indexed& item) { return !stays[item.number]; });
    index_.shrink_to_fit();
    boost::unordered::erase_if(cases_, [&](const auto& slot) { return slot.first >= split; });
    bytes_ = bytes_ / ids.size() * kept;
  }

  // Counting sort by case: each keeps the order of the log, which is that of its versions.
  void sort_index() {
    begins_.assign(met_ + 1, 0);
    for (const auto& item : index_) ++begins_[item.number + 1];
    for (std::size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
    positions_.resize(index_.size());
    fingerprints_.resize(index_.size());
    auto next = begins_;
    for (const auto& item : index_) {
      const auto at = next[item.number]++;
      positions_[at] = item.position;
      fingerprints_[at] = item.fingerprint;
    }
    std::vector<Indexed>{}.swap(index_);
  }

  Result<> check(std::uint64_t events) {
    if (context_.progress) context_.progress(events);
    if (context_.cancelled != nullptr && *context_.cancelled) return failure(Code::kBusy, "cancelled");
    if (context_.writes && context_.log.free_bytes() < context_.log.reserve_bytes()) {
      return failure(Code::kNoSpace, "less free space than the reserve: the rebuild stops");
    }
    return {};
  }

  Result<> give_case(FoldingCase& entry, RangeSink& sink) {
    const auto id = entry.row.id;
    const auto count = begins_[entry.number + 1] - begins_[entry.number];
    const std::span positions{positions_.data() + begins_[entry.number], count};
    const std::span fingerprints{fingerprints_.data() + begins_[entry.number], count};
    if (entry.refold) {
      if (!entry.keeps_events) {
        MINNE_TRY(entry.kept, context_.log.read_events(context_.board, {positions.begin(), positions.end()},
                                                       EventLog::Sealed::kWithout));
      }
      entry.row = fold_case(id, entry.kept, context_.rules);
    } else {
      derive_row(entry.row, context_.rules);
    }
    MINNE_TRY_VOID(sink.row(id, packer_.pack(entry.row)));
    for (std::size_t begin = 0; begin < count; begin += kChunkVersions) {
      const auto size = std::min<std::size_t>(kChunkVersions, count - begin);
      const auto from = positions.subspan(begin, size);
      const auto prints = fingerprints.subspan(begin, size);
      const IndexChunk chunk{{from.begin(), from.end()}, {prints.begin(), prints.end()}};
      MINNE_TRY_VOID(sink.chunk(chunk_key(id, static_cast<std::uint32_t>(begin / kChunkVersions)), chunk.encode()));
    }
    index_entries(entry.row, index_writer_);
    for (const auto& item : index_writer_.entries()) {
      MINNE_TRY_VOID(sink.entry(static_cast<Space>(kFirstIndex + item.index), item.key, item.value));
    }
    tally_entries(entry.row, tally_writer_);
    for (const auto& item : tally_writer_.entries()) {
      sink.tally(static_cast<Space>(kFirstTally + item.tally), item.key, item.amount);
    }
    return {};
  }

  const RangeFoldContext& context_;
  CaseRange range_;
  std::optional<CaseRange> rest_;
  boost::unordered_flat_map<Id, std::unique_ptr<FoldingCase>, IdHash> cases_;
  std::uint32_t met_ = 0;
  std::uint64_t passed_ = 0;  // positions of the log
  std::vector<Indexed> index_;
  std::vector<std::uint32_t> begins_;  // by case number, in the two below
  std::vector<Position> positions_;
  std::vector<std::uint32_t> fingerprints_;
  std::vector<FoldingCase*> batch_;
  std::size_t bytes_ = 0;
  RowPacker packer_;
  IndexWriter index_writer_;
  TallyWriter tally_writer_;
};

}  // namespace

Result<std::optional<CaseRange>> fold_range(const RangeFoldContext& context, CaseRange range, SharedPages& pages,
                                            std::size_t consumer, RangeSink& sink) {
  RangeFold fold(context, std::move(range));
  const auto read = fold.read(pages, consumer);
  pages.leave(consumer);
  if (!read) return read.error();
  MINNE_TRY_VOID(fold.give(sink));
  return fold.rest();
}

CaseSet corrected_cases(const View& view) {
  CaseSet out;
  const auto space = static_cast<Space>(kFirstIndex + index_base<File>() + File::kCorrected);
  // What is damaged or was built otherwise makes the set smaller, and a fold slower.
  static_cast<void>(view.scan(space, {}, {}, [&](std::string_view key, std::string_view) {
    KeyReader reader(key);
    if (const auto id = reader.id(); reader.ok()) out.insert(id);
    return true;
  }));
  return out;
}

Result<std::vector<CaseRange>> plan_ranges(const EventLog& log, BoardNumber board, Position until, std::size_t parts) {
  std::vector<Id> seen;
  const auto step = std::max<Position>(until / kProbes, 1);
  for (Position at = 1; at <= until && parts > 1; at += step) {
    const auto cursor = log.read(board, at, ReadFor::kQuery);
    MINNE_TRY(const Page* page, cursor->next());
    if (page == nullptr) break;
    seen.push_back(id_of((*page)[0].event().case_id()));
  }
  std::ranges::sort(seen);
  std::vector<CaseRange> ranges{{Id{}, std::nullopt}};
  for (std::size_t part = 1; part < parts && !seen.empty(); ++part) {
    const auto split = seen[part * seen.size() / parts];
    if (split <= ranges.back().first) continue;
    ranges.back().end = split;
    ranges.push_back({split, std::nullopt});
  }
  return ranges;
}

}  // namespace minne
