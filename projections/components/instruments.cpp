#include "projections/components/instruments.h"

#include "core/keys.h"
#include "events/codes.h"
#include "projections/case_row.h"
#include "projections/groups.h"

#include <algorithm>

namespace minne {
namespace {

// The instruments that are made for some ages: the list of codes says which. What an older version was used for counts
// as its successor's.
struct Prescribed {
  std::string code;
  int age_from = 0;
  int age_to = 0;
};

const std::vector<Prescribed>& prescribed() {
  static const std::vector<Prescribed> all = [] {
    std::vector<Prescribed> out;
    for (const auto& entry : CodeLists::built_in().find("instrument")->entries) {
      if (entry.age_from && entry.age_to && entry.replaced_by.empty())
        out.push_back({entry.code, *entry.age_from, *entry.age_to});
    }
    return out;
  }();
  return all;
}

std::string_view in_use(std::string_view code) {
  const auto* entry = CodeLists::built_in().find("instrument")->find(code);
  return entry == nullptr || entry->replaced_by.empty() ? code : std::string_view{entry->replaced_by};
}

bool concerns_crime(const rows::ReportT& report) {
  return std::ranges::any_of(report.concerns, [](const auto& concern) {
    return concern->code == "crime_suspicion" || concern->code == "gang";
  });
}

bool concerns_crime(const rows::ReportsT& reports, const rows::InvestigationT& investigation) {
  return std::ranges::any_of(reports.items, [&](const auto& report) {
    return concerns_crime(*report) &&
           (report->investigation == investigation.id ||
            std::ranges::find(investigation.reports, report->id) != investigation.reports.end());
  });
}

// Recorded in the investigation, or in the file or another matter while it was open.
bool is_of(const rows::InstrumentUseT& use, const rows::InvestigationT& investigation) {
  return use.matter == investigation.id || was_open(investigation, from_days(use.on));
}

InstrumentOutcome outcome_of(const rows::InstrumentsT& instruments, const rows::InvestigationT& investigation,
                             std::string_view instrument) {
  auto out = InstrumentOutcome::kNothing;
  for (const auto& use : instruments.items) {
    if (in_use(use->instrument) != instrument || !is_of(*use, investigation)) continue;
    if (use->step == rows::InstrumentStep::completed) return InstrumentOutcome::kUsed;
    if (use->step == rows::InstrumentStep::not_used) out = InstrumentOutcome::kNotUsed;
  }
  return out;
}

template <class Body>
rows::InstrumentUseT& add(const Recorded<Body>& event, rows::InstrumentStep step, rows::InstrumentsT& instruments) {
  auto item = std::make_unique<rows::InstrumentUseT>();
  item->step = step;
  item->matter = event.matter();
  item->on = to_days(event.occurred_on());
  item->unit = event.unit();
  item->instrument = text_of(event.body.instrument());
  instruments.items.push_back(std::move(item));
  return *instruments.items.back();
}

KeyWriter group(std::string_view instrument, std::string_view unit, std::int32_t day) {
  return KeyWriter{}.text(instrument).text(unit).text(std::to_string(year_of(day)));
}

}  // namespace

void Instruments::apply(const Recorded<events::InstrumentPlanned>& event, const Before<Reads>&, Row& instruments) {
  add(event, rows::InstrumentStep::planned, instruments).domain = text_of(event.body.domain());
}

void Instruments::apply(const Recorded<events::InstrumentCompleted>& event, const Before<Reads>&, Row& instruments) {
  auto& item = add(event, rows::InstrumentStep::completed, instruments);
  item.domain = text_of(event.body.domain());
  item.level = text_of(event.body.summary_level());
}

void Instruments::apply(const Recorded<events::InstrumentNotUsed>& event, const Before<Reads>&, Row& instruments) {
  add(event, rows::InstrumentStep::not_used, instruments).reason = text_of(event.body.reason_code());
}

void Instruments::tally(const CaseRow& row, TallyWriter& out) {
  const auto& instruments = row.get<Instruments>();
  for (const auto& investigation : row.get<Investigations>().items) {
    if (!concerns_crime(row.get<Reports>(), *investigation)) continue;
    const auto age = age_on(row.get<File>(), from_days(investigation->opened_on));
    for (const auto& one : prescribed()) {
      if (!age || *age < one.age_from || *age > one.age_to) continue;
      const auto outcome = outcome_of(instruments, *investigation, one.code);
      out.add(
          kEligible,
          group(one.code, investigation->unit, investigation->opened_on).u8(static_cast<std::uint8_t>(outcome)).view());
    }
  }
  for (const auto& use : instruments.items) {
    auto key = group(in_use(use->instrument), use->unit, use->on);
    if (use->step == rows::InstrumentStep::completed) out.add(kLevels, key.text(use->domain).text(use->level).view());
    if (use->step == rows::InstrumentStep::not_used) out.add(kReasons, key.text(use->reason).view());
  }
}

}  // namespace minne
