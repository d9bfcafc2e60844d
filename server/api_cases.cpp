// One case: found, as it stands, its events, obligations and reports.
#include "events/person_number.h"
#include "projections/fold.h"
#include "projections/queries.h"
#include "server/api_parts.h"

#include <boost/json/array.hpp>

#include <memory>

namespace minne::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kDefaultEvents = 100;

struct CaseRead {
  BoardRecord board;
  Id case_id;
  View view;
  CaseRow row;
  Date today;
  const DeadlineRules& own_rules;                   // by which the row was made
  std::shared_ptr<const DeadlineRules> rules_then;  // under known_at: those that were known

  [[nodiscard]] const DeadlineRules& rules() const { return rules_then ? *rules_then : own_rules; }
};

Error no_case() { return failure(Code::kUnknown, "no such case"); }

std::optional<FoldOptions> as_then(const HttpRequest& request, Result<>& checked) {
  FoldOptions options;
  if (const auto* as_of = request.query.find("as_of"); as_of != nullptr) {
    const auto day = parse_date(*as_of);
    if (!day) checked = invalid(day.error().message, "as_of");
    if (day) options.as_of = *day;
  }
  if (const auto* known_at = request.query.find("known_at"); known_at != nullptr) {
    const auto when = parse_when(*known_at);
    if (!when) checked = invalid(when.error().message, "known_at");
    if (when) options.known_at = when->precision == Precision::kDay ? day_end(local_date(when->at)) : when->at;
  }
  if (request.query.has("position")) options.position = number_of(request, "position", 0);
  if (!options.as_of && !options.known_at && !options.position) return std::nullopt;
  return options;
}

// The row as it is, or folded from the events chosen by as_of, known_at and position.
Result<CaseRead> read_case(const App& app, const HttpRequest& request) {
  MINNE_TRY(const BoardRecord board, board_of(app, request));
  MINNE_TRY(const Id case_id, case_of(request));
  Result<> checked;
  const auto then = as_then(request, checked);
  if (!checked) return checked.error();
  MINNE_TRY(Date today, today_of(app, request));
  if (then && then->as_of && !request.query.has("today")) today = *then->as_of;
  MINNE_TRY(View view, app.memory.case_view(board.number, case_id, consistency_of(request)));
  MINNE_TRY(CaseRow row, read_row(view, case_id));
  const auto& rules = app.memory.rules(view);
  std::shared_ptr<const DeadlineRules> rules_then;
  if (row.version == 0 || row.kind != StreamKind::case_) return no_case();  // a worker's stream is no child's file
  if (then) {
    MINNE_TRY(const auto events, all_events(app.memory.log(), board.number, view, case_id));
    if (then->known_at) {
      MINNE_TRY(rules_then, rules.known_at(local_date(*then->known_at)));
    }
    row = fold_case(case_id, events, rules_then ? *rules_then : rules, *then);
    if (row.version == 0) return no_case();
  }
  return CaseRead{board, case_id, std::move(view), std::move(row), today, rules, std::move(rules_then)};
}

// Days left, overdue and ages are counted to the asker's day: tomorrow the same version answers something else, and so
// it does in a later generation, which other rules may have made.
std::string etag_of(const CaseRead& read) {
  const auto generation = read.view.live().generation;
  return "\"" + std::to_string(read.row.version) + "." + to_text(read.today) +
         (generation > 1 ? "." + std::to_string(generation) : std::string{}) + "\"";
}

// If-None-Match: `*`, or a list of tags compared weakly (RFC 9110, 13.1.2). No tag of ours has a comma in it.
bool names_tag(std::string_view field, std::string_view etag) {
  const auto trimmed = [](std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
  };
  if (trimmed(field) == "*") return true;
  while (!field.empty()) {
    const auto comma = std::min(field.find(','), field.size());
    auto tag = trimmed(field.substr(0, comma));
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag) return true;
    field.remove_prefix(std::min(comma + 1, field.size()));
  }
  return false;
}

template <class Make>
void reply_case(const App& app, const HttpRequest& request, const Reply& reply, Make make) {
  const auto read = read_case(app, request);
  if (!read) return reply(problem_response(read.error()));
  const auto etag = etag_of(*read);
  const bool chosen = request.query.has("as_of") || request.query.has("known_at") || request.query.has("position");
  if (!chosen && names_tag(request.headers.get("if-none-match"), etag)) {
    HttpResponse unchanged;
    unchanged.status = 304;
    unchanged.headers.emplace_back("ETag", etag);
    return reply(std::move(unchanged));
  }
  auto response = json_response(make(*read));
  if (!chosen) response.headers.emplace_back("ETag", etag);
  reply(std::move(response));
}

void list_events(const App& app, const HttpRequest& request, const Reply& reply) {
  const auto read = read_case(app, request);
  if (!read) return reply(problem_response(read.error()));
  const auto after = number_of(request, "after", 0);
  const auto limit = number_of(request, "limit", kDefaultEvents);
  auto events = events_json(app.memory.log(), read->board, read->view, read->case_id,
                            static_cast<Version>(std::min<std::size_t>(after, read->row.version)), limit);
  if (!events) return reply(problem_response(events.error()));
  const auto last = after + events->size();
  json::object body{{"case", to_text(read->case_id)}, {"total", read->row.version}};
  body["next"] = last < read->row.version ? json::value(last) : json::value();
  body["items"] = std::move(*events);
  body["position"] = read->view.live().position;
  auto response = json_response(body);
  if (last < read->row.version) {
    response.headers.emplace_back("Link", "</v1/boards/" + read->board.name + "/cases/" + to_text(read->case_id) +
                                              "/events?after=" + std::to_string(last) +
                                              "&limit=" + std::to_string(limit) +
                                              (request.query.has("mask") ? "&mask=staff" : "") + ">; rel=\"next\"");
  }
  reply(std::move(response));
}

