// Limits, the child's voice, chains and instruments: what must be found of investigations.
#include "server/generate_answers.h"

#include <array>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

constexpr int kChainDays = 30;

struct Limits {
  std::array<std::int64_t, 5> counts{};
  std::int64_t days_off = 0;

  void add(const Investigation& item) {
    const auto limit = limit_of(item);
    ++counts[static_cast<std::size_t>(limit)];
    if (limit == Limit::kOver && item.concluded <= working_day_from(limits_of(item).back())) ++days_off;
  }
  [[nodiscard]] json::object shown(json::object out) const {
    out["concluded"] = counts[1] + counts[2] + counts[3] + counts[4];
    out["within"] = counts[1];
    out["extended_in_time"] = counts[2];
    out["extended_late"] = counts[3];
    out["over_without_decision"] = counts[4];
    out["over_by_days_off_only"] = days_off;
    out["without_limit"] = counts[0];
    return out;
  }
};

struct Backlog {
  std::int64_t open = 0;
  std::int64_t extended = 0;
  Spread overdue;

  [[nodiscard]] json::object shown(const std::string& unit) const {
    const bool none = overdue.count() == 0;
    return {{"unit", unit},
            {"open", open},
            {"extended", extended},
            {"overdue", overdue.count()},
            {"overdue_median_days", none ? json::value{} : json::value(overdue.rank(50))},
            {"overdue_longest_days", none ? json::value{} : json::value(overdue.longest())}};
  }
};

struct Voices {
  std::array<std::int64_t, 4> counts{};

  [[nodiscard]] json::object shown(json::object out) const {
    const auto of = [&](Voice voice) { return counts[static_cast<std::size_t>(voice)]; };
    out["heard"] = of(Voice::kHeard) + of(Voice::kHeardAlone);
    out["heard_alone"] = of(Voice::kHeardAlone);
    out["not_heard"] = of(Voice::kNotHeard);
    out["not_recorded"] = of(Voice::kNotRecorded);
    return out;
  }
};

json::object asked_for(const Period& period) { return {{"from", day_text(period.from)}, {"to", day_text(period.to)}}; }

void answer_limits(const Asking& asking, const Period& period) {
  Limits all;
  std::map<std::string, Limits> units;
  std::map<std::string, Backlog> backlogs;
  asking.each_case([&](const Case& file) {
    for (std::size_t i = 0; i < file.investigations.size(); ++i) {
      const auto& item = file.investigations[i];
      const auto unit = asking.unit(unit_on_last_day(file, i));
      if (item.concluded != kNever) {
        if (item.concluded < period.from || item.concluded > period.to) continue;
        all.add(item);
        units[unit].add(item);
        continue;
      }
      auto& backlog = backlogs[unit];
      ++backlog.open;
      if (!item.clock) continue;
      if (!item.extensions.empty()) ++backlog.extended;
      if (const Day limit = limits_of(item).back(); limit < asking.today) backlog.overdue.add(asking.today - limit);
    }
  });
  json::array by_unit;
  for (const auto& [unit, limits] : units) by_unit.push_back(limits.shown({{"unit", unit}}));
  json::array open;
  for (const auto& [unit, backlog] : backlogs) open.push_back(backlog.shown(unit));
  asking.ask("investigations", asked_for(period),
             {{"all", all.shown({})}, {"by_unit", std::move(by_unit)}, {"backlog", std::move(open)}});
}

void answer_participation(const Asking& asking, const Period& period) {
  Voices all;
  std::map<std::string, Voices> units;
  std::map<std::pair<std::string, std::string>, std::int64_t> reasons;
  asking.each_case([&](const Case& file) {
    for (std::size_t i = 0; i < file.investigations.size(); ++i) {
      const auto& item = file.investigations[i];
      if (item.concluded == kNever || item.concluded < period.from || item.concluded > period.to) continue;
      const auto unit = asking.unit(unit_on_last_day(file, i));
      ++all.counts[static_cast<std::size_t>(item.voice)];
      ++units[unit].counts[static_cast<std::size_t>(item.voice)];
      if (item.voice == Voice::kNotHeard) ++reasons[{unit, std::string{item.not_heard}}];
    }
  });
  json::array by_unit;
  for (const auto& [unit, voices] : units) by_unit.push_back(voices.shown({{"unit", unit}}));
  json::array why;
  for (const auto& [key, count] : reasons)
    why.push_back(json::object{{"unit", key.first}, {"reason", key.second}, {"investigations", count}});
  asking.ask("participation", asked_for(period),
             {{"all", all.shown({})}, {"by_unit", std::move(by_unit)}, {"reasons_for_not_hearing", std::move(why)}});
}

// Nobody reported anything from the end of the one to the beginning of the other (JO 2565-2016).
bool follows(const Case& file, std::size_t later) {
  const auto& before = file.investigations[later - 1];
  const auto& after = file.investigations[later];
  if (after.opened - before.concluded > kChainDays) return false;
  return std::none_of(file.reports.begin(), file.reports.end(), [&](const Report& report) {
    return !report.misfiled && report.investigation != later - 1 && report.received >= before.concluded &&
           report.received <= after.opened;
  });
}

