#include "core/event_log.h"

#include "tests/core/log_fixture.h"
#include "tests/core/losing_file_system.h"

#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <future>
#include <set>
#include <thread>

namespace minne {
namespace {

using std::chrono::milliseconds;
using testing::board_named;
using testing::case_number;
using testing::count_pages;
using testing::event_number;
using testing::expect_same;
using testing::LosingFileSystem;
using testing::note;
using testing::read_all;

class EventLogTest : public testing::LogTest {
 protected:
  void SetUp() override { open(); }

  // Makes an append that also holds a second case.
  AppendRequest two_cases(std::uint64_t first, Version first_seen, std::uint64_t second, Version second_seen) {
    auto out = request(first, first_seen);
    out.streams.push_back({case_number(second), second_seen});
    out.events.push_back(new_event(note(case_number(second), event_number(++next_event), 10), 1));
    out.events.push_back(new_event(note(case_number(first), event_number(++next_event)), 0));
    return out;
  }
};

void expect_conflict(const Result<Appended>& result, std::uint64_t stream, Version current) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kConflict);
  EXPECT_EQ(result.error().details.at("current_version").to_number<Version>(), current);
  EXPECT_EQ(std::string{result.error().details.at("case").as_string()}, to_text(case_number(stream)));
}

TEST_F(EventLogTest, GivesDensePositionsAndVersions) {
  const auto first = append(1, 0, 3);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->first, 1U);
  EXPECT_EQ(first->versions, (std::vector<Version>{1, 2, 3}));
  EXPECT_EQ(first->recorded_at, clock.now());
  const auto second = append(2, 0, 1, 20);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->first, 4U);
  EXPECT_EQ(second->versions, (std::vector<Version>{1}));
  const auto third = append(1, 3, 2);
  ASSERT_TRUE(third);
  EXPECT_EQ(third->first, 5U);
  EXPECT_EQ(third->versions, (std::vector<Version>{4, 5}));
  EXPECT_EQ(log->head(board), 6U);
  const auto all = read_all(*log, board);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 6U);
}

TEST_F(EventLogTest, KeepsEveryByteAcrossReopening) {
  for (Version seen = 0; seen < 20; ++seen) ASSERT_TRUE(append(1, seen, 1, seen * 10));
  const auto before = read_all(*log, board);
  ASSERT_TRUE(before);
  reopen();
  const auto after = read_all(*log, board);
  ASSERT_TRUE(after) << after.error().message;
  expect_same(*after, *before);
  EXPECT_EQ(log->head(board), 20U);
  const auto next = append(1, 20);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->first, 21U);
}

TEST_F(EventLogTest, ReadsChosenPositionsWithTheirSealedParts) {
  for (Version seen = 0; seen < 40; ++seen) ASSERT_TRUE(append(1, seen, 1, seen % 3 == 0 ? 30 : 0));
  const auto all = read_all(*log, board);
  ASSERT_TRUE(all);
  const auto some = log->read_events(board, {1, 2, 7, 31, 40});
  ASSERT_TRUE(some) << some.error().message;
  expect_same(*some, {(*all)[0], (*all)[1], (*all)[6], (*all)[30], (*all)[39]});
  const auto beyond = log->read_events(board, {40, 41});
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, Code::kDamaged);
}

// ---- Versions ----

TEST_F(EventLogTest, RefusesAnAppendAtAStaleVersion) {
  ASSERT_TRUE(append(1, 0, 2));
  expect_conflict(append(1, 0), 1, 2);
  expect_conflict(append(1, 1), 1, 2);
  EXPECT_EQ(log->head(board), 2U);
  EXPECT_TRUE(append(1, 2));
}

TEST_F(EventLogTest, RefusesAStaleVersionAfterReopening) {
  ASSERT_TRUE(append(1, 0, 2));
  reopen();
  expect_conflict(append(1, 1), 1, 2);
  EXPECT_TRUE(append(1, 2));
}

