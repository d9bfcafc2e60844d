// Log control (SoLPUL 10 §): who was shown which cases, and who of them had nothing to do with a case on the day of the
// read. Adds up the access log (access_log.h), a page at a time. Any thread.
//
// Assigned is whoever had an assignment of the case or of one of its matters on that day, in any role; where it names a
// unit and no worker, whoever was employed there. Until callers have names the access log knows kOperator alone: who
// that was cannot be told from it, so such reads are neither assigned nor outliers, and are counted as `unknown`.
#pragma once

#include "projections/periods.h"
#include "server/access_log.h"

namespace minne {

struct AccessAsked {
  std::optional<Id> case_id{};
  PeriodBounds period{};
  Version after = 0;
  std::size_t limit = 0;  // of outliers
};

inline constexpr std::size_t kMaxCasesNamed = 20;       // of one outlier
inline constexpr std::size_t kMaxCasesJudged = 50'000;  // of one page

// {readers, outliers, reads, next}. What `readers` counts is of this page: the reads after `after`, through `next`.
[[nodiscard]] Result<boost::json::object> access_report(const App& app, const BoardRecord& board, const View& view,
                                                        const AccessAsked& asked);

}  // namespace minne
