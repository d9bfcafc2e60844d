// The reports as a picture of the town needs them: when, where, about whom, why, from whom, and what was done (row 24,
// "social lägesbild"; lag 2023:196 6 §). Numbers only.
#pragma once

#include "projections/components/file.h"
#include "projections/components/reports.h"
#include "projections/contract.h"

namespace minne {

struct Picture {
  static constexpr std::string_view kName = "picture";
  static constexpr std::uint32_t kVersion = 3;
  using Events = Types<>;
  using Reads = Types<>;
  using Row = rows::PictureT;

  // reports  key := month:u16 area \0 age_band \0 sex \0 reporter \0 outcome \0 concern \0
  //                 concern "" counts each report once; under its concerns it is counted once for each
  static constexpr std::array<std::string_view, 1> kTallies = {"reports"};
  static constexpr std::uint8_t kReports = 0;
  static void tally(const CaseRow& row, TallyWriter& out);
};

// The texts of a key, in its order, after the month.
inline constexpr std::array<std::string_view, 6> kPictureGroups = {"area",     "age_band", "sex",
                                                                   "reporter", "outcome",  "concern"};

}  // namespace minne
