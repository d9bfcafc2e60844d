// The synthetic board behind `minne generate --events N --seed S [--profile norrtalje|stockholm]`.
//
//   BoardGenerator board({.board = "demo", .events = 1'000'000, .seed = 7, .profile = BoardProfile::kNorrtalje});
//   while (auto event = board.next()) append(event->stream, event->kind, event->event, event->recorded_at);
//   write("manifest.json", board.manifest());
//
// A forward simulation of a district board from Monday 2021-01-04: children, reports, assessments, investigations, what
// is offered, accepted and declined, help, placements, custody, notes, workers who come and go, and planted cases.
// Exactly N events come, in the order of the board's log: the i-th is position i of an empty board made with
// `clock=supplied`, `recorded_at` never decreases, and versions follow from the order within a stream. Events at one
// `recorded_at` that follow one another may belong to one append (StaffLeft and the AssignmentEnded it brings;
// EventMisfiled with EventRefiled; a review and its decision): keep them together.
//
// The same options give the same bytes on any machine: no wall clock, no floating point, no library's distributions.
// Names, numbers and texts are made up; persons have reserve ids ("RES-000123"), never a personal number.
//
// Memory: what is going on, and a few dates and words of each case for the manifest; not the events. Thread: one
// thread uses one object. Cannot fail but for memory.
#pragma once

#include "events/event.h"

#include <boost/json/object.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace minne {

// Volume and ages: Norrtälje about 3,000 reports a year, Stockholm about 40,000 (all its districts as one board). A
// board of few events is a smaller one, so that at least about three years come out.
enum class BoardProfile : std::uint8_t { kNorrtalje, kStockholm };

// What a board may suffer from all along. Turnover: three times as many leave, and every third investigation changes
// hands. Overload: investigations pass their four months twice as often, and three times as many wait for help.
enum class BoardStress : std::uint8_t { kNone, kTurnover, kOverload };

[[nodiscard]] Result<BoardProfile> parse_board_profile(std::string_view name);
[[nodiscard]] Result<BoardStress> parse_board_stress(std::string_view name);
[[nodiscard]] std::string_view to_text(BoardProfile profile);
[[nodiscard]] std::string_view to_text(BoardStress stress);

struct GenerateOptions {
  std::string board;
  std::uint64_t events = 0;
  std::uint64_t seed = 0;
  BoardProfile profile = BoardProfile::kNorrtalje;
  BoardStress stress = BoardStress::kNone;
};

struct GeneratedEvent {
  Id stream;
  StreamKind kind = StreamKind::case_;
  EncodedEvent event;
  Instant recorded_at{};
};

// Under which subject tokens were made: SHA-256("minne generated board " board seed). Import it as the board's lookup
// key, so that a reserve id finds its child.
[[nodiscard]] Digest generated_lookup_key(const GenerateOptions& options);

class BoardGenerator {
 public:
  explicit BoardGenerator(GenerateOptions options);
  BoardGenerator(BoardGenerator&&) noexcept;
  BoardGenerator& operator=(BoardGenerator&&) noexcept;
  ~BoardGenerator();

  // Nothing after the N-th event.
  [[nodiscard]] std::optional<GeneratedEvent> next();

  // What the queries must answer about the events given so far, on the local day of the last one; complete once next()
  // gave nothing. By bookkeeping of its own, which shares no code with any projection. Its `assumptions` say how each
  // rule was read.
  //   { board, seed, profile, events, first_day, today, lookup_key, counts: {TYPE: n}, cases, workers: {joined, left},
  //     planted: [{kind, case, ref, …}],
  //     deadlines: {RULE: {total, open, overdue, met, met_late, met_late_within_adjusted, extended, extended_late,
  //                        cancelled}},
  //     open_deadlines: [{rule, case, ref, matter, started, nominal, adjusted}],  by nominal, ref, rule
  //     repeats: [{min, within, concern?, not_opened?, cases: [{ref, reports, incidents}]}],  by ref
  //     absence_history: [{case, ref, reports: [{report, received, age, within_30, within_90, within_365}]}],
  //     open_investigations: {total, without_responsible, items: [{case, ref, investigation, worker}]},
  //     questions: [{question, asked: {PARAMETER: value}, answer, hidden?}] }
  // An answer holds what must be found, member by member; its lists are whole. `hidden`: counts may be null where they
  // are few.
  [[nodiscard]] boost::json::object manifest() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minne
