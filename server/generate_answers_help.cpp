// What must be found of help: what was declined and not followed up, and which interventions are used.
#include "server/generate_answers.h"

#include <array>
#include <set>

namespace minne::generate::known {

// By law, from custody to the day when care by consent took over or the child was home.
bool coerced(const Case& file, const Investigation& item) {
  const auto overlaps = [&](Day from, Day to) { return from <= item.concluded && to >= item.opened; };
  for (const auto& one : file.coercion) {
    if (overlaps(one.from, one.to)) return true;
  }
  for (const auto& placement : file.placements) {
    for (std::size_t i = 0; i < placement.spells.size(); ++i) {
      const bool last = i + 1 == placement.spells.size();
      const Day to = last ? placement.ended : placement.spells[i + 1].from;
      if (placement.spells[i].law != "sol" && overlaps(placement.spells[i].from, to)) return true;
    }
  }
  return false;
}

namespace {

namespace json = boost::json;

constexpr int kCheckMonths = 2;
constexpr int kFollowUpMonths = 6;
constexpr int kOfAge = 18;

// ---- A no, and what came after -------------------------------------------------------------------------------------

struct Clocks {
  std::int64_t done = 0;
  std::int64_t late = 0;
  std::int64_t open = 0;
  std::int64_t past = 0;
  std::int64_t ended_before = 0;
};
struct Declined {
  std::int64_t eligible = 0;
  std::int64_t decided = 0;
  std::map<std::string, std::int64_t> reasons;
  Clocks check;
  Clocks end;
};

void count_clocks(const FollowUp& item, Day concluded, Day today, Declined& group) {
  const Day check = add_months(item.decided, kCheckMonths);
  if (item.checked != kNever) {
    ++(item.checked <= check ? group.check.done : group.check.late);
  } else if (item.ended <= check) {
    ++group.check.ended_before;
  } else {
    ++(check < today ? group.check.past : group.check.open);
  }
  const Day end = add_months(concluded, kFollowUpMonths);
  if (item.ended != kNever) {
    ++(item.ended <= end ? group.end.done : group.end.late);
  } else {
    ++(end < today ? group.end.past : group.end.open);
  }
}

json::object shown(const std::pair<std::string, int>& key, const Declined& group) {
  json::object reasons;
  std::int64_t not_decided = 0;
  for (const auto& [reason, count] : group.reasons) {
    reasons[reason] = count;
    not_decided += count;
  }
  return {{"unit", key.first},
          {"year", key.second},
          {"eligible", group.eligible},
          {"decided", group.decided},
          {"not_decided", not_decided},
          {"reasons", std::move(reasons)},
          {"undecided", group.eligible - group.decided - not_decided},
          {"two_month_check",
           {{"done", group.check.done},
            {"done_late", group.check.late},
            {"due", group.check.open},
            {"missed", group.check.past},
            {"ended_before", group.check.ended_before}}},
          {"six_month_end",
           {{"ended", group.end.done},
            {"ended_late", group.end.late},
            {"running", group.end.open},
            {"past_limit", group.end.past}}}};
}

// A child who has come of age, or is investigated anew, waits for no follow-up of what was.
bool still_waits(const Case& file, std::size_t place, Day today) {
  const Day concluded = file.investigations[place].concluded;
  if (!file.birth || *file.birth > concluded || age_on(*file.birth, today) >= kOfAge) return false;
  for (std::size_t i = 0; i < file.investigations.size(); ++i) {
    if (i != place && file.investigations[i].opened >= concluded) return false;
  }
  return true;
}

void answer_declined(const Asking& asking) {
  std::map<std::pair<std::string, int>, Declined> groups;
  std::map<std::tuple<Day, Id, Id>, json::object> waiting;
  asking.each_case([&](const Case& file) {
    for (std::size_t i = 0; i < file.investigations.size(); ++i) {
      const auto& item = file.investigations[i];
      if (!item.declined || coerced(file, item)) continue;
      auto& group = groups[{asking.unit(item.unit), year_of(item.concluded)}];
      ++group.eligible;
      const auto followed = std::find_if(file.follow_ups.begin(), file.follow_ups.end(),
                                         [&](const FollowUp& one) { return one.investigation == i; });
      if (followed != file.follow_ups.end()) {
        ++group.decided;
        count_clocks(*followed, item.concluded, asking.today, group);
      } else if (!item.no_follow_up.empty()) {
        ++group.reasons[std::string{item.no_follow_up}];
      } else if (still_waits(file, i, asking.today)) {
        waiting[{item.concluded, file.id, item.id}] = {{"case", id_text(file.id)},
                                                       {"ref", file.ref},
                                                       {"investigation", id_text(item.id)},
                                                       {"unit", asking.unit(item.unit)},
                                                       {"concluded_on", day_text(item.concluded)},
                                                       {"days_since", asking.today - item.concluded}};
      }
    }
  });
  json::array statistics;
  for (const auto& [key, group] : groups) statistics.push_back(shown(key, group));
  json::array queue;
  for (const auto& [key, item] : waiting) {
    if (queue.size() < kMostListed) queue.push_back(item);
  }
  asking.ask("declined-followup", {{"limit", kMostListed}},
             {{"total", waiting.size()}, {"queue", std::move(queue)}, {"statistics", std::move(statistics)}});
}

// ---- Interventions -------------------------------------------------------------------------------------------------

constexpr std::array<const char*, 16> kCounts{"offered",
                                              "accepted",
                                              "declined",
                                              "started",
                                              "decision_executed",
                                              "measured_twice",
                                              "fidelity_reviewed",
                                              "ended",
                                              "goals_assessed",
                                              "goals_met",
                                              "followed_6_months",
                                              "re_reported_within_6_months",
                                              "followed_12_months",
                                              "re_reported_within_12_months",
                                              "followed_24_months",
                                              "re_reported_within_24_months"};
enum Counted : std::uint8_t {
  kOffered,
  kAccepted,
  kDeclined,
  kStarted,
  kExecuted,
  kMeasuredTwice,
  kReviewed,
  kEnded,
  kAssessed,
  kMet,
  kFollowed
};
struct Cell {
  std::array<std::int64_t, kCounts.size()> counts{};
  std::int64_t days = 0;  // of what has ended
};

// The table by two groups, named by whoever asks.
class Table {
 public:
  void add(const std::string& row, const std::string& column, std::size_t what) {
    for (const auto& r : {row, std::string{"all"}}) {
      for (const auto& c : {column, std::string{"all"}}) ++cells_[{r, c}].counts[what];
    }
    rows_.insert(row);
    columns_.insert(column);
  }
  void add_days(const std::string& row, const std::string& column, std::int64_t days) {
    for (const auto& r : {row, std::string{"all"}}) {
      for (const auto& c : {column, std::string{"all"}}) cells_[{r, c}].days += days;
    }
  }

