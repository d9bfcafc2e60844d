#include "projections/components/lead_times.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/components/contacts.h"
#include "projections/components/matters.h"
#include "projections/groups.h"
#include "projections/periods.h"

#include <algorithm>

namespace minne {
namespace {

using MaybeDay = std::optional<std::int32_t>;

MaybeDay earlier(MaybeDay one, std::int32_t other) { return one ? std::min(*one, other) : other; }

class LeadTimesOf {
 public:
  LeadTimesOf(const CaseRow& row, TallyWriter& out) : row_(row), out_(out) {}

  void report(const rows::ReportT& report) {
    const auto received = to_days(received_on(report));
    add(LeadTime::kReportToProtection, report.unit, received, report.protection_on);
    add(LeadTime::kReportToDecision, report.unit, received, report.decided_on);
    add(LeadTime::kReportToAssigned, report.unit, received, assigned(report, received));
    add(LeadTime::kReportToContact, report.unit, received, contact(report, received));
    const auto* investigation = find_investigation(row_.get<Investigations>(), report.investigation);
    if (investigation != nullptr) {
      add(LeadTime::kReportToInvestigationEnd, report.unit, received, investigation->concluded_on);
    }
  }

  // From the end of the investigation whose offer was declined.
  void declined(const rows::DeclinedInvestigationT& item) {
    const auto* follow_up = find_item(row_.get<Proposals>().follow_ups, item.follow_up);
    if (follow_up != nullptr) {
      add(LeadTime::kDeclinedToFollowUp, item.unit, item.concluded_on, follow_up->decided_on);
    }
  }

  void investigation(const rows::InvestigationT& item) {
    add(LeadTime::kInvestigation, item.unit, item.opened_on, item.concluded_on);
  }

  void matter(const rows::MatterT& item) {
    if (kind_of(item) == MatterKind::kDecision) add(LeadTime::kDecisionToExecuted, item.unit, item.on, item.done_on);
  }

  // Placements are help too. What was given before anybody reported is no answer to a report.
  void first_help() {
    const rows::ReportT* first = nullptr;
    for (const auto& report : row_.get<Reports>().items) {
      if (first == nullptr || received_on(*report) < received_on(*first)) first = report.get();
    }
    if (first == nullptr) return;
    const auto received = to_days(received_on(*first));
    const rows::MatterT* help = nullptr;
    for (const auto& item : row_.get<Matters>().items) {
      const bool helps = kind_of(*item) == MatterKind::kIntervention || kind_of(*item) == MatterKind::kPlacement;
      if (helps && item->on >= received && (help == nullptr || item->on < help->on)) help = item.get();
    }
    if (help == nullptr) return;
    const auto age = first->age ? static_cast<std::uint8_t>(std::clamp<int>(*first->age, 0, 254)) : LeadTimes::kNoAge;
    add(LeadTime::kFirstReportToHelp, help->unit, received, help->on, age);
  }

 private:
  void add(LeadTime measure, std::string_view unit, std::int32_t from, MaybeDay end,
           std::uint8_t age = LeadTimes::kNoAge) {
    if (!end || *end < from) return;  // dates in the wrong order are shown in the case, not averaged
    out_.add(LeadTimes::kDays, KeyWriter{}
                                   .u8(static_cast<std::uint8_t>(measure))
                                   .u32(month_of(*end))
                                   .text(unit)
                                   .u8(age)
                                   .u32(static_cast<std::uint32_t>(*end - from))
                                   .view());
  }

  // Somebody answers for the report, the file, or the investigation that the report led to.
  [[nodiscard]] MaybeDay assigned(const rows::ReportT& report, std::int32_t received) const {
    MaybeDay first;
    for (const auto& item : row_.get<Assignments>().items) {
      const bool of_report = item->matter.is_nil() || item->matter == report.id || item->matter == report.investigation;
      if (item->role != kResponsible || !of_report || (item->ended_on && *item->ended_on < received)) continue;
      first = earlier(first, std::max(item->from_on, received));
    }
    return first;
  }

  // In the report, in the investigation that it led to, or in the file while either was open.
  [[nodiscard]] MaybeDay contact(const rows::ReportT& report, std::int32_t received) const {
    const auto* investigation = find_investigation(row_.get<Investigations>(), report.investigation);
    const auto until = investigation == nullptr ? report.decided_on : investigation->concluded_on;
    MaybeDay first;
    for (const auto& item : row_.get<Contacts>().items) {
      if (item.on() < received) continue;
      const auto matter = flatbuffers::UnPack(item.matter());
      const bool own = matter == report.id || (!matter.is_nil() && matter == report.investigation);
      if (own || (matter.is_nil() && item.on() <= until.value_or(kNeverEnds))) first = earlier(first, item.on());
    }
    return first;
  }

  const CaseRow& row_;
  TallyWriter& out_;
};

}  // namespace

void LeadTimes::tally(const CaseRow& row, TallyWriter& out) {
  LeadTimesOf times(row, out);
  for (const auto& report : row.get<Reports>().items) times.report(*report);
  for (const auto& item : row.get<Investigations>().items) times.investigation(*item);
  for (const auto& item : row.get<Matters>().items) times.matter(*item);
  for (const auto& item : row.get<Proposals>().declined) times.declined(*item);
  times.first_help();
}

}  // namespace minne
