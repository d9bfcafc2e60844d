// What must be found of what a board tells IVO: granted help not given, and the register of family homes.
#include "server/generate_answers.h"

#include <array>
#include <set>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

constexpr int kNotGivenMonths = 3;
constexpr int kAdult = 18;

// ---- Not given -----------------------------------------------------------------------------------------------------

struct NotGiven {
  const Case* file = nullptr;
  const Granted* decision = nullptr;
  Day since = 0;
  Day until = kNever;
  bool interrupted = false;
  bool executed = false;
};

// The times in which it was not given, longer than three months.
std::vector<NotGiven> waits_of(const Case& file, const Granted& decision) {
  std::vector<NotGiven> out{{&file, &decision, decision.decided}};
  for (const auto& step : decision.steps) {
    const bool waiting = out.back().until == kNever;
    if (step.what == Giving::kInterrupted) {
      if (!waiting) out.push_back({&file, &decision, step.on, kNever, true});
      continue;
    }
    if (waiting) {
      out.back().until = step.on;
      out.back().executed = step.what == Giving::kGiven;
    }
    if (step.what == Giving::kTerminated) break;
  }
  std::erase_if(out, [](const NotGiven& one) { return add_months(one.since, kNotGivenMonths) >= one.until; });
  return out;
}

Day last_quarter_end(Day day) {
  const auto date = civil(day + 1);
  return day_of(date.year, (date.month - 1) / 3 * 3 + 1, 1) - 1;
}

json::object line(const Asking& asking, const NotGiven& wait, Day quarter_ends) {
  const Filing* filed = nullptr;
  for (const auto& one : wait.decision->filings) {
    if (one.quarter_ends == quarter_ends) filed = &one;
  }
  return {{"case", id_text(wait.file->id)},
          {"ref", wait.file->ref},
          {"decision", id_text(wait.decision->id)},
          {"kind", wait.decision->kind},
          {"unit", asking.unit(wait.decision->unit)},
          {"since", day_text(wait.since)},
          {"interrupted", wait.interrupted},
          {"filed", filed != nullptr},
          {"reason", filed == nullptr ? json::value{} : json::value(filed->reason)}};
}

std::size_t age_of(const NotGiven& wait, Day on) {
  return add_months(wait.since, 12) <= on ? 2 : add_months(wait.since, 6) <= on ? 1 : 0;
}

void answer_quarter(const Asking& asking, Day on) {
  const Day end = last_quarter_end(on);
  const Day begin = last_quarter_end(end - 1) + 1;
  Counts table({"kind", "waiting_since"}, {"3_to_6_months", "6_to_12_months", "over_12_months"}, "decisions");
  using Found = std::map<std::tuple<Day, Id, Id, Day>, json::object>;
  Found waiting;
  Found ended;
  const auto take = [&](const NotGiven& wait) {
    if (wait.until < begin || add_months(wait.since, kNotGivenMonths) > end) return;
    auto item = line(asking, wait, end);
    if (wait.until <= end) {
      item["until"] = day_text(wait.until);
      item["executed"] = wait.executed;
      ended[{wait.until, wait.file->id, wait.decision->id, wait.since}] = std::move(item);
      return;
    }
    table.add({std::string{wait.decision->kind}, wait.interrupted ? "interruption" : "decision"}, age_of(wait, end));
    item["days"] = end - wait.since;
    waiting[{wait.until, wait.file->id, wait.decision->id, wait.since}] = std::move(item);
  };
  asking.each_case([&](const Case& file) {
    for (const auto& decision : file.decisions) {
      for (const auto& wait : waits_of(file, decision)) take(wait);
    }
  });
  const auto total = waiting.size();
  const auto total_ended = ended.size();
  asking.ask("filings", {{"on", day_text(on)}, {"limit", kMostListed}},
             {{"quarter_ends", day_text(end)},
              {"statistics", table.shown()},
              {"total", total},
              {"not_executed", first_listed(waiting)},
              {"total_ended_in_quarter", total_ended},
              {"ended_in_quarter", first_listed(ended)}});
}

// ---- Family homes --------------------------------------------------------------------------------------------------

bool is_family_home(std::string_view form) {
  static constexpr std::array<std::string_view, 5> kForms{"foster_home", "network_home", "consulted_home",
                                                          "treatment_family", "emergency_home"};
  return std::find(kForms.begin(), kForms.end(), form) != kForms.end();
}

// The spell of a day; nothing where the child was not placed.
std::optional<std::size_t> spell_on(const Placement& placement, Day day) {
  std::optional<std::size_t> out;
  for (std::size_t i = 0; i < placement.spells.size(); ++i) {
    if (placement.spells[i].from <= day) out = i;
  }
  if (placement.ended < day) out.reset();
  return out;
}

Day until(const Placement& placement, std::size_t spell) {
  for (std::size_t i = spell + 1; i < placement.spells.size(); ++i) {
    if (placement.spells[i].from > placement.spells[spell].from)
      return std::min(placement.ended, placement.spells[i].from - 1);
  }
  return placement.ended;
}

Day in_this_home_since(const Placement& placement, std::size_t spell) {
  while (spell > 0 && placement.spells[spell - 1].home == placement.spells[spell].home) --spell;
  return placement.spells[spell].from;
}

void answer_register(const Asking& asking, int year) {
  const Day on = day_of(year, 1, 31);
  std::map<std::tuple<std::string, Day, Id, Id>, json::object> found;  // by home, then as they will leave
  std::set<Id> children;
  std::set<std::string> homes;
  asking.each_case([&](const Case& file) {
    if (file.birth && age_on(*file.birth, on) >= kAdult) return;
    for (const auto& placement : file.placements) {
      const auto spell = spell_on(placement, on);
      if (!spell || !is_family_home(placement.spells[*spell].form)) continue;
      const auto& now = placement.spells[*spell];
      children.insert(file.id);
      homes.insert(now.home);
      found[{now.home, until(placement, *spell), file.id, placement.id}] = {
          {"home_ref", now.home},
          {"form", now.form},
          {"law", now.law},
          {"since", day_text(in_this_home_since(placement, *spell))},
          {"case", id_text(file.id)},
          {"ref", file.ref},
          {"placement", id_text(placement.id)}};
    }
  });
  asking.ask("family-home-register", {{"year", year}, {"limit", kMostListed}},
             {{"on", day_text(on)},
              {"children", children.size()},
              {"homes", homes.size()},
              {"without_home_ref", 0},
              {"placements", first_listed(found)}});
}

}  // namespace

void answer_filings(const Asking& asking) {
  answer_quarter(asking, asking.today);
  answer_quarter(asking, asking.today - 300);
}

void answer_family_homes(const Asking& asking) {
  const int year = year_of(asking.today - 30);  // whose 31 January has come
  answer_register(asking, year);
  answer_register(asking, year - 1);
}

}  // namespace minne::generate::known
