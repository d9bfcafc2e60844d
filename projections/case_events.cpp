// The events of one case, as clients read them: what was corrected says what changed, what belonged to another case
// says nothing.
#include "events/json.h"
#include "projections/changed_fields.h"
#include "projections/effective.h"
#include "projections/generation.h"
#include "projections/queries.h"

#include <algorithm>
#include <map>
#include <set>

namespace minne {
namespace {

namespace json = boost::json;

// What the corrections of a case say of its events, wherever they stand.
struct Corrected {
  std::set<Id> misfiled;                      // what turned out to belong to another case, by its own ids here
  std::map<Position, json::array> changed{};  // by each correction
};

// All events are read once, for their ids; in full only those that were corrected, and what corrected them.
Result<Corrected> corrected_in(const EventLog& log, const BoardRecord& board, const std::vector<Position>& positions) {
  MINNE_TRY(const auto events, log.read_events(board.number, positions, EventLog::Sealed::kWithout));
  Corrections corrections;
  std::set<Id> roots;
  for (const auto& stored : events) {
    const auto& event = event_in(stored.event.bytes);
    corrections.add(event);
    if (event.body_type() == Body::EventCorrected) roots.insert(corrections.root_of(id_of(event.id())));
  }
  Corrected out;
  std::vector<Position> involved;
  for (const auto& stored : events) {
    const auto id = id_of(event_in(stored.event.bytes).id());
    const auto root = corrections.root_of(id);
    if (corrections.is_misfiled(root)) {
      out.misfiled.insert(id);
    } else if (roots.contains(root)) {
      involved.push_back(stored.position);
    }
  }
  MINNE_TRY(const auto whole, log.read_events(board.number, involved));
  ChangedFields changed;
  for (const auto& event : whole) {
    if (auto fields = changed.add(event_json(board, event))) out.changed.emplace(event.position, std::move(*fields));
  }
  return out;
}

// It is another child's: nobody reads it here (domain 7, wrong file).
void leave_place_of(json::object& event) {
  for (const auto* told : {"sealed", "actor", "legal_basis"}) event.erase(told);
  event["body"] = json::object{};
  event["misfiled"] = true;
}

}  // namespace

json::object event_json(const BoardRecord& board, const StoredEvent& stored) {
  auto out = decode_event(stored.event.bytes, stored.event.sealed);
  out["board"] = board.name;
  out["position"] = stored.position;
  out["version"] = stored.version;
  out["recorded_at"] = to_text(stored.recorded_at);
  return out;
}

Result<json::array> events_json(const EventLog& log, const BoardRecord& board, const View& view, const Id& case_id,
                                Version after, std::size_t limit) {
  MINNE_TRY(const auto positions, case_positions(view, case_id));
  MINNE_TRY(const auto row, read_row(view, case_id));
  Corrected corrected;
  if (row.corrected) {
    MINNE_TRY(corrected, corrected_in(log, board, positions));
  }
  const auto begin = std::min<std::size_t>(after, positions.size());
  const auto end = std::min(begin + limit, positions.size());
  MINNE_TRY(const auto events, log.read_events(board.number, {positions.begin() + static_cast<std::ptrdiff_t>(begin),
                                                              positions.begin() + static_cast<std::ptrdiff_t>(end)}));
  json::array out;
  for (const auto& event : events) {
    auto shown = event_json(board, event);
    if (corrected.misfiled.contains(id_of(event_in(event.event.bytes).id()))) {
      leave_place_of(shown);
    } else if (const auto fields = corrected.changed.find(event.position); fields != corrected.changed.end()) {
      shown["changed"] = std::move(fields->second);
    }
    out.push_back(std::move(shown));
  }
  return out;
}

Result<std::vector<StoredEvent>> all_events(const EventLog& log, BoardNumber board, const View& view,
                                            const Id& case_id) {
  MINNE_TRY(const auto positions, case_positions(view, case_id));
  return log.read_events(board, positions, EventLog::Sealed::kWithout);
}

}  // namespace minne
