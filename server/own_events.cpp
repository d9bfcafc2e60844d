#include "server/own_events.h"

#include "events/json.h"
#include "projections/queries.h"
#include "server/access_log.h"

#include <algorithm>

namespace minne {

namespace json = boost::json;

Result<AppendOutcome> append_own(const App& app, const BoardRecord& board, const Id& stream, json::array events) {
  AppendCommand command;
  command.board = board.number;
  command.cases.push_back({stream, Expect::kAny, 0, "/events"});
  command.foreign = true;  // Minne's own: nothing to judge
  const auto now = app.memory.clock().now();
  for (auto& item : events) {
    auto& event = item.as_object();
    event["occurred_at"] = to_text(now);
    event["actor"] = json::object{{"id", kOperator}};
    EncodeContext context;
    context.stream = stream;
    context.id = new_id();
    MINNE_TRY(auto encoded, encode_event(event, context));
    command.events.push_back({std::move(encoded), 0, board.supplied_clock ? now : Instant{}, {}});
  }
  return app.memory.append_and_wait(std::move(command));
}

Result<json::object> page_of_stream(const App& app, const BoardRecord& board, const Id& stream,
                                    const StreamAsked& asked) {
  MINNE_TRY(const View view, app.memory.board_view(board.number, Consistency::kStrong));
  MINNE_TRY(const auto row, read_row(view, stream));
  json::array items;
  auto last = std::min(asked.after, row.version);
  for (std::size_t scanned = 0; items.size() < asked.limit && last < row.version && scanned < kMaxScanned;) {
    MINNE_TRY(auto events,
              events_json(app.memory.log(), board, view, stream, last, asked.wanted ? kMaxPage : asked.limit));
    if (events.empty()) break;
    for (auto& event : events) {
      if (items.size() == asked.limit) break;
      ++last;
      ++scanned;
      if (!asked.wanted || asked.wanted(event.as_object())) items.push_back(std::move(event));
    }
  }
  json::object out{{"items", std::move(items)}, {"next", nullptr}};
  if (!asked.wanted) out["total"] = row.version;
  if (last < row.version) out["next"] = last;
  return out;
}

}  // namespace minne
