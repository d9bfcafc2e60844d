#include "projections/case_memory.h"

#include "events/stream_ids.h"
#include "tests/projections/memory_fixture.h"

#include <barrier>
#include <fstream>
#include <set>
#include <thread>

namespace minne {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNumber = "20100101-2382";

json::object with_number(json::object event, std::string_view number = kNumber) {
  event["sealed"] = json::object{{"person_number", number}};
  return event;
}
json::object assigned(std::string_view id, std::string_view case_name, std::string_view worker,
                      std::string_view role = "responsible") {
  return event("CaseAssigned", id, case_name, "2026-02-10", {{"worker", worker}, {"role", role}});
}
json::object in_staff_stream(json::object event, std::string_view worker) {
  event["case"] = to_text(staff_stream_id("norr", worker));
  return event;
}
json::object staff_left(std::string_view worker) {
  return in_staff_stream(event("StaffLeft", "left " + std::string{worker}, "anna", "2026-02-20", {{"worker", worker}}),
                         worker);
}
json::object staff_joined(std::string_view worker) {
  return in_staff_stream(
      event("StaffJoined", "joined " + std::string{worker}, "anna", "2026-02-21", {{"worker", worker}}), worker);
}

class CaseMemoryTest : public ::testing::Test {
 protected:
  TempDirectory directory_;
  ManualClock clock_;
};

// Runs `work(thread)` on several threads that start together.
template <class Work>
void together(int threads, Work work) {
  std::barrier start(threads);
  std::vector<std::thread> pool;
  for (int i = 0; i < threads; ++i) {
    pool.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
  for (auto& thread : pool) thread.join();
}

Code code_of(const Result<AppendOutcome>& outcome) { return outcome ? Code::kInternal : outcome.error().code; }

std::string detail_of(const Result<AppendOutcome>& outcome, std::string_view name) {
  if (outcome) return "none: it was accepted";
  const Error error = outcome.error();
  const auto* found = error.details.if_contains(name);
  if (found == nullptr) return "no " + std::string{name} + ": " + error.message;
  return found->is_string() ? std::string{found->as_string()} : json::serialize(*found);
}

// Positions and versions have no gaps, of the board and of each case.
void expect_dense(Memory& memory) { EXPECT_EQ("", text_of_faults(faults_of(memory.get()))); }

// --- ids
// ---------------------------------------------------------------------------------------------------------------

TEST_F(CaseMemoryTest, AnswersARepeatAsTheFirstTimeAtAStaleVersionToo) {
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

TEST_F(CaseMemoryTest, RefusesAnIdWithOtherContent) {
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

TEST_F(CaseMemoryTest, RefusesKnownAndNewEventsTogether) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), note("n1", "anna")});
  const auto refused = memory.try_append({note("n1", "anna"), note("n2", "anna")});
  EXPECT_EQ(Code::kConflict, code_of(refused));
  EXPECT_EQ("/events/1/id", refused.error().where);
  EXPECT_EQ(2U, memory.row("anna").version);
}

TEST_F(CaseMemoryTest, AppendsTheTailWhereKnownEventsAreSkipped) {
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

TEST_F(CaseMemoryTest, FindsAnIdAmongManyHoweverOldAndWhereverItIsIndexed) {
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

TEST_F(CaseMemoryTest, TakesTheSameIdInTwoCases) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), opened("bo"), note("n", "anna"), note("n", "bo")});
  EXPECT_EQ(2U, memory.row("anna").version);
  EXPECT_EQ(2U, memory.row("bo").version);
}

TEST_F(CaseMemoryTest, RefusesOneIdTwiceInOneAppendWhoeverSendsIt) {
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

TEST_F(CaseMemoryTest, RefusesANewCaseThatExists) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")}, {Expect::kNew});
  const auto refused = memory.try_append({note("n", "anna")}, {Expect::kNew});
  EXPECT_EQ(Code::kConflict, code_of(refused));
  EXPECT_EQ("1", detail_of(refused, "current_version"));
  EXPECT_EQ(uuid("anna"), detail_of(refused, "case"));
  EXPECT_EQ("/cases/0", refused.error().where);
}

