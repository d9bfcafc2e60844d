// Durable appends of 100 events: through the library, with ids and versions checked and projections following, beside
// RocksDB writing the same events as 100 keys in one synced batch.
#include "bench/figures.h"

namespace minne::bench {
namespace {

constexpr std::size_t kBatchEvents = 100;

std::vector<std::string> values_of(const AppendCommand& command) {
  std::vector<std::string> values;
  for (const auto& item : command.events) values.push_back(item.event.bytes + item.event.sealed);
  return values;
}

}  // namespace

Result<boost::json::object> append_figures(const std::filesystem::path& scratch, std::size_t rounds,
                                           std::size_t batches) {
  const SystemClock clock;
  MINNE_TRY(const auto memory, open_memory(scratch / "append-library", clock));
  MINNE_TRY(const auto raw, RawStore::open(scratch / "append-raw"));
  BatchSource source(rounds * batches * kBatchEvents, 11);
  MINNE_TRY(const BoardRecord board, memory->create_board(source.wanted_board()));

  Rounds library_rates;
  Rounds raw_rates;
  Rounds ratios;
  std::uint64_t bytes = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    std::vector<AppendCommand> commands;
    std::vector<std::vector<std::string>> values;
    for (std::size_t i = 0; i < batches; ++i) {
      commands.push_back(source.next(kBatchEvents, board.number));
      values.push_back(values_of(commands.back()));
    }
    for (const auto& batch : values) {
      for (const auto& value : batch) bytes += value.size();
    }
    const Stopwatch raw_watch;
    for (const auto& batch : values) MINNE_TRY_VOID(raw->put({batch.begin(), batch.end()}, true));
    const auto raw_seconds = raw_watch.seconds();
    const Stopwatch library_watch;
    for (auto& command : commands) {
      MINNE_TRY(const auto outcome, memory->append_and_wait(std::move(command)));
    }
    const auto library_seconds = library_watch.seconds();
    const auto events = static_cast<double>(batches * kBatchEvents);
    library_rates.add(events / library_seconds);
    raw_rates.add(events / raw_seconds);
    ratios.add(raw_seconds / library_seconds);
  }
  return boost::json::object{{"batch_events", kBatchEvents},
                             {"mean_event_bytes", bytes / (rounds * batches * kBatchEvents)},
                             {"library_events_per_second", library_rates.json()},
                             {"raw_events_per_second", raw_rates.json()},
                             {"ratio", ratios.json()}};
}

}  // namespace minne::bench
