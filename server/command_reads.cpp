// reads, access-report: the access log of a board, for who checks it (SoLPUL 10 §).
#include "server/command_parts.h"
#include "server/text_table.h"

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

void print_access(const json::object& report) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& reader : report.at("readers").as_array()) {
    std::string purposes;
    for (const auto& one : reader.at("purposes").as_array())
      purposes += (purposes.empty() ? "" : ", ") + text_of(one.at("purpose")) + " " + text_of(one.at("reads"));
    rows.push_back({text_of(reader.at("worker")), text_of(reader.at("reads")), text_of(reader.at("first")),
                    text_of(reader.at("last")), text_of(reader.at("assigned")),
                    text_of(reader.at("without_assignment")), text_of(reader.at("unknown")), purposes});
  }
  fmt::print("{}",
             text_table({"worker", "reads", "first", "last", "assigned", "without", "unknown", "purposes"}, rows));
  rows.clear();
  for (const auto& item : report.at("outliers").as_array()) {
    std::string cases;
    for (const auto& named : item.at("cases").as_array())
      cases += (cases.empty() ? "" : " ") +
               (named.as_object().contains("protected") ? "(protected)" : text_of(named.at("case")));
    rows.push_back({text_of(item.at("at")), text_of(item.at("worker")), text_of(item.at("purpose")),
                    text_of(item.at("query")), text_of(item.at("cases_without_assignment")), cases});
  }
  if (!rows.empty())
    fmt::print("\nread without an assignment\n{}",
               text_table({"when", "worker", "purpose", "list", "cases", "which"}, rows, "  "));
  if (!report.at("next").is_null()) fmt::print("more: --after {}\n", text_of(report.at("next")));
}

}  // namespace

int run_access_report(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("case", options::value<std::string>(), "only lists that showed this case")(
      "ref", options::value<std::string>(), "the same, by its reference")(
      "from", options::value<std::string>(), "read on that day or later")("to", options::value<std::string>(),
                                                                          "read on that day or earlier")(
      "purpose", options::value<std::string>(), kPurposeHelp)("after", options::value<std::uint64_t>(),
                                                              "`next` of the page before")(
      "limit", options::value<std::uint64_t>(), "outliers on a page")("mask", options::value<std::string>(), kMaskHelp);
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "access-report [options]"))
    return *code;
  return ask(
      common,
      [&](Api& api, const std::string& board) -> Result<json::object> {
        auto query = Query(values);
        query.text("case", "case").text("from", "from").text("to", "to").text("purpose", "purpose");
        auto target =
            "/access-report" + query.number("after", "after").number("limit", "limit").text("mask", "mask").str();
        if (values.contains("ref")) {
          MINNE_TRY(const std::string id, case_of_reference(api, board, values["ref"].as<std::string>()));
          target += (target.find('?') == std::string::npos ? "?case=" : "&case=") + id;
        }
        return get_list(target)(api, board);
      },
      print_access);
}

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
