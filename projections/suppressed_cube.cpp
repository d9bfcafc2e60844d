#include "projections/suppressed_cube.h"

#include <algorithm>

namespace minne {

std::size_t Hierarchy::leaf(const std::vector<std::string>& path) {
  std::size_t at = kAll;
  for (const auto& name : path) {
    const auto& parts = nodes_[at].parts;
    const auto found = std::ranges::find(parts, name, [&](std::size_t part) { return nodes_[part].name; });
    if (found != parts.end()) {
      at = *found;
      continue;
    }
    const auto made = nodes_.size();
    nodes_.push_back({name, at, nodes_[at].level + 1, {}});
    nodes_[at].parts.push_back(made);
    at = made;
  }
  return at;
}

std::vector<std::size_t> Hierarchy::cover(std::size_t top,
                                          const std::function<bool(std::string_view leaf)>& wanted) const {
  std::vector<std::size_t> out;
  if (covers(top, wanted, out)) out = {top};
  return out;
}

// Whether all of it is wanted; else the nodes of what is are added.
bool Hierarchy::covers(std::size_t top, const std::function<bool(std::string_view leaf)>& wanted,
                       std::vector<std::size_t>& out) const {
  const auto& node = nodes_[top];
  if (node.parts.empty()) return top != kAll && wanted(node.name);
  std::vector<std::size_t> whole;
  std::vector<std::size_t> within;
  for (const auto part : node.parts) {
    if (covers(part, wanted, within)) whole.push_back(part);
  }
  if (whole.size() == node.parts.size()) return true;
  out.insert(out.end(), whole.begin(), whole.end());
  out.insert(out.end(), within.begin(), within.end());
  return false;
}

// A two-way table: the parts of a node along one axis, those of another along a second, and the sums of both.
struct Cube::Slice {
  std::size_t origin;  // the cell where both axes are at kAll
  std::vector<std::size_t> rows;
  std::vector<std::size_t> columns;  // offsets from there, each list's last is the sum
  [[nodiscard]] std::size_t cell(std::size_t row, std::size_t column) const {
    return origin + rows[row] + columns[column];
  }
};

std::size_t Cube::cells(const std::vector<Hierarchy>& axes) {
  std::size_t out = 1;
  for (const auto& axis : axes) out *= axis.nodes().size();
  return out;
}

Cube::Cube(std::vector<Hierarchy> axes) : axes_(std::move(axes)) {
  std::size_t stride = 1;
  for (const auto& axis : axes_) {
    strides_.push_back(stride);
    stride *= axis.nodes().size();
  }
  counts_.resize(stride);
  hidden_.resize(stride);
}

void Cube::add(const std::vector<std::size_t>& leaves, std::int64_t amount) {
  std::vector<std::size_t> places{0};
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    std::vector<std::size_t> next;
    for (auto node = leaves[i];; node = axes_[i].nodes()[node].parent) {
      for (const auto place : places) next.push_back(place + node * strides_[i]);
      if (node == Hierarchy::kAll) break;
    }
    places = std::move(next);
  }
  for (const auto place : places) counts_[place] += amount;
}

void Cube::suppress() {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    if (counts_[i] > 0 && counts_[i] < kSmallestShown) hidden_[i] = true;
  }
  bool more = true;
  while (more) {  // each round hides a cell, so it ends
    more = false;
    for (std::size_t first = 0; first < axes_.size(); ++first) {
      for (std::size_t second = first + 1; second < axes_.size(); ++second) more = close_all(first, second) || more;
    }
  }
}

bool Cube::share(std::vector<bool>& hidden) {
  hidden.resize(strides_.back());  // the last axis is the slowest, and kAll its first: they lie at the beginning
  bool more = false;
  for (std::size_t i = 0; i < hidden.size(); ++i) {
    more = more || (hidden_[i] && !hidden[i]);
    hidden[i] = hidden_[i] = hidden_[i] || hidden[i];
  }
  return more;
}

bool Cube::close_all(std::size_t first, std::size_t second) {
  const auto lines = [&](std::size_t axis) {
    std::vector<std::vector<std::size_t>> out;
    const auto& nodes = axes_[axis].nodes();
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      if (nodes[node].parts.empty()) continue;
      auto& line = out.emplace_back();
      for (const auto part : nodes[node].parts) line.push_back(part * strides_[axis]);
      line.push_back(node * strides_[axis]);
    }
    return out;
  };
  const auto at_all = [&](std::size_t place, std::size_t axis) {
    return place / strides_[axis] % axes_[axis].nodes().size() == Hierarchy::kAll;
  };
  const auto rows = lines(first);
  const auto columns = lines(second);
  bool more = false;
  for (std::size_t origin = 0; origin < counts_.size(); ++origin) {
    if (counts_[origin] == 0 || !at_all(origin, first) || !at_all(origin, second)) continue;
    for (const auto& row : rows) {
      for (const auto& column : columns) more = close({origin, row, column}) || more;
    }
  }
  return more;
}

bool Cube::close(const Slice& slice) {
  Grid grid{slice.rows.size() - 1, slice.columns.size() - 1};
  std::vector<bool> hidden;
  for (std::size_t row = 0; row < slice.rows.size(); ++row) {
    for (std::size_t column = 0; column < slice.columns.size(); ++column) {
      const auto cell = slice.cell(row, column);
      grid.set(row, column, counts_[cell]);
      hidden.push_back(hidden_[cell]);
    }
  }
  if (std::ranges::find(hidden, true) == hidden.end()) return false;
  const auto shown = suppress_also(grid, hidden);
  bool more = false;
  for (std::size_t row = 0; row < slice.rows.size(); ++row) {
    for (std::size_t column = 0; column < slice.columns.size(); ++column) {
      const auto cell = slice.cell(row, column);
      if (hidden_[cell] || !shown.hides(row, column)) continue;
      hidden_[cell] = more = true;
    }
  }
  return more;
}

std::optional<std::int64_t> Cube::sum(const std::vector<std::vector<std::size_t>>& nodes) const {
  std::vector<std::size_t> places{0};
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    std::vector<std::size_t> next;
    for (const auto node : nodes[i]) {
      for (const auto place : places) next.push_back(place + node * strides_[i]);
    }
    places = std::move(next);
  }
  std::int64_t out = 0;
  for (const auto place : places) {
    if (hidden_[place]) return std::nullopt;
    out += counts_[place];
  }
  return out;
}

}  // namespace minne
