// decide, with what it needs to know of the board; and what an append brings along for other cases.
#include "projections/append_attempt.h"

#include "events/stream_ids.h"
#include "projections/queries.h"

#include <set>
#include <tuple>

namespace minne {
namespace {

// AssignmentEnded, as written into the case of a worker who leaves: on the last day there, where that is said. The id
// follows from what it answers to: the event which made the assignment.
EncodedEvent assignment_ended(const Event& left, const Id& case_id, const rows::AssignmentT& assignment) {
  const auto cause = id_of(left.id());
  const auto& [matter, worker, from] = std::tie(assignment.matter, assignment.worker, assignment.from_version);
  events::EventT event;
  const auto name = to_text(case_id) + "/" + to_text(matter) + "/" + worker + "/" + std::to_string(from);
  event.id = std::make_unique<events::Uuid>(to_uuid(id_v5(cause, name)));
  event.case_id = std::make_unique<events::Uuid>(to_uuid(case_id));
  if (!matter.is_nil()) event.matter_id = std::make_unique<events::Uuid>(to_uuid(matter));
  event.occurred_at = left.occurred_at();
  event.occurred_precision = left.occurred_precision();
  if (const auto to = left.body_as_StaffLeft()->to()) {
    event.occurred_at = to_micros(day_start(from_days(std::max(*to, assignment.from_on))));
    event.occurred_precision = events::Precision::day;
  }
  if (left.actor() != nullptr) event.actor.reset(left.actor()->UnPack());
  event.causation_id = std::make_unique<events::Uuid>(to_uuid(cause));
  events::AssignmentEndedT body;
  body.worker = worker;
  body.reason = "staff_left";
  event.body.Set(std::move(body));
  flatbuffers::FlatBufferBuilder builder;
  builder.FinishSizePrefixed(Event::Pack(builder, &event), events::EventIdentifier());
  return {{reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()}, {}};
}

}  // namespace

// Decides on the rows at the very versions that the heads say.
Result<> CaseMemory::judge(Attempt& attempt, std::vector<Head>& heads) const {
  MINNE_TRY_VOID(end_assignments(attempt));
  const auto& command = attempt.command;
  std::optional<View> heads_view;
  for (const auto& added : attempt.added_cases) {
    MINNE_TRY(Head head, find_head(command.board, added.case_id, heads_view));
    heads.push_back(std::move(head));
  }
  Position needed = 0;
  for (const auto& head : heads) needed = std::max(needed, head.last_position());
  // Whether a person has a case already is asked of the whole board: what the projections do not show yet, the log's
  // claims refuse, and those reach back only to what was seen here.
  const bool names_person = std::ranges::any_of(
      attempt.fresh, [&](auto index) { return !token_in(event_in(command.events[index].event.bytes)).empty(); });
  for (const auto& head : heads) needed = names_person ? std::max(needed, head.seen()) : needed;
  MINNE_TRY_VOID(projector_->wait_for(command.board, needed, kReadWait));
  const auto view = store_->view(command.board);
  std::map<Id, CaseRow> rows;
  std::map<Id, const Head*> by_case;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const auto id = attempt.case_at(i);
    MINNE_TRY(CaseRow row, read_row(view, id));
    const auto ended_at = attempt.ended_at.find(id);
    if (row.version != heads[i].version() || (ended_at != attempt.ended_at.end() && ended_at->second != row.version)) {
      auto error = failure(Code::kConflict, "the case has moved on since it was read");
      error.details["decide_again"] = true;
      return error;
    }
    rows.emplace(id, std::move(row));
    by_case.emplace(id, &heads[i]);
  }
  std::vector<Proposed> proposed;
  for (const auto& item : attempt.added) {
    proposed.push_back({attempt.case_at(item.which), &item.event, item.pointer});
  }
  for (const auto index : attempt.fresh) {
    const auto& item = command.events[index];
    proposed.push_back({command.cases[item.which].case_id, &item.event, item.pointer});
  }
  const DecideContext context{rules(view),
                              heads.front().seen(),
                              [&](const Id& case_id) -> Result<std::vector<StoredEvent>> {
                                return log_->read_events(command.board, by_case.at(case_id)->positions());
                              },
                              [&](const Id& case_id, Version version) {
                                const auto& head = *by_case.at(case_id);
                                return version <= head.version() ? head.positions()[version - 1] : heads.front().seen();
                              },
                              [&](std::string_view token, const Id& except) -> Result<std::optional<Id>> {
                                MINNE_TRY(const auto holder, find_subject(view, token));
                                return holder && *holder != except ? holder : std::optional<Id>{};
                              },
                              [&](std::string_view worker) { return has_left(attempt, worker, heads); }};
  return decide(context, rows, proposed);
}