json::object chain_of(const Asking& asking, const Case& file, std::size_t first, std::size_t last) {
  json::array reopened;
  std::int64_t days = 0;
  for (std::size_t i = first; i <= last; ++i) {
    const auto& item = file.investigations[i];
    days += std::max(item.opened, item.concluded == kNever ? asking.today : item.concluded) - item.opened;
    if (i == first) continue;
    const auto& before = file.investigations[i - 1];
    reopened.push_back(json::object{{"investigation", id_text(item.id)},
                                    {"after", id_text(before.id)},
                                    {"closed", day_text(before.concluded)},
                                    {"opened", day_text(item.opened)},
                                    {"days_between", item.opened - before.concluded}});
  }
  return {{"case", id_text(file.id)},
          {"ref", file.ref},
          {"unit", asking.unit(file.investigations[last].unit)},
          {"investigations", last - first + 1},
          {"first_opened", day_text(file.investigations[first].opened)},
          {"open", file.investigations[last].concluded == kNever},
          {"investigation_days", days},
          {"reopened", std::move(reopened)}};
}

void answer_chains(const Asking& asking) {
  std::map<Id, json::array> chains;
  asking.each_case([&](const Case& file) {
    for (std::size_t first = 0; first < file.investigations.size();) {
      std::size_t last = first;
      while (last + 1 < file.investigations.size() && follows(file, last + 1)) ++last;
      if (last > first) chains[file.id].push_back(chain_of(asking, file, first, last));
      first = last + 1;
    }
  });
  json::array found;
  for (auto& [id, of_case] : chains) found.insert(found.end(), of_case.begin(), of_case.end());
  asking.ask("chained", {{"days", kChainDays}}, {{"complete", true}, {"chains", std::move(found)}});
}

// What was completed, or why not, of each instrument by unit and year.
template <class Word>
json::object uses_of(const Asking& asking, bool completed, const char* sum, const Word& word) {
  std::map<std::string_view, std::map<std::pair<std::string, std::string>, std::map<std::string, std::int64_t>>> found;
  std::map<std::string_view, std::map<std::string, std::size_t>> columns;
  asking.each_case([&](const Case& file) {
    for (const auto& item : file.investigations) {
      for (const auto& use : item.instruments) {
        if (use.reason.empty() != completed) continue;
        ++found[use.code][{asking.unit(use.unit), std::to_string(year_of(use.on))}][word(use)];
        columns[use.code][word(use)] = 0;
      }
    }
  });
  json::object out;
  for (const auto& [code, rows] : found) {
    std::vector<std::string> names;
    for (auto& [name, number] : columns[code]) {
      number = names.size();
      names.push_back(name);
    }
    Counts table({"unit", "year"}, names, sum);
    for (const auto& [group, counts] : rows) {
      for (const auto& [name, count] : counts) table.add({group.first, group.second}, columns[code][name], count);
    }
    out[code] = table.shown();
  }
  return out;
}

void answer_instruments(const Asking& asking) {
  struct Prescribed {
    std::string_view code;
    int from;
    int to;
  };
  static constexpr std::array<Prescribed, 2> kPrescribed{{{"earl", 6, 12}, {"savry", 12, 18}}};
  static constexpr std::array<const char*, 3> kColumns{"nothing_recorded", "used", "not_used"};
  using Row = std::array<std::int64_t, 3>;
  json::object eligible;
  for (const auto& one : kPrescribed) {
    std::map<std::pair<std::string, std::string>, Row> rows;
    Row all{};
    asking.each_case([&](const Case& file) {
      for (const auto& item : file.investigations) {
        if (!item.crime || !file.birth || *file.birth > item.opened) continue;
        const int age = age_on(*file.birth, item.opened);
        if (age < one.from || age > one.to) continue;
        std::size_t outcome = 0;
        for (const auto& use : item.instruments) {
          if (use.code == one.code && outcome != 1) outcome = use.reason.empty() ? 1 : 2;
        }
        ++all[outcome];
        ++rows[{asking.unit(item.unit), std::to_string(year_of(item.opened))}][outcome];
      }
    });
    if (rows.empty()) continue;
    json::array shown;
    const auto add = [&](const std::string& unit, const std::string& year, const Row& row) {
      json::object line{{"unit", unit}, {"year", year}, {"investigations", row[0] + row[1] + row[2]}};
      for (std::size_t i = 0; i < kColumns.size(); ++i) line[kColumns[i]] = row[i];
      shown.push_back(std::move(line));
    };
    for (const auto& [key, row] : rows) add(key.first, key.second, row);
    add("all", "all", all);
    eligible[one.code] = std::move(shown);
  }
  asking.ask(
      "instruments", {},
      {{"eligible", std::move(eligible)},
       {"reasons", uses_of(asking, false, "not_used", [](const Instrument& use) { return std::string{use.reason}; })},
       {"levels", uses_of(asking, true, "completed", [](const Instrument& use) {
          return std::string{use.domain} + '/' + std::string{use.level};
        })}});
}

}  // namespace

void answer_investigations(const Asking& asking) {
  const int year = year_of(asking.today);
  for (const auto& period :
       {Period{day_of(2021, 1, 1), asking.today}, Period{day_of(year - 1, 1, 1), day_of(year - 1, 12, 31)}}) {
    answer_limits(asking, period);
    answer_participation(asking, period);
  }
  answer_chains(asking);
  answer_instruments(asking);
}

}  // namespace minne::generate::known
