// The deadline queue as it was at the end of a day.
//
// A clock keeps its nominal date for as long as it lives (an extension is a clock of its own), and an entry tells when
// it started and ended: so the queue of today, of every state, holds in its order what any earlier one did, and tells
// which cases to look at. What a clock's state was, and whose it was, only the case's events up to that day tell.
#include "core/keys.h"
#include "events/check.h"
#include "projections/cursor.h"
#include "projections/deadline_queue.h"
#include "projections/fold.h"
#include "projections/obligation_json.h"

#include <algorithm>
#include <unordered_map>

namespace minne {
namespace {

namespace json = boost::json;
using rows::State;

constexpr std::size_t kMaxLookedAt = 200'000;  // entries of each state that a page may look at
constexpr std::size_t kMaxFolded = 1'000;      // cases that a page may fold

class PastQueue {
 public:
  PastQueue(const EventLog& log, BoardNumber board, const View& view, const DeadlineRules& rules,
            const DeadlineQuery& query)
      : log_(log), board_(board), view_(view), rules_(rules), query_(query) {}

  Result<json::object> read() {
    MINNE_TRY(asked_, state_asked(query_.state));
    MINNE_TRY(const Cursor cursor, decode_cursor(query_.cursor, list_of(query_)));
    for (std::size_t i = 0; i < kObligationStates.size(); ++i) MINNE_TRY_VOID(scan(static_cast<State>(i), cursor.key));
    std::ranges::sort(candidates_, {}, &Candidate::key);
    // What one state has not looked at yet may come before what another has found.
    if (!stopped_at_.empty()) std::erase_if(candidates_, [this](const auto& one) { return one.key > stopped_at_; });
    MINNE_TRY_VOID(choose());
    return page();
  }

 private:
  struct Candidate {
    std::string key;  // nominal date, case, ordinal
    Id case_id;
    std::string rule;
    Id matter;
    Id id_event;
  };

  Result<> scan(State state, const std::string& after) {
    const auto prefix = queue_prefix(QueueBy::kBoard, {}, state);
    const auto space = static_cast<Space>(kFirstIndex + index_base<Obligations>() + Obligations::kQueue);
    std::size_t looked_at = 0;
    std::size_t found = 0;
    std::string last;
    return view_.scan(space, prefix, after.empty() ? std::string{} : prefix + after,
                      [&](std::string_view key, std::string_view value) {
                        const auto suffix = key.substr(prefix.size());
                        if (!after.empty() && suffix <= after) return true;
                        if (is_past_end(KeyReader(suffix).day(), query_, asked_)) return false;
                        if (looked_at++ == kMaxLookedAt || found == kMaxFolded) {
                          stopped_at_ = stopped_at_.empty() ? last : std::min(stopped_at_, last);
                          return false;
                        }
                        last = suffix;
                        if (consider(suffix, value)) ++found;
                        return true;
                      });
  }

  bool consider(std::string_view suffix, std::string_view value) {
    const auto item = queue_item(value);
    const auto& clock = *item.obligation;
    if (!may_be_chosen(clock)) return false;
    candidates_.push_back({std::string{suffix}, item.case_id, clock.rule, clock.matter, clock.id_event});
    return true;
  }

  // By what no later event changes. What met or ended the clock by that day had done so; what came later had not.
  [[nodiscard]] bool may_be_chosen(const rows::ObligationT& clock) const {
    const auto then = to_days(*query_.as_of);
    if (clock.started > then) return false;
    if (!query_.rule.empty() && clock.rule != query_.rule) return false;
    const auto& ended = clock.ended_on ? clock.ended_on : clock.met_on;
    if (!asked_.state || (clock.state != State::open && !ended)) return true;
    const bool ran = clock.state == State::open || *ended > then;
    return asked_.state == State::open ? ran : !ran || clock.until;
  }

  Result<> choose() {
    for (const auto& candidate : candidates_) {
      if (items_.size() == query_.limit || (folded_.size() == kMaxFolded && !folded_.contains(candidate.case_id))) {
        more_ = true;
        return {};
      }
      MINNE_TRY(const CaseRow* row, then(candidate.case_id));
      next_ = candidate.key;
      const auto& clocks = row->get<Obligations>().items;
      const auto clock = std::ranges::find_if(clocks, [&](const auto& one) {
        return one->id_event == candidate.id_event && one->rule == candidate.rule && one->matter == candidate.matter;
      });
      if (clock == clocks.end() || !is_chosen(**clock, query_, asked_)) continue;
      items_.push_back(
          obligation_json(candidate.case_id, row->get<File>().external_ref, **clock, rules_, query_.today));
    }
    more_ = !stopped_at_.empty();
    if (more_) next_ = stopped_at_;
    return {};
  }

  // The case as it was.
  Result<const CaseRow*> then(const Id& case_id) {
    const auto known = folded_.find(case_id);
    if (known != folded_.end()) return &known->second;
    MINNE_TRY(const auto events, all_events(log_, board_, view_, case_id));
    FoldOptions chosen;
    chosen.as_of = query_.as_of;
    return &folded_.emplace(case_id, fold_case(case_id, events, rules_, chosen)).first->second;
  }

  json::object page() {
    json::object out;
    if (!more_ && query_.cursor.empty()) {
      out["total"] = items_.size();
    } else {
      out["total_at_least"] = items_.size();
    }
    out["items"] = std::move(items_);
    out["next"] = more_ ? json::value(encode_cursor({view_.live().position, next_}, list_of(query_))) : json::value();
    out["as_of"] = to_text(*query_.as_of);
    out["today"] = to_text(query_.today);
    out["position"] = view_.live().position;
    return out;
  }

  const EventLog& log_;
  BoardNumber board_;
  const View& view_;
  const DeadlineRules& rules_;
  const DeadlineQuery& query_;
  StateAsked asked_;
  std::vector<Candidate> candidates_;
  std::string stopped_at_;
  std::unordered_map<Id, CaseRow, IdHash> folded_;
  json::array items_;
  std::string next_;  // the last one looked at
  bool more_ = false;
};

}  // namespace

Result<json::object> deadlines_then(const EventLog& log, BoardNumber board, const View& view,
                                    const DeadlineRules& rules, const DeadlineQuery& query) {
  return PastQueue(log, board, view, rules, query).read();
}

}  // namespace minne
