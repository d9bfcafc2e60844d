// Taking events in: JSON or binary, into one case or several, in one atomic append.
#include "events/json.h"
#include "events/schema.h"
#include "events/stream_ids.h"
#include "projections/queries.h"
#include "server/api_parts.h"

#include <boost/json/array.hpp>

namespace minne::api {
namespace {

namespace json = boost::json;

// A request on its way to becoming an AppendCommand.
class AppendReader {
 public:
  AppendReader(const App& app, const BoardRecord& board, const HttpRequest& request)
      : app_(app), board_(board), request_(request) {
    command_.board = board.number;
  }

  // {"expected_version", "events"} of the case in the path.
  Result<AppendCommand> one_case(const Id& case_id) {
    if (binary()) return binary_events(case_id);
    MINNE_TRY(json::value body, parse_json(request_.body));
    if (!body.is_object()) return invalid("expected an object with `events`");
    MINNE_TRY_VOID(case_events(case_id, body.get_object(), "", {"expected_version", "events"}));
    MINNE_TRY_VOID(take_if_match());
    return finish();
  }

  // {"cases": [{"case", "expected_version", "events"}…]} or {"events": […]}, each event with its case.
  Result<AppendCommand> several_cases() {
    if (binary()) return binary_events(std::nullopt);
    MINNE_TRY(json::value body, parse_json(request_.body));
    if (!body.is_object()) return invalid("expected an object with `cases` or `events`");
    const auto& object = body.get_object();
    for (const auto& member : object) {
      if (member.key() != "cases" && member.key() != "events")
        return invalid("unknown field", "/" + std::string{member.key()});
    }
    if (const auto* cases = object.if_contains("cases"); cases != nullptr) MINNE_TRY_VOID(each_case(*cases));
    if (const auto* events = object.if_contains("events"); events != nullptr) MINNE_TRY_VOID(loose_events(*events));
    name_siblings();
    return finish();
  }

  [[nodiscard]] bool binary() const { return media_type_of(request_.headers.get("content-type")) == kEventsMediaType; }

 private:
  struct Loose {
    json::value event;
    std::uint32_t which;
    std::string pointer;
  };

  Result<> each_case(const json::value& cases) {
    if (!cases.is_array()) return invalid("expected an array", "/cases");
    for (std::size_t i = 0; i < cases.get_array().size(); ++i) {
      const auto pointer = "/cases/" + std::to_string(i);
      const auto& item = cases.get_array()[i];
      if (!item.is_object()) return invalid("expected an object", pointer);
      const auto* id = item.get_object().if_contains("case");
      if (id == nullptr || !id->is_string()) return invalid("expected the id of a case", pointer + "/case");
      const auto parsed = parse_id(id->get_string());
      if (!parsed) return invalid(parsed.error().message, pointer + "/case");
      MINNE_TRY_VOID(case_events(*parsed, item.get_object(), pointer, {"case", "expected_version", "events"}));
    }
    return {};
  }

  Result<> case_events(const Id& case_id, const json::object& object, const std::string& pointer,
                       std::initializer_list<std::string_view> allowed) {
    for (const auto& member : object) {
      const std::string_view key{member.key().data(), member.key().size()};
      if (std::find(allowed.begin(), allowed.end(), key) == allowed.end())
        return invalid("unknown field", pointer + "/" + std::string{key});
    }
    CaseExpectation expectation{case_id, Expect::kAny, 0, pointer + "/expected_version"};
    if (const auto* wanted = object.if_contains("expected_version"); wanted != nullptr) {
      MINNE_TRY_VOID(read_expectation(*wanted, expectation));
    }
    MINNE_TRY(const std::uint32_t which, add_case(std::move(expectation)));
    const auto* events = object.if_contains("events");
    if (events == nullptr || !events->is_array() || events->get_array().empty())
      return invalid("expected events", pointer + "/events");
    for (std::size_t i = 0; i < events->get_array().size(); ++i) {
      loose_.push_back({events->get_array()[i], which, pointer + "/events/" + std::to_string(i)});
    }
    return {};
  }

