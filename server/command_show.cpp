// show: one case, as it stands or stood, with all its events.
#include "server/command_parts.h"
#include "server/staff_mask.h"
#include "server/text_table.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include <iostream>

namespace minne {
namespace {

Result<std::string> find_case(Api& api, const std::string& board, const options::variables_map& values) {
  if (values.contains("case")) return values["case"].as<std::string>();
  if (values.contains("ref")) return case_of_reference(api, board, values["ref"].as<std::string>());
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

// What a correction changed, a line a field: of sealed texts, and of masked workers, only that they changed.
void print_changed(const json::array& fields) {
  for (const auto& item : fields) {
    const auto& field = item.as_object();
    if (!field.contains("before")) {
      fmt::print("        {}: changed\n", text_of(field.at("field")));
    } else {
      fmt::print("        {}: {} -> {}\n", text_of(field.at("field")), text_of(field.at("before")),
                 text_of(field.at("after")));
    }
  }
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
    std::vector<std::vector<std::string>> rows;
    for (const auto& report : reports) {
      std::string concerns;
      for (const auto& concern : report.at("concerns").as_array())
        concerns += (concerns.empty() ? "" : ",") + text_of(concern.at("code"));
      const auto& counts = report.at("counts");
      rows.push_back(
          {text_of(report.at("received")), text_of(report.at("age")), text_of(report.at("reporter")), concerns,
           text_of(report.at("decision")), text_of(report.at("decided")),
           text_of(counts.at("days_30")) + "/" + text_of(counts.at("days_90")) + "/" + text_of(counts.at("days_365"))});
    }
    fmt::print(
        "\nreports\n{}",
        text_table({"received", "age", "reporter", "concerns", "decision", "decided", "30/90/365 d"}, rows, "  "));
  }
  if (const auto& obligations = shown.at("obligations").as_array(); !obligations.empty()) {
    const std::vector<std::string> columns{"rule", "state", "started", "nominal", "adjusted", "met_on", "worker"};
    std::vector<std::vector<std::string>> rows;
    for (const auto& item : obligations) {
      auto& row = rows.emplace_back();
      for (const auto& column : columns)
        row.push_back(column == "state" ? state_of(item.as_object()) : text_of(item.at(column)));
    }
    fmt::print("\nobligations\n{}", text_table(columns, rows, "  "));
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
    if (const auto* changed = object.if_contains("changed"); changed != nullptr) print_changed(changed->as_array());
  }
}

}  // namespace

int run_show(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("case", options::value<std::string>(), "the case's id")("ref", options::value<std::string>(),
                                                                                  "its reference")(
      "person", options::value<std::string>(), "- reads a personal number or reserve id from standard input")(
      "as-of", options::value<std::string>(), "what had occurred by the end of that day")(
      "known-at", options::value<std::string>(), "what had been recorded by then")(
      "position", options::value<std::uint64_t>(), "what the board's log held up to there")(
      "today", options::value<std::string>(), "the asker's day")("mask", options::value<std::string>(), kMaskHelp);
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
  if (values.contains("mask") && values["mask"].as<std::string>() != "staff") {
    std::cerr << "minne: --mask takes staff\n";
    return kUsage;
  }
  const auto query = Query(values)
                         .text("as-of", "as_of")
                         .text("known-at", "known_at")
                         .number("position", "position")
                         .text("today", "today")
                         .str();
  return ask(
      common,
      [&](Api& api, const std::string& board) -> Result<json::object> {
        MINNE_TRY(const std::string id, find_case(api, board, values));
        MINNE_TRY(json::value shown, read_whole_case(api, board, id, query));
        // Here, and not page by page: a worker has one number in all of it.
        if (values.contains("mask")) mask_staff(shown);
        return std::move(shown.as_object());
      },
      print_case);
}

}  // namespace minne
