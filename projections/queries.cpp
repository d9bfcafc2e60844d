#include "projections/queries.h"

#include "core/keys.h"
#include "core/page.h"
#include "events/check.h"
#include "events/json.h"
#include "events/schema.h"
#include "projections/changed_fields.h"
#include "projections/consent.h"
#include "projections/effective.h"
#include "projections/legal_order.h"
#include "projections/periods.h"
#include "projections/repeats.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace minne {
namespace {

namespace json = boost::json;
using rows::State;

constexpr std::array<std::string_view, 5> kStates = {"open", "met", "met_late", "extended", "cancelled"};
constexpr std::array<std::string_view, 3> kStreams = {"case", "staff", "board"};
constexpr std::array<std::string_view, 5> kDecisions = {"pending", "opened", "not_opened", "joined", "forwarded"};

std::string_view name_of(State state) { return kStates[static_cast<std::size_t>(state)]; }
std::string_view name_of(rows::Decision decision) { return kDecisions[static_cast<std::size_t>(decision)]; }
std::string_view id_key(const Id& id) { return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}; }

json::string text(std::string_view value) { return json::string{value.data(), value.size()}; }
json::value id_or_null(const Id& id) { return id.is_nil() ? json::value() : json::value(to_text(id)); }
json::value text_or_null(const std::string& value) { return value.empty() ? json::value() : json::value(text(value)); }
json::value date_or_null(const flatbuffers::Optional<std::int32_t>& days) {
  return days ? json::value(to_text(from_days(*days))) : json::value();
}
json::string date(std::int32_t days) { return text(to_text(from_days(days))); }

template <class T>
json::array ids(const std::vector<T>& list) {
  json::array out;
  for (const auto& id : list) out.emplace_back(to_text(id));
  return out;
}

// A clock runs in the stream of what starts it. The board's own and a worker's are no cases: on the routes of cases
// nothing answers to their ids.
StreamKind stream_of(const Rule* rule) {
  if (rule == nullptr || rule->starts.empty()) return StreamKind::case_;
  const auto type = type_named(rule->starts.front().trigger.event);
  return type ? minne::stream_of(*type) : StreamKind::case_;
}

json::object obligation_json(const Id& case_id, const std::string& ref, const rows::ObligationT& item,
                             const DeadlineRules& rules, Date today) {
  const auto* rule = rule_of(rules, item.rule, item.started);
  const auto stream = stream_of(rule);
  const auto state = state_on(item, today);
  const bool past = state == State::open && item.nominal < to_days(today);
  json::object out{{"stream", text(kStreams.at(static_cast<std::size_t>(stream)))},
                   {"case", stream == StreamKind::case_ ? json::value(to_text(case_id)) : json::value()},
                   {"ref", text_or_null(ref)},
                   {"id", item.rule + "/" + to_text(item.id_event)},
                   {"matter", id_or_null(item.matter)},
                   {"rule", item.rule},
                   {"law", rule == nullptr ? json::value() : text_or_null(rule->law)},
                   {"section", rule == nullptr ? json::value() : text_or_null(rule->section)},
                   {"state", text(name_of(state))},
                   {"started", date(item.started)},
                   {"nominal", date(item.nominal)},
                   {"adjusted", date(item.adjusted)},
                   {"met_on", date_or_null(item.met_on)},
                   {"days_left", state == State::open ? json::value(item.nominal - to_days(today)) : json::value()},
                   {"overdue", past},
                   {"lapsed", past && item.lapses},
                   {"worker", text_or_null(item.worker)},
                   {"unit", text_or_null(item.unit)},
                   {"events", ids(item.events)}};
  if (item.state == State::met || item.state == State::met_late) out["within_adjusted"] = item.within_adjusted;
  if (item.state == State::extended) out["extended_late"] = item.extended_late;
  if (!item.extends.is_nil()) out["extends"] = item.rule + "/" + to_text(item.extends);
  return out;
}

