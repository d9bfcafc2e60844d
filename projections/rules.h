// The deadline rules: what starts a clock, how long it runs, what meets, extends or ends it. Data, read from TOML.
//
//   [[rule]]
//   id = "PRELIM_14D"
//   law = "SoL 2025:400"
//   section = "20:2"
//   kind = "statute"                                          # or "policy": law and section may then be left out;
//                                                             # "board": the clock runs in the board's own stream
//   valid_from = 2025-07-01                                   # by the start date; both ends belong to it
//   starts = { event = "ReportReceived", field = "received_at" }                  # or a list of such
//   conditions = { unless_open = "investigation", requires = "born" }             # age_below = 18, law = "SoL"
//   limit = "14d"                                             # "4m", "1w", "01-31", "same_day"; others below
//   adjust = "next_working_day"                               # or "none"
//   met_by = ["InvestigationOpened", { event = "InvestigationNotOpened", where = { … } }]
//   extended_by = { event = "PreliminaryExtended", field = "new_date" }
//   cancelled_by = ["ReportJoinedInvestigation"]
//   on_expiry = "overdue"                                     # or "lapse"
//
// Further keys: known_from, valid_to, until_age, swedish. Entries of one id are its versions; no two may be valid on
// one day. Everything here is immutable once loaded and safe on any thread.
//
// Any event may be narrowed: where = { law = ["lvu_2", "lvu_2_3"] } (the field is one of them), unless = { … } (it is
// none of them; a field left out is none, and is found by ""). It counts at its `field`, the first given of a list
// (field = ["reviewed_on", "occurred_at"]); occurred_at where none is named. What ends a clock happens in the clock's
// matter, or, with anywhere = true, in any matter of the child, unless the event names another such clock's. Where a
// start and what ends its clock both say whose it is (whose = ["party_ref", "party"], the fields in the order of
// preference, as many in each), the first that both events give must be the same.
//
// A start says whose clock it is:
//   matter = "report_ids"        # not the event's own matter but those that this field names, a clock for each
//   and_named = true             # what happens in the other matters that the event names counts too
//   through = { event = "PlacementStarted", field = "investigation_id", where = { … } }       # or a list of such
//                                # the matters whose event names the starting matter: the placements of an
//                                # investigation. One that names none, whichever the start's: those begun by then
//   after = [ … ]                # only while the latest of after and before, the start with it, is one of after
//   before = [ … ]
//   barred_by = [ … ]            # not in a matter in which one of these has come, whenever
//   counted_from = [ … ]         # the day of the latest of these that the start follows, in any matter, where there is
//                                # one, and not the start's own
//
//   restarts_by = [ … ]          # meets the clock, and the next one counts from its date
//   then = "12m"                 # the next one's limit, where it is another
//
// An event that both starts and restarts begins the first clock only. "01-31" is that day of every year: the next after
// a start. What restarts such a clock answers for the day nearest to it, early or late, and the next is a year after
// that day. external = true is the duty of somebody of whom no event tells: listed and counted when asked, with neither
// starts nor ends.
//
// limit = "given" is the date in the start's field, "expected_birth" the day of birth, "none" a duty to which the law
// gives no time: listed, never counted. A policy's limit is the board's to set, "board" is what it must set itself:
//   [board]
//   late_in_day = 15             # from this local hour on, "same_day" means the next
//   research = "all"             # "sample", "none": standing_rules.h, as [[pattern]] and [[retention]]
//   unsearchable_reports_law = "SoL 2025:400 20:1"   # the ground on which reports of before 2025-07-01 that could not
//                                # be searched by person are shown in a child's history; left out: they are not
//   [board.limits]
//   NO_CONTACT = "60d"           # "none" turns a policy off
#pragma once

#include "events/result.h"
#include "events/time.h"
#include "projections/limit.h"
#include "projections/standing_rules.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minne {

inline constexpr std::size_t kMaxRules = 512;
inline constexpr std::size_t kMaxRuleFileBytes = 512UL * 1024;

