// codes list | check FILE: what coded fields may hold, without a data directory.
#include "server/api_parts.h"
#include "server/command.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include <iostream>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::string_view kUsageText = "codes list | check FILE";

Result<json::value> check(Api& api, const std::string& path) {
  MINNE_TRY(const auto files, read_own_files({.codes = {path}}));
  return api.send(Verb::post, "/v1/codes/check?name=" + api::percent_encode(path), files.codes.front().text,
                  "application/toml");
}

std::string_view text(const json::object& row, std::string_view name) {
  const auto& value = row.at(name).as_string();
  return {value.data(), value.size()};
}

void print(const json::object& answer) {
  if (answer.contains("ok")) {
    fmt::print("{} codes of {}, sound\n", answer.at("codes").to_number<std::size_t>(), text(answer, "list"));
    return;
  }
  for (const auto& list : answer.at("lists").as_array()) {
    const auto& described = list.as_object();
    fmt::print("{}: {}\n", text(described, "list"), text(described, "sv"));
    for (const auto& code : described.at("codes").as_array()) {
      fmt::print("  {:<32}{}\n", text(code.as_object(), "code"), text(code.as_object(), "sv"));
    }
  }
}

}  // namespace

int run_codes(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("what", options::value<std::string>(), "list or check")(
      "name", options::value<std::string>(), "the file to check, named as the list is");
  CommonOptions common;
  options::variables_map values;
  if (const auto code =
          parse_arguments(arguments, described, options::positional_options_description{}.add("what", 1).add("name", 1),
                          common, values, kUsageText)) {
    return *code;
  }
  const auto what = values.contains("what") ? values["what"].as<std::string>() : std::string{};
  const auto name = values.contains("name") ? values["name"].as<std::string>() : std::string{};
  if (!((what == "list" && name.empty()) || (what == "check" && !name.empty()))) {
    std::cerr << "usage: minne " << kUsageText << "\n";
    return kUsage;
  }
  auto api = Api::open_rules(common.own);
  if (!api) return fail(api.error());
  const auto answer = what == "list" ? (*api)->get("/v1/codes") : check(**api, name);
  if (!answer) return fail(answer.error());
  if (common.json) {
    print_json(*answer);
  } else {
    print(answer->as_object());
  }
  return kDone;
}

}  // namespace minne