Result<json::object> find_by_reference(const App& app, const HttpRequest& request) {
  MINNE_TRY(const BoardRecord board, board_of(app, request));
  MINNE_TRY(const View view, app.memory.board_view(board.number, consistency_of(request)));
  const auto reference = request.query.get("ref");
  MINNE_TRY(const Id found, find_reference(view, reference));
  return json::object{{"case", to_text(found)}, {"ref", json::string{reference.data(), reference.size()}}};
}

Result<json::object> find_by_number(const App& app, const HttpRequest& request) {
  MINNE_TRY(const BoardRecord board, board_of(app, request));
  MINNE_TRY(const json::value body, parse_json(request.body));
  const auto* object = body.if_object();
  const auto* number = object == nullptr ? nullptr : object->if_contains("number");
  if (number == nullptr || !number->is_string() || object->size() != 1)
    return invalid("expected {\"number\": text}", "/number");
  const auto year = static_cast<int>(std::chrono::year_month_day{local_date(app.memory.clock().now())}.year());
  const auto normalised = normalise_number(number->get_string(), year);
  if (!normalised) return invalid(normalised.error().message, "/number");
  const auto token = CaseMemory::subject_token(board, *normalised);
  MINNE_TRY(const View view, app.memory.board_view(board.number, consistency_of(request)));
  MINNE_TRY(const auto found, find_subject(view, {reinterpret_cast<const char*>(token.data()), token.size()}));
  return json::object{{"case", found ? json::value(to_text(*found)) : json::value()}};
}

std::vector<Parameter> case_parameters() {
  return {board_parameter(),
          case_parameter(),
          {.name = "as_of", .type = ParameterType::kDate, .description = "What had occurred by the end of that day."},
          {.name = "known_at",
           .type = ParameterType::kInstant,
           .description = "What had been recorded by then; a date means its end."},
          {.name = "position",
           .type = ParameterType::kInteger,
           .description = "What the log held up to that position.",
           .minimum = 0},
          today_parameter(),
          consistency_parameter()};
}

}  // namespace

std::vector<Route> case_routes(App& app) {
  auto events_parameters = std::vector<Parameter>{board_parameter(), case_parameter(),
                                                  Parameter{.name = "after",
                                                            .type = ParameterType::kInteger,
                                                            .description = "Only versions later than this.",
                                                            .minimum = 0,
                                                            .default_value = "0"},
                                                  limit_parameter(kDefaultEvents), consistency_parameter()};
  const auto case_route = [&app](std::string path, std::string id, std::string summary, std::string schema, auto make) {
    return Route{
        .method = Verb::get,
        .path = std::move(path),
        .operation_id = std::move(id),
        .summary = std::move(summary),
        .tag = "cases",
        .parameters = case_parameters(),
        .responses = {{.status = 200, .description = "As asked.", .schema = std::move(schema)},
                      {.status = 304, .description = "Not changed since the ETag in If-None-Match.", .media = ""}},
        .handler = [&app, make](const HttpRequest& request, const Reply& reply) {
          reply_case(app, request, reply, make);
        }};
  };
  return {
      case_route("/v1/boards/{board}/cases/{case}", "getCase", "One case as it stands, or as it stood", "Case",
                 [](const CaseRead& read) { return case_json(read.row, read.rules(), read.today); }),
      case_route("/v1/boards/{board}/cases/{case}/obligations", "listObligations",
                 "Every clock that has run in the case", "Obligations",
                 [](const CaseRead& read) {
                   return json::object{{"case", to_text(read.case_id)},
                                       {"today", to_text(read.today)},
                                       {"items", obligations_json(read.row, read.rules(), read.today)},
                                       {"position", read.row.position}};
                 }),
      case_route("/v1/boards/{board}/cases/{case}/reports", "listReports", "Every report about the child, oldest first",
                 "ReportHistory", [](const CaseRead& read) { return report_history_json(read.row); }),
      Route{.method = Verb::get,
            .path = "/v1/boards/{board}/cases/{case}/events",
            .operation_id = "listEvents",
            .summary = "The events of one case, oldest first",
            .tag = "cases",
            .parameters = std::move(events_parameters),
            .responses = {{.status = 200, .description = "A page of events.", .schema = "Events"}},
            .handler = [&app](const HttpRequest& request, const Reply& reply) { list_events(app, request, reply); }},
      Route{.method = Verb::get,
            .path = "/v1/boards/{board}/cases",
            .operation_id = "findCase",
            .summary = "The case of a reference",
            .tag = "cases",
            .parameters = {board_parameter(),
                           Parameter{.name = "ref", .description = "external_ref of the case.", .required = true},
                           consistency_parameter()},
            .responses = {{.status = 200, .description = "The case.", .schema = "FoundCase"}},
            .errors = {Code::kConflict},
            .handler = [&app](const HttpRequest& request,
                              const Reply& reply) { reply(answer(find_by_reference(app, request))); }},
      Route{.method = Verb::post,
            .path = "/v1/boards/{board}/subjects/find",
            .operation_id = "findSubject",
            .summary = "The case of a personal number, samordningsnummer or reserve id",
            .description = "The number travels in the body, never in an address.",
            .tag = "cases",
            .parameters = {board_parameter(), consistency_parameter()},
            .body = {{{"application/json", "SubjectNumber"}}, true, "The number."},
            .responses = {{.status = 200, .description = "The case, or null.", .schema = "FoundSubject"}},
            .handler = [&app](const HttpRequest& request, const Reply& reply) {
              reply(answer(find_by_number(app, request)));
            }}};
}

}  // namespace minne::api
