// What falls due for purging, with the rule that decided and those that lost. Nothing is purged by asking.
#include "projections/retention_due.h"

#include "core/keys.h"
#include "projections/deadline_rules.h"
#include "projections/queries.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

#include <boost/json/array.hpp>

namespace minne {
namespace {

namespace json = boost::json;

json::value day_or_null(const std::optional<std::int32_t>& day) {
  return day ? json::value(to_text(from_days(*day))) : json::value();
}

json::object line(const CaseRow& row, const DocumentsDue& due) {
  const auto& [rule, law, section, day] = due.decided;
  json::array trace;
  for (const auto& other : due.lost) {
    trace.push_back(json::object{{"rule", other.rule},
                                 {"law", text_or_null(other.law)},
                                 {"section", text_or_null(other.section)},
                                 {"not_before", day_or_null(other.not_before)}});
  }
  return {{"case", to_text(row.id)},
          {"ref", text_or_null(row.get<File>().external_ref)},
          {"documents", due.documents},
          {"report", due.matter.is_nil() ? json::value() : json::value(to_text(due.matter))},
          {"due", day_or_null(day)},
          {"latest", day ? json::value(to_text(from_days(latest_purge(*day)))) : json::value()},
          {"rule", rule},
          {"law", text_or_null(law)},
          {"section", text_or_null(section)},
          {"trace", std::move(trace)}};
}

// What counts from a later day is not yet due by any rule.
std::optional<std::int32_t> last_start(const RuleTable& rules, Date before) {
  std::optional<std::int32_t> last;
  for (const auto& rule : rules.standing().retention) {
    if (!rule.purge_after) continue;
    // A month later: counted back and forth, the end of a month may move.
    const auto start = to_days(counted_back(before, *rule.purge_after)) + 31;
    last = std::max(last.value_or(start), start);
  }
  return last;
}

Result<json::object> retention_due(const QuestionAsked& asked) {
  MINNE_TRY(const auto before, asked.date("before"));
  const Date day = before.value_or(asked.today);
  const auto& rules = asked.rules.table();
  const auto last = last_start(rules, day);
  const auto limit = static_cast<std::size_t>(asked.integer("limit"));
  std::vector<Id> files;
  if (last) {
    MINNE_TRY_VOID(each_entry<Retention>(asked, Retention::kSince, {}, [&](std::string_view key, std::string_view) {
      KeyReader reader(key);
      if (reader.day() > *last) return false;
      files.push_back(reader.id());
      return true;
    }));
  }
  json::array due;
  json::array kept;
  bool complete = true;
  for (const auto& id : files) {
    complete = due.size() < limit && kept.size() < limit;
    if (!complete) break;
    MINNE_TRY(const auto row, read_row(asked.view, id));
    for (const auto& documents : documents_due(row, rules, asked.today)) {
      const auto& first = documents.decided.not_before;
      if (first && *first < to_days(day)) due.push_back(line(row, documents));
      if (!first && asked.flag("kept")) kept.push_back(line(row, documents));
    }
  }
  return json::object{{"before", to_text(day)},
                      {"research", rules.settings().research},
                      {"complete", complete},
                      {"due", std::move(due)},
                      {"kept", std::move(kept)}};
}

}  // namespace

Question retention_due_question() {
  return {.name = "retention-due",
          .summary = "Documents that fall due for purging, each with the rule that decided and those that lost",
          .parameters = {{.name = "before",
                          .kind = QuestionParameter::Kind::kDate,
                          .description = "due earlier than this day; today where left out"},
                         {.name = "kept",
                          .kind = QuestionParameter::Kind::kFlag,
                          .description = "also those as old that are never to be purged, and why"},
                         {.name = "limit",
                          .kind = QuestionParameter::Kind::kInteger,
                          .description = "about so many lines at most, of the oldest files",
                          .default_value = "200",
                          .minimum = 1,
                          .maximum = 1'000}},
          .lists_cases = true,
          .answer = retention_due};
}

}  // namespace minne
