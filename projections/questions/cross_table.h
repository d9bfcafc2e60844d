// The rows and columns of a table of two groups: the names that cells have, in order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace minne {

using CrossPlace = std::pair<std::string, std::string>;  // names of a row and of a column

class CrossAxes {
 public:
  // Of a map by CrossPlace.
  template <class Cells>
  explicit CrossAxes(const Cells& cells) {
    for (const auto& [place, cell] : cells) {
      rows.push_back(place.first);
      columns.push_back(place.second);
    }
    for (auto* names : {&rows, &columns}) {
      std::ranges::sort(*names);
      names->erase(std::unique(names->begin(), names->end()), names->end());
    }
  }

  [[nodiscard]] std::size_t row(const CrossPlace& place) const { return number_of(rows, place.first); }
  [[nodiscard]] std::size_t column(const CrossPlace& place) const { return number_of(columns, place.second); }
  // "all" past the last: the totals.
  [[nodiscard]] std::string row_name(std::size_t number) const { return number < rows.size() ? rows[number] : "all"; }
  [[nodiscard]] std::string column_name(std::size_t number) const {
    return number < columns.size() ? columns[number] : "all";
  }

  std::vector<std::string> rows;
  std::vector<std::string> columns;

 private:
  static std::size_t number_of(const std::vector<std::string>& names, const std::string& name) {
    return static_cast<std::size_t>(std::ranges::lower_bound(names, name) - names.begin());
  }
};

}  // namespace minne
