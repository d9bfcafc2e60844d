// A route for each question of projections/questions.
#include "server/api_questions.h"

#include "projections/questions.h"
#include "server/api_parts.h"
#include "server/cases_shown.h"

#include <algorithm>
#include <charconv>
#include <deque>

namespace minne::api {
namespace {

namespace json = boost::json;
using Kind = QuestionParameter::Kind;

Parameter published(const QuestionParameter& wanted) {
  Parameter out{.name = std::string{wanted.name}, .description = wanted.described()};
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

Parameter position_parameter() {
  return {.name = "position",
          .type = ParameterType::kInteger,
          .description = "As the board's log stood at this position: what was answered then can be made again.",
          .minimum = 0};
}

Parameter as_of_parameter() {
  return {.name = "as_of",
          .type = ParameterType::kDate,
          .description =
              "Instead of a position: that of what was last recorded by the end of this day, which is then "
              "`today` as well. The answer states the position."};
}

Parameter with_parameter() {
  return {.name = "with",
          .description =
              "Other boards to add up with, before small numbers are hidden: `name` or `name@position`, "
              "separated by commas.",
          .maximum = 4'000};
}

Result<BoardAsked> other_board(const App& app, std::string_view text) {
  const auto at = text.find('@');
  BoardAsked out;
  auto found = app.memory.find_board(text.substr(0, at));
  if (!found || is_access_log(*found))
    return failure(Code::kUnknown, "no board of the name " + std::string{text.substr(0, at)}, "with");
  out.board = *std::move(found);
  if (at == std::string_view::npos) return out;
  Position position = 0;
  const auto digits = text.substr(at + 1);
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), position);
  if (failed != std::errc{} || end != digits.data() + digits.size()) {
    return invalid("a board is `name` or `name@position`", "with");
  }
  out.position = position;
  return out;
}

// The last position recorded by then; 0 before all of them. On a board, recorded_at never decreases.
Result<Position> position_by(const EventLog& log, BoardNumber board, Instant when) {
  Position known = 0;
  for (auto later = log.head(board) + 1; later - known > 1;) {
    const auto middle = known + (later - known) / 2;
    MINNE_TRY(const auto events, log.read_events(board, {middle}, EventLog::Sealed::kWithout));
    (events.front().recorded_at <= when ? known : later) = middle;
  }
  return known;
}

// Of the route's own board.
Result<std::optional<Position>> position_asked(const App& app, const HttpRequest& request, BoardNumber board) {
  const bool given = request.query.has("position");
  const auto* as_of = request.query.find("as_of");
  if (given && as_of != nullptr) return invalid("position and as_of are two ways to say one thing", "query/as_of");
  if (given) return std::optional<Position>{number_of(request, "position", 0)};
  if (as_of == nullptr) return std::optional<Position>{};
  MINNE_TRY(const Date day, parse_date(*as_of));
  MINNE_TRY(const auto position, position_by(app.memory.log(), board, day_end(day)));
  return std::optional{position};
}

// What the question reads, found by asking it of nothing.
Result<std::set<Space>> spaces_of(const Question& question, const View& view, const DeadlineRules& rules, Date today,
                                  const std::map<std::string, std::string>& values) {
  auto noted = std::make_unique<NotedSpaces>();
  const auto& spaces = *noted;
  QuestionAsked::Sources nothing;
  nothing.push_back(std::move(noted));
  const QuestionAsked asked{view, rules, today, values, std::move(nothing)};
  MINNE_TRY_VOID(question.answer(asked));
  return spaces.spaces();
}

// What an answer is made of: views, the sources that look into them, and what the answer says of each.
struct Ground {
  std::deque<View> views;
  QuestionAsked::Sources sources;
  json::array counted;
};

Result<Ground> ground_of(const App& app, const std::vector<BoardAsked>& boards, Consistency consistency) {
  Ground out;
  for (const auto& [board, position] : boards) {
    MINNE_TRY(auto view, app.memory.board_view(board.number, consistency));
    out.views.push_back(std::move(view));
    const auto& seen = out.views.back();
    if (app.memory.rules(seen).table().version() != app.memory.rules(out.views.front()).table().version()) {
      return failure(Code::kBusy, "the rules have changed, and not every board is rebuilt");
    }
    out.counted.push_back(json::object{{"board", board.name}, {"position", position.value_or(seen.live().position)}});
    out.sources.push_back(std::make_unique<LiveEntries>(seen));
  }
  return out;
}

// A number, which the route has checked, is written in one way, since answers may look for it as a text: "02024".
std::map<std::string, std::string> values_asked(const Question& question, const HttpRequest& request) {
  std::map<std::string, std::string> out;
  for (const auto& parameter : question.parameters) {
    const std::string name{parameter.name};
    const std::string value{request.query.get(name, parameter.default_value)};
    if (value.empty()) continue;
    out[name] = parameter.kind == Kind::kInteger ? std::to_string(std::stoll(value)) : value;
  }
  return out;
}

// A code that no list has would be answered with nothing, as though nothing had happened.
Result<> check_codes(const Question& question, const std::map<std::string, std::string>& values,
                     const CodeLists& codes) {
  for (const auto& parameter : question.parameters) {
    const auto value = values.find(std::string{parameter.name});
    if (parameter.code.empty() || value == values.end()) continue;
    if (!question.lists_cases && value->second == kNotStated) continue;
    MINNE_TRY_VOID(codes.check(parameter.code, value->second, "query/" + value->first));
  }
  return {};
}

// Who adds up several boards is shown numbers of each: each has it in its access log. Not as ExtractProduced, which
// says that something was handed out and starts clocks of the board: asking must not.
Result<> record_addition(const App& app, const Question& question, const std::vector<BoardAsked>& boards) {
  std::string query{question.name};
  for (const auto& one : boards) query += (&one == &boards.front() ? " of " : ",") + one.board.name;
  for (const auto& one : boards) MINNE_TRY_VOID(record_read(app, one.board, {query, kUnspecified}, {}));
  return {};
}

}  // namespace

Result<std::vector<BoardAsked>> boards_asked(const App& app, const HttpRequest& request) {
  std::vector<BoardAsked> out(1);
  MINNE_TRY(out.front().board, board_of(app, request));
  MINNE_TRY(out.front().position, position_asked(app, request, out.front().board.number));
  const auto with = request.query.get("with");
  for (std::string_view rest{with}; !rest.empty();) {
    const auto comma = rest.find(',');
    MINNE_TRY(auto other, other_board(app, rest.substr(0, comma)));
    if (std::ranges::any_of(out, [&](const auto& one) { return one.board.number == other.board.number; })) {
      return invalid("a board is counted once", "with");
    }
    out.push_back(std::move(other));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return out;
}

Result<json::object> ask_question(const App& app, const Question& question, const HttpRequest& request) {
  MINNE_TRY(const auto boards, boards_asked(app, request));
  auto values = values_asked(question, request);
  // What leaves the board, published or added to other boards' numbers.
  if (request.method == Verb::post || boards.size() > 1) values["hide_small"] = "true";
  const bool by_day = request.query.has("as_of") && !request.query.has("today");
  MINNE_TRY(const Date today, by_day ? parse_date(request.query.get("as_of")) : today_of(app, request));
  MINNE_TRY(auto ground, ground_of(app, boards, consistency_of(request)));
  const auto& rules = app.memory.rules(ground.views.front());
  MINNE_TRY_VOID(check_codes(question, values, rules.codes()));
  if (std::ranges::any_of(boards, [](const auto& one) { return one.position.has_value(); })) {
    MINNE_TRY(const auto spaces, spaces_of(question, ground.views.front(), rules, today, values));
    for (std::size_t i = 0; i < boards.size(); ++i) {
      if (!boards[i].position) continue;
      MINNE_TRY(auto folded, app.memory.entries_at(boards[i].board.number, *boards[i].position, spaces));
      ground.sources[i] = std::move(folded);
    }
  }
  QuestionAsked asked{ground.views.front(), rules, today, std::move(values), std::move(ground.sources)};
  if (boards.front().position) asked.position = *boards.front().position;
  MINNE_TRY(auto answer, question.answer(asked));
  if (boards.size() > 1 && request.method == Verb::get) MINNE_TRY_VOID(record_addition(app, question, boards));
  answer["board"] = boards.front().board.name;
  answer["position"] = ground.counted.front().at("position");
  if (boards.size() > 1) answer["boards"] = std::move(ground.counted);
  answer["rules"] = rules.table().version();
  answer["today"] = to_text(today);
  if (question.lists_cases) {
    const auto purpose = purpose_of(request);
    answer["purpose"] = purpose;
    MINNE_TRY_VOID(show_cases(app, boards.front().board, ground.views.front(), {question.name, purpose}, answer));
  }
  return answer;
}

std::string operation_id(std::string_view verb, std::string_view name) {
  std::string out{verb};
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

std::vector<Parameter> parameters_of(const Question& question) {
  std::vector<Parameter> out{board_parameter()};
  for (const auto& parameter : question.parameters) out.push_back(published(parameter));
  if (question.lists_cases) out.push_back(purpose_parameter(true));
  if (!question.lists_cases || question.as_it_was) out.push_back(position_parameter());
  if (question.as_it_was) out.push_back(as_of_parameter());
  if (!question.lists_cases) out.push_back(with_parameter());
  out.push_back(today_parameter());
  out.push_back(consistency_parameter());
  return out;
}

std::vector<Route> question_routes(App& app) {
  std::vector<Route> out;
  for (const auto& question : questions()) {
    out.push_back({.method = Verb::get,
                   .path = "/v1/boards/{board}/" + std::string{question.name},
                   .operation_id = operation_id("ask", question.name),
                   .summary = std::string{question.summary},
                   .tag = question.lists_cases ? "lists" : "statistics",
                   .parameters = parameters_of(question),
                   .responses = {{.status = 200, .description = "The answer.", .schema = "Answer"}},
                   .handler = [&app, &question](const HttpRequest& request, const Reply& reply) {
                     reply(answer(ask_question(app, question, request)));
                   }});
  }
  return out;
}

}  // namespace minne::api
