// What an append finds: where each case stands, which of its events are there already, what its caller expects.
#include "projections/append_attempt.h"

#include "core/keys.h"
#include "core/prefetch.h"
#include "projections/queries.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>

namespace minne {
namespace {

constexpr std::size_t kFetchAhead = 6;  // events, which are then read for their ids, checksums and page

struct WhichIdHash {
  std::size_t operator()(const std::pair<std::uint32_t, Id>& item) const { return IdHash{}(item.second) + item.first; }
};

// What the index of a case holds.
Result<CaseEvents> indexed_events(const View& view, const Id& case_id) {
  CaseEvents out;
  for (std::uint32_t chunk = 0;; ++chunk) {
    MINNE_TRY(const auto stored, view.get(kCaseIndex, chunk_key(case_id, chunk)));
    if (!stored) break;
    MINNE_TRY(const auto decoded, IndexChunk::decode(*stored));
    out.positions.insert(out.positions.end(), decoded.positions.begin(), decoded.positions.end());
    out.fingerprints.insert(out.fingerprints.end(), decoded.fingerprints.begin(), decoded.fingerprints.end());
    if (decoded.positions.size() < kChunkVersions) break;
  }
  return out;
}

}  // namespace

// The tail is asked before the index: a view taken after it holds everything that the tail has let go of. One view
// serves all cases of an append, and the tail of each is joined to it where the index ends.
Result<CaseMemory::Head> CaseMemory::find_head(BoardNumber board, const Id& case_id, std::optional<View>& view) const {
  const auto& tail = log_->tail(board);
  if (auto known = heads_->find(board, case_id, tail)) return Head{std::move(known)};
  const auto seen = tail.look(case_id);
  CaseEvents events;
  const bool whole = !seen.entries.empty() && seen.entries.front().version == 1;
  if (!whole) {
    if (!view) view.emplace(store_->view(board));
    MINNE_TRY(events, indexed_events(*view, case_id));
  }
  if (!events.join(seen)) {
    return failure(Code::kDamaged, "a case's index has a gap",
                   "position " + std::to_string(seen.entries.front().position));
  }
  if (events.positions.empty()) return Head{HeldEvents{std::move(events)}};
  return Head{heads_->put(board, case_id, std::move(events))};
}

Result<std::optional<StoredEvent>> CaseMemory::find_known(BoardNumber board, const Head& head, const Id& event) const {
  const auto print = fingerprint(event);
  const auto& prints = head.events->fingerprints;
  for (auto at = std::ranges::find(prints, print); at != prints.end(); at = std::find(at + 1, prints.end(), print)) {
    MINNE_TRY(auto stored, log_->read_events(board, {head.positions()[static_cast<std::size_t>(at - prints.begin())]}));
    if (id_of(event_in(stored.front().event.bytes).id()) == event) return std::optional{std::move(stored.front())};
  }
  return std::optional<StoredEvent>{};
}

// An id is unique within its case for ever: a repeat is answered as the first time, other content is refused.
Result<> CaseMemory::sort_out_known(Attempt& attempt, const std::vector<Head>& heads) {
  const auto& command = attempt.command;
  boost::unordered_flat_set<std::pair<std::uint32_t, Id>, WhichIdHash> in_this_append;
  in_this_append.reserve(command.events.size());
  attempt.fresh.reserve(command.events.size());
  for (std::size_t i = 0; i < command.events.size(); ++i) {
    if (i + kFetchAhead < command.events.size()) {
      const auto& bytes = command.events[i + kFetchAhead].event.bytes;
      prefetch(bytes.data(), bytes.size());
    }
    const auto& item = command.events[i];
    const auto id = id_of(event_in(item.event.bytes).id());
    if (!in_this_append.insert({item.which, id}).second) {
      return failure(Code::kConflict, "two events of one append have the same id", item.pointer + "/id");
    }
    MINNE_TRY(const auto known, find_known(command.board, heads[item.which], id));
    if (!known) {
      attempt.fresh.push_back(i);
      continue;
    }
    if (known->event.bytes != item.event.bytes || known->event.sealed != item.event.sealed) {
      auto error =
          failure(Code::kConflict, "the case has an event of this id with other content", item.pointer + "/id");
      error.details["id"] = to_text(id);
      error.details["position"] = known->position;
      return error;
    }
    attempt.known.events.push_back({command.cases[item.which].case_id, id, known->position, known->version, true});
    attempt.known.position = std::max(attempt.known.position, known->position);
  }
  if (attempt.fresh.empty() || attempt.known.events.empty() || command.skip_known) return {};
  return failure(Code::kConflict, "some of these events are recorded and some are not: send the new ones alone",
                 command.events[attempt.fresh.front()].pointer + "/id");
}

Result<> CaseMemory::check_expectations(const AppendCommand& command, const std::vector<Head>& heads) const {
  for (std::size_t i = 0; i < command.cases.size(); ++i) {
    const auto& wanted = command.cases[i];
    const auto current = heads[i].version();
    const bool met =
        wanted.expect == Expect::kAny || (wanted.expect == Expect::kNew ? current == 0 : current == wanted.version);
    if (met) continue;
    auto error =
        failure(Code::kConflict,
                wanted.expect == Expect::kNew ? "the case exists already"
                                              : "the case has moved on: it is at version " + std::to_string(current),
                wanted.pointer);
    error.details["case"] = to_text(wanted.case_id);
    error.details["current_version"] = current;
    return error;
  }
  return {};
}

}  // namespace minne
