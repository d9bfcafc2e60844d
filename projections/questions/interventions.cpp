// Rows 9, 10, 29 and 32 of what boards complain of: which help is used for whom, what comes of it, and whether it
// answers the needs that were found.
#include "core/keys.h"
#include "events/codes.h"
#include "projections/groups.h"
#include "projections/questions.h"
#include "projections/questions/counts_table.h"
#include "projections/questions/cross_table.h"
#include "projections/questions/needs_tables.h"
#include "projections/questions/small_numbers.h"
#include "projections/questions/statistics.h"

#include <boost/json/array.hpp>

#include <algorithm>

namespace minne {
namespace {

namespace json = boost::json;
using Measure = InterventionMeasure;

constexpr std::array<int, 3> kHorizons{6, 12, 24};

// What an answer counts in a cell. `whole` names the count that this one is a part of.
enum class Count : std::uint8_t {
  kOffered,
  kAccepted,
  kDeclined,
  kStarted,
  kExecuted,
  kMeasuredTwice,
  kReviewed,
  kEnded,
  kGoalsAssessed,
  kGoalsMet,
  kFollowed6,
  kReported6,
  kFollowed12,
  kReported12,
  kFollowed24,
  kReported24,
};
constexpr std::size_t kCounts = 16;
struct CountName {
  std::string_view name;
  int whole = -1;
};
constexpr std::array<CountName, kCounts> kNames{{{"offered"},
                                                 {"accepted", 0},
                                                 {"declined", 0},
                                                 {"started"},
                                                 {"decision_executed", 3},
                                                 {"measured_twice", 3},
                                                 {"fidelity_reviewed", 3},
                                                 {"ended"},
                                                 {"goals_assessed", 7},
                                                 {"goals_met", 8},
                                                 {"followed_6_months", 7},
                                                 {"re_reported_within_6_months", 10},
                                                 {"followed_12_months", 7},
                                                 {"re_reported_within_12_months", 12},
                                                 {"followed_24_months", 7},
                                                 {"re_reported_within_24_months", 14}}};

struct Cell {
  std::array<std::int64_t, kCounts> counts{};
  std::int64_t days = 0;  // of what has ended
};
struct Change {
  std::int64_t pairs = 0;
  std::int64_t sum = 0;
};
using Place = CrossPlace;

std::size_t group_number(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(kInterventionGroups, name) - kInterventionGroups.begin());
}

// Counts under the two groups asked for, of what passes the filters.
class Reader {
 public:
  explicit Reader(const QuestionAsked& asked)
      : asked_(asked), row_(group_number(asked.text("rows"))), column_(group_number(asked.text("columns"))) {}

  Result<> read() {
    MINNE_TRY_VOID(each_tally<Interventions>(asked_, Interventions::kCounts, {},
                                             [&](std::string_view key, std::int64_t amount) { count(key, amount); }));
    return each_tally<Interventions>(asked_, Interventions::kChanges, {},
                                     [&](std::string_view key, std::int64_t amount) { change(key, amount); });
  }

  std::map<Place, Cell> cells;
  std::map<Place, Change> changes;  // row, instrument

 private:
  // Nothing where a filter leaves it out.
  std::optional<Place> place_of(KeyReader& key) const {
    std::array<std::string_view, kInterventionGroups.size()> group;
    bool passes = true;
    for (std::size_t i = 0; i < group.size(); ++i) {
      group[i] = key.text();
      const auto& only = asked_.text(kInterventionGroups[i]);
      passes = passes && (only.empty() || only == stated(group[i]));
    }
    if (!passes) return std::nullopt;
    return Place{stated(group[row_]), stated(group[column_])};
  }

  void count(std::string_view bytes, std::int64_t amount) {
    KeyReader key(bytes);
    const auto place = place_of(key);
    if (!place) return;
    const auto measure = static_cast<Measure>(key.u8());
    const auto value = key.day();
    auto& cell = cells[*place];
    if (measure < Measure::kReportWithin6) {
      cell.counts.at(static_cast<std::size_t>(measure)) += amount;
      if (measure == Measure::kEnded) cell.days += amount * value;
      return;
    }
    // Counted only where the whole time after the end has gone by.
    for (std::size_t i = 0; i < kHorizons.size(); ++i) {
      if (months_after(value, kHorizons[i]) > to_days(asked_.today)) continue;
      const auto followed = static_cast<std::size_t>(Count::kFollowed6) + 2 * i;
      cell.counts.at(followed) += amount;
      const auto within = static_cast<std::size_t>(measure) - static_cast<std::size_t>(Measure::kReportWithin6);
      if (within <= i) cell.counts.at(followed + 1) += amount;
    }
  }

  void change(std::string_view bytes, std::int64_t amount) {
    KeyReader key(bytes);
    auto place = place_of(key);
    if (!place) return;
    place->second = key.text();
    auto& change = changes[*place];
    change.pairs += amount;
    change.sum += amount * key.day();
  }

