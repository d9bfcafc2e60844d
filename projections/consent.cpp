#include "projections/consent.h"

#include "projections/held_matters.h"

#include <algorithm>
#include <array>

namespace minne {
namespace {

constexpr int kMayAgree = 12;   // the child's own consent can do
constexpr int kMustAgree = 15;  // a party with a voice of its own
constexpr int kOfAge = 18;

class Consents {
 public:
  Consents(const CaseRow& row, std::int32_t day, Help help, std::span<const Id> about)
      : row_(row), day_(day), help_(help), about_(about) {
    names_proposal_ = std::ranges::any_of(about_, [&](const Id& id) { return is_proposal(id); });
  }

  // The latest word of those whom `who` is true of.
  template <class Who>
  [[nodiscard]] bool stands(Who who) const {
    const rows::ConsentT* last = nullptr;
    for (const auto& item : row_.get<Proposals>().consents) {
      if (item->on > day_ || !bears_on(*item) || !who(*item)) continue;
      if (last == nullptr || item->at >= last->at) last = item.get();
    }
    return last != nullptr && !last->withdrawn;
  }

  [[nodiscard]] bool child() const {
    return stands([](const rows::ConsentT& item) { return item.party == "child"; });
  }

  [[nodiscard]] std::vector<std::string> missing_guardians() const {
    const auto guardians = guardians_on(row_.get<Parties>(), day_);
    std::vector<std::string> out;
    if (guardians.empty() && !stands([](const rows::ConsentT& item) { return is_guardian(item.party); })) {
      out.emplace_back("guardian");
    }
    for (const auto* guardian : guardians) {
      const auto own = [&](const rows::ConsentT& item) {
        const bool unnamed = item.party_ref.empty() && guardians.size() == 1;
        return is_guardian(item.party) && (unnamed || item.party_ref == guardian->party_ref);
      };
      if (!stands(own)) out.push_back(guardian->party_ref.empty() ? "guardian" : guardian->party_ref);
    }
    return out;
  }

 private:
  [[nodiscard]] bool is_proposal(const Id& id) const {
    const auto matter = held_matter(row_, id);
    return matter && matter->kind == MatterKind::kProposal;
  }

  [[nodiscard]] bool bears_on(const rows::ConsentT& item) const {
    const std::string_view scope = help_ == Help::kPlacement ? "placement" : "intervention";
    if (!item.scope.empty() && item.scope != scope) return false;
    const bool of_another =
        names_proposal_ && is_proposal(item.matter) && std::ranges::find(about_, item.matter) == about_.end();
    return !of_another;
  }

  const CaseRow& row_;
  std::int32_t day_;
  Help help_;
  std::span<const Id> about_;
  bool names_proposal_ = false;
};

}  // namespace

std::vector<std::string> missing_consents(const CaseRow& row, std::int32_t day, Help help, std::span<const Id> about) {
  const Consents consents(row, day, help, about);
  const auto age = age_on(row.get<File>(), from_days(day));
  const bool child_agrees = age >= kMayAgree && consents.child();
  if (age >= kOfAge) return child_agrees ? std::vector<std::string>{} : std::vector<std::string>{"child"};
  if (help == Help::kOther && child_agrees) return {};
  auto out = consents.missing_guardians();
  if (help == Help::kPlacement && age >= kMustAgree && !child_agrees) out.emplace_back("child");
  return out;
}

bool is_away_from_home(std::string_view form) {
  constexpr std::array<std::string_view, 10> kForms = {
      "foster_home",      "network_home",      "emergency_home",    "consulted_home", "treatment_family",
      "residential_care", "supported_housing", "secure_youth_home", "shelter",        "lss_home"};
  return std::ranges::find(kForms, form) != kForms.end();
}

bool is_in_care_by_law(const CaseRow& row, std::int32_t day) {
  return std::ranges::any_of(row.get<Placements>().items, [&](const auto& placement) {
    return std::ranges::any_of(spells_of(*placement), [&](const PlacementSpell& spell) {
      return spell.law.starts_with("lvu") && spell.days.from <= day && day <= spell.days.to;
    });
  });
}

}  // namespace minne
