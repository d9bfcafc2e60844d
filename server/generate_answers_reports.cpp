// What must be found of reports: how many by month and by reporter, and which children match a pattern.
#include "server/generate_answers.h"

#include <array>
#include <cmath>
#include <set>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

bool led(const Report& report) { return report.verdict == Verdict::kOpened || report.verdict == Verdict::kJoined; }

// ---- How many ------------------------------------------------------------------------------------------------------

// In thousandths.
json::value share(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return nullptr;
  return std::round(static_cast<double>(part) / static_cast<double>(whole) * 1000) / 1000;
}

struct Funnel {
  std::array<std::int64_t, 4> verdicts{};
  std::int64_t helped = 0;

  void add(const Case& file, const Report& report) {
    ++verdicts[static_cast<std::size_t>(report.verdict)];
    if (report.investigation == kNobody) return;
    const auto outcome = file.investigations[report.investigation].outcome;
    if (outcome == "intervention" || outcome == "lvu") ++helped;
  }
  [[nodiscard]] json::object shown(json::object out) const {
    const auto reports = verdicts[0] + verdicts[1] + verdicts[2] + verdicts[3];
    out["reports"] = reports;
    out["pending"] = verdicts[0];
    out["not_opened"] = verdicts[1];
    out["opened"] = verdicts[2];
    out["joined"] = verdicts[3];
    out["opened_share"] = share(verdicts[2] + verdicts[3], reports);
    out["help"] = helped;
    out["help_share"] = share(helped, reports);
    return out;
  }
};

void answer_counts(const Asking& asking, Day from, Day to) {
  const auto first = day_text(from).substr(0, 7);
  const auto last = day_text(to).substr(0, 7);
  std::map<std::string, Funnel> months;
  std::map<std::string, Funnel> reporters;
  std::map<std::string, std::set<Id>> children;
  std::map<int, std::set<Id>> years;
  asking.each_case([&](const Case& file) {
    for (const auto& report : file.reports) {
      if (report.misfiled) continue;
      const int year = year_of(report.received);
      if (year_of(from) <= year && year <= year_of(to)) years[year].insert(file.id);
      const auto month = day_text(report.received).substr(0, 7);
      if (month < first || last < month) continue;
      months[month].add(file, report);
      reporters[std::string{report.reporter}].add(file, report);
      children[month].insert(file.id);
    }
  });
  json::array by_month;
  for (const auto& [month, funnel] : months)
    by_month.push_back(funnel.shown({{"month", month}, {"children", children[month].size()}}));
  json::array by_year;
  for (const auto& [year, those] : years) by_year.push_back(json::object{{"year", year}, {"children", those.size()}});
  json::array by_reporter;
  for (const auto& [reporter, funnel] : reporters) by_reporter.push_back(funnel.shown({{"reporter", reporter}}));
  asking.ask(
      "report-counts", {{"from", day_text(from)}, {"to", day_text(to)}},
      {{"months", std::move(by_month)}, {"whole_years", std::move(by_year)}, {"by_reporter", std::move(by_reporter)}});
}

// ---- Patterns ------------------------------------------------------------------------------------------------------

// As the board is given them: so many reports within so many months, and none of them opened.
struct Pattern {
  std::string_view id;
  std::string_view concern;  // empty: any
  int at_least;
  int months;
};
constexpr std::array<Pattern, 3> kPatterns{{{"absence_not_opened", "school_absence", 3, 12},
                                            {"violence_not_opened", "violence", 2, 24},
                                            {"many_not_opened", {}, 5, 12}}};

std::uint32_t incident_of(const Case& file, std::uint32_t report) {
  while (file.reports[report].primary != kNobody) report = file.reports[report].primary;
  return report;
}

struct Match {
  std::int64_t reports = 0;
  std::int64_t led = 0;
  std::int64_t pending = 0;
  Day first = kNever;
  Day last = 0;
  std::set<std::uint32_t> incidents;
};

Match match(const Case& file, const Pattern& pattern, Day from) {
  Match out;
  for (std::uint32_t i = 0; i < file.reports.size(); ++i) {
    const auto& report = file.reports[i];
    const auto& concerns = report.concerns;
    const bool about =
        pattern.concern.empty() || std::find(concerns.begin(), concerns.end(), pattern.concern) != concerns.end();
    if (report.misfiled || report.received < from || !about) continue;
    ++out.reports;
    if (led(report)) ++out.led;
    if (report.verdict == Verdict::kPending) ++out.pending;
    out.first = std::min(out.first, report.received);
    out.last = std::max(out.last, report.received);
    out.incidents.insert(incident_of(file, i));
  }
  return out;
}

json::object answer_pattern(const Asking& asking, const Pattern& pattern) {
  const Day from = add_months(asking.today, -pattern.months) + 1;
  std::map<std::tuple<std::int64_t, Day, Id>, json::object> found;  // those with most reports, and the latest, first
  asking.each_case([&](const Case& file) {
    const auto one = match(file, pattern, from);
    if (one.reports < pattern.at_least || one.led > 0) return;
    found[{-one.reports, -one.last, file.id}] = {{"case", id_text(file.id)},     {"ref", file.ref},
                                                 {"reports", one.reports},       {"incidents", one.incidents.size()},
                                                 {"led_to_investigation", 0},    {"pending", one.pending},
                                                 {"first", day_text(one.first)}, {"last", day_text(one.last)}};
  });
  const auto total = found.size();
  return {{"pattern", pattern.id}, {"from", day_text(from)}, {"total", total}, {"children", first_listed(found)}};
}

}  // namespace

void answer_report_counts(const Asking& asking) {
  const int year = year_of(asking.today);
  answer_counts(asking, day_of(2021, 1, 1), asking.today);
  answer_counts(asking, day_of(year - 1, 3, 1), day_of(year - 1, 8, 31));
}

void answer_patterns(const Asking& asking) {
  json::array patterns;
  for (const auto& pattern : kPatterns) patterns.push_back(answer_pattern(asking, pattern));
  asking.ask("patterns", {{"limit", kMostListed}}, {{"patterns", std::move(patterns)}});
}

}  // namespace minne::generate::known
