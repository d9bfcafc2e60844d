// Rows 15 and 18: how many reports came and about how many children, and what became of them by who reported.
#include "core/keys.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

#include <boost/json/array.hpp>

#include <map>

namespace minne {
namespace {

namespace json = boost::json;

struct Funnel {
  std::array<std::int64_t, 5> by_decision{};  // rows::Decision
  std::int64_t helped = 0;

  [[nodiscard]] std::int64_t of(rows::Decision decision) const {
    return by_decision[static_cast<std::size_t>(decision)];
  }
  [[nodiscard]] json::object shown(json::object out) const {
    std::int64_t reports = 0;
    for (const auto count : by_decision) reports += count;
    out["reports"] = reports;
    out["pending"] = of(rows::Decision::pending);
    out["not_opened"] = of(rows::Decision::not_opened);
    out["opened"] = of(rows::Decision::opened);
    out["joined"] = of(rows::Decision::joined);
    out["opened_share"] = share(of(rows::Decision::opened) + of(rows::Decision::joined), reports);
    out["help"] = helped;
    out["help_share"] = share(helped, reports);
    return out;
  }
};

Result<std::map<std::uint32_t, std::int64_t>> children_in(const QuestionAsked& asked, std::uint8_t tally,
                                                          std::uint32_t from, std::uint32_t to) {
  std::map<std::uint32_t, std::int64_t> out;
  MINNE_TRY_VOID(each_tally<Reports>(asked, tally, {}, [&](std::string_view key, std::int64_t count) {
    const auto period = KeyReader(key).u16();
    if (from <= period && period <= to) out[period] += count;
  }));
  return out;
}

std::string text_of_month(std::uint32_t month) {
  const auto first = std::chrono::year{static_cast<int>(month / 12)} / std::chrono::month{month % 12 + 1} / 1;
  return to_text(Date{first}).substr(0, 7);
}

// Whole months: a tally knows no days.
Result<json::object> report_counts(const QuestionAsked& asked) {
  MINNE_TRY(const Period period, period_of(asked));
  const auto from = month_of(period.from);
  const auto to = month_of(period.to);
  std::map<std::uint32_t, Funnel> by_month;
  std::map<std::string, Funnel> by_reporter;
  MINNE_TRY_VOID(each_tally<Reports>(asked, Reports::kByMonth, {}, [&](std::string_view bytes, std::int64_t count) {
    KeyReader key(bytes);
    const auto month = key.u16();
    if (month < from || month > to) return;
    const std::string reporter{key.text()};
    const auto decision = key.u8();
    const bool helped = key.u8() != 0;
    for (auto* funnel : {&by_month[month], &by_reporter[reporter]}) {
      funnel->by_decision.at(decision) += count;
      if (helped) funnel->helped += count;
    }
  }));
  MINNE_TRY(const auto children, children_in(asked, Reports::kChildren, from, to));
  MINNE_TRY(const auto by_year, children_in(asked, Reports::kByYear, static_cast<std::uint32_t>(year_of(period.from)),
                                            static_cast<std::uint32_t>(year_of(period.to))));
  json::array months;
  for (const auto& [month, funnel] : by_month) {
    const auto found = children.find(month);
    months.push_back(
        funnel.shown({{"month", text_of_month(month)}, {"children", found == children.end() ? 0 : found->second}}));
  }
  json::array years;
  for (const auto& [year, count] : by_year) years.push_back(json::object{{"year", year}, {"children", count}});
  json::array reporters;
  for (const auto& [reporter, funnel] : by_reporter) {
    reporters.push_back(funnel.shown({{"reporter", text_or_null(reporter)}}));
  }
  return json::object{
      {"months", std::move(months)}, {"whole_years", std::move(years)}, {"by_reporter", std::move(reporters)}};
}

}  // namespace

Question report_counts_question() {
  return {.name = "report-counts",
          .summary = "Reports and the children they are about, month by month; and what became of them by who reported",
          .parameters = {from_parameter(), to_parameter()},
          .answer = report_counts};
}

}  // namespace minne
