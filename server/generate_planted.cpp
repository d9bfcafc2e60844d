// Planted cases of the synthetic board: what a query must find, and what is easily got wrong.
//
// A planted child has no reports but those of its script; workers, notes and delays come by chance as everywhere.
#include "server/generate_board.h"

#include <algorithm>

namespace minne::generate {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kEventsPerCopy = 1'000'000;
constexpr std::uint64_t kMostCopies = 10;
constexpr std::uint64_t kShareOfEvents = 8;  // small boards: an eighth at most is planted
constexpr std::uint8_t kPolice = 0;
constexpr std::uint8_t kSchool = 1;
constexpr std::uint8_t kHealthCare = 2;
constexpr std::uint8_t kParentalFailing = 0;
constexpr std::uint8_t kViolence = 2;
constexpr std::uint8_t kMisuse = 3;
constexpr std::size_t kAbsenceReports = 7;
constexpr std::uint64_t kFirstAbsence = 348;  // days before the log's end, as its pace foretells it
constexpr std::uint64_t kAbsenceGap = 44;
constexpr Day kLeastAbsenceGap = 24;
constexpr std::size_t kPaceDays = 240;

ReportPlan not_opened_after(int days) {
  ReportPlan plan;
  plan.verdict = Verdict::kNotOpen;
  plan.decide_after_days = days;
  plan.notes = 2;
  return plan;
}

ReportPlan opened_after(int days) {
  auto plan = not_opened_after(days);
  plan.verdict = Verdict::kOpen;
  return plan;
}

ScriptReport report_on(Day day, int minute, std::uint8_t reporter, std::uint8_t concern, const ReportPlan& plan) {
  ScriptReport report;
  report.day = day;
  report.minute = minute;
  report.reporter = reporter;
  report.concerns = {concern};
  report.plan = plan;
  return report;
}

InvestigationPlan investigation_of(int days) {
  InvestigationPlan plan;
  plan.days = days;
  plan.notes = 22;
  return plan;
}

}  // namespace

// Cheapest first, as far as a small board has room.
void Simulation::plant_cases() {
  struct Plan {
    std::uint64_t events;
    void (*plant)(Simulation&, Day);
  };
  static constexpr std::array<Plan, 17> kPlans = {
      {{12, [](Simulation& board, Day first) { board.plant_fifteenth(first + 9); }},
       {12, [](Simulation& board, Day first) { board.plant_correction(first + 30); }},
       {22, [](Simulation& board, Day) { board.plant_summer_time(); }},
       {30, [](Simulation& board, Day first) { board.plant_wrong_file(first + 20); }},
       {36, [](Simulation& board, Day first) { board.plant_siblings(first + 45); }},
       {34, [](Simulation& board, Day first) { board.plant_unborn(first + 60); }},
       {75, [](Simulation& board, Day first) { board.plant_absence(first); }},
       {40, [](Simulation& board, Day) { board.plant_october(); }},
       {42, [](Simulation& board, Day first) { board.plant_lost_deadline(first + 120); }},
       {120, [](Simulation& board, Day first) { board.plant_chained(first + 75); }},
       {20, [](Simulation& board, Day first) { board.plant_second_file(first + 12); }},
       {14, [](Simulation& board, Day first) { board.plant_protected(first + 16); }},
       {16, [](Simulation& board, Day first) { board.plant_move(first + 18); }},
       {50, [](Simulation& board, Day first) { board.plant_declined(first + 90, FollowUp::kForgotten); }},
       {55, [](Simulation& board, Day first) { board.plant_declined(first + 100, FollowUp::kDecided); }},
       {70, [](Simulation& board, Day first) { board.plant_late_submission(first + 50); }},
       {150, [](Simulation& board, Day first) { board.plant_changed_ground(first + 60); }}}};
  const std::uint64_t copies = std::clamp<std::uint64_t>(options_.events / kEventsPerCopy, 1, kMostCopies);
  for (std::uint64_t copy = 0; copy < copies; ++copy) {
    std::uint64_t planted = 0;
    for (const auto& plan : kPlans) {
      planted += plan.events;
      if (planted * kShareOfEvents > options_.events) break;
      plan.plant(*this, first_day_ + 30 + static_cast<Day>(copy));
    }
  }
}

