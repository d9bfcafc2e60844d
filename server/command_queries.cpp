// show, deadlines, repeats, rebuild, verify: questions and upkeep.
#include "server/api_parts.h"
#include "server/command.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <iostream>

namespace minne {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return std::string{value.get_string()};
  return json::serialize(value);
}

std::string path_of(const std::string& board, const std::string& rest) { return "/v1/boards/" + board + rest; }

// Query parameters that were given, in the routes' names.
class Query {
 public:
  explicit Query(const options::variables_map& values) : values_(values) {}
  Query& text(const char* option, const char* name) {
    if (values_.contains(option)) add(name, values_[option].as<std::string>());
    return *this;
  }
  Query& number(const char* option, const char* name) {
    if (values_.contains(option)) add(name, std::to_string(values_[option].as<std::uint64_t>()));
    return *this;
  }
  Query& flag(const char* option, const char* name) {
    if (values_.contains(option)) add(name, "true");
    return *this;
  }
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  void add(const std::string& name, const std::string& value) {
    text_ += (text_.empty() ? "?" : "&") + name + "=" + api::percent_encode(value);
  }
  const options::variables_map& values_;
  std::string text_;
};

Result<std::string> find_case(Api& api, const std::string& board, const options::variables_map& values) {
  if (values.contains("case")) return values["case"].as<std::string>();
  if (values.contains("ref")) {
    MINNE_TRY(const json::value found,
              api.get(path_of(board, "/cases?ref=" + api::percent_encode(values["ref"].as<std::string>()))));
    return std::string{found.at("case").as_string()};
  }
  // A number comes on standard input, so that it stands in no process list and no shell history.
  std::string number;
  std::getline(std::cin, number);
  MINNE_TRY(const json::value found, api.send(Verb::post, path_of(board, "/subjects/find"),
                                              json::serialize(json::object{{"number", number}}), "application/json"));
  if (found.at("case").is_null()) return failure(Code::kUnknown, "the board has no case of that number");
  return std::string{found.at("case").as_string()};
}

// The case as it stands, and all its events, page by page.
Result<json::object> read_whole_case(Api& api, const std::string& board, const std::string& id,
                                     const std::string& query) {
  MINNE_TRY(json::value shown, api.get(path_of(board, "/cases/" + id + query)));
  json::array events;
  for (std::uint64_t after = 0;;) {
    MINNE_TRY(json::value page,
              api.get(path_of(board, "/cases/" + id + "/events?limit=1000&after=" + std::to_string(after))));
    for (auto& event : page.as_object()["items"].as_array()) events.push_back(std::move(event));
    const auto& next = page.at("next");
    if (next.is_null()) break;
    after = next.to_number<std::uint64_t>();
  }
  auto out = std::move(shown.as_object());
  out["events"] = std::move(events);
  return out;
}

void print_case(const json::object& shown) {
  fmt::print("case {}  ref {}  {}  version {}\n", text_of(shown.at("case")), text_of(shown.at("ref")),
             text_of(shown.at("state")), text_of(shown.at("version")));
  const auto& subject = shown.at("subject").as_object();
  fmt::print("born {}  sex {}  area {}  responsible {}\n", text_of(subject.at("birth_date")),
             text_of(subject.at("sex")), text_of(subject.at("area")), text_of(shown.at("responsible")));
  if (const auto& level = shown.at("protected_identity"); !level.is_null())
    fmt::print("PROTECTED IDENTITY: {} from {} to {}\n", text_of(level.at("level")), text_of(level.at("from")),
               text_of(level.at("to")));
  if (const auto& next = shown.at("next_deadline"); !next.is_null())
    fmt::print("next deadline: {} {}\n", text_of(next.at("nominal")), text_of(next.at("rule")));
  std::string workers;
  for (const auto& worker : shown.at("workers").as_array()) workers += (workers.empty() ? "" : ", ") + text_of(worker);
  fmt::print("workers: {}\n", workers);
  if (const auto& reports = shown.at("reports").as_array(); !reports.empty()) {
    fmt::print("\nreports\n  {:<12}{:<5}{:<16}{:<34}{:<12}{:<12}{}\n", "received", "age", "reporter", "concerns",
               "decision", "decided", "30/90/365 d");
    for (const auto& report : reports) {
      std::string concerns;
      for (const auto& concern : report.at("concerns").as_array())
        concerns += (concerns.empty() ? "" : ",") + text_of(concern.at("code"));
      fmt::print("  {:<12}{:<5}{:<16}{:<34}{:<12}{:<12}{}/{}/{}\n", text_of(report.at("received")),
                 text_of(report.at("age")), text_of(report.at("reporter")), concerns, text_of(report.at("decision")),
                 text_of(report.at("decided")), text_of(report.at("counts").at("days_30")),
                 text_of(report.at("counts").at("days_90")), text_of(report.at("counts").at("days_365")));
    }
  }
  if (const auto& obligations = shown.at("obligations").as_array(); !obligations.empty()) {
    fmt::print("\nobligations\n  {:<14}{:<12}{:<12}{:<12}{:<12}{:<12}{}\n", "rule", "state", "started", "nominal",
               "adjusted", "met", "worker");
    for (const auto& item : obligations) {
      fmt::print("  {:<14}{:<12}{:<12}{:<12}{:<12}{:<12}{}\n", text_of(item.at("rule")), text_of(item.at("state")),
                 text_of(item.at("started")), text_of(item.at("nominal")), text_of(item.at("adjusted")),
                 text_of(item.at("met_on")), text_of(item.at("worker")));
    }
  }
  fmt::print("\nevents\n");
  for (const auto& event : shown.at("events").as_array()) {
    const auto& object = event.as_object();
    const auto* actor = object.if_contains("actor");
    const auto* activity = object.at("body").as_object().if_contains("activity");
    fmt::print("  {:>4}  {:<28}{:<28}{:<16}{}\n", text_of(object.at("version")), text_of(object.at("occurred_at")),
               text_of(object.at("type")),
               actor == nullptr || !actor->as_object().contains("id") ? "-" : text_of(actor->at("id")),
               activity == nullptr ? "" : text_of(*activity));
  }
}

