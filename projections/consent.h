// Whose consent help takes, by the child's age, and whose is there (SoL 21:1, LVU 1). Pure.
#pragma once

#include "projections/case_row.h"

#include <span>
#include <string>
#include <vector>

namespace minne {

enum class Help : std::uint8_t { kOther, kPlacement };

// Of those whose consent it takes on that day, who has not given it or has withdrawn it: a guardian by party_ref where
// the file has one, else "guardian" or "child". A consent to one of the proposals in `about` is none to another one.
// Where the file names no guardian, one guardian's consent is asked for.
[[nodiscard]] std::vector<std::string> missing_consents(const CaseRow& row, std::int32_t day, Help help,
                                                        std::span<const Id> about);

// A form of placement or intervention in which the child lives away from home.
[[nodiscard]] bool is_away_from_home(std::string_view form);

// Care by law of the child, whoever consents, on that day.
[[nodiscard]] bool is_in_care_by_law(const CaseRow& row, std::int32_t day);

}  // namespace minne