  static Result<> read_expectation(const json::value& wanted, CaseExpectation& expectation) {
    if (wanted.is_string() && wanted.get_string() == "any") return {};
    if (wanted.is_string() && wanted.get_string() == "new") {
      expectation.expect = Expect::kNew;
      return {};
    }
    if (wanted.is_int64() && wanted.get_int64() >= 0 && wanted.get_int64() <= std::numeric_limits<Version>::max()) {
      expectation.expect = Expect::kVersion;
      expectation.version = static_cast<Version>(wanted.get_int64());
      return {};
    }
    return invalid("expected_version is a number, \"new\" or \"any\"", expectation.pointer);
  }

  Result<std::uint32_t> add_case(CaseExpectation expectation) {
    for (const auto& known : command_.cases) {
      if (known.case_id == expectation.case_id) return invalid("the case is named twice", expectation.pointer);
    }
    command_.cases.push_back(std::move(expectation));
    return static_cast<std::uint32_t>(command_.cases.size() - 1);
  }

  // Streams that no caller must know the id of: a worker's and the board's own.
  [[nodiscard]] std::optional<Id> stream_named_by(const json::object& event) const {
    const auto* type = event.if_contains("type");
    const auto known = type != nullptr && type->is_string() ? type_named(type->get_string()) : std::nullopt;
    if (!known) return std::nullopt;
    if (stream_of(*known) == StreamKind::board) return board_stream_id(board_.name);
    const auto* body = event.if_contains("body");
    if (stream_of(*known) != StreamKind::staff || body == nullptr || !body->is_object()) return std::nullopt;
    const auto* worker = body->get_object().if_contains("worker");
    if (worker == nullptr || !worker->is_string()) return std::nullopt;
    return staff_stream_id(board_.name, worker->get_string());
  }

  Result<> loose_events(const json::value& events) {
    if (!events.is_array()) return invalid("expected an array", "/events");
    for (std::size_t i = 0; i < events.get_array().size(); ++i) {
      const auto pointer = "/events/" + std::to_string(i);
      const auto& event = events.get_array()[i];
      if (!event.is_object()) return invalid("expected an event object", pointer);
      auto stream = stream_named_by(event.get_object());
      if (const auto* id = event.get_object().if_contains("case"); id != nullptr) {
        const auto parsed = id->is_string() ? parse_id(id->get_string()) : Result<Id>{invalid("expected a UUID")};
        if (!parsed) return invalid(parsed.error().message, pointer + "/case");
        stream = *parsed;
      }
      if (!stream) return invalid("an event needs the case it belongs to", pointer + "/case");
      loose_.push_back({event, which_of(*stream), pointer});
    }
    return {};
  }

  std::uint32_t which_of(const Id& case_id) {
    for (std::size_t i = 0; i < command_.cases.size(); ++i) {
      if (command_.cases[i].case_id == case_id) return static_cast<std::uint32_t>(i);
    }
    command_.cases.push_back({case_id, Expect::kAny, 0, {}});
    return static_cast<std::uint32_t>(command_.cases.size() - 1);
  }

  // Siblings reported together name each other: reports of one append and one correlation, in several cases.
  void name_siblings() {
    const auto report_of = [](Loose& loose) -> json::object* {
      auto* object = loose.event.if_object();
      const auto* type = object == nullptr ? nullptr : object->if_contains("type");
      return type != nullptr && type->is_string() && type->get_string() == "ReportReceived" ? object : nullptr;
    };
    for (auto& loose : loose_) {
      auto* report = report_of(loose);
      if (report == nullptr || !report->contains("correlation_id")) continue;
      json::array siblings;
      for (auto& other : loose_) {
        const auto* second = report_of(other);
        if (second == nullptr || other.which == loose.which || !second->contains("correlation_id")) continue;
        if (second->at("correlation_id") == report->at("correlation_id"))
          siblings.emplace_back(to_text(command_.cases[other.which].case_id));
      }
      auto& body = report->emplace("body", json::object{}).first->value();
      if (!siblings.empty() && body.is_object() && !body.get_object().contains("siblings"))
        body.get_object()["siblings"] = std::move(siblings);
    }
  }

