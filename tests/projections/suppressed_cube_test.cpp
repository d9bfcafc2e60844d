// What several answers show of one cube tells no more than each of them: laid side by side as an attacker would.
#include "projections/suppressed_cube.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace minne {
namespace {

using Nodes = std::vector<std::size_t>;

bool any(std::string_view /*leaf*/) { return true; }

TEST(HierarchyTest, CoversWhatIsWantedWithAsFewSumsAsPossible) {
  Hierarchy times;
  const auto q1 = times.leaf({"2024", "2024-Q1"});
  const auto q2 = times.leaf({"2024", "2024-Q2"});
  const auto q3 = times.leaf({"2025", "2025-Q1"});
  EXPECT_EQ(q1, times.leaf({"2024", "2024-Q1"}));
  EXPECT_EQ(Nodes{Hierarchy::kAll}, times.cover(Hierarchy::kAll, any));
  EXPECT_EQ(Nodes{times.nodes()[q1].parent},
            times.cover(Hierarchy::kAll, [](std::string_view leaf) { return leaf < "2025"; }));
  EXPECT_EQ((Nodes{times.nodes()[q3].parent, q2}),
            times.cover(Hierarchy::kAll, [](std::string_view leaf) { return leaf > "2024-Q1"; }));
  EXPECT_EQ(Nodes{}, times.cover(Hierarchy::kAll, [](std::string_view leaf) { return leaf > "2026"; }));
  EXPECT_EQ(Nodes{}, Hierarchy{}.cover(Hierarchy::kAll, any));
}

// Two areas, two concerns, two outcomes. Without the outcome 2 is small, and 3 others are hidden with it; with it, none
// of theirs is small.
TEST(CubeTest, WhatHidesWithASmallCellIsHiddenInItsPartsToo) {
  Hierarchy areas;
  Hierarchy concerns;
  Hierarchy outcomes;
  const Nodes area{areas.leaf({"a"}), areas.leaf({"b"})};
  const Nodes concern{concerns.leaf({"x"}), concerns.leaf({"y"})};
  const Nodes outcome{outcomes.leaf({"opened"}), outcomes.leaf({"not"})};
  Cube cube{{areas, concerns, outcomes}};
  cube.add({area[0], concern[0], outcome[0]}, 2);
  for (const auto result : outcome) {
    cube.add({area[0], concern[1], result}, 10);
    cube.add({area[1], concern[0], result}, 12);
    cube.add({area[1], concern[1], result}, 14);
  }
  cube.suppress();
  const auto shown = [&](std::size_t a, std::size_t c, std::size_t o) {
    return cube.sum({{area[a]}, {concern[c]}, o < 2 ? Nodes{outcome[o]} : Nodes{Hierarchy::kAll}});
  };
  EXPECT_FALSE(shown(0, 0, 0));
  EXPECT_FALSE(shown(0, 1, 2));  // it would tell the 2
  EXPECT_FALSE(shown(0, 1, 0) && shown(0, 1, 1)) << "both parts tell the sum that is hidden";
  EXPECT_EQ(74, cube.sum({{Hierarchy::kAll}, {Hierarchy::kAll}, {Hierarchy::kAll}}));
}

TEST(CubeTest, CubesHideTheSameOfTheTableThatTheyShare) {
  Hierarchy areas;
  Hierarchy sexes;
  Hierarchy reporters;
  const Nodes area{areas.leaf({"a"}), areas.leaf({"b"})};
  const auto sex = sexes.leaf({"female"});
  const Nodes reporter{reporters.leaf({"school"}), reporters.leaf({"police"})};
  Cube by_sex{{areas, sexes}};
  Cube by_reporter{{areas, reporters}};
  for (const auto each : area) {
    by_sex.add({each, sex}, 9);
    by_reporter.add({each, reporter[0]}, 5);
    by_reporter.add({each, reporter[1]}, 6);
  }
  by_sex.suppress();
  by_reporter.suppress();
  std::vector<bool> hidden{false, true, true};  // as a third cube has it: both areas, and not all
  EXPECT_FALSE(by_sex.share(hidden));
  by_sex.suppress();
  EXPECT_FALSE(by_sex.sum({{area[0]}, {sex}})) << "it is the sum that is hidden";
  EXPECT_EQ(18, by_sex.sum({{Hierarchy::kAll}, {sex}}));
  static_cast<void>(by_reporter.share(hidden));
  EXPECT_FALSE(by_reporter.sum({{area[1]}, {Hierarchy::kAll}}));
}

// For each line of parts and their sum, in any direction: never is just one of them hidden, and never do those that are
// hidden add up to so little that their sum tells them.
void expect_safe(const std::vector<Hierarchy>& axes, const Cube& cube, std::uint64_t seed) {
  std::vector<std::size_t> place(axes.size());
  const auto at = [&](std::size_t axis, std::size_t node) {
    std::vector<Nodes> nodes;
    for (std::size_t i = 0; i < axes.size(); ++i) nodes.push_back({i == axis ? node : place[i]});
    return cube.sum(nodes);
  };
  for (std::size_t number = 0; number < Cube::cells(axes); ++number) {
    auto rest = number;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      place[i] = rest % axes[i].nodes().size();
      rest /= axes[i].nodes().size();
    }
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      const auto& parts = axes[axis].nodes()[place[axis]].parts;
      if (parts.empty()) continue;
      int hidden = at(axis, place[axis]) ? 0 : 1;
      for (const auto part : parts) hidden += at(axis, part) ? 0 : 1;
      EXPECT_NE(1, hidden) << "seed " << seed;
    }
  }
}

TEST(CubeTest, NoLineHidesJustOneOfItsCells) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Hierarchy> axes(3);
    std::vector<Nodes> leaves(3);
    for (int i = 0; i < 3; ++i) leaves[0].push_back(axes[0].leaf({"a" + std::to_string(i)}));
    for (int i = 0; i < 4; ++i) leaves[1].push_back(axes[1].leaf({"b" + std::to_string(i)}));
    for (int i = 0; i < 6; ++i)
      leaves[2].push_back(axes[2].leaf({"202" + std::to_string(i / 3), "quarter" + std::to_string(i)}));
    Cube cube{axes};
    for (const auto a : leaves[0]) {
      for (const auto b : leaves[1]) {
        for (const auto c : leaves[2])
          cube.add({a, b, c}, static_cast<std::int64_t>(random() % (seed % 2 == 0 ? 9 : 60)));
      }
    }
    cube.suppress();
    expect_safe(axes, cube, seed);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace minne