TEST_F(CaseMemoryTest, RefusesAStaleVersionAndNamesTheCurrentOne) {
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

TEST_F(CaseMemoryTest, AppendsToSeveralCasesOrNone) {
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

TEST_F(CaseMemoryTest, RefusesACaseListedTwice) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")});
  auto twice = command(memory.board(), {note("n1", "anna"), note("n2", "anna")});
  twice.cases.push_back(twice.cases.front());
  twice.events[1].which = 1;
  EXPECT_EQ(Code::kInvalid, code_of(memory->append_and_wait(twice)));
  EXPECT_EQ(1U, memory.row("anna").version);
  expect_dense(memory);
}

TEST_F(CaseMemoryTest, DecidesAgainWhereAnyVersionIsWelcome) {
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

TEST_F(CaseMemoryTest, LetsOneOfSeveralRacersHaveAVersion) {
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

TEST_F(CaseMemoryTest, JudgesEachDecisionByTheCaseThatItIsAppendedTo) {
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

// --- one case for one person
// -------------------------------------------------------------------------------------------

TEST_F(CaseMemoryTest, NamesTheFirstCaseOfTheSamePerson) {
  Memory memory(directory_.path(), clock_);
  memory.append({with_number(opened("anna"))});
  const auto refused = memory.try_append({with_number(opened("bo"))});
  EXPECT_EQ(Code::kConflict, code_of(refused));
  EXPECT_EQ(uuid("anna"), detail_of(refused, "case"));
  memory.reopen();
  EXPECT_EQ(uuid("anna"), detail_of(memory.try_append({with_number(opened("bo"))}), "case"));
  EXPECT_EQ(0U, memory.row("bo").version);
}

TEST_F(CaseMemoryTest, NamesTheFirstCaseOfTheSamePersonWhenRaced) {
  Memory memory(directory_.path(), clock_);
  const std::array<std::string_view, 4> numbers = {"20100101-2382", "20120229-2387", "19990909-2380", "20150706-2386"};
  for (const auto number : numbers) {
    std::mutex mutex;
    std::vector<std::string> won;
    std::vector<std::string> named;
    together(4, [&](int thread) {
      const auto name = std::string{number} + "/" + std::to_string(thread);
      const auto outcome = memory.try_append({with_number(opened(name), number)});
      const std::lock_guard lock(mutex);
      if (outcome) {
        won.push_back(uuid(name));
      } else {
        EXPECT_EQ(Code::kConflict, code_of(outcome));
        named.push_back(detail_of(outcome, "case"));
      }
    });
    ASSERT_EQ(1U, won.size());
    EXPECT_EQ((std::vector<std::string>(3, won.front())), named);
  }
}

TEST_F(CaseMemoryTest, LinksAPersonAgainToTheCaseThatThePersonHas) {
  Memory memory(directory_.path(), clock_);
  memory.append({with_number(opened("anna"))});
  const auto linked = memory.try_append({with_number(event("ChildIdentityLinked", "l", "anna", "2026-02-03"))});
  EXPECT_TRUE(linked) << linked.error().message;
}

TEST_F(CaseMemoryTest, GivesAPersonBackWhoseNumberWasWrittenInTheWrongFile) {
  Memory memory(directory_.path(), clock_);
  memory.append({with_number(opened("anna"))});
  const auto correction = [&](std::string_view id, std::string_view case_name, std::string_view number) {
    json::object replacement{{"type", "CaseOpened"},
                             {"occurred_at", "2026-01-02"},
                             {"body", json::object{}},
                             {"sealed", json::object{{"person_number", number}}}};
    return event("EventCorrected", id, case_name, "2026-02-20",
                 {{"target", uuid("opened " + std::string{case_name})},
                  {"replacement", std::move(replacement)},
                  {"reason", "typing_error"}});
  };
  memory.append({correction("c1", "anna", "20120229-2387")});
  const auto freed = memory.try_append({with_number(opened("bo"))});  // the number is nobody's now
  EXPECT_TRUE(freed) << freed.error().message;
  const auto taken = memory.try_append({correction("c2", "bo", "20120229-2387")});  // and no correction takes another's
  EXPECT_EQ(Code::kConflict, code_of(taken));
  EXPECT_EQ(uuid("anna"), detail_of(taken, "case"));
}

// The projections are lost, and the first thing after the open is a second case of the same person.
TEST_F(CaseMemoryTest, NamesTheFirstCaseThoughTheProjectionsHaveYetToFollow) {
  Memory memory(directory_.path(), clock_);
  memory.append({with_number(opened("anna"))});
  for (int i = 0; i < 10; ++i) {
    const auto name = "case " + std::to_string(i);
    std::vector<json::object> events{opened(name)};
    for (int n = 0; n < 300; ++n) events.push_back(report(name + "/" + std::to_string(n), name));
    auto many = command(memory.board(), events);
    many.foreign = true;
    ASSERT_TRUE(memory->append_and_wait(many));
  }
  memory.close();
  fs::remove_all(directory_.path() / "derived");
  memory.open();
  EXPECT_EQ(uuid("anna"), detail_of(memory.try_append({with_number(opened("bo"))}), "case"));
}

// --- staff who leave
// ---------------------------------------------------------------------------------------------------

TEST_F(CaseMemoryTest, EndsTheAssignmentsOfWhoLeavesInTheSameAppend) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), assigned("a", "anna", "eva")});
  memory.append({opened("bo"), assigned("b", "bo", "eva")});
  const auto left = memory.append({staff_left("eva")});
  ASSERT_EQ(3U, left.events.size());
  EXPECT_EQ(staff_stream_id("norr", "eva"), left.events.back().case_id);  // StaffLeft stands after what it brings
  EXPECT_EQ(left.position, left.events.back().position);
  EXPECT_TRUE(memory.row("anna").get<Assignments>().items.front()->ended_on);
  EXPECT_TRUE(assignments_of(memory.view(), "eva")->empty());
  const auto again = memory.append({staff_left("eva")});
  EXPECT_EQ(0U, again.appended);
  expect_dense(memory);
}

