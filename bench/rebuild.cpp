// Rebuilding every projection on two threads, beside one thread that merely iterates the same events stored one key
// each.
#include "bench/figures.h"

#include <fstream>
#include <future>

namespace minne::bench {
namespace {

constexpr std::size_t kLoadBatch = 8'000;

// Peak resident memory since the last reset (proc(5): clear_refs 5, VmHWM).
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }
std::uint64_t status_kib(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size() + 1));
  }
  return 0;
}

Result<double> load(CaseMemory& memory, const BoardRecord& board, BatchSource& source, std::uint64_t events) {
  double seconds = 0;
  // The next batch is made while this one is appended.
  const auto make = [&] {
    return std::async(std::launch::async, [&] {
      auto command = source.next(kLoadBatch, board.number);
      command.deferred = true;
      return command;
    });
  };
  auto next = make();
  for (std::uint64_t done = 0; done < events;) {
    auto command = next.get();
    done += command.events.size();
    if (done < events) next = make();
    const Stopwatch watch;
    MINNE_TRY(const auto outcome, memory.append_and_wait(std::move(command)));
    seconds += watch.seconds();
  }
  RebuildOptions options;
  options.compare = false;
  MINNE_TRY_VOID(memory.rebuild(board.number, options));
  return seconds;
}

Result<std::uint64_t> copy_events(const CaseMemory& memory, const BoardRecord& board, RawStore& raw) {
  std::uint64_t bytes = 0;
  const auto cursor = memory.log().read(board.number, 1, ReadFor::kScan);
  for (;;) {
    MINNE_TRY(const Page* page, cursor->next());
    if (page == nullptr) break;
    std::vector<std::string_view> values;
    for (std::uint32_t i = 0; i < page->count(); ++i) values.push_back((*page)[i].bytes);
    for (const auto value : values) bytes += value.size();
    MINNE_TRY_VOID(raw.put(values, false));
  }
  MINNE_TRY_VOID(raw.settle());
  return bytes;
}

}  // namespace

Result<boost::json::object> rebuild_figures(const std::filesystem::path& scratch, std::uint64_t events,
                                            std::size_t rounds, std::size_t memory_bytes) {
  const SystemClock clock;
  MINNE_TRY(const auto memory, open_memory(scratch / "rebuild-library", clock));
  MINNE_TRY(const auto raw, RawStore::open(scratch / "rebuild-raw"));
  BatchSource source(events, 12);
  MINNE_TRY(const BoardRecord board, memory->create_board(source.wanted_board()));
  MINNE_TRY(const double load_seconds, load(*memory, board, source, events));
  MINNE_TRY(const std::uint64_t bytes, copy_events(*memory, board, *raw));

  Rounds rebuild_rates;
  Rounds iterate_rates;
  Rounds ratios;
  std::uint64_t peak_kib = 0;
  unsigned passes = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    const Stopwatch iterate_watch;
    MINNE_TRY(const std::uint64_t iterated, raw->iterate());
    const auto iterate_rate = static_cast<double>(iterated) / iterate_watch.seconds();
    RebuildOptions options;
    options.memory_bytes = memory_bytes;
    options.compare = false;
    reset_peak();
    const auto before_kib = status_kib("VmRSS:");
    MINNE_TRY(const auto report, memory->rebuild(board.number, options));
    peak_kib = std::max(peak_kib, status_kib("VmHWM:") - std::min(before_kib, status_kib("VmHWM:")));
    passes = report.passes;
    const auto rebuild_rate = static_cast<double>(report.events) / report.seconds;
    iterate_rates.add(iterate_rate);
    rebuild_rates.add(rebuild_rate);
    ratios.add(rebuild_rate / iterate_rate);
  }
  MINNE_TRY(auto components, component_figures(*memory, board.number));
  return boost::json::object{{"events", events},
                             {"threads", 2},
                             {"mean_event_bytes", bytes / events},
                             {"load_events_per_second", static_cast<double>(events) / load_seconds},
                             {"rebuild_events_per_second", rebuild_rates.json()},
                             {"iterate_events_per_second", iterate_rates.json()},
                             {"ratio", ratios.json()},
                             {"ranges", passes},
                             {"memory_ceiling_mib", memory_bytes >> 20},
                             {"memory_added_at_peak_mib", peak_kib / 1024},
                             {"components", std::move(components)}};
}

}  // namespace minne::bench
