// Row 13: how long each step takes, and first report to first intervention ("rätt stöd i rätt tid").
#include "core/keys.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

#include <boost/json/array.hpp>

namespace minne {
namespace {

namespace json = boost::json;

std::string month_text(std::uint32_t month) {
  const auto first = std::chrono::year{static_cast<int>(month / 12)} / static_cast<int>(month % 12 + 1) / 1;
  return to_text(Date{first}).substr(0, std::string_view{"2026-01"}.size());
}

// The bands of domain statistics; the last is for who is unborn or of unknown birth.
constexpr std::array<std::string_view, 6> kBands = {"0-5", "6-11", "12-17", "18-19", "20", ""};
std::size_t band_of(std::uint8_t age) {
  if (age == LeadTimes::kNoAge) return 5;
  return age <= 5 ? 0 : age <= 11 ? 1 : age <= 17 ? 2 : age <= 19 ? 3 : 4;
}

json::object with_values(json::object out, const Values& days) {
  out["count"] = days.count();
  out["median"] = days.percentile(50);
  out["p90"] = days.percentile(90);
  out["max"] = days.max();
  return out;
}

Result<json::object> lead_times(const QuestionAsked& asked) {
  MINNE_TRY(const Period period, period_of(asked));
  std::map<std::uint8_t, Values> all;
  std::map<std::tuple<std::uint8_t, std::string, std::uint32_t>, Values> by_unit;
  std::map<std::size_t, Values> by_age;
  MINNE_TRY_VOID(each_tally<LeadTimes>(asked, LeadTimes::kDays, {}, [&](std::string_view key, std::int64_t count) {
    KeyReader reader(key);
    const auto measure = reader.u8();
    const auto month = reader.u32();
    const auto unit = reader.text();
    const auto age = reader.u8();
    const auto days = reader.u32();
    if (month < month_of(period.from) || month > month_of(period.to) || !asks_for(asked, unit)) return;
    all[measure].add(days, count);
    by_unit[{measure, std::string{unit}, month}].add(days, count);
    if (measure == static_cast<std::uint8_t>(LeadTime::kFirstReportToHelp)) by_age[band_of(age)].add(days, count);
  }));
  json::array measures;
  for (const auto& [measure, days] : all) measures.push_back(with_values({{"measure", kLeadTimes.at(measure)}}, days));
  json::array ages;
  for (const auto& [band, days] : by_age)
    ages.push_back(with_values({{"age_at_first_report", text_or_null(kBands.at(band))}}, days));
  json::array units;
  for (const auto& [key, days] : by_unit) {
    const auto& [measure, unit, month] = key;
    units.push_back(with_values(
        {{"measure", kLeadTimes.at(measure)}, {"unit", text_or_null(unit)}, {"month", month_text(month)}}, days));
  }
  return json::object{{"from", to_text(from_days(period.from))},
                      {"to", to_text(from_days(period.to))},
                      {"measures", std::move(measures)},
                      {"first_report_to_first_intervention_by_age", std::move(ages)},
                      {"by_unit_and_month", std::move(units)}};
}

}  // namespace

Question lead_times_question() {
  return {.name = "lead-times",
          .summary =
              "Days from step to step, by the unit and the month in which the later step came: median, 90th "
              "percentile, longest. Whole months",
          .parameters = {from_parameter(), to_parameter(), unit_parameter()},
          .answer = lead_times};
}

}  // namespace minne
