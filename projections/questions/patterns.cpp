// Row 2 of what boards complain of: "upprepade orosanmälningar med anledning av skolfrånvaro inte leder till
// utredning". Which children match a pattern of the rule table on a day.
#include "projections/deadline_rules.h"
#include "projections/known_names.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"
#include "projections/repeats.h"
#include "projections/suppression.h"

#include <boost/json/array.hpp>

#include <map>

namespace minne {
namespace {

namespace json = boost::json;

// How many of those with as many reports match the pattern, by unit or by school.
json::array rates(const std::vector<Repeat>& matching, const std::vector<Repeat>& reported, std::string_view name,
                  std::string Repeat::*group) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> counts;
  for (const auto& one : reported) ++counts[one.*group].second;
  for (const auto& one : matching) ++counts[one.*group].first;
  json::array out;
  for (const auto& [value, count] : counts) {
    out.push_back(json::object{{name, text_or_null(value)},
                               {"children", count.first},
                               {"reported_as_often", count.second},
                               {"percent", percent(count.first, count.second)}});
  }
  return out;
}

Result<json::object> matches(const QuestionAsked& asked, const Pattern& pattern) {
  const auto from = to_days(counted_back(asked.today, pattern.within)) + 1;
  const ReportedAgain again{
      .first_day = from, .last_day = to_days(asked.today), .concern = pattern.concern, .at_least = pattern.at_least};
  MINNE_TRY(const auto reported, reported_again(asked.view, again));
  auto found = reported;
  if (pattern.opened)
    std::erase_if(found, [&](const Repeat& one) { return std::cmp_greater(one.led, *pattern.opened); });
  const auto shown = std::min<std::size_t>(found.size(), static_cast<std::size_t>(asked.integer("limit")));
  json::array children;
  for (std::size_t i = 0; i < shown; ++i) children.push_back(repeat_json(found[i]));
  return json::object{{"pattern", pattern.id},
                      {"swedish", text_or_null(pattern.swedish)},
                      {"concern", text_or_null(pattern.concern)},
                      {"at_least", pattern.at_least},
                      {"within", to_text(pattern.within)},
                      {"opened", pattern.opened ? json::value(*pattern.opened) : json::value()},
                      {"from", to_text(from_days(from))},
                      {"total", found.size()},
                      {"by_unit", rates(found, reported, "unit", &Repeat::unit)},
                      {"by_school", rates(found, reported, "school", &Repeat::school)},
                      {"children", std::move(children)}};
}

Result<json::object> patterns(const QuestionAsked& asked) {
  const auto& wanted = asked.text("pattern");
  std::set<std::string> known;
  for (const auto& pattern : asked.rules.table().standing().patterns) known.insert(pattern.id);
  if (!wanted.empty()) MINNE_TRY_VOID(check_known("pattern", wanted, known, "query/pattern"));
  json::array out;
  for (const auto& pattern : asked.rules.table().standing().patterns) {
    if (!wanted.empty() && wanted != pattern.id) continue;
    MINNE_TRY(auto one, matches(asked, pattern));
    out.push_back(std::move(one));
  }
  return json::object{{"patterns", std::move(out)}};
}

}  // namespace

Question patterns_question() {
  return {.name = "patterns",
          .summary = "Children who match a pattern of the rule table: so many reports within a time, and none opened",
          .parameters = {{.name = "pattern", .description = "only the one of this id; all where left out"},
                         {.name = "limit",
                          .kind = QuestionParameter::Kind::kInteger,
                          .description = "at most so many children of each, those with most reports first",
                          .default_value = "200",
                          .minimum = 1,
                          .maximum = 1'000}},
          .lists_cases = true,
          .answer = patterns};
}

}  // namespace minne
