#include "projections/components/decisions.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"
#include "projections/legal_order.h"

#include <algorithm>

namespace minne {
namespace {

using Step = rows::ExecutionStep;

void add(const RecordedEvent& event, const Id& decision, flatbuffers::Optional<std::int32_t> stated, Step step,
         rows::DecisionsT& decisions) {
  if (decision.is_nil()) return;
  auto item = std::make_unique<rows::ExecutionT>();
  item->decision = decision;
  item->on = day_of(stated, event);
  item->at = legal_place(LegalTime(stated, event), decisions.executions, &rows::ExecutionT::at);
  item->version = event.version;
  item->step = step;
  decisions.executions.push_back(std::move(item));
}

std::vector<const rows::ExecutionT*> steps_of(const rows::DecisionsT& decisions, const Id& decision) {
  auto out = in_legal_order(decisions.executions);
  std::erase_if(out, [&](const rows::ExecutionT* item) { return item->decision != decision; });
  return out;
}

bool too_long(const DecisionWait& wait) { return months_after(wait.since, kNotExecutedMonths) < wait.until; }

DecisionWait waiting_from(std::int32_t day, bool interrupted) {
  DecisionWait out;
  out.since = day;
  out.interrupted = interrupted;
  return out;
}

// The times in which granted help was not given, in order.
std::vector<DecisionWait> waits_of(const rows::DecisionsT& decisions, const rows::GrantedDecisionT& decision) {
  std::vector<DecisionWait> out;
  std::optional<DecisionWait> now = waiting_from(decision.on, false);
  const auto end = [&](std::int32_t on, bool executed) {
    if (!now) return;
    now->until = on;
    now->executed = executed;
    out.push_back(*now);
    now.reset();
  };
  for (const auto* step : steps_of(decisions, decision.id)) {
    if (step->step == Step::interrupted) {
      if (!now) now = waiting_from(step->on, true);
      continue;
    }
    end(step->on, step->step == Step::executed);
    if (step->step == Step::terminated) break;
  }
  if (now) out.push_back(*now);
  return out;
}

}  // namespace

std::int32_t quarter_ended(std::int32_t day) {
  const auto month = month_of(day);
  const auto last = static_cast<std::uint16_t>(month - month % 3 + 2);
  return month_end(last) == day ? day : month_end(static_cast<std::uint16_t>(last - 3));
}

// value := interrupted:u8 executed:u8 kind \0 unit \0 ref \0 (quarter_ends:day32 reason \0)*
std::string pack_wait(const DecisionWait& wait) {
  KeyWriter out;
  out.u8(wait.interrupted ? 1 : 0).u8(wait.executed ? 1 : 0).text(wait.kind).text(wait.unit).text(wait.ref);
  for (const auto& filing : wait.filings) out.day(filing.quarter_ends).text(filing.reason);
  return out.str();
}

DecisionWait unpack_decision_wait(std::string_view value) {
  KeyReader in(value);
  DecisionWait out;
  out.interrupted = in.u8() != 0;
  out.executed = in.u8() != 0;
  out.kind = in.text();
  out.unit = in.text();
  out.ref = in.text();
  while (in.ok() && !in.rest().empty()) {
    const auto quarter_ends = in.day();
    out.filings.push_back({quarter_ends, std::string{in.text()}});
  }
  return out;
}

// Care, housing and other help that SoL 11:1 and 12:1 grant; a restriction has nobody who waits for it.
void Decisions::apply(const Recorded<events::DecisionMade>& event, const Before<Reads>&, Row& decisions) {
  const auto kind = text_of(event.body.kind());
  if (kind == "termination" && event.body.decides_on() != nullptr) {
    for (const auto* id : *event.body.decides_on()) add(event, id_of(id), {}, Step::terminated, decisions);
  }
  if (!event.body.favourable().value_or(false) || (kind != "assistance" && kind != "placement")) return;
  if (find_item(decisions.granted, event.matter()) != nullptr) return;
  auto item = std::make_unique<rows::GrantedDecisionT>();
  item->id = event.matter();
  item->on = to_days(event.occurred_on());
  item->version = event.version;
  item->kind = kind;
  item->unit = event.unit();
  if (event.body.decides_on() != nullptr) {
    for (const auto* id : *event.body.decides_on()) item->about.push_back(id_of(id));
  }
  decisions.granted.push_back(std::move(item));
}

void Decisions::apply(const Recorded<events::DecisionExecuted>& event, const Before<Reads>&, Row& decisions) {
  add(event, event.matter(), event.body.executed_on(), Step::executed, decisions);
}

void Decisions::apply(const Recorded<events::DecisionInterrupted>& event, const Before<Reads>&, Row& decisions) {
  add(event, event.matter(), event.body.interrupted_on(), Step::interrupted, decisions);
}

void Decisions::apply(const Recorded<events::PlacementStarted>& event, const Before<Reads>&, Row& decisions) {
  add(event, id_of(event.body.decision_id()), event.body.executed_on(), Step::executed, decisions);
}

void Decisions::apply(const Recorded<events::InterventionStarted>& event, const Before<Reads>&, Row& decisions) {
  add(event, id_of(event.body.decision_id()), {}, Step::executed, decisions);
}

void Decisions::apply(const Recorded<events::NonExecutionFiled>& event, const Before<Reads>&, Row& decisions) {
  auto item = std::make_unique<rows::NonExecutionT>();
  item->decision = event.matter();
  item->quarter_ends = event.body.quarter_ends().value_or(quarter_ended(to_days(event.occurred_on())));
  item->reason = text_of(event.body.reason_code());
  decisions.filings.push_back(std::move(item));
}

void Decisions::index(const CaseRow& row, IndexWriter& out) {
  const auto& decisions = row.get<Decisions>();
  for (const auto& decision : decisions.granted) {
    for (auto& wait : waits_of(decisions, *decision)) {
      if (!too_long(wait)) continue;
      wait.kind = decision->kind;
      wait.unit = decision->unit;
      wait.ref = row.get<File>().external_ref;
      for (const auto& filing : decisions.filings) {
        if (filing->decision == decision->id) wait.filings.push_back({filing->quarter_ends, filing->reason});
      }
      out.add(kWaits, KeyWriter{}.day(wait.until).id(row.id).id(decision->id).day(wait.since).view(), pack_wait(wait));
    }
  }
}

}  // namespace minne
