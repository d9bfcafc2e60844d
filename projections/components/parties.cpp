#include "projections/components/parties.h"

#include "projections/groups.h"

#include <algorithm>

namespace minne {

void Parties::apply(const Recorded<events::PartyRecorded>& event, const Before<Reads>&, Row& parties) {
  const auto ref = text_of(event.body.party_ref());
  const auto role = text_of(event.body.role());
  auto known = std::ranges::find_if(parties.items, [&](const auto& item) {
    return !ref.empty() && item->party_ref == ref && item->role == role && !item->to;
  });
  if (known == parties.items.end()) known = parties.items.insert(known, std::make_unique<rows::PartyT>());
  auto& item = **known;
  item.party_ref = ref;
  item.role = role;
  item.from = day_of(event.body.from(), event);
  item.to = event.body.to();
}

void Parties::apply(const Recorded<events::PartyEnded>& event, const Before<Reads>&, Row& parties) {
  const auto day = day_of(event.body.to(), event);
  for (auto& item : parties.items) {
    if (item->party_ref == text_of(event.body.party_ref()) && !item->to) item->to = day;
  }
}

bool is_guardian(std::string_view role) {
  return role == "guardian" || role == "special_guardian" || role == "good_man";
}

std::vector<const rows::PartyT*> guardians_on(const rows::PartiesT& row, std::int32_t day) {
  std::vector<const rows::PartyT*> out;
  for (const auto& item : row.items) {
    const bool there = item->from <= day && (!item->to || *item->to >= day);
    if (there && is_guardian(item->role)) out.push_back(item.get());
  }
  return out;
}

}  // namespace minne