Script& Simulation::plant(std::string kind, Day birth) {
  const CaseKey key = new_child(false);
  auto& child = child_of(key);
  child.birth = birth;
  child.script = static_cast<std::uint32_t>(scripts_.size());
  auto& script = scripts_.emplace_back();
  script.kind = std::move(kind);
  script.child = key;
  return script;
}

void Simulation::queue_script(Script& script) {
  for (const auto& report : script.reports) {
    if (report.misfiled_from == kNone)
      push(Action::kReport, from_local(report.day, report.minute) + 17 * kMinute, script.child);
  }
}

void Simulation::receive_planted(const Item& item) {
  auto& child = child_of(item.child);
  auto& script = scripts_[child.script];
  const auto& step = script.reports[script.next_report++];
  const Moment received{from_local(step.day, step.minute), false};
  ReportFacts facts;
  facts.reporter = step.reporter;
  facts.text = static_cast<std::uint32_t>(random_.next());
  for (const auto code : step.concerns) {
    auto& concern = facts.concerns[facts.concern_count++];
    concern.code = code;
    if (code != kAbsence) continue;
    concern.absence_pct = static_cast<std::uint8_t>(random_.between(35, 80));
    concern.from = step.day - 40;
    concern.to = step.day - 2;
    concern.unexcused = true;
  }
  std::vector<CaseKey> group = {item.child};
  if (step.with_siblings) group.insert(group.end(), child.siblings.begin(), child.siblings.end());
  write_reports(group, received, received, facts);
  for (const CaseKey key : group) {
    const auto index = static_cast<std::uint32_t>(child_of(key).reports.size() - 1);
    if (step.misfile_to != kNone) {
      push(Action::kMisfile, now_ + 40 * kMinute, key, index, step.misfile_to);
    } else {
      follow_report(key, index, step.plan);
    }
  }
}

// Seven reports of absence from one school within the log's last year, none of which led to an investigation.
void Simulation::plant_absence(Day first) {
  auto& script = plant("absence_reports", first - 12 * 365);
  ledger_.keep_absence_history(script.child);
  const auto report = report_on(0, 615, kSchool, kAbsence, not_opened_after(9));
  script.reports.assign(kAbsenceReports, report);  // their days are known only when the end comes near
  absence_scripts_.push_back(child_of(script.child).script);
}

// How long the log will be is known only by its pace: so each of the seven is sent when its turn before the end has
// come.
void Simulation::send_absence_reports() {
  positions_by_day_.push_back(writer_.position());
  if (positions_by_day_.size() > kPaceDays) positions_by_day_.pop_front();
  if (absence_sent_ == kAbsenceReports || positions_by_day_.size() < kPaceDays) return;
  const std::uint64_t pace = positions_by_day_.back() - positions_by_day_.front();
  const std::uint64_t left = options_.events - writer_.position();
  const bool due = left * kPaceDays <= pace * (kFirstAbsence - kAbsenceGap * absence_sent_);
  if (!due || !is_working_day(today()) || today() < last_absence_ + kLeastAbsenceGap) return;
  for (const auto index : absence_scripts_) {
    auto& script = scripts_[index];
    auto& report = script.reports[absence_sent_];
    report.day = today();
    report.minute = random_.between(500, 950);
    push(Action::kReport, from_local(report.day, report.minute) + 17 * kMinute, script.child);
  }
  last_absence_ = today();
  ++absence_sent_;
}

// Three investigations, each closed and opened again within thirty days without a new report.
void Simulation::plant_chained(Day first) {
  auto& script = plant("chained_investigations", first - 8 * 365 - 100);
  script.reports.push_back(report_on(working_day_from(first), 580, kHealthCare, kParentalFailing, opened_after(8)));
  for (const int again : {12, 9, -1}) {
    auto plan = investigation_of(112);
    plan.reopen_after_days = again;
    script.investigations.push_back(plan);
  }
  queue_script(script);
}

