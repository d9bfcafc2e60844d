// The invariant of projections: live rows = rebuilt rows = rows folded from one case's events, to the byte, and with
// them every index and tally, whatever happened and in whatever pieces it was folded.
//
// A failure names its seed; MINNE_SEED=n runs that history alone.
#include "tests/projections/memory_fixture.h"
#include "tests/projections/random_history.h"

#include <numeric>

namespace minne {
namespace {

std::vector<std::uint64_t> seeds(std::uint64_t count) {
  if (const char* seed = std::getenv("MINNE_SEED"); seed != nullptr) return {std::strtoull(seed, nullptr, 10)};
  std::vector<std::uint64_t> out;
  for (std::uint64_t seed = 1; seed <= count; ++seed) out.push_back(seed);
  return out;
}

// Folds the board into a store of its own, in pieces of `next_size()` events; `after` each.
template <class NextSize, class After>
std::string folded_in_pieces(Memory& memory, NextSize next_size, After after) {
  TempDirectory directory;
  StoreOptions options;
  options.directory = directory.path() / "derived";
  auto store = DerivedStore::open(options).value();
  const auto head = memory->log().head(memory.board());
  const LiveGeneration live{1, 0, build_identity(memory->rules())};
  auto folder = std::make_unique<GenerationFolder>(memory->log(), *store, memory->rules(), memory.board(), 1, 0);
  while (folder->position() < head) {
    const auto until = std::min<Position>(head, folder->position() + static_cast<Position>(next_size()));
    const auto reached = folder->advance(kMaxAppendEvents, until, &live);
    if (!reached || *reached != until) {
      ADD_FAILURE() << "stopped before " << until << (reached ? std::string{} : ": " + reached.error().message);
      break;
    }
    // Now and then without the cache that the events before have left.
    if (until % 7 == 0)
      folder = std::make_unique<GenerationFolder>(memory->log(), *store, memory->rules(), memory.board(), 1, until);
    after(*store, until);
  }
  return summary_of(store->view(memory.board()));
}

class FoldPropertyTest : public ::testing::Test {
 protected:
  TempDirectory directory_;
  ManualClock clock_;
};

TEST_F(FoldPropertyTest, LiveRebuiltAndFoldedAloneAreTheSame) {
  std::set<std::string> types;
  int taken = 0;
  int tried = 0;
  unsigned passes = 0;
  for (const auto seed : seeds(12)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomHistory history(seed, 8);
    Memory memory(directory_.path() / std::to_string(seed), clock_);
    for (int part = 0; part < 4; ++part) {
      tried += 60;
      taken += record(history, memory, 60);
      if (part == 1) memory.reopen();
      if (part == 2) expect_rebuild_changes_nothing(memory.get(), memory.board(), 2);
    }
    types.insert(history.types().begin(), history.types().end());
    expect_rows_as_folded_alone(memory.get(), memory.board());
    EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
    expect_rebuild_changes_nothing(memory.get(), memory.board(), 1);
    passes = std::max(passes, expect_rebuild_changes_nothing(memory.get(), memory.board(), 1, 16'000).passes);
    passes = std::max(passes, expect_rebuild_changes_nothing(memory.get(), memory.board(), 2, 16'000).passes);
    memory.reopen();
    EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
    if (HasFailure()) return;
  }
  if (std::getenv("MINNE_SEED") != nullptr) return;
  EXPECT_GT(passes, 3U);
  EXPECT_GT(taken * 10, tried * 4) << "the histories are mostly refused: " << taken << " of " << tried;
#define MINNE_EXPECT_TYPE(name) EXPECT_TRUE(types.contains(#name)) << #name << " was never recorded";
  MINNE_EVENT_TYPES(MINNE_EXPECT_TYPE)
#undef MINNE_EXPECT_TYPE
}

TEST_F(FoldPropertyTest, HoweverManyEventsAreFoldedAtOnceTheRowsAreTheSame) {
  for (const auto seed : seeds(6)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomHistory history(seed + 1'000, 5);
    Memory memory(directory_.path() / std::to_string(seed), clock_);
    record(history, memory, 150);
    const auto live = summary_of(memory.view());
    const auto nothing = [](DerivedStore&, Position) {};
    EXPECT_EQ(live, folded_in_pieces(
                        memory, [] { return 1; }, nothing))
        << "one by one";
    EXPECT_EQ(live, folded_in_pieces(
                        memory, [] { return 1'000'000; }, nothing))
        << "all at once";
    EXPECT_EQ(live, folded_in_pieces(
                        memory, [&] { return history.number(1, 30); }, nothing))
        << "in random pieces";
    if (HasFailure()) return;
  }
}

TEST_F(FoldPropertyTest, TheCaseAtAPositionIsTheRowAsItStoodThere) {
  for (const auto seed : seeds(3)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomHistory history(seed + 2'000, 3);
    Memory memory(directory_.path() / std::to_string(seed), clock_);
    record(history, memory, 100);
    RowPacker packer;
    std::map<Id, std::vector<StoredEvent>> events;
    folded_in_pieces(
        memory, [] { return 1; },
        [&](DerivedStore& store, Position position) {
          const auto stored = memory->log().read_events(memory.board(), {position}).value();
          const auto id = id_of(event_in(stored.front().event.bytes).case_id());
          auto& all = events[id];
          if (all.empty()) all = all_events(memory->log(), memory.board(), memory.view(), id).value();
          FoldOptions at;
          at.position = position;
          const auto then = packer.pack(fold_case(id, all, memory->rules(), at));
          const std::string key{reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
          EXPECT_TRUE(then == store.get(memory.board(), 1, kRows, key).value()) << "position " << position;
        });
    if (HasFailure()) return;
  }
}

// A case of more versions than a chunk of the index holds, corrected to its beginning.
TEST_F(FoldPropertyTest, ALongCaseIsFoldedLikeAShortOne) {
  for (const auto seed : seeds(2)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomHistory history(seed + 3'000, 2);
    Memory memory(directory_.path() / std::to_string(seed), clock_);
    int events = 0;
    while (events < 600) events += record(history, memory, 100);
    const auto live = summary_of(memory.view());
    expect_rows_as_folded_alone(memory.get(), memory.board());
    expect_rebuild_changes_nothing(memory.get(), memory.board(), 2, 16'000);
    EXPECT_EQ(live, folded_in_pieces(
                        memory, [] { return 300; }, [](DerivedStore&, Position) {}));
    EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
    if (HasFailure()) return;
  }
}

// A page of a list holds the same, whether the list is read at once or piece by piece.
TEST_F(FoldPropertyTest, PagesOfAListAreTheListInPieces) {
  for (const auto seed : seeds(2)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomHistory history(seed + 4'000, 8);
    Memory memory(directory_.path() / std::to_string(seed), clock_);
    record(history, memory, 250);
    const auto view = memory.view();
    for (const auto* state : {"open", "met", "met_late", "extended", "cancelled", "overdue", "lapsed", "all"}) {
      for (const int filter : {0, 1, 2, 3, 4, 5}) {
        SCOPED_TRACE(std::string{state} + " filter " + std::to_string(filter));
        DeadlineQuery query;
        query.state = state;
        query.today = day("2026-02-01");
        if (filter == 1 || filter == 4) query.unit = "unit-1";
        if (filter == 2 || filter == 4) query.worker = "worker-1";
        if (filter == 3) query.rule = "PRELIM_14D";
        if (filter == 5) query.before = day("2026-01-01");
        query.limit = kMaxPage;
        const auto whole = deadlines(view, memory->rules(), query).value();
        const auto& all = whole.at("items").as_array();
        EXPECT_EQ(static_cast<std::int64_t>(all.size()), whole.at("total").to_number<std::int64_t>());
        EXPECT_TRUE(whole.at("next").is_null());
        query.limit = 3;
        json::array pieces;
        for (int page = 0; page < 1'000; ++page) {
          const auto answer = deadlines(view, memory->rules(), query).value();
          for (const auto& item : answer.at("items").as_array()) pieces.push_back(item);
          if (answer.at("next").is_null()) break;
          query.cursor = answer.at("next").as_string().c_str();
        }
        EXPECT_EQ(json::serialize(all), json::serialize(pieces));
      }
    }
    RepeatsQuery query;
    query.min = 1;
    query.within_days = 700;
    query.today = day("2026-12-31");
    query.limit = kMaxPage;
    const auto all = repeats(view, query).value().at("items").as_array();
    query.limit = 1;
    json::array pieces;
    for (std::size_t page = 0; page <= all.size(); ++page) {
      const auto answer = repeats(view, query).value();
      for (const auto& item : answer.at("items").as_array()) pieces.push_back(item);
      if (answer.at("next").is_null()) break;
      query.cursor = answer.at("next").as_string().c_str();
    }
    EXPECT_EQ(json::serialize(all), json::serialize(pieces));
    EXPECT_FALSE(all.empty());
  }
}

// What each case's own clocks were at the end of that day, of those that had started: what occurred may have been
// received later; and of those that no later fact has taken away, such as a birth date that was put right.
std::vector<std::string> clocks_then(Memory& memory, const std::set<Id>& cases, Date then, std::string_view state) {
  std::vector<std::string> out;
  const auto view = memory.view();
  for (const auto& id : cases) {
    const auto events = all_events(memory->log(), memory.board(), view, id).value();
    FoldOptions chosen;
    chosen.as_of = then;
    const auto row = fold_case(id, events, memory->rules(), chosen);
    const auto row_now = fold_case(id, events, memory->rules());
    const auto& clocks_now = row_now.get<Obligations>().items;
    const auto stands = [&](const json::value& clock) {
      return std::ranges::any_of(clocks_now, [&](const auto& now) {
        return clock.at("id").as_string() == now->rule + "/" + to_text(now->id_event);
      });
    };
    for (const auto& clock : obligations_json(row, memory->rules(), then)) {
      const bool started = day(clock.at("started").as_string().c_str()) <= then;
      if (started && stands(clock) && (state == "all" || clock.at("state").as_string() == state))
        out.push_back(json::serialize(clock));
    }
  }
  std::ranges::sort(out);
  return out;
}

TEST_F(FoldPropertyTest, TheQueueOfADayIsWhatEachCaseThenWaitedFor) {
  std::size_t compared = 0;
  for (const auto seed : seeds(12)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomHistory history(seed + 5'000, 8);
    Memory memory(directory_.path() / std::to_string(seed), clock_);
    record(history, memory, 250);
    std::vector<Position> positions(memory.view().live().position);
    std::iota(positions.begin(), positions.end(), Position{1});
    std::set<Id> cases;
    for (const auto& stored : memory->log().read_events(memory.board(), positions).value())
      cases.insert(id_of(event_in(stored.event.bytes).case_id()));
    for (const auto* then : {"2025-11-15", "2026-01-10", "2026-02-20", "2026-06-01"}) {
      for (const auto* state : {"open", "met", "met_late", "extended", "cancelled", "all"}) {
        SCOPED_TRACE(std::string{state} + " on " + then);
        DeadlineQuery query;
        query.state = state;
        query.as_of = query.today = day(then);
        query.limit = 7;
        std::vector<std::string> shown;
        for (int page = 0; page < 1'000; ++page) {
          const auto answer =
              deadlines_then(memory->log(), memory.board(), memory.view(), memory->rules(), query).value();
          for (const auto& item : answer.at("items").as_array()) shown.push_back(json::serialize(item));
          if (answer.at("next").is_null()) break;
          query.cursor = answer.at("next").as_string().c_str();
        }
        std::ranges::sort(shown);
        const auto expected = clocks_then(memory, cases, day(then), state);
        std::vector<std::string> differing;
        std::ranges::set_symmetric_difference(expected, shown, std::back_inserter(differing));
        EXPECT_EQ(std::vector<std::string>{}, differing);
        compared += expected.size();
      }
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(compared, 500U);
}

}  // namespace
}  // namespace minne
