#include "projections/components/reports.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"
#include "projections/legal_order.h"

#include <algorithm>
#include <map>
#include <set>

namespace minne {
namespace {

rows::ReportT* find(rows::ReportsT& row, const Id& id) { return const_cast<rows::ReportT*>(find_report(row, id)); }

// The last decision in legal order stands, whenever it was recorded.
void decide_report(const RecordedEvent& event, rows::ReportT& report, rows::Decision decision, std::string_view reason,
                   std::string_view decider, const Id& investigation) {
  std::optional<std::int64_t> last;
  if (report.decision != rows::Decision::pending) last = report.decided_at;
  const auto at = legal_place(LegalTime(event), last);
  if (last && at < *last) return;
  report.decision = decision;
  report.decided_at = at;
  report.decided_on = to_days(event.occurred_on());
  report.decided_version = event.version;
  report.reason = reason;
  report.decider = decider;
  report.investigation = investigation;
}

// Codes of events/codes/report_decision.toml; what was not said stands as undecided.
rows::Decision decision_named(std::string_view code) {
  for (const auto decision : rows::EnumValuesDecision()) {
    if (code == rows::EnumNameDecision(decision)) return decision;
  }
  return rows::Decision::pending;
}

// A report of another board has no event here: its id follows from the one that told of it, and its place there.
std::unique_ptr<rows::ReportT> made_elsewhere(const Recorded<events::FileTakenOver>& event,
                                              const events::PriorReport& told, std::size_t place) {
  auto report = std::make_unique<rows::ReportT>();
  report->id = id_v5(event.id, "prior_report/" + std::to_string(place));
  report->version = event.version;
  report->received_at = to_micros(day_start(from_days(day_of(told.received(), event))));
  report->received_day_only = true;
  report->reporter_category = text_of(told.reporter_category());
  if (told.concerns() != nullptr) {
    for (const auto* code : *told.concerns()) {
      report->concerns.push_back(std::make_unique<rows::ConcernT>());
      report->concerns.back()->code = text_of(code);
    }
  }
  report->decision = decision_named(text_of(told.decision()));
  report->decided_on = told.decided();
  report->reason = text_of(told.reason_code());
  report->from_board = text_of(event.body.from_board());
  return report;
}

template <class Body>
void decide_cited(const Recorded<Body>& event, rows::ReportsT& reports, rows::Decision decision,
                  std::string_view reason, const Id& investigation) {
  if (event.body.report_ids() == nullptr) return;
  for (const auto* id : *event.body.report_ids()) {
    if (auto* report = find(reports, id_of(id)); report != nullptr) {
      decide_report(event, *report, decision, reason, text_of(event.body.decider()), investigation);
    }
  }
}

// Counts of the days up to and including each report, in legal order: received date, then version.
void derive_counts(std::vector<rows::ReportT*>& ordered) {
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    auto& report = *ordered[i];
    report.count_30 = report.count_90 = report.count_365 = 0;
    const auto day = received_on(report);
    for (std::size_t j = i + 1; j-- > 0;) {
      const auto age = (day - received_on(*ordered[j])).count();
      if (age >= 365) break;
      ++report.count_365;
      if (age < 90) ++report.count_90;
      if (age < 30) ++report.count_30;
    }
  }
}

// The investigation that it led to ended in help, by consent or by law.
bool led_to_help(const CaseRow& row, const rows::ReportT& report) {
  const auto* investigation = find_investigation(row.get<Investigations>(), report.investigation);
  return investigation != nullptr && (investigation->outcome == "intervention" || investigation->outcome == "lvu");
}

}  // namespace

const rows::ReportT* find_report(const rows::ReportsT& row, const Id& id) {
  const auto found = std::ranges::find_if(row.items, [&](const auto& item) { return item->id == id; });
  return found == row.items.end() ? nullptr : found->get();
}

bool led_to_investigation(const rows::ReportT& report) {
  return report.decision == rows::Decision::opened || report.decision == rows::Decision::joined;
}

Id incident_of(const rows::ReportsT& row, const rows::ReportT& report) {
  const auto* at = &report;
  for (std::size_t steps = 0; steps <= row.items.size() && !at->same_incident_as.is_nil(); ++steps) {
    const auto* next = find_report(row, at->same_incident_as);
    if (next == nullptr) return at->same_incident_as;
    at = next;
  }
  return at->id;
}

