// A page of the deadline queue, by unit, worker, rule and state.
#include "projections/deadline_queue.h"

#include "core/keys.h"
#include "events/check.h"
#include "projections/cursor.h"
#include "projections/obligation_json.h"

#include <algorithm>
#include <cstring>

namespace minne {
namespace {

namespace json = boost::json;
using rows::State;

std::int64_t tally_at(const View& view, const std::string& key) {
  const auto stored = view.get(static_cast<Space>(kFirstTally + tally_base<Obligations>() + Obligations::kStates), key);
  std::int64_t amount = 0;
  if (stored && *stored && (*stored)->size() == sizeof amount) std::memcpy(&amount, (*stored)->data(), sizeof amount);
  return amount;
}

// Of the open clocks under a key, how many a birthday has ended by that day.
std::int64_t grown_by(const View& view, const std::string& key, Date today) {
  const auto space = static_cast<Space>(kFirstTally + tally_base<Obligations>() + Obligations::kAgeing);
  std::int64_t sum = 0;
  // What cannot be read is told by the pages, which read the same database.
  static_cast<void>(view.scan(space, key, {}, [&](std::string_view found, std::string_view value) {
    if (KeyReader(found.substr(key.size())).day() > to_days(today)) return false;
    std::int64_t amount = 0;
    if (value.size() == sizeof amount) std::memcpy(&amount, value.data(), sizeof amount);
    sum += amount;
    return true;
  }));
  return sum;
}

// One page of the deadline queue, gathered from the queues of one or several states.
class QueuePage {
 public:
  QueuePage(const View& view, const DeadlineRules& rules, const DeadlineQuery& query)
      : view_(view), rules_(rules), query_(query) {}

  Result<json::object> read() {
    MINNE_TRY_VOID(choose_states());
    choose_dimension();
    MINNE_TRY(const Cursor cursor, decode_cursor(query_.cursor, list_of(query_)));
    for (const auto state : states_) MINNE_TRY_VOID(scan(state, cursor.key));
    std::ranges::sort(found_, {}, &Found::key);
    // What one state has not looked at yet may come before what another has found.
    if (!stopped_at_.empty()) std::erase_if(found_, [this](const Found& found) { return found.key > stopped_at_; });
    const bool more = found_.size() > query_.limit || !stopped_at_.empty();
    if (found_.size() > query_.limit) found_.resize(query_.limit);
    json::array items;
    for (auto& found : found_) items.push_back(std::move(found.item));
    json::object out;
    put_total(out, items.size(), more);
    // A bounded look through a long queue may end before the page is full: the cursor goes on from there.
    const auto& last = found_.size() == query_.limit ? found_.back().key : stopped_at_;
    out["items"] = std::move(items);
    out["next"] = more && !last.empty() ? json::value(encode_cursor({view_.live().position, last}, list_of(query_)))
                                        : json::value();
    out["today"] = to_text(query_.today);
    out["position"] = view_.live().position;
    return out;
  }

 private:
  struct Found {
    std::string key;  // nominal date, case, ordinal
    json::object item;
  };

  Result<> choose_states() {
    MINNE_TRY(asked_, state_asked(query_.state));
    if (!asked_.state) {
      for (std::size_t i = 0; i < kObligationStates.size(); ++i) states_.push_back(static_cast<State>(i));
      return {};
    }
    states_.push_back(*asked_.state);
    // A clock whose birthday has come is cancelled, and stands among the open ones until something is recorded.
    if (asked_.state == State::cancelled) states_.push_back(State::open);
    return {};
  }

  void choose_dimension() {
    const int filters = (query_.worker.empty() ? 0 : 1) + (query_.unit.empty() ? 0 : 1) + (query_.rule.empty() ? 0 : 1);
    single_ = filters <= 1 && !asked_.past && !query_.before;
    if (states_.size() != 1 || states_.front() != State::open) return;  // history stands under the board alone
    if (!query_.worker.empty()) {
      by_ = QueueBy::kWorker;
      name_ = query_.worker;
    } else if (!query_.unit.empty()) {
      by_ = QueueBy::kUnit;
      name_ = query_.unit;
    } else if (!query_.rule.empty()) {
      by_ = QueueBy::kRule;
      name_ = query_.rule;
    }
  }

