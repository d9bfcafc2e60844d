#include "projections/entry_source.h"

#include "projections/questions.h"
#include "tests/projections/memory_fixture.h"
#include "tests/projections/random_history.h"

#include <algorithm>

namespace minne {
namespace {

std::set<Space> all_spaces() {
  std::set<Space> out;
  for (std::size_t i = 0; i < index_names().size(); ++i) out.insert(static_cast<Space>(kFirstIndex + i));
  for (std::size_t i = 0; i < tally_names().size(); ++i) out.insert(static_cast<Space>(kFirstTally + i));
  return out;
}

std::vector<std::string> entries_of(const EntrySource& source) {
  std::vector<std::string> out;
  for (const auto space : all_spaces()) {
    const auto scanned = source.scan(space, {}, [&](std::string_view key, std::string_view value) {
      out.push_back(std::to_string(space) + " " + std::string{key} + " = " + std::string{value});
      return true;
    });
    EXPECT_TRUE(scanned);
  }
  return out;
}

class EntrySourceTest : public ::testing::Test {
 protected:
  TempDirectory directory_;
  ManualClock clock_;
};

TEST_F(EntrySourceTest, WhatIsFoldedUpToAPositionIsWhatWasLiveThere) {
  Memory memory(directory_.path(), clock_);
  RandomHistory history(11, 6);
  std::vector<std::pair<Position, std::vector<std::string>>> then;
  for (int part = 0; part < 3; ++part) {
    record(history, memory, 60);
    const auto view = memory.view();
    then.emplace_back(view.live().position, entries_of(LiveEntries{view}));
  }
  ASSERT_NE(then[0].second, then[2].second);
  for (const auto& [position, entries] : then) {
    const auto folded = memory->entries_at(memory.board(), position, all_spaces());
    ASSERT_TRUE(folded) << folded.error().message;
    EXPECT_EQ(entries, entries_of(**folded)) << "at " << position;
  }
  EXPECT_TRUE(entries_of(**memory->entries_at(memory.board(), 0, all_spaces())).empty());
}

TEST_F(EntrySourceTest, OnlyTheSpacesAskedForAreKept) {
  Memory memory(directory_.path(), clock_);
  RandomHistory history(12, 4);
  record(history, memory, 60);
  const auto view = memory.view();
  const LiveEntries live(view);
  const auto everything = entries_of(live);
  const auto one = static_cast<Space>(std::stoi(everything.back()));
  const auto folded = memory->entries_at(memory.board(), view.live().position, {one}).value();
  auto expected = everything;
  std::erase_if(expected, [&](const auto& line) { return !line.starts_with(std::to_string(one) + " "); });
  EXPECT_LT(expected.size(), everything.size());
  EXPECT_EQ(expected, entries_of(*folded));
}

TEST_F(EntrySourceTest, APositionPastTheHeadIsRefused) {
  Memory memory(directory_.path(), clock_);
  memory.append({event("CaseOpened", "opened", "anna", "2025-01-01")});
  const auto folded = memory->entries_at(memory.board(), 2, all_spaces());
  ASSERT_FALSE(folded);
  EXPECT_EQ(Code::kInvalid, folded.error().code);
  EXPECT_EQ("position", folded.error().where);
}

// Three children of each board are too few to show; the six of both are not.
TEST_F(EntrySourceTest, BoardsAreAddedUpBeforeSmallNumbersAreHidden) {
  Memory memory(directory_.path(), clock_);
  std::vector<json::object> events;
  for (int i = 0; i < 3; ++i) {
    const auto name = "child" + std::to_string(i);
    events.push_back(event("CaseOpened", name + "/opened", name, "2025-01-01"));
    events.push_back(event("ReportReceived", name + "/report", name, "2025-01-02", {{"reporter_category", "school"}}));
  }
  memory.append(events);
  const auto view = memory.view();
  const auto& question =
      *std::ranges::find(questions(), std::string_view{"lagesbild"}, [](const Question& one) { return one.name; });
  const auto answer_of = [&](int boards) {
    QuestionAsked::Sources sources;
    for (int i = 0; i < boards; ++i) sources.push_back(std::make_unique<LiveEntries>(view));
    const QuestionAsked asked{
        view, memory->rules(), from_days(20'200), {{"rows", "reporter"}, {"columns", "year"}}, std::move(sources)};
    return question.answer(asked).value().at("cells").at(0).at("reports");
  };
  EXPECT_TRUE(answer_of(1).is_null());
  EXPECT_EQ(6, answer_of(2).as_int64());
}

}  // namespace
}  // namespace minne