TEST_F(CaseMemoryTest, EndsAssignmentsInACaseThatTheAppendNamesItself) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), assigned("a", "anna", "eva")});
  memory.append({staff_left("eva"), note("n", "anna")});
  const auto row = memory.row("anna");
  EXPECT_EQ(4U, row.version);
  EXPECT_TRUE(row.get<Assignments>().items.front()->ended_on);
  expect_dense(memory);
  expect_rows_as_folded_alone(memory.get(), memory.board());
}

TEST_F(CaseMemoryTest, EndsEveryAssignmentThatAWorkerHasInOneMatter) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), assigned("a", "anna", "eva"), assigned("b", "anna", "eva", "co_worker"),
                 assigned("c", "anna", "eva", "co_worker")});
  const auto left = memory.append({staff_left("eva")});
  EXPECT_EQ(4U, left.appended);
  const auto row = memory.row("anna");
  for (const auto& item : row.get<Assignments>().items) EXPECT_TRUE(item->ended_on) << item->role;
  EXPECT_TRUE(assignments_of(memory.view(), "eva")->empty());
}

TEST_F(CaseMemoryTest, AssignsNobodyWhoHasLeftUntilTheyJoinAgain) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), assigned("a", "anna", "eva")});
  memory.append({staff_left("eva")});
  for (const bool reopened : {false, true}) {
    if (reopened) memory.reopen();
    const auto refused = memory.try_append({assigned("b", "anna", "eva")});
    EXPECT_EQ(Code::kRefused, code_of(refused));
    EXPECT_EQ("assigned-to-who-is-here", detail_of(refused, "invariant"));
    EXPECT_EQ("/events/0/body/worker", refused.error().where);
  }
  memory.append({staff_joined("eva")});
  memory.append({assigned("b", "anna", "eva")});
  EXPECT_EQ(1U, assignments_of(memory.view(), "eva")->size());
}

// However the two meet, no assignment is left that nobody has.
TEST_F(CaseMemoryTest, MissesNoAssignmentThatIsMadeWhileAWorkerLeaves) {
  Memory memory(directory_.path(), clock_);
  constexpr int kRounds = 12;
  for (int round = 0; round < kRounds; ++round) {
    const auto worker = "eva" + std::to_string(round);
    const auto name = [&](int thread) { return worker + "/" + std::to_string(thread); };
    for (int thread = 0; thread < 3; ++thread) memory.append({opened(name(thread))});
    std::atomic<int> taken = 0;
    together(4, [&](int thread) {
      if (thread == 3) {
        EXPECT_TRUE(memory.try_append({staff_left(worker)}));
        return;
      }
      for (int i = 0; i < 4; ++i) {
        const auto id = name(thread) + "/" + std::to_string(i);
        taken += memory.try_append({assigned(id, name(thread), worker, "co_worker")}) ? 1 : 0;
      }
    });
    EXPECT_TRUE(assignments_of(memory.view(), worker)->empty()) << taken << " were made";
  }
  expect_dense(memory);
}