  const QuestionAsked& asked_;
  std::size_t row_;
  std::size_t column_;
};

// To whole units, halves away from zero: tenths would say more than is known of so few.
json::value mean(std::int64_t sum, std::int64_t count) {
  if (count == 0) return nullptr;
  return sum >= 0 ? (2 * sum + count) / (2 * count) : -((-2 * sum + count) / (2 * count));
}

json::array cells_json(const QuestionAsked& asked, const std::map<Place, Cell>& cells) {
  const CrossAxes axes(cells);
  Grid days{axes.rows.size(), axes.columns.size()};
  std::vector<Grid> counts(kCounts, days);
  for (const auto& [place, cell] : cells) {
    const auto row = axes.row(place);
    const auto column = axes.column(place);
    for (std::size_t i = 0; i < kCounts; ++i) counts[i].add(row, column, cell.counts[i]);
    days.add(row, column, cell.days);
  }
  std::vector<Shown> shown;
  for (std::size_t i = 0; i < kCounts; ++i) {
    const auto whole = kNames[i].whole;
    shown.push_back(whole < 0 ? shown_to(asked, counts[i])
                              : shown_to(asked, counts[i], counts[static_cast<std::size_t>(whole)]));
  }
  const auto of = [&](Count count) -> const Shown& { return shown[static_cast<std::size_t>(count)]; };
  json::array out;
  for (std::size_t row = 0; row <= days.rows(); ++row) {
    for (std::size_t column = 0; column <= days.columns(); ++column) {
      json::object cell{{asked.text("rows"), axes.row_name(row)}, {asked.text("columns"), axes.column_name(column)}};
      for (std::size_t i = 0; i < kCounts; ++i) cell[kNames[i].name] = shown[i].json(row, column);
      cell["mean_days"] = of(Count::kEnded).hides(row, column)
                              ? json::value(nullptr)
                              : mean(days.at(row, column), of(Count::kEnded).count(row, column));
      cell["percent_measured_twice"] = percent(of(Count::kMeasuredTwice), of(Count::kStarted), row, column);
      cell["percent_goals_met"] = percent(of(Count::kGoalsMet), of(Count::kGoalsAssessed), row, column);
      out.emplace_back(std::move(cell));
    }
  }
  return out;
}

json::array changes_json(const QuestionAsked& asked, const std::map<Place, Change>& changes) {
  json::array out;
  for (const auto& [place, change] : changes) {
    const bool few = asked.flag(kHideSmall) && change.pairs < kSmallestShown;
    out.push_back(json::object{{asked.text("rows"), place.first},
                               {"instrument", place.second},
                               {"interventions", few ? json::value(nullptr) : json::value(change.pairs)},
                               {"mean_change", few ? json::value(nullptr) : mean(change.sum, change.pairs)}});
  }
  return out;
}

// The last day of the year that is asked about, where that has passed.
Date then(const QuestionAsked& asked) {
  const auto last = parse_date(asked.text("year") + "-12-31");
  return last ? std::min(asked.today, *last) : asked.today;
}

// What was advised about methods on that day.
json::array advice(const CodeLists& codes, Date today) {
  json::array out;
  for (const auto& entry : codes.find("method")->entries) {
    if (entry.recommendation.empty() || (entry.valid_from && today < *entry.valid_from) ||
        (entry.valid_to && *entry.valid_to < today)) {
      continue;
    }
    out.push_back(json::object{{"method", entry.code}, {"recommendation", entry.recommendation}});
  }
  return out;
}

Result<json::object> interventions(const QuestionAsked& asked) {
  if (asked.text("rows") == asked.text("columns")) return invalid("rows and columns are two groups", "columns");
  Reader reader(asked);
  MINNE_TRY_VOID(reader.read());
  MINNE_TRY(auto needs, needs_tables(asked));
  return json::object{{"cells", cells_json(asked, reader.cells)},
                      {"changes", changes_json(asked, reader.changes)},
                      {"needs", std::move(needs.needs)},
                      {"needs_by_help", std::move(needs.help)},
                      {"recommendations", advice(asked.rules.codes(), then(asked))}};
}

}  // namespace

Question interventions_question() {
  const std::vector<std::string_view> groups{kInterventionGroups.begin(), kInterventionGroups.end()};
  return {
      .name = "interventions",
      .summary =
          "Which help is used for whom, how long, and what comes of it; which needs were assessed, and what was given "
          "for them; cells under 5 are null",
      .parameters = {{.name = "rows", .description = "first group", .default_value = "method", .one_of = groups},
                     {.name = "columns", .description = "second group", .default_value = "age_band", .one_of = groups},
                     {.name = "method", .description = "only this method", .code = "method"},
                     unit_parameter(),
                     {.name = "provider_kind", .description = "only this kind of provider", .code = "provider_kind"},
                     {.name = "provider", .description = "only this provider, by its reference"},
                     {.name = "age_band", .description = "only this age band", .code = "age_band"},
                     sex_parameter(),
                     year_parameter("only what happened in this year"),
                     small_numbers_parameter()},
      .hides_small_numbers = true,
      .answer = interventions};
}

}  // namespace minne
