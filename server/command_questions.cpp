// The commands of projections/questions: options from the question's parameters, the answer as JSON or as tables.
#include "projections/questions.h"
#include "server/api_parts.h"
#include "server/api_questions.h"
#include "server/command.h"
#include "server/text_table.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace minne {
namespace {

namespace json = boost::json;
using Kind = QuestionParameter::Kind;

std::string option_of(std::string_view parameter) {
  std::string out{parameter};
  std::ranges::replace(out, '_', '-');
  return out;
}

std::string cell(const json::value& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return std::string{value.get_string()};
  if (value.is_double()) return fmt::format("{:.3g}", value.get_double());
  return json::serialize(value);
}

// A list of objects: the fields of the first are the columns.
void print_table(const json::array& items) {
  std::vector<std::string> names;
  for (const auto& field : items.front().as_object()) names.emplace_back(field.key());
  std::vector<std::vector<std::string>> rows;
  for (const auto& item : items) {
    auto& row = rows.emplace_back();
    for (const auto& name : names) row.push_back(item.as_object().contains(name) ? cell(item.at(name)) : "");
  }
  fmt::print("{}", text_table(names, rows));
}

void print_answer(const json::object& answer) {
  for (const auto& field : answer) {
    const auto* items = field.value().if_array();
    const std::string_view name{field.key().data(), field.key().size()};
    if (items == nullptr || items->empty() || !items->front().is_object()) {
      fmt::print("{}: {}\n", name, cell(field.value()));
      continue;
    }
    fmt::print("\n{}\n", name);
    print_table(*items);
    fmt::print("\n");
  }
}

}  // namespace

int run_question(const Question& question, const std::vector<std::string>& arguments) {
  options::options_description described("options");
  const auto describe = [&](std::string_view name, std::string_view description, bool flag) {
    if (flag) {
      described.add_options()(option_of(name).c_str(), std::string{description}.c_str());
    } else {
      described.add_options()(option_of(name).c_str(), options::value<std::string>(), std::string{description}.c_str());
    }
  };
  std::vector<std::pair<std::string_view, bool>> names;
  for (const auto& parameter : question.parameters) {
    names.emplace_back(parameter.name, parameter.kind == Kind::kFlag);
    auto description = parameter.described();
    if (!parameter.default_value.empty()) description += " (" + std::string{parameter.default_value} + ")";
    describe(parameter.name, description, names.back().second);
  }
  if (question.lists_cases) {
    names.emplace_back("purpose", false);
    describe("purpose", kPurposeHelp, false);
  }
  if (!question.lists_cases || question.as_it_was) {
    names.emplace_back("position", false);
    describe("position", "as the board's log stood there", false);
  }
  if (question.as_it_was) {
    names.emplace_back("as_of", false);
    describe("as_of", "as the board's log stood at the end of that day", false);
  }
  if (!question.lists_cases) {
    names.emplace_back("with", false);
    describe("with", "other boards to add up with: NAME or NAME@POSITION, separated by commas", false);
  }
  if (api::may_be_published(question)) {
    described.add_options()("publish", "record that it was handed out, and how to make it again");
    names.emplace_back("recipient", false);
    describe("recipient", "who is given what is published: public, politicians, authority, …", false);
  }
  names.emplace_back("today", false);
  describe("today", "the asker's day", false);
  names.emplace_back("mask", false);
  describe("mask", kMaskHelp, false);
  CommonOptions common;
  options::variables_map values;
  const auto usage = std::string{question.name} + " [options]: " + std::string{question.summary};
  if (const auto code = parse_arguments(arguments, described, {}, common, values, usage)) return *code;
  std::string query;
  for (const auto& [name, flag] : names) {
    const auto option = option_of(name);
    if (!values.contains(option)) continue;
    query += (query.empty() ? "?" : "&") + std::string{name} + "=" +
             (flag ? "true" : api::percent_encode(values[option].as<std::string>()));
  }
  auto api = Api::open({.data = common.data, .own = common.own});
  if (!api) return fail(api.error());
  const auto board = choose_board(**api, common);
  if (!board) return fail(board.error());
  const auto target = "/v1/boards/" + *board + "/" + std::string{question.name} + query;
  const bool publish = values.contains("publish");
  const auto answer = publish ? (*api)->send(Verb::post, target, {}, {}) : (*api)->get(target);
  if (!answer) return fail(answer.error());
  if (common.json) {
    print_json(*answer);
  } else {
    print_answer(publish ? answer->at("answer").as_object() : answer->as_object());
    if (publish) fmt::print("\npublished: {}\nsha256: {}\n", cell(answer->at("query")), cell(answer->at("sha256")));
  }
  return kDone;
}

}  // namespace minne
