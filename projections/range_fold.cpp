#include "projections/range_fold.h"

#include "events/check.h"
#include "projections/case_index.h"
#include "projections/fold.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <memory>

namespace minne {
namespace {

// What the rows cost in memory, from what was seen of generated and imported boards: allocations included.
constexpr std::size_t kCaseBytes = 2'000;
constexpr std::size_t kEventBytes = 24;
constexpr std::size_t kFactBytes = 500;  // an event that leaves more than a count
constexpr std::uint64_t kCheckEvery = 1U << 16;
constexpr std::size_t kProbes = 512;

struct FoldingCase {
  CaseRow row;
  std::vector<Position> positions;
  std::vector<std::uint32_t> fingerprints;
  bool refold = false;
};

class RangeFold {
 public:
  RangeFold(const RangeFoldContext& context, CaseRange range) : context_(context), range_(std::move(range)) {}

  Result<> read(SharedPages& pages, std::size_t consumer) {
    std::uint64_t since_check = 0;
    Position expected = 1;
    for (;;) {
      MINNE_TRY(const SharedPages::Batch* batch, pages.next(consumer));
      if (batch == nullptr) break;
      for (const auto& page : *batch) {
        if (page.first() != expected) return skips(expected);
        fold_page(page);
        expected = page.last() + 1;
        since_check += page.count();
      }
      if (since_check < kCheckEvery) continue;
      MINNE_TRY_VOID(check(since_check));
      since_check = 0;
    }
    if (expected <= context_.until) return skips(expected);
    return check(since_check);
  }

  Result<> give(RangeSink& sink) {
    std::vector<Id> ids;
    ids.reserve(cases_.size());
    for (const auto& [id, entry] : cases_) ids.push_back(id);
    std::ranges::sort(ids);
    for (const auto& id : ids) {
      auto& entry = *cases_.find(id)->second;
      MINNE_TRY_VOID(give_case(entry, sink));
      cases_.find(id)->second.reset();  // memory goes back as the files grow
    }
    return {};
  }

  [[nodiscard]] const std::optional<CaseRange>& rest() const { return rest_; }

 private:
  static Error skips(Position expected) {
    return failure(Code::kDamaged, "the log skips a position", "position " + std::to_string(expected));
  }

  void fold_page(const Page& page) {
    for (std::uint32_t i = 0; i < page.count(); ++i) {
      const auto view = page[i];
      if (view.position > context_.until) return;
      const auto& event = view.event();
      const auto id = id_of(event.case_id());
      if (!range_.contains(id)) continue;
      auto& slot = cases_[id];
      if (!slot) {
        slot = std::make_unique<FoldingCase>();
        slot->row.id = id;
        bytes_ += kCaseBytes;
      }
      slot->positions.push_back(view.position);
      slot->fingerprints.push_back(fingerprint(id_of(event.id())));
      if (!fold_event(view, slot->row, context_.rules)) slot->refold = true;
      bytes_ += kEventBytes + (leaves_facts(event.body_type()) ? kFactBytes : 0);
      if (bytes_ > context_.memory_bytes) cut();
    }
  }

  // Keeps the lower half of the ids; the upper half waits for a pass of its own.
  void cut() {
    if (cases_.size() < 2) return;  // one case: it is folded whatever it takes
    std::vector<Id> ids;
    ids.reserve(cases_.size());
    for (const auto& [id, entry] : cases_) ids.push_back(id);
    const auto middle = ids.begin() + static_cast<std::ptrdiff_t>(ids.size() / 2);
    std::ranges::nth_element(ids, middle);
    const auto split = *middle;
    rest_ = CaseRange{split, rest_ ? rest_->end : range_.end};
    range_.end = split;
    boost::unordered::erase_if(cases_, [&](const auto& slot) { return slot.first >= split; });
    bytes_ /= 2;
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
    if (entry.refold) {
      MINNE_TRY(const auto events,
                context_.log.read_events(context_.board, entry.positions, EventLog::Sealed::kWithout));
      entry.row = fold_case(id, events, context_.rules);
    } else {
      derive_row(entry.row, context_.rules);
    }
    MINNE_TRY_VOID(sink.row(id, packer_.pack(entry.row)));
    for (std::size_t begin = 0; begin < entry.positions.size(); begin += kChunkVersions) {
      const auto end = std::min<std::size_t>(begin + kChunkVersions, entry.positions.size());
      const auto from = static_cast<std::ptrdiff_t>(begin);
      const auto to = static_cast<std::ptrdiff_t>(end);
      const IndexChunk chunk{{entry.positions.begin() + from, entry.positions.begin() + to},
                             {entry.fingerprints.begin() + from, entry.fingerprints.begin() + to}};
      MINNE_TRY_VOID(sink.chunk(chunk_key(id, static_cast<std::uint32_t>(begin / kChunkVersions)), chunk.encode()));
    }
    for (const auto& item : index_entries(entry.row)) {
      MINNE_TRY_VOID(sink.entry(static_cast<Space>(kFirstIndex + item.index), item.key, item.value));
    }
    for (const auto& item : tally_entries(entry.row)) {
      sink.tally(static_cast<Space>(kFirstTally + item.tally), item.key, item.amount);
    }
    return {};
  }

  const RangeFoldContext& context_;
  CaseRange range_;
  std::optional<CaseRange> rest_;
  boost::unordered_flat_map<Id, std::unique_ptr<FoldingCase>, IdHash> cases_;
  std::size_t bytes_ = 0;
  RowPacker packer_;
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