  [[nodiscard]] json::array shown(std::string_view row_name, std::string_view column_name) const {
    json::array out;
    const auto with_all = [](const std::set<std::string>& names) {
      std::vector<std::string> all(names.begin(), names.end());
      all.emplace_back("all");
      return all;
    };
    for (const auto& row : with_all(rows_)) {
      for (const auto& column : with_all(columns_)) {
        const auto found = cells_.find({row, column});
        const Cell cell = found == cells_.end() ? Cell{} : found->second;
        json::object line{{row_name, row}, {column_name, column}};
        for (std::size_t i = 0; i < kCounts.size(); ++i) line[kCounts[i]] = cell.counts[i];
        const auto ended = cell.counts[kEnded];
        line["mean_days"] = ended == 0 ? json::value{} : json::value((2 * cell.days + ended) / (2 * ended));
        out.push_back(std::move(line));
      }
    }
    return out;
  }

 private:
  std::map<std::pair<std::string, std::string>, Cell> cells_;
  std::set<std::string> rows_;
  std::set<std::string> columns_;
};

std::string word(std::string_view text) { return std::string{text.empty() ? "not_stated" : text}; }

// What one thing that happened is grouped by.
struct Group {
  std::string_view method;
  std::string unit;
  std::string_view provider_kind;
  std::string_view provider;
  Day on;

  [[nodiscard]] std::string of(std::string_view name, const Case& file) const {
    if (name == "method") return word(method);
    if (name == "unit") return word(unit);
    if (name == "provider_kind") return word(provider_kind);
    if (name == "provider") return word(provider);
    if (name == "age_band") return band_of(file, on);
    if (name == "sex") return sex_of(file);
    return std::to_string(year_of(on));
  }
};

void count_after(const Case& file, const Intervention& item, Day today, const auto& count) {
  Day next = kNever;
  for (const auto& report : file.reports) {
    if (!report.misfiled && report.received > item.ended) next = std::min(next, report.received);
  }
  std::size_t what = kFollowed;
  for (const int months : {6, 12, 24}) {
    if (add_months(item.ended, months) <= today) {
      count(what);
      if (next <= add_months(item.ended, months)) count(what + 1);
    }
    what += 2;
  }
}

void answer_interventions(const Asking& asking, std::string_view rows, std::string_view columns) {
  Table table;
  asking.each_case([&](const Case& file) {
    const auto counting = [&](const Group& group) {
      return [&table, row = group.of(rows, file), column = group.of(columns, file)](std::size_t what) {
        table.add(row, column, what);
      };
    };
    for (const auto& one : file.proposals) {
      const auto count = counting({one.method, asking.unit(one.unit), one.provider_kind, one.provider, one.on});
      count(kOffered);
      const bool begun = !one.provider_kind.empty();
      if (begun || (!one.declined && one.consented && !one.withdrawn)) {
        count(kAccepted);
      } else if (one.declined) {
        count(kDeclined);
      }
    }
    for (const auto& one : file.interventions) {
      const auto count = counting({one.method, asking.unit(one.unit), one.provider_kind, one.provider, one.started});
      count(kStarted);
      if (one.executed) count(kExecuted);
      if (one.measurements >= 2) count(kMeasuredTwice);
      if (one.reviewed) count(kReviewed);
      if (one.ended == kNever) continue;
      const Group then{one.method, asking.unit(one.unit), one.provider_kind, one.provider, one.ended};
      const auto ended = counting(then);
      ended(kEnded);
      table.add_days(then.of(rows, file), then.of(columns, file), one.ended - one.started);
      if (one.goal != "not_assessed") ended(kAssessed);
      if (one.goal == "met") ended(kMet);
      count_after(file, one, asking.today, ended);
    }
  });
  asking.ask("interventions", {{"rows", rows}, {"columns", columns}}, {{"cells", table.shown(rows, columns)}});
}

}  // namespace

void answer_help(const Asking& asking) {
  answer_declined(asking);
  answer_interventions(asking, "method", "age_band");
  answer_interventions(asking, "year", "sex");
  answer_interventions(asking, "unit", "provider_kind");
  answer_interventions(asking, "provider", "provider_kind");
}

}  // namespace minne::generate::known