// Handed over in the third month, never acknowledged, and the four months pass without an extension.
void Simulation::plant_lost_deadline(Day first) {
  auto& script = plant("handover_lost_deadline", first - 10 * 365 - 40);
  script.reports.push_back(report_on(working_day_from(first), 640, kPolice, kViolence, opened_after(6)));
  auto plan = investigation_of(151);
  plan.hand_over_on_day = 84;
  plan.acknowledge = false;
  script.investigations.push_back(plan);
  queue_script(script);
}

// Opened on Monday 31 October: four months end on the last of February.
void Simulation::plant_october() {
  auto& script = plant("started_31_october", day_of(2013, 6, 4));
  script.reports.push_back(report_on(day_of(2022, 10, 21), 605, kSchool, kParentalFailing, opened_after(10)));
  script.investigations.push_back(investigation_of(115));
  queue_script(script);
}

// Ten to midnight in Sweden on the days the clock changes: in UTC some other hour, in spring as in autumn.
void Simulation::plant_summer_time() {
  for (const Day day : {day_of(2021, 3, 28), day_of(2021, 10, 31)}) {
    auto& script = plant("report_2350_clock_change", day - 14 * 365);
    auto plan = not_opened_after(9);
    plan.protect_after_days = 1;
    script.reports.push_back(report_on(day, 23 * 60 + 50, kPolice, kViolence, plan));
    queue_script(script);
  }
}

// A report in the wrong child's file for some forty minutes. Both children have an earlier report of their own.
void Simulation::plant_wrong_file(Day first) {
  auto& wrong = plant("wrong_file", first - 9 * 365);
  auto& right = plant("right_file", first - 11 * 365);
  wrong.reports.push_back(report_on(working_day_from(first), 600, kSchool, kParentalFailing, not_opened_after(7)));
  right.reports.push_back(report_on(working_day_from(first + 3), 700, kSchool, kMisuse, not_opened_after(8)));
  misfile_between(wrong, right, working_day_from(first + 40));
}

// A child whom nobody knew again got a second file; its report is moved to the first.
void Simulation::plant_second_file(Day first) {
  auto& second = plant("second_file", first - 7 * 365);
  auto& own = plant("first_file", first - 7 * 365);
  own.reports.push_back(report_on(working_day_from(first + 3), 700, kSchool, kMisuse, not_opened_after(8)));
  misfile_between(second, own, working_day_from(first + 40));
}

void Simulation::misfile_between(Script& wrong, Script& right, Day day) {
  auto misfiled = report_on(day, 570, kHealthCare, kMisuse, not_opened_after(9));
  misfiled.misfile_to = right.child;
  wrong.reports.push_back(misfiled);
  auto refiled = report_on(day, 570, kHealthCare, kMisuse, not_opened_after(9));
  refiled.misfiled_from = wrong.child;
  right.reports.push_back(refiled);
  queue_script(wrong);
  queue_script(right);
}

void Simulation::plant_protected(Day first) {
  auto& script = plant("protected_identity", first - 6 * 365);
  const Day day = working_day_from(first);
  script.reports.push_back(report_on(day, 660, kPolice, kViolence, not_opened_after(6)));
  queue_script(script);
  push(Action::kAside, from_local(working_day_from(day + 2), 600), script.child, 0, kProtectIdentity);
}

// To another board, two months after the report (SoL 29:10).
void Simulation::plant_move(Day first) {
  auto& script = plant("moved_board", first - 8 * 365);
  const Day day = working_day_from(first);
  script.reports.push_back(report_on(day, 720, kSchool, kParentalFailing, not_opened_after(9)));
  queue_script(script);
  push(Action::kAside, from_local(working_day_from(day + 60), 600), script.child, 0, kMoveToOtherBoard);
}

// Help was offered and declined: followed up, or forgotten as nearly always.
void Simulation::plant_declined(Day first, FollowUp after) {
  const bool followed = after == FollowUp::kDecided;
  auto& script = plant(followed ? "declined_and_followed_up" : "declined_no_follow_up", first - 11 * 365 - 60);
  script.reports.push_back(report_on(working_day_from(first), 610, kSchool, kParentalFailing, opened_after(7)));
  auto plan = investigation_of(90);
  plan.offer = true;
  plan.decline = true;
  plan.follow_up = after;
  script.investigations.push_back(plan);
  queue_script(script);
}

