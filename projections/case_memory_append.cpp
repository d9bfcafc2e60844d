// An append from the caller's command to the log's queue: decided, committed, decided again where a case has moved.
#include "projections/append_attempt.h"

#include "core/keys.h"
#include "events/check.h"

#include <boost/unordered/unordered_flat_set.hpp>

namespace minne {

// Two cases opened at once for one person both claim this name, and only one gets it.
Id claim_of(std::string_view token) {
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(token.data()), token.size()});
  return id_v8(digest);
}

std::string_view token_in(const Event& event) {
  if (const auto* corrected = event.body_as_EventCorrected();
      corrected != nullptr && corrected->replacement() != nullptr) {
    return token_in(*corrected->replacement());
  }
  if (const auto* refiled = event.body_as_EventRefiled(); refiled != nullptr && refiled->original() != nullptr) {
    return token_in(*refiled->original());
  }
  const flatbuffers::Vector<std::uint8_t>* token = nullptr;
  if (const auto* opened = event.body_as_CaseOpened(); opened != nullptr) token = opened->subject_token();
  if (const auto* linked = event.body_as_ChildIdentityLinked(); linked != nullptr) token = linked->subject_token();
  if (token == nullptr) return {};
  return {reinterpret_cast<const char*>(token->data()), token->size()};
}

// A worker's assignments: whoever makes one leaves this name behind, and whoever ends them all must not run into it.
Id claim_of_assignments(std::string_view worker) { return claim_of("assignments of " + std::string{worker}); }

// Assignments of a worker do not wait for each other, but for that worker's leaving, which they would else outrun.
void CaseMemory::Attempt::name_what_it_needs() {
  if (!holds.empty()) return;  // an append has cases
  holds.reserve(command.cases.size());
  for (const auto& item : command.cases) holds.push_back(item.case_id);
  waits_for = holds;
  for (const auto& item : command.events) {
    const auto& event = event_in(item.event.bytes);
    if (const auto* left = event.body_as_StaffLeft(); left != nullptr) {
      holds.push_back(claim_of_assignments(text_of(left->worker())));
    } else if (const auto* assigned = event.body_as_CaseAssigned(); assigned != nullptr) {
      waits_for.push_back(claim_of_assignments(text_of(assigned->worker())));
    } else if (const auto* handed = event.body_as_CaseHandedOver(); handed != nullptr) {
      waits_for.push_back(claim_of_assignments(text_of(handed->to())));
    }
  }
}

void CaseMemory::append(AppendCommand command, Done done) {
  append(std::move(command), std::move(done), EventLog::CommitOn::kCommitter);
}

void CaseMemory::append(AppendCommand command, Done done, EventLog::CommitOn commit_on) {
  CHECK(!command.events.empty());
  auto attempt = std::make_shared<Attempt>();
  attempt->command = std::move(command);
  attempt->done = std::move(done);
  attempt->commit_on = commit_on;
  this->attempt(std::move(attempt));
}

Result<AppendOutcome> CaseMemory::append_and_wait(AppendCommand command) {
  std::promise<Result<AppendOutcome>> promise;
  auto future = promise.get_future();
  append(
      std::move(command), [&promise](Result<AppendOutcome> outcome) { promise.set_value(std::move(outcome)); },
      EventLog::CommitOn::kHere);
  return future.get();
}

void CaseMemory::attempt(std::shared_ptr<Attempt> attempt) {
  if (attempt->decisions == 0 && attempt->settled == nullptr && retrier_->wait_behind(attempt)) return;
  ++attempt->decisions;
  AppendRequest request;
  const auto prepared = prepare(attempt, request);
  if (!prepared && prepared.error().details.contains("decide_again") && attempt->decisions < kMaxDecisions) {
    return this->attempt(std::move(attempt));
  }
  if (!prepared) return attempt->answer(prepared.error());
  if (!*prepared) return attempt->answer(std::move(attempt->known));  // every event was there already
  std::vector<AppendOutcome::Line> lines = attempt->known.events;
  lines.insert(lines.end(), attempt->parts.begin(), attempt->parts.end());
  const auto first_new = lines.size();
  lines.reserve(first_new + request.events.size());
  for (const auto& event : request.events) {
    lines.push_back({request.streams[event.stream].stream, id_of(event_in(event.event->bytes).id()), 0, 0, false});
  }
  const auto commit_on =
      std::exchange(attempt->commit_on, EventLog::CommitOn::kCommitter);  // further ones: the retrier
  log_->append(
      std::move(request),
      [this, attempt, lines = std::move(lines), first_new](Result<Appended> appended) mutable {
        if (!appended) {
          const auto& error = appended.error();
          const bool moved = error.code == Code::kConflict || error.details.contains("decide_again");
          if (!moved || stopping_ || attempt->decisions >= kMaxDecisions) return attempt->answer(error);
          if (!attempt->settle(true)) retrier_->again(std::move(attempt));
          return;
        }
        for (std::size_t i = first_new; i < lines.size(); ++i) {
          lines[i].position = appended->first + (i - first_new);
          lines[i].version = appended->versions[i - first_new];
        }
        if (attempt->in_parts) return go_on(std::move(attempt), std::move(lines));
        const auto count = lines.size() - first_new + attempt->parts.size();
        const auto lines_end = lines.back().position;
        attempt->answer(AppendOutcome{std::move(lines), lines_end, count});
      },
      commit_on);
}

