// deadlines, repeats, rebuild, verify: lists and upkeep.
#include "server/command_parts.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include <cmath>

namespace minne {
namespace {

void print_total(const json::object& list) {
  const auto* total = list.if_contains("total");
  fmt::print("{}{} in all, as of {}\n", total == nullptr ? "at least " : "",
             text_of(total == nullptr ? list.at("total_at_least") : *total), text_of(list.at("today")));
}

// A hidden row says why it holds nothing, and a clock of no case whose it is: the board's.
std::string ref_of(const json::value& item) {
  const auto& row = item.as_object();
  if (row.contains("protected")) return "(protected)";
  const auto* stream = row.if_contains("stream");
  return stream == nullptr || *stream == "case" ? text_of(item.at("ref")) : "(" + text_of(*stream) + ")";
}

void print_deadlines(const json::object& list) {
  print_total(list);
  fmt::print("{:<12}{:<8}{:<22}{:<20}{:<12}{:<14}{}\n", "nominal", "left", "rule", "ref", "state", "worker", "unit");
  for (const auto& item : list.at("items").as_array()) {
    fmt::print("{:<12}{:<8}{:<22}{:<20}{:<12}{:<14}{}\n", text_of(item.at("nominal")), text_of(item.at("days_left")),
               text_of(item.at("rule")), ref_of(item), state_of(item.as_object()), text_of(item.at("worker")),
               text_of(item.at("unit")));
  }
}

void print_repeats(const json::object& list) {
  print_total(list);
  fmt::print("{:<38}{:<20}{:<9}{:<11}{:<13}{:<9}{:<12}{}\n", "case", "ref", "reports", "incidents", "investigated",
             "pending", "first", "last");
  for (const auto& item : list.at("items").as_array()) {
    fmt::print("{:<38}{:<20}{:<9}{:<11}{:<13}{:<9}{:<12}{}\n", text_of(item.at("case")), ref_of(item),
               text_of(item.at("reports")), text_of(item.at("incidents")), text_of(item.at("led_to_investigation")),
               text_of(item.at("pending")), text_of(item.at("first")), text_of(item.at("last")));
  }
}

void print_rebuild(const json::object& report) {
  fmt::print("{} events in {:.2f} s, {} events/s, {} passes\n", text_of(report.at("events")),
             report.at("seconds").to_number<double>(),
             static_cast<std::uint64_t>(report.at("events_per_second").to_number<double>()),
             text_of(report.at("passes")));
  for (const auto& line : report.at("projections").as_array()) {
    const auto& before = line.at("checksum_before");
    fmt::print("  {:<24}{:>10} rows  {}  {}\n", text_of(line.at("name")), text_of(line.at("rows")),
               text_of(line.at("checksum")),
               before.is_null()                ? "new"
               : before == line.at("checksum") ? "same as before"
                                               : "DIFFERS from before");
  }
}

void print_verification(const json::object& report) {
  for (const auto& board : report.at("boards").as_array()) {
    fmt::print("{}: {} events, {} cases, {} pages, position {}\n", text_of(board.at("name")),
               text_of(board.at("events")), text_of(board.at("cases")), text_of(board.at("pages")),
               text_of(board.at("position")));
  }
  for (const auto& fault : report.at("faults").as_array()) {
    fmt::print("FAULT board {} positions {}-{}: {}: {}\n", text_of(fault.at("board")),
               text_of(fault.at("first_position")), text_of(fault.at("last_position")), text_of(fault.at("where")),
               text_of(fault.at("what")));
  }
  fmt::print("{}\n", report.at("ok").as_bool() ? "sound" : "NOT sound");
}

}  // namespace

int run_deadlines(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  const auto text = [] { return options::value<std::string>(); };
  described.add_options()("state", text(),
                          "open (default), met, met_late, extended, cancelled, overdue, lapsed or all")(
      "unit", text(), "only this unit's")("worker", text(), "only this worker's")("rule", text(), "only this rule's")(
      "before", text(), "only nominal dates before this")(
      "as-of", text(), "the queue as it was at the end of that day")("today", text(), "the asker's day")(
      "limit", options::value<std::uint64_t>(), "items on a page")("cursor", text(), "`next` of the page before")(
      "purpose", text(), kPurposeHelp)("mask", text(), kMaskHelp);
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "deadlines [options]")) return *code;
  const auto query = Query(values)
                         .text("state", "state")
                         .text("unit", "unit")
                         .text("worker", "worker")
                         .text("rule", "rule")
                         .text("before", "before")
                         .text("as-of", "as_of")
                         .text("today", "today")
                         .number("limit", "limit")
                         .text("cursor", "cursor")
                         .text("purpose", "purpose")
                         .text("mask", "mask")
                         .str();
  return ask(common, get_list("/deadlines" + query), print_deadlines);
}

