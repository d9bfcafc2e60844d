// Small parts that handlers share: parsing parameters, replying with JSON or a problem. Internal to the routes.
#pragma once

#include "server/app.h"
#include "server/problem.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace minne::api {

[[nodiscard]] HttpResponse json_response(const boost::json::value& value, unsigned status = 200);
[[nodiscard]] HttpResponse answer(Result<boost::json::object> result, unsigned status = 200);
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view body);

[[nodiscard]] Result<BoardRecord> board_of(const App& app, const HttpRequest& request);
[[nodiscard]] Result<Id> case_of(const HttpRequest& request);
[[nodiscard]] Consistency consistency_of(const HttpRequest& request);
// The asker's day: ?today, else today in Stockholm.
[[nodiscard]] Result<Date> today_of(const App& app, const HttpRequest& request);
[[nodiscard]] std::size_t number_of(const HttpRequest& request, std::string_view name, std::size_t otherwise);

[[nodiscard]] std::string percent_encode(std::string_view text);

// Declarations that many routes share.
[[nodiscard]] Parameter board_parameter();
[[nodiscard]] Parameter case_parameter();
[[nodiscard]] Parameter consistency_parameter();
[[nodiscard]] Parameter today_parameter();
[[nodiscard]] Parameter limit_parameter(std::size_t otherwise);
[[nodiscard]] Parameter cursor_parameter();

// Routes by subject; api_routes() joins them.
[[nodiscard]] std::vector<Route> board_routes(App& app);
[[nodiscard]] std::vector<Route> append_routes(App& app);
[[nodiscard]] std::vector<Route> case_routes(App& app);
[[nodiscard]] std::vector<Route> list_routes(App& app);
[[nodiscard]] std::vector<Route> question_routes(App& app);
[[nodiscard]] std::vector<Route> extract_routes(App& app);
[[nodiscard]] std::vector<Route> upkeep_routes(App& app);
[[nodiscard]] std::vector<Route> reload_routes(App& app);
// Those that need no memory: of what is in force when they are asked.
using InForce = std::function<const DeadlineRules&()>;
[[nodiscard]] std::vector<Route> rule_routes(const InForce& in_force);
[[nodiscard]] std::vector<Route> code_routes(const InForce& in_force);

// Takes in the board's own files again, as POST /v1/rules/reload and SIGHUP ask for it; logs what came of it.
// kRefused with file and line where they have a fault, and nothing changes.
[[nodiscard]] Result<CaseMemory::Reloaded> reload(App& app);

// The OpenAPI document, made once by api_routes().
[[nodiscard]] const std::string& api_description();

// JSON Schemas of the answers, and of events with these codes.
[[nodiscard]] boost::json::object answer_schemas(const CodeLists& codes);

}  // namespace minne::api
