#include "server/api_parts.h"

#include "projections/queries.h"

#include <boost/json/serialize.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace minne::api {

namespace json = boost::json;

HttpResponse json_response(const json::value& value, unsigned status) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = json::serialize(value);
  return response;
}

HttpResponse answer(Result<json::object> result, unsigned status) {
  if (!result) return problem_response(result.error());
  return json_response(std::move(*result), status);
}

Result<BoardRecord> board_of(const App& app, const HttpRequest& request) {
  return app.memory.find_board(request.params.get("board"));
}

Result<Id> case_of(const HttpRequest& request) { return parse_id(request.params.get("case")); }

Consistency consistency_of(const HttpRequest& request) {
  return request.query.get("consistency") == "eventual" ? Consistency::kEventual : Consistency::kStrong;
}

Result<Date> today_of(const App& app, const HttpRequest& request) {
  const auto* text = request.query.find("today");
  if (text == nullptr) return local_date(app.memory.clock().now());
  return parse_date(*text);
}

std::size_t number_of(const HttpRequest& request, std::string_view name, std::size_t otherwise) {
  const auto text = request.query.get(name);
  std::size_t value = otherwise;
  if (!text.empty()) std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string percent_encode(std::string_view text) { return boost::urls::encode(text, boost::urls::unreserved_chars); }

Parameter board_parameter() { return path_parameter("board", "[a-z0-9-]{1,40}", "The board's name."); }

Parameter case_parameter() {
  return {.name = "case",
          .in = ParameterIn::kPath,
          .type = ParameterType::kUuid,
          .description = "The case's id.",
          .required = true};
}

Parameter consistency_parameter() {
  return {.name = "consistency",
          .description = "strong sees every event acknowledged before; eventual does not wait for it.",
          .one_of = {"strong", "eventual"},
          .default_value = "strong"};
}

Parameter today_parameter() {
  return {.name = "today",
          .type = ParameterType::kDate,
          .description = "The asker's day; default today in Europe/Stockholm."};
}

Parameter limit_parameter(std::size_t otherwise) {
  return {.name = "limit",
          .type = ParameterType::kInteger,
          .description = "How many items a page holds at most.",
          .minimum = 1,
          .maximum = static_cast<std::int64_t>(kMaxPage),
          .default_value = std::to_string(otherwise)};
}

Parameter cursor_parameter() {
  return {.name = "cursor", .description = "`next` of the page before.", .pattern = "([0-9a-f]{2})*"};
}

}  // namespace minne::api