Date received_on(const rows::ReportT& report) { return local_date(from_micros(report.received_at)); }

std::vector<const rows::ReportT*> in_legal_order(const rows::ReportsT& row) {
  std::vector<const rows::ReportT*> out;
  out.reserve(row.items.size() + row.elsewhere.size());
  for (const auto& report : row.items) out.push_back(report.get());
  for (const auto& report : row.elsewhere) out.push_back(report.get());
  std::ranges::stable_sort(out, {}, [](const auto* report) {
    return std::pair{received_on(*report), report->version};
  });
  return out;
}

namespace {

template <class Body>
std::unique_ptr<rows::ReportT> received_here(const Recorded<Body>& event) {
  const auto& body = event.body;
  auto report = std::make_unique<rows::ReportT>();
  report->id = event.matter();
  report->version = event.version;
  report->received_at = to_micros(received(event.envelope));
  report->received_day_only =
      (event.envelope.received_at() ? event.envelope.received_precision() : event.envelope.occurred_precision()) ==
      events::Precision::day;
  report->channel = text_of(body.channel());
  report->reporter_category = text_of(body.reporter_category());
  report->anonymous = body.anonymous().value_or(false);
  report->mandated = body.mandated().value_or(false);
  if (body.concerns() != nullptr) {
    for (const auto* concern : *body.concerns()) {
      auto item = std::make_unique<rows::ConcernT>();
      item->code = text_of(concern->code());
      item->detail = text_of(concern->detail());
      item->absence_pct = concern->absence_pct();
      report->concerns.push_back(std::move(item));
    }
  }
  report->incident_date = body.incident_date();
  if (body.siblings() != nullptr) {
    for (const auto* id : *body.siblings()) report->siblings.push_back(id_of(id));
  }
  report->unit = event.unit();
  return report;
}

}  // namespace

void Reports::apply(const Recorded<events::ReportReceived>& event, const Before<Reads>&, Row& reports) {
  reports.items.push_back(received_here(event));
}

// Before 2025-07-01 a report that was not opened could not be searched by person (SoL 2025:400 20:1).
void Reports::apply(const Recorded<events::LegacyReportImported>& event, const Before<Reads>& before, Row& reports) {
  const bool hidden = event.body.legacy_unsearchable().value_or(false) &&
                      before.rules().table().settings().unsearchable_reports_law.empty();
  if (!hidden) reports.items.push_back(received_here(event));
}

void Reports::apply(const Recorded<events::ReportSupplemented>& event, const Before<Reads>&, Row& reports) {
  if (auto* report = find(reports, event.matter()); report != nullptr) ++report->supplements;
}

// The first assessment in legal order is the immediate one.
void Reports::apply(const Recorded<events::ProtectionAssessmentMade>& event, const Before<Reads>&, Row& reports) {
  auto* report = find(reports, event.matter());
  if (report == nullptr) return;
  std::optional<std::int64_t> first;
  if (report->protection_on) first = report->protection_at;
  const auto at = legal_place(LegalTime(event), first);
  if (first && *first <= at) return;
  report->protection_on = to_days(event.occurred_on());
  report->protection_at = at;
  report->needs_protection = event.body.needs_protection();
}

void Reports::apply(const Recorded<events::ReportJoinedInvestigation>& event, const Before<Reads>&, Row& reports) {
  if (auto* report = find(reports, event.matter()); report != nullptr) {
    decide_report(event, *report, rows::Decision::joined, {}, event.actor(), id_of(event.body.investigation_id()));
  }
}

void Reports::apply(const Recorded<events::ReportMarkedSameIncident>& event, const Before<Reads>&, Row& reports) {
  if (auto* report = find(reports, event.matter()); report != nullptr) {
    report->same_incident_as = id_of(event.body.primary_report_id());
  }
}

void Reports::apply(const Recorded<events::PriorHistoryReviewed>& event, const Before<Reads>&, Row& reports) {
  if (auto* report = find(reports, event.matter()); report != nullptr) report->reviewed_position = event.position;
}

