// What each component costs a rebuild: the time of its folds, rows, entries and tallies over a sample of the cases, one
// thread, and what it writes. Sorting and merging the entries is not in it: their number stands beside.
#include "bench/figures.h"
#include "core/engine.h"
#include "projections/component_parts.h"
#include "projections/effective.h"
#include "projections/fold.h"

#include <boost/json/array.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

namespace minne::bench {
namespace {

constexpr std::uint32_t kSampleEvery = 8;  // cases
constexpr int kCalibrations = 100'000;

struct Cost {
  double fold = 0;  // seconds
  double row = 0;
  double entries = 0;
  std::uint64_t row_bytes = 0;
  std::uint64_t index_entries = 0;
  std::uint64_t tally_entries = 0;
  [[nodiscard]] double seconds() const { return std::max(fold, 0.0) + std::max(row, 0.0) + std::max(entries, 0.0); }
};

// Times what is shorter than reading the clock, in sum: what the reading takes is taken off.
class Meter {
 public:
  Meter() {
    const Stopwatch watch;
    for (int i = 0; i < kCalibrations; ++i) static_cast<void>(Stopwatch{}.seconds());
    reading_ = watch.seconds() / kCalibrations / 2;
  }
  void add(double& sum, const auto& run) const {
    const Stopwatch watch;
    run();
    sum += watch.seconds() - reading_;
  }

 private:
  double reading_ = 0;
};

class Sample {
 public:
  explicit Sample(const DeadlineRules& rules) : rules_(rules), costs_(component_parts().size()) {}

  Result<> fold(const EventLog& log, BoardNumber board) {
    const auto cursor = log.read(board, 1, ReadFor::kScan);
    for (;;) {
      MINNE_TRY(const Page* page, cursor->next());
      if (page == nullptr) return {};
      for (std::uint32_t i = 0; i < page->count(); ++i) fold((*page)[i]);
    }
  }

  void finish() {
    flatbuffers::FlatBufferBuilder builder;
    for (auto& [id, row] : rows_) {
      for (std::size_t i = 0; i < costs_.size(); ++i) finish(*row, component_parts()[i], costs_[i], builder);
    }
  }

  [[nodiscard]] boost::json::array json() const {
    const auto events = static_cast<double>(std::max<std::uint64_t>(events_, 1));
    const auto cases = static_cast<double>(std::max<std::size_t>(rows_.size(), 1));
    double all = 0;
    for (const auto& cost : costs_) all += cost.seconds();
    boost::json::array out;
    for (std::size_t i = 0; i < costs_.size(); ++i) {
      const auto& cost = costs_[i];
      // What is shorter than the clock can tell comes out as nothing, not as less.
      const auto per_event = [&](double seconds) { return std::max(seconds, 0.0) * 1e9 / events; };
      out.push_back({{"component", component_parts()[i].name},
                     {"share", cost.seconds() / all},
                     {"fold_ns_per_event", per_event(cost.fold)},
                     {"row_ns_per_event", per_event(cost.row)},
                     {"entries_ns_per_event", per_event(cost.entries)},
                     {"row_bytes_per_case", static_cast<double>(cost.row_bytes) / cases},
                     {"index_entries_per_case", static_cast<double>(cost.index_entries) / cases},
                     {"tally_entries_per_case", static_cast<double>(cost.tally_entries) / cases}});
    }
    return out;
  }

 private:
  void fold(const EventView& view) {
    const auto& event = view.event();
    const auto id = id_of(event.case_id());
    if (IdHash{}(id) % kSampleEvery != 0 || is_correction(event.body_type()) || is_unknown(event)) return;
    auto& row = rows_[id];
    if (!row) row = std::make_unique<CaseRow>();
    row->id = id;
    row->kind = event.stream_kind();
    row->version = view.version;
    row->position = view.position;
    ++events_;
    const auto recorded = as_it_came(event, {view.position, view.version, view.recorded_at});
    for (std::size_t i = 0; i < costs_.size(); ++i) {
      meter_.add(costs_[i].fold, [&] { component_parts()[i].apply(recorded, *row, rules_); });
    }
  }

  void finish(CaseRow& row, const ComponentParts& part, Cost& cost, flatbuffers::FlatBufferBuilder& builder) const {
    IndexWriter index;
    TallyWriter tally;
    std::size_t bytes = 0;
    meter_.add(cost.fold, [&] { part.derive(row, rules_); });
    meter_.add(cost.row, [&] { bytes = part.pack(row, builder); });
    meter_.add(cost.entries, [&] {
      part.index(row, index);
      part.tally(row, tally);
    });
    cost.row_bytes += bytes;
    cost.index_entries += index.entries().size();
    cost.tally_entries += tally.entries().size();
  }

  const DeadlineRules& rules_;
  const Meter meter_;
  std::vector<Cost> costs_;
  boost::unordered_flat_map<Id, std::unique_ptr<CaseRow>, IdHash> rows_;
  std::uint64_t events_ = 0;
};

}  // namespace

Result<boost::json::array> component_figures(const CaseMemory& memory, BoardNumber board) {
  Sample sample(memory.rules());
  MINNE_TRY_VOID(sample.fold(memory.log(), board));
  sample.finish();
  return sample.json();
}

}  // namespace minne::bench