TEST_F(EventLogTest, AppendsToSeveralCasesOrNone) {
  ASSERT_TRUE(append(1, 0));
  expect_conflict(log->append_and_wait(two_cases(2, 0, 1, 0)), 1, 1);
  EXPECT_EQ(log->head(board), 1U);
  EXPECT_TRUE(append(2, 0));  // case 2 was not touched
  const auto both = log->append_and_wait(two_cases(2, 1, 1, 1));
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->versions, (std::vector<Version>{2, 2, 3}));
  const auto all = read_all(*log, board);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 5U);
}

TEST_F(EventLogTest, LetsExactlyOneOfTwoRacingAppendsWin) {
  for (Version round = 0; round < 100; ++round) {
    std::promise<Result<Appended>> promises[2];
    std::thread threads[2];
    auto first = request(1, round);
    auto second = request(1, round);
    AppendRequest* requests[] = {&first, &second};
    for (std::size_t i = 0; i < 2; ++i) {
      threads[i] = std::thread([&, i] { promises[i].set_value(log->append_and_wait(std::move(*requests[i]))); });
    }
    for (auto& thread : threads) thread.join();
    const auto one = promises[0].get_future().get();
    const auto other = promises[1].get_future().get();
    ASSERT_NE(one.has_value(), other.has_value()) << "round " << round;
    expect_conflict(one ? other : one, 1, round + 1);
  }
  EXPECT_EQ(log->head(board), 100U);
}

TEST_F(EventLogTest, ChecksAppendsOfOneBatchAgainstEachOther) {
  std::mutex mutex;
  std::vector<Result<Appended>> results;
  std::promise<void> all_done;
  // Queued behind each other; whether they share a batch or not, one of each pair wins.
  for (int i = 0; i < 50; ++i) {
    for (int twin = 0; twin < 2; ++twin) {
      log->append(request(static_cast<std::uint64_t>(i), 0), [&](Result<Appended> result) {
        std::unique_lock lock(mutex);
        results.push_back(std::move(result));
        const bool last = results.size() == 100;
        lock.unlock();  // whoever waits takes the mutex away
        if (last) all_done.set_value();
      });
    }
  }
  all_done.get_future().get();
  EXPECT_EQ(std::count_if(results.begin(), results.end(), [](const auto& result) { return result.has_value(); }), 50);
  EXPECT_EQ(log->head(board), 50U);
}

TEST_F(EventLogTest, GrantsAClaimOnce) {
  auto first = request(1, 0);
  first.claims = {testing::id_of_number(0xC1, 7)};
  ASSERT_TRUE(log->append_and_wait(std::move(first)));
  auto second = request(2, 0);
  second.seen_position = 0;  // decided before the first was there
  second.claims = {testing::id_of_number(0xC1, 7)};
  const auto refused = log->append_and_wait(std::move(second));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  auto third = request(2, 0);
  third.claims = {testing::id_of_number(0xC1, 8)};
  EXPECT_TRUE(log->append_and_wait(std::move(third)));
  EXPECT_EQ(log->head(board), 2U);
}

TEST_F(EventLogTest, LeavesAClaimFreeWhenTheAppendWasRefused) {
  ASSERT_TRUE(append(1, 0));
  auto stale = request(1, 0);
  stale.claims = {testing::id_of_number(0xC1, 7)};
  ASSERT_FALSE(log->append_and_wait(std::move(stale)));
  auto fresh = request(2, 0);
  fresh.claims = {testing::id_of_number(0xC1, 7)};
  EXPECT_TRUE(log->append_and_wait(std::move(fresh)));
}

