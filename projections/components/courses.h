// How each investigation went: within its limit or past it, how often it changed hands, whether the child was heard,
// and whether it was closed only to be opened again (SoL 20:3, 20:7; JO 2565-2016, 2411-2017).
#pragma once

#include "projections/contract.h"

namespace minne {

struct Courses {
  static constexpr std::string_view kName = "courses";
  static constexpr std::uint32_t kVersion = 3;
  using Events = Types<>;
  using Reads = Types<>;
  using Row = rows::CoursesT;

  // chained key   := case:16 opened:day32 investigation:16
  //         value := earlier:16 earlier_opened:day32 earlier_concluded:day32 concluded:day32 unit \0 ref
  // Opened within kMaxPause days of the conclusion of another, and no report came between. concluded: kNeverEnds while
  // it is open.
  // late    key   := concluded:day32 case:16 investigation:16     concluded past a limit that no decision had moved in
  // time
  static constexpr std::array<std::string_view, 2> kIndexes = {"chained", "late"};
  static constexpr std::uint8_t kChained = 0;
  static constexpr std::uint8_t kLate = 1;
  static constexpr std::int32_t kMaxPause = 365;
  static void index(const CaseRow& row, IndexWriter& out);

  static constexpr std::array<std::string_view, 2> kTallies = {"concluded", "running"};  // keys: Course
  static constexpr std::uint8_t kConcluded = 0;
  static constexpr std::uint8_t kRunning = 1;
  static void tally(const CaseRow& row, TallyWriter& out);
};

// Kept in keys: append only. What no limit applies to (the child of age, or unborn) is kNone.
enum class LimitKept : std::uint8_t {
  kNone,
  kWithin,        // concluded by the limit that the law gave, or that limit still runs
  kExtended,      // past it, with an extension decided in time
  kExtendedLate,  // past it, with one decided when the limit had passed
  kOver           // concluded past the last limit it had, without a decision
};
enum class Voice : std::uint8_t { kNotRecorded, kHeard, kHeardAlone, kNotHeard };

// One investigation as it stands in the tallies' keys.
//   concluded key := year:u16 day:day32 unit \0 limit:u8 weekend:u8 handovers:u8 voice:u8 reason \0
//   running   key := the same, where day is the limit that runs (kNeverEnds without one)
struct Course {
  std::int32_t day = 0;
  std::string_view unit;  // of who was responsible on the last day, else of who opened it
  LimitKept limit = LimitKept::kNone;
  bool within_adjusted = false;  // past a limit on a day off, before the next working day ended
  std::uint8_t handovers = 0;    // of responsibility while it was open
  Voice voice = Voice::kNotRecorded;
  std::string_view reason;  // why the child was not heard

  [[nodiscard]] std::string key() const;
  [[nodiscard]] static Course read(std::string_view key);
};

[[nodiscard]] Course course_of(const CaseRow& row, const rows::InvestigationT& investigation);

}  // namespace minne
