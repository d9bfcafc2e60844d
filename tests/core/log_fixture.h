// What the tests of the log share: a directory that goes away, a clock that stands still, small events, and a log that
// can be closed and opened again.
#pragma once

#include "core/event_log.h"
#include "tests/core/losing_file_system.h"
#include "tests/temp_directory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace minne::testing {

using minne::TempDirectory;

inline void copy_directory(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

// Thread-safe. Stands at 2026-02-06T12:00:00Z until it is set.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return from_micros(now_.load()); }
  [[nodiscard]] std::chrono::microseconds monotonic() const override {
    return std::chrono::microseconds{monotonic_.load()};
  }

  // Time that passes: both clocks.
  void pass(std::chrono::microseconds time) {
    now_ += time.count();
    monotonic_ += time.count();
  }
  // A hand that turns the wall clock.
  void turn(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_{1'770'379'200'000'000};
  std::atomic<std::int64_t> monotonic_{5'000'000};
};

// Ids that a test can tell apart: the n-th of a kind.
inline Id id_of_number(std::uint8_t kind, std::uint64_t number) {
  Id id;
  id.bytes[0] = kind;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}
inline Id case_number(std::uint64_t number) { return id_of_number(0xCA, number); }
inline Id event_number(std::uint64_t number) { return id_of_number(0xEE, number); }

// A note with `size` bytes of sealed text. Written without the JSON converter: log tests make many.
inline EncodedEvent note(const Id& stream, const Id& id, std::size_t size = 0) {
  EncodedEvent out;
  flatbuffers::FlatBufferBuilder builder(512);
  flatbuffers::Offset<flatbuffers::Vector<std::uint8_t>> hash;
  if (size > 0) {
    flatbuffers::FlatBufferBuilder sealed(128 + size);
    const std::vector fields{events::CreateSealedField(sealed, sealed.CreateString("/text_ref"),
                                                       sealed.CreateString(std::string(size, 'x')))};
    sealed.FinishSizePrefixed(events::CreateSealed(sealed, 0, sealed.CreateVector(fields)), events::SealedIdentifier());
    out.sealed.assign(reinterpret_cast<const char*>(sealed.GetBufferPointer()), sealed.GetSize());
    const auto digest = sha256({sealed.GetBufferPointer(), sealed.GetSize()});
    hash = builder.CreateVector(digest.data(), digest.size());
  }
  events::NoteRecordedBuilder body(builder);
  body.add_event_date(20'490);
  const auto body_offset = body.Finish();
  const auto event_id = to_uuid(id);
  const auto case_id = to_uuid(stream);
  events::EventBuilder event(builder);
  event.add_id(&event_id);
  event.add_case_id(&case_id);
  event.add_occurred_at(1'770'379'200'000'000);
  if (size > 0) event.add_sealed_sha256(hash);
  event.add_body_type(Body::NoteRecorded);
  event.add_body(body_offset.Union());
  builder.FinishSizePrefixed(event.Finish(), events::EventIdentifier());
  out.bytes.assign(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  return out;
}

inline BoardRecord board_named(std::string name, bool supplied_clock = false) {
  BoardRecord out;
  out.name = std::move(name);
  out.supplied_clock = supplied_clock;
  return out;
}

// All events of a board, by a cursor, each checked: dense positions, dense versions, checksums, sealed parts that
// match.
inline Result<std::vector<StoredEvent>> read_all(const EventLog& log, BoardNumber board, Position from = 1) {
  std::vector<StoredEvent> out;
  std::map<Id, Version> versions;
  const auto cursor = log.read(board, from, ReadFor::kScan);
  for (;;) {
    MINNE_TRY(const Page* page, cursor->next());
    if (page == nullptr) break;
    MINNE_TRY_VOID(page->check_events());
    MINNE_TRY(const auto stored, log.engine().read_sealed(board, page->first()));
    MINNE_TRY(const auto sealed, decode_sealed(stored, page->count()));
    for (std::uint32_t i = 0; i < page->count(); ++i) {
      const auto view = (*page)[i];
      if (view.position < from) continue;
      const auto expected = out.empty() ? from : out.back().position + 1;
      if (view.position != expected)
        return failure(Code::kDamaged, "positions are not dense", std::to_string(view.position));
      MINNE_TRY_VOID(verify_event(view.bytes, sealed[i]));
      auto& version = versions[id_of(view.event().case_id())];
      if (from == 1 && view.version != version + 1) return failure(Code::kDamaged, "versions are not dense");
      version = view.version;
      out.push_back({view.position, view.version, view.recorded_at, {std::string{view.bytes}, sealed[i]}});
    }
  }
  return out;
}

inline std::size_t count_pages(const EventLog& log, BoardNumber board) {
  std::size_t count = 0;
  const auto cursor = log.read(board, 1, ReadFor::kScan);
  for (;; ++count) {
    const auto page = cursor->next();
    if (!page || *page == nullptr) return count;
  }
}

// A log in a directory of its own, with one board. Its disk takes no time to sync: what a sync is worth is tried by
// unsynced_loss_test.cpp, and the real disk by the engine's contract.
class LogTest : public ::testing::Test {
 protected:
  LogTest() { options.engine.file_system = std::make_shared<LosingFileSystem>(); }

  void open() {
    auto opened = try_open();
    ASSERT_TRUE(opened) << opened.error().message << " at " << opened.error().where;
    log = std::move(*opened);
    if (log->boards().empty()) {
      const auto made = log->create_board(board_named("norr"));
      ASSERT_TRUE(made) << made.error().message;
    }
    for (const auto& each : log->boards()) ASSERT_TRUE(log->load_tail(each.number, 0));
    board = log->boards().front().number;
  }
  Result<std::unique_ptr<EventLog>> try_open() {
    auto given = options;
    given.directory = directory.path() / "data";
    return EventLog::open(std::move(given), clock);
  }
  void close() { log.reset(); }
  void reopen() {
    close();
    open();
  }
  [[nodiscard]] std::filesystem::path data() const { return directory.path() / "data"; }

  // `count` new events of a case that was seen at `seen`.
  AppendRequest request(std::uint64_t stream, Version seen, std::size_t count = 1, std::size_t size = 0) {
    AppendRequest out;
    out.board = board;
    out.seen_position = log->head(board);
    out.streams = {{case_number(stream), seen}};
    for (std::size_t i = 0; i < count; ++i) {
      out.events.push_back(new_event(note(case_number(stream), event_number(++next_event), size), 0));
    }
    return out;
  }
  Result<Appended> append(std::uint64_t stream, Version seen, std::size_t count = 1, std::size_t size = 0) {
    return log->append_and_wait(request(stream, seen, count, size));
  }

  TempDirectory directory;
  ManualClock clock;
  LogOptions options;
  std::unique_ptr<EventLog> log;
  BoardNumber board = 0;
  std::atomic<std::uint64_t> next_event{0};
};

inline void expect_same(const std::vector<StoredEvent>& actual, const std::vector<StoredEvent>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    ASSERT_EQ(actual[i].position, expected[i].position) << i;
    ASSERT_EQ(actual[i].version, expected[i].version) << i;
    ASSERT_EQ(actual[i].recorded_at, expected[i].recorded_at) << i;
    ASSERT_EQ(actual[i].event.bytes, expected[i].event.bytes) << i;
    ASSERT_EQ(actual[i].event.sealed, expected[i].event.sealed) << i;
  }
}

}  // namespace minne::testing
