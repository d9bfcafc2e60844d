// What must be found of workers: what each holds, who handed over, who left, and whom nobody answers for.
#include "server/generate_answers.h"
#include "server/generate_board.h"

#include <array>
#include <cmath>
#include <set>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

constexpr std::size_t kHandoversAsked = 3;

Id id_of_matter(const Case& file, std::uint32_t matter) {
  if ((matter & kInvestigationBit) != 0) return file.investigations[(matter & ~kInvestigationBit) - 1].id;
  if ((matter & kHelpBit) != 0) return file.help_ids.at(matter);
  return file.reports[matter].id;
}

// ---- What each holds -----------------------------------------------------------------------------------------------

struct Load {
  std::map<Id, std::string> refs;
  std::map<Id, std::vector<std::string>> matters;
  std::int64_t held = 0;
  std::int64_t weight = 0;
  std::uint32_t unit = 0;
};

std::int64_t weight_of(const Case& file, std::uint32_t matter) {
  if ((matter & kInvestigationBit) != 0) return 4;
  if ((matter & kHelpBit) == 0) return 1;
  const auto& id = file.help_ids.at(matter);
  const bool placed =
      std::any_of(file.placements.begin(), file.placements.end(), [&](const Placement& one) { return one.id == id; });
  return placed ? 3 : 2;
}

std::map<std::string, Load> loads_of(const Asking& asking) {
  std::map<std::string, Load> loads;
  asking.each_case([&](const Case& file) {
    for (const auto& one : file.assignments) {
      if (one.to != kNever) continue;
      auto& load = loads[asking.board.workers[one.worker]];
      load.refs[file.id] = file.ref;
      load.matters[file.id].push_back(id_text(id_of_matter(file, one.matter)));
      ++load.held;
      load.weight += weight_of(file, one.matter);
      load.unit = one.unit;
    }
  });
  return loads;
}

// Reports that wait for a decision and open investigations that nobody answers for.
struct Unanswered {
  std::int64_t count = 0;
  Day longest = 0;
};
json::array unanswered(const Asking& asking) {
  std::map<std::pair<std::string, int>, Unanswered> groups;
  const auto look = [&](const Case& file, std::uint32_t matter, std::uint32_t unit, Day from) {
    for (const auto& one : file.assignments) {
      if (one.matter != matter) continue;
      if (one.to == kNever) return;
      unit = one.unit;
      from = std::max(from, one.to);
    }
    auto& group = groups[{asking.unit(unit), (matter & kInvestigationBit) != 0 ? 1 : 0}];
    ++group.count;
    group.longest = std::max(group.longest, asking.today - from);
  };
  asking.each_case([&](const Case& file) {
    for (std::size_t i = 0; i < file.reports.size(); ++i) {
      const auto& report = file.reports[i];
      if (!report.misfiled && report.decided_on == kNever)
        look(file, static_cast<std::uint32_t>(i), report.unit, report.received);
    }
    for (std::size_t i = 0; i < file.investigations.size(); ++i) {
      const auto& item = file.investigations[i];
      if (item.concluded == kNever) look(file, key_of(i), item.unit, item.opened);
    }
  });
  json::array out;
  for (const auto& [key, group] : groups) {
    out.push_back(json::object{{"unit", key.first},
                               {"matter", key.second == 1 ? "investigation" : "report"},
                               {"unassigned", group.count},
                               {"longest_days", group.longest}});
  }
  return out;
}

void answer_load(const Asking& asking) {
  const auto loads = loads_of(asking);
  json::array workers;
  std::vector<std::pair<std::int64_t, std::string>> most;
  for (const auto& [worker, load] : loads) {
    workers.push_back(json::object{{"worker", worker},
                                   {"unit", asking.unit(load.unit)},
                                   {"cases", load.refs.size()},
                                   {"responsible_for", load.held},
                                   {"other_roles", 0},
                                   {"without_open_work", 0},
                                   {"weight", static_cast<double>(load.weight)}});
    most.emplace_back(-load.held, worker);
  }
  asking.ask("caseload", {}, {{"workers", std::move(workers)}, {"unassigned", unanswered(asking)}});
  std::sort(most.begin(), most.end());
  for (std::size_t i = 0; i < most.size() && i < kHandoversAsked; ++i) {
    const auto& load = loads.at(most[i].second);
    if (load.refs.size() > kMostListed) continue;
    json::array cases;
    for (const auto& [id, ref] : load.refs) {
      json::array matters;
      for (const auto& matter : load.matters.at(id)) matters.push_back(json::object{{"matter", matter}});
      cases.push_back(json::object{{"case", id_text(id)}, {"ref", ref}, {"matters", std::move(matters)}});
    }
    asking.ask("handover", {{"worker", most[i].second}}, {{"complete", true}, {"cases", std::move(cases)}});
  }
}

