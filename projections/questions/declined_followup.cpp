// Row 7 of what boards complain of: the follow-up that the law allows after a no is "mycket sällan" used.
#include "core/keys.h"
#include "projections/deadline_rules.h"
#include "projections/questions.h"
#include "projections/questions/open_clocks.h"
#include "projections/suppression.h"

#include <boost/json/array.hpp>

#include <set>

namespace minne {
namespace {

namespace json = boost::json;

struct ClockCounts {
  std::int64_t open = 0;
  std::int64_t past = 0;  // open, and the day has gone
  std::int64_t in_time = 0;
  std::int64_t late = 0;
  std::int64_t ended_before = 0;
};

struct Group {
  std::int64_t eligible = 0;
  std::int64_t decided = 0;
  std::map<std::string, std::int64_t> not_decided;  // by reason
  std::array<ClockCounts, 2> clocks;
};

struct Key {
  std::string unit;
  int year = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};

bool wanted(const QuestionAsked& asked, std::string_view unit) {
  return asked.text("unit").empty() || asked.text("unit") == unit;
}

Result<std::map<Key, Group>> groups(const QuestionAsked& asked) {
  std::map<Key, Group> out;
  const auto group_of = [&](KeyReader& key) -> Group* {
    const auto unit = key.text();
    const int year = key.u16();
    return wanted(asked, unit) ? &out[{std::string{unit}, year}] : nullptr;
  };
  MINNE_TRY_VOID(each_tally<Proposals>(asked, Proposals::kUse, {}, [&](std::string_view bytes, std::int64_t amount) {
    KeyReader key(bytes);
    auto* group = group_of(key);
    if (group == nullptr) return;
    const auto what = static_cast<FollowUpUse>(key.u8());
    if (what == FollowUpUse::kEligible) group->eligible += amount;
    if (what == FollowUpUse::kDecided) group->decided += amount;
    if (what == FollowUpUse::kNotDecided) group->not_decided[std::string{key.text()}] += amount;
  }));
  MINNE_TRY_VOID(each_tally<Proposals>(asked, Proposals::kClocks, {}, [&](std::string_view bytes, std::int64_t amount) {
    KeyReader key(bytes);
    auto* group = group_of(key);
    if (group == nullptr) return;
    auto& clock = group->clocks.at(key.u8() % 2);
    const auto state = static_cast<FollowUpState>(key.u8());
    if (state == FollowUpState::kInTime) clock.in_time += amount;
    if (state == FollowUpState::kLate) clock.late += amount;
    if (state == FollowUpState::kEndedBefore) clock.ended_before += amount;
    if (state == FollowUpState::kOpen) (key.day() < to_days(asked.today) ? clock.past : clock.open) += amount;
  }));
  return out;
}

json::object group_json(const Key& key, const Group& group) {
  json::object reasons;
  std::int64_t not_decided = 0;
  for (const auto& [reason, count] : group.not_decided) {
    reasons[reason.empty() ? "not_stated" : reason] = count;
    not_decided += count;
  }
  const auto& check = group.clocks[static_cast<std::size_t>(FollowUpClock::kCheck)];
  const auto& end = group.clocks[static_cast<std::size_t>(FollowUpClock::kEnd)];
  return {{"unit", key.unit},
          {"year", key.year},
          {"eligible", group.eligible},
          {"decided", group.decided},
          {"percent_used", percent(group.decided, group.eligible)},
          {"not_decided", not_decided},
          {"reasons", std::move(reasons)},
          {"undecided", group.eligible - group.decided - not_decided},
          {"two_month_check",
           {{"done", check.in_time},
            {"done_late", check.late},
            {"due", check.open},
            {"missed", check.past},
            {"ended_before", check.ended_before}}},
          {"six_month_end",
           {{"ended", end.in_time}, {"ended_late", end.late}, {"running", end.open}, {"past_limit", end.past}}}};
}

// Of which investigations a decision is still awaited: the rule says when the question falls away, as when the child
// comes of age or is investigated anew. Nothing where the board has no such rule: then all wait that nobody considered.
class Awaited {
 public:
  explicit Awaited(const QuestionAsked& asked) {
    const auto* rule = asked.rules.table().find(kDecide, asked.today);
    by_rule_ = rule != nullptr && counts(*rule);
  }
  Result<> read(const QuestionAsked& asked) {
    return each_open_clock(asked, kDecide, [&](const OpenClock& clock) { open_.emplace(clock.case_id, clock.matter); });
  }
  [[nodiscard]] bool holds(const Id& case_id, const Id& investigation) const {
    return !by_rule_ || open_.contains({case_id, investigation});
  }

 private:
  static constexpr std::string_view kDecide = "FU_DECIDE";
  bool by_rule_;
  std::set<std::pair<Id, Id>> open_;
};

Result<json::object> declined_followup(const QuestionAsked& asked) {
  Awaited awaited(asked);
  MINNE_TRY_VOID(awaited.read(asked));
  MINNE_TRY(const auto by_group, groups(asked));
  json::array statistics;
  for (const auto& [key, group] : by_group) statistics.push_back(group_json(key, group));
  json::array queue;
  std::int64_t total = 0;
  MINNE_TRY_VOID(
      each_entry<Proposals>(asked, Proposals::kUndecided, {}, [&](std::string_view bytes, std::string_view value) {
        KeyReader key(bytes);
        KeyReader about(value);
        const auto unit = about.text();
        const auto concluded = key.day();
        const auto case_id = key.id();
        const auto investigation = key.id();
        if (!wanted(asked, unit) || !awaited.holds(case_id, investigation)) return true;
        if (total++ >= asked.integer("limit")) return true;
        queue.push_back(json::object{{"case", to_text(case_id)},
                                     {"ref", about.rest()},
                                     {"investigation", to_text(investigation)},
                                     {"unit", unit},
                                     {"concluded_on", to_text(from_days(concluded))},
                                     {"days_since", to_days(asked.today) - concluded}});
        return true;
      }));
  return json::object{{"total", total}, {"queue", std::move(queue)}, {"statistics", std::move(statistics)}};
}

}  // namespace

Question declined_followup_question() {
  return {
      .name = "declined-followup",
      .summary = "Investigations that ended with a no: which await a decision on follow-up, and how often it is used",
      .parameters = {{.name = "unit", .description = "only investigations of this unit"},
                     {.name = "limit",
                      .kind = QuestionParameter::Kind::kInteger,
                      .description = "at most so many cases, those that have waited longest first",
                      .default_value = "200",
                      .minimum = 1,
                      .maximum = 1000}},
      .lists_cases = true,
      .answer = declined_followup};
}

}  // namespace minne
