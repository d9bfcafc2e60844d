#include "tests/projections/case_memory_fixture.h"

namespace minne {
namespace {

class OpenMemoryTest : public CaseMemoryTest {};

// --- boards
// ------------------------------------------------------------------------------------------------------------

TEST_F(OpenMemoryTest, TwoBoardsNeverSeeEachOther) {
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

TEST_F(OpenMemoryTest, ReadsSeeEveryAppendAcknowledgedBeforeThem) {
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

TEST_F(OpenMemoryTest, HoldsEverythingAfterAReopen) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna"), assigned("a", "anna", "eva")});
  const auto before = summary_of(memory.view());
  memory.reopen();
  EXPECT_EQ(before, summary_of(memory.view()));
  const auto next = memory.append({note("n", "anna")}, {Expect::kVersion, 3});
  EXPECT_EQ(4U, next.position);
  EXPECT_EQ(4U, next.events.front().version);
}

TEST_F(OpenMemoryTest, LocksItsDirectory) {
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

TEST_F(OpenMemoryTest, DiscardsDamagedProjectionsAndMakesThemAgain) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna"), assigned("a", "anna", "eva")});
  const auto before = summary_of(memory.view());
  memory.close();
  damage_derived(directory_.path());
  memory.open();
  EXPECT_EQ(before, summary_of(memory.view()));
  expect_dense(memory);
}

TEST_F(OpenMemoryTest, NamesDamagedProjectionsWhenItOnlyVerifies) {
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

TEST_F(OpenMemoryTest, MakesEverythingAgainWhenTheRulesHaveChanged) {
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

}  // namespace
}  // namespace minne
