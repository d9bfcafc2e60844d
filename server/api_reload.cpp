// The board's own files, taken in again by a running server.
#include "server/api_parts.h"

#include <spdlog/spdlog.h>
#include <boost/json/array.hpp>

namespace minne::api {
namespace {

namespace json = boost::json;

Result<CaseMemory::Reloaded> read_and_take_in(App& app) {
  if (!app.own_files) return failure(Code::kRefused, "this process has no files to read again");
  MINNE_TRY(auto files, app.own_files());
  return app.memory.reload(std::move(files));
}

Result<json::object> reload_json(App& app) {
  MINNE_TRY(auto reloaded, reload(app));
  json::array rebuilding;
  for (auto& board : reloaded.rebuilding) rebuilding.emplace_back(std::move(board));
  return json::object{{"changed", reloaded.changed},
                      {"rules", app.memory.rules().table().version()},
                      {"rebuilding", std::move(rebuilding)}};
}

}  // namespace

Result<CaseMemory::Reloaded> reload(App& app) {
  const auto reloaded = read_and_take_in(app);
  if (reloaded) {
    spdlog::info("rules and codes read again: {}", reloaded->changed ? "changed" : "as they were");
    return reloaded;
  }
  auto error = reloaded.error();
  spdlog::error("rules and codes stay as they are: {} {}", error.message, error.where);
  // The request is sound; what the server finds in its own files is not.
  if (error.code != Code::kBusy) error.code = Code::kRefused;
  return error;
}

std::vector<Route> reload_routes(App& app) {
  return {Route{
      .method = Verb::post,
      .path = "/v1/rules/reload",
      .operation_id = "reloadRules",
      .summary = "Read the board's own rules and codes again, from the files that the server was started with",
      .description = "A fault in any refuses all, with file, line and reason, and those in force stay. Codes hold at "
                     "once; boards whose rows depend on the change are rebuilt in the background and until then go by "
                     "the rules that they had.",
      .tag = "rules",
      .responses = {{.status = 200,
                     .description =
                         "Whether anything has changed, the version of the rules, the boards that are rebuilt.",
                     .schema = "Reload"}},
      .errors = {Code::kRefused},
      .handler = [&app](const HttpRequest&, const Reply& reply) { reply(answer(reload_json(app))); }}};
}

}  // namespace minne::api
