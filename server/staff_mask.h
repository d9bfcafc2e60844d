// Workers hidden in an extract: every answer about cases takes `mask=staff`.
//
//   mask_staff(answer);   // "worker": "w-17" -> "worker": "worker-1", wherever that worker stands in the answer
//
// Workers are numbered in the order in which the answer names them. A digest would give a worker one name in all
// extracts: whoever can ask for one known worker's cases would learn that name, and with it read every extract. Numbers
// that begin anew in each answer leave nothing to look up. Pure; any thread.
#pragma once

#include "server/route.h"

#include <boost/json/value.hpp>

namespace minne {

// Ids of workers stand in fields of known names; free text is not read. Whatever else the answer holds stays as it is.
void mask_staff(boost::json::value& answer);

// The same operation with the parameter `mask`, its answers masked where that is given.
[[nodiscard]] Route with_staff_mask(Route route);

}  // namespace minne