  // If-Match: "3", or "3.2026-02-10" of an answer that a day was counted to, is expected_version 3 (RFC 9110, 13.1.1).
  Result<> take_if_match() {
    const auto tag = request_.headers.get("if-match");
    if (tag.empty()) return {};
    Version version = 0;
    const bool quoted = tag.size() > 2 && tag.front() == '"' && tag.back() == '"';
    const auto whole = quoted ? tag.substr(1, tag.size() - 2) : std::string_view{};
    const auto number = whole.substr(0, whole.find('.'));
    const auto read = std::from_chars(number.data(), number.data() + number.size(), version);
    const bool is_version = !number.empty() && read.ec == std::errc{} && read.ptr == number.data() + number.size();
    const auto rest = whole.substr(std::min(whole.size(), number.size() + 1));
    if (!is_version || (number.size() < whole.size() && !parse_date(rest.substr(0, rest.find('.'))))) {
      return invalid("If-Match takes one ETag of the case, such as \"3\"", "If-Match");
    }
    // Of two that were read, the older one is that which may be stale.
    auto& wanted = command_.cases.front();
    if (wanted.expect == Expect::kNew || (wanted.expect == Expect::kVersion && wanted.version < version)) return {};
    wanted.expect = Expect::kVersion;
    wanted.version = version;
    wanted.pointer = "If-Match";
    return {};
  }

  [[nodiscard]] std::optional<Id> id_of_key(std::size_t ordinal) const {
    const auto key = request_.headers.get("idempotency-key");
    if (key.empty()) return std::nullopt;
    const auto text = board_.name + '\0' + '\0' + std::string{key} + '\0' + std::to_string(ordinal);
    return id_v8(sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}));
  }

  Result<AppendCommand> finish() {
    if (loose_.empty()) return invalid("expected events");
    if (loose_.size() > kMaxAppendEvents)
      return failure(Code::kTooLarge, "an append may have " + std::to_string(kMaxAppendEvents) + " events");
    EncodeContext context;
    context.today_year = static_cast<int>(std::chrono::year_month_day{local_date(app_.memory.clock().now())}.year());
    context.codes = &app_.memory.rules().codes();
    context.token = [this](std::string_view number) { return CaseMemory::subject_token(board_, number); };
    for (std::size_t i = 0; i < loose_.size(); ++i) {
      auto& loose = loose_[i];
      AppendItem item{{}, loose.which, {}, loose.pointer};
      MINNE_TRY_VOID(check_stream(loose));
      MINNE_TRY(item.recorded_at, take_recorded_at(loose));
      context.stream = command_.cases[loose.which].case_id;
      context.id = id_of_key(i);
      context.pointer = loose.pointer;
      MINNE_TRY(item.event, encode_event(loose.event, context));
      command_.events.push_back(std::move(item));
    }
    return std::move(command_);
  }

  // Events of a worker and of the board have streams whose ids follow from a name; no case may stand for them.
  [[nodiscard]] Result<> check_stream(const Loose& loose) const {
    if (!loose.event.is_object()) return {};
    const auto own = stream_named_by(loose.event.get_object());
    if (!own || *own == command_.cases[loose.which].case_id) return {};
    return invalid("this type belongs to the stream of a worker or of the board, not to a case",
                   loose.pointer + "/type");
  }

  // Boards with a supplied clock state it with each event; elsewhere the encoder refuses the field.
  [[nodiscard]] Result<Instant> take_recorded_at(Loose& loose) const {
    if (!board_.supplied_clock || !loose.event.is_object()) return Instant{};
    auto& object = loose.event.get_object();
    const auto* stated = object.if_contains("recorded_at");
    if (stated == nullptr || !stated->is_string()) {
      return invalid("this board's clock is supplied: state recorded_at", loose.pointer + "/recorded_at");
    }
    const auto at = parse_instant(stated->get_string());
    if (!at) return invalid(at.error().message, loose.pointer + "/recorded_at");
    object.erase("recorded_at");
    return *at;
  }

  Result<AppendCommand> binary_events(std::optional<Id> case_id) {
    MINNE_TRY(auto records, parse_records(request_.body, &app_.memory.rules().codes()));
    if (records.empty()) return invalid("expected events");
    if (records.size() > kMaxAppendEvents)
      return failure(Code::kTooLarge, "an append may have " + std::to_string(kMaxAppendEvents) + " events");
    for (std::size_t i = 0; i < records.size(); ++i) {
      const auto pointer = "record " + std::to_string(i);
      const auto stream = id_of(event_in(records[i].event.bytes).case_id());
      if (case_id && stream != *case_id)
        return invalid("another case than the one it is appended to", pointer + "/case");
      const auto which = which_of(stream);
      command_.events.push_back({std::move(records[i].event), which, records[i].recorded_at, pointer});
    }
    if (case_id) MINNE_TRY_VOID(take_if_match());
    return std::move(command_);
  }

