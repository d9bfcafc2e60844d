// A route for each question of projections/questions.
#include "projections/questions.h"
#include "server/api_parts.h"

#include <algorithm>

namespace minne::api {
namespace {

namespace json = boost::json;
using Kind = QuestionParameter::Kind;

Parameter published(const QuestionParameter& wanted) {
  Parameter out{.name = std::string{wanted.name}, .description = std::string{wanted.description}};
  out.one_of.assign(wanted.one_of.begin(), wanted.one_of.end());
  out.default_value = wanted.default_value;
  out.required = wanted.required;
  switch (wanted.kind) {
    case Kind::kText:
      out.minimum = 1;
      out.maximum = 64;
      break;
    case Kind::kInteger:
      out.type = ParameterType::kInteger;
      out.minimum = wanted.minimum;
      out.maximum = wanted.maximum;
      break;
    case Kind::kDate:
      out.type = ParameterType::kDate;
      break;
    case Kind::kFlag:
      out.type = ParameterType::kBoolean;
      break;
  }
  return out;
}

Parameter purpose_parameter() {
  return {.name = "purpose",
          .description = "Why the list is made (SoLPUL 7 a §).",
          .required = true,
          .one_of = {"case_work", "follow_up", "supervision", "log_control"}};
}

Result<json::object> ask(const App& app, const Question& question, const HttpRequest& request) {
  MINNE_TRY(const BoardRecord board, board_of(app, request));
  std::map<std::string, std::string> values;
  for (const auto& parameter : question.parameters) {
    const std::string name{parameter.name};
    if (auto value = request.query.get(name, std::string{parameter.default_value}); !value.empty())
      values[name] = value;
  }
  MINNE_TRY(const Date today, today_of(app, request));
  MINNE_TRY(const View view, app.memory.board_view(board.number, consistency_of(request)));
  MINNE_TRY(auto answer, question.answer({view, app.memory.rules(), today, std::move(values)}));
  answer["board"] = board.name;
  answer["position"] = view.live().position;
  answer["rules"] = app.memory.rules().table().version();
  answer["today"] = to_text(today);
  if (question.lists_cases) answer["purpose"] = request.query.get("purpose");
  return answer;
}

std::string operation_id(std::string_view name) {
  std::string out = "ask";
  bool upper = true;
  for (const char c : name) {
    if (c == '-') {
      upper = true;
      continue;
    }
    out.push_back(upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c);
    upper = false;
  }
  return out;
}

}  // namespace

std::vector<Route> question_routes(App& app) {
  std::vector<Route> out;
  for (const auto& question : questions()) {
    std::vector<Parameter> parameters{board_parameter()};
    for (const auto& parameter : question.parameters) parameters.push_back(published(parameter));
    if (question.lists_cases) parameters.push_back(purpose_parameter());
    parameters.push_back(today_parameter());
    parameters.push_back(consistency_parameter());
    out.push_back({.method = Verb::get,
                   .path = "/v1/boards/{board}/" + std::string{question.name},
                   .operation_id = operation_id(question.name),
                   .summary = std::string{question.summary},
                   .tag = question.lists_cases ? "lists" : "statistics",
                   .parameters = std::move(parameters),
                   .responses = {{.status = 200, .description = "The answer.", .schema = "Answer"}},
                   .handler = [&app, &question](const HttpRequest& request, const Reply& reply) {
                     reply(answer(ask(app, question, request)));
                   }});
  }
  return out;
}

}  // namespace minne::api
