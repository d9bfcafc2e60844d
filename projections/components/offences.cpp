#include "projections/components/offences.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"

#include <algorithm>

namespace minne {
namespace {

constexpr std::uint8_t kBoth = 3;

std::uint8_t accepted_by(const events::MediationOffered& body) {
  unsigned out = 0;
  if (body.accepted_by() == nullptr) return 0;
  for (const auto* party : *body.accepted_by()) {
    if (text_of(party) == "offender") out |= 1U;
    if (text_of(party) == "victim") out |= 2U;
  }
  return static_cast<std::uint8_t>(out);
}

std::optional<int> age_at(const rows::OffenceT& offence, const rows::FileT& file) {
  if (offence.suspect_age) return *offence.suspect_age;
  return age_on(file, from_days(offence.committed_on));
}

// Whose age nobody knows may be so young.
bool is_young(const rows::OffenceT& offence, const rows::FileT& file) {
  return age_at(offence, file).value_or(0) < kMediationAge;
}

MediationStep step_of(const rows::OffenceT& offence) {
  if (offence.held_on) return MediationStep::kHeld;
  if (offence.offered_on) return offence.accepted == kBoth ? MediationStep::kAccepted : MediationStep::kOffered;
  return offence.refrained_on ? MediationStep::kNotOffered : MediationStep::kNothing;
}

}  // namespace

void Offences::apply(const Recorded<events::YouthOffenceNotified>& event, const Before<Reads>&, Row& offences) {
  if (find_item(offences.items, event.matter()) != nullptr) return;
  auto item = std::make_unique<rows::OffenceT>();
  item->id = event.matter();
  item->notified_on = to_days(event.occurred_on());
  item->committed_on = day_of(event.body.offence_date(), event);
  item->group = text_of(event.body.offence_group());
  item->unit = event.unit();
  item->suspect_age = event.body.suspect_age();
  offences.items.push_back(std::move(item));
}

// What was accepted or held had been offered.
void Offences::apply(const Recorded<events::MediationOffered>& event, const Before<Reads>&, Row& offences) {
  auto* item = find_item(offences.items, event.matter());
  if (item == nullptr) return;
  const auto& body = event.body;
  const auto on = to_days(event.occurred_on());
  const auto accepted = accepted_by(body);
  const bool held = body.held().value_or(false);
  item->accepted = static_cast<std::uint8_t>(item->accepted | accepted);
  if (held) item->held_on = day_of(body.held_on(), event);
  if (body.offered().value_or(false) || accepted != 0 || held) {
    item->offered_on = std::min(item->offered_on.value_or(on), on);
  } else if (on >= item->refrained_on.value_or(on)) {
    item->refrained_on = on;
    item->not_offered_reason = text_of(body.not_offered_reason());
  }
}

void Offences::index(const CaseRow& row, IndexWriter& out) {
  const auto& file = row.get<File>();
  for (const auto& item : row.get<Offences>().items) {
    if (item->offered_on || !is_young(*item, file)) continue;
    const auto age = std::clamp(age_at(*item, file).value_or(UINT8_MAX), 0, int{UINT8_MAX});
    out.add(kNotOffered, KeyWriter{}.day(item->notified_on).id(row.id).id(item->id).view(),
            KeyWriter{}
                    .text(item->unit)
                    .text(item->group)
                    .u8(item->refrained_on ? 1 : 0)
                    .text(item->not_offered_reason)
                    .u8(static_cast<std::uint8_t>(age))
                    .str() +
                file.external_ref);
  }
}

void Offences::tally(const CaseRow& row, TallyWriter& out) {
  for (const auto& item : row.get<Offences>().items) {
    if (!is_young(*item, row.get<File>())) continue;
    out.add(kMediation, KeyWriter{}
                            .text(item->unit)
                            .u16(year_of(item->notified_on))
                            .u8(static_cast<std::uint8_t>(step_of(*item)))
                            .view());
  }
}

}  // namespace minne