TEST_F(EventLogTest, SendsBackADecisionOlderThanItCanCheck) {
  ASSERT_TRUE(append(1, 0, 10));
  auto old = request(1, 10);
  old.seen_position = 4;
  auto young = request(1, 10);
  young.seen_position = 5;
  log->projected(board, Tail::kGrace + 5);  // what lies before 6 is forgotten
  const auto refused = log->append_and_wait(std::move(old));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kBusy);
  EXPECT_TRUE(refused.error().details.at("decide_again").as_bool());
  EXPECT_TRUE(log->append_and_wait(std::move(young)));
}

// ---- Boards ----

TEST_F(EventLogTest, KeepsBoardsApart) {
  const auto other = log->create_board(board_named("soder"));
  ASSERT_TRUE(other);
  EXPECT_NE(other->number, board);
  ASSERT_TRUE(append(1, 0, 3));
  auto there = request(1, 0);  // the same case id, another case
  there.board = other->number;
  there.seen_position = 0;
  const auto appended = log->append_and_wait(std::move(there));
  ASSERT_TRUE(appended) << appended.error().message;
  EXPECT_EQ(appended->first, 1U);
  reopen();
  EXPECT_EQ(log->head(board), 3U);
  EXPECT_EQ(log->head(other->number), 1U);
  EXPECT_EQ(read_all(*log, other->number)->size(), 1U);
}

TEST_F(EventLogTest, NamesABoardOnceAndKeepsItsKey) {
  const auto norr = log->find_board("norr");
  ASSERT_TRUE(norr);
  EXPECT_EQ(norr->lookup_key.size(), 32U);
  EXPECT_EQ(log->create_board(board_named("norr")).error().code, Code::kConflict);
  for (const auto* const name : {"", "Norr", "å", "a b", "a/b", "a_b"}) {
    EXPECT_EQ(log->create_board(board_named(name)).error().code, Code::kInvalid) << name;
  }
  EXPECT_TRUE(log->create_board(board_named(std::string(40, 'a'))));
  EXPECT_FALSE(log->create_board(board_named(std::string(41, 'b'))));
  EXPECT_EQ(log->find_board("öst").error().code, Code::kUnknown);
  reopen();
  EXPECT_EQ(log->find_board("norr").value(), *norr);
  EXPECT_EQ(log->boards().size(), 2U);
}

// ---- Limits ----

TEST_F(EventLogTest, TakesTenThousandEventsAndNoMore) {
  const auto full = append(1, 0, kMaxAppendEvents);
  ASSERT_TRUE(full) << full.error().message;
  EXPECT_EQ(full->versions.back(), kMaxAppendEvents);
  EXPECT_EQ(append(1, kMaxAppendEvents, kMaxAppendEvents + 1).error().code, Code::kTooLarge);
  EXPECT_EQ(log->head(board), kMaxAppendEvents);
  EXPECT_TRUE(append(1, kMaxAppendEvents));
}

