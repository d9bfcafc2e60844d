// Boards, health, and the description of it all.
#include "events/json.h"
#include "server/api_parts.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace minne::api {
namespace {

namespace json = boost::json;

json::object board_json(const App& app, const BoardRecord& board) {
  return {{"board", board.name},
          {"number", board.number},
          {"clock", board.supplied_clock ? "supplied" : "system"},
          {"position", app.memory.log().head(board.number)}};
}

Result<BoardRecord> wanted_board(const HttpRequest& request) {
  BoardRecord wanted;
  wanted.name = request.params.get("board");
  if (request.body.empty()) return wanted;
  MINNE_TRY(const json::value body, parse_json(request.body));
  if (!body.is_object()) return invalid("expected an object");
  for (const auto& member : body.get_object()) {
    const auto& value = member.value();
    if (member.key() == "clock" && value.is_string() &&
        (value.get_string() == "supplied" || value.get_string() == "system")) {
      wanted.supplied_clock = value.get_string() == "supplied";
    } else if (member.key() == "lookup_key" && value.is_string()) {
      MINNE_TRY(wanted.lookup_key, from_hex(value.get_string()));
      if (wanted.lookup_key.size() != 32) return invalid("a lookup key is 32 bytes, as hex", "/lookup_key");
    } else {
      return invalid("unknown field or value: clock is supplied or system, lookup_key is hex",
                     "/" + std::string{member.key()});
    }
  }
  return wanted;
}

void put_board(const App& app, const HttpRequest& request, const Reply& reply) {
  const auto wanted = wanted_board(request);
  if (!wanted) return reply(problem_response(wanted.error()));
  // Made on purpose, and to be repeated without harm: the same board again is no conflict, another one is.
  if (const auto known = app.memory.find_board(wanted->name); known) {
    const bool same = known->supplied_clock == wanted->supplied_clock &&
                      (wanted->lookup_key.empty() || wanted->lookup_key == known->lookup_key);
    if (same) return reply(json_response(board_json(app, *known)));
    return reply(problem_response(failure(Code::kConflict, "the board exists with other settings")));
  }
  const auto made = app.memory.create_board(*wanted);
  reply(made ? json_response(board_json(app, *made), 201) : problem_response(made.error()));
}

void list_boards(const App& app, const Reply& reply) {
  json::array items;
  for (const auto& board : app.memory.boards()) items.push_back(board_json(app, board));
  reply(json_response(json::object{{"items", std::move(items)}}));
}

void health(const App& app, const Reply& reply) {
  const auto& log = app.memory.log();
  const bool room = log.free_bytes() >= log.reserve_bytes();
  reply(json_response(json::object{{"status", room ? "ok" : "no_space"}, {"boards", app.memory.boards().size()}},
                      room ? 200 : 503));
}

}  // namespace

std::vector<Route> board_routes(App& app) {
  return {
      Route{
          .method = Verb::get,
          .path = "/healthz",
          .operation_id = "getHealth",
          .summary = "Whether Minne runs and can take events in",
          .tag = "upkeep",
          .responses = {{.status = 200, .description = "It can.", .schema = "Health"},
                        {.status = 503, .description = "It has less free space than its reserve.", .schema = "Health"}},
          .handler = [&app](const HttpRequest&, const Reply& reply) { health(app, reply); }},
      Route{.method = Verb::get,
            .path = "/openapi.json",
            .operation_id = "getDescription",
            .summary = "This description",
            .tag = "upkeep",
            .responses = {{.status = 200, .description = "OpenAPI 3.1.", .schema = "AnyObject"}},
            .handler =
                [](const HttpRequest&, const Reply& reply) {
                  HttpResponse response;
                  response.content_type = "application/json";
                  response.body = api_description();
                  reply(std::move(response));
                }},
      Route{.method = Verb::get,
            .path = "/v1/boards",
            .operation_id = "listBoards",
            .summary = "All boards",
            .tag = "boards",
            .responses = {{.status = 200, .description = "The boards.", .schema = "Boards"}},
            .handler = [&app](const HttpRequest&, const Reply& reply) { list_boards(app, reply); }},
      Route{.method = Verb::put,
            .path = "/v1/boards/{board}",
            .operation_id = "makeBoard",
            .summary = "Make a board",
            .tag = "boards",
            .parameters = {board_parameter()},
            .body = {{{"application/json", "BoardSettings"}}, false, "Settings that hold for ever."},
            .responses = {{.status = 201, .description = "Made.", .schema = "Board"},
                          {.status = 200, .description = "It was there.", .schema = "Board"}},
            .errors = {Code::kConflict},
            .handler = [&app](const HttpRequest& request, const Reply& reply) { put_board(app, request, reply); }},
      Route{.method = Verb::get,
            .path = "/v1/boards/{board}",
            .operation_id = "getBoard",
            .summary = "One board",
            .tag = "boards",
            .parameters = {board_parameter()},
            .responses = {{.status = 200, .description = "The board.", .schema = "Board"}},
            .handler = [&app](const HttpRequest& request, const Reply& reply) {
              const auto board = board_of(app, request);
              reply(board ? json_response(board_json(app, *board)) : problem_response(board.error()));
            }}};
}

}  // namespace minne::api
