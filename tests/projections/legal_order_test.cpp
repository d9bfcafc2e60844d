#include "projections/legal_order.h"

#include <gtest/gtest.h>

#include <random>

namespace minne {
namespace {

struct Fact {
  When when;
  std::int64_t at = 0;  // its place
  std::uint32_t version = 0;
};
using Facts = std::vector<std::unique_ptr<Fact>>;

// Recorded in this order.
Facts recorded(const std::vector<std::string>& times) {
  Facts out;
  for (const auto& time : times) {
    auto event = std::make_unique<Fact>();
    event->when = parse_when(time).value();
    event->at = legal_place(LegalTime(event->when), out, &Fact::at);
    event->version = static_cast<std::uint32_t>(out.size() + 1);
    out.push_back(std::move(event));
  }
  return out;
}

std::vector<std::uint32_t> order_of(const std::vector<std::string>& times) {
  const auto events = recorded(times);
  std::vector<std::uint32_t> out;
  for (const auto* event : in_legal_order(events)) out.push_back(event->version);
  return out;
}

using Versions = std::vector<std::uint32_t>;

TEST(LegalOrderTest, HoursStandAsTheyAreAndDaysByTheOrderOfRecording) {
  EXPECT_EQ(order_of({"2026-03-02T15:00:00+01:00", "2026-03-02T09:00:00+01:00"}), (Versions{2, 1}));
  EXPECT_EQ(order_of({"2026-03-02", "2026-03-02"}), (Versions{1, 2}));
  EXPECT_EQ(order_of({"2026-03-02T15:00:00+01:00", "2026-03-02"}), (Versions{1, 2}));
  EXPECT_EQ(order_of({"2026-03-02", "2026-03-02T00:00:00+01:00"}), (Versions{1, 2}));
}

TEST(LegalOrderTest, DaysAreThoseOfSweden) {
  EXPECT_EQ(order_of({"2026-03-02T23:30:00+01:00", "2026-03-02", "2026-03-03"}), (Versions{1, 2, 3}));
  EXPECT_EQ(order_of({"2026-03-02T23:30:00Z", "2026-03-02", "2026-03-03"}), (Versions{2, 1, 3}));
  // A day of 25 hours.
  EXPECT_EQ(order_of({"2026-10-25T23:30:00+01:00", "2026-10-25"}), (Versions{1, 2}));
}

TEST(LegalOrderTest, WhatIsRecordedLateStandsWhereItBelongs) {
  EXPECT_EQ(order_of({"2026-03-02T10:00:00+01:00", "2026-03-05", "2026-03-01", "2026-03-05T08:00:00+01:00"}),
            (Versions{3, 1, 2, 4}));
}

TEST(LegalOrderTest, ACircleOfPairsIsOneLine) {
  EXPECT_EQ(order_of({"2026-03-02T15:00:00+01:00", "2026-03-02", "2026-03-02T09:00:00+01:00"}), (Versions{3, 1, 2}));
}

// The rule for two: days are compared where either has only its day; ties go by the order of recording.
bool pair_before(const Fact& a, const Fact& b) {
  const auto days = std::pair{local_date(a.when.at), local_date(b.when.at)};
  if (days.first != days.second) return days.first < days.second;
  const bool hours = a.when.precision == Precision::kInstant && b.when.precision == Precision::kInstant;
  return hours && a.when.at != b.when.at ? a.when.at < b.when.at : a.version < b.version;
}

// Whether pairs lead from one to another.
std::vector<std::vector<bool>> reach_of(const Facts& events) {
  const auto count = events.size();
  std::vector<std::vector<bool>> reach(count, std::vector<bool>(count));
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < count; ++j) reach[i][j] = i != j && pair_before(*events[i], *events[j]);
  }
  for (std::size_t k = 0; k < count; ++k) {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < count; ++j) reach[i][j] = reach[i][j] || (reach[i][k] && reach[k][j]);
    }
  }
  return reach;
}

std::vector<std::string> random_times(std::mt19937& random) {
  std::vector<std::string> out;
  for (auto left = 1 + random() % 8; left > 0; --left) {
    auto time = "2026-03-0" + std::to_string(1 + random() % 2);
    if (random() % 2 == 0) time += "T1" + std::to_string(random() % 4) + ":00:00+01:00";
    out.push_back(std::move(time));
  }
  return out;
}

TEST(LegalOrderTest, AgreesWithEveryPairThatNoCircleHolds) {
  std::mt19937 random(7);
  int circles = 0;
  for (int run = 0; run < 3'000; ++run) {
    const auto events = recorded(random_times(random));
    const auto reach = reach_of(events);
    const auto ordered = in_legal_order(events);
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      for (std::size_t j = i + 1; j < ordered.size(); ++j) {
        if (pair_before(*ordered[i], *ordered[j])) continue;
        ++circles;
        EXPECT_TRUE(reach[ordered[i]->version - 1][ordered[j]->version - 1]) << "run " << run;
      }
    }
  }
  EXPECT_GT(circles, 100);
}

// A row may keep the first or the last alone.
TEST(LegalOrderTest, TheFirstAndTheLastNeedNoList) {
  std::mt19937 random(8);
  for (int run = 0; run < 3'000; ++run) {
    const auto events = recorded(random_times(random));
    const Fact* first = nullptr;
    const Fact* last = nullptr;
    std::optional<std::int64_t> first_at;
    std::optional<std::int64_t> last_at;
    for (const auto& event : events) {
      const LegalTime time(event->when);
      if (const auto at = legal_place(time, first_at); !first_at || at < *first_at) {
        first = event.get();
        first_at = at;
      }
      if (const auto at = legal_place(time, last_at); !last_at || *last_at <= at) {
        last = event.get();
        last_at = at;
      }
    }
    EXPECT_EQ(in_legal_order(events).front(), first) << "run " << run;
    EXPECT_EQ(in_legal_order(events).back(), last) << "run " << run;
  }
}

}  // namespace
}  // namespace minne
