// The questions that callers ask, answered from one View, as the JSON of the API.
//
// Pure reads; any thread. What depends on the day of the asker (overdue, days left) is computed here and nowhere
// stored.
#pragma once

#include "projections/case_memory.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace minne {

inline constexpr std::size_t kMaxPage = 1'000;
inline constexpr std::size_t kMaxScanned = 20'000;  // index entries that one page with a combined filter may look at

// A case without events has version 0.
[[nodiscard]] Result<CaseRow> read_row(const View& view, const Id& case_id);
[[nodiscard]] Result<std::optional<Id>> find_subject(const View& view, std::string_view token);
// kUnknown where no case has the reference; kConflict, with details.cases, where several have.
[[nodiscard]] Result<Id> find_reference(const View& view, std::string_view reference);

// Whose personal data are protected on a day: one short scan, for lists that must not show them.
[[nodiscard]] Result<std::set<Id>> protected_cases(const View& view, Date day);

struct HeldAssignment {
  Id case_id;
  Id matter;
};
[[nodiscard]] Result<std::vector<HeldAssignment>> assignments_of(const View& view, std::string_view worker);

// {case, ref, state, version, position, subject, protected_identity, next_deadline, workers, responsible, assignments,
// matters, investigations, proposals, obligations, reports}
[[nodiscard]] boost::json::object case_json(const CaseRow& row, const DeadlineRules& rules, Date today);
[[nodiscard]] boost::json::array obligations_json(const CaseRow& row, const DeadlineRules& rules, Date today);
[[nodiscard]] boost::json::object report_history_json(const CaseRow& row);

// The events of a case after a version, at most `limit`, as clients read them.
[[nodiscard]] Result<boost::json::array> events_json(const EventLog& log, const BoardRecord& board, const View& view,
                                                     const Id& case_id, Version after, std::size_t limit);
[[nodiscard]] boost::json::object event_json(const BoardRecord& board, const StoredEvent& stored);
// All events of a case up to the view's position, for a fold of chosen ones.
[[nodiscard]] Result<std::vector<StoredEvent>> all_events(const EventLog& log, BoardNumber board, const View& view,
                                                          const Id& case_id);

struct DeadlineQuery {
  std::string state = "open";  // a stored state, overdue, lapsed or all
  std::string unit;
  std::string worker;
  std::string rule;
  std::optional<Date> before;  // nominal date earlier than this
  std::optional<Date> as_of;   // the queue as it was at the end of that day
  Date today{};
  std::size_t limit = 50;
  std::string cursor;
};
[[nodiscard]] Result<boost::json::object> deadlines(const View& view, const DeadlineRules& rules,
                                                    const DeadlineQuery& query);
// The queue with what had occurred by query.as_of, as far as it is known by now: whose each clock then was, and how it
// stood. Each case of the page is folded from its events up to that day. A clock that a later fact has taken away as if
// it had never run (a birth date put right) is not among them.
[[nodiscard]] Result<boost::json::object> deadlines_then(const EventLog& log, BoardNumber board, const View& view,
                                                         const DeadlineRules& rules, const DeadlineQuery& query);

struct RepeatsQuery {
  unsigned min = 2;
  unsigned within_days = 365;
  std::string concern;
  bool not_opened = false;
  Date today{};
  std::size_t limit = 50;
  std::string cursor;
};
[[nodiscard]] Result<boost::json::object> repeats(const View& view, const RepeatsQuery& query);

// The rule that governs a clock started on that day; nullptr where the table has none.
[[nodiscard]] const Rule* rule_of(const DeadlineRules& rules, const std::string& id, std::int32_t started);

}  // namespace minne