TEST_F(EventLogTest, TakesSixteenMebibytesAndNoMore) {
  const auto one = note(case_number(1), event_number(1), 60'000);
  const auto fit = kMaxAppendBytes / (one.bytes.size() + one.sealed.size());
  ASSERT_TRUE(append(1, 0, fit, 60'000));
  EXPECT_EQ(append(1, static_cast<Version>(fit), fit + 1, 60'000).error().code, Code::kTooLarge);
  const auto all = read_all(*log, board);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), fit);
}

TEST_F(EventLogTest, RefusesAppendsBelowTheReserveAndTakesThemAgainAfterwards) {
  close();
  std::atomic<std::uint64_t> free{kFreeSpaceReserve};
  options.free_bytes = [&free] { return free.load(); };
  open();
  ASSERT_TRUE(append(1, 0));
  free = kFreeSpaceReserve - 1;
  EXPECT_EQ(append(1, 1).error().code, Code::kNoSpace);
  EXPECT_EQ(append(1, 1).error().code, Code::kNoSpace);
  EXPECT_EQ(log->create_board({0, "another", false, {}, {}}).error().code, Code::kNoSpace);
  EXPECT_EQ(read_all(*log, board)->size(), 1U);
  free = kFreeSpaceReserve;
  EXPECT_EQ(append(1, 1)->first, 2U);
  close();
}

// ---- Pages ----

TEST_F(EventLogTest, SharesPagesBetweenConcurrentAppends) {
  constexpr std::size_t kThreads = 16;
  constexpr Version kEach = 40;
  std::vector<std::thread> threads;
  std::atomic<std::size_t> failed{0};
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (Version seen = 0; seen < kEach; ++seen) {
        if (!append(t, seen)) ++failed;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 0U);
  log->stop();
  EXPECT_EQ(log->head(board), kThreads * kEach);
  EXPECT_LT(count_pages(*log, board), kThreads * kEach / 4);
  const auto all = read_all(*log, board);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), kThreads * kEach);
}

TEST_F(EventLogTest, PacksSmallPagesWithoutChangingAnEvent) {
  std::vector<StoredEvent> expected;
  for (Version seen = 0; seen < 700; ++seen) {
    auto one = request(1, seen, 1, seen % 5 == 0 ? 50 : 0);
    const auto event = *one.events[0].event;
    const auto appended = log->append_and_wait(std::move(one));
    ASSERT_TRUE(appended) << appended.error().message;
    expected.push_back({appended->first, appended->versions[0], appended->recorded_at, event});
    clock.pass(milliseconds(1));
  }
  log->stop();  // and all packing with it
  EXPECT_LT(count_pages(*log, board), 350U);
  auto all = read_all(*log, board);
  ASSERT_TRUE(all) << all.error().message;
  expect_same(*all, expected);
  reopen();
  all = read_all(*log, board);
  ASSERT_TRUE(all) << all.error().message;
  expect_same(*all, expected);
  EXPECT_TRUE(append(1, 700));
}

TEST_F(EventLogTest, PacksSmallPagesThatItFindsWhenOpened) {
  for (Version seen = 0; seen < 200; ++seen) ASSERT_TRUE(append(1, seen));
  const auto before = read_all(*log, board);
  ASSERT_TRUE(before);
  reopen();
  for (Version seen = 200; seen < 300; ++seen) ASSERT_TRUE(append(1, seen));
  log->stop();
  EXPECT_LT(count_pages(*log, board), 200U);
  auto all = read_all(*log, board);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), 300U);
  all->resize(200);
  expect_same(*all, *before);
}

TEST_F(EventLogTest, ShowsTheSameToAReaderThatStartedBeforePacking) {
  for (Version seen = 0; seen < 100; ++seen) ASSERT_TRUE(append(1, seen, 1, 20));
  const auto cursor = log->read(board, 1, ReadFor::kQuery);
  for (Version seen = 100; seen < 600; ++seen) ASSERT_TRUE(append(1, seen));
  log->stop();
  Position expected = 1;
  for (;;) {
    const auto page = cursor->next();
    ASSERT_TRUE(page) << page.error().message;
    if (*page == nullptr) break;
    ASSERT_EQ((*page)->first(), expected);
    expected = (*page)->last() + 1;
  }
  EXPECT_EQ(expected, 101U);
}