// ---- Hands that it passed through ----------------------------------------------------------------------------------

void answer_handoffs(const Asking& asking) {
  std::map<std::tuple<Day, std::string, Id, Id>, json::object> found;
  asking.each_case([&](const Case& file) {
    for (const auto& one : file.assignments) {
      if (one.to != kNever || one.acknowledged || one.handed_over_by == kNobody) continue;
      const auto matter = id_of_matter(file, one.matter);
      const auto& to = asking.board.workers[one.worker];
      found[{one.from, to, file.id, matter}] = {{"case", id_text(file.id)},
                                                {"ref", file.ref},
                                                {"matter", id_text(matter)},
                                                {"from", asking.board.workers[one.handed_over_by]},
                                                {"to", to},
                                                {"unit", asking.unit(one.unit)},
                                                {"on", day_text(one.from)},
                                                {"days", asking.today - one.from}};
    }
  });
  if (found.size() > kMostListed) return;
  json::array out;
  for (auto& [key, item] : found) out.push_back(std::move(item));
  asking.ask("handoffs", {{"days", 0}}, {{"complete", true}, {"not_acknowledged", std::move(out)}});
}

json::array breaches_in(const Asking& asking, int year) {
  struct Breaches {
    std::int64_t investigations = 0;
    std::int64_t passed = 0;
  };
  std::map<std::pair<std::string, bool>, Breaches> groups;
  asking.each_case([&](const Case& file) {
    for (std::size_t i = 0; i < file.investigations.size(); ++i) {
      const auto& item = file.investigations[i];
      if (!item.clock) continue;
      const bool open = item.concluded == kNever;
      const bool late_now = open && limits_of(item).back() < asking.today && year == year_of(asking.today);
      if (open ? !late_now : year_of(item.concluded) != year) continue;
      const auto limit = limit_of(item);
      auto& group = groups[{asking.unit(unit_on_last_day(file, i)), handovers_in(file, i) > 0}];
      ++group.investigations;
      if (late_now || limit == Limit::kOver || limit == Limit::kExtendedLate) ++group.passed;
    }
  });
  json::array out;
  for (const auto& [key, group] : groups) {
    out.push_back(json::object{{"unit", key.first},
                               {"handed_over", key.second},
                               {"investigations", group.investigations},
                               {"breaches", group.passed}});
  }
  return out;
}

json::value thousandths(double value) { return std::round(value * 1000) / 1000; }

// Those who left in the year, of how many were there on a mean day of it, so far.
json::array turnover_in(const Asking& asking, int year) {
  struct Staff {
    std::int64_t left = 0;
    std::int64_t days = 0;
  };
  const Day first = day_of(year, 1, 1);
  const Day end = day_of(year + 1, 1, 1);
  const Day until = std::min(end, asking.today + 1);
  std::map<std::string, Staff> units;
  for (const auto& one : asking.board.employments) {
    const auto days = std::max(std::min(one.to, until) - std::max(one.from, first), 0);
    const bool left = one.to != kNever && one.to >= first && one.to < end;
    if (days == 0 && !left) continue;
    auto& staff = units[asking.unit(one.unit)];
    staff.days += days;
    if (left) ++staff.left;
  }
  json::array out;
  for (const auto& [unit, staff] : units) {
    const auto mean = static_cast<double>(staff.days) / (until - first);
    out.push_back(
        json::object{{"unit", unit},
                     {"left", staff.left},
                     {"mean_headcount", thousandths(mean)},
                     {"turnover", mean > 0 ? thousandths(static_cast<double>(staff.left) / mean) : json::value{}}});
  }
  return out;
}