json::object report_json(const rows::ReportT& report, const Id& incident, const std::vector<Id>& of_incident) {
  json::array concerns;
  for (const auto& concern : report.concerns) {
    json::object item{{"code", concern->code}};
    if (concern->absence_pct) item["absence_pct"] = *concern->absence_pct;
    concerns.push_back(std::move(item));
  }
  json::array others;
  for (const auto& id : of_incident) {
    if (id != report.id) others.emplace_back(to_text(id));
  }
  json::value protection;
  if (report.protection_on) {
    protection = json::object{
        {"on", date(*report.protection_on)},
        {"needs_protection", report.needs_protection ? json::value(*report.needs_protection) : json::value()},
        {"days", *report.protection_on - to_days(received_on(report))}};
  }
  return {{"id", to_text(report.id)},
          {"version", report.version},
          {"received", to_text(received_on(report))},
          {"age", report.age ? json::value(*report.age) : json::value()},
          {"elsewhere", !report.from_board.empty()},
          {"from_board", text_or_null(report.from_board)},
          {"channel", text_or_null(report.channel)},
          {"reporter", text_or_null(report.reporter_category)},
          {"anonymous", report.anonymous},
          {"mandated", report.mandated},
          {"concerns", std::move(concerns)},
          {"incident", to_text(incident)},
          {"same_incident", std::move(others)},
          {"siblings", ids(report.siblings)},
          {"supplements", report.supplements},
          {"protection", std::move(protection)},
          {"history_reviewed_at", report.reviewed_position ? json::value(*report.reviewed_position) : json::value()},
          {"decision", text(name_of(report.decision))},
          {"decided", date_or_null(report.decided_on)},
          {"reason", text_or_null(report.reason)},
          {"decider", text_or_null(report.decider)},
          {"investigation", id_or_null(report.investigation)},
          {"days_to_decision", report.days_to_decision ? json::value(*report.days_to_decision) : json::value()},
          {"not_joined", report.not_joined},
          {"counts",
           json::object{{"days_30", report.count_30}, {"days_90", report.count_90}, {"days_365", report.count_365}}}};
}

json::array assignments_json(const rows::AssignmentsT& assignments) {
  json::array out;
  for (const auto& item : assignments.items) {
    out.emplace_back(json::object{{"matter", id_or_null(item->matter)},
                                  {"worker", item->worker},
                                  {"role", text_or_null(item->role)},
                                  {"unit", text_or_null(item->unit)},
                                  {"from", date(item->from_on)},
                                  {"to", date_or_null(item->ended_on)},
                                  {"end_reason", text_or_null(item->end_reason)},
                                  {"handed_over_from", text_or_null(item->handed_over_from)},
                                  {"acknowledged", date_or_null(item->acknowledged_on)}});
  }
  return out;
}

// What is not finished: reports that await a decision, investigations that are not concluded.
json::array matters_json(const CaseRow& row) {
  json::array out;
  const auto add = [&](const Id& id, std::string_view kind, const std::string& opened) {
    const auto* owner = responsible_for(row.get<Assignments>(), id);
    out.emplace_back(json::object{{"matter", to_text(id)},
                                  {"kind", text(kind)},
                                  {"opened", opened},
                                  {"worker", owner == nullptr ? json::value() : json::value(owner->worker)},
                                  {"unit", owner == nullptr ? json::value() : text_or_null(owner->unit)}});
  };
  for (const auto& report : row.get<Reports>().items) {
    if (report->decision == rows::Decision::pending) add(report->id, "report", to_text(received_on(*report)));
  }
  for (const auto& item : row.get<Investigations>().items) {
    if (!item->concluded_on) add(item->id, "investigation", to_text(from_days(item->opened_on)));
  }
  return out;
}

json::array investigations_json(const CaseRow& row) {
  json::array out;
  for (const auto& item : row.get<Investigations>().items) {
    out.emplace_back(json::object{{"id", to_text(item->id)},
                                  {"opened", date(item->opened_on)},
                                  {"basis", text_or_null(item->basis)},
                                  {"reports", ids(item->reports)},
                                  {"extensions", item->extensions},
                                  {"extended_to", date_or_null(item->extended_to)},
                                  {"concluded", date_or_null(item->concluded_on)},
                                  {"outcome", text_or_null(item->outcome)}});
  }
  return out;
}

// Whether each party has consented to a proposal, or withdrawn it: what they last said, in legal order.
json::array consents_json(const rows::ProposalsT& proposals, const Id& proposal) {
  std::map<std::pair<std::string, std::string>, const rows::ConsentT*> last;
  for (const auto* item : in_legal_order(proposals.consents)) {
    if (item->matter == proposal) last[{item->party, item->party_ref}] = item;
  }
  json::array out;
  for (const auto& [party, item] : last) {
    out.emplace_back(json::object{{"party", text_or_null(party.first)},
                                  {"party_ref", text_or_null(party.second)},
                                  {"scope", text_or_null(item->scope)},
                                  {"state", item->withdrawn ? "withdrawn" : "consented"},
                                  {"on", date(item->on)}});
  }
  return out;
}

