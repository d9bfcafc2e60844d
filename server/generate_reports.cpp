// Reports of the synthetic board, from arrival to decision (SoL 20:1-2; before July 2025 11:1 a).
#include "server/generate_board.h"

#include <algorithm>

namespace minne::generate {
namespace {

// Days to the decision: median 9; 4 % late.
constexpr std::array<std::uint8_t, 25> kDecisionDays = {1, 2,  2,  3,  4,  5,  6,  6,  7,  8,  8,  9, 9,
                                                        9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 0};
constexpr std::size_t kSchool = 1;
constexpr std::size_t kPrivate = 6;
constexpr std::size_t kRelative = 7;
constexpr std::size_t kOther = 10;
constexpr std::uint8_t kCrime = 5;
constexpr int kLateInDay = 16 * 60;

bool late_in_day(Moment received) { return !received.whole_day && local_minute(received.at) >= kLateInDay; }

}  // namespace

std::vector<std::uint32_t> Simulation::undecided(const Child& child) const {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < child.reports.size(); ++i) {
    if (child.reports[i].state == ReportState::kUndecided) out.push_back(i);
  }
  return out;
}

// ---- Arrival -------------------------------------------------------------------------------------------------------

ReportFacts Simulation::draw_facts(const Child& child, std::size_t reporter, Day received) {
  const int age = child.unborn ? 0 : age_on(child.birth, received);
  const auto& weights = concern_weights(age);
  ReportFacts facts;
  facts.reporter = static_cast<std::uint8_t>(reporter);
  facts.channel = static_cast<std::uint8_t>(random_.below(reporter == 0 ? 2 : 5));
  facts.anonymous = (reporter == kPrivate || reporter == kRelative || reporter == kOther) && random_.chance(2700);
  facts.text = static_cast<std::uint32_t>(random_.next());
  std::uint8_t first = random_.chance(7500) ? child.main_concern : static_cast<std::uint8_t>(random_.pick(weights));
  if (first == kAbsence && reporter != kSchool && random_.chance(7000)) first = 1;
  const bool second = random_.chance(3300);
  const auto other = static_cast<std::uint8_t>(random_.pick(weights));
  for (const std::uint8_t code : {first, other}) {
    if (facts.concern_count > 0 && (!second || facts.has(code))) continue;
    auto& concern = facts.concerns[facts.concern_count++];
    concern.code = code;
    if (code != kAbsence) continue;
    concern.absence_pct = static_cast<std::uint8_t>(random_.between(20, 95));
    concern.unexcused = random_.chance(6000);
    concern.from = received - random_.between(30, 75);
    concern.to = received - random_.between(1, 5);
  }
  if (random_.chance(3500)) facts.incident = received - random_.between(0, 6);
  return facts;
}

