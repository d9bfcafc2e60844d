// Investigations of the synthetic board: opening, notes, extension, conclusion, and now and then a reopening (SoL
// 20:3).
#include "server/generate_board.h"

#include <algorithm>

namespace minne::generate {
namespace {

// Lognormal, median 100 days, sigma 0.45, at its 64 mid-quantiles.
constexpr std::array<std::uint16_t, 64> kDays = {
    34,  41,  45,  49,  52,  54,  56,  59,  61,  63,  64,  66,  68,  70,  71,  73,  75,  76,  78,  79,  81,  83,
    84,  86,  87,  89,  91,  92,  94,  96,  97,  99,  101, 103, 105, 106, 108, 110, 112, 114, 116, 119, 121, 123,
    126, 128, 131, 134, 137, 140, 144, 147, 151, 155, 160, 165, 171, 177, 185, 194, 206, 221, 245, 297};
constexpr std::array<std::string_view, 3> kOutcomes = {"none_needed", "transferred", "moved"};
constexpr std::array<std::uint16_t, 3> kOutcomeWeights = {90, 5, 5};
constexpr int kLimitDays = 122;
constexpr int kAdult = 18;
constexpr int kLateInDay = 16 * 60;
constexpr int kNotesFrom = 7 * 60;
constexpr int kNotesTo = 18 * 60;
constexpr std::array<std::string_view, 8> kNoteKinds = {"phone_call", "meeting", "home_visit",   "email",
                                                        "document",   "contact", "consultation", "planning"};
constexpr std::array<std::uint16_t, 8> kNoteWeights = {28, 18, 6, 14, 12, 10, 7, 5};
constexpr int kStressFrom = 400;  // days after the start, in the first district
constexpr int kStressTo = 760;

// Said to the day only, it would come before what occurred earlier on that day.
Moment not_before(Micros last, Micros exact, Moment said) { return said.at < last ? Moment{exact, false} : said; }

}  // namespace

// ---- Opening -------------------------------------------------------------------------------------------------------

InvestigationPlan Simulation::draw_investigation_plan(const Child& child) {
  InvestigationPlan plan;
  plan.days = kDays[random_.below(kDays.size())];
  plan.days += random_.between(-2, 2);
  const int age = today() - first_day_;
  const bool stress =
      options_.stress == BoardStress::kOverload || (child.district == 0 && age >= kStressFrom && age < kStressTo);
  // Most that would pass the limit are hurried to its last week.
  const bool hurried = random_.chance(stress ? 2000 : 5500);
  if (plan.days > kLimitDays && hurried) plan.days = random_.between(115, 120);
  plan.notes = std::clamp(plan.days * 6 / 10 + random_.between(-12, 14), 10, 120);
  plan.assign_after_days = random_.chance(8000) ? random_.between(0, 3) : random_.between(4, 30);
  if (plan.days > kLimitDays && random_.chance(5000)) {
    plan.extend_on_day = random_.chance(8500) ? random_.between(104, 119) : random_.between(124, 135);
    plan.extend_to_day = plan.days + random_.between(-15, 30);
    if (plan.extend_to_day < plan.days && random_.chance(5000)) plan.extend_again_to_day = plan.days + 20;
  }
  if (random_.chance(options_.stress == BoardStress::kTurnover ? 2200 : 900))
    plan.hand_over_on_day = static_cast<int>(random_.below(static_cast<std::uint32_t>(plan.days))) + 1;
  if (random_.chance(150)) plan.reopen_after_days = random_.between(2, 29);
  plan.by_law = random_.chance(180);
  plan.offer = random_.chance(5500) && !plan.by_law;
  plan.decline = random_.chance(2200);
  plan.placement = random_.chance(700);
  plan.queue = random_.chance(options_.stress == BoardStress::kOverload ? 1800 : 600);
  const auto after_no = random_.below(10'000);
  plan.follow_up = after_no < 200 ? FollowUp::kDecided : after_no < 2600 ? FollowUp::kNotDecided : FollowUp::kForgotten;
  return plan;
}

void Simulation::open_investigation(CaseKey key, Micros at) {
  auto& child = child_of(key);
  auto cited = undecided(child);
  const auto newest = cited.back();
  // Now and then only the newest is cited, and the rest join what it opened.
  if (cited.size() > 1 && random_.chance(3000)) {
    for (const auto index : cited) {
      if (index != newest) push(Action::kJoin, working_days_later(random_.between(0, 3)), key, index);
    }
    cited = {newest};
  }
  const Moment occurred = moment(at, 400);
  const WorkerKey leader = leader_for(child, newest);
  write_review(key, {at, false}, actor_for(child, newest));
  std::vector<Id> ids;
  for (const auto index : cited) ids.push_back(child.reports[index].id);
  const Id id = writer_.opened(head(child, {}, occurred, leader, Law::kOpen), ids, "reports", workers_[leader].id);
  for (const auto index : cited) ledger_.led_to_investigation(key, index, local_day(at));
  auto& file = known_of(key);
  for (const auto index : cited) {
    file.reports[index].decided_on = local_day(at);
    file.reports[index].verdict = known::Verdict::kOpened;
    file.reports[index].investigation = static_cast<std::uint32_t>(file.investigations.size());
  }
  start_investigation(key, id, occurred, workers_[leader].unit);
  for (const auto index : cited) file.investigations.back().crime |= file.reports[index].crime;
  for (const auto index : cited) close_report(key, index);
}

void Simulation::start_investigation(CaseKey key, const Id& id, Moment occurred, UnitKey unit) {
  auto& child = child_of(key);
  InvestigationPlan plan;
  if (child.script == kNone) {
    plan = draw_investigation_plan(child);
  } else {
    auto& script = scripts_[child.script];
    if (script.next_investigation < script.investigations.size())
      plan = script.investigations[script.next_investigation++];
  }
  auto& investigation = child.investigation;
  investigation.id = id;
  ++investigation.ordinal;
  investigation.open = true;
  investigation.occurred = occurred;
  investigation.opened = local_day(occurred.at);
  investigation.clock = !child.unborn && age_on(child.birth, investigation.opened) < kAdult;
  investigation.end = add_months(investigation.opened, 4);
  investigation.worker = kNone;
  investigation.plan = plan;
  child.last_legal = std::max(child.last_legal, occurred.at);
  ledger_.opened(key, id, investigation.opened, investigation.clock);
  auto& kept = known_of(key).investigations.emplace_back();
  kept.id = id;
  kept.unit = unit;
  kept.opened = investigation.opened;
  kept.clock = investigation.clock;
  kept.late_in_day = !occurred.whole_day && local_minute(occurred.at) >= kLateInDay;
  end_follow_ups(key);

  Day planned = investigation.opened + plan.days;
  planned = plan.days <= kLimitDays ? working_day_before(planned) : working_day_from(planned);
  investigation.planned = planned;
  const MatterKey matter = investigation.key();
  push(Action::kAssign, working_days_later(plan.assign_after_days), key, matter);
  push(Action::kInform, working_days_later(random_.between(0, 4)), key, matter, kGuardianOpened);
  if (!child.unborn && age_on(child.birth, today()) >= 12) {
    push(Action::kInform, working_days_later(random_.between(0, 6)), key, matter, kChildOpened);
  }
  queue_notes(key, matter, static_cast<std::uint32_t>(plan.notes), planned);
  if (plan.extend_on_day >= 0 && investigation.clock) {
    const Day on = working_day_before(investigation.opened + plan.extend_on_day);
    push(Action::kExtend, work_moment(on), key, matter,
         static_cast<std::uint32_t>(investigation.opened + plan.extend_to_day));
  }
  if (plan.hand_over_on_day >= 0) {
    const Day on = working_day_from(investigation.opened + plan.hand_over_on_day);
    const std::uint32_t reason = random_.below(3) + 1;
    push(Action::kHandOver, work_moment(on), key, matter, reason);
  }
  plan_inquiry(key);
  push_occurring(Action::kConclude, std::max(work_moment(planned), now_ + kHour), key, matter);
}

// ---- While it runs -------------------------------------------------------------------------------------------------

// Notes follow one another, so that one item at a time waits in the queue: `left` of them until `until`.
void Simulation::queue_notes(CaseKey key, MatterKey matter, std::uint32_t left, Day until) {
  const int days = std::max(0, until - today());
  const int hundredths = days * 100 / static_cast<int>(left);
  const int gap = static_cast<int>(random_.below(static_cast<std::uint32_t>(2 * hundredths + 1)));
  Micros at = gap < 70 ? now_ + random_.between(8, 170) * kMinute : working_days_later((gap + 50) / 100);
  const int minute = local_minute(at);
  if (minute < kNotesFrom || minute >= kNotesTo || !is_working_day(local_day(at))) {
    at = work_moment(working_day_from(minute < kNotesFrom ? local_day(at) : local_day(at) + 1));
  }
  push(Action::kNote, at, key, matter, left);
}

void Simulation::note(const Item& item) {
  auto& child = child_of(item.child);
  const auto state = matter_of(child, item.matter);
  if (!state.open) return;
  Micros occurred = now_;
  const auto delay = random_.below(100);
  if (delay < 75) {
    occurred -= random_.between(0, 25) * kMinute;
  } else if (delay < 92) {
    occurred -= random_.between(30, 300) * kMinute;
  } else {
    occurred -= random_.between(1, delay < 98 ? 2 : 6) * Micros{24} * kHour;
  }
  const Moment at = moment(std::max(occurred, state.since), 1200);
  const bool investigation = (item.matter & kInvestigationBit) != 0;
  const auto kind = kNoteKinds[random_.pick(kNoteWeights)];
  writer_.note(head(child, state.id, at, actor_for(child, item.matter), Law::kDocument), kind);
  const bool help = (item.matter & kHelpBit) != 0;
  auto& file = known_of(item.child);
  if (kind == "contact") file.contacts.push_back(local_day(at.at));
  if (kind == "contact" && !help) {
    auto& contacts = investigation ? file.investigations.back().contacts : file.reports[item.matter].contacts;
    contacts.push_back(local_day(at.at));
  }
  if (item.extra <= 1) return;
  const Day until = investigation ? child.investigation.planned
                    : help        ? help_of(item.child, item.matter).ends
                                  : local_day(state.since) + 10;
  queue_notes(item.child, item.matter, item.extra - 1, until);
}

void Simulation::inform(const Item& item) {
  auto& child = child_of(item.child);
  const auto state = matter_of(child, item.matter);
  if (state.worker == nullptr) return;
  const auto at = moment(std::max(now_ - random_.between(0, 90) * kMinute, state.since), 2500);
  const bool child_itself = item.extra == kChildOpened;
  const std::string_view about = item.extra == kGuardianConcluded   ? "investigation_concluded"
                                 : item.extra == kGuardianNotOpened ? "investigation_not_opened"
                                                                    : "investigation_opened";
  if (about == "investigation_opened") {
    auto& kept = known_of(item.child).investigations[(item.matter & ~kInvestigationBit) - 1];
    kept.informed = std::min(kept.informed, local_day(at.at));
  }
  writer_.party_informed(head(child, state.id, at, actor_for(child, item.matter), Law::kInform),
                         child_itself ? "child" : "guardian", about);
}

void Simulation::extend(const Item& item) {
  auto& child = child_of(item.child);
  auto& investigation = child.investigation;
  const Day new_end = static_cast<Day>(item.extra);
  if (investigation.key() != item.matter || !investigation.open || new_end <= investigation.end || new_end <= today())
    return;
  const Micros exact = std::max(now_ - random_.between(0, 60) * kMinute, child.last_legal);
  const Moment at = not_before(child.last_legal, exact, moment(exact, 800));
  child.last_legal = std::max(child.last_legal, at.at);
  investigation.end = new_end;
  ledger_.extended(item.child, local_day(at.at), new_end);
  known_of(item.child).investigations.back().extensions.push_back({local_day(at.at), new_end});
  const WorkerKey leader = leader_for(child, item.matter);
  writer_.extended(head(child, investigation.id, at, leader, Law::kInvestigate), new_end, workers_[leader].id);
  const auto again = investigation.plan.extend_again_to_day;
  if (again == 0 || investigation.opened + again <= new_end) return;
  push(Action::kExtend, work_moment(working_day_before(new_end - 2)), item.child, item.matter,
       static_cast<std::uint32_t>(investigation.opened + again));
}

// ---- The end -------------------------------------------------------------------------------------------------------

void Simulation::conclude(const Item& item) {
  auto& child = child_of(item.child);
  auto& investigation = child.investigation;
  if (investigation.key() != item.matter || !investigation.open) return;
  join_all(item.child, occurred_of(item, child.last_legal));
  const auto outcome = outcome_of(item.child);
  const Micros occurred = occurred_of(item, child.last_legal);
  const Moment at = not_before(child.last_legal, occurred, moment(occurred, 400));
  child.last_legal = std::max(child.last_legal, occurred);
  child.last_concluded = local_day(occurred);
  ledger_.concluded(item.child, child.last_concluded);
  const WorkerKey leader = leader_for(child, item.matter);
  writer_.concluded(head(child, investigation.id, at, leader, Law::kInvestigate), outcome, workers_[leader].id);
  auto& kept = known_of(item.child).investigations.back();
  kept.concluded = child.last_concluded;
  kept.declined = outcome == "declined";
  kept.outcome = outcome;
  end_assignment(item.child, item.matter, "matter_closed", {});
  investigation.open = false;
  if (random_.chance(8500))
    push(Action::kInform, working_days_later(random_.between(0, 6)), item.child, item.matter, kGuardianConcluded);
  if (investigation.plan.reopen_after_days > 0) {
    const Day day = working_day_before(child.last_concluded + investigation.plan.reopen_after_days);
    push(Action::kReopen, work_moment(std::max(day, working_day_from(today() + 1))), item.child);
  }
}

// What was offered is answered by then; what follows from the answer is queued here.
std::string_view Simulation::outcome_of(CaseKey key) {
  auto& child = child_of(key);
  const auto matter = child.investigation.key();
  if (!child.queue.is_nil()) leave_queue(key);
  for (std::size_t i = child.helps.size(); i-- > 0;) {
    const auto help_key = static_cast<MatterKey>(i) | kHelpBit;
    if (child.helps[i].investigation != matter) continue;
    if (child.helps[i].by_law) {
      if (child.helps[i].running) return "lvu";
      continue;
    }
    answer_offer(key, help_key);
    const bool declined = child.helps[i].declined;
    const bool child_still = age_on(child.birth, today()) < kAdult;
    if (!declined) push_help(kGrant, working_days_later(random_.between(0, 6)), key, help_key);
    if (declined && child_still && child.investigation.plan.follow_up != FollowUp::kForgotten)
      push_help(kDecideFollowUp, working_days_later(random_.between(1, 12)), key, help_key);
    return declined ? "declined" : "intervention";
  }
  return kOutcomes[random_.pick(kOutcomeWeights)];
}

// Closed and opened again on the board's own knowledge: a new four months without a new report (JO 2565-2016).
void Simulation::reopen(const Item& item) {
  auto& child = child_of(item.child);
  const bool reported_today = !child.reports.empty() && child.reports.back().day >= today();
  if (child.investigation.open || !undecided(child).empty() || reported_today || child.last_concluded >= today())
    return;
  const Moment at{std::max(now_ - random_.between(0, 30) * kMinute, child.last_legal), false};
  if (local_day(at.at) <= child.last_concluded) return;
  const WorkerKey leader = leader_for(child, kInvestigationBit);
  const Id id = writer_.opened(head(child, {}, at, leader, Law::kOpen), {}, "own_knowledge", workers_[leader].id);
  start_investigation(item.child, id, at, workers_[leader].unit);
}

}  // namespace minne::generate
