#include "projections/suppression.h"

#include "projections/suppressed_cube.h"

#include <limits>
#include <optional>
#include <queue>

namespace minne {
namespace {

bool small(std::int64_t count) { return count > 0 && count < kSmallestShown; }

class Hider {
 public:
  explicit Hider(const Grid& counts, std::vector<bool> hidden = {})
      : counts_(counts), rows_(counts.rows() + 1), columns_(counts.columns() + 1), hidden_(std::move(hidden)) {
    hidden_.resize(rows_ * columns_);
  }

  void hide_small(const Grid* whole) {
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t column = 0; column < columns_; ++column) {
        const auto count = counts_.at(row, column);
        if (small(count) || (whole != nullptr && small(whole->at(row, column) - count))) hide(row, column);
      }
    }
  }

  // Hides more until nothing can be computed. Each round hides a cell, so it ends.
  std::vector<bool> close() {
    while (widen_sums() || close_bridge()) {
    }
    return hidden_;
  }

 private:
  struct Cell {
    std::size_t row;
    std::size_t column;
  };
  [[nodiscard]] bool hides(std::size_t row, std::size_t column) const { return hidden_[row * columns_ + column]; }
  void hide(std::size_t row, std::size_t column) { hidden_[row * columns_ + column] = true; }

  // What it costs to hide a cell: zeros last, since anyone may know of nothing; totals after cells; small before large.
  [[nodiscard]] std::int64_t cost(const Cell& cell) const {
    constexpr std::int64_t kTotal = std::int64_t{1} << 32;
    constexpr std::int64_t kZero = std::int64_t{1} << 40;
    if (hides(cell.row, cell.column)) return 0;
    const auto count = counts_.at(cell.row, cell.column);
    const bool total = cell.row + 1 == rows_ || cell.column + 1 == columns_;
    return 1 + count + (total ? kTotal : 0) + (count == 0 ? kZero : 0);
  }

  // A row or column whose total is shown, and whose hidden cells add up to too little.
  bool widen_sums() {
    for (std::size_t row = 0; row < rows_; ++row) {
      if (widen(columns_, [&](std::size_t i) { return Cell{row, i}; })) return true;
    }
    for (std::size_t column = 0; column < columns_; ++column) {
      if (widen(rows_, [&](std::size_t i) { return Cell{i, column}; })) return true;
    }
    return false;
  }

  template <class At>
  bool widen(std::size_t length, At at) {
    const auto last = at(length - 1);
    if (hides(last.row, last.column)) return false;
    std::int64_t sum = 0;
    bool any = false;
    std::optional<Cell> cheapest;
    for (std::size_t i = 0; i < length; ++i) {
      const auto cell = at(i);
      if (hides(cell.row, cell.column)) {
        any = true;
        sum += counts_.at(cell.row, cell.column);
      } else if (counts_.at(cell.row, cell.column) > 0 && (!cheapest || cost(cell) < cost(*cheapest))) {
        cheapest = cell;
      }
    }
    if (!any || sum >= kSmallestShown || !cheapest) return false;
    hide(cheapest->row, cheapest->column);
    return true;
  }

  bool close_bridge() {
    for (std::size_t row = 0; row < rows_; ++row) {
      for (std::size_t column = 0; column < columns_; ++column) {
        if (!hides(row, column)) continue;
        bool found = false;
        for (const auto& cell : way_around({row, column})) {
          found = found || !hides(cell.row, cell.column);
          hide(cell.row, cell.column);
        }
        if (found) return true;
      }
    }
    return false;
  }

  // The cheapest cells that lead from a cell's row to its column without it (Dijkstra over rows and columns).
  [[nodiscard]] std::vector<Cell> way_around(const Cell& without) const {
    const auto nodes = rows_ + columns_;
    std::vector<std::int64_t> best(nodes, std::numeric_limits<std::int64_t>::max());
    std::vector<std::size_t> from(nodes, nodes);
    using Entry = std::pair<std::int64_t, std::size_t>;
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
    best[without.row] = 0;
    open.emplace(0, without.row);
    while (!open.empty()) {
      const auto [so_far, node] = open.top();
      open.pop();
      if (so_far > best[node]) continue;
      const bool is_row = node < rows_;
      for (std::size_t i = 0; i < (is_row ? columns_ : rows_); ++i) {
        const Cell cell = is_row ? Cell{node, i} : Cell{i, node - rows_};
        if (cell.row == without.row && cell.column == without.column) continue;
        const auto next = is_row ? rows_ + i : i;
        if (so_far + cost(cell) >= best[next]) continue;
        best[next] = so_far + cost(cell);
        from[next] = node;
        open.emplace(best[next], next);
      }
    }
    std::vector<Cell> out;
    for (auto node = rows_ + without.column; node != without.row && from[node] != nodes; node = from[node]) {
      const auto other = from[node];
      out.push_back(node < rows_ ? Cell{node, other - rows_} : Cell{other, node - rows_});
    }
    return out;
  }

  const Grid& counts_;
  std::size_t rows_;
  std::size_t columns_;
  std::vector<bool> hidden_;
};

}  // namespace

void Grid::add(std::size_t row, std::size_t column, std::int64_t amount) {
  for (const auto r : {row, rows_}) {
    for (const auto c : {column, columns_}) cells_[r * (columns_ + 1) + c] += amount;
  }
}

Shown suppress(const Grid& counts) {
  Hider hider(counts);
  hider.hide_small(nullptr);
  return {counts, hider.close()};
}

Shown suppress(const Grid& part, const Grid& whole) {
  Hider hider(part);
  hider.hide_small(&whole);
  return {part, hider.close()};
}

Shown suppress_also(const Grid& counts, std::vector<bool> hidden) {
  Hider hider(counts, std::move(hidden));
  hider.hide_small(nullptr);
  return {counts, hider.close()};
}

boost::json::value percent(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return nullptr;
  return (200 * part + whole) / (2 * whole);
}

boost::json::value percent(const Shown& part, const Shown& whole, std::size_t row, std::size_t column) {
  if (part.hides(row, column) || whole.hides(row, column)) return nullptr;
  return percent(part.count(row, column), whole.count(row, column));
}

}  // namespace minne