void Simulation::receive_report(const Item& item) {
  auto& child = child_of(item.child);
  if (child.unborn && today() >= child.expected_birth - 60) return;  // too near a birth to say which clocks run
  if (child.investigation.open && random_.chance(2500)) return;      // said in a contact that is running already
  if (child.last_concluded == today()) {
    return push(Action::kReport, from_local(today() + 1, 500) + random_.between(0, 60) * kMinute, item.child,
                item.matter, 600);
  }
  const Micros floor = std::max(child.last_legal, from_local(child.last_concluded + 1, 0));
  Moment received{occurred_of(item, floor), false};
  const std::size_t reporter = item.matter & 0xFFU;
  const std::uint32_t primary = item.matter >> 8U;
  auto facts = draw_facts(child, reporter, local_day(received.at));
  if (primary != 0) {
    const auto& first = child.reports[primary - 1].facts;
    facts.concerns = first.concerns;
    facts.concern_count = first.concern_count;
    facts.incident = first.incident;
  }
  Moment occurred = received;
  if (random_.chance(800)) {  // said to the day only: a letter
    facts.channel = 2;
    received = {from_local(local_day(received.at), 0), true};
    occurred = received;
  } else if (reporter == 0 && random_.chance(2500)) {  // written some hours before it came
    occurred.at = std::max(floor, received.at - random_.between(30, 600) * kMinute);
  }
  std::vector<CaseKey> group = {item.child};
  if (primary == 0 && !child.siblings.empty() && random_.chance(4500)) {
    for (const CaseKey sibling : child.siblings) {
      if (children_[sibling] == nullptr) continue;
      const auto& other = child_of(sibling);
      const bool clear = other.last_legal <= received.at && other.last_concluded < local_day(received.at);
      if (clear && age_on(other.birth, today()) < 20) group.push_back(sibling);
    }
  }
  const auto first_index = static_cast<std::uint32_t>(child.reports.size());
  write_reports(group, occurred, received, facts);
  for (const CaseKey key : group) {
    const auto index = static_cast<std::uint32_t>(child_of(key).reports.size() - 1);
    const auto plan = draw_report_plan(child_of(key));
    follow_report(key, index, plan);
  }
  if (primary != 0) {
    push(Action::kMarkIncident, now_ + random_.between(30, 300) * kMinute, item.child, first_index, primary - 1);
  } else if (random_.chance(800)) {
    const auto again = random_.between(0, 9);
    queue_report(item.child, today() + random_.between(0, 2), static_cast<std::size_t>(again), first_index + 1);
  }
}

// One append: the files that are new, then the report in each, all naming each other.
void Simulation::write_reports(const std::vector<CaseKey>& group, Moment occurred, Moment received,
                               const ReportFacts& facts) {
  const Id correlation = group.size() > 1 ? random_.id() : Id{};
  std::vector<WorkerKey> actors;
  for (const CaseKey key : group) {
    const WorkerKey actor =
        actors.empty() ? choose_worker(districts_[child_of(key).district].intake, kNone) : actors.front();
    actors.push_back(actor);
    if (child_of(key).ref.empty()) open_file(key, {now_, false}, actor);
  }
  std::vector<Id> others;
  for (const CaseKey key : group) {
    const auto& child = child_of(key);
    others.clear();
    for (const CaseKey other : group) {
      if (other != key) others.push_back(child_of(other).id);
    }
    auto heading = head(child, {}, occurred, actors.front(), Law::kReport);
    heading.correlation = correlation;
    const Id id = writer_.report_received(heading, received, facts, others);
    add_report(key, id, occurred, received, facts, actors.front());
  }
}

std::uint32_t Simulation::add_report(CaseKey key, const Id& id, Moment occurred, Moment received,
                                     const ReportFacts& facts, WorkerKey actor) {
  auto& child = child_of(key);
  auto& report = child.reports.emplace_back();
  report.id = id;
  report.position = writer_.position();
  report.occurred = occurred;
  report.received = received;
  report.day = local_day(received.at);
  report.actor = actor;
  report.clocks = !child.unborn;
  report.facts = facts;
  child.last_legal = std::max(child.last_legal, received.at);
  last_stream_ = child.id;
  std::uint8_t concerns = 0;
  for (std::size_t i = 0; i < facts.concern_count; ++i) {
    concerns = static_cast<std::uint8_t>(concerns | 1U << facts.concerns[i].code);
  }
  ledger_.report(key, {id, report.day, late_in_day(received), report.clocks, concerns});
  auto& kept = known_of(key).reports.emplace_back();
  kept.id = id;
  kept.unit = workers_[actor].unit;
  kept.received = report.day;
  kept.crime = facts.has(kCrime);
  kept.reporter = kReporterCodes[facts.reporter];
  for (std::size_t i = 0; i < facts.concern_count; ++i) kept.concerns.push_back(kConcernCodes[facts.concerns[i].code]);
  return static_cast<std::uint32_t>(child.reports.size() - 1);
}

