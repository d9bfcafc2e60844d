// Power cuts. The disk keeps what was synced and a random part of the rest; whatever the moment, every append that was
// acknowledged is there afterwards, once, at its positions; every other is there whole or not at all.
#include "core/event_log.h"

#include "tests/core/log_fixture.h"
#include "tests/core/losing_file_system.h"

#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>
#include <unordered_map>

namespace minne {
namespace {

using testing::case_number;
using testing::event_number;
using testing::LosingFileSystem;
using testing::note;
using testing::read_all;

struct Attempt {
  std::vector<std::uint64_t> events;  // numbers, in order
  std::optional<Appended> acknowledged;
};

// One log through several power cuts, all decided by the seed but for the order in which its threads run.
class PowerCuts {
 public:
  explicit PowerCuts(std::uint64_t seed) : random_(seed) {}

  void run();

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }

  Result<std::unique_ptr<EventLog>> open() {
    LogOptions options;
    options.directory = directory_.path() / "data";
    options.engine.file_system = disk_;
    options.engine.write_buffer_bytes = 64UL << 10;  // flushes and compactions happen, and are cut too
    options.engine.max_wal_bytes = 128UL << 10;
    options.on_fatal = [](const std::string& what) { ADD_FAILURE() << what; };
    options.free_bytes = [] { return kFreeSpaceReserve; };
    return EventLog::open(std::move(options), clock_);
  }

  // The power goes at some later write or sync. The note of the heads is no file of RocksDB's: it is kept by hand.
  void cut_after(std::uint64_t operations) {
    note_.reset();
    disk_->cut_after(operations, [this] { note_ = read_note(); });
  }
  void power_cut() {
    log_.reset();
    if (note_) std::ofstream(directory_.path() / "data" / "heads.note", std::ios::binary) << *note_;
    note_.reset();
    disk_->lose(random_);
    disk_ = std::make_shared<LosingFileSystem>();
  }
  std::string read_note() const {
    std::ostringstream out;
    out << std::ifstream(directory_.path() / "data" / "heads.note", std::ios::binary).rdbuf();
    return out.str();
  }