// Field = value, all of which must hold. A value is the text of a code, a boolean or an integer.
using FieldValues = std::vector<std::pair<std::string, std::string>>;

enum class Adjust : std::uint8_t { kNone, kNextWorkingDay };
enum class RuleKind : std::uint8_t { kStatute, kPolicy, kBoard };
enum class OnExpiry : std::uint8_t { kOverdue, kLapse };

// An event that does something to a clock.
struct Trigger {
  std::string event;
  std::vector<std::string> fields;  // the first that the event gives is when it counts; empty: occurred_at
  FieldValues where;                // several values of one field: any of them
  FieldValues unless;
  std::vector<std::string> whose;  // text that says whose clock it is
  bool anywhere = false;           // in any matter
  friend bool operator==(const Trigger&, const Trigger&) = default;
};

// The matters in which an event names another matter.
struct Through {
  std::string event;
  std::string field;  // empty: it never names one
  FieldValues where;
};

struct Start {
  Trigger trigger;
  std::string matter;  // the field that names the clocks' matters; empty: the event's own
  bool and_named = false;
  std::vector<Through> through;
  std::vector<Trigger> after;
  std::vector<Trigger> before;
  std::vector<Trigger> barred_by;
  std::vector<Trigger> counted_from;
};

// What else must be true for the clock to start. Absent or empty: no condition.
struct Conditions {
  std::string unless_open;       // a kind of matter
  std::optional<int> age_below;  // years, on the start date
  std::string requires_;         // "born", "unborn" on the start date; "awaited": the file was opened before the birth
  std::string law;               // of the starting event's legal basis
};

struct Extension {
  std::string event;
  std::string field;  // the new date
};

struct Rule {
  std::string id;
  std::string law;
  std::string section;
  RuleKind kind = RuleKind::kStatute;
  std::optional<Date> valid_from;
  std::optional<Date> valid_to;    // the last day
  std::optional<Date> known_from;  // nobody could have used the rule before
  bool external = false;           // no clock ever runs
  std::vector<Start> starts;
  Conditions conditions;
  Limit limit;
  Adjust adjust = Adjust::kNone;
  std::optional<Limit> then;  // of a clock that a restart began
  std::vector<Trigger> met_by;
  std::vector<Trigger> restarts_by;
  std::optional<Extension> extended_by;
  std::vector<Trigger> cancelled_by;
  OnExpiry on_expiry = OnExpiry::kOverdue;
  std::optional<int> until_age;  // the clock falls away on that birthday
  std::string swedish;           // what the rule is called

  // Of its validity; the ends of time where it has none.
  [[nodiscard]] Date first_day() const {
    return valid_from.value_or(Date{std::chrono::days{std::numeric_limits<std::int32_t>::min()}});
  }
  [[nodiscard]] Date last_day() const {
    return valid_to.value_or(Date{std::chrono::days{std::numeric_limits<std::int32_t>::max()}});
  }
};

[[nodiscard]] inline bool by_id_and_validity(const Rule& a, const Rule& b) {
  return a.id != b.id ? a.id < b.id : a.first_day() < b.first_day();
}

struct BoardSettings {
  int late_in_day = 16;                  // from this local hour on, "at once" means the next calendar day; 24: never
  std::string research = "sample";       // what is kept for research: sample, all or none (SoL 16:4)
  std::string unsearchable_reports_law;  // empty: legacy reports marked unsearchable stay out of the report history
};

