#include "tests/projections/case_memory_fixture.h"

namespace minne {
namespace {

class PersonsAndStaffTest : public CaseMemoryTest {};

// --- one case for one person
// -------------------------------------------------------------------------------------------

TEST_F(PersonsAndStaffTest, NamesTheFirstCaseOfTheSamePerson) {
  Memory memory(directory_.path(), clock_);
  memory.append({with_number(opened("anna"))});
  const auto refused = memory.try_append({with_number(opened("bo"))});
  EXPECT_EQ(Code::kConflict, code_of(refused));
  EXPECT_EQ(uuid("anna"), detail_of(refused, "case"));
  memory.reopen();
  EXPECT_EQ(uuid("anna"), detail_of(memory.try_append({with_number(opened("bo"))}), "case"));
  EXPECT_EQ(0U, memory.row("bo").version);
}

TEST_F(PersonsAndStaffTest, NamesTheFirstCaseOfTheSamePersonWhenRaced) {
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

TEST_F(PersonsAndStaffTest, LinksAPersonAgainToTheCaseThatThePersonHas) {
  Memory memory(directory_.path(), clock_);
  memory.append({with_number(opened("anna"))});
  const auto linked = memory.try_append({with_number(event("ChildIdentityLinked", "l", "anna", "2026-02-03"))});
  EXPECT_TRUE(linked) << linked.error().message;
}

TEST_F(PersonsAndStaffTest, GivesAPersonBackWhoseNumberWasWrittenInTheWrongFile) {
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
TEST_F(PersonsAndStaffTest, NamesTheFirstCaseThoughTheProjectionsHaveYetToFollow) {
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

TEST_F(PersonsAndStaffTest, EndsTheAssignmentsOfWhoLeavesInTheSameAppend) {
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

TEST_F(PersonsAndStaffTest, EndsAssignmentsInACaseThatTheAppendNamesItself) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), assigned("a", "anna", "eva")});
  memory.append({staff_left("eva"), note("n", "anna")});
  const auto row = memory.row("anna");
  EXPECT_EQ(4U, row.version);
  EXPECT_TRUE(row.get<Assignments>().items.front()->ended_on);
  expect_dense(memory);
  expect_rows_as_folded_alone(memory.get(), memory.board());
}

TEST_F(PersonsAndStaffTest, EndsEveryAssignmentThatAWorkerHasInOneMatter) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), assigned("a", "anna", "eva"), assigned("b", "anna", "eva", "co_worker"),
                 assigned("c", "anna", "eva", "co_worker")});
  const auto left = memory.append({staff_left("eva")});
  EXPECT_EQ(4U, left.appended);
  const auto row = memory.row("anna");
  for (const auto& item : row.get<Assignments>().items) EXPECT_TRUE(item->ended_on) << item->role;
  EXPECT_TRUE(assignments_of(memory.view(), "eva")->empty());
}

TEST_F(PersonsAndStaffTest, AssignsNobodyWhoHasLeftUntilTheyJoinAgain) {
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
TEST_F(PersonsAndStaffTest, MissesNoAssignmentThatIsMadeWhileAWorkerLeaves) {
  Memory memory(directory_.path(), clock_);
  constexpr int kRounds = 12;
  for (int round = 0; round < kRounds; ++round) {
    const auto worker = "eva" + std::to_string(round);
    const auto name = [&](int thread) { return worker + "/" + std::to_string(thread); };
    for (int thread = 0; thread < 3; ++thread) memory.append({opened(name(thread))});
    std::atomic<int> taken = 0;
    together(4, [&](int thread) {
      if (thread == 3) {
        const auto left = memory.try_append({staff_left(worker)});
        EXPECT_TRUE(left) << left.error().message << " at " << left.error().where;
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

TEST_F(PersonsAndStaffTest, EndsMoreAssignmentsThanOneAppendHolds) {
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

}  // namespace
}  // namespace minne
