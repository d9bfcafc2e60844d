// What the statistics of this folder have in common: periods, shares, percentiles.
#pragma once

#include "projections/json_parts.h"
#include "projections/periods.h"
#include "projections/question.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <cmath>

namespace minne {

[[nodiscard]] inline double rounded(double value) { return std::round(value * 1'000) / 1'000; }

// Null where there is nothing to have a share in.
[[nodiscard]] inline boost::json::value share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return nullptr;
  return rounded(static_cast<double>(part) / static_cast<double>(whole));
}

// Values and how often each was seen.
class Values {
 public:
  void add(std::int64_t value, std::int64_t times = 1) {
    counts_[value] += times;
    count_ += times;
    sum_ += value * times;
  }
  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] std::int64_t sum() const { return sum_; }
  [[nodiscard]] std::int64_t max() const { return counts_.empty() ? 0 : counts_.rbegin()->first; }
  // Nearest rank: the smallest value that at least so many in a hundred do not pass.
  [[nodiscard]] std::int64_t percentile(int percent) const {
    auto left = std::max<std::int64_t>((count_ * percent + 99) / 100, 1);
    for (const auto& [value, times] : counts_) {
      left -= times;
      if (left <= 0) return value;
    }
    return 0;
  }

 private:
  std::map<std::int64_t, std::int64_t> counts_;
  std::int64_t count_ = 0;
  std::int64_t sum_ = 0;
};

// From one day through another; the year so far where nothing was said.
struct Period {
  std::int32_t from = 0;
  std::int32_t to = 0;
  [[nodiscard]] bool holds(std::int32_t day) const { return from <= day && day <= to; }
};
[[nodiscard]] inline Result<PeriodBounds> bounds_of(const QuestionAsked& asked) {
  MINNE_TRY(const auto from, asked.date("from"));
  MINNE_TRY(const auto to, asked.date("to"));
  return checked({from, to});
}
[[nodiscard]] inline Result<Period> period_of(const QuestionAsked& asked) {
  MINNE_TRY(const auto stated, bounds_of(asked));
  MINNE_TRY(const auto bounds, checked({stated.from, stated.to.value_or(asked.today)}));
  const auto last = to_days(*bounds.to);
  return Period{bounds.from ? to_days(*bounds.from) : year_begins(year_of(last)), last};
}

[[nodiscard]] inline bool asks_for(const QuestionAsked& asked, std::string_view unit) {
  return asked.text("unit").empty() || asked.text("unit") == unit;
}

inline QuestionParameter from_parameter() {
  return {.name = "from",
          .kind = QuestionParameter::Kind::kDate,
          .description = "the first day; where left out, the first of the last day's year"};
}
inline QuestionParameter to_parameter() {
  return {.name = "to", .kind = QuestionParameter::Kind::kDate, .description = "the last day; today where left out"};
}
inline QuestionParameter unit_parameter() { return {.name = "unit", .description = "only this unit"}; }
// As statistics have it (sex_of): a code that was replaced counts as what took its place.
inline QuestionParameter sex_parameter() {
  return {.name = "sex", .description = "only this sex", .one_of = {"female", "male", "unknown"}};
}
inline QuestionParameter year_parameter(std::string_view description) {
  return {.name = "year",
          .kind = QuestionParameter::Kind::kInteger,
          .description = description,
          .minimum = 1900,
          .maximum = 2200};
}
inline QuestionParameter limit_parameter() {
  return {.name = "limit",
          .kind = QuestionParameter::Kind::kInteger,
          .description = "at most so many cases in a list",
          .default_value = "200",
          .minimum = 1,
          .maximum = 1000};
}

// A list of cases that goes on counting when it is full.
class CaseList {
 public:
  explicit CaseList(const QuestionAsked& asked) : limit_(static_cast<std::size_t>(asked.integer("limit"))) {}
  // Whether there is room for one more.
  [[nodiscard]] bool count() { return ++total_ <= limit_; }
  void add(boost::json::object item) { items_.push_back(std::move(item)); }
  [[nodiscard]] std::size_t total() const { return total_; }
  [[nodiscard]] boost::json::array take() { return std::move(items_); }

 private:
  std::size_t limit_;
  std::size_t total_ = 0;
  boost::json::array items_;
};

[[nodiscard]] inline boost::json::value date_json(std::int32_t day) {
  return boost::json::value(to_text(from_days(day)));
}

}  // namespace minne
