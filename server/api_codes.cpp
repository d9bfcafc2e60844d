// The code lists: what coded fields may hold; a board's own file checked. They need no board.
#include "events/codes.h"
#include "projections/deadline_rules.h"
#include "server/api_parts.h"

#include <boost/json/array.hpp>

namespace minne::api {
namespace {

namespace json = boost::json;

json::value text_or_null(const std::string& value) { return value.empty() ? json::value() : json::value(value); }
json::value date_or_null(const std::optional<Date>& day) {
  return day ? json::value(json::string{to_text(*day)}) : json::value();
}
json::value age_or_null(const std::optional<int>& age) { return age ? json::value(*age) : json::value(); }

json::object code_json(const CodeEntry& entry) {
  return {{"code", entry.code},
          {"sv", entry.swedish},
          {"en", entry.english},
          {"valid_from", date_or_null(entry.valid_from)},
          {"valid_to", date_or_null(entry.valid_to)},
          {"age_from", age_or_null(entry.age_from)},
          {"age_to", age_or_null(entry.age_to)},
          {"version", text_or_null(entry.version)},
          {"recommendation", text_or_null(entry.recommendation)},
          {"replaced_by", text_or_null(entry.replaced_by)}};
}

json::object list_codes(const CodeLists& codes) {
  json::array lists;
  for (const auto& [name, list] : codes.lists()) {
    json::array entries;
    for (const auto& entry : list.entries) entries.emplace_back(code_json(entry));
    lists.emplace_back(
        json::object{{"list", name}, {"sv", list.swedish}, {"en", list.english}, {"codes", std::move(entries)}});
  }
  return {{"lists", std::move(lists)}};
}

// As it would be taken in: laid over the program's own list of that name.
Result<json::object> check_codes(const HttpRequest& request) {
  const CodeFile file{std::string{request.query.get("name")}, request.body};
  MINNE_TRY_VOID(CodeLists::built_in().with(std::span{&file, 1}));
  MINNE_TRY(const auto read, CodeLists::load(std::span{&file, 1}));
  const auto& list = read.lists().begin()->second;
  return json::object{{"ok", true}, {"list", list.name}, {"codes", list.entries.size()}};
}

}  // namespace

std::vector<Route> code_routes(const InForce& in_force) {
  return {
      Route{.method = Verb::get,
            .path = "/v1/codes",
            .operation_id = "listCodes",
            .summary = "What coded fields may hold: the program's lists with the board's own laid over them",
            .tag = "rules",
            .responses = {{.status = 200, .description = "By list, in the order of its file.", .schema = "CodeLists"}},
            .handler = [in_force](const HttpRequest&,
                                  const Reply& reply) { reply(json_response(list_codes(in_force().codes()))); }},
      Route{.method = Verb::post,
            .path = "/v1/codes/check",
            .operation_id = "checkCodes",
            .summary = "Whether a board's code file would be taken in",
            .description = "A faulty file is refused whole, with file, line and reason in `where` and `detail`.",
            .tag = "rules",
            .parameters = {{.name = "name",
                            .description = "The file's name, which says whose list it is: reporter_category.toml.",
                            .required = true,
                            .minimum = 1,
                            .maximum = 200}},
            .body = {.media = {{.name = "application/toml"}}, .required = true, .description = "The file's text."},
            .responses = {{.status = 200,
                           .description = "The list, and how many codes the file has.",
                           .schema = "CodeCheck"}},
            .errors = {Code::kTooLarge},
            .handler = [](const HttpRequest& request, const Reply& reply) { reply(answer(check_codes(request))); }}};
}

}  // namespace minne::api
