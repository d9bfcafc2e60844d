// One clock as callers read it: in its case, and in the deadline queue. What depends on the day of the asker is
// computed here. Pure; any thread.
#pragma once

#include "projections/case_row.h"
#include "projections/deadline_rules.h"

#include <boost/json/object.hpp>

namespace minne {

// As stored, in the order of rows::State.
inline constexpr std::array<std::string_view, 5> kObligationStates = {"open", "met", "met_late", "extended",
                                                                      "cancelled"};

[[nodiscard]] boost::json::object obligation_json(const Id& case_id, const std::string& ref,
                                                  const rows::ObligationT& item, const DeadlineRules& rules,
                                                  Date today);

}  // namespace minne
