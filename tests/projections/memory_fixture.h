// A case memory in a directory of its own, on a clock that a test moves by hand, and events written as the JSON that
// clients send.
//
//   TempDirectory directory;
//   ManualClock clock;
//   Memory memory(directory.path(), clock);
//   memory.append({report("r1", "2026-02-06T10:00:00+01:00")});
//
// Short names stand for ids: id_named("r1") is the same id in every test and every run.
#pragma once

#include "core/keys.h"
#include "events/json.h"
#include "projections/case_memory.h"
#include "projections/fold.h"
#include "projections/queries.h"
#include "tests/temp_directory.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace minne {

namespace json = boost::json;

// Stands still until it is told. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::string_view start = "2026-03-01T12:00:00+01:00")
      : start_(to_micros(parse_instant(start).value())), now_(start_) {}
  [[nodiscard]] Instant now() const override { return from_micros(now_); }
  [[nodiscard]] std::chrono::microseconds monotonic() const override {
    return std::chrono::microseconds{now_ - start_};
  }
  void advance(std::chrono::microseconds by) { now_ += by.count(); }

 private:
  const std::int64_t start_;
  std::atomic<std::int64_t> now_;
};

inline Date day(std::string_view text) { return parse_date(text).value(); }

inline Id id_named(std::string_view name) { return id_v5(Id{}, name); }
inline std::string uuid(std::string_view name) { return to_text(id_named(name)); }

// An event's JSON; `extra` replaces or adds members of the envelope.
inline json::object event(std::string_view type, std::string_view id, std::string_view case_name,
                          std::string_view occurred, json::object body = {}, const json::object& extra = {}) {
  json::object out{{"id", uuid(id)},
                   {"type", type},
                   {"case", uuid(case_name)},
                   {"occurred_at", occurred},
                   {"actor", json::object{{"id", "worker-1"}, {"unit", "north"}}},
                   {"body", std::move(body)}};
  for (const auto& member : extra) out[member.key()] = member.value();
  return out;
}

inline json::array uuids(const std::vector<std::string>& names) {
  json::array out;
  for (const auto& name : names) out.emplace_back(uuid(name));
  return out;
}

inline Id case_of(const json::object& event) { return parse_id(event.at("case").as_string()).value(); }

// What encoding `event` gives; `number` in sealed.person_number is taken in under `key`.
inline EncodedEvent encoded(const json::object& event, std::string_view key = std::string_view{"board-key"}) {
  EncodeContext context;
  context.today_year = 2026;
  context.token = [key](std::string_view number) {
    return hmac_sha256({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}, number);
  };
  auto out = encode_event(event, context);
  if (!out) {
    ADD_FAILURE() << out.error().message << " at " << out.error().where << " in " << json::serialize(event);
    std::abort();
  }
  return std::move(*out);
}

struct Wanted {
  Expect expect = Expect::kAny;
  Version version = 0;
};

// One append: events in their order, each case once, all with the same expectation.
inline AppendCommand command(BoardNumber board, const std::vector<json::object>& events, Wanted wanted = {},
                             Instant recorded_at = {}) {
  AppendCommand out;
  out.board = board;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto id = case_of(events[i]);
    const auto known = std::ranges::find(out.cases, id, &CaseExpectation::case_id);
    const auto which = static_cast<std::uint32_t>(known - out.cases.begin());
    if (known == out.cases.end()) {
      out.cases.push_back({id, wanted.expect, wanted.version, "/cases/" + std::to_string(which)});
    }
    out.events.push_back({encoded(events[i]), which, recorded_at, "/events/" + std::to_string(i)});
  }
  return out;
}

// An open memory with one board, "norr", made where it is missing.
class Memory {
 public:
  explicit Memory(std::filesystem::path directory, const Clock& clock, MemoryOptions options = {},
                  bool supplied_clock = false)
      : directory_(std::move(directory)), clock_(clock), options_(std::move(options)) {
    options_.directory = directory_;
    if (!options_.log.free_bytes) options_.log.free_bytes = [] { return std::uint64_t{1} << 40; };
    open(supplied_clock);
  }

  void open(bool supplied_clock = false) {
    auto memory = CaseMemory::open(options_, clock_);
    if (!memory) {
      ADD_FAILURE() << "cannot open: " << memory.error().message << " " << memory.error().where;
      std::abort();
    }
    memory_ = std::move(*memory);
    auto board = memory_->find_board("norr");
    if (!board) {
      BoardRecord wanted;
      wanted.name = "norr";
      wanted.supplied_clock = supplied_clock;
      board = memory_->create_board(std::move(wanted));
    }
    board_ = board.value();
  }
  void close() { memory_.reset(); }
  void reopen() {
    close();
    open();
  }

