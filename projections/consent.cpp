#include "projections/consent.h"

#include "projections/groups.h"
#include "projections/held_matters.h"

#include <algorithm>
#include <array>
#include <functional>

namespace minne {
namespace {

constexpr int kMayAgree = 12;   // the child's own consent can do
constexpr int kMustAgree = 15;  // a party with a voice of its own
constexpr int kOfAge = 18;
constexpr std::string_view kCollaboration = "collaboration";  // of consent_scope

// What was said by a day of what a consent is asked for.
class Consents {
 public:
  using Bears = std::function<bool(const rows::ConsentT&)>;
  Consents(const CaseRow& row, std::int32_t day, Bears bears_on)
      : row_(row), day_(day), bears_on_(std::move(bears_on)) {}

  // The latest word of those whom `who` is true of.
  template <class Who>
  [[nodiscard]] const rows::ConsentT* last_word(Who who) const {
    const rows::ConsentT* last = nullptr;
    for (const auto& item : row_.get<Proposals>().consents) {
      if (item->on > day_ || !bears_on_(*item) || !who(*item)) continue;
      if (last == nullptr || item->at >= last->at) last = item.get();
    }
    return last;
  }
  template <class Who>
  [[nodiscard]] bool stands(Who who) const {
    const auto* last = last_word(who);
    return last != nullptr && !last->withdrawn;
  }

  // Whether a yes, or the taking back of one, is the last word of somebody.
  [[nodiscard]] bool any(bool withdrawn) const {
    return std::ranges::any_of(row_.get<Proposals>().consents, [&](const auto& item) {
      const auto* last = last_word([&](const rows::ConsentT& other) {
        return other.party == item->party && other.party_ref == item->party_ref;
      });
      return last == item.get() && last->withdrawn == withdrawn;
    });
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
  const CaseRow& row_;
  std::int32_t day_;
  Bears bears_on_;
};

bool is_proposal(const CaseRow& row, const Id& id) {
  const auto matter = held_matter(row, id);
  return matter && matter->kind == MatterKind::kProposal;
}

Consents::Bears bears_on_help(const CaseRow& row, Help help, std::span<const Id> about) {
  const bool names_proposal = std::ranges::any_of(about, [&](const Id& id) { return is_proposal(row, id); });
  return [&row, about, names_proposal,
          scope = std::string_view{help == Help::kPlacement ? "placement" : "intervention"}](const auto& item) {
    if (!item.scope.empty() && item.scope != scope) return false;
    const bool of_another =
        names_proposal && is_proposal(row, item.matter) && std::ranges::find(about, item.matter) == about.end();
    return !of_another;
  };
}

// Who takes back no scope, takes back all.
Consents::Bears bears_on_collaboration(const CaseRow& row, const rows::CollaborationT& collaboration) {
  const auto* named = find_item(row.get<Proposals>().consents, collaboration.consent);
  return [named, id = collaboration.id](const rows::ConsentT& item) {
    const bool in_it = item.matter == id;
    if (!in_it && (named == nullptr || item.matter != named->matter)) return false;
    if (item.scope.empty()) return in_it || item.withdrawn || named->scope.empty();
    return item.scope == kCollaboration || (named != nullptr && item.scope == named->scope);
  };
}

// By the child's age on `day`. `everyone`: the child's word cannot take the place of the guardians', and from 15 years
// it is asked for beside it.
std::vector<std::string> missing(const Consents& consents, const CaseRow& row, std::int32_t day, bool everyone) {
  const auto age = age_on(row.get<File>(), from_days(day));
  const bool child_agrees = age >= kMayAgree && consents.child();
  if (age >= kOfAge) return child_agrees ? std::vector<std::string>{} : std::vector<std::string>{"child"};
  if (!everyone && child_agrees) return {};
  auto out = consents.missing_guardians();
  if (everyone && age >= kMustAgree && !child_agrees) out.emplace_back("child");
  return out;
}

}  // namespace

std::vector<std::string> missing_consents(const CaseRow& row, std::int32_t day, Help help, std::span<const Id> about,
                                          std::optional<std::int32_t> decided) {
  const Consents consents(row, day, bears_on_help(row, help, about));
  auto out = missing(consents, row, day, help == Help::kPlacement);
  if (out.empty() || !decided) return out;
  return missing(consents, row, *decided, help == Help::kPlacement);
}

CollaborationConsent collaboration_consent(const CaseRow& row, const rows::CollaborationT& collaboration,
                                           std::int32_t day) {
  const Consents consents(row, day, bears_on_collaboration(row, collaboration));
  CollaborationConsent out{ConsentState::kGiven, missing(consents, row, day, true)};
  if (out.missing.empty()) return out;
  out.state = consents.any(true)    ? ConsentState::kWithdrawn
              : consents.any(false) ? ConsentState::kPartial
                                    : ConsentState::kNone;
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