  const App& app_;
  const BoardRecord& board_;
  const HttpRequest& request_;
  AppendCommand command_;
  std::vector<Loose> loose_;
};

json::object outcome_json(const AppendOutcome& outcome) {
  json::array events;
  for (const auto& line : outcome.events) {
    events.emplace_back(json::object{{"case", to_text(line.case_id)},
                                     {"id", to_text(line.event)},
                                     {"position", line.position},
                                     {"version", line.version},
                                     {"repeated", line.repeated}});
  }
  return {{"position", outcome.position}, {"appended", outcome.appended}, {"events", std::move(events)}};
}

void reply_outcome(Result<AppendOutcome> outcome, bool if_match, const Reply& reply) {
  if (!outcome) {
    auto response = problem_response(outcome.error());
    if (if_match && outcome.error().code == Code::kConflict && outcome.error().details.contains("current_version")) {
      auto object = json::object{
          {"type", "urn:minne:problem:precondition-failed"}, {"title", "Precondition failed"}, {"status", 412}};
      object["detail"] = outcome.error().message;
      object["where"] = outcome.error().where;
      for (const auto& [key, value] : outcome.error().details) object[key] = value;
      response = json_response(object, 412);
      response.content_type = kProblemMediaType;
    }
    return reply(std::move(response));
  }
  auto response = json_response(outcome_json(*outcome), outcome->appended > 0 ? 201 : 200);
  if (!outcome->events.empty())
    response.headers.emplace_back("ETag", "\"" + std::to_string(outcome->events.back().version) + "\"");
  reply(std::move(response));
}

// Unjudged appends are for what is not a caseworker's act: imports by the administrator, and boards made by us.
Result<> allow_foreign(const HttpRequest& request, const BoardRecord& board, AppendCommand& command) {
  command.foreign = request.query.get("foreign") == "true";
  command.deferred = command.foreign && request.query.get("deferred") == "true";
  command.skip_known = request.query.get("skip_known") == "true";
  if (command.foreign && request.peer == Peer::kTcp && !board.supplied_clock) {
    return failure(Code::kRefused, "foreign appends are for the administrator: use the command line", "foreign");
  }
  for (const auto& item : command.events) {
    const auto type = event_in(item.event.bytes).body_type();
    if (!command.foreign && EventSchema::instance().body(type).by_minne) {
      return failure(Code::kRefused, std::string{type_name(type)} + " is what Minne itself writes",
                     item.pointer + "/type");
    }
  }
  return {};
}

// The token of a number stands for a person: a client that could choose one could find, or take, another's file.
Result<> refuse_token(const Event& event, std::string_view sealed, const std::string& pointer,
                      const std::string& prefix) {
  const auto& body = *static_cast<const flatbuffers::Table*>(event.body());
  for (const auto& field : EventSchema::instance().body(event.body_type()).fields) {
    if (field.token_of.empty()) continue;
    if (body.CheckField(field.field->offset())) {
      return invalid("computed by Minne: send the number in `sealed`, as JSON",
                     pointer + "/body/" + std::string{field.name});
    }
    if (sealed_text(sealed, prefix + "/" + std::string{field.token_of})) {
      return invalid("a number is sent as JSON, so that its token can be computed",
                     pointer + "/sealed/" + std::string{field.token_of});
    }
  }
  return {};
}

// What the JSON form gives no way to say, in an event that came as bytes.
Result<> check_binary(const BoardRecord& board, const AppendItem& item, const Id& stream) {
  const auto& event = event_in(item.event.bytes);
  const auto& sealed = item.event.sealed;
  MINNE_TRY_VOID(refuse_token(event, sealed, item.pointer, ""));
  if (const auto* corrected = event.body_as_EventCorrected(); corrected != nullptr && corrected->replacement()) {
    MINNE_TRY_VOID(refuse_token(*corrected->replacement(), sealed, item.pointer + "/body/replacement", "/replacement"));
  }
  if (const auto* refiled = event.body_as_EventRefiled(); refiled != nullptr && refiled->original()) {
    MINNE_TRY_VOID(refuse_token(*refiled->original(), sealed, item.pointer + "/body/original", "/original"));
  }
  std::optional<Id> own;
  if (const auto* joined = event.body_as_StaffJoined(); joined != nullptr) {
    own = staff_stream_id(board.name, text_of(joined->worker()));
  } else if (const auto* left = event.body_as_StaffLeft(); left != nullptr) {
    own = staff_stream_id(board.name, text_of(left->worker()));
  }
  if (!own || *own == stream) return {};
  return invalid("this type belongs to the stream of that worker", item.pointer + "/case");
}

