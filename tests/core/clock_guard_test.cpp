// What the log does when a clock falls back or jumps ahead, and the boards whose times are supplied.
#include "core/event_log.h"

#include "tests/core/log_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace minne {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::board_named;
using testing::read_all;

class ClockGuardTest : public testing::LogTest {
 protected:
  void SetUp() override { open(); }
};

TEST_F(ClockGuardTest, RefusesAppendsOfAClockThatFellBack) {
  const auto at = clock.now();
  ASSERT_TRUE(append(1, 0));
  clock.turn(-seconds(5));
  const auto small_step = append(1, 1);
  ASSERT_TRUE(small_step) << small_step.error().message;
  EXPECT_EQ(small_step->recorded_at, at);  // never goes back
  clock.turn(-milliseconds(1));
  const auto refused = append(1, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kClock);
  clock.turn(milliseconds(1));
  EXPECT_TRUE(append(1, 2));
  clock.pass(seconds(10));
  EXPECT_EQ(append(1, 3)->recorded_at, clock.now());
}

TEST_F(ClockGuardTest, RefusesAppendsOfAClockThatFellBackBeforeItWasOpened) {
  ASSERT_TRUE(append(1, 0));
  clock.turn(-hours(2));
  reopen();
  const auto refused = append(1, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kClock);
  clock.turn(hours(2));  // set right: no restart is needed
  EXPECT_TRUE(append(1, 1));
}

TEST_F(ClockGuardTest, RefusesAppendsOfAClockThatJumpedAhead) {
  ASSERT_TRUE(append(1, 0));
  clock.turn(hours(1));
  ASSERT_TRUE(append(1, 1));
  clock.turn(milliseconds(1));
  const auto refused = append(1, 2);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kClock);
  clock.turn(-milliseconds(1));
  EXPECT_TRUE(append(1, 2));
  clock.pass(hours(48));  // time may pass without appends
  EXPECT_TRUE(append(1, 3));
}

TEST_F(ClockGuardTest, OneBoardsClockIsNotAnothers) {
  ASSERT_TRUE(append(1, 0));
  const auto other = log->create_board(board_named("soder"));
  ASSERT_TRUE(other);
  clock.turn(-minutes(10));
  EXPECT_EQ(append(1, 1).error().code, Code::kClock);
  auto there = request(1, 0);
  there.board = other->number;
  there.seen_position = 0;
  EXPECT_TRUE(log->append_and_wait(std::move(there)));  // it has no event yet that could be contradicted
}

class SuppliedClockTest : public testing::LogTest {
 protected:
  void SetUp() override {
    open();
    board = log->create_board(board_named("import", true)).value().number;
  }
  Result<Appended> append_at(Version seen, const std::vector<int>& at_seconds) {
    auto out = request(1, seen, at_seconds.size());
    for (std::size_t i = 0; i < at_seconds.size(); ++i) {
      out.events[i].recorded_at = from_micros(at_seconds[i] * 1'000'000LL);
    }
    return log->append_and_wait(std::move(out));
  }
};

TEST_F(SuppliedClockTest, RecordsTheTimesThatAreStated) {
  ASSERT_TRUE(append_at(0, {100, 100, 250}));
  ASSERT_TRUE(append_at(3, {250}));
  const auto all = read_all(*log, board);
  ASSERT_TRUE(all);
  std::vector<std::int64_t> recorded;
  for (const auto& event : *all) recorded.push_back(to_micros(event.recorded_at) / 1'000'000);
  EXPECT_EQ(recorded, (std::vector<std::int64_t>{100, 100, 250, 250}));
}

TEST_F(SuppliedClockTest, NeverGoesBack) {
  ASSERT_TRUE(append_at(0, {100, 200}));
  EXPECT_EQ(append_at(2, {199}).error().code, Code::kInvalid);
  EXPECT_EQ(append_at(2, {300, 299}).error().code, Code::kInvalid);  // nor within an append
  EXPECT_EQ(log->head(board), 2U);
  EXPECT_TRUE(append_at(2, {200, 300}));
  const auto number = board;
  reopen();
  board = number;
  EXPECT_EQ(append_at(4, {299}).error().code, Code::kInvalid);
  EXPECT_TRUE(append_at(4, {300}));
}

TEST_F(SuppliedClockTest, GoesByNoOtherClock) {
  clock.turn(-hours(100'000));
  EXPECT_TRUE(append_at(0, {100}));
  clock.turn(hours(300'000));
  EXPECT_TRUE(append_at(1, {2'000'000'000}));
}

}  // namespace
}  // namespace minne
