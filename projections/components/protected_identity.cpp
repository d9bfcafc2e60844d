#include "projections/components/protected_identity.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/periods.h"

#include <algorithm>

namespace minne {

std::vector<ProtectedSpell> protected_spells(const rows::ProtectedIdentityT& row) {
  std::vector<ProtectedSpell> spells;
  for (const auto& item : row.items) spells.push_back({item->level, item->from, item->to.value_or(kNeverEnds)});
  std::ranges::stable_sort(spells, {}, &ProtectedSpell::from);
  for (std::size_t i = 1; i < spells.size(); ++i) spells[i - 1].to = std::min(spells[i - 1].to, spells[i].from - 1);
  std::erase_if(spells, [](const ProtectedSpell& spell) { return spell.level == "none" || spell.to < spell.from; });
  return spells;
}

std::optional<ProtectedSpell> protected_on(const rows::ProtectedIdentityT& row, Date day) {
  for (auto& spell : protected_spells(row)) {
    if (spell.from <= to_days(day) && to_days(day) <= spell.to) return std::move(spell);
  }
  return std::nullopt;
}

void ProtectedIdentity::apply(const Recorded<events::ProtectedIdentitySet>& event, const Before<Reads>&,
                              Row& identity) {
  auto spell = std::make_unique<rows::ProtectedSpellT>();
  spell->level = text_of(event.body.level());
  spell->from = event.body.from().value_or(to_days(event.occurred_on()));
  spell->to = event.body.to();
  identity.items.push_back(std::move(spell));
}

void ProtectedIdentity::index(const CaseRow& row, IndexWriter& out) {
  for (const auto& spell : protected_spells(row.get<ProtectedIdentity>())) {
    out.add(kSpells, KeyWriter{}.id(row.id).day(spell.from).view(), KeyWriter{}.day(spell.to).str() + spell.level);
  }
}

}  // namespace minne
