// Rows 16, 17 and 23 of what boards complain of: who is placed, whether they are visited, and how they fare.
#include "core/keys.h"
#include "projections/deadline_rules.h"
#include "projections/groups.h"
#include "projections/questions.h"
#include "projections/questions/counts_table.h"
#include "projections/questions/open_clocks.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace minne {
namespace {

namespace json = boost::json;

using Kind = std::pair<std::string, std::string>;  // form and law, or domain and form; empty: any
using Counts = std::map<Kind, std::int64_t>;

constexpr std::array<std::string_view, 3> kDomains{"school", "health", "dental"};
constexpr std::array<std::string_view, 3> kPhases{"before", "during", "after"};

struct Period {
  std::int32_t from;
  std::int32_t to;
};

// The steps up to a day add up to how many then; each day of the period that a step reaches counts once.
struct Days {
  Counts on_day;
  Counts in_period;
};
Result<Days> days(const QuestionAsked& asked, std::uint8_t tally, std::int32_t on, Period period) {
  Days out;
  MINNE_TRY_VOID(each_tally<Placements>(asked, tally, {}, [&](std::string_view bytes, std::int64_t step) {
    KeyReader key(bytes);
    const std::string first{key.text()};
    const Kind kind{first, std::string{key.text()}};
    const auto day = key.day();
    if (day <= on) out.on_day[kind] += step;
    if (day <= period.to) out.in_period[kind] += step * (period.to - std::max(day, period.from) + 1);
  }));
  return out;
}

Result<Counts> children_in_year(const QuestionAsked& asked, int year) {
  Counts out;
  MINNE_TRY_VOID(each_tally<Placements>(asked, Placements::kYears, {}, [&](std::string_view bytes, std::int64_t step) {
    KeyReader key(bytes);
    const std::string form{key.text()};
    const std::string law{key.text()};
    if (key.u16() <= year) out[{form, law}] += step;
  }));
  return out;
}

std::vector<std::string> words(const Counts& counts, bool first) {
  std::vector<std::string> out;
  for (const auto& [kind, count] : counts) {
    const auto& word = first ? kind.first : kind.second;
    if (count != 0 && !word.empty() && std::ranges::find(out, word) == out.end()) out.push_back(word);
  }
  std::ranges::sort(out);
  return out;
}

// Distinct children by form and law. A child may be in two cells and is once in their total.
json::array children_json(const QuestionAsked& asked, const Counts& children) {
  const auto forms = words(children, true);
  const auto laws = words(children, false);
  const auto word = [](const std::vector<std::string>& list, std::size_t at) {
    return at < list.size() ? list[at] : std::string{};
  };
  Grid grid{forms.size(), laws.size()};
  for (std::size_t form = 0; form <= forms.size(); ++form) {
    for (std::size_t law = 0; law <= laws.size(); ++law) {
      const auto found = children.find({word(forms, form), word(laws, law)});
      grid.set(form, law, found == children.end() ? 0 : found->second);
    }
  }
  const auto shown = shown_to(asked, grid);
  json::array out;
  for (std::size_t form = 0; form <= forms.size(); ++form) {
    for (std::size_t law = 0; law <= laws.size(); ++law) {
      out.push_back(json::object{{"form", form < forms.size() ? forms[form] : "all"},
                                 {"law", law < laws.size() ? laws[law] : "all"},
                                 {"children", shown.json(form, law)}});
    }
  }
  return out;
}

// Counts by form, in one column: forms, then all of them.
Grid by_form(const std::vector<std::string>& forms, const std::function<std::int64_t(const std::string&)>& count) {
  Grid out{forms.size(), 1};
  for (std::size_t i = 0; i <= forms.size(); ++i) {
    const auto value = count(i < forms.size() ? forms[i] : std::string{});
    out.set(i, 0, value);
    out.set(i, 1, value);
  }
  return out;
}

std::int64_t count_of(const Counts& counts, const Kind& kind) {
  const auto found = counts.find(kind);
  return found == counts.end() ? 0 : found->second;
}

json::value per_year(std::int64_t count, std::int64_t days) {
  constexpr double kDaysPerYear = 365.0;
  if (days <= 0) return nullptr;
  return std::round(10.0 * static_cast<double>(count) * kDaysPerYear / static_cast<double>(days)) / 10.0;
}

std::string form_name(const std::vector<std::string>& forms, std::size_t at) {
  return at < forms.size() ? forms[at] : "all";
}

Result<json::array> visits_json(const QuestionAsked& asked, int year, const Counts& placed_days,
                                const Counts& children) {
  std::map<std::string, std::array<std::int64_t, 2>> visits;  // talked to alone, or not
  MINNE_TRY_VOID(
      each_tally<Placements>(asked, Placements::kVisits, {}, [&](std::string_view bytes, std::int64_t amount) {
        KeyReader key(bytes);
        const std::string form{key.text()};
        if (key.u16() != year) return;
        const auto alone = static_cast<std::size_t>(key.u8() % 2);
        visits[form].at(alone) += amount;
        visits[{}].at(alone) += amount;
      }));
  const auto forms = words(children, true);
  const auto shown = shown_to(asked, by_form(forms, [&](const auto& form) { return count_of(children, {form, {}}); }));
  json::array out;
  for (std::size_t i = 0; i <= forms.size(); ++i) {
    const auto form = i < forms.size() ? forms[i] : std::string{};
    const auto& [with_others, alone] = visits[form];
    json::object item{{"form", form_name(forms, i)}};
    const bool hidden = shown.hides(i, 0);
    item["visits"] = hidden ? json::value(nullptr) : json::value(with_others + alone);
    item["talked_alone"] = hidden ? json::value(nullptr) : json::value(alone);
    item["visits_per_placement_year"] =
        hidden ? json::value(nullptr) : per_year(with_others + alone, count_of(placed_days, {form, {}}));
    out.emplace_back(std::move(item));
  }
  return out;
}

json::array coverage_json(const QuestionAsked& asked, const Counts& placed, const Counts& covered) {
  const auto forms = words(placed, true);
  const auto children = by_form(forms, [&](const auto& form) { return count_of(placed, {form, {}}); });
  const auto whole = shown_to(asked, children);
  json::array out;
  for (const auto domain : kDomains) {
    const auto part = shown_to(asked,
                               by_form(forms,
                                       [&](const auto& form) {
                                         return count_of(covered, {std::string{domain}, form});
                                       }),
                               children);
    for (std::size_t i = 0; i <= forms.size(); ++i) {
      out.push_back(json::object{{"domain", domain},
                                 {"form", form_name(forms, i)},
                                 {"placed", whole.json(i, 0)},
                                 {"with_value", part.json(i, 0)},
                                 {"percent", percent(part, whole, i, 0)}});
    }
  }
  return out;
}

// Of placements that ended so long ago that the twelve months after have gone by.
Result<json::array> around_json(const QuestionAsked& asked) {
  using Amounts = std::array<std::array<std::int64_t, 4>, 3>;
  std::map<std::string, Amounts> by;
  MINNE_TRY_VOID(
      each_tally<Placements>(asked, Placements::kAround, {}, [&](std::string_view bytes, std::int64_t amount) {
        KeyReader key(bytes);
        const std::string form{key.text()};
        if (months_after(month_end(key.u16()), 12) > to_days(asked.today)) return;
        const auto phase = static_cast<std::size_t>(key.u8() % 3);
        const auto what = static_cast<std::size_t>(key.u8() % 4);
        by[form].at(phase).at(what) += amount;
        by[{}].at(phase).at(what) += amount;
      }));
  std::vector<std::string> forms;
  for (const auto& [form, amounts] : by) {
    if (!form.empty()) forms.push_back(form);
  }
  const auto placements = shown_to(asked, by_form(forms, [&](const auto& form) { return by[form][0][0]; }));
  json::array out;
  for (std::size_t i = 0; i <= forms.size(); ++i) {
    json::object item{{"form", form_name(forms, i)}, {"placements", placements.json(i, 0)}};
    for (std::size_t phase = 0; phase < kPhases.size(); ++phase) {
      const auto& amounts = by[i < forms.size() ? forms[i] : std::string{}].at(phase);
      if (placements.hides(i, 0)) {
        item[kPhases[phase]] = nullptr;
        continue;
      }
      const auto amount = [&](PlacementAmount what) { return amounts.at(static_cast<std::size_t>(what)); };
      const auto count = [&](PlacementAmount what) {
        const bool few = asked.flag(kHideSmall) && amount(what) > 0 && amount(what) < kSmallestShown;
        return few ? json::value(nullptr) : json::value(amount(what));
      };
      const auto reports = count(PlacementAmount::kReports);
      item[kPhases[phase]] = json::object{
          {"reports", reports},
          {"crime_reports", count(PlacementAmount::kCrimeReports)},
          {"reports_per_year",
           reports.is_null() ? reports : per_year(amount(PlacementAmount::kReports), amount(PlacementAmount::kDays))}};
    }
    out.emplace_back(std::move(item));
  }
  return out;
}

bool begins_with(const Rule& rule, std::string_view event) {
  return std::ranges::any_of(rule.starts, [&](const auto& start) { return start.trigger.event == event; });
}
bool goes_on_from(const Rule& rule, std::string_view event) {
  return std::ranges::any_of(rule.restarts_by, [&](const auto& trigger) { return trigger.event == event; });
}

// Reviews of placed children, as the rules have them: clocks that run from a placement, and anew from each review.
Result<json::array> reviews_json(const QuestionAsked& asked) {
  enum Column : std::uint8_t { kDue, kOverdue };
  std::set<std::string> reviews;
  for (const auto& rule : asked.rules.table().rules()) {
    if (begins_with(rule, "PlacementStarted") && goes_on_from(rule, "CareReviewed")) reviews.insert(rule.id);
  }
  CountsTable out{{"rule"}, {"due", "overdue"}, "open"};
  for (const auto& rule : reviews) {
    MINNE_TRY_VOID(each_open_clock(asked, rule, [&](const OpenClock& clock) {
      out.add({rule}, clock.nominal < to_days(asked.today) ? kOverdue : kDue);
    }));
  }
  return out.json(asked.flag(kHideSmall));
}

Result<json::object> placements(const QuestionAsked& asked) {
  MINNE_TRY(const auto chosen, asked.date("on"));
  const auto on = to_days(chosen.value_or(asked.today));
  const int year = asked.text("year").empty() ? year_of(to_days(asked.today)) : static_cast<int>(asked.integer("year"));
  const auto first = to_days(Date{std::chrono::year{year} / 1 / 1});
  const auto last = to_days(Date{std::chrono::year{year} / 12 / 31});
  const Period period{first, std::max(first, std::min(last, to_days(asked.today)))};
  MINNE_TRY(const auto placed, days(asked, Placements::kDays, on, period));
  MINNE_TRY(const auto covered, days(asked, Placements::kCovered, on, period));
  MINNE_TRY(const auto children, children_in_year(asked, year));
  MINNE_TRY(auto visits, visits_json(asked, year, placed.in_period, children));
  MINNE_TRY(auto reviews, reviews_json(asked));
  MINNE_TRY(auto around, around_json(asked));
  return json::object{{"on", to_text(from_days(on))},
                      {"year", year},
                      {"on_day", children_json(asked, placed.on_day)},
                      {"in_year", children_json(asked, children)},
                      {"visits", std::move(visits)},
                      {"reviews_due", std::move(reviews)},
                      {"coverage", coverage_json(asked, placed.on_day, covered.on_day)},
                      {"reports_around", std::move(around)}};
}

}  // namespace

Question placements_question() {
  return {.name = "placements",
          .summary =
              "Who is placed, by form and law, visited and followed up, and the reviews of today by rule; cells under "
              "5 are "
              "null where small numbers are hidden",
          .parameters = {{.name = "on",
                          .kind = QuestionParameter::Kind::kDate,
                          .description = "who was placed on this day, and what was known of them (default: today)"},
                         {.name = "year",
                          .kind = QuestionParameter::Kind::kInteger,
                          .description = "who was placed on any day of this year, and visits (default: this year)",
                          .minimum = 1900,
                          .maximum = 2200},
                         small_numbers_parameter()},
          .hides_small_numbers = true,
          .answer = placements};
}

}  // namespace minne