void print_total(const json::object& list) {
  const auto* total = list.if_contains("total");
  fmt::print("{}{} in all, as of {}\n", total == nullptr ? "at least " : "",
             text_of(total == nullptr ? list.at("total_at_least") : *total), text_of(list.at("today")));
}

void print_deadlines(const json::object& list) {
  print_total(list);
  fmt::print("{:<12}{:<8}{:<14}{:<20}{:<12}{:<14}{}\n", "nominal", "left", "rule", "ref", "state", "worker", "unit");
  for (const auto& item : list.at("items").as_array()) {
    fmt::print("{:<12}{:<8}{:<14}{:<20}{:<12}{:<14}{}\n", text_of(item.at("nominal")), text_of(item.at("days_left")),
               text_of(item.at("rule")), text_of(item.at("ref")), text_of(item.at("state")), text_of(item.at("worker")),
               text_of(item.at("unit")));
  }
}

void print_repeats(const json::object& list) {
  print_total(list);
  fmt::print("{:<38}{:<20}{:<9}{:<11}{:<13}{:<9}{:<12}{}\n", "case", "ref", "reports", "incidents", "investigated",
             "pending", "first", "last");
  for (const auto& item : list.at("items").as_array()) {
    fmt::print("{:<38}{:<20}{:<9}{:<11}{:<13}{:<9}{:<12}{}\n", text_of(item.at("case")), text_of(item.at("ref")),
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

// Opens, chooses the board, asks, prints.
template <class Ask, class Print>
int ask(const CommonOptions& common, Ask question, Print print) {
  const auto run = [&]() -> Result<json::object> {
    MINNE_TRY(auto api, Api::open({.data = common.data, .rules = common.rules}));
    MINNE_TRY(const std::string board, choose_board(*api, common));
    return question(*api, board);
  };
  const auto result = run();
  if (!result) return fail(result.error());
  if (common.json) {
    print_json(*result);
  } else {
    print(*result);
  }
  return kDone;
}

auto get_list(const std::string& target) {
  return [target](Api& api, const std::string& board) -> Result<json::object> {
    MINNE_TRY(json::value list, api.get(path_of(board, target)));
    return std::move(list.as_object());
  };
}

}  // namespace

int run_show(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("case", options::value<std::string>(), "the case's id")("ref", options::value<std::string>(),
                                                                                  "its reference")(
      "person", options::value<std::string>(), "- reads a personal number or reserve id from standard input")(
      "as-of", options::value<std::string>(), "what had occurred by the end of that day")(
      "known-at", options::value<std::string>(), "what had been recorded by then")(
      "today", options::value<std::string>(), "the asker's day");
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, options::positional_options_description{}.add("case", 1),
                                        common, values, "show CASE | --ref R | --person -"))
    return *code;
  const int named = static_cast<int>(values.count("case") + values.count("ref") + values.count("person"));
  if (named != 1 || (values.contains("person") && values["person"].as<std::string>() != "-")) {
    std::cerr << "minne: name one case: its id, --ref R, or --person - with the number on standard input\n";
    return kUsage;
  }
  const auto query = Query(values).text("as-of", "as_of").text("known-at", "known_at").text("today", "today").str();
  return ask(
      common,
      [&](Api& api, const std::string& board) -> Result<json::object> {
        MINNE_TRY(const std::string id, find_case(api, board, values));
        return read_whole_case(api, board, id, query);
      },
      print_case);
}

int run_deadlines(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  const auto text = [] { return options::value<std::string>(); };
  described.add_options()("state", text(),
                          "open (default), met, met_late, extended, cancelled, overdue, lapsed or all")(
      "unit", text(), "only this unit's")("worker", text(), "only this worker's")("rule", text(), "only this rule's")(
      "before", text(), "only nominal dates before this")("today", text(), "the asker's day")(
      "limit", options::value<std::uint64_t>(), "items on a page")("cursor", text(), "`next` of the page before");
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "deadlines [options]")) return *code;
  const auto query = Query(values)
                         .text("state", "state")
                         .text("unit", "unit")
                         .text("worker", "worker")
                         .text("rule", "rule")
                         .text("before", "before")
                         .text("today", "today")
                         .number("limit", "limit")
                         .text("cursor", "cursor")
                         .str();
  return ask(common, get_list("/deadlines" + query), print_deadlines);
}

int run_repeats(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("min", options::value<std::uint64_t>(), "at least so many reports (2)")(
      "within", options::value<std::uint64_t>(), "in that many days (365)")(
      "concern", options::value<std::string>(), "only reports that name it, such as school_absence")(
      "not-opened", "only where none led to an investigation")("today", options::value<std::string>(),
                                                               "the asker's day")(
      "limit", options::value<std::uint64_t>(), "items on a page")("cursor", options::value<std::string>(),
                                                                   "`next` of the page before");
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
    MINNE_TRY(auto api, Api::open({.data = common.data, .rules = common.rules, .verify_only = true}));
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
