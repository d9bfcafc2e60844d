#include "tests/projections/case_memory_fixture.h"

namespace minne {
namespace {

class AppendTest : public CaseMemoryTest {};

// --- ids
// ---------------------------------------------------------------------------------------------------------------

TEST_F(AppendTest, AnswersARepeatAsTheFirstTimeAtAStaleVersionToo) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")}, {Expect::kNew});
  const auto first = memory.append({note("n1", "anna"), note("n2", "anna")}, {Expect::kVersion, 1});
  EXPECT_EQ(2U, first.appended);
  memory.append({note("n3", "anna")});
  const auto expect_the_same = [&] {
    const auto again = memory.append({note("n1", "anna"), note("n2", "anna")}, {Expect::kVersion, 1});
    ASSERT_EQ(2U, again.events.size());
    EXPECT_EQ(0U, again.appended);
    EXPECT_EQ(first.position, again.position);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_TRUE(again.events[i].repeated);
      EXPECT_FALSE(first.events[i].repeated);
      EXPECT_EQ(first.events[i].position, again.events[i].position);
      EXPECT_EQ(first.events[i].version, again.events[i].version);
      EXPECT_EQ(first.events[i].event, again.events[i].event);
    }
    EXPECT_EQ(4U, memory.row("anna").version);
  };
  expect_the_same();
  memory.reopen();
  expect_the_same();
}

TEST_F(AppendTest, RefusesAnIdWithOtherContent) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), note("n1", "anna")});
  const auto refused = memory.try_append({note("n1", "anna", "2026-02-11")});
  EXPECT_EQ(Code::kConflict, code_of(refused));
  EXPECT_EQ(uuid("n1"), detail_of(refused, "id"));
  EXPECT_EQ("2", detail_of(refused, "position"));
  EXPECT_EQ("/events/0/id", refused.error().where);
  auto sealed = note("n2", "anna");
  sealed["sealed"] = json::object{{"text_ref", "one"}};
  memory.append({sealed});
  sealed["sealed"] = json::object{{"text_ref", "two"}};
  EXPECT_EQ(Code::kConflict, code_of(memory.try_append({sealed})));
}

TEST_F(AppendTest, RefusesKnownAndNewEventsTogether) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), note("n1", "anna")});
  const auto refused = memory.try_append({note("n1", "anna"), note("n2", "anna")});
  EXPECT_EQ(Code::kConflict, code_of(refused));
  EXPECT_EQ("/events/1/id", refused.error().where);
  EXPECT_EQ(2U, memory.row("anna").version);
}

TEST_F(AppendTest, AppendsTheTailWhereKnownEventsAreSkipped) {
  Memory memory(directory_.path(), clock_);
  for (const bool foreign : {false, true}) {
    const std::string name = foreign ? "foreign" : "own";
    const auto grown = [&](int notes) {
      std::vector<json::object> events{opened(name)};
      for (int i = 0; i < notes; ++i) events.push_back(note(name + std::to_string(i), name));
      auto out = command(memory.board(), events);
      out.foreign = foreign;
      out.skip_known = true;
      return out;
    };
    EXPECT_EQ(3U, memory->append_and_wait(grown(2))->appended);
    const auto tail = memory->append_and_wait(grown(4)).value();
    EXPECT_EQ(2U, tail.appended);
    ASSERT_EQ(5U, tail.events.size());
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(i + 1, tail.events[i].version);
      EXPECT_EQ(i < 3, tail.events[i].repeated);
    }
    EXPECT_EQ(0U, memory->append_and_wait(grown(4))->appended);
    auto changed = grown(4);
    changed.events[1].event = encoded(note(name + "0", name, "2026-02-28"));
    EXPECT_EQ(Code::kConflict, code_of(memory->append_and_wait(changed)));
  }
}