// Taken into custody on a Tuesday and put before the court on the Wednesday of the week after: it had lapsed (JO
// 9081-2020).
void Simulation::plant_late_submission(Day first) {
  auto& script = plant("custody_submitted_day_8", first - 4 * 365 - 30);
  script.reports.push_back(report_on(working_day_from(first), 590, kPolice, kViolence, opened_after(2)));
  auto plan = investigation_of(80);
  plan.by_law = true;
  plan.submit_after_days = 8;
  script.investigations.push_back(plan);
  queue_script(script);
}

// From consent to care by law in the same home.
void Simulation::plant_changed_ground(Day first) {
  auto& script = plant("consent_to_care_by_law", first - 9 * 365 - 90);
  script.reports.push_back(report_on(working_day_from(first), 640, kHealthCare, kParentalFailing, opened_after(5)));
  auto plan = investigation_of(85);
  plan.offer = true;
  plan.placement = true;
  plan.to_law = true;
  script.investigations.push_back(plan);
  queue_script(script);
}

void Simulation::plant_correction(Day first) {
  auto& script = plant("corrected_report_date", first - 12 * 365 - 200);
  auto plan = not_opened_after(10);
  plan.correct = true;
  script.reports.push_back(report_on(working_day_from(first), 590, kSchool, kParentalFailing, plan));
  queue_script(script);
}

void Simulation::plant_siblings(Day first) {
  std::vector<Script*> family;
  for (const int age : {5, 9, 14}) family.push_back(&plant("sibling_group", first - age * 365 - 17 * age));
  for (const auto* member : family) {
    auto& child = child_of(member->child);
    child.district = child_of(family.front()->child).district;
    child.area = child_of(family.front()->child).area;
    for (const auto* other : family) {
      if (other != member) child.siblings.push_back(other->child);
    }
  }
  auto report = report_on(working_day_from(first), 1010, kPolice, kViolence, not_opened_after(9));
  report.with_siblings = true;
  family.front()->reports.push_back(report);
  queue_script(*family.front());
}

// Two reports before birth start no clock; the one after it does.
void Simulation::plant_unborn(Day first) {
  auto& script = plant("unborn", first + 170);
  auto& child = child_of(script.child);
  child.unborn = true;
  child.expected_birth = first + 166;
  if (const auto birth = civil(child.birth); birth.month == 2 && birth.day == 29) --child.birth;
  script.reports.push_back(report_on(working_day_from(first), 620, kHealthCare, kMisuse, not_opened_after(9)));
  script.reports.push_back(report_on(working_day_from(first + 40), 810, kHealthCare, kMisuse, not_opened_after(11)));
  script.reports.push_back(
      report_on(working_day_from(first + 230), 555, kHealthCare, kParentalFailing, not_opened_after(8)));
  queue_script(script);
}

// Kept for research when others are purged (SoF 13:1: born on the 5th, 15th or 25th).
void Simulation::plant_fifteenth(Day first) {
  auto& script = plant("born_15th", day_of(2012, 3, 15));
  script.reports.push_back(report_on(working_day_from(first), 650, kSchool, kParentalFailing, not_opened_after(9)));
  queue_script(script);
}

// Those whose script has run to its end.
json::array Simulation::planted() const {
  json::array out;
  for (const auto& script : scripts_) {
    const auto& child = *children_[script.child];
    const bool done =
        script.next_report == script.reports.size() && script.next_investigation == script.investigations.size();
    if (child.ref.empty() || !done || child.investigation.open || !undecided(child).empty()) continue;
    json::object entry{{"kind", script.kind}, {"case", to_text(child.id)}, {"ref", child.ref}};
    json::array reports;
    for (const auto& report : child.reports) reports.push_back(json::value(to_text(report.id)));
    entry["reports"] = std::move(reports);
    if (!child.siblings.empty()) {
      json::array siblings;
      for (const auto key : child.siblings) siblings.push_back(json::value(to_text(child_of(key).id)));
      entry["siblings"] = std::move(siblings);
    }
    for (const auto& report : script.reports) {
      const CaseKey other = report.misfile_to != kNone ? report.misfile_to : report.misfiled_from;
      if (other != kNone) entry["other_case"] = to_text(child_of(other).id);
    }
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace minne::generate
