#include "projections/rebuilder.h"

#include "tests/projections/memory_fixture.h"
#include "tests/projections/random_history.h"
#include "tests/projections/whole_case.h"

#include <spdlog/spdlog.h>

#include <thread>

namespace minne {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTiny = 16'000;  // bytes: a few cases at a time, so that a rebuild takes many passes

RebuildOptions in_many_passes() {
  RebuildOptions options;
  options.threads = 1;
  options.memory_bytes = kTiny;
  return options;
}

json::object correction(const std::string& id, const std::string& name, const std::string& target) {
  return event("EventCorrected", id, name, "2026-02-20",
               {{"target", uuid(target)},
                {"reason", "stamp"},
                {"replacement", json::object{{"type", "ReportReceived"}, {"occurred_at", "2026-01-31"}}}});
}

// Twelve cases with something in every index and tally.
void fill(Memory& memory) {
  for (int i = 0; i < 12; ++i) {
    const auto name = "case " + std::to_string(i);
    const auto id = [&](const char* what) { return name + what; };
    auto open = opened(name, {{"external_ref", name}, {"birth_date", "2015-03-01"}});
    open["sealed"] = json::object{{"person_number", "reserve-" + std::to_string(i)}};
    memory.append({open, report(id("r1"), name), report(id("r2"), name),
                   event("CaseAssigned", id("a"), name, "2026-02-07", {{"worker", "eva"}, {"role", "responsible"}}),
                   event("InvestigationOpened", id("i"), name, "2026-02-08",
                         {{"report_ids", uuids({id("r1"), id("r2")})}, {"basis", "reports"}}),
                   event("DeadlineSet", id("d"), name, "2026-02-09", {{"due", "2026-05-01"}})});
  }
  memory.append({correction("case 3 correction", "case 3", "case 3r1")});
}

class RebuildTest : public ::testing::Test {
 protected:
  // A work directory is left by crashes only.
  [[nodiscard]] bool has_work_files() const { return fs::exists(directory_.path() / "derived" / "rebuild" / "1"); }

  [[nodiscard]] std::ptrdiff_t table_files() const {
    return std::ranges::count_if(fs::directory_iterator(directory_.path() / "derived"),
                                 [](const auto& entry) { return entry.path().extension() == ".sst"; });
  }

