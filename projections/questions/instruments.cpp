// Rows 11 and 12 of what boards complain of: the structured instruments "visar sig knappt användas".
#include "core/keys.h"
#include "projections/questions.h"
#include "projections/questions/counts_table.h"
#include "projections/questions/small_numbers.h"
#include "projections/questions/statistics.h"

#include <boost/json/array.hpp>

#include <algorithm>

namespace minne {
namespace {

namespace json = boost::json;

// Counts of one instrument: a row for each unit and year, a column for each word of what is counted.
struct Table {
  std::map<std::pair<std::string, std::string>, std::map<std::string, std::int64_t>> rows;  // unit, year
};
using Tables = std::map<std::string, Table>;

Result<Tables> read(const QuestionAsked& asked, std::uint8_t tally,
                    const std::function<std::string(KeyReader&)>& column_of) {
  Tables out;
  MINNE_TRY_VOID(each_tally<Instruments>(asked, tally, {}, [&](std::string_view bytes, std::int64_t amount) {
    KeyReader key(bytes);
    const auto instrument = stated(key.text());
    const auto unit = key.text();
    const auto year = key.text();
    if (!asked.text("unit").empty() && asked.text("unit") != unit) return;
    if (!asked.text("year").empty() && asked.text("year") != year) return;
    out[instrument].rows[{std::string{unit}, std::string{year}}][column_of(key)] += amount;
  }));
  return out;
}

// Each row with its counts; the last is of all units and years.
json::array rows_json(const QuestionAsked& asked, const Table& table, std::vector<std::string> columns,
                      std::string_view total) {
  if (columns.empty()) {
    for (const auto& [group, counts] : table.rows) {
      for (const auto& [column, count] : counts) columns.push_back(column);
    }
    std::ranges::sort(columns);
    columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  }
  Grid grid{table.rows.size(), columns.size()};
  std::size_t row = 0;
  for (const auto& [group, counts] : table.rows) {
    for (const auto& [column, count] : counts) {
      grid.add(row, static_cast<std::size_t>(std::ranges::find(columns, column) - columns.begin()), count);
    }
    ++row;
  }
  const auto shown = shown_to(asked, grid);
  json::array out;
  const auto add = [&](json::object item, std::size_t at) {
    for (std::size_t i = 0; i < columns.size(); ++i) item[columns[i]] = shown.json(at, i);
    item[total] = shown.json(at, columns.size());
    out.emplace_back(std::move(item));
  };
  row = 0;
  for (const auto& [group, counts] : table.rows) add({{"unit", group.first}, {"year", group.second}}, row++);
  add({{"unit", "all"}, {"year", "all"}}, row);
  return out;
}

json::object tables_json(const QuestionAsked& asked, const Tables& tables, const std::vector<std::string>& columns,
                         std::string_view total) {
  json::object out;
  for (const auto& [instrument, table] : tables) out[instrument] = rows_json(asked, table, columns, total);
  return out;
}

Result<json::object> instruments(const QuestionAsked& asked) {
  MINNE_TRY(const auto eligible, read(asked, Instruments::kEligible, [](KeyReader& key) {
              const auto outcome = static_cast<InstrumentOutcome>(key.u8());
              if (outcome == InstrumentOutcome::kUsed) return std::string{"used"};
              return std::string{outcome == InstrumentOutcome::kNotUsed ? "not_used" : "nothing_recorded"};
            }));
  MINNE_TRY(const auto reasons, read(asked, Instruments::kReasons, [](KeyReader& key) { return stated(key.text()); }));
  MINNE_TRY(const auto levels, read(asked, Instruments::kLevels, [](KeyReader& key) {
              const auto domain = stated(key.text());
              return domain + "/" + stated(key.text());
            }));
  return json::object{
      {"eligible", tables_json(asked, eligible, {"used", "not_used", "nothing_recorded"}, "investigations")},
      {"reasons", tables_json(asked, reasons, {}, "not_used")},
      {"levels", tables_json(asked, levels, {}, "completed")}};
}

}  // namespace

Question instruments_question() {
  return {
      .name = "instruments",
      .summary = "How often the prescribed instruments are used, why not, and what they say; cells under 5 are null",
      .parameters = {unit_parameter(), year_parameter("only this year"), small_numbers_parameter()},
      .hides_small_numbers = true,
      .answer = instruments};
}

}  // namespace minne
