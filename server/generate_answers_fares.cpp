// What must be found of how placed children fare: school, health and teeth followed up, and reports before, during and
// after.
#include "server/generate_answers.h"

#include <array>
#include <cmath>
#include <set>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

constexpr int kFreshMonths = 12;   // how old a value may be
constexpr int kAroundMonths = 12;  // before and after
constexpr double kYear = 365;

bool has_fresh(const Case& file, std::string_view domain, Day on) {
  return std::any_of(file.statuses.begin(), file.statuses.end(), [&](const Status& one) {
    return one.domain == domain && one.on <= on && on <= add_months(one.on, kFreshMonths);
  });
}

// ---- Around a placement --------------------------------------------------------------------------------------------

struct Phase {
  std::int64_t reports = 0;
  std::int64_t crime = 0;
  std::int64_t days = 0;

  [[nodiscard]] json::object shown() const {
    return {{"reports", reports}, {"crime_reports", crime}, {"reports_per_year", in_a_year(reports, days)}};
  }
};
struct Around {
  std::int64_t placements = 0;
  std::array<Phase, 3> phases;
};

void add_around(const Case& file, const Placement& placement, Around& out) {
  const Day from = placement.spells.front().from;
  const Day to = placement.ended;
  const std::array<Period, 3> periods{
      {{add_months(from, -kAroundMonths), from - 1}, {from, to}, {to + 1, add_months(to, kAroundMonths)}}};
  ++out.placements;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    out.phases[i].days += periods[i].to - periods[i].from + 1;
    for (const auto& report : file.reports) {
      if (report.misfiled || report.received < periods[i].from || report.received > periods[i].to) continue;
      ++out.phases[i].reports;
      const auto& about = report.concerns;
      if (std::find(about.begin(), about.end(), "crime_suspicion") != about.end()) ++out.phases[i].crime;
    }
  }
}

}  // namespace

json::value in_a_year(std::int64_t count, std::int64_t days) {
  if (days <= 0) return nullptr;
  return std::round(static_cast<double>(count) * 10 * kYear / static_cast<double>(days)) / 10;
}

std::map<std::string, std::int64_t> placed_days(const Asking& asking, int year) {
  const Day first = day_of(year, 1, 1);
  const Day last = std::max(first, std::min(day_of(year, 12, 31), asking.today));
  std::map<std::string, std::int64_t> out;
  asking.each_case([&](const Case& file) {
    std::map<std::string, std::set<Day>> days;
    each_spell(file, [&](const Placement&, const Spell& spell, Day to) {
      for (Day day = std::max(spell.from, first); day <= std::min(to, last); ++day) {
        days[std::string{spell.form}].insert(day);
        days["all"].insert(day);
      }
    });
    for (const auto& [form, those] : days) out[form] += static_cast<std::int64_t>(those.size());
  });
  return out;
}

json::array coverage_on(const Asking& asking, Day on) {
  static constexpr std::array<std::string_view, 3> kDomains{"school", "health", "dental"};
  struct Children {
    std::set<Id> placed;
    std::array<std::set<Id>, kDomains.size()> with_value;
  };
  std::map<std::string, Children> forms;
  Children all;
  asking.each_case([&](const Case& file) {
    each_spell(file, [&](const Placement&, const Spell& spell, Day to) {
      if (on < spell.from || on > to) return;
      for (auto* those : {&forms[std::string{spell.form}], &all}) {
        those->placed.insert(file.id);
        for (std::size_t i = 0; i < kDomains.size(); ++i) {
          if (has_fresh(file, kDomains[i], on)) those->with_value[i].insert(file.id);
        }
      }
    });
  });
  json::array out;
  for (std::size_t i = 0; i < kDomains.size(); ++i) {
    const auto add = [&](const std::string& form, const Children& those) {
      const auto placed = static_cast<std::int64_t>(those.placed.size());
      const auto with = static_cast<std::int64_t>(those.with_value[i].size());
      const auto percent = placed == 0 ? json::value{} : json::value((200 * with + placed) / (2 * placed));
      out.push_back(json::object{
          {"domain", kDomains[i]}, {"form", form}, {"placed", placed}, {"with_value", with}, {"percent", percent}});
    };
    for (const auto& [form, those] : forms) add(form, those);
    add("all", all);
  }
  return out;
}

// Of placements that ended so long ago that the months after have gone by, to the end of a month.
json::array reports_around(const Asking& asking) {
  std::map<std::string, Around> forms;
  Around all;
  asking.each_case([&](const Case& file) {
    for (const auto& placement : file.placements) {
      if (placement.ended == kNever) continue;
      const auto date = civil(placement.ended);
      const Day month_end = add_months(day_of(date.year, date.month, 1), 1) - 1;
      if (add_months(month_end, kAroundMonths) > asking.today) continue;
      add_around(file, placement, forms[std::string{placement.spells.front().form}]);
      add_around(file, placement, all);
    }
  });
  json::array out;
  const auto add = [&](const std::string& form, const Around& around) {
    out.push_back(json::object{{"form", form},
                               {"placements", around.placements},
                               {"before", around.phases[0].shown()},
                               {"during", around.phases[1].shown()},
                               {"after", around.phases[2].shown()}});
  };
  for (const auto& [form, around] : forms) add(form, around);
  add("all", all);
  return out;
}

}  // namespace minne::generate::known
