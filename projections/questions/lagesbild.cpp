// Row 24 of what boards complain of, with rows 15, 18, 21 and 28: the picture that reports give of a town, as a table
// of any two of its groups. Small numbers are hidden, and those that would tell them.
#include "core/keys.h"
#include "projections/components/picture.h"
#include "projections/groups.h"
#include "projections/questions.h"
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

// What was asked for of the cube that the rows, the columns, the filters and the period span. It is hidden by the whole
// cube, so that answers with other filters or periods, laid side by side, tell nothing more.
class Table {
 public:
  explicit Table(const QuestionAsked& asked)
      : asked_(asked), row_(group_number(asked.text("rows"))), column_(group_number(asked.text("columns"))) {
    by_concern_ = row_ == kConcern || column_ == kConcern || !asked.text("concern").empty();
  }

  Result<> read() {
    MINNE_TRY(first_, bound("from", 0));
    MINNE_TRY(last_, bound("to", 1));
    choose_axes();
    std::map<std::vector<std::size_t>, std::int64_t> counts;
    MINNE_TRY_VOID(each_tally<Picture>(asked_, Picture::kReports, {}, [&](std::string_view key, std::int64_t amount) {
      const auto line = Line::read(key);
      // A report stands in the tally once, and once for each of its concerns: counted by concern where that is asked.
      if (by_concern_ != line.groups.at(kConcern).empty()) counts[leaves(line)] += amount;
    }));
    if (Cube::cells(trees_) > kMaxCells)
      return invalid("so many groups at once cannot be made safe: ask with fewer filters");
    cube_.emplace(trees_);
    for (const auto& [place, amount] : counts) cube_->add(place, amount);
    cube_->suppress();
    return {};
  }

  // Every row and column that the cube has in the period: one left out would say that nothing is hidden there.
  [[nodiscard]] json::array cells() const {
    std::vector<std::vector<std::size_t>> nodes;
    for (std::size_t i = 0; i < trees_.size(); ++i) nodes.push_back(wanted_below(i, Hierarchy::kAll));
    json::array out;
    for (const auto& [row, row_nodes] : shown_of(axis_of(row_))) {
      for (const auto& [column, column_nodes] : shown_of(axis_of(column_))) {
        nodes[axis_of(row_)] = row_nodes;
        nodes[axis_of(column_)] = column_nodes;
        const auto sum = cube_->sum(nodes);
        out.push_back(json::object{{kGroups.at(row_), row},
                                   {kGroups.at(column_), column},
                                   {"reports", sum ? json::value(*sum) : json::value(nullptr)}});
      }
    }
    return out;
  }

 private:
  static constexpr std::size_t kMaxCells = 200'000;
  static constexpr std::size_t kQuarterMonths = 3;
  static constexpr std::size_t kTime = 0;  // of the axes: all periods are levels of one
  using Named = std::vector<std::pair<std::string, std::vector<std::size_t>>>;

  // The quarter's name that a period begins or ends with; empty where it is open.
  Result<std::string> bound(std::string_view name, int days_after) {
    MINNE_TRY(const auto date, asked_.date(name));
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

  void choose_axes() {
    for (std::size_t group = kPeriods; group < kGroups.size(); ++group) {
      if (group == row_ || group == column_ || !asked_.text(kGroups.at(group)).empty()) axes_.push_back(group);
    }
    if (row_ < kPeriods || column_ < kPeriods || !first_.empty() || !last_.empty()) axes_.insert(axes_.begin(), kTime);
    trees_.resize(axes_.size());
  }

  [[nodiscard]] std::size_t axis_of(std::size_t group) const {
    const auto axis = group < kPeriods ? kTime : group;
    return static_cast<std::size_t>(std::ranges::find(axes_, axis) - axes_.begin());
  }

  // A year is the sum of its quarters, a quarter that of its months where those are asked for.
  std::vector<std::size_t> leaves(const Line& line) {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      std::vector<std::string> path;
      if (axes_[i] == kTime) {
        const auto levels = std::max({row_ < kPeriods ? row_ : 0, column_ < kPeriods ? column_ : 0, std::size_t{1}});
        path.assign(line.groups.begin(), line.groups.begin() + static_cast<std::ptrdiff_t>(levels + 1));
      } else {
        path.push_back(named(line.groups.at(axes_[i])));
      }
      out.push_back(trees_[i].leaf(path));
    }
    return out;
  }

  [[nodiscard]] std::vector<std::size_t> wanted_below(std::size_t axis, std::size_t top) const {
    if (axes_[axis] == kTime) return trees_[axis].cover(top, [&](std::string_view leaf) { return in_period(leaf); });
    const auto& only = asked_.text(kGroups.at(axes_[axis]));
    return trees_[axis].cover(top, [&](std::string_view leaf) { return only.empty() || only == leaf; });
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
  [[nodiscard]] Named shown_of(std::size_t axis) const {
    const auto level = axes_[axis] != kTime ? 1 : (row_ < kPeriods ? row_ : column_) + 1;
    Named out;
    const auto& nodes = trees_[axis].nodes();
    for (std::size_t node = 0; node < nodes.size(); ++node) {
      if (nodes[node].level != level) continue;
      auto wanted = wanted_below(axis, node);
      if (!wanted.empty()) out.emplace_back(nodes[node].name, std::move(wanted));
    }
    std::ranges::sort(out);
    out.emplace_back("all", wanted_below(axis, Hierarchy::kAll));
    return out;
  }

  static std::string named(const std::string& text) { return text.empty() ? "not_stated" : text; }

  const QuestionAsked& asked_;
  std::size_t row_;
  std::size_t column_;
  bool by_concern_ = false;
  std::string first_;  // quarters
  std::string last_;
  std::vector<std::size_t> axes_;  // kTime, or a number of kGroups
  std::vector<Hierarchy> trees_;
  std::optional<Cube> cube_;
};

// Reports, and the children whom they concern: not the same, for some are reported again and again.
Result<json::array> children(const QuestionAsked& asked) {
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
  const auto shown = [](std::int64_t count, std::int64_t rest) {
    const auto small = [](std::int64_t n) { return n > 0 && n < kSmallestShown; };
    return small(count) || small(rest) ? json::value(nullptr) : json::value(count);
  };
  json::array out;
  for (const auto& [number, year] : years) {
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
  MINNE_TRY(auto by_year, children(asked));
  return json::object{{"cells", table.cells()}, {"years", std::move(by_year)}};
}

}  // namespace

Question lagesbild_question() {
  const std::vector<std::string_view> groups{kGroups.begin(), kGroups.end()};
  return {.name = "lagesbild",
          .summary = "Reports by period, area, age, sex, concern, reporter and outcome; cells under 5 are null",
          .parameters =
              {{.name = "rows", .description = "first group", .default_value = "area", .one_of = groups},
               {.name = "columns", .description = "second group", .default_value = "concern", .one_of = groups},
               {.name = "from", .kind = QuestionParameter::Kind::kDate, .description = "the first day of a quarter"},
               {.name = "to", .kind = QuestionParameter::Kind::kDate, .description = "the last day of a quarter"},
               {.name = "area", .description = "only this area"},
               {.name = "age_band", .description = "only this age band"},
               {.name = "sex", .description = "only this sex"},
               {.name = "reporter", .description = "only this category of reporter"},
               {.name = "outcome",
                .description = "only what came to this",
                .one_of = {"pending", "opened", "not_opened", "joined"}},
               {.name = "concern", .description = "only this concern"}},
          .hides_small_numbers = true,
          .answer = lagesbild};
}

}  // namespace minne
