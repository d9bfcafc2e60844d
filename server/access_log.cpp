#include "server/access_log.h"

#include "events/stream_ids.h"
#include "server/own_events.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <set>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::size_t kCasesOfOneEvent = 1'000;  // of 16 bytes: an event holds 64 KiB

void find_cases(const json::value& value, std::set<std::string>& cases) {
  if (const auto* list = value.if_array(); list != nullptr) {
    for (const auto& item : *list) find_cases(item, cases);
  } else if (const auto* object = value.if_object(); object != nullptr) {
    for (const auto& member : *object) {
      if (member.key() == "case" && member.value().is_string()) cases.emplace(member.value().get_string());
      find_cases(member.value(), cases);
    }
  }
}

bool shows(const json::object& event, const Id& case_id) {
  const auto* cases = event.at("body").as_object().if_contains("cases");
  return cases != nullptr &&
         std::ranges::find(cases->as_array(), json::value(to_text(case_id))) != cases->as_array().end();
}

// The log is made when something is first read.
Result<BoardRecord> log_of(const App& app, const BoardRecord& board) {
  const auto name = access_log_name(board.name);
  auto found = app.memory.find_board(name);
  if (found) return found;
  BoardRecord wanted;
  wanted.name = name;
  auto made = app.memory.create_board(std::move(wanted));
  return made || made.error().code != Code::kConflict ? made : app.memory.find_board(name);
}

}  // namespace

Result<> record_read(const App& app, const BoardRecord& board, const ListRead& read, const json::object& answer) {
  MINNE_TRY(const auto log, log_of(app, board));
  std::set<std::string> cases;
  find_cases(answer, cases);
  json::array events;
  auto next = cases.begin();
  do {
    json::array noted;
    for (; next != cases.end() && noted.size() < kCasesOfOneEvent; ++next) noted.emplace_back(*next);
    events.push_back(json::object{{"type", "RecordRead"},
                                  {"body", json::object{{"worker", kOperator},
                                                        {"purpose", read.purpose},
                                                        {"query", read.query},
                                                        {"result_count", cases.size()},
                                                        {"cases", std::move(noted)}}}});
    if (read.refused) events.back().at("body").as_object()["refused"] = true;
  } while (next != cases.end());
  MINNE_TRY_VOID(append_own(app, log, staff_stream_id(log.name, kOperator), std::move(events)));
  return {};
}

Result<json::object> list_reads(const App& app, const BoardRecord& board, const ReadsAsked& asked) {
  StreamAsked page{asked.after, asked.limit};
  if (asked.case_id) page.wanted = [&](const json::object& event) { return shows(event, *asked.case_id); };
  const auto log = app.memory.find_board(access_log_name(board.name));
  if (log) return page_of_stream(app, *log, staff_stream_id(log->name, kOperator), page);
  json::object nothing{{"items", json::array{}}, {"next", nullptr}};
  if (!asked.case_id) nothing["total"] = 0;
  return nothing;
}

}  // namespace minne
