// The deadline rules themselves: listed, asked for a last day, a board's own file checked. They need no board.
#include "projections/deadline_rules.h"
#include "projections/rule_check.h"
#include "server/api_parts.h"

#include <boost/json/array.hpp>

#include <algorithm>

namespace minne::api {
namespace {

namespace json = boost::json;

json::string text(std::string_view value) { return json::string{value.data(), value.size()}; }
json::value text_or_null(const std::string& value) { return value.empty() ? json::value() : json::value(text(value)); }
json::value date_or_null(const std::optional<Date>& day) {
  return day ? json::value(text(to_text(*day))) : json::value();
}

std::string_view kind_name(RuleKind kind) {
  switch (kind) {
    case RuleKind::kStatute:
      return "statute";
    case RuleKind::kPolicy:
      return "policy";
    case RuleKind::kBoard:
      break;
  }
  return "board";
}

json::object rule_json(const Rule& rule) {
  return {{"id", rule.id},
          {"law", text_or_null(rule.law)},
          {"section", text_or_null(rule.section)},
          {"kind", text(kind_name(rule.kind))},
          {"valid_from", date_or_null(rule.valid_from)},
          {"valid_to", date_or_null(rule.valid_to)},
          {"limit", to_text(rule.limit)},
          {"adjust", rule.adjust == Adjust::kNone ? "none" : "next_working_day"}};
}

// Rules of retention stand in the same list, under names of its kind: sol_16_1 is RETAIN_SOL_16_1.
std::string retention_id(const RetentionRule& rule) {
  std::string out = "RETAIN_" + rule.id;
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

json::object retention_json(const RetentionRule& rule) {
  return {{"id", retention_id(rule)},
          {"law", text_or_null(rule.law)},
          {"section", text_or_null(rule.section)},
          {"kind", "retention"},
          {"valid_from", date_or_null(rule.valid_from)},
          {"valid_to", date_or_null(rule.valid_to)},
          {"limit", rule.purge_after      ? to_text(*rule.purge_after)
                    : rule.keep_until_age ? "until_age_" + std::to_string(*rule.keep_until_age)
                                          : "kept"},
          {"adjust", "none"}};
}

json::object list_rules(const RuleTable& table) {
  std::vector<json::object> found;
  for (const auto& rule : table.rules()) found.push_back(rule_json(rule));
  for (const auto& rule : table.standing().retention) found.push_back(retention_json(rule));
  std::ranges::stable_sort(found, [](const json::object& a, const json::object& b) {
    return a.at("id").as_string() < b.at("id").as_string();
  });
  json::array rules;
  for (auto& rule : found) rules.emplace_back(std::move(rule));
  return {{"rules", std::move(rules)}};
}

Result<json::object> due_json(const std::string& id, const Due& counted, const std::string& law,
                              const std::string& section) {
  // A date has four digits for its year.
  constexpr auto kLastYear = std::chrono::year{9999};
  if (std::chrono::year_month_day{counted.adjusted}.year() > kLastYear)
    return invalid("the last day lies beyond the year 9999", "start");
  return json::object{{"rule", id},
                      {"start", text(to_text(counted.start))},
                      {"nominal", text(to_text(counted.nominal))},
                      {"adjusted", text(to_text(counted.adjusted))},
                      {"law", text_or_null(law)},
                      {"section", text_or_null(section)}};
}

Error not_in_force(const std::string& id, Date day) {
  return failure(Code::kUnknown, "no version of " + id + " was in force on " + to_text(day));
}

Error without_limit(const std::string& id, const std::string& limit) {
  return invalid(id + " has no limit that counts from a date: " + limit, "rule");
}

// Documents may be purged from that day on.
Result<json::object> retention_due(const RetentionRule& rule, Date start) {
  const auto id = retention_id(rule);
  if (!rule.purge_after) return without_limit(id, std::string{retention_json(rule).at("limit").as_string()});
  if ((rule.valid_from && start < *rule.valid_from) || (rule.valid_to && *rule.valid_to < start)) {
    return not_in_force(id, start);
  }
  const auto day = counted_from(start, *rule.purge_after);
  return due_json(id, {start, day, day}, rule.law, rule.section);
}

Result<json::object> due_from(const RuleTable& table, const std::string& id, const std::string& start) {
  MINNE_TRY(const When when, parse_when(start));
  const auto day = local_date(when.at);
  const auto& retention = table.standing().retention;
  const auto retained = std::ranges::find(retention, id, retention_id);
  if (retained != retention.end()) return retention_due(*retained, day);
  const auto of_id = [&](const Rule& rule) { return rule.id == id; };
  if (std::ranges::none_of(table.rules(), of_id)) return failure(Code::kUnknown, "no rule " + id);
  const auto* rule = table.find(id, day);
  if (rule == nullptr) return not_in_force(id, day);
  if (!counts(*rule) || rule->limit.unit == Limit::Unit::kExpectedBirth) {
    return without_limit(id, to_text(rule->limit));
  }
  return due_json(id, due(*rule, when, table.settings()), rule->law, rule->section);
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

// As it would be taken in: after the program's own rules, with which it must agree, and with the codes in force.
Result<json::object> check_rules(const CodeLists& codes, const HttpRequest& request) {
  MINNE_TRY(const auto added, rules_added_by({std::string{request.query.get("name", "body")}, request.body}, codes));
  return json::object{{"ok", true}, {"rules", added}};
}

}  // namespace

std::vector<Route> rule_routes(const InForce& in_force) {
  return {
      Route{.method = Verb::get,
            .path = "/v1/rules",
            .operation_id = "listRules",
            .summary = "The deadline rules, every version of each, and the rules of retention",
            .tag = "rules",
            .responses = {{.status = 200, .description = "By id, then by validity.", .schema = "Rules"}},
            .handler = [in_force](const HttpRequest&,
                                  const Reply& reply) { reply(json_response(list_rules(in_force().table()))); }},
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
            .handler = [in_force](const HttpRequest& request,
                                  const Reply& reply) { reply(answer(list_due(in_force().table(), request))); }},
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
            .handler = [in_force](const HttpRequest& request, const Reply& reply) {
              reply(answer(check_rules(in_force().codes(), request)));
            }}};
}

}  // namespace minne::api
