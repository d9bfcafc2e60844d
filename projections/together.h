// What one append must hold together: facts of other files and other boards that bear on a case. Pure.
#pragma once

#include "projections/decide.h"

namespace minne {

// Siblings reported together name each other; a file is taken over with its open investigations at their own start;
// what leaves for another authority leaves with its disclosure.
[[nodiscard]] Result<> check_together(const Proposed& proposed, const std::vector<Proposed>& events);

}  // namespace minne