TEST_F(EventLogTest, KeepsEventsLargerThanAPage) {
  for (Version seen = 0; seen < 15; seen += 3) ASSERT_TRUE(append(1, seen, 3, 40'000));
  const auto all = read_all(*log, board);
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->size(), 15U);
}

TEST_F(EventLogTest, TellsEachCommitOfItsBoard) {
  close();
  std::mutex mutex;
  std::vector<Position> heads;
  options.on_commit = [&](BoardNumber number) {
    const std::lock_guard lock(mutex);
    heads.push_back(log->head(number));
  };
  open();
  for (Version seen = 0; seen < 5; ++seen) ASSERT_TRUE(append(1, seen));
  log->stop();
  EXPECT_EQ(heads, (std::vector<Position>{1, 2, 3, 4, 5}));
}

// ---- Loss ----

TEST_F(EventLogTest, OpensACopyTakenWhileItRan) {
  for (Version seen = 0; seen < 50; ++seen) ASSERT_TRUE(append(1, seen, 1, 30));
  const auto before = read_all(*log, board);
  ASSERT_TRUE(before);
  testing::copy_directory(data(), directory.path() / "copy");  // as a killed process leaves it
  close();
  testing::copy_directory(directory.path() / "copy", data());
  open();
  const auto after = read_all(*log, board);
  ASSERT_TRUE(after) << after.error().message;
  expect_same(*after, *before);
  EXPECT_EQ(append(1, 50)->first, 51U);
}

TEST_F(EventLogTest, RefusesToOpenALogShorterThanItsNote) {
  for (Version seen = 0; seen < 10; ++seen) ASSERT_TRUE(append(1, seen));
  close();
  testing::copy_directory(data() / "log", directory.path() / "older");
  open();
  for (Version seen = 10; seen < 20; ++seen) ASSERT_TRUE(append(1, seen));
  close();
  testing::copy_directory(directory.path() / "older", data() / "log");
  const auto refused = try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDamaged);
  EXPECT_NE(refused.error().where.find("11-20"), std::string::npos) << refused.error().where;
  EXPECT_NE(refused.error().where.find("norr"), std::string::npos) << refused.error().where;
}

TEST_F(EventLogTest, RefusesToOpenALogThatLostABoard) {
  close();
  testing::copy_directory(data() / "log", directory.path() / "older");
  open();
  const auto other = log->create_board(board_named("soder"));
  ASSERT_TRUE(other);
  board = other->number;
  ASSERT_TRUE(append(1, 0, 4));
  close();
  testing::copy_directory(directory.path() / "older", data() / "log");
  const auto refused = try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDamaged);
  EXPECT_NE(refused.error().where.find("1-4"), std::string::npos) << refused.error().where;
}

TEST_F(EventLogTest, OpensUnderAnOlderNoteOrNone) {
  for (Version seen = 0; seen < 3; ++seen) ASSERT_TRUE(append(1, seen));
  close();
  std::filesystem::copy_file(data() / "heads.note", directory.path() / "older.note");
  open();
  ASSERT_TRUE(append(1, 3));
  close();
  std::filesystem::copy_file(directory.path() / "older.note", data() / "heads.note",
                             std::filesystem::copy_options::overwrite_existing);
  open();
  EXPECT_EQ(log->head(board), 4U);
  close();
  std::filesystem::remove(data() / "heads.note");
  open();
  EXPECT_EQ(log->head(board), 4U);
}

TEST_F(EventLogTest, RefusesToOpenWithADamagedNote) {
  ASSERT_TRUE(append(1, 0));
  close();
  const auto size = std::filesystem::file_size(data() / "heads.note");
  std::filesystem::resize_file(data() / "heads.note", size - 1);
  const auto refused = try_open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kDamaged);
}

TEST_F(EventLogTest, RefusesToOpenTwice) {
  EXPECT_FALSE(try_open());
  EXPECT_TRUE(append(1, 0));
}

TEST_F(EventLogTest, StopsWhenItsDiskFails) {
  close();
  auto disk = std::make_shared<LosingFileSystem>();
  std::atomic<int> fatal{0};
  options.engine.file_system = disk;
  options.on_fatal = [&fatal](const std::string& what) {
    EXPECT_FALSE(what.empty());
    ++fatal;
  };
  open();
  ASSERT_TRUE(append(1, 0));
  disk->fail();
  const auto failed = append(1, 1);
  ASSERT_FALSE(failed);
  EXPECT_EQ(log->head(board), 1U);  // nothing was acknowledged or shown
  close();
  EXPECT_GE(fatal, 1);
}

}  // namespace
}  // namespace minne