// Whether a worker has left, as the worker's own stream has it. The append then commits only where that has not moved,
// and leaves a mark that StaffLeft runs into if it has looked for assignments before.
Result<bool> CaseMemory::has_left(Attempt& attempt, std::string_view worker, const std::vector<Head>& heads) const {
  const auto board = attempt.command.board;
  const auto boards = log_->boards();
  const auto record = std::ranges::find(boards, board, &BoardRecord::number);
  const auto stream = staff_stream_id(record == boards.end() ? std::string{} : record->name, worker);
  attempt.marks.push_back(claim_of_assignments(worker));
  std::optional<View> view;
  MINNE_TRY(const Head head, find_head(board, stream, view));
  bool listed = false;  // in the append itself, whose heads are compared anyway
  for (std::size_t i = 0; i < heads.size(); ++i) listed = listed || attempt.case_at(i) == stream;
  if (!listed) attempt.relied_on.push_back({stream, head.version()});
  for (auto position = head.positions().rbegin(); position != head.positions().rend(); ++position) {
    MINNE_TRY(const auto stored, log_->read_events(board, {*position}, EventLog::Sealed::kWithout));
    const auto type = event_in(stored.front().event.bytes).body_type();
    if (type == Body::StaffLeft || type == Body::StaffJoined) return type == Body::StaffLeft;
  }
  return false;
}

// A worker who leaves: every case that the worker holds is told by the same append.
Result<> CaseMemory::end_assignments(Attempt& attempt) const {
  const auto& command = attempt.command;
  attempt.ended_at.clear();
  for (const auto index : attempt.fresh) {
    const auto& event = event_in(command.events[index].event.bytes);
    const auto* left = event.body_as_StaffLeft();
    if (left == nullptr) continue;
    MINNE_TRY(const auto view, board_view(command.board, Consistency::kStrong));
    MINNE_TRY(const auto held, assignments_of(view, text_of(left->worker())));
    std::set<Id> cases;
    for (const auto& assignment : held) cases.insert(assignment.case_id);
    for (const auto& case_id : cases) {
      if (attempt.added.size() > kMaxAppendEvents) break;
      std::size_t which = 0;  // a case may be in the command already
      const auto count = command.cases.size() + attempt.added_cases.size();
      while (which < count && attempt.case_at(which) != case_id) ++which;
      if (which == count) attempt.added_cases.push_back({case_id, Expect::kAny, 0, {}});
      MINNE_TRY(const CaseRow row, read_row(view, case_id));
      attempt.ended_at[case_id] = row.version;
      for (const auto& item : row.get<Assignments>().items) {
        if (item->ended_on || item->worker != text_of(left->worker())) continue;
        attempt.added.push_back({assignment_ended(event, case_id, *item), static_cast<std::uint32_t>(which),
                                 command.events[index].recorded_at, command.events[index].pointer});
      }
    }
  }
  if (attempt.added.size() + attempt.fresh.size() <= kMaxAppendEvents) return {};
  if (command.events.size() > 1) {
    return failure(Code::kTooLarge, "the worker holds more assignments than one append may end: send StaffLeft alone");
  }
  // The first of them by themselves; StaffLeft stands in the last part.
  attempt.in_parts = true;
  attempt.fresh.clear();
  attempt.added.resize(kMaxAppendEvents);
  return {};
}

}  // namespace minne