void Reports::apply(const Recorded<events::InvestigationNotOpened>& event, const Before<Reads>&, Row& reports) {
  decide_cited(event, reports, rows::Decision::not_opened, text_of(event.body.reason_code()), {});
}

void Reports::apply(const Recorded<events::InvestigationOpened>& event, const Before<Reads>&, Row& reports) {
  decide_cited(event, reports, rows::Decision::opened, text_of(event.body.purpose()), event.matter());
}

// The board that it was sent to decides on it.
void Reports::apply(const Recorded<events::ReportForwarded>& event, const Before<Reads>&, Row& reports) {
  if (auto* report = find(reports, event.matter()); report != nullptr) {
    decide_report(event, *report, rows::Decision::forwarded, text_of(event.body.reason()), event.actor(), {});
  }
}

void Reports::apply(const Recorded<events::FileTakenOver>& event, const Before<Reads>&, Row& reports) {
  if (event.body.prior_reports() == nullptr) return;
  std::size_t place = 0;
  for (const auto* told : *event.body.prior_reports()) {
    reports.elsewhere.push_back(made_elsewhere(event, *told, place++));
  }
}

void Reports::derive(const Before<Reads>& before, Row& reports) {
  const auto& file = before.get<File>();
  const auto& investigations = before.get<Investigations>();
  std::vector<rows::ReportT*> ordered;
  for (const auto* report : in_legal_order(reports)) ordered.push_back(const_cast<rows::ReportT*>(report));
  derive_counts(ordered);
  for (auto* report : ordered) {
    const auto day = received_on(*report);
    const auto age = age_on(file, day);
    report->age = age ? flatbuffers::Optional<std::int16_t>{static_cast<std::int16_t>(*age)} : flatbuffers::nullopt;
    report->days_to_decision = report->decided_on
                                   ? flatbuffers::Optional<std::int32_t>{*report->decided_on - to_days(day)}
                                   : flatbuffers::nullopt;
    report->not_joined =
        report->decision == rows::Decision::pending && report->from_board.empty() &&
        std::ranges::any_of(investigations.items, [&](const auto& item) { return was_open(*item, day); });
  }
}

void Reports::index(const CaseRow& row, IndexWriter& out) {
  const auto& reports = row.get<Reports>();
  // Which school a protected child goes to is told by no figure either, then or later.
  const bool is_protected = !protected_spells(row.get<ProtectedIdentity>()).empty();
  const auto school = is_protected ? std::string_view{} : std::string_view{row.get<File>().school};
  for (const auto* report : in_legal_order(reports)) {
    const auto value = KeyWriter{}
                           .u8(led_to_investigation(*report) ? 1 : 0)
                           .u8(report->decision == rows::Decision::pending ? 1 : 0)
                           .id(incident_of(reports, *report))
                           .text(report->unit)
                           .text(school)
                           .append(row.get<File>().external_ref)
                           .str();
    const auto day = to_days(received_on(*report));
    std::vector<std::string_view> concerns{""};
    for (const auto& concern : report->concerns) {
      if (std::ranges::find(concerns, concern->code) == concerns.end()) concerns.push_back(concern->code);
    }
    for (const auto concern : concerns) {
      out.add(kByDay, KeyWriter{}.text(concern).day(day).id(row.id).id(report->id).view(), value);
    }
  }
}

void Reports::tally(const CaseRow& row, TallyWriter& out) {
  std::set<std::uint16_t> months;
  std::map<std::uint16_t, std::uint16_t> years;
  for (const auto& report : row.get<Reports>().items) {
    const auto day = to_days(received_on(*report));
    const auto month = month_of(day);
    months.insert(month);
    ++years[year_of(day)];
    out.add(kByMonth, KeyWriter{}
                          .u16(month)
                          .text(report->reporter_category)
                          .u8(static_cast<std::uint8_t>(report->decision))
                          .u8(led_to_help(row, *report) ? 1 : 0)
                          .view());
  }
  for (const auto month : months) out.add(kChildren, KeyWriter{}.u16(month).view());
  for (const auto& [year, reports] : years) out.add(kByYear, KeyWriter{}.u16(year).u16(reports).view());
}

}  // namespace minne