// What the rules need to know of the event types, so that a misspelt name is refused rather than never met.
class EventFields {
 public:
  virtual ~EventFields() = default;
  [[nodiscard]] virtual bool has_event(std::string_view event) const = 0;
  [[nodiscard]] virtual bool has_field(std::string_view event, std::string_view field) const = 0;
  // Fields of the envelope count too: occurred_at, received_at.
  [[nodiscard]] virtual bool has_date_field(std::string_view event, std::string_view field) const = 0;
  [[nodiscard]] virtual bool has_id_field(std::string_view event, std::string_view field) const = 0;
  [[nodiscard]] virtual bool has_text_field(std::string_view event, std::string_view field) const = 0;
  [[nodiscard]] virtual bool in_board_stream(std::string_view event) const = 0;
  [[nodiscard]] virtual bool has_code(std::string_view list, std::string_view code) const = 0;
  // What is wrong with comparing the field with this value; empty where it may have it. "" asks whether it is given.
  [[nodiscard]] virtual std::string wrong_value(std::string_view event, std::string_view field,
                                                std::string_view value) const = 0;
};

// Moved, never copied: its lists point into it.
class RuleTable {
 public:
  RuleTable() = default;
  RuleTable(std::vector<Rule> rules, BoardSettings settings, StandingRules standing = {});
  RuleTable(RuleTable&&) = default;
  RuleTable& operator=(RuleTable&&) = default;

  // By id, then by validity.
  [[nodiscard]] std::span<const Rule> rules() const { return rules_; }
  [[nodiscard]] const BoardSettings& settings() const { return settings_; }
  [[nodiscard]] const StandingRules& standing() const { return standing_; }

  // All versions of all rules that this event may start: ask in_force about each, with its own start date.
  [[nodiscard]] std::span<const Rule* const> started_by(std::string_view event) const;

  // The version of a rule that governs a clock started on `start`, or null. With `known_at`, as it would have been
  // answered on that day: later rules are unknown, and what they replaced has no end yet.
  [[nodiscard]] const Rule* find(std::string_view id, Date start, std::optional<Date> known_at = {}) const;
  // Whether find() would answer this one. `rule` is of this table.
  [[nodiscard]] bool in_force(const Rule& rule, Date start, std::optional<Date> known_at = {}) const;

  // The table as it was known on a day: without later rules, and without the ends that they gave to what they replaced.
  [[nodiscard]] RuleTable known_at(Date day) const;

  // 16 hex digits that change when any clock may: not by comments, order, spacing or Swedish names, nor by standing
  // rules, by which nothing is folded.
  [[nodiscard]] const std::string& version() const { return version_; }

 private:
  std::vector<Rule> rules_;
  std::map<std::string, std::vector<const Rule*>, std::less<>> by_event_;
  BoardSettings settings_;
  StandingRules standing_;
  std::string version_;
};

struct RuleFile {
  std::string name;  // for messages
  std::string text;
  friend bool operator==(const RuleFile&, const RuleFile&) = default;
};

// A fault in any file refuses all of them: kInvalid, the reason, and file:line in `where`. Unknown keys are faults.
// A later file's [board] replaces what earlier ones said.
[[nodiscard]] Result<RuleTable> load_rules(std::span<const RuleFile> files, const EventFields& events);
[[nodiscard]] Result<RuleTable> load_rules(std::string_view text, std::string_view file_name,
                                           const EventFields& events);

struct Due {
  Date start{};     // the local date counted from
  Date nominal{};   // the last day, as counted
  Date adjusted{};  // the last day, moved to a working day where the rule says so
  friend bool operator==(const Due&, const Due&) = default;
};

// Whether a clock of the rule ever runs: it has a limit to count.
[[nodiscard]] bool counts(const Rule& rule);

// `start` is the value of the rule's start field. A day without an hour is never late in the day. Only for a rule that
// counts; a limit that the file knows (given, expected_birth) ends on the start itself.
[[nodiscard]] Due due(const Rule& rule, const When& start, const BoardSettings& settings);
// The next clock, from the event that met the one before. Of a yearly limit: a year after the day that it answers for.
[[nodiscard]] Due due_again(const Rule& rule, const When& start, const BoardSettings& settings);
// The same last days for a clock that an extension has moved to a given date.
[[nodiscard]] Date adjusted(const Rule& rule, Date nominal);

}  // namespace minne
