// Rules and codes that change while the memory is open.
#include "tests/projections/case_memory_fixture.h"

#include <chrono>

namespace minne {
namespace {

std::string clock_named(std::string_view id, std::string_view limit = "1w") {
  return "[[rule]]\nid = '" + std::string{id} +
         "'\nkind = 'policy'\nstarts = { event = 'ReportReceived', field = 'received_at' }\nlimit = '" +
         std::string{limit} + "'\nadjust = 'none'\nmet_by = ['NoteRecorded']\n";
}

OwnFiles rules(std::string text) {
  OwnFiles out;
  out.rules.push_back({"own.toml", std::move(text)});
  return out;
}

class ReloadTest : public CaseMemoryTest {
 protected:
  // Bounded, for the healer works on a thread of its own.
  void expect_rebuilt(Memory& memory) {
    const auto wanted = build_identity(memory->rules());
    for (int i = 0; i < 2'000 && memory.view().live().identity != wanted; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(wanted, memory.view().live().identity);
  }
  static std::vector<std::string> clocks(Memory& memory, std::string_view case_name) {
    std::vector<std::string> out;
    const auto row = memory.row(case_name);
    for (const auto& item : row.get<Obligations>().items) out.push_back(item->rule);
    std::ranges::sort(out);
    return out;
  }
};

TEST_F(ReloadTest, AFaultIsToldWithItsLineAndTheOldRulesStay) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna")});
  const auto& before = memory->rules();
  const auto generation = memory.view().live().generation;
  const auto expect_refused = [&](OwnFiles files, std::string_view where) {
    const auto reloaded = memory->reload(std::move(files));
    ASSERT_FALSE(reloaded);
    EXPECT_EQ(Code::kInvalid, reloaded.error().code);
    EXPECT_EQ(where, reloaded.error().where);
  };
  expect_refused(rules(clock_named("OWN_1W") + "on_expiry = 'explode'\n"), "own.toml:8");
  OwnFiles codes;
  codes.codes.push_back({"concern.toml", "sv = \"oro\"\nen = 1\n"});
  expect_refused(std::move(codes), "concern.toml:2");
  EXPECT_EQ(&before, &memory->rules());
  EXPECT_EQ(generation, memory.view().live().generation);
  memory.append({report("r2", "anna", "2026-02-09")});
}

TEST_F(ReloadTest, WhatIsSoundTakesForceAndRowsAreMadeByItWhoeverAppendsMeanwhile) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna")});
  EXPECT_EQ((std::vector<std::string>{"PRELIM_14D", "PROT_ASSESS"}), clocks(memory, "anna"));
  std::atomic<bool> done = false;
  std::thread outsider([&] {
    for (int i = 0; !done || i < 20; ++i) {
      const auto name = "case " + std::to_string(i);
      memory.append({opened(name), report("report " + name, name)});
      const auto view = memory.view();
      EXPECT_LE(
          2U, obligations_json(read_row(view, id_named(name)).value(), memory->rules(view), day("2026-03-01")).size());
    }
  });
  for (int i = 0; i < 6; ++i) {
    const auto reloaded = memory->reload(rules(clock_named("OWN_" + std::to_string(i))));
    ASSERT_TRUE(reloaded) << reloaded.error().message;
    EXPECT_TRUE(reloaded->changed);
    EXPECT_EQ((std::vector<std::string>{"norr"}), reloaded->rebuilding);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  done = true;
  outsider.join();
  expect_rebuilt(memory);
  EXPECT_EQ((std::vector<std::string>{"OWN_5", "PRELIM_14D", "PROT_ASSESS"}), clocks(memory, "anna"));
  EXPECT_EQ((std::vector<std::string>{"OWN_5", "PRELIM_14D", "PROT_ASSESS"}), clocks(memory, "case 19"));
  // Opened with the same files nothing is made again; and nobody rebuilds beside the test.
  memory.options().more_rules = rules(clock_named("OWN_5")).rules;
  const auto generation = memory.view().live().generation;
  memory.reopen();
  EXPECT_EQ(generation, memory.view().live().generation);
  expect_rows_as_folded_alone(memory.get(), memory.board());
  expect_rebuild_changes_nothing(memory.get(), memory.board());
  expect_dense(memory);
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
}

TEST_F(ReloadTest, RowsAreReadByTheRulesThatMadeThem) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna")});
  const auto old = memory.view();
  const auto& made_by = memory->rules(old);
  ASSERT_TRUE(memory->reload(rules(clock_named("AAA_FIRST"))));
  EXPECT_NE(&made_by, &memory->rules());
  EXPECT_EQ(&made_by, &memory->rules(old));
  expect_rebuilt(memory);
  EXPECT_EQ(&memory->rules(), &memory->rules(memory.view()));
  EXPECT_EQ(&made_by, &memory->rules(old));
}

TEST_F(ReloadTest, BackAndForthEndsWhereItWasTold) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), report("r1", "anna")});
  ASSERT_TRUE(memory->reload(rules(clock_named("OWN_1W"))));
  ASSERT_TRUE(memory->reload({}));
  expect_rebuilt(memory);
  memory.append({report("r2", "anna", "2026-02-09")});
  memory.close();  // the healer may be at it still
  memory.open();
  EXPECT_EQ((std::vector<std::string>{"PRELIM_14D", "PRELIM_14D", "PROT_ASSESS", "PROT_ASSESS"}),
            clocks(memory, "anna"));
  expect_rows_as_folded_alone(memory.get(), memory.board());
}

TEST_F(ReloadTest, BoardsWithoutEventsAndNewOnesGoByTheNewRules) {
  Memory memory(directory_.path(), clock_);
  ASSERT_TRUE(memory->reload(rules(clock_named("OWN_1W"))));
  BoardRecord wanted;
  wanted.name = "soder";
  const auto other = memory->create_board(wanted).value();
  ASSERT_TRUE(memory->append_and_wait(command(other.number, {opened("bo"), report("r2", "bo")})));
  const auto view = memory->board_view(other.number, Consistency::kStrong).value();
  EXPECT_EQ(build_identity(memory->rules()), view.live().identity);
  memory.append({opened("anna"), report("r1", "anna")});
  expect_rebuilt(memory);
  EXPECT_EQ((std::vector<std::string>{"OWN_1W", "PRELIM_14D", "PROT_ASSESS"}), clocks(memory, "anna"));
}

TEST_F(ReloadTest, WhatNoRowDependsOnRebuildsNothing) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")});
  const auto live = memory.view().live();
  OwnFiles own = rules("[[pattern]]\nid = 'mine'\nat_least = 1\nwithin = '1d'\nconcern = 'gaming'\n");
  own.codes.push_back(
      {"concern.toml", "sv = \"oro\"\nen = \"concern\"\n[codes]\ngaming = { sv = \"spelande\", en = \"gaming\" }\n"});
  const auto reloaded = memory->reload(own);
  ASSERT_TRUE(reloaded) << reloaded.error().message << " " << reloaded.error().where;
  EXPECT_TRUE(reloaded->changed);
  EXPECT_TRUE(reloaded->rebuilding.empty());
  EXPECT_EQ("mine", memory->rules(memory.view()).table().standing().patterns.back().id);
  EXPECT_NE(nullptr, memory->rules().codes().find("concern")->find("gaming"));
  EXPECT_FALSE(memory->reload(own)->changed);
  EXPECT_EQ(live, memory.view().live());
}

}  // namespace
}  // namespace minne
