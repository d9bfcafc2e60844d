// What came of the needs that were assessed (E30): the help that was offered, granted and begun where they were found.
// Pure; any thread.
#pragma once

#include "projections/case_row.h"

#include <set>
#include <string_view>
#include <vector>

namespace minne {

// The last assessment of an investigation, or of those that were made in none, with what was given: what names the
// investigation, or a proposal of it; what names nothing counts where the investigation was open on its day. Needs that
// were found outside every investigation have what came on their day or later.
struct AnsweredNeeds {
  const rows::NeedsAssessmentT* assessed = nullptr;
  bool offered = false;
  bool granted = false;
  bool started = false;
  std::set<std::string_view> help;  // that has begun: methods, and kPlacementHelp
};
inline constexpr std::string_view kPlacementHelp = "placement";

[[nodiscard]] std::vector<AnsweredNeeds> answered_needs(const CaseRow& row);

}  // namespace minne