ReportPlan Simulation::draw_report_plan(const Child& child) {
  ReportPlan plan;
  plan.decide_after_days = kDecisionDays[random_.below(kDecisionDays.size())];
  if (plan.decide_after_days == 0) {
    plan.decide_after_days = random_.chance(2000) ? random_.between(25, 70) : random_.between(15, 28);
    plan.extend = random_.chance(3000);
  }
  const auto protect = random_.below(1000);
  plan.protect_after_days = protect < 880 ? 0 : protect < 980 ? 1 : protect < 996 ? random_.between(2, 6) : -1;
  if (random_.chance(80)) plan.verdict = Verdict::kNever;
  plan.notes = random_.between(2, 5);
  plan.correct = random_.chance(40) && !child.unborn;
  return plan;
}

void Simulation::follow_report(CaseKey key, std::uint32_t index, const ReportPlan& plan) {
  auto& child = child_of(key);
  auto& report = child.reports[index];
  report.verdict = plan.verdict;
  const Day day = report.day;
  if (plan.protect_after_days >= 0) {
    Micros occurred = 0;
    if (plan.protect_after_days == 0) {
      const Micros from = report.received.whole_day ? from_local(day, 540) : report.received.at;
      occurred = std::min(from + random_.between(5, 200) * kMinute, from_local(day, 24 * 60 - 1));
      occurred = std::max(occurred, report.received.at);
    } else {
      occurred = from_local(day + plan.protect_after_days, 480) + random_.between(0, 240) * kMinute;
    }
    report.assessment = occurred;
    push_occurring(Action::kProtect, occurred, key, index);
  }
  if (child.investigation.open) {
    const int days = random_.chance(7000) ? 0 : random_.between(1, 3);
    push(Action::kJoin, working_days_later(days), key, index);
    return;
  }
  push(Action::kAssign, working_days_later(random_.chance(6500) ? 0 : random_.between(1, 4)), key, index);
  if (plan.notes > 0)
    queue_notes(key, index, static_cast<std::uint32_t>(plan.notes), day + std::min(plan.decide_after_days, 12));
  if (child.script == kNone && random_.chance(1000))
    push(Action::kSupplement, working_days_later(random_.between(0, 5)), key, index);
  plan_asides(key, index);
  if (plan.correct) push(Action::kCorrect, working_days_later(random_.between(0, 2)), key, index);
  if (plan.extend) {
    const Day on = random_.chance(1500) ? working_day_from(day + 15) : working_day_before(day + 14);
    push(Action::kExtendPreliminary, work_moment(on), key, index);
  }
  if (plan.verdict == Verdict::kNever) return;
  Day decided = day + plan.decide_after_days;
  if (!is_working_day(decided))
    decided = plan.decide_after_days <= 14 ? working_day_before(decided) : working_day_from(decided);
  if (decided <= day) decided = working_day_from(day + 1);
  push_occurring(Action::kDecide, std::max(work_moment(decided), now_ + kMinute), key, index);
}

// ---- While it is undecided -----------------------------------------------------------------------------------------

void Simulation::protect(const Item& item) {
  const auto& report = child_of(item.child).reports[item.matter];
  if (report.assessed || report.state == ReportState::kMisfiled) return;
  write_protection(item.child, item.matter, moment(occurred_of(item, report.received.at), 500));
}

void Simulation::write_protection(CaseKey key, std::uint32_t index, Moment occurred) {
  auto& child = child_of(key);
  auto& report = child.reports[index];
  report.assessed = true;
  ledger_.protection_assessed(key, index, local_day(occurred.at));
  known_of(key).reports[index].protected_on = local_day(occurred.at);
  auto heading = head(child, report.id, occurred, actor_for(child, index), Law::kProtection);
  heading.causation = report.id;
  writer_.protection_assessed(heading, report.facts);
}

void Simulation::supplement(const Item& item) {
  auto& child = child_of(item.child);
  const auto& report = child.reports[item.matter];
  if (report.state != ReportState::kUndecided) return;
  const auto at = moment(now_, 1500);
  writer_.report_supplemented(head(child, report.id, at, actor_for(child, item.matter), Law::kReport));
}