TEST_F(CaseMemoryTest, EndsMoreAssignmentsThanOneAppendHolds) {
  Memory memory(directory_.path(), clock_);
  constexpr std::size_t kMany = kMaxAppendEvents + 5;
  constexpr std::size_t kCases = 20;
  for (std::size_t i = 0; i < kCases; ++i) {
    const auto name = "case " + std::to_string(i);
    std::vector<json::object> events{opened(name)};
    for (std::size_t n = i; n < kMany; n += kCases) {
      events.push_back(assigned(name + "/" + std::to_string(n), name, "eva", "co_worker"));
    }
    memory.append(events);
  }
  const auto before = memory->log().head(memory.board());
  auto beside = command(memory.board(), {staff_left("eva"), note("n", "case 0")});
  EXPECT_EQ(Code::kTooLarge, code_of(memory->append_and_wait(beside)));
  EXPECT_EQ(before, memory->log().head(memory.board()));
  const auto left = memory.append({staff_left("eva")});
  EXPECT_EQ(kMany + 1, left.appended);
  ASSERT_EQ(kMany + 1, left.events.size());
  EXPECT_EQ(staff_stream_id("norr", "eva"), left.events.back().case_id);
  EXPECT_EQ(left.position, left.events.back().position);
  EXPECT_EQ(before + kMany + 1, left.position);
  EXPECT_TRUE(assignments_of(memory.view(), "eva")->empty());
  EXPECT_EQ(0U, memory.append({staff_left("eva")}).appended);
  expect_dense(memory);
}

// --- boards
// ------------------------------------------------------------------------------------------------------------

TEST_F(CaseMemoryTest, TwoBoardsNeverSeeEachOther) {
  Memory memory(directory_.path(), clock_);
  BoardRecord wanted;
  wanted.name = "soder";
  wanted.lookup_key = memory.record().lookup_key;
  const auto other = memory->create_board(wanted).value();
  memory.append(
      {with_number(opened("anna", {{"external_ref", "A-1"}})), report("r1", "anna"), assigned("a", "anna", "eva")});
  const auto empty = [&] {
    const auto view = memory->board_view(other.number, Consistency::kStrong).value();
    EXPECT_EQ(0U, read_row(view, id_named("anna"))->version);
    EXPECT_FALSE(find_reference(view, "A-1"));
    EXPECT_TRUE(assignments_of(view, "eva")->empty());
    const auto token = hmac_sha256({reinterpret_cast<const std::uint8_t*>("board-key"), 9}, "201001012382");
    EXPECT_FALSE(find_subject(view, {reinterpret_cast<const char*>(token.data()), token.size()})->has_value());
    EXPECT_TRUE(find_subject(memory.view(), {reinterpret_cast<const char*>(token.data()), token.size()})->has_value());
    DeadlineQuery query;
    query.state = "all";
    query.today = day("2026-03-01");
    EXPECT_EQ(0, deadlines(view, memory->rules(), query)->at("total").as_int64());
    RepeatsQuery repeated;
    repeated.min = 1;
    repeated.today = day("2026-03-01");
    EXPECT_TRUE(repeats(view, repeated)->at("items").as_array().empty());
  };
  empty();
  // The same ids and the same person, as another case at the other board; what is done there stays there.
  auto theirs = command(other.number, {with_number(opened("anna")), report("r1", "anna", "2026-02-20")});
  ASSERT_TRUE(memory->append_and_wait(theirs));
  EXPECT_EQ(3U, memory.row("anna").version);
  EXPECT_EQ(2U, memory->log().head(other.number));
  const auto before = summary_of(memory.view());
  ASSERT_TRUE(memory->rebuild(other.number, {}));
  EXPECT_EQ(before, summary_of(memory.view()));
  const auto left = memory->append_and_wait(command(other.number, {staff_left("eva")})).value();
  EXPECT_EQ(1U, left.events.size());
  EXPECT_EQ(1U, assignments_of(memory.view(), "eva")->size());
  expect_dense(memory);
}

// --- reads
// -------------------------------------------------------------------------------------------------------------

