// Lists across cases: the deadline queue, the children reported again and again; and who was shown which of them.
#include "projections/known_names.h"
#include "projections/queries.h"
#include "server/access_report.h"
#include "server/api_parts.h"
#include "server/cases_shown.h"

#include <boost/json/array.hpp>

namespace minne::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kDefaultItems = 50;
constexpr std::size_t kDefaultReads = 100;

Result<> check_rule(const DeadlineRules& rules, const std::string& wanted) {
  if (wanted.empty()) return {};
  std::set<std::string> known;
  for (const auto& rule : rules.table().rules()) known.insert(rule.id);
  return check_known("rule", wanted, known, "query/rule");
}

Result<json::object> list_deadlines(const App& app, const HttpRequest& request) {
  MINNE_TRY(const BoardRecord board, board_of(app, request));
  DeadlineQuery query;
  query.state = request.query.get("state", "open");
  query.unit = request.query.get("unit");
  query.worker = request.query.get("worker");
  query.rule = request.query.get("rule");
  query.cursor = request.query.get("cursor");
  query.limit = number_of(request, "limit", kDefaultItems);
  MINNE_TRY(query.today, today_of(app, request));
  if (const auto* before = request.query.find("before"); before != nullptr) {
    MINNE_TRY(const Date day, parse_date(*before));
    query.before = day;
  }
  if (const auto* as_of = request.query.find("as_of"); as_of != nullptr) {
    MINNE_TRY(const Date day, parse_date(*as_of));
    query.as_of = day;
    if (!request.query.has("today")) query.today = day;
  }
  MINNE_TRY(const View view, app.memory.board_view(board.number, consistency_of(request)));
  const auto& rules = app.memory.rules(view);
  MINNE_TRY_VOID(check_rule(rules, query.rule));
  MINNE_TRY(auto list, query.as_of ? deadlines_then(app.memory.log(), board.number, view, rules, query)
                                   : deadlines(view, rules, query));
  MINNE_TRY_VOID(show_cases(app, board, view, {"deadlines", purpose_of(request)}, list));
  return list;
}

Result<json::object> list_repeats(const App& app, const HttpRequest& request) {
  MINNE_TRY(const BoardRecord board, board_of(app, request));
  RepeatsQuery query;
  query.min = static_cast<unsigned>(number_of(request, "min", 2));
  query.within_days = static_cast<unsigned>(number_of(request, "within", 365));
  query.concern = request.query.get("concern");
  query.not_opened = request.query.get("not_opened") == "true";
  query.cursor = request.query.get("cursor");
  query.limit = number_of(request, "limit", kDefaultItems);
  MINNE_TRY(query.today, today_of(app, request));
  const ListRead read{"repeats", purpose_of(request)};
  if (!query.concern.empty()) MINNE_TRY_VOID(may_choose_by_concern(app, board, read));
  MINNE_TRY(const View view, app.memory.board_view(board.number, consistency_of(request)));
  if (!query.concern.empty())
    MINNE_TRY_VOID(app.memory.rules(view).codes().check("concern", query.concern, "query/concern"));
  MINNE_TRY(auto list, repeats(view, query));
  MINNE_TRY_VOID(show_cases(app, board, view, read, list));
  return list;
}

Result<json::object> reads(const App& app, const HttpRequest& request) {
  MINNE_TRY(const auto board, board_of(app, request));
  ReadsAsked asked;
  asked.after = static_cast<Version>(std::min<std::size_t>(number_of(request, "after", 0), UINT32_MAX));
  asked.limit = number_of(request, "limit", kDefaultReads);
  if (const auto* id = request.query.find("case"); id != nullptr) {
    MINNE_TRY(asked.case_id, parse_id(*id));
  }
  return list_reads(app, board, asked);
}

Result<std::optional<Date>> date_of(const HttpRequest& request, std::string_view name) {
  const auto* text = request.query.find(name);
  if (text == nullptr) return std::optional<Date>{};
  MINNE_TRY(const Date day, parse_date(*text));
  return std::optional{day};
}

Result<json::object> report_access(const App& app, const HttpRequest& request) {
  MINNE_TRY(const auto board, board_of(app, request));
  AccessAsked asked;
  asked.after = static_cast<Version>(std::min<std::size_t>(number_of(request, "after", 0), UINT32_MAX));
  asked.limit = number_of(request, "limit", kDefaultReads);
  if (const auto* id = request.query.find("case"); id != nullptr) {
    MINNE_TRY(asked.case_id, parse_id(*id));
  }
  MINNE_TRY(const auto from, date_of(request, "from"));
  MINNE_TRY(const auto to, date_of(request, "to"));
  MINNE_TRY(asked.period, checked({from, to}));
  const auto purpose = purpose_of(request);
  MINNE_TRY(const View view, app.memory.board_view(board.number, Consistency::kStrong));
  MINNE_TRY(auto report, access_report(app, board, view, asked));
  report["board"] = board.name;
  report["purpose"] = purpose;
  report["position"] = view.live().position;
  // Hidden like any other where the case is protected: the asker knows which it was.
  report["about"] = json::object{{"case", asked.case_id ? json::value(to_text(*asked.case_id)) : json::value()}};
  MINNE_TRY_VOID(show_cases(app, board, view, {"access-report", purpose}, report));
  return report;
}

