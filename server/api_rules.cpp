// The deadline rules themselves: listed, asked for a last day, a board's own file checked. They need no board.
#include "projections/deadline_rules.h"
#include "server/api_parts.h"

#include <boost/json/array.hpp>

namespace minne::api {
namespace {

namespace json = boost::json;

json::string text(std::string_view value) { return json::string{value.data(), value.size()}; }
json::value text_or_null(const std::string& value) { return value.empty() ? json::value() : json::value(text(value)); }
json::value date_or_null(const std::optional<Date>& day) {
  return day ? json::value(text(to_text(*day))) : json::value();
}

json::object rule_json(const Rule& rule) {
  return {{"id", rule.id},
          {"law", text_or_null(rule.law)},
          {"section", text_or_null(rule.section)},
          {"kind", rule.kind == RuleKind::kStatute ? "statute" : "policy"},
          {"valid_from", date_or_null(rule.valid_from)},
          {"valid_to", date_or_null(rule.valid_to)},
          {"limit", to_text(rule.limit)},
          {"adjust", rule.adjust == Adjust::kNone ? "none" : "next_working_day"}};
}

json::object list_rules(const RuleTable& table) {
  json::array rules;
  for (const auto& rule : table.rules()) rules.emplace_back(rule_json(rule));
  return {{"rules", std::move(rules)}};
}

Result<json::object> due_from(const RuleTable& table, const std::string& id, const std::string& start) {
  const auto of_id = [&](const Rule& rule) { return rule.id == id; };
  if (std::ranges::none_of(table.rules(), of_id)) return failure(Code::kUnknown, "no rule " + id);
  MINNE_TRY(const When when, parse_when(start));
  const auto* rule = table.find(id, local_date(when.at));
  if (rule == nullptr) {
    return failure(Code::kUnknown, "no version of " + id + " was in force on " + to_text(local_date(when.at)));
  }
  if (!counts(*rule) || rule->limit.unit == Limit::Unit::kExpectedBirth) {
    return invalid(id + " has no limit that counts from a date: " + to_text(rule->limit), "rule");
  }
  const auto counted = due(*rule, when, table.settings());
  return json::object{{"rule", id},
                      {"start", text(to_text(counted.start))},
                      {"nominal", text(to_text(counted.nominal))},
                      {"adjusted", text(to_text(counted.adjusted))},
                      {"law", text_or_null(rule->law)},
                      {"section", text_or_null(rule->section)}};
}

Result<json::object> list_due(const RuleTable& table, const HttpRequest& request) {
  const std::string id{request.params.get("rule")};
  json::array items;
  for (const auto& [name, value] : request.query) {
    if (name != "start") continue;
    MINNE_TRY(auto item, due_from(table, id, std::string{value}));
    items.emplace_back(std::move(item));
  }
  return json::object{{"items", std::move(items)}};
}

// As it would be taken in: after the program's own rules, with which it must agree.
Result<json::object> check_rules(const HttpRequest& request) {
  MINNE_TRY(const auto own, DeadlineRules::built_in());
  MINNE_TRY(const auto both, DeadlineRules::built_in({{std::string{request.query.get("name", "body")}, request.body}}));
  return json::object{{"ok", true}, {"rules", both->table().rules().size() - own->table().rules().size()}};
}

}  // namespace

std::vector<Route> rule_routes(const DeadlineRules& rules) {
  return {
      Route{.method = Verb::get,
            .path = "/v1/rules",
            .operation_id = "listRules",
            .summary = "The deadline rules, every version of each",
            .tag = "rules",
            .responses = {{.status = 200, .description = "By id, then by validity.", .schema = "Rules"}},
            .handler = [&rules](const HttpRequest&,
                                const Reply& reply) { reply(json_response(list_rules(rules.table()))); }},
      Route{.method = Verb::get,
            .path = "/v1/rules/{rule}/due",
            .operation_id = "getDue",
            .summary = "The last days of clocks that start on given dates",
            .description = "By the version of the rule in force on each start date.",
            .tag = "rules",
            .parameters = {path_parameter("rule", "[A-Z0-9_]{1,40}", "The rule's id."),
                           {.name = "start",
                            .type = ParameterType::kInstant,
                            .description = "A date, or a time where the hour matters.",
                            .required = true,
                            .repeated = true}},
            .responses = {{.status = 200, .description = "One for each start, in that order.", .schema = "DueDates"}},
            .errors = {Code::kUnknown},
            .handler = [&rules](const HttpRequest& request,
                                const Reply& reply) { reply(answer(list_due(rules.table(), request))); }},
      Route{.method = Verb::post,
            .path = "/v1/rules/check",
            .operation_id = "checkRules",
            .summary = "Whether a board's rule file would be taken in",
            .description = "A faulty file is refused whole, with file, line and reason in `where` and `detail`.",
            .tag = "rules",
            .parameters = {{.name = "name",
                            .description = "What faults call the file.",
                            .minimum = 1,
                            .maximum = 200,
                            .default_value = "body"}},
            .body = {.media = {{.name = "application/toml"}}, .required = true, .description = "The file's text."},
            .responses = {{.status = 200, .description = "How many rules it holds.", .schema = "RuleCheck"}},
            .errors = {Code::kTooLarge},
            .handler = [](const HttpRequest& request, const Reply& reply) { reply(answer(check_rules(request))); }}};
}

}  // namespace minne::api
