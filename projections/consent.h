// Whose consent help takes, by the child's age, and whose is there (SoL 21:1, LVU 1). Pure.
#pragma once

#include "projections/case_row.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

enum class Help : std::uint8_t { kOther, kPlacement };

// Of those whose consent it takes on that day, who has not given it or has withdrawn it: a guardian by party_ref where
// the file has one, else "guardian" or "child". A consent to one of the proposals in `about` is none to another one.
// Where the file names no guardian, one guardian's consent is asked for. What was `decided` before that day may begin
// with the consents that the child's age asked for then: who turns 15 in between is not asked again.
[[nodiscard]] std::vector<std::string> missing_consents(const CaseRow& row, std::int32_t day, Help help,
                                                        std::span<const Id> about,
                                                        std::optional<std::int32_t> decided = {});

// The consent that lifts secrecy between those who work together around a child: every guardian's, and from 15 years
// the child's own; from 18 the child's alone. It is the consent that the collaboration names, those given with it (in
// its matter, in its scope), and what was said in the collaboration itself.
enum class ConsentState : std::uint8_t { kNone, kPartial, kGiven, kWithdrawn };
inline constexpr std::array<std::string_view, 4> kConsentStates = {"none", "partial", "given", "withdrawn"};
struct CollaborationConsent {
  ConsentState state = ConsentState::kNone;
  std::vector<std::string> missing;  // as missing_consents says them
};
[[nodiscard]] CollaborationConsent collaboration_consent(const CaseRow& row, const rows::CollaborationT& collaboration,
                                                         std::int32_t day);

// A form of placement or intervention in which the child lives away from home.
[[nodiscard]] bool is_away_from_home(std::string_view form);

// Care by law of the child, whoever consents, on that day.
[[nodiscard]] bool is_in_care_by_law(const CaseRow& row, std::int32_t day);

}  // namespace minne
