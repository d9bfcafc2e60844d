// What the manifest says: the expected answers, kept by the synthetic board itself while it writes.
//
// It takes plain facts about dates and counts with a calendar of its own; no event is read back and nothing is shared
// with the projections, which is the point. A quiet file is folded into totals by forget(). One thread.
#pragma once

#include "events/uuid.h"
#include "server/generate_calendar.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minne::generate {

using CaseKey = std::uint32_t;
using ReportIndex = std::uint32_t;

struct ReceivedReport {
  Id id;
  Day received = 0;
  bool late_in_day = false;   // at or after 16:00, said to the minute
  bool clocks = true;         // false while unborn
  std::uint8_t concerns = 0;  // bit per code
};

class Ledger {
 public:
  void open_case(CaseKey key, const Id& id, std::string ref);
  void born(CaseKey key, Day birth);

  // Reports of a case count from 0 in the order of these calls.
  void report(CaseKey key, const ReceivedReport& report);
  void report_moved(CaseKey key, ReportIndex report, Day received, bool late_in_day);
  void misfiled(CaseKey key, ReportIndex report);
  void protection_assessed(CaseKey key, ReportIndex report, Day on);
  void preliminary_extended(CaseKey key, ReportIndex report, Day on, Day new_date);
  void same_incident(CaseKey key, ReportIndex report, ReportIndex primary);
  void joined(CaseKey key, ReportIndex report, Day on);
  void not_opened(CaseKey key, ReportIndex report, Day on);
  void led_to_investigation(CaseKey key, ReportIndex report, Day on);

  // One investigation of a case at a time.
  void opened(CaseKey key, const Id& investigation, Day on, bool clock);
  void extended(CaseKey key, Day on, Day new_end);
  void concluded(CaseKey key, Day on);
  void responsible(CaseKey key, std::string worker);  // of the open investigation; empty: nobody

  // Nothing more happens to the case, and its reports are more than a year old.
  void forget(CaseKey key);

  void keep_absence_history(CaseKey key) { absence_cases_.push_back(key); }
  [[nodiscard]] std::uint64_t cases() const { return cases_; }

  // Adds deadlines, open_deadlines, repeats, absence_history, open_investigations,
  // assumptions.
  void describe(boost::json::object& manifest, Day today) const;

 private:
  enum class Decision : std::uint8_t { kNone, kNotOpened, kOpened, kJoined, kMisfiled };
  static constexpr Day kNever = INT32_MIN;

  struct Report {
    ReceivedReport facts;
    Day protected_on = kNever;
    Day extended_on = kNever;
    Day extended_to = 0;
    Day decided_on = kNever;
    Decision decision = Decision::kNone;
    std::optional<ReportIndex> primary;
  };
  struct Extension {
    Day on = 0;
    Day new_end = 0;
  };
  struct Investigation {
    Id id;
    Day opened = 0;
    Day concluded = kNever;
    bool clock = true;
    std::vector<Extension> extensions;
    std::string worker;
  };
  struct Book {
    Id id;
    std::string ref;
    std::optional<Day> birth;
    std::vector<Report> reports;
    std::vector<Investigation> investigations;
  };

  enum Rule : std::uint8_t { kProtection, kPreliminary, kFourMonths, kRules };
  struct Totals {
    std::uint64_t total = 0;
    std::uint64_t open = 0;
    std::uint64_t met = 0;
    std::uint64_t met_late = 0;
    std::uint64_t met_late_within_adjusted = 0;
    std::uint64_t extended = 0;
    std::uint64_t extended_late = 0;
    std::uint64_t cancelled = 0;
    std::uint64_t turned_18 = 0;  // INV_4M alone: ran on the day the child turned 18
  };
  struct OpenDeadline {
    Day nominal = 0;
    Day adjusted = 0;
    Day started = 0;
    Rule rule = kProtection;
    Id case_id;
    Id matter;
    std::string ref;
  };
  struct Tally {
    std::array<Totals, kRules> rules{};
    std::vector<OpenDeadline> open;
  };

  static void count_protection(const Book& book, const Report& report, Tally& tally);
  static void count_preliminary(const Book& book, const Report& report, Tally& tally);
  static void count_four_months(const Book& book, const Investigation& investigation, Day today, Tally& tally);
  static void count_case(const Book& book, Day today, Tally& tally);
  static void settle(Totals& totals, Day done, Day nominal, Day adjusted);

  Report& at(CaseKey key, ReportIndex report) { return books_[key]->reports[report]; }
  void decide(CaseKey key, ReportIndex report, Day on, Decision decision);
  [[nodiscard]] boost::json::object describe_deadlines(const Tally& tally, Day today) const;
  [[nodiscard]] boost::json::array describe_repeats(Day today) const;
  [[nodiscard]] boost::json::array describe_absence() const;
  [[nodiscard]] boost::json::object describe_open_investigations() const;

  std::vector<std::unique_ptr<Book>> books_;  // by case; null where unknown or forgotten
  Tally forgotten_;
  std::uint64_t cases_ = 0;
  std::vector<CaseKey> absence_cases_;
};

}  // namespace minne::generate
