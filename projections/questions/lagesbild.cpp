// Row 24 of what boards complain of, with rows 15, 18, 21 and 28: the picture that reports give of a town, as a table
// of any two of its groups. Small numbers are hidden, and those that would tell them.
#include "core/keys.h"
#include "projections/components/picture.h"
#include "projections/groups.h"
#include "projections/questions.h"
#include "projections/questions/counts_table.h"
#include "projections/questions/statistics.h"
#include "projections/suppressed_cube.h"
#include "projections/suppression.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include <algorithm>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 9> kGroups = {"year", "quarter",  "month",   "area",   "age_band",
                                                     "sex",  "reporter", "outcome", "concern"};
constexpr std::size_t kPeriods = 3;  // of them are of time, and come from the month
constexpr std::size_t kConcern = kGroups.size() - 1;

std::size_t group_number(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(kGroups, name) - kGroups.begin());
}

std::string quarter_name(std::uint16_t month) { return fmt::format("{:04}-Q{}", month / 12, month % 12 / 3 + 1); }

// One entry of the tally: a value for each of kGroups.
struct Line {
  std::uint16_t month = 0;
  std::array<std::string, kGroups.size()> groups;

  static Line read(std::string_view bytes) {
    KeyReader key(bytes);
    Line out;
    out.month = key.u16();
    const auto year = out.month / 12;
    out.groups[0] = fmt::format("{:04}", year);
    out.groups[1] = quarter_name(out.month);
    out.groups[2] = fmt::format("{:04}-{:02}", year, out.month % 12 + 1);
    for (std::size_t i = kPeriods; i < kGroups.size(); ++i) out.groups[i] = key.text();
    return out;
  }
};

// What was asked for of a cube of the rows, the columns, all periods, and one group more. There is one cube for each
// group by which the same table can be filtered, and all of them are hidden together: so answers with other filters or
// periods, laid side by side, tell nothing more.
class Table {
 public:
  explicit Table(const QuestionAsked& asked)
      : asked_(asked), row_(group_number(asked.text("rows"))), column_(group_number(asked.text("columns"))) {}

  Result<> read() {
    MINNE_TRY(const auto bounds, bounds_of(asked_));
    MINNE_TRY(first_, quarter_of("from", bounds.from, 0));
    MINNE_TRY(last_, quarter_of("to", bounds.to, 1));
    MINNE_TRY_VOID(choose_groups());
    std::map<std::vector<std::size_t>, std::int64_t> counts;
    MINNE_TRY_VOID(each_tally<Picture>(asked_, Picture::kReports, {}, [&](std::string_view key, std::int64_t amount) {
      const auto line = Line::read(key);
      // A report stands in the tally once, and once for each of its concerns: counted by concern where that is asked.
      if (by_concern_ != line.groups.at(kConcern).empty()) counts[leaves(line)] += amount;
    }));
    return fill(counts);
  }

  // Every row and column that the cube has in the period: one left out would say that nothing is hidden there.
  [[nodiscard]] json::array cells() const {
    std::vector<std::vector<std::size_t>> nodes;
    for (const auto place : places_.at(shown_)) nodes.push_back(wanted_below(place, Hierarchy::kAll));
    json::array out;
    const auto row_axis = axis_of(row_);
    const auto column_axis = axis_of(column_);
    for (const auto& [row, row_nodes] : named_below(row_axis, row_)) {
      for (const auto& [column, column_nodes] : named_below(column_axis, column_)) {
        nodes[row_axis] = row_nodes;
        nodes[column_axis] = column_nodes;
        const auto sum = cubes_.at(shown_).sum(nodes);
        out.push_back(json::object{{kGroups.at(row_), row},
                                   {kGroups.at(column_), column},
                                   {"reports", sum ? json::value(*sum) : json::value(nullptr)}});
      }
    }
    return out;
  }

  // Whether the cube hides what came in the year: whoever shows its total beside the table tells what the table hides.
  [[nodiscard]] bool hides_year(int year) const {
    const auto name = fmt::format("{:04}", year);
    const auto& times = trees_.front().nodes();
    const auto found =
        std::ranges::find_if(times, [&](const auto& node) { return node.level == 1 && node.name == name; });
    if (found == times.end()) return false;  // nothing of it is in the table
    std::vector<std::vector<std::size_t>> nodes(places_.at(shown_).size(), {Hierarchy::kAll});
    nodes.front() = {static_cast<std::size_t>(found - times.begin())};
    return !cubes_.at(shown_).sum(nodes);
  }

 private:
  static constexpr std::size_t kMaxCells = 500'000;
  static constexpr std::size_t kQuarterMonths = 3;
  static constexpr std::size_t kTime = 0;  // of the groups: all periods are levels of one
  using Counts = std::map<std::vector<std::size_t>, std::int64_t>;
  using Named = std::vector<std::pair<std::string, std::vector<std::size_t>>>;