int run_repeats(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("min", options::value<std::uint64_t>(), "at least so many reports (2)")(
      "within", options::value<std::uint64_t>(), "in that many days (365)")(
      "concern", options::value<std::string>(), "only reports that name it, such as school_absence")(
      "not-opened", "only where none led to an investigation")(
      "today", options::value<std::string>(), "the asker's day")("limit", options::value<std::uint64_t>(),
                                                                 "items on a page")(
      "cursor", options::value<std::string>(), "`next` of the page before")("purpose", options::value<std::string>(),
                                                                            kPurposeHelp);
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "repeats [options]")) return *code;
  const auto query = Query(values)
                         .number("min", "min")
                         .number("within", "within")
                         .text("concern", "concern")
                         .flag("not-opened", "not_opened")
                         .text("today", "today")
                         .number("limit", "limit")
                         .text("cursor", "cursor")
                         .text("purpose", "purpose")
                         .str();
  return ask(common, get_list("/repeats" + query), print_repeats);
}

int run_rebuild(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("threads", options::value<std::uint64_t>(), "how many fold (2)")(
      "memory-mib", options::value<std::uint64_t>(), "ceiling of memory (1024)");
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "rebuild [options]")) return *code;
  const auto query = Query(values).number("threads", "threads").number("memory-mib", "memory_mib").str();
  ProgressBar bar("rebuild");
  return ask(
      common,
      [&](Api& api, const std::string& board) -> Result<json::object> {
        api.on_rebuild_progress([&bar](const RebuildProgress& progress) {
          const auto rate = progress.seconds > 0 ? static_cast<double>(progress.events) / progress.seconds : 0;
          const auto left = rate > 0 ? static_cast<double>(progress.total - progress.events) / rate : 0;
          bar.show(progress.total > 0 ? static_cast<double>(progress.events) / static_cast<double>(progress.total) : 1,
                   fmt::format("{:.0f} events/s, {:.1f} s left", rate, left));
        });
        MINNE_TRY(json::value report, api.send(Verb::post, path_of(board, "/rebuild" + query), {}, {}));
        return std::move(report.as_object());
      },
      print_rebuild);
}

int run_verify(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "verify")) return *code;
  const auto check = [&]() -> Result<json::object> {
    MINNE_TRY(auto api, Api::open({.data = common.data, .own = common.own, .verify_only = true}));
    MINNE_TRY(json::value report, api->send(Verb::post, "/v1/verify", {}, {}));
    return std::move(report.as_object());
  };
  auto report = check();
  if (!report) {
    // What cannot even be opened is a fault of the whole.
    if (report.error().code != Code::kDamaged) return fail(report.error());
    const auto& error = report.error();
    report = json::object{{"ok", false},
                          {"boards", json::array{}},
                          {"faults", json::array{json::object{{"board", nullptr},
                                                              {"first_position", nullptr},
                                                              {"last_position", nullptr},
                                                              {"where", error.where},
                                                              {"what", error.message}}}}};
  }
  if (common.json) {
    print_json(*report);
  } else {
    print_verification(*report);
  }
  return report->at("ok").as_bool() ? kDone : kFault;
}

}  // namespace minne