void Simulation::mark_incident(const Item& item) {
  auto& child = child_of(item.child);
  const auto& report = child.reports[item.matter];
  const auto& primary = child.reports[item.extra];
  if (report.state == ReportState::kMisfiled || primary.state == ReportState::kMisfiled) return;
  ledger_.same_incident(item.child, item.matter, item.extra);
  known_of(item.child).reports[item.matter].primary = item.extra;
  writer_.same_incident(head(child, report.id, {now_, false}, actor_for(child, item.matter), Law::kReport), primary.id);
}

void Simulation::extend_preliminary(const Item& item) {
  auto& child = child_of(item.child);
  auto& report = child.reports[item.matter];
  if (report.state != ReportState::kUndecided || child.investigation.open || !report.clocks) return;
  const Moment at{std::max(now_ - random_.between(0, 40) * kMinute, child.last_legal), false};
  const Day new_date = report.day + 14 + random_.between(7, 28);
  child.last_legal = at.at;
  report.touched = true;
  ledger_.preliminary_extended(item.child, item.matter, local_day(at.at), new_date);
  const WorkerKey leader = leader_for(child, item.matter);
  writer_.preliminary_extended(head(child, report.id, at, leader, Law::kPreliminary), new_date, workers_[leader].id);
}

// It came some days before what was first written, and nobody noted the hour.
void Simulation::correct(const Item& item) {
  auto& child = child_of(item.child);
  auto& report = child.reports[item.matter];
  const Day moved = report.day - random_.between(1, 3);
  const bool first = item.matter == 0;
  if (report.state != ReportState::kUndecided || report.touched || child.investigation.ordinal != 0) return;
  if (!first && child.reports[item.matter - 1].day > moved) return;
  report.touched = true;
  report.day = moved;
  ledger_.report_moved(item.child, item.matter, moved, false);
  known_of(item.child).reports[item.matter].received = moved;
  const WorkerKey leader = leader_for(child, item.matter);
  const auto original = head(child, report.id, report.occurred, report.actor, Law::kReport);
  writer_.corrected(head(child, report.id, {now_, false}, leader, Law::kCorrect), report.id, original, moved,
                    report.facts, workers_[leader].id);
}

// Written into the wrong child's file: out of the one and into the other in one append.
void Simulation::misfile(const Item& item) {
  auto& wrong = child_of(item.child);
  auto& right = child_of(item.extra);
  auto& report = wrong.reports[item.matter];
  report.state = ReportState::kMisfiled;
  ledger_.misfiled(item.child, item.matter);
  known_of(item.child).reports[item.matter].misfiled = true;
  const WorkerKey leader = leader_for(wrong, item.matter);
  const bool same_child = scripts_[wrong.script].kind == "second_file";
  writer_.misfiled(head(wrong, report.id, {now_, false}, leader, Law::kCorrect), report.id, right.id,
                   same_child ? "two_files_one_child" : "wrong_child", workers_[leader].id);
  const auto original = head(right, report.id, report.occurred, report.actor, Law::kReport);
  writer_.refiled(head(right, report.id, {now_, false}, leader, Law::kCorrect), wrong.id, report.id, report.position,
                  original, report.received, report.facts);
  const auto index = add_report(item.extra, report.id, report.occurred, report.received, report.facts, report.actor);
  auto& script = scripts_[right.script];
  follow_report(item.extra, index, script.reports[script.next_report++].plan);
}

// ---- The decision --------------------------------------------------------------------------------------------------

bool Simulation::opens_by_chance(const Child& child) {
  const auto& report = child.reports.back();
  const bool absence_alone = report.facts.concern_count == 1 && report.facts.has(kAbsence);
  const std::uint32_t by_district = 4900 + child.district * 97 % 500;
  return random_.chance(absence_alone ? 1700 : by_district);
}

