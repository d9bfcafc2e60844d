// Publishing a statistic, and what has been published (E70): ExtractProduced in the board's own stream says what was
// asked, of which position, by which rules, and the SHA-256 of the answer. The question is kept as an address of this
// API with the position in it: asked again it gives the same bytes, or the digest tells that it does not.
#include "events/codes.h"
#include "events/stream_ids.h"
#include "projections/suppression.h"
#include "server/api_parts.h"
#include "server/api_questions.h"
#include "server/own_events.h"

#include <boost/json/serialize.hpp>

namespace minne::api {
namespace {

namespace json = boost::json;
using Kind = QuestionParameter::Kind;

constexpr std::size_t kDefaultExtracts = 100;
constexpr std::string_view kRecipients = "disclosure_recipient";

std::string text_at(const json::object& object, std::string_view name) {
  return std::string{object.at(name).as_string()};
}

// The same question, of the positions that the answer states.
std::string query_again(const Question& question, const HttpRequest& request, const json::object& answer) {
  auto out = "/v1/boards/" + text_at(answer, "board") + "/" + std::string{question.name};
  out += "?today=" + text_at(answer, "today");
  out += question.lists_cases ? "&purpose=" + text_at(answer, "purpose")
                              : "&position=" + json::serialize(answer.at("position"));
  for (const auto& parameter : question.parameters) {
    const auto* value = request.query.find(parameter.name);
    if (parameter.name == "hide_small") {
      out += "&hide_small=true";
    } else if (value != nullptr) {
      out += "&" + std::string{parameter.name} + "=" + percent_encode(*value);
    }
  }
  const auto* boards = answer.if_contains("boards");
  if (boards == nullptr) return out;
  std::string others;
  for (const auto& item : boards->as_array()) {
    const auto& one = item.as_object();
    if (one.at("board") == answer.at("board")) continue;
    others += (others.empty() ? "" : ",") + text_at(one, "board") + "@" + json::serialize(one.at("position"));
  }
  return out + "&with=" + percent_encode(others);
}

// Codes of events/codes/extract_kind.toml; the clocks of the board's own stream start by two of them.
std::string_view kind_of(const Question& question) {
  if (question.name == "lagesbild") return "situation_picture";
  return question.name == kFamilyHomeRegister ? "ivo_home_register" : "period_report";
}

json::object event_of(const Question& question, const HttpRequest& request, const json::object& answer,
                      std::string_view query, std::string_view digest) {
  json::object body{{"kind", kind_of(question)},
                    {"query", query},
                    {"recipient", request.query.get("recipient")},
                    {"result_sha256", digest}};
  if (question.hides_small_numbers) body["suppressed_below"] = kSmallestShown;
  for (const auto& parameter : question.parameters) {
    const auto* value = request.query.find(parameter.name);
    const bool bounds = parameter.name == "from" || parameter.name == "to";
    if (value != nullptr && bounds && parameter.kind == Kind::kDate)
      body["period_" + std::string{parameter.name}] = *value;
  }
  return {{"type", "ExtractProduced"},
          {"legal_basis", json::object{{"rule_version", answer.at("rules")}}},
          {"body", std::move(body)}};
}

// Written at each board whose numbers are in it: where one fails, those before it keep theirs, and nothing is handed
// out.
Result<json::object> publish(const App& app, const Question& question, const HttpRequest& request) {
  MINNE_TRY(const auto boards, boards_asked(app, request));
  MINNE_TRY(auto answer, ask_question(app, question, request));
  const auto query = query_again(question, request, answer);
  const auto text = json::serialize(answer);
  const auto digest = to_hex(sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
  auto event = event_of(question, request, answer, query, digest);
  json::array written;
  for (std::size_t i = 0; i < boards.size(); ++i) {
    const auto& board = boards[i].board;
    event.at("body").as_object()["position"] =
        boards.size() == 1 ? answer.at("position") : answer.at("boards").as_array()[i].at("position");
    MINNE_TRY(const auto outcome, append_own(app, board, board_stream_id(board.name), json::array{event}));
    written.push_back(json::object{
        {"board", board.name}, {"event", to_text(outcome.events.front().event)}, {"position", outcome.position}});
  }
  return json::object{
      {"answer", std::move(answer)}, {"query", query}, {"sha256", digest}, {"events", std::move(written)}};
}

Result<json::object> extracts(const App& app, const HttpRequest& request) {
  MINNE_TRY(const auto board, board_of(app, request));
  StreamAsked asked;
  asked.after = static_cast<Version>(std::min<std::size_t>(number_of(request, "after", 0), UINT32_MAX));
  asked.limit = number_of(request, "limit", kDefaultExtracts);
  asked.wanted = [](const json::object& event) { return event.at("type") == "ExtractProduced"; };
  return page_of_stream(app, board, board_stream_id(board.name), asked);
}

Parameter recipient_parameter() {
  Parameter out{.name = "recipient", .description = "Who is given it.", .required = true};
  for (const auto& entry : CodeLists::built_in().find(kRecipients)->entries) out.one_of.push_back(entry.code);
  return out;
}

Route publish_route(App& app, const Question& question) {
  auto parameters = parameters_of(question);
  parameters.push_back(recipient_parameter());
  return {.method = Verb::post,
          .path = "/v1/boards/{board}/" + std::string{question.name},
          .operation_id = operation_id("publish", question.name),
          .summary = "Publishes the answer: what was asked, and its digest, are recorded at each board",
          .tag = "statistics",
          .parameters = std::move(parameters),
          .responses = {{.status = 201, .description = "The answer, and how to make it again.", .schema = "Published"}},
          .errors = {Code::kNoSpace, Code::kConflict},
          .handler = [&app, &question](const HttpRequest& request, const Reply& reply) {
            reply(answer(publish(app, question, request), 201));
          }};
}

}  // namespace

std::vector<Route> extract_routes(App& app) {
  std::vector<Route> out;
  for (const auto& question : questions()) {
    if (may_be_published(question)) out.push_back(publish_route(app, question));
  }
  out.push_back(
      {.method = Verb::get,
       .path = "/v1/boards/{board}/extracts",
       .operation_id = "listExtracts",
       .summary = "What has been published, oldest first",
       .tag = "statistics",
       .parameters = {board_parameter(),
                      {.name = "after",
                       .type = ParameterType::kInteger,
                       .description = "`next` of the page before.",
                       .minimum = 0},
                      limit_parameter(kDefaultExtracts)},
       .responses = {{.status = 200, .description = "A page of ExtractProduced events.", .schema = "Extracts"}},
       .handler = [&app](const HttpRequest& request, const Reply& reply) { reply(answer(extracts(app, request))); }});
  return out;
}

}  // namespace minne::api
