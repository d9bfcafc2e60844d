// Small cells of a published table are hidden, and others with them, so that none can be computed from what is shown.
//
//   Grid offered{2, 3};                        // two rows, three columns, and a total of each
//   offered.add(0, 2, 7);                      // counts in the cell, in its row, in its column and in all
//   const auto shown = suppress(offered);
//   shown.json(0, 2)                           // 7, or null where it is hidden
//
// A cell of 1 to 4 is hidden; so is one of a part where all but 1 to 4 of the whole are in it. Whoever knows the totals
// can compute a hidden cell exactly when it is a bridge of the graph whose nodes are the rows and columns and whose
// edges are the hidden cells (Gusfield 1988): for each bridge, the cheapest cells that close a circle are hidden too.
// Where the hidden cells of a row or column add up to less than 5, one more is hidden, since a sum of 2 tells both.
//
// Tables of one answer are made safe one by one. Who asks twice, with other filters, may still compare two answers.
// Pure; any thread.
#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace minne {

inline constexpr std::int64_t kSmallestShown = 5;

// Counts in rows and columns; the last row and the last column hold the totals.
class Grid {
 public:
  Grid(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns), cells_((rows + 1) * (columns + 1)) {}

  void add(std::size_t row, std::size_t column, std::int64_t amount);
  // For what does not add up, such as distinct children: totals are set like cells.
  void set(std::size_t row, std::size_t column, std::int64_t amount) { cells_[row * (columns_ + 1) + column] = amount; }

  [[nodiscard]] std::size_t rows() const { return rows_; }        // the number of the row of totals
  [[nodiscard]] std::size_t columns() const { return columns_; }  // of the column of totals
  [[nodiscard]] std::int64_t at(std::size_t row, std::size_t column) const {
    return cells_[row * (columns_ + 1) + column];
  }

 private:
  std::size_t rows_;
  std::size_t columns_;
  std::vector<std::int64_t> cells_;
};

class Shown {
 public:
  Shown(const Grid& counts, std::vector<bool> hidden) : counts_(counts), hidden_(std::move(hidden)) {}
  [[nodiscard]] bool hides(std::size_t row, std::size_t column) const {
    return hidden_[row * (counts_.columns() + 1) + column];
  }
  [[nodiscard]] std::int64_t count(std::size_t row, std::size_t column) const { return counts_.at(row, column); }
  [[nodiscard]] boost::json::value json(std::size_t row, std::size_t column) const {
    return hides(row, column) ? boost::json::value(nullptr) : boost::json::value(count(row, column));
  }

 private:
  Grid counts_;
  std::vector<bool> hidden_;
};

[[nodiscard]] Shown suppress(const Grid& counts);
// Of counts that are a part of `whole`, cell by cell.
[[nodiscard]] Shown suppress(const Grid& part, const Grid& whole);

// In whole per cent; null where the whole is nothing.
[[nodiscard]] boost::json::value percent(std::int64_t part, std::int64_t whole);
// Null too where either is hidden.
[[nodiscard]] boost::json::value percent(const Shown& part, const Shown& whole, std::size_t row, std::size_t column);

}  // namespace minne
