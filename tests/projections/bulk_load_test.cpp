// Loads that end with a rebuild: the projector rests while they arrive, and nothing is lost by it.
#include "tests/projections/memory_fixture.h"

#include <thread>

namespace minne {
namespace {

class BulkLoadTest : public ::testing::Test {
 protected:
  // One case of its own each time, so that no append has to find another's head.
  static AppendOutcome load(Memory& memory, int part, std::size_t events) {
    const auto name = "child" + std::to_string(part);
    std::vector<json::object> items{opened(name)};
    while (items.size() < events) items.push_back(note(name + "/" + std::to_string(items.size()), name));
    auto bulk = command(memory.board(), items);
    bulk.foreign = true;
    bulk.deferred = true;
    return memory->append_and_wait(std::move(bulk)).value();
  }

  TempDirectory directory_;
  ManualClock clock_;
};

TEST_F(BulkLoadTest, IsNotFollowedWhileItArrives) {
  Memory memory(directory_.path(), clock_);
  constexpr auto kPart = Projector::kGatherEvents;  // two of which would be followed at once
  const auto behind = kPart * 2;
  load(memory, 1, kPart);
  EXPECT_EQ(behind, load(memory, 2, kPart).position);
  EXPECT_EQ(0U, memory->projected(memory.board()));
  // A reader does not wait for the rest to end in vain.
  EXPECT_EQ(behind, memory.view().live().position);
  EXPECT_EQ(kPart, memory.row("child1").version);
}

TEST_F(BulkLoadTest, IsFollowedWhenNothingMoreComes) {
  Memory memory(directory_.path(), clock_);
  const auto outcome = load(memory, 1, 50);
  for (int i = 0; i < 600 && memory->projected(memory.board()) < outcome.position; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  EXPECT_EQ(outcome.position, memory->projected(memory.board()));
}

TEST_F(BulkLoadTest, IsRebuiltWhenTheProjectionsAreTooFarBehind) {
  MemoryOptions options;
  options.max_bulk_lag = 100;
  Memory memory(directory_.path(), clock_, options);
  load(memory, 1, 60);
  load(memory, 2, 60);
  EXPECT_EQ(0U, memory->projected(memory.board()));
  load(memory, 3, 10);
  EXPECT_EQ(120U, memory->projected(memory.board()));
  EXPECT_EQ(3U, expect_rows_as_folded_alone(memory.get(), memory.board()));
}

// What is live stays behind: it is replaced, not brought to the head first.
TEST_F(BulkLoadTest, EndsWithARebuildThatComparesNothing) {
  Memory memory(directory_.path(), clock_);
  load(memory, 1, 30);
  memory.append({note("later", "child1")});
  load(memory, 2, 30);
  RebuildOptions options;
  options.compare = false;
  const auto report = memory->rebuild(memory.board(), options).value();
  EXPECT_EQ(61U, report.events);
  EXPECT_TRUE(report.before.empty());
  EXPECT_EQ(61U, memory->projected(memory.board()));
  EXPECT_EQ(31U, memory.row("child1").version);
  expect_rebuild_changes_nothing(memory.get(), memory.board());
}

}  // namespace
}  // namespace minne
