// Entries of a rule file to standing rules; their grammar stands in standing_rules.h. For rules.cpp only.
#pragma once

#include "projections/rule_section.h"
#include "projections/standing_rules.h"

#include <array>

namespace minne {
class EventFields;
}

namespace minne::rule_file {

// What a board keeps for research (SoL 16:4).
inline constexpr std::array<std::string_view, 3> kResearch{"sample", "all", "none"};

// Its concern is one of the code list.
[[nodiscard]] Result<Pattern> read_pattern(const Section& entry, const EventFields& events);
[[nodiscard]] Result<RetentionRule> read_retention(const Section& entry);

}  // namespace minne::rule_file