  [[nodiscard]] CaseMemory& get() { return *memory_; }
  [[nodiscard]] CaseMemory* operator->() { return memory_.get(); }
  [[nodiscard]] const BoardRecord& record() const { return board_; }
  [[nodiscard]] BoardNumber board() const { return board_.number; }
  [[nodiscard]] MemoryOptions& options() { return options_; }

  [[nodiscard]] Result<AppendOutcome> try_append(const std::vector<json::object>& events, Wanted wanted = {}) {
    return memory_->append_and_wait(command(board(), events, wanted));
  }
  AppendOutcome append(const std::vector<json::object>& events, Wanted wanted = {}) {
    auto outcome = try_append(events, wanted);
    if (!outcome) {
      ADD_FAILURE() << outcome.error().message << " at " << outcome.error().where;
      return {};
    }
    return std::move(*outcome);
  }
  [[nodiscard]] View view() { return memory_->board_view(board(), Consistency::kStrong).value(); }
  [[nodiscard]] CaseRow row(std::string_view case_name) { return read_row(view(), id_named(case_name)).value(); }

 private:
  std::filesystem::path directory_;
  const Clock& clock_;
  MemoryOptions options_;
  std::unique_ptr<CaseMemory> memory_;
  BoardRecord board_;
};

// --- events that many tests need
// --------------------------------------------------------------------------------------

inline json::object opened(std::string_view case_name, json::object body = {},
                           std::string_view occurred = "2026-01-02") {
  return event("CaseOpened", "opened " + std::string{case_name}, case_name, occurred, std::move(body));
}

inline json::object report(std::string_view id, std::string_view case_name, std::string_view received = "2026-02-06",
                           json::object body = {}) {
  return event("ReportReceived", id, case_name, received, std::move(body), {{"received_at", received}});
}

inline json::object note(std::string_view id, std::string_view case_name, std::string_view occurred = "2026-02-10") {
  return event("NoteRecorded", id, case_name, occurred, {{"kind", "note"}});
}

// --- what must hold of a board whatever happened to it
// ----------------------------------------------------------------

inline std::string lines_of(const std::vector<ProjectionSummary>& summaries) {
  std::string out;
  for (const auto& line : summaries) out += line.name + " " + std::to_string(line.rows) + " " + line.checksum + "\n";
  return out;
}

inline std::string summary_of(const View& view) {
  auto checksum = checksum_of(view);
  if (!checksum) return checksum.error().message;
  return lines_of(summarise(*checksum));
}

// Every stored row is, to the byte, what folding that case's events alone gives; the number of rows.
inline std::size_t expect_rows_as_folded_alone(CaseMemory& memory, BoardNumber board) {
  const auto view = memory.board_view(board, Consistency::kStrong).value();
  std::vector<std::pair<Id, std::string>> rows;
  const auto scanned = view.scan(kRows, {}, {}, [&](std::string_view key, std::string_view value) {
    rows.emplace_back(KeyReader(key).id(), value);
    return true;
  });
  EXPECT_TRUE(scanned);
  RowPacker packer;
  for (const auto& [id, stored] : rows) {
    const auto events = all_events(memory.log(), board, view, id).value();
    const auto folded = fold_case(id, events, memory.rules());
    EXPECT_EQ(events.size(), folded.version);
    EXPECT_TRUE(packer.pack(folded) == stored)
        << "case " << to_text(id) << "\n stored: "
        << json::serialize(case_json(unpack_row(id, stored).value(), memory.rules(), day("2026-06-01")))
        << "\n folded: " << json::serialize(case_json(folded, memory.rules(), day("2026-06-01")));
  }
  return rows.size();
}

// Rebuilding changes nothing: the same checksum of every table, index and tally.
inline RebuildReport expect_rebuild_changes_nothing(CaseMemory& memory, BoardNumber board, unsigned threads = 1,
                                                    std::size_t memory_bytes = kRebuildMemory) {
  EXPECT_TRUE(memory.board_view(board, Consistency::kStrong));
  RebuildOptions options;
  options.threads = threads;
  options.memory_bytes = memory_bytes;
  auto rebuilt = memory.rebuild(board, options);
  if (!rebuilt) {
    ADD_FAILURE() << rebuilt.error().message << " " << rebuilt.error().where;
    return {};
  }
  EXPECT_EQ(lines_of(rebuilt->before), lines_of(rebuilt->projections));
  return std::move(*rebuilt);
}

inline std::vector<Fault> faults_of(const CaseMemory& memory) {
  std::vector<Fault> out;
  const auto checked = memory.verify([&](Fault fault) { out.push_back(std::move(fault)); });
  if (!checked) out.push_back({0, 0, 0, "verify", checked.error().message});
  return out;
}

inline std::string text_of_faults(const std::vector<Fault>& faults) {
  std::string out;
  for (const auto& fault : faults) out += fault.where + ": " + fault.what + "\n";
  return out;
}

}  // namespace minne