TEST_F(CaseMemoryTest, ReadsSeeEveryAppendAcknowledgedBeforeThem) {
  Memory memory(directory_.path(), clock_);
  std::atomic<bool> done = false;
  std::thread outsider([&] {  // whatever the others do, the position never goes back
    Position last = 0;
    while (!done) {
      const auto view = memory.view();
      EXPECT_GE(view.live().position, last);
      last = view.live().position;
    }
  });
  together(4, [&](int thread) {
    const auto name = "case " + std::to_string(thread);
    memory.append({opened(name)});
    for (int i = 0; i < 40; ++i) {
      const auto appended = memory.append({note(name + std::to_string(i), name)});
      const auto version = appended.events.front().version;
      const auto own = memory->case_view(memory.board(), id_named(name), Consistency::kStrong).value();
      EXPECT_EQ(version, read_row(own, id_named(name))->version);
      if (i % 4 == 0) {
        EXPECT_GE(memory.view().live().position, appended.position);
      }
    }
  });
  done = true;
  outsider.join();
  EXPECT_EQ(164U, memory->log().head(memory.board()));
}

// --- open and close
// ----------------------------------------------------------------------------------------------------

TEST_F(CaseMemoryTest, HoldsEverythingAfterAReopen) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna"), assigned("a", "anna", "eva")});
  const auto before = summary_of(memory.view());
  memory.reopen();
  EXPECT_EQ(before, summary_of(memory.view()));
  const auto next = memory.append({note("n", "anna")}, {Expect::kVersion, 3});
  EXPECT_EQ(4U, next.position);
  EXPECT_EQ(4U, next.events.front().version);
}

TEST_F(CaseMemoryTest, LocksItsDirectory) {
  Memory memory(directory_.path(), clock_);
  const auto second =
      CaseMemory::open({.directory = directory_.path(), .log = {}, .store = {}, .more_rules = {}}, clock_);
  ASSERT_FALSE(second);
  EXPECT_EQ(Code::kConflict, second.error().code);
  memory.append({opened("anna")});  // the first goes on
  memory.reopen();                  // and gives the lock back
  EXPECT_EQ(1U, memory.row("anna").version);
}

void damage_derived(const fs::path& directory) {
  std::ofstream current(directory / "derived" / "CURRENT", std::ios::binary | std::ios::trunc);
  current << "nothing of use";
}

TEST_F(CaseMemoryTest, DiscardsDamagedProjectionsAndMakesThemAgain) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna"), assigned("a", "anna", "eva")});
  const auto before = summary_of(memory.view());
  memory.close();
  damage_derived(directory_.path());
  memory.open();
  EXPECT_EQ(before, summary_of(memory.view()));
  expect_dense(memory);
}

TEST_F(CaseMemoryTest, NamesDamagedProjectionsWhenItOnlyVerifies) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna")});
  memory.close();
  damage_derived(directory_.path());
  memory.options().verify_only = true;
  for (int time = 0; time < 2; ++time) {  // and leaves them as they are
    memory.open();
    const auto faults = faults_of(memory.get());
    ASSERT_EQ(1U, faults.size()) << text_of_faults(faults);
    EXPECT_EQ("derived", faults.front().where);
    memory.close();
  }
}

TEST_F(CaseMemoryTest, MakesEverythingAgainWhenTheRulesHaveChanged) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna")});
  memory.append({opened("bo"), report("r2", "bo")});
  const auto rows = [&] { return memory.row("anna").get<Obligations>().items.size(); };
  EXPECT_EQ(2U, rows());
  const auto before = memory.view().live();
  const auto summary = summary_of(memory.view());
  memory.close();
  memory.options().more_rules = {
      {"own.toml",
       "[[rule]]\nid = 'OWN_1W'\nkind = 'policy'\nstarts = { event = 'ReportReceived', field = 'received_at' }\n"
       "limit = '1w'\nadjust = 'none'\nmet_by = ['NoteRecorded']\n"}};
  memory.open();
  EXPECT_EQ(3U, rows());
  EXPECT_NE(before.identity, memory.view().live().identity);
  EXPECT_NE(before.generation, memory.view().live().generation);
  expect_rows_as_folded_alone(memory.get(), memory.board());
  memory.append({event("NoteRecorded", "n", "anna", "2026-02-08", {}, {{"matter", uuid("r1")}})});
  expect_rebuild_changes_nothing(memory.get(), memory.board());
  memory.close();
  memory.options().more_rules.clear();
  memory.open();
  EXPECT_EQ(2U, rows());
  EXPECT_NE(summary, summary_of(memory.view()));  // the note has come
  expect_dense(memory);
}

// --- verify
// ------------------------------------------------------------------------------------------------------------

struct StoredEntry {
  Space space = 0;
  std::string key;
  std::string value;
};

