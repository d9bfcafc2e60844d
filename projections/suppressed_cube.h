// A table of several groups at once, with all its sums, whose small cells are hidden so that no part of it tells them:
// whatever is shown of one cube, in however many answers, tells no more than all that it shows.
//
//   Hierarchy areas, times;
//   const auto area = areas.leaf({"rimbo"});
//   const auto quarter = times.leaf({"2025", "2025-Q1"});      // a year is the sum of its quarters
//   Cube cube{{areas, times}};
//   cube.add({area, quarter}, 7);
//   cube.suppress();
//   cube.sum({areas.cover(Hierarchy::kAll, any), times.cover(Hierarchy::kAll, in_2025)})    // or nothing: hidden
//
// Every two-way table within it is made safe (suppression.h), again and again until none hides another cell. What
// tables of three and more groups would tell only together is not looked for.
// Pure; any thread.
#pragma once

#include "projections/suppression.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

// The values of a group and their sums, as a tree.
class Hierarchy {
 public:
  static constexpr std::size_t kAll = 0;

  struct Node {
    std::string name;
    std::size_t parent = kAll;
    std::size_t level = 0;  // kAll is on level 0
    std::vector<std::size_t> parts;
  };

  // The leaf at the end of the path, made where it is not there yet. All paths of a tree are equally long.
  std::size_t leaf(const std::vector<std::string>& path);

  // The fewest nodes that hold the wanted leaves below `top` and no others.
  [[nodiscard]] std::vector<std::size_t> cover(std::size_t top,
                                               const std::function<bool(std::string_view leaf)>& wanted) const;

  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }

 private:
  [[nodiscard]] bool covers(std::size_t top, const std::function<bool(std::string_view leaf)>& wanted,
                            std::vector<std::size_t>& out) const;

  std::vector<Node> nodes_{Node{}};
};

// Of counts some of which are hidden already: a place for each cell, row by row, totals included.
[[nodiscard]] Shown suppress_also(const Grid& counts, std::vector<bool> hidden);

class Cube {
 public:
  explicit Cube(std::vector<Hierarchy> axes);

  // Cells with all sums: what suppress() has to go through.
  [[nodiscard]] static std::size_t cells(const std::vector<Hierarchy>& axes);

  void add(const std::vector<std::size_t>& leaves, std::int64_t amount);
  // Hides what is small and what would tell it, beside what is hidden already: again after each share().
  void suppress();
  // Hides what others hide of the cells at kAll of the last axis, and tells them what this hides there. Whether it told
  // them anything new. Cubes that differ in their last axis only, suppressed in turn until none tells more, are safe
  // together.
  [[nodiscard]] bool share(std::vector<bool>& hidden);
  // Of the cells where one of each axis' nodes meet. Nothing where one of them is hidden.
  [[nodiscard]] std::optional<std::int64_t> sum(const std::vector<std::vector<std::size_t>>& nodes) const;

 private:
  struct Slice;
  [[nodiscard]] bool close(const Slice& slice);
  [[nodiscard]] bool close_all(std::size_t first, std::size_t second);

  std::vector<Hierarchy> axes_;
  std::vector<std::size_t> strides_;
  std::vector<std::int64_t> counts_;
  std::vector<bool> hidden_;
};

}  // namespace minne