// Whether everyone whose consent it takes at the child's age, today, has given it: for help at home, for a placement.
json::object sufficient_json(const CaseRow& row, const Id& proposal, Date today) {
  const auto is_enough = [&](Help help) { return missing_consents(row, to_days(today), help, {&proposal, 1}).empty(); };
  return {{"intervention", is_enough(Help::kOther)}, {"placement", is_enough(Help::kPlacement)}};
}

json::array proposals_json(const CaseRow& row, Date today) {
  const auto& proposals = row.get<Proposals>();
  json::array out;
  for (const auto& item : proposals.items) {
    json::value declined;
    if (item->declined_on) {
      declined = json::object{{"on", date(*item->declined_on)},
                              {"by", text_or_null(item->declined_by)},
                              {"reason", text_or_null(item->decline_reason)}};
    }
    out.emplace_back(json::object{{"id", to_text(item->id)},
                                  {"on", date(item->on)},
                                  {"method", text_or_null(item->method)},
                                  {"investigation", id_or_null(item->investigation)},
                                  {"consents", consents_json(proposals, item->id)},
                                  {"sufficient", sufficient_json(row, item->id, today)},
                                  {"declined", std::move(declined)}});
  }
  return out;
}

// The open clock whose day comes first, or came.
json::value next_deadline_json(const CaseRow& row, Date today) {
  const rows::ObligationT* next = nullptr;
  for (const auto& item : row.get<Obligations>().items) {
    if (state_on(*item, today) != State::open) continue;
    if (next == nullptr || item->nominal < next->nominal) next = item.get();
  }
  if (next == nullptr) return nullptr;
  return json::object{{"rule", next->rule},
                      {"matter", id_or_null(next->matter)},
                      {"nominal", date(next->nominal)},
                      {"days_left", next->nominal - to_days(today)}};
}

json::value protected_identity_json(const CaseRow& row, Date today) {
  const auto spell = protected_on(row.get<ProtectedIdentity>(), today);
  if (!spell) return nullptr;
  return json::object{{"level", spell->level},
                      {"from", date(spell->from)},
                      {"to", spell->to == kNeverEnds ? json::value() : json::value(date(spell->to))}};
}

// A cursor is (position, last key), as hex: a reader sees where the page was made. With a checksum over both and over
// what was asked: one that was altered, or is another list's, would pass rows over without a word.
struct Cursor {
  Position position = 0;
  std::string key;
};

std::string asked_of(const DeadlineQuery& query) {
  KeyWriter out;
  out.text("deadlines").text(query.state).text(query.unit).text(query.worker).text(query.rule);
  if (query.before) out.day(to_days(*query.before));
  return out.str();
}

std::string asked_of(const RepeatsQuery& query) {
  return KeyWriter{}
      .text("repeats")
      .text(query.concern)
      .u32(query.min)
      .u32(query.within_days)
      .u8(query.not_opened ? 1 : 0)
      .str();
}

std::uint32_t sum_of(const Cursor& cursor, const std::string& asked) {
  return crc32_of(KeyWriter{}.u64(cursor.position).str() + cursor.key + asked);
}

