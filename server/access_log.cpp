#include "server/access_log.h"

#include "events/json.h"
#include "events/stream_ids.h"
#include "projections/queries.h"

#include <boost/json/array.hpp>

#include <set>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxCases = 1'000;

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
  json::array noted;
  for (const auto& id : cases) {
    if (noted.size() == kMaxCases) break;
    noted.emplace_back(id);
  }
  const auto now = app.memory.clock().now();
  const json::object event{{"type", "RecordRead"},
                           {"occurred_at", to_text(now)},
                           {"actor", json::object{{"id", kOperator}}},
                           {"body", json::object{{"worker", kOperator},
                                                 {"purpose", read.purpose},
                                                 {"query", read.query},
                                                 {"result_count", cases.size()},
                                                 {"cases", std::move(noted)}}}};
  EncodeContext context;
  const Id stream = staff_stream_id(log.name, kOperator);
  context.stream = stream;
  context.id = new_id();
  AppendCommand command;
  command.board = log.number;
  command.cases.push_back({stream, Expect::kAny, 0, "/reads"});
  MINNE_TRY(auto encoded, encode_event(event, context));
  command.events.push_back({std::move(encoded), 0, {}, {}});
  command.foreign = true;  // Minne's own: nothing to judge
  MINNE_TRY_VOID(app.memory.append_and_wait(std::move(command)));
  return {};
}

Result<json::object> list_reads(const App& app, const BoardRecord& board, Version after, std::size_t limit) {
  const auto log = app.memory.find_board(access_log_name(board.name));
  if (!log) return json::object{{"total", 0}, {"items", json::array{}}, {"next", nullptr}};
  MINNE_TRY(const View view, app.memory.board_view(log->number, Consistency::kStrong));
  const auto stream = staff_stream_id(log->name, kOperator);
  MINNE_TRY(const auto row, read_row(view, stream));
  MINNE_TRY(auto items, events_json(app.memory.log(), *log, view, stream, std::min(after, row.version), limit));
  const auto last = after + items.size();
  return json::object{{"total", row.version},
                      {"items", std::move(items)},
                      {"next", last < row.version ? json::value(last) : json::value()}};
}

}  // namespace minne
