// A statistic: counts in named rows and columns, totals last; small cells may be hidden.
//
//   CountsTable offers{{"unit", "year"}, {"accepted", "declined"}, "offered"};
//   offers.add({"south", "2026"}, 1);                 // one declined
//   offers.json(true)  // [{"unit": "south", "year": "2026", "accepted": 0, "declined": null, "offered": null},
//   {"unit": "all", …}]
#pragma once

#include "projections/questions/small_numbers.h"

#include <boost/json/array.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

class CountsTable {
 public:
  // Names of what a row's label holds, of the columns, and of the sum of a row.
  CountsTable(std::vector<std::string_view> labels, std::vector<std::string_view> columns, std::string_view total)
      : labels_(std::move(labels)), columns_(std::move(columns)), total_(total) {}

  void add(std::vector<std::string> row, std::size_t column, std::int64_t amount = 1);

  // With `share`, a column's name: how many in a hundred of each row's sum are in it, as "percent_NAME".
  [[nodiscard]] boost::json::array json(bool hide_small, std::string_view share = {}) const;

 private:
  std::vector<std::string_view> labels_;
  std::vector<std::string_view> columns_;
  std::string_view total_;
  std::map<std::vector<std::string>, std::vector<std::int64_t>> rows_;
};

[[nodiscard]] inline std::string stated(std::string_view word) { return std::string{word.empty() ? kNotStated : word}; }

}  // namespace minne