std::string encode_cursor(const Cursor& cursor, const std::string& asked) {
  const auto bytes = KeyWriter{}.u64(cursor.position).u32(sum_of(cursor, asked)).str() + cursor.key;
  return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

Result<Cursor> decode_cursor(const std::string& encoded, const std::string& asked) {
  if (encoded.empty()) return Cursor{};
  const auto bytes = from_hex(encoded);
  if (!bytes || bytes->size() < 12) return invalid("not a cursor of this list", "cursor");
  KeyReader reader(*bytes);
  Cursor out;
  out.position = reader.u64();
  const auto sum = reader.u32();
  out.key = reader.rest();
  if (sum != sum_of(out, asked)) return invalid("not a cursor of this list", "cursor");
  return out;
}

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
    MINNE_TRY(const Cursor cursor, decode_cursor(query_.cursor, asked_of(query_)));
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
    out["next"] = more && !last.empty() ? json::value(encode_cursor({view_.live().position, last}, asked_of(query_)))
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
    if (query_.state == "all") {
      for (std::size_t i = 0; i < kStates.size(); ++i) states_.push_back(static_cast<State>(i));
      return {};
    }
    if (query_.state == "overdue" || query_.state == "lapsed") {
      states_.push_back(State::open);
      wanted_ = State::open;
      derived_ = true;
      return {};
    }
    const auto found = std::ranges::find(kStates, query_.state);
    if (found == kStates.end())
      return invalid("state is open, met, met_late, extended, cancelled, overdue, lapsed or all", "state");
    wanted_ = static_cast<State>(found - kStates.begin());
    states_.push_back(*wanted_);
    // A clock whose birthday has come is cancelled, and stands among the open ones until something is recorded.
    if (wanted_ == State::cancelled) states_.push_back(State::open);
    return {};
  }

  void choose_dimension() {
    const int filters = (query_.worker.empty() ? 0 : 1) + (query_.unit.empty() ? 0 : 1) + (query_.rule.empty() ? 0 : 1);
    single_ = filters <= 1 && !derived_ && !query_.before;
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
                        if (past_end(nominal)) return false;
                        if (++scanned > kMaxScanned) {
                          stopped_at_ = stopped_at_.empty() ? last_scanned_ : std::min(stopped_at_, last_scanned_);
                          return false;
                        }
                        last_scanned_ = suffix;
                        if (!take(suffix, value)) return true;
                        return ++taken <= query_.limit;
                      });
  }

  [[nodiscard]] bool past_end(std::int32_t nominal) const {
    return (derived_ && nominal >= to_days(query_.today)) || (query_.before && nominal >= to_days(*query_.before));
  }

  bool take(std::string_view suffix, std::string_view value) {
    std::vector<std::uint64_t> words(value.size() / 8 + 1);
    std::memcpy(words.data(), value.data(), value.size());
    rows::QueueItemT item;
    flatbuffers::GetRoot<rows::QueueItem>(words.data())->UnPackTo(&item);
    const auto& obligation = *item.obligation;
    if (!query_.unit.empty() && obligation.unit != query_.unit) return false;
    if (!query_.worker.empty() && obligation.worker != query_.worker) return false;
    if (!query_.rule.empty() && obligation.rule != query_.rule) return false;
    if (query_.state == "lapsed" && !obligation.lapses) return false;
    if (wanted_ && state_on(obligation, query_.today) != *wanted_) return false;
    found_.push_back({std::string{suffix}, obligation_json(item.case_id, item.ref, obligation, rules_, query_.today)});
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
      const auto grown = wanted_ == State::open || wanted_ == State::cancelled
                             ? grown_by(view_, tally_key(State::open), query_.today)
                             : 0;
      std::int64_t total = wanted_ == State::open ? -grown : grown;
      for (const auto state : states_) {
        if (!wanted_ || state == *wanted_) total += tally_at(view_, tally_key(state));
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
  std::vector<State> states_;    // in which the queue is read
  std::optional<State> wanted_;  // as of today; nothing: any
  bool derived_ = false;
  bool single_ = true;
  QueueBy by_ = QueueBy::kBoard;
  std::string name_;
  std::vector<Found> found_;
  std::string last_scanned_;
  std::string stopped_at_;
};

}  // namespace

const Rule* rule_of(const DeadlineRules& rules, const std::string& id, std::int32_t started) {
  return rules.table().find(id, from_days(started));
}

Result<CaseRow> read_row(const View& view, const Id& case_id) {
  MINNE_TRY(const auto stored, view.get(kRows, id_key(case_id)));
  if (stored) return unpack_row(case_id, *stored);
  CaseRow row;
  row.id = case_id;
  return row;
}

Result<std::optional<Id>> find_subject(const View& view, std::string_view token) {
  std::optional<Id> found;
  const auto space = static_cast<Space>(kFirstIndex + index_base<File>() + File::kBySubject);
  MINNE_TRY_VOID(view.scan(space, token, {}, [&](std::string_view key, std::string_view) {
    found = KeyReader(key.substr(token.size())).id();
    return false;
  }));
  return found;
}

Result<std::set<Id>> protected_cases(const View& view, Date day) {
  std::set<Id> out;
  const auto space = static_cast<Space>(kFirstIndex + index_base<ProtectedIdentity>() + ProtectedIdentity::kSpells);
  MINNE_TRY_VOID(view.scan(space, {}, {}, [&](std::string_view key, std::string_view value) {
    KeyReader reader(key);
    const auto case_id = reader.id();
    if (reader.day() <= to_days(day) && to_days(day) <= KeyReader(value).day()) out.insert(case_id);
    return true;
  }));
  return out;
}