// Of the days of a year, so far, those on which nobody answered for a matter from its first day until its last: a gap
// is of days that follow each other, and of the unit that answered last.
struct Gaps {
  Spread lengths;
  std::int64_t days = 0;
  std::int64_t ongoing = 0;
};
using GapsOf = std::map<std::pair<std::string, bool>, Gaps>;  // unit; of an investigation, or a report

void add_gaps(const Asking& asking, const Case& file, std::uint32_t matter, std::uint32_t opened_by, Day from, Day to,
              int year, GapsOf& out) {
  const Day until = std::min({to, asking.today, day_of(year + 1, 1, 1)});
  Day since = std::max(from, day_of(year, 1, 1));
  auto unit = opened_by;
  for (Day day = from; day <= until; ++day) {
    const Assignment* held = nullptr;
    for (const auto& one : file.assignments) {
      if (one.matter == matter && one.from <= day && day < one.to) held = &one;
    }
    if (held == nullptr && day < until) continue;
    if (day > since) {
      auto& gaps = out[{asking.unit(unit), (matter & kInvestigationBit) != 0}];
      gaps.lengths.add(day - since);
      gaps.days += day - since;
      if (held == nullptr && to == kNever && until == asking.today) ++gaps.ongoing;
    }
    if (held != nullptr) unit = held->unit;
    since = std::max(since, day + 1);
  }
}

json::array gaps_in(const Asking& asking, int year) {
  GapsOf gaps;
  asking.each_case([&](const Case& file) {
    for (std::uint32_t i = 0; i < file.reports.size(); ++i) {
      const auto& report = file.reports[i];
      if (!report.misfiled) add_gaps(asking, file, i, report.unit, report.received, report.decided_on, year, gaps);
    }
    for (std::size_t i = 0; i < file.investigations.size(); ++i) {
      const auto& item = file.investigations[i];
      add_gaps(asking, file, key_of(i), item.unit, item.opened, item.concluded, year, gaps);
    }
  });
  json::array out;
  for (const auto& [key, of_unit] : gaps) {
    out.push_back(json::object{{"unit", key.first},
                               {"matter", key.second ? "investigation" : "report"},
                               {"gaps", of_unit.lengths.count()},
                               {"days", of_unit.days},
                               {"median", of_unit.lengths.rank(50)},
                               {"longest", of_unit.lengths.longest()},
                               {"ongoing", of_unit.ongoing}});
  }
  return out;
}

void answer_continuity(const Asking& asking, int year) {
  using Distribution = std::map<std::pair<std::string, std::int64_t>, std::int64_t>;
  Distribution workers;
  Distribution handovers;
  Distribution open;
  asking.each_case([&](const Case& file) {
    std::set<std::uint32_t> those;
    std::int64_t handed = 0;
    std::uint32_t unit = 0;
    for (const auto& one : file.assignments) {
      if (year_of(one.from) > year || (one.to != kNever && year_of(one.to) < year)) continue;
      those.insert(one.worker);
      unit = one.unit;
      if (one.handed_over_by != kNobody && year_of(one.from) == year) ++handed;
    }
    if (!those.empty()) {
      ++workers[{asking.unit(unit), static_cast<std::int64_t>(those.size())}];
      ++handovers[{asking.unit(unit), handed}];
    }
    for (std::size_t i = 0; i < file.investigations.size(); ++i) {
      if (file.investigations[i].concluded == kNever)
        ++open[{asking.unit(unit_on_last_day(file, i)), handovers_in(file, i)}];
    }
  });
  const auto listed = [](const Distribution& distribution, const char* value, const char* of) {
    json::array out;
    for (const auto& [key, count] : distribution)
      out.push_back(json::object{{"unit", key.first}, {value, key.second}, {of, count}});
    return out;
  };
  asking.ask("continuity", {{"year", year}},
             {{"workers_per_child", listed(workers, "workers", "children")},
              {"without_responsible_worker", gaps_in(asking, year)},
              {"handovers_per_child", listed(handovers, "handovers", "children")},
              {"handovers_per_open_investigation", listed(open, "handovers", "investigations")},
              {"limit_breaches", breaches_in(asking, year)},
              {"turnover", turnover_in(asking, year)}});
}

}  // namespace

void answer_work(const Asking& asking) {
  answer_load(asking);
  answer_handoffs(asking);
  answer_continuity(asking, year_of(asking.today));
  answer_continuity(asking, year_of(asking.today) - 1);
}

}  // namespace minne::generate::known