TEST_F(AppendTest, FindsAnIdAmongManyHoweverOldAndWhereverItIsIndexed) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")});
  for (int batch = 0; batch < 3; ++batch) {  // more versions than two chunks of the index hold
    std::vector<json::object> events;
    for (int i = 0; i < 200; ++i) events.push_back(note(std::to_string(batch) + "/" + std::to_string(i), "anna"));
    memory.append(events);
  }
  for (const bool reopened : {false, true}) {
    if (reopened) memory.reopen();
    for (const auto* id : {"0/0", "1/54", "1/55", "1/56", "2/199"}) {
      const auto again = memory.append({note(id, "anna")});
      EXPECT_EQ(0U, again.appended) << id;
      EXPECT_EQ(Code::kConflict, code_of(memory.try_append({note(id, "anna", "2026-02-12")}))) << id;
    }
  }
  EXPECT_EQ(601U, memory.row("anna").version);
}

TEST_F(AppendTest, TakesTheSameIdInTwoCases) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), opened("bo"), note("n", "anna"), note("n", "bo")});
  EXPECT_EQ(2U, memory.row("anna").version);
  EXPECT_EQ(2U, memory.row("bo").version);
}

TEST_F(AppendTest, RefusesOneIdTwiceInOneAppendWhoeverSendsIt) {
  Memory memory(directory_.path(), clock_);
  for (const bool foreign : {false, true}) {
    auto twice = command(memory.board(), {opened("anna"), note("n", "anna"), note("n", "anna", "2026-02-11")});
    twice.foreign = foreign;
    EXPECT_EQ(Code::kConflict, code_of(memory->append_and_wait(twice))) << (foreign ? "foreign" : "own");
  }
  EXPECT_EQ(0U, memory->log().head(memory.board()));
}

// --- expectations
// ------------------------------------------------------------------------------------------------------

TEST_F(AppendTest, RefusesANewCaseThatExists) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")}, {Expect::kNew});
  const auto refused = memory.try_append({note("n", "anna")}, {Expect::kNew});
  EXPECT_EQ(Code::kConflict, code_of(refused));
  EXPECT_EQ("1", detail_of(refused, "current_version"));
  EXPECT_EQ(uuid("anna"), detail_of(refused, "case"));
  EXPECT_EQ("/cases/0", refused.error().where);
}

TEST_F(AppendTest, RefusesAStaleVersionAndNamesTheCurrentOne) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), note("n1", "anna")});
  for (const Version stale : {0U, 1U, 3U}) {
    const auto refused = memory.try_append({note("n2", "anna")}, {Expect::kVersion, stale});
    EXPECT_EQ(Code::kConflict, code_of(refused));
    EXPECT_EQ("2", detail_of(refused, "current_version"));
  }
  memory.append({note("n2", "anna")}, {Expect::kVersion, 2});
  EXPECT_EQ(3U, memory.row("anna").version);
}

TEST_F(AppendTest, AppendsToSeveralCasesOrNone) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")});
  auto both = command(memory.board(), {note("n", "anna"), opened("bo")});
  both.cases[0].expect = Expect::kVersion;
  both.cases[0].version = 7;
  EXPECT_EQ(Code::kConflict, code_of(memory->append_and_wait(both)));
  EXPECT_EQ(0U, memory.row("bo").version);
  both.cases[0].version = 1;
  EXPECT_TRUE(memory->append_and_wait(both));
  EXPECT_EQ(1U, memory.row("bo").version);
}

TEST_F(AppendTest, RefusesACaseListedTwice) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")});
  auto twice = command(memory.board(), {note("n1", "anna"), note("n2", "anna")});
  twice.cases.push_back(twice.cases.front());
  twice.events[1].which = 1;
  EXPECT_EQ(Code::kInvalid, code_of(memory->append_and_wait(twice)));
  EXPECT_EQ(1U, memory.row("anna").version);
  expect_dense(memory);
}