Result<Id> find_reference(const View& view, std::string_view reference) {
  const auto prefix = KeyWriter{}.text(reference).str();
  const auto space = static_cast<Space>(kFirstIndex + index_base<File>() + File::kByRef);
  std::vector<Id> found;
  MINNE_TRY_VOID(view.scan(space, prefix, {}, [&](std::string_view key, std::string_view) {
    found.push_back(KeyReader(key.substr(prefix.size())).id());
    return found.size() < kMaxPage;
  }));
  if (found.empty()) return failure(Code::kUnknown, "no case of that reference");
  if (found.size() == 1) return found.front();
  auto error = failure(Code::kConflict, "several cases have that reference: name the case");
  error.details["cases"] = ids(found);
  return error;
}

Result<std::vector<HeldAssignment>> assignments_of(const View& view, std::string_view worker) {
  const auto prefix = KeyWriter{}.text(worker).str();
  const auto space = static_cast<Space>(kFirstIndex + index_base<Assignments>() + Assignments::kByWorker);
  std::vector<HeldAssignment> out;
  MINNE_TRY_VOID(view.scan(space, prefix, {}, [&](std::string_view key, std::string_view) {
    KeyReader reader(key.substr(prefix.size()));
    const auto case_id = reader.id();
    const auto matter = reader.id();
    if (reader.text() != kLeftBehind) out.push_back({case_id, matter});
    return true;
  }));
  return out;
}

json::array obligations_json(const CaseRow& row, const DeadlineRules& rules, Date today) {
  json::array out;
  for (const auto& item : row.get<Obligations>().items) {
    out.push_back(obligation_json(row.id, row.get<File>().external_ref, *item, rules, today));
  }
  return out;
}

json::object report_history_json(const CaseRow& row) {
  const auto& reports = row.get<Reports>();
  const auto ordered = in_legal_order(reports);
  std::map<Id, std::vector<Id>> incidents;
  for (const auto* report : ordered) incidents[incident_of(reports, *report)].push_back(report->id);
  json::array items;
  for (const auto* report : ordered) {
    const auto incident = incident_of(reports, *report);
    items.push_back(report_json(*report, incident, incidents[incident]));
  }
  const auto opened = std::ranges::count_if(ordered, [](const auto* report) { return led_to_investigation(*report); });
  return {{"case", to_text(row.id)},       {"ref", text_or_null(row.get<File>().external_ref)},
          {"total", items.size()},         {"elsewhere", reports.elsewhere.size()},
          {"incidents", incidents.size()}, {"led_to_investigation", opened},
          {"reports", std::move(items)},   {"position", row.position}};
}

json::object case_json(const CaseRow& row, const DeadlineRules& rules, Date today) {
  const auto& file = row.get<File>();
  const auto& activity = row.get<Activity>();
  json::array workers;
  for (const auto& worker : activity.workers) workers.emplace_back(worker);
  const auto* responsible = responsible_for(row.get<Assignments>(), Id{});
  auto history = report_history_json(row);
  const auto age = age_on(file, today);
  return {{"case", to_text(row.id)},
          {"ref", text_or_null(file.external_ref)},
          {"state", file.closed_on ? "closed" : "open"},
          {"version", row.version},
          {"position", row.position},
          {"opened", date_or_null(file.opened_on)},
          {"closed", date_or_null(file.closed_on)},
          {"subject", json::object{{"birth_date", date_or_null(file.birth_date)},
                                   {"expected_birth", date_or_null(file.expected_birth)},
                                   {"age", age ? json::value(*age) : json::value()},
                                   {"sex", text_or_null(file.sex)},
                                   {"area", text_or_null(file.area)},
                                   {"school", text_or_null(file.school)}}},
          {"protected_identity", protected_identity_json(row, today)},
          {"next_deadline", next_deadline_json(row, today)},
          {"workers", std::move(workers)},
          {"worker_changes", activity.worker_changes},
          {"actions", activity.actions},
          {"responsible", responsible == nullptr ? json::value() : json::value(responsible->worker)},
          {"handovers", row.get<Assignments>().handovers},
          {"assignments", assignments_json(row.get<Assignments>())},
          {"matters", matters_json(row)},
          {"investigations", investigations_json(row)},
          {"proposals", proposals_json(row, today)},
          {"obligations", obligations_json(row, rules, today)},
          {"reports", std::move(history["reports"])}};
}

