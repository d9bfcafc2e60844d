// What must be found of work with others: plans and their goals, what a SIP lacks, and collaborations that run.
#include "server/generate_answers.h"

#include <array>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

// ---- Plans ---------------------------------------------------------------------------------------------------------

std::size_t column_of(std::string_view answer) { return answer == "accepted" ? 0 : answer == "declined" ? 1 : 2; }

std::size_t fate_of(const Goal& goal, Day today) {
  static constexpr std::array<std::string_view, 4> kFates{"met", "partly_met", "missed", "dropped"};
  for (std::size_t i = 0; i < kFates.size(); ++i) {
    if (goal.state == kFates[i]) return i;
  }
  if (goal.due == kNever) return 6;
  return goal.due < today ? 4 : 5;
}

// `year` 0: all of them.
void answer_plans_of(const Asking& asking, std::string_view kind, int year) {
  Counts offers({"kind", "unit", "year"}, {"accepted", "declined", "pending"}, "offered", "accepted");
  Counts adopted({"unit", "year"}, {"sip", "other_plans"}, "adopted");
  Counts goals({"horizon", "due_year"},
               {"met", "partly_met", "missed", "dropped", "overdue", "running", "without_a_day"}, "goals", "met");
  const auto wanted = [&](std::string_view of, Day on) {
    return (kind.empty() || kind == of) && (year == 0 || on == kNever || year_of(on) == year);
  };
  asking.each_case([&](const Case& file) {
    for (const auto& offer : file.plan_offers) {
      if (wanted("sip", offer.on))
        offers.add({"sip", asking.unit(offer.unit), std::to_string(year_of(offer.on))}, column_of(offer.answer));
    }
    for (const auto& plan : file.plans) {
      if (wanted(plan.kind, plan.on))
        adopted.add({asking.unit(plan.unit), std::to_string(year_of(plan.on))}, plan.kind == "sip" ? 0 : 1);
      for (const auto& goal : plan.goals) {
        if (!wanted(plan.kind, goal.due)) continue;
        const auto due = goal.due == kNever ? std::string{"none"} : std::to_string(year_of(goal.due));
        goals.add({std::string{goal.horizon}, due}, fate_of(goal, asking.today));
      }
    }
  });
  json::object asked;
  if (!kind.empty()) asked["kind"] = kind;
  if (year != 0) asked["year"] = year;
  asking.ask("plans", std::move(asked),
             {{"offers", offers.shown()}, {"adopted", adopted.shown()}, {"goals", goals.shown()}});
}

void answer_incomplete(const Asking& asking) {
  std::map<std::tuple<Day, Id, Id>, json::object> found;
  asking.each_case([&](const Case& file) {
    for (const auto& plan : file.plans) {
      if (plan.lacks.empty()) continue;
      found[{plan.on, file.id, plan.id}] = {
          {"case", id_text(file.id)},        {"ref", file.ref},
          {"plan", id_text(plan.id)},        {"unit", asking.unit(plan.unit)},
          {"adopted_on", day_text(plan.on)}, {"lacks", json::array(plan.lacks.begin(), plan.lacks.end())}};
    }
  });
  const auto total = found.size();
  asking.ask("incomplete-sips", {{"limit", kMostListed}}, {{"total", total}, {"plans", first_listed(found)}});
}

// ---- Collaborations ------------------------------------------------------------------------------------------------

struct MeantFor {
  std::string_view kind;
  int from;
  int to;
};
constexpr std::array<MeantFor, 2> kMeantFor{{{"sig", 12, 29}, {"ratt_kurva", 8, 15}}};

json::value age_check(std::string_view kind, int age) {
  for (const auto& one : kMeantFor) {
    if (one.kind == kind) return age < one.from ? "below" : age > one.to ? "above" : "within";
  }
  return nullptr;
}

json::value age_group(std::string_view kind, int age) {
  if (kind != "sig" || age < 12 || age > 29) return nullptr;
  return age <= 18 ? "12-18" : "19-29";
}

// Of the child's last placement.
json::object phases(const Case& file) {
  static constexpr std::array<const char*, 4> kPhases{"before", "during", "before_end", "follow_up"};
  const Placement* last = nullptr;
  for (const auto& one : file.placements) {
    if (last == nullptr || one.spells.front().from >= last->spells.front().from) last = &one;
  }
  json::object out;
  for (const auto* phase : kPhases) {
    Day on = 0;
    for (const auto& status : file.statuses) {
      if (last != nullptr && status.placement == last->id && status.phase == phase) on = std::max(on, status.on);
    }
    out[phase] = on == 0 ? json::value{} : json::value(day_text(on));
  }
  return out;
}

json::object shown(const Asking& asking, const Case& file, const Collaboration& item) {
  const int age = age_on(*file.birth, asking.today);
  const bool of_age = age >= 18;  // then the own word counts, which was given beside the guardians'
  json::object out{{"case", id_text(file.id)},
                   {"ref", file.ref},
                   {"collaboration", id_text(item.id)},
                   {"kind", item.kind},
                   {"unit", asking.unit(item.unit)},
                   {"started_on", day_text(item.started)},
                   {"last_met", item.met == kNever ? json::value{} : json::value(day_text(item.met))},
                   {"consent", of_age && item.consent == "withdrawn" ? "given" : item.consent},
                   {"age", age},
                   {"age_check", age_check(item.kind, age)},
                   {"age_group", age_group(item.kind, age)}};
  if (item.kind == "sams") out["phases"] = phases(file);
  return out;
}

}  // namespace

void answer_plans(const Asking& asking) {
  answer_plans_of(asking, {}, 0);
  answer_plans_of(asking, "sip", year_of(asking.today) - 1);
  answer_incomplete(asking);
}

void answer_collaborations(const Asking& asking) {
  std::map<std::string_view, std::int64_t> kinds;
  std::map<std::tuple<std::string_view, Day, Id, Id>, json::object> found;
  asking.each_case([&](const Case& file) {
    for (const auto& item : file.collaborations) {
      if (item.ended != kNever) continue;
      ++kinds[item.kind];
      found[{item.kind, item.started, file.id, item.id}] = shown(asking, file, item);
    }
  });
  json::array by_kind;
  for (const auto& [kind, open] : kinds) by_kind.push_back(json::object{{"kind", kind}, {"open", open}});
  const auto total = found.size();
  asking.ask("collaborations", {{"limit", kMostListed}},
             {{"by_kind", std::move(by_kind)}, {"total", total}, {"collaborations", first_listed(found)}});
}

}  // namespace minne::generate::known
