// Where to look for what is to be purged (SoL 16): which rule decides is asked when the question is (retention_due.h),
// so that no change of them rebuilds anything.
#pragma once

#include "projections/contract.h"

namespace minne {

struct Retention {
  static constexpr std::string_view kName = "retention";
  static constexpr std::uint32_t kVersion = 2;
  using Events = Types<events::HoldSet>;
  using Reads = Types<>;
  using Row = rows::RetentionT;

  static void apply(const Recorded<events::HoldSet>& event, const Before<Reads>&, Row& retention);

  // since key := since:day32 case:16        the first day from which any period of the file's documents counts
  static constexpr std::array<std::string_view, 1> kIndexes = {"since"};
  static constexpr std::uint8_t kSince = 0;
  static void index(const CaseRow& row, IndexWriter& out);
};

}  // namespace minne
