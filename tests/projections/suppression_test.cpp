// Nobody can compute a hidden cell from what is shown: tried as an attacker would, by elimination over rows and
// columns.
#include "projections/suppression.h"

#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include <random>
#include <string>

namespace minne {
namespace {

Grid grid(const std::vector<std::vector<std::int64_t>>& cells) {
  Grid out{cells.size(), cells.front().size()};
  for (std::size_t row = 0; row < cells.size(); ++row) {
    for (std::size_t column = 0; column < cells[row].size(); ++column) out.add(row, column, cells[row][column]);
  }
  return out;
}

std::string text(const Grid& counts, const Shown& shown) {
  std::string out;
  for (std::size_t row = 0; row <= counts.rows(); ++row) {
    for (std::size_t column = 0; column <= counts.columns(); ++column) {
      out += (column == 0 ? "" : " ") + (shown.hides(row, column) ? "-" : std::to_string(counts.at(row, column)));
    }
    out += "\n";
  }
  return out;
}

TEST(SuppressionTest, CellsOfFiveAndMoreAreShown) {
  const auto counts = grid({{5, 6}, {0, 9}});
  EXPECT_EQ("5 6 11\n0 9 9\n5 15 20\n", text(counts, suppress(counts)));
}

TEST(SuppressionTest, ASmallCellIsHiddenWithThreeMoreThatWouldTellIt) {
  const auto counts = grid({{6, 2, 9}, {5, 6, 20}, {30, 40, 50}});
  EXPECT_EQ("- - 9 17\n- - 20 31\n30 40 50 120\n41 48 79 168\n", text(counts, suppress(counts)));
}

TEST(SuppressionTest, WhereTheHiddenAddUpToLittleAThirdIsHidden) {
  const auto counts = grid({{1, 1, 30}, {8, 9, 40}});
  const auto shown = suppress(counts);
  EXPECT_TRUE(shown.hides(0, 0) && shown.hides(0, 1) && shown.hides(0, 2)) << text(counts, shown);
}

TEST(SuppressionTest, APartIsHiddenWhereAlmostAllOfTheWholeIsInIt) {
  const auto part = grid({{19, 10}});
  const auto whole = grid({{20, 20}});
  const auto shown = suppress(part, whole);
  EXPECT_TRUE(shown.hides(0, 0));
  EXPECT_TRUE(percent(shown, suppress(whole), 0, 0).is_null());
  EXPECT_FALSE(suppress(whole).hides(0, 0));
}

TEST(SuppressionTest, PerCentIsRoundedAndOfNothingIsNull) {
  EXPECT_EQ(67, percent(2, 3).as_int64());
  EXPECT_TRUE(percent(0, 0).is_null());
}

// Rank of the equations "cells of a row (column) less their total are 0" in the hidden cells; a hidden cell is known to
// whoever can combine them into one that holds it alone.
bool any_computable(const Grid& counts, const Shown& shown) {
  const auto columns = counts.columns() + 1;
  std::vector<std::size_t> unknown;
  std::vector<int> number((counts.rows() + 1) * columns, -1);
  for (std::size_t i = 0; i < number.size(); ++i) {
    if (!shown.hides(i / columns, i % columns)) continue;
    number[i] = static_cast<int>(unknown.size());
    unknown.push_back(i);
  }
  std::vector<std::vector<double>> equations;
  const auto add = [&](std::size_t length, auto at) {
    std::vector<double> equation(unknown.size());
    for (std::size_t i = 0; i < length; ++i) {
      if (number[at(i)] >= 0) equation[static_cast<std::size_t>(number[at(i)])] = i + 1 == length ? -1 : 1;
    }
    equations.push_back(std::move(equation));
  };
  for (std::size_t row = 0; row <= counts.rows(); ++row) add(columns, [&](std::size_t i) { return row * columns + i; });
  for (std::size_t column = 0; column < columns; ++column) {
    add(counts.rows() + 1, [&](std::size_t i) { return i * columns + column; });
  }
  std::size_t rank = 0;
  for (std::size_t column = 0; column < unknown.size() && rank < equations.size(); ++column) {
    auto pivot = rank;
    while (pivot < equations.size() && std::abs(equations[pivot][column]) < 1e-9) ++pivot;
    if (pivot == equations.size()) continue;
    std::swap(equations[rank], equations[pivot]);
    for (std::size_t other = 0; other < equations.size(); ++other) {
      if (other == rank) continue;
      const auto factor = equations[other][column] / equations[rank][column];
      for (std::size_t i = 0; i < unknown.size(); ++i) equations[other][i] -= factor * equations[rank][i];
    }
    ++rank;
  }
  for (const auto& equation : equations) {
    int held = 0;
    for (const auto value : equation) held += std::abs(value) > 1e-9 ? 1 : 0;
    if (held == 1) return true;
  }
  return false;
}

TEST(SuppressionTest, NoHiddenCellCanBeComputedFromRowsColumnsAndTotals) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 random(seed);
    const auto rows = 1 + random() % 5;
    const auto columns = 1 + random() % 5;
    Grid counts{rows, columns};
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < columns; ++column) {
        counts.add(
            row, column,
            random() % 3 == 0 ? static_cast<std::int64_t>(random() % 5) : static_cast<std::int64_t>(random() % 40));
      }
    }
    const auto shown = suppress(counts);
    EXPECT_FALSE(any_computable(counts, shown)) << "seed " << seed << "\n" << text(counts, shown);
    for (std::size_t row = 0; row <= rows; ++row) {
      for (std::size_t column = 0; column <= columns; ++column) {
        const auto count = counts.at(row, column);
        EXPECT_TRUE(count == 0 || count >= kSmallestShown || shown.hides(row, column)) << "seed " << seed;
      }
    }
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace minne
