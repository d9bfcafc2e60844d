// What must be found of the picture that reports give of a town, before small numbers are hidden.
#include "server/generate_answers.h"

#include <array>
#include <set>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

constexpr int kOften = 3;

std::string quarter_of(Day day) {
  const auto date = civil(day);
  return std::to_string(date.year) + "-Q" + std::to_string((date.month - 1) / 3 + 1);
}

std::string outcome_of(const Report& report) {
  static constexpr std::array<const char*, 4> kNames{"pending", "not_opened", "opened", "joined"};
  return kNames[static_cast<std::size_t>(report.verdict)];
}

// Every value that the report has of a group; of concerns there may be several.
std::vector<std::string> values_of(std::string_view group, const Case& file, const Report& report) {
  const auto day = day_text(report.received);
  if (group == "year") return {day.substr(0, 4)};
  if (group == "quarter") return {quarter_of(report.received)};
  if (group == "month") return {day.substr(0, 7)};
  if (group == "area") return {file.is_protected ? "not_stated" : file.area};
  if (group == "age_band") return {band_of(file, report.received)};
  if (group == "sex") return {sex_of(file)};
  if (group == "reporter") return {std::string{report.reporter}};
  if (group == "outcome") return {outcome_of(report)};
  return {report.concerns.begin(), report.concerns.end()};
}

struct Asked {
  std::string_view rows;
  std::string_view columns;
  std::string_view filter;  // a group, and the value that it must have
  std::string value;
  Day from = 0;  // the first day of a quarter
};

struct Cells {
  std::set<std::string> rows;
  std::set<std::string> columns;
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
};

bool is_period(std::string_view group) { return group == "year" || group == "quarter" || group == "month"; }

// Where nothing passes the filter a row stands all the same, with zeros.
json::array shown(const Asked& asked, const Cells& cells) {
  const auto with_all = [](const std::set<std::string>& names) {
    std::vector<std::string> all(names.begin(), names.end());
    all.emplace_back("all");
    return all;
  };
  const auto count_of = [&](const std::string& row, const std::string& column) {
    std::int64_t out = 0;
    for (const auto& [place, count] : cells.counts) {
      if ((row == "all" || row == place.first) && (column == "all" || column == place.second)) out += count;
    }
    return out;
  };
  json::array out;
  for (const auto& row : with_all(cells.rows)) {
    for (const auto& column : with_all(cells.columns))
      out.push_back(json::object{{asked.rows, row}, {asked.columns, column}, {"reports", count_of(row, column)}});
  }
  return out;
}

json::array years_of(const Asking& asking) {
  struct Year {
    std::int64_t reports = 0;
    std::int64_t children = 0;
    std::int64_t often = 0;
  };
  std::map<int, Year> years;
  asking.each_case([&](const Case& file) {
    std::map<int, std::int64_t> own;
    for (const auto& report : file.reports) {
      if (!report.misfiled) ++own[year_of(report.received)];
    }
    for (const auto& [year, reports] : own) {
      auto& all = years[year];
      all.reports += reports;
      ++all.children;
      if (reports >= kOften) ++all.often;
    }
  });
  json::array out;
  for (const auto& [year, all] : years) {
    out.push_back(json::object{
        {"year", year}, {"reports", all.reports}, {"children", all.children}, {"children_with_3_reports", all.often}});
  }
  return out;
}

// Reports are counted once, or once for each of their concerns where the table is of concerns.
void answer_table(const Asking& asking, const Asked& asked) {
  Cells cells;
  asking.each_case([&](const Case& file) {
    for (const auto& report : file.reports) {
      if (report.misfiled) continue;
      const bool in_period = report.received >= asked.from;
      const auto filtered = asked.filter.empty() ? std::vector<std::string>{} : values_of(asked.filter, file, report);
      const bool passes =
          asked.filter.empty() || std::find(filtered.begin(), filtered.end(), asked.value) != filtered.end();
      const auto rows = values_of(asked.rows, file, report);
      const auto columns = values_of(asked.columns, file, report);
      if (in_period || !is_period(asked.rows)) cells.rows.insert(rows.begin(), rows.end());
      if (in_period || !is_period(asked.columns)) cells.columns.insert(columns.begin(), columns.end());
      if (!in_period || !passes) continue;
      for (const auto& row : rows) {
        for (const auto& column : columns) ++cells.counts[{row, column}];
      }
    }
  });
  json::object query{{"rows", asked.rows}, {"columns", asked.columns}};
  if (!asked.filter.empty()) query[asked.filter] = asked.value;
  if (asked.from != 0) query["from"] = day_text(asked.from);
  asking.ask("lagesbild", std::move(query), {{"cells", shown(asked, cells)}, {"years", years_of(asking)}}, true);
}

}  // namespace

void answer_picture(const Asking& asking) {
  answer_table(asking, {"area", "concern", {}, {}});
  answer_table(asking, {"age_band", "reporter", {}, {}});
  answer_table(asking, {"quarter", "outcome", {}, {}});
  answer_table(asking, {"year", "sex", "concern", "violence"});
  const auto begin = civil(asking.today - 400);
  answer_table(asking,
               {"month", "age_band", "reporter", "school", day_of(begin.year, (begin.month - 1) / 3 * 3 + 1, 1)});
}

}  // namespace minne::generate::known
