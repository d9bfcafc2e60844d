#include "projections/questions/counts_table.h"

#include <algorithm>

namespace minne {

namespace json = boost::json;

void CountsTable::add(std::vector<std::string> row, std::size_t column, std::int64_t amount) {
  auto& counts = rows_[std::move(row)];
  counts.resize(columns_.size());
  counts.at(column) += amount;
}

json::array CountsTable::json(bool hide_small, std::string_view share) const {
  Grid grid{rows_.size(), columns_.size()};
  std::size_t at = 0;
  for (const auto& [row, counts] : rows_) {
    for (std::size_t i = 0; i < counts.size(); ++i) grid.add(at, i, counts[i]);
    ++at;
  }
  const auto shown = hide_small ? suppress(grid) : all_of(grid);
  const auto all = columns_.size();
  json::array out;
  const auto add = [&](const std::vector<std::string>& row, std::size_t number) {
    json::object item;
    for (std::size_t i = 0; i < labels_.size(); ++i) item[labels_[i]] = row[i];
    for (std::size_t i = 0; i < all; ++i) item[columns_[i]] = shown.json(number, i);
    item[total_] = shown.json(number, all);
    const auto part = static_cast<std::size_t>(std::ranges::find(columns_, share) - columns_.begin());
    if (part < all) {
      const bool hidden = shown.hides(number, part) || shown.hides(number, all);
      item["percent_" + std::string{share}] =
          hidden ? json::value(nullptr) : percent(shown.count(number, part), shown.count(number, all));
    }
    out.emplace_back(std::move(item));
  };
  at = 0;
  for (const auto& [row, counts] : rows_) add(row, at++);
  add(std::vector<std::string>(labels_.size(), "all"), at);
  return out;
}

}  // namespace minne
