// Children reported again and again, read off the reports' index by the day on which they came.
//
// Pure reads of one view; any thread.
#pragma once

#include "projections/store.h"

#include <boost/json/object.hpp>

#include <set>
#include <string>
#include <vector>

namespace minne {

struct ReportedAgain {
  std::int32_t first_day = 0;
  std::int32_t last_day = 0;
  std::string concern;  // empty: any
  std::int64_t at_least = 1;
  std::optional<std::int64_t> most_opened{};  // of the reports, that led to an investigation
};

struct Repeat {
  Id case_id;
  std::string ref;
  std::string unit;    // that took in the last of the reports
  std::string school;  // of the child, now
  unsigned reports = 0;
  std::set<Id> incidents;
  unsigned led = 0;
  unsigned pending = 0;
  std::int32_t first = 0;
  std::int32_t last = 0;
};

// Those with most reports first.
[[nodiscard]] Result<std::vector<Repeat>> reported_again(const View& view, const ReportedAgain& asked);
[[nodiscard]] boost::json::object repeat_json(const Repeat& repeat);

}  // namespace minne