TEST_F(AppendTest, DecidesAgainWhereAnyVersionIsWelcome) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")});
  constexpr int kThreads = 4;
  constexpr int kEach = 25;
  std::mutex mutex;
  std::set<Version> versions;
  int failed = 0;
  together(kThreads, [&](int thread) {
    for (int i = 0; i < kEach; ++i) {
      const auto outcome = memory.try_append({note(std::to_string(thread) + "/" + std::to_string(i), "anna")});
      const std::lock_guard lock(mutex);
      if (!outcome) {
        ++failed;
        ADD_FAILURE() << outcome.error().message;
      } else {
        EXPECT_TRUE(versions.insert(outcome->events.front().version).second);
      }
    }
  });
  EXPECT_EQ(0, failed);
  EXPECT_EQ(static_cast<std::size_t>(kThreads * kEach), versions.size());
  EXPECT_EQ(2U, *versions.begin());
  EXPECT_EQ(static_cast<Version>(kThreads * kEach + 1), *versions.rbegin());
  expect_dense(memory);
}

TEST_F(AppendTest, LetsOneOfSeveralRacersHaveAVersion) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")});
  for (Version version = 1; version <= 10; ++version) {
    std::atomic<int> won = 0;
    together(4, [&](int thread) {
      const auto outcome = memory.try_append({note(std::to_string(version) + "/" + std::to_string(thread), "anna")},
                                             {Expect::kVersion, version});
      if (outcome) {
        ++won;
      } else {
        EXPECT_EQ(Code::kConflict, code_of(outcome));
        EXPECT_EQ(std::to_string(version + 1), detail_of(outcome, "current_version"));
      }
    });
    EXPECT_EQ(1, won);
  }
}

TEST_F(AppendTest, JudgesEachDecisionByTheCaseThatItIsAppendedTo) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna")});
  std::atomic<int> won = 0;
  together(4, [&](int thread) {  // one report, one decision: whoever comes second is refused, not appended
    const auto outcome = memory.try_append({event("InvestigationNotOpened", "no" + std::to_string(thread), "anna",
                                                  "2026-02-10", {{"report_ids", uuids({"r1"})}})});
    won += outcome ? 1 : 0;
    EXPECT_TRUE(outcome || code_of(outcome) == Code::kRefused);
  });
  EXPECT_EQ(1, won);
  EXPECT_EQ(3U, memory.row("anna").version);
}

// --- supplied clock
// ----------------------------------------------------------------------------------------------------

TEST_F(AppendTest, KeepsTheTimeThatABoardWithASuppliedClockIsTold) {
  Memory memory(directory_.path(), clock_, {}, true);
  const auto early = parse_instant("2020-01-01T00:00:00Z").value();
  auto first = command(memory.board(), {opened("anna")}, {}, early);
  ASSERT_TRUE(memory->append_and_wait(first));
  auto back = command(memory.board(), {note("n", "anna")}, {}, early - std::chrono::seconds(1));
  EXPECT_EQ(Code::kInvalid, code_of(memory->append_and_wait(back)));
  const auto stored = all_events(memory->log(), memory.board(), memory.view(), id_named("anna")).value();
  EXPECT_EQ(early, stored.front().recorded_at);
  memory.reopen();
  EXPECT_TRUE(memory.record().supplied_clock);
}

TEST_F(AppendTest, RefusesAppendsBelowTheFreeSpaceReserveAndGoesOnAnswering) {
  std::atomic<std::uint64_t> free = std::uint64_t{1} << 40;
  MemoryOptions options;
  options.log.free_bytes = [&free] { return free.load(); };
  Memory memory(directory_.path(), clock_, options);
  memory.append({opened("anna")});
  free = 1;
  EXPECT_EQ(Code::kNoSpace, code_of(memory.try_append({note("n", "anna")})));
  EXPECT_EQ(1U, memory.row("anna").version);
  free = std::uint64_t{1} << 40;
  EXPECT_TRUE(memory.try_append({note("n", "anna")}));
}

}  // namespace
}  // namespace minne
