// The queue before the committer: its bounds, how it stops, what it writes together.
#include "core/event_log.h"

#include "tests/core/log_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

namespace minne {
namespace {

using testing::count_pages;
using testing::read_all;

// Once closed, holds the committer in its next question for free space until the test lets it go.
class Valve {
 public:
  std::uint64_t ask() {
    std::unique_lock lock(mutex_);
    asked_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    return free_;
  }
  void wait_until_asked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return asked_; });
  }
  void close() {
    const std::lock_guard lock(mutex_);
    asked_ = open_ = false;
  }
  void open(std::uint64_t free) {
    const std::lock_guard lock(mutex_);
    free_ = free;
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool asked_ = false;
  bool open_ = true;
  std::uint64_t free_ = kFreeSpaceReserve;
};

class QueueTest : public testing::LogTest {
 protected:
  void SetUp() override {
    options.free_bytes = [this] { return valve_.ask(); };
    open();
    valve_.close();
  }
  void TearDown() override {
    valve_.open(kFreeSpaceReserve);
    close();
  }
  void queue(AppendRequest request) {
    log->append(std::move(request), [this](const Result<Appended>& result) {
      const std::lock_guard lock(mutex_);
      codes_.push_back(result ? std::nullopt : std::optional{result.error().code});
    });
  }
  std::vector<std::optional<Code>> codes() {
    const std::lock_guard lock(mutex_);
    return codes_;
  }

  Valve valve_;
  std::mutex mutex_;
  std::vector<std::optional<Code>> codes_;
};

TEST_F(QueueTest, IsBoundedByEvents) {
  queue(request(1, 0));
  valve_.wait_until_asked();  // the committer has that one in hand; what follows waits
  const auto full = request(2, 0, kMaxAppendEvents);
  for (std::size_t i = 0; i < kMaxQueuedEvents / kMaxAppendEvents; ++i) queue(full);
  EXPECT_TRUE(codes().empty());
  queue(request(3, 0));
  ASSERT_EQ(codes().size(), 1U);  // answered on this thread
  EXPECT_EQ(codes()[0], Code::kBusy);
  valve_.open(0);  // refuse the rest: nothing is written
  log->stop();
  EXPECT_EQ(codes().size(), 2 + kMaxQueuedEvents / kMaxAppendEvents);
  EXPECT_EQ(std::count(codes_.begin(), codes_.end(), std::optional{Code::kNoSpace}),
            static_cast<std::ptrdiff_t>(1 + kMaxQueuedEvents / kMaxAppendEvents));
}

TEST_F(QueueTest, IsBoundedByBytes) {
  queue(request(1, 0));
  valve_.wait_until_asked();
  const auto big = request(2, 0, 250, 60'000);  // 15 million bytes
  for (int i = 0; i < 4; ++i) queue(big);
  EXPECT_TRUE(codes().empty());
  queue(big);
  ASSERT_EQ(codes().size(), 1U);
  EXPECT_EQ(codes()[0], Code::kBusy);
  valve_.open(0);
}

TEST_F(QueueTest, CommitsWhatIsQueuedBeforeItStops) {
  queue(request(1, 0));
  valve_.wait_until_asked();
  for (std::uint64_t i = 2; i < 12; ++i) queue(request(i, 0));
  valve_.open(kFreeSpaceReserve);
  log->stop();
  EXPECT_EQ(codes(), std::vector<std::optional<Code>>(11, std::nullopt));
  EXPECT_EQ(log->head(board), 11U);
  EXPECT_EQ(read_all(*log, board)->size(), 11U);  // reads go on
  queue(request(20, 0));
  EXPECT_EQ(codes().back(), Code::kBusy);
}

TEST_F(QueueTest, LetsARefusedCallerAppendAgainFromItsAnswer) {
  valve_.open(kFreeSpaceReserve);
  log->stop();
  int answers = 0;
  log->append(request(1, 0), [&](const Result<Appended>& first) {
    EXPECT_EQ(first.error().code, Code::kBusy);
    ++answers;
    log->append(request(1, 0), [&](const Result<Appended>& second) {
      EXPECT_EQ(second.error().code, Code::kBusy);
      ++answers;
    });
  });
  EXPECT_EQ(answers, 2);
}

TEST_F(QueueTest, WritesWhatArrivedMeanwhileTogether) {
  queue(request(1, 0));
  valve_.wait_until_asked();
  for (std::uint64_t i = 2; i <= 50; ++i) queue(request(i, 0));
  valve_.open(kFreeSpaceReserve);
  log->stop();
  EXPECT_EQ(log->head(board), 50U);
  EXPECT_LE(count_pages(*log, board), 2U);
}

}  // namespace
}  // namespace minne