  // Appends to cases that no other worker has, until the power goes or it has done enough.
  void work(std::uint64_t worker, std::uint64_t seed, int appends) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < appends; ++i) {
      const auto stream = worker * 10 + random() % 3;
      AppendRequest request;
      request.board = board_;
      request.seen_position = log_->head(board_);
      Attempt attempt;
      std::vector<Id> cases;
      const std::size_t streams = random() % 4 == 0 ? 2 : 1;
      for (std::size_t s = 0; s < streams; ++s)
        request.streams.push_back({case_number(stream + s * 3), version_of(stream + s * 3)});
      const auto count = 1 + random() % (random() % 10 == 0 ? 150 : 4);
      for (std::size_t e = 0; e < count; ++e) {
        const auto which = random() % streams;
        const auto number = ++next_event_;
        attempt.events.push_back(number);
        cases.push_back(case_number(stream + which * 3));
        request.events.push_back(new_event(event_of(stream + which * 3, number), static_cast<std::uint32_t>(which)));
      }
      // On the committer's thread, right after the sync: was the power still on when it said so?
      std::promise<std::optional<Appended>> promise;
      log_->append(std::move(request), [&](const Result<Appended>& answer) {
        EXPECT_TRUE(answer) << answer.error().message;
        promise.set_value(answer && !disk_->is_cut() ? std::optional{*answer} : std::nullopt);
      });
      const auto result = promise.get_future().get();
      attempt.acknowledged = result;
      const std::lock_guard lock(mutex_);
      attempts_.push_back(std::move(attempt));
      if (!result) return;
      for (std::size_t e = 0; e < count; ++e) versions_[cases[e]] = result->versions[e];
    }
  }

  // An event's bytes follow from its number and case, so that they can be compared later.
  static EncodedEvent event_of(std::uint64_t stream, std::uint64_t number) {
    return note(case_number(stream), event_number(number), number % 3 == 0 ? 5 + number % 200 : 0);
  }

  Version version_of(std::uint64_t stream) {
    const std::lock_guard lock(mutex_);
    return versions_[case_number(stream)];
  }

  void expect_whole() {
    const auto all = read_all(*log_, board_);  // dense positions and versions, checksums, sealed parts
    ASSERT_TRUE(all) << all.error().message << " at " << all.error().where;
    ASSERT_EQ(all->size(), log_->head(board_));
    std::unordered_map<Id, const StoredEvent*, IdHash> stored;
    versions_.clear();
    for (const auto& event : *all) {
      const auto& view = event_in(event.event.bytes);
      ASSERT_TRUE(stored.emplace(id_of(view.id()), &event).second) << "an event stands twice";
      versions_[id_of(view.case_id())] = event.version;
    }
    std::size_t known = 0;
    for (const auto& attempt : attempts_) {
      std::vector<const StoredEvent*> found;
      for (const auto number : attempt.events) {
        if (const auto at = stored.find(event_number(number)); at != stored.end()) found.push_back(at->second);
      }
      known += found.size();
      ASSERT_TRUE(found.empty() || found.size() == attempt.events.size()) << "an append is there in part";
      for (std::size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i]->position, found[0]->position + i);
      if (!attempt.acknowledged) continue;
      ASSERT_FALSE(found.empty()) << "an acknowledged append is lost";
      ASSERT_EQ(found[0]->position, attempt.acknowledged->first);
      for (std::size_t i = 0; i < found.size(); ++i) {
        ASSERT_EQ(found[i]->version, attempt.acknowledged->versions[i]);
        ASSERT_EQ(found[i]->recorded_at, attempt.acknowledged->recorded_at);
      }
    }
    ASSERT_EQ(known, all->size()) << "events that nobody appended";
  }

  testing::TempDirectory directory_;
  testing::ManualClock clock_;
  std::shared_ptr<LosingFileSystem> disk_ = std::make_shared<LosingFileSystem>();
  std::optional<std::string> note_;
  std::unique_ptr<EventLog> log_;
  BoardNumber board_ = 0;
  std::mt19937_64 random_;

  std::atomic<std::uint64_t> next_event_{0};
  std::mutex mutex_;
  std::vector<Attempt> attempts_;
  std::map<Id, Version> versions_;
};

void PowerCuts::run() {
  constexpr int kCuts = 4;
  for (int cut = 0; cut <= kCuts; ++cut) {
    SCOPED_TRACE("cut " + std::to_string(cut));
    // Once in a while the power goes again while the log is being opened.
    if (cut > 0 && below(3) == 0) {
      cut_after(1 + below(25));
      auto opened = open();
      ASSERT_TRUE(opened) << opened.error().message << " at " << opened.error().where;
      log_ = std::move(*opened);
      power_cut();
    }
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message << " at " << opened.error().where;
    log_ = std::move(*opened);
    if (log_->boards().empty()) {
      ASSERT_EQ(cut, 0) << "the board is lost";
      board_ = log_->create_board(testing::board_named("norr")).value().number;
    }
    ASSERT_TRUE(log_->load_tail(board_, 0));
    expect_whole();
    if (::testing::Test::HasFatalFailure() || cut == kCuts) return;

    clock_.pass(std::chrono::seconds(1));
    cut_after(1 + below(cut == 0 ? 40 : 500));
    const std::size_t workers = below(2) == 0 ? 1 : 5;
    std::vector<std::thread> threads;
    for (std::size_t w = 0; w < workers; ++w) {
      threads.emplace_back([this, w, seed = random_()] { work(w + 1, seed, 200); });
    }
    for (auto& thread : threads) thread.join();
    power_cut();  // where the power still is on, the log closes in good order first
  }
}

TEST(UnsyncedLossTest, LosesNothingThatWasAcknowledged) {
  constexpr std::uint64_t kFirstSeed = 1;
  constexpr std::uint64_t kSeeds = 12;
  for (auto seed = kFirstSeed; seed < kFirstSeed + kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    PowerCuts(seed).run();
  }
}

}  // namespace
}  // namespace minne
