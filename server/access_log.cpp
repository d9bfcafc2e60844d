#include "server/access_log.h"

#include "events/json.h"
#include "events/stream_ids.h"
#include "projections/queries.h"

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

bool shows(const json::value& event, const Id& case_id) {
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
  const Id stream = staff_stream_id(log.name, kOperator);
  AppendCommand command;
  command.board = log.number;
  command.cases.push_back({stream, Expect::kAny, 0, "/reads"});
  command.foreign = true;  // Minne's own: nothing to judge
  const auto now = to_text(app.memory.clock().now());
  auto next = cases.begin();
  do {
    json::array noted;
    for (; next != cases.end() && noted.size() < kCasesOfOneEvent; ++next) noted.emplace_back(*next);
    const json::object event{{"type", "RecordRead"},
                             {"occurred_at", now},
                             {"actor", json::object{{"id", kOperator}}},
                             {"body", json::object{{"worker", kOperator},
                                                   {"purpose", read.purpose},
                                                   {"query", read.query},
                                                   {"result_count", cases.size()},
                                                   {"cases", std::move(noted)}}}};
    EncodeContext context;
    context.stream = stream;
    context.id = new_id();
    MINNE_TRY(auto encoded, encode_event(event, context));
    command.events.push_back({std::move(encoded), 0, {}, {}});
  } while (next != cases.end());
  MINNE_TRY_VOID(app.memory.append_and_wait(std::move(command)));
  return {};
}

Result<json::object> list_reads(const App& app, const BoardRecord& board, const ReadsAsked& asked) {
  json::object out{{"items", json::array{}}, {"next", nullptr}};
  if (!asked.case_id) out["total"] = 0;
  const auto log = app.memory.find_board(access_log_name(board.name));
  if (!log) return out;
  MINNE_TRY(const View view, app.memory.board_view(log->number, Consistency::kStrong));
  const auto stream = staff_stream_id(log->name, kOperator);
  MINNE_TRY(const auto row, read_row(view, stream));
  auto& items = out["items"].as_array();
  auto last = std::min(asked.after, row.version);
  for (std::size_t scanned = 0; items.size() < asked.limit && last < row.version && scanned < kMaxScanned;) {
    const auto wanted = asked.case_id ? kMaxPage : asked.limit;
    MINNE_TRY(auto events, events_json(app.memory.log(), *log, view, stream, last, wanted));
    if (events.empty()) break;
    for (auto& event : events) {
      if (items.size() == asked.limit) break;
      ++last;
      ++scanned;
      if (!asked.case_id || shows(event, *asked.case_id)) items.push_back(std::move(event));
    }
  }
  if (!asked.case_id) out["total"] = row.version;
  if (last < row.version) out["next"] = last;
  return out;
}

}  // namespace minne
