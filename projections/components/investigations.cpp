#include "projections/components/investigations.h"
#include "projections/legal_order.h"

#include <algorithm>

namespace minne {
namespace {

rows::InvestigationT* find(rows::InvestigationsT& row, const Id& id) {
  return const_cast<rows::InvestigationT*>(find_investigation(row, id));
}

}  // namespace

const rows::InvestigationT* find_investigation(const rows::InvestigationsT& row, const Id& id) {
  const auto found = std::ranges::find_if(row.items, [&](const auto& item) { return item->id == id; });
  return found == row.items.end() ? nullptr : found->get();
}

bool was_open(const rows::InvestigationT& investigation, Date day) {
  return investigation.opened_on <= to_days(day) &&
         (!investigation.concluded_on || *investigation.concluded_on >= to_days(day));
}

void Investigations::apply(const Recorded<events::InvestigationOpened>& event, const Before<Reads>&,
                           Row& investigations) {
  auto item = std::make_unique<rows::InvestigationT>();
  item->id = event.matter();
  item->version = event.version;
  item->opened_at = legal_place(LegalTime(event), investigations.items, &rows::InvestigationT::opened_at);
  item->opened_on = to_days(event.occurred_on());
  item->unit = event.unit();
  item->basis = text_of(event.body.basis());
  item->law = text_of(event.body.law());
  item->decider = text_of(event.body.decider());
  if (event.body.report_ids() != nullptr) {
    for (const auto* id : *event.body.report_ids()) item->reports.push_back(id_of(id));
  }
  investigations.items.push_back(std::move(item));
}

void Investigations::apply(const Recorded<events::InvestigationExtended>& event, const Before<Reads>&,
                           Row& investigations) {
  auto* item = find(investigations, event.matter());
  if (item == nullptr) return;
  ++item->extensions;
  if (event.body.new_end()) item->extended_to = std::max(item->extended_to.value_or(INT32_MIN), *event.body.new_end());
}

// The earliest conclusion in legal order stands, whenever it was recorded.
void Investigations::apply(const Recorded<events::InvestigationConcluded>& event, const Before<Reads>&,
                           Row& investigations) {
  auto* item = find(investigations, event.matter());
  if (item == nullptr) return;
  std::optional<std::int64_t> first;
  if (item->concluded_on) first = item->concluded_at;
  const auto at = legal_place(LegalTime(event), first);
  if (first && *first <= at) return;
  item->concluded_on = to_days(event.occurred_on());
  item->concluded_at = at;
  item->concluded_version = event.version;
  item->outcome = text_of(event.body.outcome());
}

}  // namespace minne