Route access_report_route(App& app) {
  return {
      .method = Verb::get,
      .path = "/v1/boards/{board}/access-report",
      .operation_id = "reportAccess",
      .summary = "Log control: by reader, how often, when and why; and reads of cases without an assignment that day",
      .tag = "lists",
      .parameters = {board_parameter(),
                     {.name = "case", .type = ParameterType::kUuid, .description = "Only lists that showed this case."},
                     {.name = "from", .type = ParameterType::kDate, .description = "Read on that day or later."},
                     {.name = "to", .type = ParameterType::kDate, .description = "Read on that day or earlier."},
                     purpose_parameter(true),
                     {.name = "after",
                      .type = ParameterType::kInteger,
                      .description = "`next` of the page before. What readers are counted with is of one page.",
                      .minimum = 0},
                     limit_parameter(kDefaultReads)},
      .responses = {{.status = 200, .description = "A page of the log, added up.", .schema = "AccessReport"}},
      .handler = [&app](const HttpRequest& request, const Reply& reply) {
        reply(answer(report_access(app, request)));
      }};
}

// The next page's address, for clients that follow links (RFC 8288).
HttpResponse with_link(HttpResponse response, const HttpRequest& request, const Result<json::object>& list) {
  if (!list) return response;
  const auto& next = list->at("next");
  if (!next.is_string()) return response;
  auto target = std::string{request.target.substr(0, request.target.find('?'))} + "?";
  for (const auto& [name, value] : request.query) {
    if (name == "cursor") continue;
    target += name + "=" + percent_encode(value) + "&";
  }
  response.headers.emplace_back("Link", "<" + target + "cursor=" + std::string{next.get_string()} + ">; rel=\"next\"");
  return response;
}

template <class List>
Handler list_handler(App& app, List list) {
  return [&app, list](const HttpRequest& request, const Reply& reply) {
    const auto result = list(app, request);
    reply(with_link(answer(result), request, result));
  };
}

Parameter text_parameter(std::string name, std::string description) {
  return {.name = std::move(name), .description = std::move(description), .minimum = 1, .maximum = 64};
}

}  // namespace

std::vector<Route> list_routes(App& app) {
  return {
      Route{
          .method = Verb::get,
          .path = "/v1/boards/{board}/deadlines",
          .operation_id = "listDeadlines",
          .summary = "The deadline queue, by nominal date",
          .tag = "lists",
          .parameters = {board_parameter(),
                         {.name = "state",
                          .description = "overdue and lapsed are open clocks past their date on the asker's day, by "
                                         "what the rule says of that.",
                          .one_of = {"open", "met", "met_late", "extended", "cancelled", "overdue", "lapsed", "all"},
                          .default_value = "open"},
                         text_parameter("unit", "Only this unit's."),
                         text_parameter("worker", "Only this worker's."),
                         text_parameter("rule", "Only clocks of this rule."),
                         {.name = "before",
                          .type = ParameterType::kDate,
                          .description = "Only nominal dates earlier than this."},
                         {.name = "as_of",
                          .type = ParameterType::kDate,
                          .description = "The queue as it was at the end of that day, which is then `today` as well."},
                         purpose_parameter(false),
                         today_parameter(),
                         limit_parameter(kDefaultItems),
                         cursor_parameter(),
                         consistency_parameter()},
          .responses = {{.status = 200, .description = "A page of the queue.", .schema = "Deadlines"}},
          .handler = list_handler(app, list_deadlines)},
      Route{.method = Verb::get,
            .path = "/v1/boards/{board}/repeats",
            .operation_id = "listRepeats",
            .summary = "Children with at least so many reports in a window",
            .tag = "lists",
            .parameters = {board_parameter(),
                           {.name = "min",
                            .type = ParameterType::kInteger,
                            .description = "At least so many reports.",
                            .minimum = 1,
                            .maximum = 10'000,
                            .default_value = "2"},
                           {.name = "within",
                            .type = ParameterType::kInteger,
                            .description = "Received in that many days up to and including today.",
                            .minimum = 1,
                            .maximum = 36'600,
                            .default_value = "365"},
                           text_parameter("concern", "Only reports that name this concern."),
                           {.name = "not_opened",
                            .type = ParameterType::kBoolean,
                            .description = "Only where none of them led to an investigation."},
                           purpose_parameter(false),
                           today_parameter(),
                           limit_parameter(kDefaultItems),
                           cursor_parameter(),
                           consistency_parameter()},
            .responses = {{.status = 200, .description = "Those reported most first.", .schema = "Repeats"}},
            .errors = {Code::kRefused},
            .handler = list_handler(app, list_repeats)},
      Route{.method = Verb::get,
            .path = "/v1/boards/{board}/reads",
            .operation_id = "listReads",
            .summary = "Which lists were made of the board's cases, when and why, oldest first",
            .tag = "lists",
            .parameters = {board_parameter(),
                           {.name = "case",
                            .type = ParameterType::kUuid,
                            .description = "Only lists that showed this case."},
                           {.name = "after",
                            .type = ParameterType::kInteger,
                            .description = "`next` of the page before.",
                            .minimum = 0},
                           limit_parameter(kDefaultReads)},
            .responses = {{.status = 200, .description = "A page of RecordRead events.", .schema = "Reads"}},
            .handler = [&app](const HttpRequest& request, const Reply& reply) { reply(answer(reads(app, request))); }},
      access_report_route(app)};
}

}  // namespace minne::api