  Result<> scan(State state, const std::string& after) {
    const auto prefix = queue_prefix(by_, name_, state);
    std::size_t scanned = 0;
    std::size_t taken = 0;
    const auto space = static_cast<Space>(kFirstIndex + index_base<Obligations>() + Obligations::kQueue);
    return view_.scan(space, prefix, after.empty() ? std::string{} : prefix + after,
                      [&](std::string_view key, std::string_view value) {
                        const auto suffix = key.substr(prefix.size());
                        if (!after.empty() && suffix <= after) return true;
                        const auto nominal = KeyReader(suffix).day();
                        if (is_past_end(nominal, query_, asked_)) return false;
                        if (++scanned > kMaxScanned) {
                          stopped_at_ = stopped_at_.empty() ? last_scanned_ : std::min(stopped_at_, last_scanned_);
                          return false;
                        }
                        last_scanned_ = suffix;
                        if (!take(suffix, value)) return true;
                        return ++taken <= query_.limit;
                      });
  }

  bool take(std::string_view suffix, std::string_view value) {
    const auto item = queue_item(value);
    if (!is_chosen(*item.obligation, query_, asked_)) return false;
    found_.push_back(
        {std::string{suffix}, obligation_json(item.case_id, item.ref, *item.obligation, rules_, query_.today)});
    return true;
  }

  // Tallies stand under every dimension, in every state.
  [[nodiscard]] std::string tally_key(State state) const {
    if (!query_.worker.empty()) return queue_prefix(QueueBy::kWorker, query_.worker, state);
    if (!query_.unit.empty()) return queue_prefix(QueueBy::kUnit, query_.unit, state);
    if (!query_.rule.empty()) return queue_prefix(QueueBy::kRule, query_.rule, state);
    return queue_prefix(QueueBy::kBoard, {}, state);
  }

  void put_total(json::object& out, std::size_t shown, bool more) const {
    if (single_) {
      const auto grown = asked_.state == State::open || asked_.state == State::cancelled
                             ? grown_by(view_, tally_key(State::open), query_.today)
                             : 0;
      std::int64_t total = asked_.state == State::open ? -grown : grown;
      for (const auto state : states_) {
        if (!asked_.state || state == *asked_.state) total += tally_at(view_, tally_key(state));
      }
      out["total"] = total;
    } else if (!more && query_.cursor.empty()) {
      out["total"] = shown;
    } else {
      out["total_at_least"] = shown + (more ? 1 : 0);
    }
  }

  const View& view_;
  const DeadlineRules& rules_;
  const DeadlineQuery& query_;
  std::vector<State> states_;  // in which the queue is read
  StateAsked asked_;
  bool single_ = true;
  QueueBy by_ = QueueBy::kBoard;
  std::string name_;
  std::vector<Found> found_;
  std::string last_scanned_;
  std::string stopped_at_;
};

}  // namespace

Result<StateAsked> state_asked(std::string_view name) {
  if (name == "all") return StateAsked{};
  if (name == "overdue" || name == "lapsed")
    return StateAsked{.state = State::open, .past = true, .lapsing = name == "lapsed"};
  const auto found = std::ranges::find(kObligationStates, name);
  if (found == kObligationStates.end())
    return invalid("state is open, met, met_late, extended, cancelled, overdue, lapsed or all", "state");
  return StateAsked{.state = static_cast<State>(found - kObligationStates.begin())};
}

rows::QueueItemT queue_item(std::string_view stored) {
  std::vector<std::uint64_t> words(stored.size() / 8 + 1);  // a FlatBuffer is read at aligned places
  std::memcpy(words.data(), stored.data(), stored.size());
  rows::QueueItemT item;
  flatbuffers::GetRoot<rows::QueueItem>(words.data())->UnPackTo(&item);
  return item;
}

bool is_chosen(const rows::ObligationT& obligation, const DeadlineQuery& query, const StateAsked& asked) {
  if (!query.unit.empty() && obligation.unit != query.unit) return false;
  if (!query.worker.empty() && obligation.worker != query.worker) return false;
  if (!query.rule.empty() && obligation.rule != query.rule) return false;
  if (asked.past && obligation.lapses != asked.lapsing) return false;
  return !asked.state || state_on(obligation, query.today) == *asked.state;
}

bool is_past_end(std::int32_t nominal, const DeadlineQuery& query, const StateAsked& asked) {
  return (asked.past && nominal >= to_days(query.today)) || (query.before && nominal >= to_days(*query.before));
}

std::string list_of(const DeadlineQuery& query) {
  KeyWriter out;
  out.text("deadlines").text(query.state).text(query.unit).text(query.worker).text(query.rule);
  out.u8(query.before ? 1 : 0).u8(query.as_of ? 1 : 0);
  if (query.before) out.day(to_days(*query.before));
  if (query.as_of) out.day(to_days(*query.as_of));
  return out.str();
}

Result<json::object> deadlines(const View& view, const DeadlineRules& rules, const DeadlineQuery& query) {
  return QueuePage(view, rules, query).read();
}

}  // namespace minne