// A worker who leaves more than one append can end: the next part is decided afresh, and what is left of it last.
void CaseMemory::go_on(std::shared_ptr<Attempt> attempt, std::vector<AppendOutcome::Line> lines) {
  if (stopping_) return attempt->answer(failure(Code::kBusy, "stopping before StaffLeft: send it again"));
  attempt->parts = std::move(lines);
  attempt->decisions = 0;
  if (!attempt->settle(true)) retrier_->again(std::move(attempt));
}

Result<> CaseMemory::push_back(const AppendCommand& command) {
  const auto head = log_->head(command.board);
  const auto behind = head - std::min(head, projector_->position(command.board));
  if (command.deferred) projector_->rest(command.board);
  if (behind <= (command.foreign ? options_.max_bulk_lag : kMaxLag)) return {};
  if (!command.foreign) return failure(Code::kBusy, "the projections are " + std::to_string(behind) + " events behind");
  // Folding the whole log at once is many times faster than following so much of it.
  RebuildOptions options;
  options.compare = false;
  const auto rebuilt = rebuild(command.board, options);
  if (rebuilt) return {};
  if (rebuilt.error().code != Code::kConflict) return rebuilt.error();
  return projector_->wait_for(command.board, head - options_.max_bulk_lag / 2,
                              std::chrono::minutes(5));  // another one runs
}

// What is known of many cases lies all over memory.
void CaseMemory::fetch_ahead(const AppendCommand& command) const {
  if (command.cases.size() < 2) return;
  std::vector<Id> cases;
  cases.reserve(command.cases.size());
  for (const auto& item : command.cases) cases.push_back(item.case_id);
  heads_->prefetch(command.board, cases);
  log_->tail(command.board).prefetch(cases);
}

// False where nothing is left to append.
Result<bool> CaseMemory::prepare(const std::shared_ptr<Attempt>& shared, AppendRequest& request) {
  auto& attempt = *shared;
  const auto& command = attempt.command;
  MINNE_TRY_VOID(push_back(command));
  attempt.known = {};
  attempt.fresh.clear();
  attempt.added.clear();
  attempt.added_cases.clear();
  attempt.relied_on.clear();
  attempt.marks.clear();
  attempt.in_parts = false;
  std::vector<Head> heads;
  std::optional<View> view;
  fetch_ahead(command);
  boost::unordered_flat_set<Id, IdHash> cases;
  cases.reserve(command.cases.size());
  heads.reserve(command.cases.size());
  for (const auto& expectation : command.cases) {
    if (!cases.insert(expectation.case_id).second) return invalid("the append lists a case twice", expectation.pointer);
    MINNE_TRY(Head head, find_head(command.board, expectation.case_id, view));
    heads.push_back(std::move(head));
  }
  MINNE_TRY_VOID(sort_out_known(attempt, heads));
  if (attempt.fresh.empty()) return false;
  MINNE_TRY_VOID(check_expectations(command, heads));
  if (!command.foreign) MINNE_TRY_VOID(judge(attempt, heads));

  request.board = command.board;
  request.seen_position = heads.front().seen();
  for (std::size_t i = 0; i < heads.size(); ++i) {
    request.streams.push_back({attempt.case_at(i), heads[i].version()});
    request.seen_position = std::min(request.seen_position, heads[i].seen());
  }
  request.streams.insert(request.streams.end(), attempt.relied_on.begin(), attempt.relied_on.end());
  request.marks = attempt.marks;
  // The log reads the attempt's own events, which stay for another decision.
  const auto share = [&](const AppendItem& item) {
    return new_event(std::shared_ptr<const EncodedEvent>{shared, &item.event}, item.which, item.recorded_at);
  };
  request.events.reserve(attempt.added.size() + attempt.fresh.size());
  // What decide added comes first: StaffLeft stands after the assignments that it ends.
  for (const auto& item : attempt.added) request.events.push_back(share(item));
  for (std::size_t index = 0; index < command.events.size(); ++index) {
    const auto& event = event_in(command.events[index].event.bytes);
    if (const auto* left = event.body_as_StaffLeft(); left != nullptr && !command.foreign) {
      request.claims.push_back(claim_of_assignments(text_of(left->worker())));
    }
  }
  for (const auto index : attempt.fresh) {
    const auto& item = command.events[index];
    request.events.push_back(share(item));
    if (const auto token = token_in(event_in(item.event.bytes)); !token.empty() && !command.foreign) {
      request.claims.push_back(claim_of(token));
    }
  }
  return true;
}

}  // namespace minne
