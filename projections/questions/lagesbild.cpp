// Row 24 of what boards complain of, with rows 15, 18, 21 and 28: the picture that reports give of a town, as a table
// of any two of its groups. Small numbers are hidden, and those that would tell them.
#include "core/keys.h"
#include "projections/components/picture.h"
#include "projections/groups.h"
#include "projections/questions.h"
#include "projections/questions/cross_table.h"
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
    out.groups[1] = fmt::format("{:04}-Q{}", year, out.month % 12 / 3 + 1);
    out.groups[2] = fmt::format("{:04}-{:02}", year, out.month % 12 + 1);
    for (std::size_t i = kPeriods; i < kGroups.size(); ++i) out.groups[i] = key.text();
    return out;
  }
};

class Table {
 public:
  explicit Table(const QuestionAsked& asked)
      : asked_(asked), row_(group_number(asked.text("rows"))), column_(group_number(asked.text("columns"))) {}

  Result<> read() {
    MINNE_TRY(const auto from, asked_.date("from"));
    MINNE_TRY(const auto to, asked_.date("to"));
    const auto first = from ? month_of(to_days(*from)) : std::uint16_t{0};
    const auto last = to ? month_of(to_days(*to)) : UINT16_MAX;
    return each_tally<Picture>(asked_, Picture::kReports, {}, [&](std::string_view key, std::int64_t amount) {
      const auto line = Line::read(key);
      if (line.month < first || line.month > last || !passes(line)) return;
      counts_[{named(line.groups.at(row_)), named(line.groups.at(column_))}] += amount;
    });
  }

  [[nodiscard]] json::array cells() const {
    const CrossAxes axes(counts_);
    Grid grid{axes.rows.size(), axes.columns.size()};
    for (const auto& [place, amount] : counts_) grid.add(axes.row(place), axes.column(place), amount);
    const auto shown = suppress(grid);
    json::array out;
    for (std::size_t row = 0; row <= grid.rows(); ++row) {
      for (std::size_t column = 0; column <= grid.columns(); ++column) {
        out.push_back(json::object{{kGroups.at(row_), axes.row_name(row)},
                                   {kGroups.at(column_), axes.column_name(column)},
                                   {"reports", shown.json(row, column)}});
      }
    }
    return out;
  }

 private:
  // A report stands in the tally once, and once for each of its concerns: counted by concern where that is asked for.
  [[nodiscard]] bool passes(const Line& line) const {
    const bool by_concern = row_ == kConcern || column_ == kConcern || !asked_.text("concern").empty();
    if (by_concern == line.groups.at(kConcern).empty()) return false;
    for (std::size_t i = kPeriods; i < kGroups.size(); ++i) {
      const auto& only = asked_.text(kGroups.at(i));
      if (!only.empty() && only != line.groups.at(i)) return false;
    }
    return true;
  }

  static std::string named(const std::string& text) { return text.empty() ? "not_stated" : text; }

  const QuestionAsked& asked_;
  std::size_t row_;
  std::size_t column_;
  std::map<CrossPlace, std::int64_t> counts_;
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
  Table table(asked);
  MINNE_TRY_VOID(table.read());
  MINNE_TRY(auto by_year, children(asked));
  return json::object{{"cells", table.cells()}, {"years", std::move(by_year)}};
}

}  // namespace

Question lagesbild_question() {
  const std::vector<std::string_view> groups{kGroups.begin(), kGroups.end()};
  return {
      .name = "lagesbild",
      .summary = "Reports by period, area, age, sex, concern, reporter and outcome; cells under 5 are null",
      .parameters = {{.name = "rows", .description = "first group", .default_value = "area", .one_of = groups},
                     {.name = "columns", .description = "second group", .default_value = "concern", .one_of = groups},
                     {.name = "from", .kind = QuestionParameter::Kind::kDate, .description = "the first month"},
                     {.name = "to", .kind = QuestionParameter::Kind::kDate, .description = "the last month"},
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
