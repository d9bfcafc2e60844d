// Projections: where they stand, made again; and the check of everything.
#include "projections/checksum.h"
#include "server/api_parts.h"

#include <boost/json/array.hpp>

#include <cmath>

namespace minne::api {
namespace {

namespace json = boost::json;

Result<json::object> projections_json(const App& app, const HttpRequest& request) {
  MINNE_TRY(const BoardRecord board, board_of(app, request));
  MINNE_TRY(const View view, app.memory.board_view(board.number, Consistency::kEventual));
  const auto head = app.memory.log().head(board.number);
  const auto position = view.live().position;
  json::array items;
  for (const auto& component : components()) {
    items.emplace_back(json::object{{"name", component.name},
                                    {"version", component.version},
                                    {"position", position},
                                    {"lag", head - std::min(head, position)}});
  }
  return json::object{{"board", board.name},
                      {"generation", view.live().generation},
                      {"identity", view.live().identity},
                      {"head", head},
                      {"position", position},
                      {"lag", head - std::min(head, position)},
                      {"items", std::move(items)}};
}

json::object report_json(const RebuildReport& report) {
  json::array lines;
  for (std::size_t i = 0; i < report.projections.size(); ++i) {
    const auto& line = report.projections[i];
    lines.emplace_back(json::object{
        {"name", line.name},
        {"version", line.version},
        {"rows", line.rows},
        {"checksum", line.checksum},
        {"checksum_before", report.before.empty() ? json::value() : json::value(report.before[i].checksum)}});
  }
  return {
      {"events", report.events},
      {"seconds", report.seconds},
      {"events_per_second", report.seconds > 0 ? std::round(static_cast<double>(report.events) / report.seconds) : 0.0},
      {"fold_seconds", report.fold_seconds},
      {"merge_seconds", report.merge_seconds},
      {"ingest_seconds", report.ingest_seconds},
      {"compare_seconds", report.compare_seconds},
      {"passes", report.passes},
      {"resumed_ranges", report.resumed_ranges},
      {"projections", std::move(lines)}};
}

Result<json::object> rebuild_board(App& app, const HttpRequest& request) {
  MINNE_TRY(const BoardRecord board, board_of(app, request));
  RebuildOptions options;
  options.threads = static_cast<unsigned>(number_of(request, "threads", options.threads));
  options.memory_bytes = number_of(request, "memory_mib", options.memory_bytes >> 20) << 20;
  options.compare = request.query.get("compare") != "false";
  options.progress = app.rebuild_progress;
  MINNE_TRY(const auto report, app.memory.rebuild(board.number, options));
  return report_json(report);
}

Result<json::object> verify_all(const App& app) {
  json::array faults;
  constexpr std::size_t kMaxFaults = 1'000;
  std::map<BoardNumber, std::string> names;
  for (const auto& board : app.memory.log().boards()) names[board.number] = board.name;  // access logs too
  std::size_t count = 0;
  MINNE_TRY(const auto checks, app.memory.verify([&](const Fault& fault) {
    if (++count > kMaxFaults) return;
    const auto position = [](Position at) { return at == 0 ? json::value() : json::value(at); };
    faults.emplace_back(
        json::object{{"board", names.contains(fault.board) ? json::value(names[fault.board]) : json::value()},
                     {"first_position", position(fault.first)},
                     {"last_position", position(fault.last)},
                     {"where", fault.where},
                     {"what", fault.what}});
  }));
  json::array boards;
  for (const auto& check : checks) {
    if (is_access_log(check.board)) continue;  // checked, and named where it has a fault
    boards.emplace_back(json::object{{"name", check.board.name},
                                     {"events", check.events},
                                     {"cases", check.cases},
                                     {"pages", check.pages},
                                     {"position", check.position}});
  }
  return json::object{{"ok", count == 0}, {"boards", std::move(boards)}, {"faults", std::move(faults)}};
}

}  // namespace

std::vector<Route> upkeep_routes(App& app) {
  return {
      Route{.method = Verb::get,
            .path = "/v1/boards/{board}/projections",
            .operation_id = "listProjections",
            .summary = "How far projections have come",
            .tag = "upkeep",
            .parameters = {board_parameter()},
            .responses = {{.status = 200, .description = "Position and lag.", .schema = "Projections"}},
            .handler = [&app](const HttpRequest& request,
                              const Reply& reply) { reply(answer(projections_json(app, request))); }},
      Route{
          .method = Verb::post,
          .path = "/v1/boards/{board}/rebuild",
          .operation_id = "rebuild",
          .summary = "Fold everything about the board again, compare, take over",
          .description = "Reads and appends go on. The answer comes when the new generation serves.",
          .tag = "upkeep",
          .parameters = {board_parameter(),
                         {.name = "threads",
                          .type = ParameterType::kInteger,
                          .description = "How many fold.",
                          .minimum = 1,
                          .maximum = 64,
                          .default_value = "2"},
                         {.name = "memory_mib",
                          .type = ParameterType::kInteger,
                          .description =
                              "Ceiling of memory. Pages and caches need 150, and take them where it is lower.",
                          .minimum = 16,
                          .maximum = 1'048'576,
                          .default_value = "1024"},
                         {.name = "compare",
                          .type = ParameterType::kBoolean,
                          .description = "Whether checksums are made of the old and the new.",
                          .default_value = "true"}},
          .responses = {{.status = 200, .description = "What was made, beside what it replaced.", .schema = "Rebuild"}},
          .errors = {Code::kConflict, Code::kNoSpace, Code::kDamaged},
          .handler = [&app](const HttpRequest& request,
                            const Reply& reply) { reply(answer(rebuild_board(app, request))); }},
      Route{.method = Verb::post,
            .path = "/v1/verify",
            .operation_id = "verify",
            .summary = "Check every stored byte, every board",
            .tag = "upkeep",
            .responses = {{.status = 200,
                           .description = "What was checked, and what is wrong.",
                           .schema = "Verification"}},
            .errors = {Code::kDamaged},
            .handler = [&app](const HttpRequest&, const Reply& reply) { reply(answer(verify_all(app))); }}};
}

}  // namespace minne::api