void Simulation::decide(const Item& item) {
  auto& child = child_of(item.child);
  if (child.reports[item.matter].state != ReportState::kUndecided) return;
  if (child.investigation.open) return join_all(item.child, now_);
  const Verdict verdict = child.reports[item.matter].verdict;
  const bool open = verdict == Verdict::kOpen || (verdict == Verdict::kByChance && opens_by_chance(child));
  const Day newest = child.reports.back().day;
  const Micros floor = std::max(child.last_legal, open ? from_local(newest + 1, 480) : child.last_legal);
  if (floor > now_) {  // opens the day after the newest report at the earliest
    return push(Action::kDecide, work_moment(working_day_from(today() + 1)), item.child, item.matter, 0);
  }
  const Micros occurred = occurred_of(item, floor);
  for (const auto index : undecided(child)) {
    const auto& report = child.reports[index];
    if (report.assessed || report.assessment == 0) continue;
    write_protection(item.child, index, {std::min(now_, report.assessment), false});  // made in time, written down now
  }
  if (open) {
    open_investigation(item.child, occurred);
  } else {
    write_not_opened(item.child, occurred);
  }
}

// Every earlier report is shown before the decision; the newest report is the matter.
void Simulation::write_review(CaseKey key, Moment occurred, WorkerKey actor) {
  const auto& child = child_of(key);
  std::vector<Id> shown;
  for (std::size_t i = 0; i + 1 < child.reports.size(); ++i) {
    if (child.reports[i].state != ReportState::kMisfiled) shown.push_back(child.reports[i].id);
  }
  writer_.history_reviewed(head(child, child.reports.back().id, occurred, actor, Law::kPreliminary), shown);
}

void Simulation::write_not_opened(CaseKey key, Micros at) {
  auto& child = child_of(key);
  const auto cited = undecided(child);
  const auto newest = static_cast<std::uint32_t>(child.reports.size() - 1);
  const Moment occurred = moment(at, 400);
  const WorkerKey leader = leader_for(child, newest);
  write_review(key, {at, false}, actor_for(child, newest));
  std::vector<Id> ids;
  for (const auto index : cited) ids.push_back(child.reports[index].id);
  child.last_legal = std::max(child.last_legal, at);
  for (const auto index : cited) {
    ledger_.not_opened(key, index, local_day(at));
    known_of(key).reports[index].decided_on = local_day(at);
    known_of(key).reports[index].verdict = known::Verdict::kNotOpened;
  }
  writer_.not_opened(head(child, child.reports[newest].id, occurred, leader, Law::kPreliminary), ids,
                     workers_[leader].id);
  for (const auto index : cited) close_report(key, index);
  if (random_.chance(4000))
    push(Action::kInform, working_days_later(random_.between(0, 3)), key, newest, kGuardianNotOpened);
}

void Simulation::close_report(CaseKey key, std::uint32_t index) {
  child_of(key).reports[index].state = ReportState::kDecided;
  give_feedback_later(key, index);
  end_assignment(key, index, "matter_closed", {});
}

void Simulation::join(const Item& item) {
  if (child_of(item.child).investigation.open) return join_all(item.child, now_);
  // The investigation ended before anybody got to it: it joined then (conclude), or is to be decided like any other.
  if (child_of(item.child).reports[item.matter].state == ReportState::kUndecided) {
    push(Action::kDecide, working_days_later(5), item.child, item.matter);
  }
}

void Simulation::join_all(CaseKey key, Micros at) {
  auto& child = child_of(key);
  for (const auto index : undecided(child)) {
    const Moment occurred{std::max(at, child.last_legal), false};
    auto& report = child.reports[index];
    child.last_legal = occurred.at;
    ledger_.joined(key, index, local_day(occurred.at));
    auto& file = known_of(key);
    file.reports[index].decided_on = local_day(occurred.at);
    file.reports[index].verdict = known::Verdict::kJoined;
    file.reports[index].investigation = static_cast<std::uint32_t>(file.investigations.size() - 1);
    file.investigations.back().crime |= file.reports[index].crime;
    const auto& investigation = child.investigation;
    writer_.report_joined(head(child, report.id, occurred, actor_for(child, investigation.key()), Law::kPreliminary),
                          investigation.id);
    close_report(key, index);
  }
}

}  // namespace minne::generate
