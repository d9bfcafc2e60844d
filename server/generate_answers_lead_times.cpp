// What must be found of how long each step took: over all, by unit and month, and by age to the first help.
#include "server/generate_answers.h"

#include <array>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

enum Measure : std::uint8_t {
  kProtection,
  kDecision,
  kAssigned,
  kContact,
  kInvestigation,
  kExecuted,
  kFirstHelp,
  kReportToEnd,
  kFollowUp
};
constexpr std::array<const char*, 9> kNames{"report_to_protection_assessment",
                                            "report_to_decision",
                                            "report_to_assigned",
                                            "report_to_first_contact",
                                            "investigation",
                                            "decision_to_executed",
                                            "first_report_to_first_intervention",
                                            "report_to_investigation_end",
                                            "declined_to_follow_up"};

struct Times {
  std::map<Measure, Spread> all;
  std::map<std::tuple<Measure, std::string, std::string>, Spread> by_unit;  // and the month of the later step
  std::map<int, Spread> by_age;

  void add(Measure measure, const std::string& unit, Day from, Day to) {
    if (to == kNever || to < from) return;
    all[measure].add(to - from);
    by_unit[{measure, unit, day_text(to).substr(0, 7)}].add(to - from);
  }
};

Day first_assigned(const Case& file, const Report& report, std::uint32_t index) {
  Day first = kNever;
  for (const auto& one : file.assignments) {
    const bool own =
        one.matter == index || (report.investigation != kNobody && one.matter == key_of(report.investigation));
    if (own && one.to >= report.received) first = std::min(first, std::max(one.from, report.received));
  }
  return first;
}

Day first_contact(const Case& file, const Report& report) {
  Day first = kNever;
  const auto look = [&](const std::vector<Day>& days) {
    for (const Day day : days) {
      if (day >= report.received) first = std::min(first, day);
    }
  };
  look(report.contacts);
  if (report.investigation != kNobody) look(file.investigations[report.investigation].contacts);
  return first;
}

struct Help {
  Day on = kNever;
  std::uint32_t unit = 0;
};

// The one that came first after somebody had reported.
Help first_help(const Case& file, Day reported) {
  Help out;
  const auto look = [&](Day on, std::uint32_t unit) {
    if (on >= reported && on < out.on) out = {on, unit};
  };
  for (const auto& one : file.interventions) look(one.started, one.unit);
  for (const auto& one : file.placements) look(one.spells.front().from, one.unit);
  return out;
}

// Bands of age; the last where the child was not born.
constexpr std::array<const char*, 5> kBands{"0-5", "6-11", "12-17", "18-19", "20"};

int band_at(const Case& file, Day day) {
  if (!file.birth || *file.birth > day) return 5;
  const int age = age_on(*file.birth, day);
  return age <= 5 ? 0 : age <= 11 ? 1 : age <= 17 ? 2 : age <= 19 ? 3 : 4;
}

void add_first_help(const Asking& asking, const Case& file, Times& times) {
  Day reported = kNever;
  for (const auto& report : file.reports) {
    if (!report.misfiled) reported = std::min(reported, report.received);
  }
  if (reported == kNever) return;
  const auto help = first_help(file, reported);
  if (help.on == kNever) return;
  times.add(kFirstHelp, asking.unit(help.unit), reported, help.on);
  times.by_age[band_at(file, reported)].add(help.on - reported);
}

void add_reports(const Asking& asking, const Case& file, Times& times) {
  for (std::size_t i = 0; i < file.reports.size(); ++i) {
    const auto& report = file.reports[i];
    if (report.misfiled) continue;
    const auto unit = asking.unit(report.unit);
    times.add(kProtection, unit, report.received, report.protected_on);
    times.add(kDecision, unit, report.received, report.decided_on);
    times.add(kAssigned, unit, report.received, first_assigned(file, report, static_cast<std::uint32_t>(i)));
    times.add(kContact, unit, report.received, first_contact(file, report));
    if (report.investigation != kNobody) {
      times.add(kReportToEnd, unit, report.received, file.investigations[report.investigation].concluded);
    }
  }
}

}  // namespace

void answer_lead_times(const Asking& asking) {
  Times times;
  asking.each_case([&](const Case& file) {
    add_reports(asking, file, times);
    for (const auto& item : file.investigations)
      times.add(kInvestigation, asking.unit(item.unit), item.opened, item.concluded);
    for (const auto& one : file.follow_ups) {
      if (one.investigation == kNobody) continue;
      const auto& item = file.investigations[one.investigation];
      if (item.declined && !coerced(file, item))
        times.add(kFollowUp, asking.unit(item.unit), item.concluded, one.decided);
    }
    for (const auto& item : file.decisions) times.add(kExecuted, asking.unit(item.unit), item.decided, item.executed);
    add_first_help(asking, file, times);
  });
  json::array measures;
  for (const auto& [measure, days] : times.all) measures.push_back(days.shown({{"measure", kNames[measure]}}));
  json::array units;
  for (const auto& [key, days] : times.by_unit) {
    const auto& [measure, unit, month] = key;
    units.push_back(days.shown({{"measure", kNames[measure]}, {"unit", unit}, {"month", month}}));
  }
  json::array ages;
  for (const auto& [band, days] : times.by_age) {
    const auto name = band < 5 ? json::value(kBands[static_cast<std::size_t>(band)]) : json::value{};
    ages.push_back(days.shown({{"age_at_first_report", name}}));
  }
  asking.ask("lead-times", {{"from", "2021-01-01"}, {"to", day_text(asking.today)}},
             {{"measures", std::move(measures)},
              {"first_report_to_first_intervention_by_age", std::move(ages)},
              {"by_unit_and_month", std::move(units)}});
}

}  // namespace minne::generate::known
