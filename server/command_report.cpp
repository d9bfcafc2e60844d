// report summary [--year Y] [--html FILE]: the board's answers to its auditors, on one page.
#include "server/api_parts.h"
#include "server/command.h"
#include "server/summary.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::string_view kUsageText = "report summary [--year YEAR] [--html FILE] [--mask staff]";

std::string today_in_stockholm() { return to_text(local_date(SystemClock{}.now())); }

Result<> write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return failure(Code::kInternal, "cannot write the file", path);
  return {};
}

}  // namespace

int run_report(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("what", options::value<std::string>(), "summary")(
      "year", options::value<int>(), "the year asked about (that of the asker's day)")(
      "today", options::value<std::string>(), "the asker's day")(
      "html", options::value<std::string>(), "write the page there as HTML")("mask", options::value<std::string>(),
                                                                             kMaskHelp);
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, options::positional_options_description{}.add("what", 1),
                                        common, values, kUsageText)) {
    return *code;
  }
  const auto today = values.contains("today") ? values["today"].as<std::string>() : today_in_stockholm();
  const auto day = parse_date(today);
  if (!day || !values.contains("what") || values["what"].as<std::string>() != "summary") {
    std::cerr << "usage: minne " << kUsageText << "\n";
    return kUsage;
  }
  auto api = Api::open({.data = common.data, .own = common.own});
  if (!api) return fail(api.error());
  const auto board = choose_board(**api, common);
  if (!board) return fail(board.error());
  // The page holds numbers only; what it is made of is masked all the same, so that nothing added to it can leak.
  const auto mask = values.contains("mask") ? "&mask=" + api::percent_encode(values["mask"].as<std::string>()) : "";
  const auto get = [&](const std::string& question) -> Result<json::object> {
    MINNE_TRY(const auto answer, (*api)->get("/v1/boards/" + *board + "/" + question + mask));
    return answer.as_object();
  };
  const auto year =
      values.contains("year") ? values["year"].as<int>() : static_cast<int>(std::chrono::year_month_day{*day}.year());
  const auto summary = make_summary(get, year, today);
  if (!summary) return fail(summary.error());
  if (values.contains("html")) {
    const auto path = values["html"].as<std::string>();
    if (const auto written = write_file(path, summary_html(*summary)); !written) return fail(written.error());
    std::cerr << "written to " << path << "\n";
  }
  if (common.json) {
    print_json(summary_json(*summary));
  } else if (!values.contains("html")) {
    fmt::print("{}", summary_text(*summary));
  }
  return kDone;
}

}  // namespace minne
