// rules list | check FILE | due RULE --start DATE: the deadline rules, without a data directory. rules reload: a
// running server takes in its files again.
#include "server/api_parts.h"
#include "server/command.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::string_view kUsageText = "rules list | check FILE | due RULE --start DATE [--start DATE …] | reload";

std::string cell(const json::value& value) {
  return value.is_string() ? std::string{value.get_string()} : value.is_null() ? "-" : json::serialize(value);
}

Result<json::value> list(Api& api) { return api.get("/v1/rules"); }

Result<json::value> check(Api& api, const std::string& path) {
  MINNE_TRY(const auto files, read_own_files({.rules = {path}}));
  if (files.rules.front().text.empty()) return invalid("the file is empty", path);
  return api.send(Verb::post, "/v1/rules/check?name=" + api::percent_encode(path), files.rules.front().text,
                  "application/toml");
}

// One start gives an object, several a list of such.
Result<json::value> due(Api& api, const std::string& rule, const std::vector<std::string>& starts) {
  std::string query;
  for (const auto& start : starts) query += (query.empty() ? "?start=" : "&start=") + api::percent_encode(start);
  MINNE_TRY(json::value answer, api.get("/v1/rules/" + api::percent_encode(rule) + "/due" + query));
  auto items = std::move(answer.as_object()["items"].as_array());
  return items.size() == 1 ? std::move(items.front()) : json::value(std::move(items));
}

Result<json::value> reload(Api& api) { return api.send(Verb::post, "/v1/rules/reload", {}, {}); }

void print_row(const json::object& row) {
  for (const auto& field : row) fmt::print("{:<20}", cell(field.value()));
  fmt::print("\n");
}

void print(const json::value& answer) {
  if (answer.is_object() && answer.get_object().contains("changed")) {
    fmt::print("rules {}: {}\n", cell(answer.at("rules")), answer.at("changed").as_bool() ? "changed" : "as they were");
    for (const auto& board : answer.at("rebuilding").as_array()) fmt::print("rebuilding {}\n", cell(board));
    return;
  }
  if (answer.is_object() && answer.get_object().contains("ok")) {
    fmt::print("{} rules, sound\n", cell(answer.at("rules")));
    return;
  }
  const auto* rules = answer.is_object() ? answer.get_object().if_contains("rules") : &answer;
  if (rules == nullptr) return print_row(answer.get_object());
  for (const auto& rule : rules->as_array()) print_row(rule.as_object());
}

}  // namespace

int run_rules(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("what", options::value<std::string>(), "list, check, due or reload")(
      "name", options::value<std::string>(), "the file to check, the rule to count")(
      "start", options::value<std::vector<std::string>>(), "the day from which the clock counts; repeatable");
  CommonOptions common;
  options::variables_map values;
  if (const auto code =
          parse_arguments(arguments, described, options::positional_options_description{}.add("what", 1).add("name", 1),
                          common, values, kUsageText)) {
    return *code;
  }
  const auto what = values.contains("what") ? values["what"].as<std::string>() : std::string{};
  const auto name = values.contains("name") ? values["name"].as<std::string>() : std::string{};
  const bool starts = values.contains("start");
  const bool alone = what == "list" || what == "reload";
  if (!((alone && name.empty() && !starts) || (what == "check" && !name.empty() && !starts) ||
        (what == "due" && !name.empty() && starts))) {
    std::cerr << "usage: minne " << kUsageText << "\n";
    return kUsage;
  }
  auto api = what == "reload" ? Api::connect(common.data) : Api::open_rules(common.own);
  if (!api) return fail(api.error());
  const auto answer = what == "list"     ? list(**api)
                      : what == "check"  ? check(**api, name)
                      : what == "reload" ? reload(**api)
                                         : due(**api, name, values["start"].as<std::vector<std::string>>());
  if (!answer) return fail(answer.error());
  if (common.json) {
    print_json(*answer);
  } else {
    print(*answer);
  }
  return kDone;
}

}  // namespace minne
