#include "projections/obligation_json.h"

#include "projections/json_parts.h"
#include "projections/queries.h"

namespace minne {
namespace {

namespace json = boost::json;
using rows::State;

constexpr std::array<std::string_view, 3> kStreams = {"case", "staff", "board"};

std::string_view name_of(State state) { return kObligationStates[static_cast<std::size_t>(state)]; }

// A clock runs in the stream of what starts it. The board's own and a worker's are no cases: on the routes of cases
// nothing answers to their ids.
StreamKind stream_of(const Rule* rule) {
  if (rule == nullptr || rule->starts.empty()) return StreamKind::case_;
  const auto type = type_named(rule->starts.front().trigger.event);
  return type ? minne::stream_of(*type) : StreamKind::case_;
}

}  // namespace

json::object obligation_json(const Id& case_id, const std::string& ref, const rows::ObligationT& item,
                             const DeadlineRules& rules, Date today) {
  const auto* rule = rule_of(rules, item.rule, item.started);
  const auto stream = stream_of(rule);
  const auto state = state_on(item, today);
  const bool past = state == State::open && item.nominal < to_days(today);
  json::object out{{"stream", kStreams.at(static_cast<std::size_t>(stream))},
                   {"case", stream == StreamKind::case_ ? json::value(to_text(case_id)) : json::value()},
                   {"ref", text_or_null(ref)},
                   {"id", item.rule + "/" + to_text(item.id_event)},
                   {"matter", id_or_null(item.matter)},
                   {"rule", item.rule},
                   {"law", rule == nullptr ? json::value() : text_or_null(rule->law)},
                   {"section", rule == nullptr ? json::value() : text_or_null(rule->section)},
                   {"state", name_of(state)},
                   {"started", date(item.started)},
                   {"nominal", date(item.nominal)},
                   {"adjusted", date(item.adjusted)},
                   {"met_on", date_or_null(item.met_on)},
                   {"days_left", state == State::open ? json::value(item.nominal - to_days(today)) : json::value()},
                   {"overdue", past && !item.lapses},
                   {"lapsed", past && item.lapses},
                   {"worker", text_or_null(item.worker)},
                   {"unit", text_or_null(item.unit)},
                   {"events", ids(item.events)}};
  if (item.state == State::met || item.state == State::met_late) out["within_adjusted"] = item.within_adjusted;
  if (item.state == State::extended) out["extended_late"] = item.extended_late;
  if (!item.extends.is_nil()) out["extends"] = item.rule + "/" + to_text(item.extends);
  return out;
}

}  // namespace minne
