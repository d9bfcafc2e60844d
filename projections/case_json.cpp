// One case as callers read it: its state, its clocks, its history of reports.
#include "projections/consent.h"
#include "projections/json_parts.h"
#include "projections/legal_order.h"
#include "projections/obligation_json.h"
#include "projections/periods.h"
#include "projections/queries.h"

#include <algorithm>
#include <map>
#include <set>

namespace minne {
namespace {

namespace json = boost::json;
using rows::State;

constexpr std::array<std::string_view, 5> kDecisions = {"pending", "opened", "not_opened", "joined", "forwarded"};

std::string_view name_of(rows::Decision decision) { return kDecisions[static_cast<std::size_t>(decision)]; }

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
          {"decision", name_of(report.decision)},
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
                                  {"kind", kind},
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

}  // namespace

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

}  // namespace minne
