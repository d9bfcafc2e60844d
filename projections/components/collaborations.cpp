#include "projections/components/collaborations.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"

#include <algorithm>

namespace minne {

void Collaborations::apply(const Recorded<events::CollaborationStarted>& event, const Before<Reads>&,
                           Row& collaborations) {
  if (find_item(collaborations.items, event.matter()) != nullptr) return;
  auto item = std::make_unique<rows::CollaborationT>();
  item->id = event.matter();
  item->kind = text_of(event.body.kind());
  item->started_on = to_days(event.occurred_on());
  item->unit = event.unit();
  item->consent = id_of(event.body.consent_id());
  collaborations.items.push_back(std::move(item));
}

void Collaborations::apply(const Recorded<events::CollaborationMet>& event, const Before<Reads>&, Row& collaborations) {
  auto* item = find_item(collaborations.items, event.matter());
  if (item == nullptr) return;
  const auto on = day_of(event.body.met_on(), event);
  item->last_met = std::max(item->last_met.value_or(on), on);
}

void Collaborations::apply(const Recorded<events::CollaborationEnded>& event, const Before<Reads>&,
                           Row& collaborations) {
  auto* item = find_item(collaborations.items, event.matter());
  if (item != nullptr) item->ended_on = day_of(event.body.ended_on(), event);
}

void Collaborations::index(const CaseRow& row, IndexWriter& out) {
  for (const auto& item : row.get<Collaborations>().items) {
    if (item->ended_on) continue;
    out.add(kOpen, KeyWriter{}.text(item->kind).day(item->started_on).id(row.id).id(item->id).view(), item->unit);
  }
}

SamsPhases sams_phases_of(const rows::CollaborationT& collaboration, const rows::PlacementsT& placements) {
  const rows::PlacementT* latest = nullptr;
  for (const auto& item : placements.items) {
    if (latest == nullptr || item->started_on >= latest->started_on) latest = item.get();
  }
  SamsPhases out;
  for (const auto& status : placements.statuses) {
    if (status->matter != collaboration.id && (latest == nullptr || status->matter != latest->id)) continue;
    const auto phase = std::ranges::find(kSamsPhases, std::string_view{status->phase});
    if (phase == kSamsPhases.end()) continue;
    auto& on = out.at(static_cast<std::size_t>(phase - kSamsPhases.begin()));
    on = std::max(on.value_or(status->on), status->on);
  }
  return out;
}

}  // namespace minne