void append(App& app, const HttpRequest& request, const Reply& reply, bool one_case) {
  const auto board = board_of(app, request);
  if (!board) return reply(problem_response(board.error()));
  AppendReader reader(app, *board, request);
  auto command = Result<AppendCommand>{AppendCommand{}};
  if (one_case) {
    const auto case_id = case_of(request);
    command = case_id ? reader.one_case(*case_id) : Result<AppendCommand>{case_id.error()};
  } else {
    command = reader.several_cases();
  }
  if (!command) return reply(problem_response(command.error()));
  if (const auto allowed = allow_foreign(request, *board, *command); !allowed)
    return reply(problem_response(allowed.error()));
  // A generated board, an import, a log of another system bring their own.
  if (!command->foreign && reader.binary()) {
    for (const auto& item : command->events) {
      const auto checked = check_binary(*board, item, command->cases[item.which].case_id);
      if (!checked) return reply(problem_response(checked.error()));
    }
  }
  const bool if_match =
      request.headers.has("if-match") && !command->cases.empty() && command->cases.front().pointer == "If-Match";
  app.memory.append(std::move(*command), [reply, if_match](Result<AppendOutcome> outcome) {
    reply_outcome(std::move(outcome), if_match, reply);
  });
}

std::vector<Parameter> append_parameters() {
  return {{.name = "foreign",
           .type = ParameterType::kBoolean,
           .description = "A log of another system: not judged. Administrator only."},
          {.name = "deferred",
           .type = ParameterType::kBoolean,
           .description = "Part of a foreign log that ends with a rebuild: the projections need not follow it."},
          {.name = "skip_known",
           .type = ParameterType::kBoolean,
           .description = "Pass over events that are recorded already."},
          {.name = "Idempotency-Key",
           .in = ParameterIn::kHeader,
           .description = "Events without an id get one made of it, so that the request can be repeated.",
           .minimum = 1,
           .maximum = 255}};
}

}  // namespace

std::vector<Route> append_routes(App& app) {
  const std::vector<Code> errors{Code::kConflict, Code::kRefused, Code::kNoSpace, Code::kClock};
  const std::vector<ResponseDoc> responses{
      {.status = 201, .description = "Recorded, durably.", .schema = "AppendOutcome"},
      {.status = 200, .description = "All of it was recorded before.", .schema = "AppendOutcome"}};
  auto one = append_parameters();
  one.insert(one.begin(), {board_parameter(), case_parameter()});
  one.push_back(
      {.name = "If-Match", .in = ParameterIn::kHeader, .description = "The ETag of the case as it was read."});
  auto one_responses = responses;
  one_responses.push_back({.status = 412,
                           .description = "If-Match names an older version.",
                           .schema = "Problem",
                           .media = std::string{kProblemMediaType}});
  auto several = append_parameters();
  several.insert(several.begin(), board_parameter());
  return {
      Route{.method = Verb::post,
            .path = "/v1/boards/{board}/cases/{case}/events",
            .operation_id = "appendToCase",
            .summary = "Record events in one case",
            .description = "All or none, at the expected version: a number, \"new\" or \"any\" (default).",
            .tag = "events",
            .parameters = std::move(one),
            .body = {{{"application/json", "CaseAppend"}, {std::string{kEventsMediaType}, ""}}, true, "The events."},
            .responses = std::move(one_responses),
            .errors = errors,
            .handler = [&app](const HttpRequest& request, const Reply& reply) { append(app, request, reply, true); }},
      Route{.method = Verb::post,
            .path = "/v1/boards/{board}/events",
            .operation_id = "append",
            .summary = "Record events in several cases, in one step",
            .description = "All or none. Events of staff and board streams need no case.",
            .tag = "events",
            .parameters = std::move(several),
            .body = {{{"application/json", "Append"}, {std::string{kEventsMediaType}, ""}}, true, "The events."},
            .responses = responses,
            .errors = errors,
            .handler = [&app](const HttpRequest& request, const Reply& reply) { append(app, request, reply, false); }}};
}

}  // namespace minne::api
