// reads: the access log of a board, for who checks it (SoLPUL 10 §).
#include "server/command_parts.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>

namespace minne {
namespace {

void print_reads(const json::object& list) {
  fmt::print("{:<28}{:<14}{:<14}{:<24}{}\n", "when", "worker", "purpose", "list", "cases");
  for (const auto& item : list.at("items").as_array()) {
    const auto& body = item.at("body");
    fmt::print("{:<28}{:<14}{:<14}{:<24}{}\n", text_of(item.at("occurred_at")), text_of(body.at("worker")),
               text_of(body.at("purpose")), text_of(body.at("query")),
               body.as_object().contains("refused") ? "refused" : text_of(body.at("result_count")));
  }
  if (!list.at("next").is_null()) fmt::print("more: --after {}\n", text_of(list.at("next")));
}

}  // namespace

int run_reads(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("case", options::value<std::string>(), "only lists that showed this case")(
      "after", options::value<std::uint64_t>(), "`next` of the page before")(
      "limit", options::value<std::uint64_t>(), "items on a page")("mask", options::value<std::string>(), kMaskHelp);
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "reads [options]")) return *code;
  const auto query =
      Query(values).text("case", "case").number("after", "after").number("limit", "limit").text("mask", "mask").str();
  return ask(common, get_list("/reads" + query), print_reads);
}

}  // namespace minne