// The live generation of a board, changed behind the memory's back.
class Tampering {
 public:
  Tampering(const fs::path& directory, BoardNumber board) : board_(board) {
    StoreOptions options;
    options.directory = directory / "derived";
    store_ = DerivedStore::open(options).value();
  }
  ~Tampering() { EXPECT_TRUE(store_->flush()); }
  Tampering(const Tampering&) = delete;
  Tampering& operator=(const Tampering&) = delete;

  [[nodiscard]] StoredEntry first_of(Space space) const {
    StoredEntry out{space, {}, {}};
    EXPECT_TRUE(store_->view(board_).scan(space, {}, {}, [&](std::string_view key, std::string_view value) {
      out.key = key;
      out.value = value;
      return false;
    }));
    EXPECT_FALSE(out.key.empty());
    return out;
  }
  void put(const StoredEntry& entry) {
    write([&](StoreBatch& batch) { batch.put(entry.space, entry.key, entry.value); });
  }
  void erase(const StoredEntry& entry) {
    write([&](StoreBatch& batch) { batch.erase(entry.space, entry.key); });
  }

 private:
  void write(const std::function<void(StoreBatch&)>& change) {
    StoreBatch batch(board_, store_->live(board_).generation);
    change(batch);
    EXPECT_TRUE(store_->write(std::move(batch)));
  }

  BoardNumber board_;
  std::unique_ptr<DerivedStore> store_;
};

TEST_F(CaseMemoryTest, VerifyFindsATamperedOrMissingEntryOfEveryKind) {
  Memory memory(directory_.path(), clock_);
  memory.append(
      {with_number(opened("anna", {{"external_ref", "A-1"}})), report("r1", "anna"), assigned("a", "anna", "eva")});
  memory.append({event("EventCorrected", "c", "anna", "2026-02-20",
                       {{"target", uuid("r1")},
                        {"reason", "stamp"},
                        {"replacement", json::object{{"type", "ReportReceived"}, {"occurred_at", "2026-02-05"}}}})});
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
  memory.close();
  memory.options().verify_only = true;
  std::vector<Space> spaces{kRows, kCaseIndex};
  for (std::size_t i = 0; i < index_names().size(); ++i) spaces.push_back(static_cast<Space>(kFirstIndex + i));
  for (std::size_t i = 0; i < tally_names().size(); ++i) spaces.push_back(static_cast<Space>(kFirstTally + i));
  for (const auto space : spaces) {
    for (const bool missing : {false, true}) {
      SCOPED_TRACE(std::to_string(space) + (missing ? " missing" : " changed"));
      const auto entry = Tampering(directory_.path(), memory.board()).first_of(space);
      auto changed = entry;
      changed.value += changed.value.empty() ? "x" : "";
      changed.value.back() = static_cast<char>(changed.value.back() ^ 1);
      {
        Tampering tampering(directory_.path(), memory.board());
        missing ? tampering.erase(entry) : tampering.put(changed);
      }
      memory.open();
      const auto faults = faults_of(memory.get());
      EXPECT_FALSE(faults.empty());
      for (const auto& fault : faults) EXPECT_EQ(memory.board(), fault.board);
      const bool names_the_case = text_of_faults(faults).find(uuid("anna")) != std::string::npos;
      EXPECT_EQ(space <= kCaseIndex, names_the_case) << text_of_faults(faults);
      memory.close();
      Tampering(directory_.path(), memory.board()).put(entry);
    }
  }
  memory.open();
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
}

TEST_F(CaseMemoryTest, VerifyCountsWhatItWalked) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), opened("bo"), note("n", "anna")});
  memory.append({staff_left("eva")});
  const auto checked = memory->verify([](const Fault& fault) { ADD_FAILURE() << fault.what; }).value();
  ASSERT_EQ(1U, checked.size());
  EXPECT_EQ(4U, checked.front().events);
  EXPECT_EQ(2U, checked.front().cases);
  EXPECT_EQ(4U, checked.front().position);
  EXPECT_GE(checked.front().pages, 1U);
}

// --- supplied clock
// ----------------------------------------------------------------------------------------------------

TEST_F(CaseMemoryTest, KeepsTheTimeThatABoardWithASuppliedClockIsTold) {
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

TEST_F(CaseMemoryTest, RefusesAppendsBelowTheFreeSpaceReserveAndGoesOnAnswering) {
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