  TempDirectory directory_;
  ManualClock clock_;
};

TEST_F(RebuildTest, KnowsWhichCasesHoldCorrectionsAndNeedsNotToKnow) {
  Memory memory(directory_.path(), clock_);
  fill(memory);
  EXPECT_EQ(CaseSet{id_named("case 3")}, corrected_cases(memory.view()));
  expect_rebuild_changes_nothing(memory.get(), memory.board(), 2);
  // A rebuild knows only what it finds: cases corrected since, and none at all.
  memory.append({correction("case 7 correction", "case 7", "case 7r2")});
  expect_rows_as_folded_alone(memory.get(), memory.board());
  EXPECT_EQ((CaseSet{id_named("case 3"), id_named("case 7")}), corrected_cases(memory.view()));
  memory.close();
  fs::remove_all(directory_.path() / "derived");
  memory.reopen();
  expect_rows_as_folded_alone(memory.get(), memory.board());
  expect_rebuild_changes_nothing(memory.get(), memory.board(), 2);
}

TEST_F(RebuildTest, MakesTheSameAgainAndSaysWhatItMade) {
  Memory memory(directory_.path(), clock_);
  fill(memory);
  memory.append({event("CaseOpened", "opened", "whole", "2025-01-01")});
  memory.append(whole_case("whole"));
  const auto before = memory.view().live();
  const auto summary = summary_of(memory.view());
  auto options = in_many_passes();
  std::uint64_t passed = 0;
  std::uint64_t total = 0;
  options.progress = [&](const RebuildProgress& progress) {
    EXPECT_GE(progress.events, passed);
    EXPECT_GE(progress.total, progress.events);
    EXPECT_GE(progress.total, total);
    passed = progress.events;
    total = progress.total;
  };
  const auto report = memory->rebuild(memory.board(), options).value();
  EXPECT_EQ(105U, report.events);
  EXPECT_GT(report.passes, 2U);
  EXPECT_EQ(0U, report.resumed_ranges);
  EXPECT_EQ(passed, total);
  EXPECT_EQ(report.passes * 105U, passed);
  EXPECT_EQ(lines_of(report.before), lines_of(report.projections));
  EXPECT_EQ(2 + index_names().size() + tally_names().size(), report.projections.size());
  const auto filled = std::ranges::count_if(report.projections, [](const auto& line) { return line.rows > 0; });
  EXPECT_GE(filled, 10);
  const auto live = memory.view().live();
  EXPECT_EQ(before.generation + 1, live.generation);
  EXPECT_EQ(before.position, live.position);
  EXPECT_EQ(before.identity, live.identity);
  EXPECT_EQ(summary, summary_of(memory.view()));
  EXPECT_FALSE(has_work_files());
  memory.reopen();
  EXPECT_EQ(live.generation, memory.view().live().generation);
  EXPECT_EQ(summary, summary_of(memory.view()));
}

TEST_F(RebuildTest, BuildsABoardWithoutEvents) {
  Memory memory(directory_.path(), clock_);
  const auto report = memory->rebuild(memory.board(), {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(0U, report->events);
  memory.append({opened("anna")});
  EXPECT_EQ(1U, memory.row("anna").version);
  expect_rebuild_changes_nothing(memory.get(), memory.board(), 2);
}

TEST_F(RebuildTest, LeavesNothingOfTheOldGenerationButToThoseWhoReadIt) {
  Memory memory(directory_.path(), clock_);
  fill(memory);
  {
    const auto held = memory.view();
    const auto summary = summary_of(held);
    ASSERT_TRUE(memory->rebuild(memory.board(), {}));
    EXPECT_EQ(summary, summary_of(held));
    EXPECT_NE(held.live().generation, memory.view().live().generation);
    const auto old_now = memory.view().with(held.live());
    EXPECT_NE(summary, summary_of(old_now));
    std::size_t left = 0;
    EXPECT_TRUE(old_now.scan(kRows, {}, {}, [&](std::string_view, std::string_view) { return ++left < 100; }));
    EXPECT_EQ(0U, left);
  }
}

TEST_F(RebuildTest, GivesTheFilesOfTheOldGenerationBackWithTheLastOfItsReaders) {
  Memory memory(directory_.path(), clock_);
  fill(memory);
  const auto rebuilt = [&] { ASSERT_TRUE(memory->rebuild(memory.board(), {})); };
  rebuilt();
  rebuilt();
  const auto files = table_files();
  {
    const auto held = memory.view();
    const auto summary = summary_of(held);
    rebuilt();
    rebuilt();
    EXPECT_GT(table_files(), 2 * files);
    EXPECT_EQ(summary, summary_of(held));
  }
  rebuilt();
  EXPECT_LE(table_files(), files + 2);  // and those of the flushes
  const auto summary = summary_of(memory.view());
  memory.reopen();
  EXPECT_EQ(summary, summary_of(memory.view()));
}

TEST_F(RebuildTest, StopsWhenItIsCancelled) {
  Memory memory(directory_.path(), clock_);
  fill(memory);
  const auto live = memory.view().live();
  const auto summary = summary_of(memory.view());
  for (const int pass : {1, 3}) {
    std::atomic<bool> cancelled = false;
    auto options = in_many_passes();
    options.cancelled = &cancelled;
    int passes = 0;
    options.progress = [&](const RebuildProgress&) { cancelled = ++passes == pass; };
    const auto rebuilt = memory->rebuild(memory.board(), options);
    ASSERT_FALSE(rebuilt);
    EXPECT_EQ(Code::kBusy, rebuilt.error().code);
    EXPECT_EQ(live, memory.view().live());
    EXPECT_EQ(summary, summary_of(memory.view()));
    EXPECT_FALSE(has_work_files());
  }
  EXPECT_EQ(0U, expect_rebuild_changes_nothing(memory.get(), memory.board(), 2, kTiny).resumed_ranges);
}

TEST_F(RebuildTest, RunsOnceAtATime) {
  Memory memory(directory_.path(), clock_);
  fill(memory);
  auto options = in_many_passes();
  int refused = 0;
  options.progress = [&](const RebuildProgress&) {
    std::thread other([&] {
      const auto second = memory->rebuild(memory.board(), {});
      refused += !second && second.error().code == Code::kConflict ? 1 : 0;
    });
    other.join();
  };
  const auto report = memory->rebuild(memory.board(), options).value();
  EXPECT_EQ(static_cast<int>(report.passes), refused);
}

TEST_F(RebuildTest, LosesNothingThatIsAppendedMeanwhile) {
  Memory memory(directory_.path(), clock_);
  fill(memory);
  auto options = in_many_passes();
  options.compare = true;
  int passes = 0;
  options.progress = [&](const RebuildProgress&) {
    // From within: between two passes, and each time to cases that some pass has folded already.
    const auto number = std::to_string(++passes);
    memory.append({opened("new " + number), report("new r" + number, "new " + number)});
    for (int i = 0; i < 12; ++i) memory.append({note(number + "/" + std::to_string(i), "case " + std::to_string(i))});
    memory.append(
        {event("EventCorrected", "c" + number, "case 3", "2026-02-20",
               {{"target", uuid("case 3r1")},
                {"reason", "stamp"},
                {"replacement", json::object{{"type", "ReportReceived"},
                                             {"occurred_at", "2026-01-0" + std::to_string(1 + passes % 9)}}}})});
    EXPECT_EQ(2U, memory.row("new " + number).version);
  };
  const auto rebuilt = memory->rebuild(memory.board(), options);
  ASSERT_TRUE(rebuilt) << rebuilt.error().message;
  EXPECT_EQ(lines_of(rebuilt->before), lines_of(rebuilt->projections));
  EXPECT_EQ(memory->log().head(memory.board()), memory.view().live().position);
  for (int i = 1; i <= passes; ++i) EXPECT_EQ(2U, memory.row("new " + std::to_string(i)).version);
  expect_rows_as_folded_alone(memory.get(), memory.board());
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
  expect_rebuild_changes_nothing(memory.get(), memory.board(), 2);
}

TEST_F(RebuildTest, AppendsAndReadsGoOnFromOtherThreads) {
  Memory memory(directory_.path(), clock_);
  fill(memory);
  std::atomic<bool> done = false;
  std::atomic<int> appended = 0;
  std::thread writer([&] {
    RandomHistory history(7, 4);
    while (!done) {
      appended += record(history, memory, 5);
      appended.notify_one();
    }
  });
  std::thread reader([&] {
    Position last = 0;
    while (!done) {
      const auto view = memory.view();
      EXPECT_GE(view.live().position, last);  // the takeover steps back for nobody
      last = view.live().position;
      EXPECT_GE(read_row(view, id_named("case 1"))->version, 6U);
    }
  });
  for (int i = 0; i < 4; ++i) {
    auto options = in_many_passes();
    options.threads = i % 2 == 0 ? 1 : 2;
    const auto rebuilt = memory->rebuild(memory.board(), options);
    EXPECT_TRUE(rebuilt) << rebuilt.error().message;
    if (rebuilt) {
      EXPECT_EQ(lines_of(rebuilt->before), lines_of(rebuilt->projections));
    }
  }
  appended.wait(0);  // a fast rebuild is done before the first append is
  done = true;
  writer.join();
  reader.join();
  expect_rows_as_folded_alone(memory.get(), memory.board());
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
}

TEST_F(RebuildTest, StopsBelowTheFreeSpaceReserveAndWorksAgainLater) {
  constexpr std::uint64_t kPlenty = std::uint64_t{1} << 40;
  std::atomic<std::uint64_t> free = kPlenty;
  MemoryOptions options;
  options.log.free_bytes = [&free] { return free.load(); };
  Memory memory(directory_.path(), clock_, options);
  fill(memory);
  const auto live = memory.view().live();
  const auto summary = summary_of(memory.view());
  for (const int pass : {1, 3}) {
    auto rebuild_options = in_many_passes();
    int passes = 0;
    rebuild_options.progress = [&](const RebuildProgress&) { free = ++passes == pass ? 1 : kPlenty; };
    const auto rebuilt = memory->rebuild(memory.board(), rebuild_options);
    ASSERT_FALSE(rebuilt);
    EXPECT_EQ(Code::kNoSpace, rebuilt.error().code);
    EXPECT_EQ(live, memory.view().live());
    EXPECT_EQ(summary, summary_of(memory.view()));
    EXPECT_FALSE(has_work_files());  // the room is given back
  }
  free = kPlenty;
  expect_rebuild_changes_nothing(memory.get(), memory.board(), 2, kTiny);
  EXPECT_NE(live.generation, memory.view().live().generation);
}

TEST_F(RebuildTest, AnOpenDropsGenerationsThatNothingKnows) {
  Memory memory(directory_.path(), clock_);
  fill(memory);
  const auto summary = summary_of(memory.view());
  const auto board = memory.board();
  const auto live = memory.view().live();
  memory.close();
  StoreOptions options;
  options.directory = directory_.path() / "derived";
  const auto next = live.generation + 1;
  {
    auto store = DerivedStore::open(options).value();
    for (const Generation generation : {next, Generation{77}}) {
      StoreBatch batch(board, generation);
      batch.put(kRows, "nobody's", "row");
      batch.put(kFirstIndex, "nobody's", "entry");
      ASSERT_TRUE(store->write(std::move(batch)));
    }
    ASSERT_TRUE(store->flush());
  }
  memory.open();
  EXPECT_EQ(summary, summary_of(memory.view()));
  ASSERT_TRUE(memory->rebuild(board, {}));  // under the very number that the leftovers had
  EXPECT_EQ(next, memory.view().live().generation);
  EXPECT_EQ(summary, summary_of(memory.view()));
  memory.close();
  auto store = DerivedStore::open(options).value();
  for (const Generation generation : {next, Generation{77}}) {
    EXPECT_FALSE(store->get(board, generation, kRows, "nobody's")->has_value());
    EXPECT_FALSE(store->get(board, generation, kFirstIndex, "nobody's")->has_value());
  }
}

// --- a process that dies while it rebuilds
// -------------------------------------------------------------------------------

constexpr int kDied = 7;

[[noreturn]] void rebuild_and_die(const fs::path& directory, int pass) {
  ManualClock clock;
  Memory memory(directory, clock);
  auto options = in_many_passes();
  int passes = 0;
  options.progress = [&](const RebuildProgress&) {
    if (++passes == pass) ::_exit(kDied);
  };
  const auto rebuilt = memory->rebuild(memory.board(), options);
  ::_exit(rebuilt ? 1 : 2);
}

class RebuildDeathTest : public ::testing::Test {
 protected:
  // The dying process is this program again, run up to the same place: it finds the directory in the environment.
  static constexpr const char* kDirectory = "MINNE_DYING_DIRECTORY";

  RebuildDeathTest() { ::testing::FLAGS_gtest_death_test_style = "threadsafe"; }

  // Fills a board, and lets another process die in the given pass of its rebuild.
  void die_in_pass(int pass) {
    if (const char* directory = std::getenv(kDirectory); directory == nullptr) {
      own_ = std::make_unique<TempDirectory>();
      directory_ = own_->path();
      Memory memory(directory_, clock_);
      fill(memory);
      summary_ = summary_of(memory.view());
      memory.close();
      ::setenv(kDirectory, directory_.c_str(), 1);
    } else {
      directory_ = directory;
    }
    EXPECT_EXIT(rebuild_and_die(directory_, pass), ::testing::ExitedWithCode(kDied), "");
    ::unsetenv(kDirectory);
  }
  [[nodiscard]] std::vector<fs::path> work_files(std::string_view extension) const {
    std::vector<fs::path> out;
    for (const auto& entry : fs::directory_iterator(directory_ / "derived" / "rebuild" / "1")) {
      if (entry.path().extension() == extension) out.push_back(entry.path());
    }
    return out;
  }
  void expect_all_is_well(Memory& memory) {
    EXPECT_EQ(summary_, summary_of(memory.view()));
    EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
    EXPECT_FALSE(fs::exists(directory_ / "derived" / "rebuild" / "1"));
  }

  void cut_and_rebuild(std::string_view extension) {
    const auto files = work_files(extension);
    ASSERT_FALSE(files.empty());
    fs::resize_file(files.front(), fs::file_size(files.front()) / 2);
    Memory memory(directory_, clock_);
    const auto rebuilt = memory->rebuild(memory.board(), in_many_passes());
    ASSERT_TRUE(rebuilt) << rebuilt.error().message;
    EXPECT_EQ(0U, rebuilt->resumed_ranges);
    expect_all_is_well(memory);
  }

  std::unique_ptr<TempDirectory> own_;
  fs::path directory_;
  std::string summary_;
  ManualClock clock_;
};

TEST_F(RebuildDeathTest, TheNextRebuildGoesOnWithWhatWasFinished) {
  die_in_pass(4);
  Memory memory(directory_, clock_);
  EXPECT_EQ(summary_, summary_of(memory.view()));  // the old generation serves
  const auto report = memory->rebuild(memory.board(), in_many_passes()).value();
  EXPECT_EQ(3U, report.resumed_ranges);
  EXPECT_GT(report.passes, 0U);
  EXPECT_EQ(lines_of(report.before), lines_of(report.projections));
  expect_all_is_well(memory);
}

TEST_F(RebuildDeathTest, WhatWasAppendedSinceIsInTheResumedRebuildToo) {
  die_in_pass(4);
  Memory memory(directory_, clock_);
  for (int i = 0; i < 12; ++i) memory.append({note("since " + std::to_string(i), "case " + std::to_string(i))});
  memory.append({opened("since"), report("since r", "since")});
  summary_ = summary_of(memory.view());
  auto options = in_many_passes();
  options.threads = 2;
  const auto report = memory->rebuild(memory.board(), options).value();
  EXPECT_EQ(3U, report.resumed_ranges);
  expect_all_is_well(memory);
}

TEST_F(RebuildDeathTest, NothingIsTakenUpUnderOtherRules) {
  die_in_pass(4);
  MemoryOptions options;
  options.more_rules = {
      {"own.toml",
       "[[rule]]\nid = 'OWN_1W'\nkind = 'policy'\nstarts = { event = 'ReportReceived', field = 'received_at' }\n"
       "limit = '1w'\nadjust = 'none'\nmet_by = ['NoteRecorded']\n"}};
  Memory memory(directory_, clock_, options);
  expect_rows_as_folded_alone(memory.get(), memory.board());
  EXPECT_NE(summary_, summary_of(memory.view()));
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
}

TEST_F(RebuildDeathTest, AFinishedRangeWithoutItsFilesIsMadeAgain) {
  die_in_pass(3);
  const auto runs = work_files(".run");
  ASSERT_FALSE(runs.empty());
  fs::remove(runs.front());
  Memory memory(directory_, clock_);
  EXPECT_EQ(0U, memory->rebuild(memory.board(), in_many_passes())->resumed_ranges);
  expect_all_is_well(memory);
}

// What a power cut leaves of a file that was not synced.
TEST_F(RebuildDeathTest, AFinishedRangeWithACutRunIsMadeAgain) {
  die_in_pass(3);
  cut_and_rebuild(".run");
}
TEST_F(RebuildDeathTest, AFinishedRangeWithACutTableIsMadeAgain) {
  die_in_pass(3);
  cut_and_rebuild(".sst");
}

}  // namespace
}  // namespace minne