  // The quarter's name that a period begins or ends with; empty where it is open.
  static Result<std::string> quarter_of(std::string_view name, std::optional<Date> date, int days_after) {
    if (!date) return std::string{};
    const auto day = to_days(*date);
    const auto next = day + days_after;
    const bool begins_quarter = month_of(next) % kQuarterMonths == 0 && month_of(next) != month_of(next - 1);
    if (!begins_quarter)
      return invalid(
          "a period begins with the first day of a quarter and ends with the last day of one: others, laid "
          "side by side, would tell small numbers",
          "query/" + std::string{name});
    return quarter_name(month_of(day));
  }

  [[nodiscard]] bool is_axis(std::size_t group) const { return group == kTime || group == row_ || group == column_; }

  // First those that every cube has, then those of which each cube has one.
  Result<> choose_groups() {
    std::optional<std::size_t> filter;
    for (std::size_t group = kPeriods; group < kGroups.size(); ++group) {
      if (is_axis(group) || asked_.text(kGroups.at(group)).empty()) continue;
      if (filter) return invalid("a table takes one filter", "query/" + std::string{kGroups.at(group)});
      filter = group;
    }
    by_concern_ = row_ == kConcern || column_ == kConcern || filter == kConcern;
    groups_.push_back(kTime);
    for (std::size_t group = kPeriods; group < kGroups.size(); ++group) {
      if (is_axis(group)) groups_.push_back(group);
    }
    shared_ = groups_.size();
    for (std::size_t group = kPeriods; group < kGroups.size(); ++group) {
      // Reports are counted otherwise by concern: that cube has nothing in common with those of other filters.
      if (is_axis(group) || (filter == kConcern) != (group == kConcern)) continue;
      if (filter == group) shown_ = groups_.size() - shared_;
      groups_.push_back(group);
    }
    trees_.resize(groups_.size());
    return {};
  }

  Result<> fill(const Counts& counts) {
    for (std::size_t last = shared_; last < groups_.size(); ++last) {
      auto& places = places_.emplace_back();
      for (std::size_t place = 0; place < shared_; ++place) places.push_back(place);
      places.push_back(last);
      std::vector<Hierarchy> axes;
      for (const auto place : places) axes.push_back(trees_[place]);
      if (Cube::cells(axes) > kMaxCells) return failure(Code::kTooLarge, "the table has too many cells", "rows");
      auto& cube = cubes_.emplace_back(std::move(axes));
      for (const auto& [leaves, amount] : counts) {
        std::vector<std::size_t> of_cube;
        for (const auto place : places) of_cube.push_back(leaves[place]);
        cube.add(of_cube, amount);
      }
    }
    std::vector<bool> hidden;
    for (bool more = true; more;) {  // each round hides a cell more, so it ends
      more = false;
      for (auto& cube : cubes_) {
        static_cast<void>(cube.share(hidden));
        cube.suppress();
        more = cube.share(hidden) || more;
      }
    }
    return {};
  }

  [[nodiscard]] std::size_t axis_of(std::size_t group) const {
    return static_cast<std::size_t>(std::ranges::find(groups_, group < kPeriods ? kTime : group) - groups_.begin());
  }