json::object event_json(const BoardRecord& board, const StoredEvent& stored) {
  auto out = decode_event(stored.event.bytes, stored.event.sealed);
  out["board"] = board.name;
  out["position"] = stored.position;
  out["version"] = stored.version;
  out["recorded_at"] = to_text(stored.recorded_at);
  return out;
}

namespace {

// What turned out to belong to another case, by its own ids here.
Result<std::set<Id>> misfiled_events(const EventLog& log, BoardNumber board, const View& view, const Id& case_id) {
  std::set<Id> out;
  MINNE_TRY(const auto row, read_row(view, case_id));
  if (!row.corrected) return out;
  MINNE_TRY(const auto events, all_events(log, board, view, case_id));
  Corrections corrections;
  for (const auto& event : events) corrections.add(event_in(event.event.bytes));
  for (const auto& event : events) {
    const auto id = id_of(event_in(event.event.bytes).id());
    if (corrections.is_misfiled(corrections.root_of(id))) out.insert(id);
  }
  return out;
}

// By position: what the corrections of a case changed. They may be about events long before the page.
Result<std::map<Position, json::array>> changed_by(const EventLog& log, const BoardRecord& board, const View& view,
                                                   const Id& case_id) {
  std::map<Position, json::array> out;
  MINNE_TRY(const auto row, read_row(view, case_id));
  if (!row.corrected) return out;
  MINNE_TRY(const auto positions, case_positions(view, case_id));
  MINNE_TRY(const auto events, log.read_events(board.number, positions));
  ChangedFields changed;
  for (const auto& event : events) {
    if (auto fields = changed.add(event_json(board, event))) out.emplace(event.position, std::move(*fields));
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

Result<json::array> events_json(const EventLog& log, const BoardRecord& board, const View& view, const Id& case_id,
                                Version after, std::size_t limit) {
  MINNE_TRY(auto positions, case_positions(view, case_id));
  const auto begin = std::min<std::size_t>(after, positions.size());
  const auto end = std::min(begin + limit, positions.size());
  positions = {positions.begin() + static_cast<std::ptrdiff_t>(begin),
               positions.begin() + static_cast<std::ptrdiff_t>(end)};
  MINNE_TRY(const auto events, log.read_events(board.number, positions));
  MINNE_TRY(const auto misfiled, misfiled_events(log, board.number, view, case_id));
  MINNE_TRY(auto changed, changed_by(log, board, view, case_id));
  json::array out;
  for (const auto& event : events) {
    auto shown = event_json(board, event);
    if (misfiled.contains(id_of(event_in(event.event.bytes).id()))) {
      leave_place_of(shown);
    } else if (const auto fields = changed.find(event.position); fields != changed.end()) {
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

Result<json::object> deadlines(const View& view, const DeadlineRules& rules, const DeadlineQuery& query) {
  return QueuePage(view, rules, query).read();
}

Result<json::object> repeats(const View& view, const RepeatsQuery& query) {
  const auto last_day = to_days(query.today);
  ReportedAgain asked{.first_day = last_day - static_cast<std::int32_t>(query.within_days) + 1,
                      .last_day = last_day,
                      .concern = query.concern,
                      .at_least = query.min};
  if (query.not_opened) asked.most_opened = 0;
  MINNE_TRY(const auto found, reported_again(view, asked));
  MINNE_TRY(const Cursor cursor, decode_cursor(query.cursor, asked_of(query)));
  const auto begin = cursor.key.empty() ? 0 : std::min<std::size_t>(KeyReader(cursor.key).u32(), found.size());
  const auto end = std::min(begin + query.limit, found.size());
  json::array items;
  for (std::size_t i = begin; i < end; ++i) items.emplace_back(repeat_json(found[i]));
  json::object out{{"total", found.size()}, {"items", std::move(items)}};
  out["next"] =
      end < found.size()
          ? json::value(encode_cursor({view.live().position, KeyWriter{}.u32(static_cast<std::uint32_t>(end)).str()},
                                      asked_of(query)))
          : json::value();
  out["today"] = to_text(query.today);
  out["position"] = view.live().position;
  return out;
}

}  // namespace minne
