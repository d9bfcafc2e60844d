// Whether a board's own rule file would be taken in.
#pragma once

#include "events/codes.h"
#include "projections/rules.h"

namespace minne {

// How many rules the file adds to the program's own, read after them and with these codes. Faults as load_rules tells
// them.
[[nodiscard]] Result<std::size_t> rules_added_by(const RuleFile& file, const CodeLists& codes);

}  // namespace minne