  // A year is the sum of its quarters, a quarter that of its months where those are asked for.
  std::vector<std::size_t> leaves(const Line& line) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      std::vector<std::string> path;
      if (groups_[i] == kTime) {
        const std::ptrdiff_t levels = row_ == kPeriods - 1 || column_ == kPeriods - 1 ? 3 : 2;
        path.assign(line.groups.begin(), line.groups.begin() + levels);
      } else {
        path.push_back(stated(line.groups.at(groups_[i])));
      }
      out.push_back(trees_[i].leaf(path));
    }
    return out;
  }

  [[nodiscard]] std::vector<std::size_t> wanted_below(std::size_t place, std::size_t top) const {
    if (groups_[place] == kTime)
      return trees_[place].cover(top, [&](std::string_view leaf) { return in_period(leaf); });
    const auto& only = asked_.text(kGroups.at(groups_[place]));
    return trees_[place].cover(top, [&](std::string_view leaf) { return only.empty() || only == leaf; });
  }

  // A leaf of time: "2025-Q1" or "2025-02".
  [[nodiscard]] bool in_period(std::string_view leaf) const {
    std::string quarter{leaf};
    if (leaf.find('Q') == std::string_view::npos) {
      const auto month = static_cast<std::size_t>((leaf[5] - '0') * 10 + (leaf[6] - '0') - 1);
      quarter = fmt::format("{}-Q{}", leaf.substr(0, 4), month / kQuarterMonths + 1);
    }
    return first_ <= quarter && (last_.empty() || quarter <= last_);
  }

  // The names of a group that the answer shows, with the nodes that each adds up, and all of them.
  [[nodiscard]] Named named_below(std::size_t place, std::size_t group) const {
    const auto level = group < kPeriods ? group + 1 : 1;
    Named out;
    const auto& nodes = trees_[place].nodes();
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      if (nodes[node].level != level) continue;
      auto wanted = wanted_below(place, node);
      if (!wanted.empty()) out.emplace_back(nodes[node].name, std::move(wanted));
    }
    std::ranges::sort(out);
    out.emplace_back("all", wanted_below(place, Hierarchy::kAll));
    return out;
  }

  const QuestionAsked& asked_;
  std::size_t row_;
  std::size_t column_;
  bool by_concern_ = false;
  std::string first_;  // quarters
  std::string last_;
  std::vector<std::size_t> groups_;               // kTime, and numbers of kGroups
  std::size_t shared_ = 0;                        // so many of them are in every cube
  std::vector<Hierarchy> trees_;                  // one for each of groups_
  std::vector<std::vector<std::size_t>> places_;  // for each cube, which of them are its axes
  std::vector<Cube> cubes_;
  std::size_t shown_ = 0;  // the cube that the answer is part of
};

// Reports, and the children whom they concern: not the same, for some are reported again and again. Nothing of a year
// that the table hides: a child has a report at least, so their number bounds what is hidden.
Result<json::array> children(const QuestionAsked& asked, const Table& table) {
  struct Year {
    std::int64_t reports = 0;
    std::int64_t children = 0;
    std::int64_t often = 0;
  };
  constexpr int kOften = 3;
  std::map<std::uint16_t, Year> years;
  MINNE_TRY_VOID(each_tally<Reports>(asked, Reports::kByYear, {}, [&](std::string_view bytes, std::int64_t amount) {
    KeyReader key(bytes);
    auto& year = years[key.u16()];
    const auto reports = key.u16();
    year.children += amount;
    year.reports += amount * reports;
    if (reports >= kOften) year.often += amount;
  }));
  json::array out;
  for (const auto& [number, year] : years) {
    const bool hidden = table.hides_year(number);
    const auto shown = [&](std::int64_t count, std::int64_t rest) {
      const auto small = [](std::int64_t n) { return n > 0 && n < kSmallestShown; };
      return hidden || small(count) || small(rest) ? json::value(nullptr) : json::value(count);
    };
    out.push_back(json::object{{"year", number},
                               {"reports", shown(year.reports, 0)},
                               {"children", shown(year.children, 0)},
                               {"children_with_3_reports", shown(year.often, year.children - year.often)}});
  }
  return out;
}

Result<json::object> lagesbild(const QuestionAsked& asked) {
  if (asked.text("rows") == asked.text("columns")) return invalid("rows and columns are two groups", "columns");
  if (group_number(asked.text("rows")) < kPeriods && group_number(asked.text("columns")) < kPeriods)
    return invalid("rows and columns are not both periods", "columns");
  Table table(asked);
  MINNE_TRY_VOID(table.read());
  MINNE_TRY(auto by_year, children(asked, table));
  return json::object{{"cells", table.cells()}, {"years", std::move(by_year)}};
}

}  // namespace

Question lagesbild_question() {
  const std::vector<std::string_view> groups{kGroups.begin(), kGroups.end()};
  return {
      .name = "lagesbild",
      .summary =
          "Reports by period, area, age, sex, concern, reporter and outcome; cells under 5 are null, and others that "
          "would tell them; compare tables of other rows or columns before handing out both",
      .parameters = {{.name = "rows", .description = "first group", .default_value = "area", .one_of = groups},
                     {.name = "columns", .description = "second group", .default_value = "concern", .one_of = groups},
                     {.name = "from",
                      .kind = QuestionParameter::Kind::kDate,
                      .description = "the first day of a quarter"},
                     {.name = "to", .kind = QuestionParameter::Kind::kDate, .description = "the last day of a quarter"},
                     {.name = "area", .description = "only this area"},
                     {.name = "age_band", .description = "only this age band", .code = "age_band"},
                     sex_parameter(),
                     {.name = "reporter", .description = "only this category of reporter", .code = "reporter_category"},
                     {.name = "outcome",
                      .description = "only what came to this",
                      .one_of = {"pending", "opened", "not_opened", "joined"}},
                     {.name = "concern", .description = "only this concern", .code = "concern"}},
      .hides_small_numbers = true,
      .answer = lagesbild};
}

}  // namespace minne
