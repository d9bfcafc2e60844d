#include "projections/questions/needs_tables.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/questions/counts_table.h"
#include "projections/questions/cross_table.h"
#include "projections/questions/small_numbers.h"

#include <array>
#include <map>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kSteps{"assessed", "offered", "granted", "started"};

struct Needs {
  std::map<CrossPlace, std::array<std::int64_t, kSteps.size()>> steps;  // area, level
  std::map<CrossPlace, std::int64_t> help;                              // area, method
};

Result<Needs> read(const QuestionAsked& asked) {
  Needs out;
  MINNE_TRY_VOID(
      each_tally<Interventions>(asked, Interventions::kNeeds, {}, [&](std::string_view bytes, std::int64_t amount) {
        KeyReader key(bytes);
        bool passes = true;
        for (const auto group : kNeedGroups) {
          const auto& only = asked.text(group);
          const auto value = key.text();
          passes = passes && (only.empty() || only == stated(value));
        }
        if (!passes) return;
        const auto area = stated(key.text());
        const auto level = stated(key.text());
        const auto step = static_cast<NeedStep>(key.u8());
        if (step == NeedStep::kHelped) {
          out.help[{area, stated(key.text())}] += amount;
        } else {
          out.steps[{area, level}].at(static_cast<std::size_t>(step)) += amount;
        }
      }));
  return out;
}

json::array steps_json(const QuestionAsked& asked, const Needs& needs) {
  const CrossAxes axes(needs.steps);
  std::vector<Grid> counts(kSteps.size(), Grid{axes.rows.size(), axes.columns.size()});
  for (const auto& [place, steps] : needs.steps) {
    for (std::size_t i = 0; i < steps.size(); ++i) counts[i].add(axes.row(place), axes.column(place), steps.at(i));
  }
  std::vector<Shown> shown{shown_to(asked, counts.front())};
  for (std::size_t i = 1; i < counts.size(); ++i) shown.push_back(shown_to(asked, counts[i], counts.front()));
  json::array out;
  for (std::size_t row = 0; row <= axes.rows.size(); ++row) {
    for (std::size_t column = 0; column <= axes.columns.size(); ++column) {
      json::object cell{{"area", axes.row_name(row)}, {"level", axes.column_name(column)}};
      for (std::size_t i = 0; i < kSteps.size(); ++i) cell[kSteps.at(i)] = shown[i].json(row, column);
      cell["percent_started"] = percent(shown.back(), shown.front(), row, column);
      out.emplace_back(std::move(cell));
    }
  }
  return out;
}

json::array help_json(const QuestionAsked& asked, const Needs& needs) {
  const CrossAxes axes(needs.help);
  Grid counts{axes.rows.size(), axes.columns.size()};
  for (const auto& [place, amount] : needs.help) counts.add(axes.row(place), axes.column(place), amount);
  const auto shown = shown_to(asked, counts);
  json::array out;
  for (const auto& [place, amount] : needs.help) {
    out.push_back(json::object{
        {"area", place.first}, {"help", place.second}, {"needs", shown.json(axes.row(place), axes.column(place))}});
  }
  return out;
}

}  // namespace

Result<NeedsTables> needs_tables(const QuestionAsked& asked) {
  MINNE_TRY(const auto needs, read(asked));
  return NeedsTables{steps_json(asked, needs), help_json(asked, needs)};
}

}  // namespace minne
