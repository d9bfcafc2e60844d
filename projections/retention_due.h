// When which documents of a file are to be purged, and by which rule (SoL 16 kap.). Pure: a row, the rules, a day.
//
// Every rule that speaks of the documents says a first day, or never. The latest of them decides; the others are its
// trace.
#pragma once

#include "projections/case_row.h"

#include <optional>
#include <string_view>
#include <vector>

namespace minne {

struct RetentionSaid {
  std::string_view rule;  // "hold": that somebody set
  std::string_view law;
  std::string_view section;
  std::optional<std::int32_t> not_before;  // nothing: never
};

struct DocumentsDue {
  std::string_view documents;  // a code of events/codes/retention_category.toml
  Id matter;                   // of a report; nil: all such documents of the file
  RetentionSaid decided;
  std::vector<RetentionSaid> lost;
};

// Documents of which no rule says that they are ever purged are left out, and those of a file where work goes on.
[[nodiscard]] std::vector<DocumentsDue> documents_due(const CaseRow& row, const RuleTable& rules, Date today);
// Purging is to be done by the end of the next calendar year.
[[nodiscard]] std::int32_t latest_purge(std::int32_t due);

}  // namespace minne
