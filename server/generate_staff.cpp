// Workers of the synthetic board: who answers for which matter, who leaves, and what a leaving worker leaves behind.
#include "events/stream_ids.h"
#include "server/generate_board.h"

#include <algorithm>

namespace minne::generate {
namespace {

constexpr std::uint32_t kReportsPerIntakeWorker = 320;  // a year
constexpr std::uint32_t kReportsPerInvestigator = 110;
constexpr std::uint32_t kLeavesADay = 11;  // of ten thousand, on working days: 27 % a year
constexpr int kSpikeFrom = 420;            // days after the start: half a year of high turnover
constexpr int kSpikeTo = 600;
constexpr std::array<std::string_view, 4> kReasons = {"resigned", "workload", "leave", "unit_move"};

}  // namespace

void Simulation::start_staff(std::uint32_t reports_per_year) {
  const auto share = reports_per_year / static_cast<std::uint32_t>(districts_.size());
  for (UnitKey unit = 0; unit < units_.size(); ++unit) {
    const bool intake = unit % 2 == 0;
    const auto workers =
        std::max<std::uint32_t>(2, share / (intake ? kReportsPerIntakeWorker : kReportsPerInvestigator) + 1);
    for (std::uint32_t i = 0; i <= workers; ++i) {
      push(Action::kStaffJoins, from_local(first_day_, 420) + random_.between(1, 3000) * kSecond, kNone, unit, i == 0);
    }
  }
}

WorkerKey Simulation::hire(UnitKey unit, std::string_view role, Day from) {
  const auto key = static_cast<WorkerKey>(workers_.size());
  auto& worker = workers_.emplace_back();
  std::string number = std::to_string(key + 1);
  number.insert(0, number.size() < 4 ? 4 - number.size() : 0, '0');
  worker.id = "w-" + number;
  known_.workers.push_back(worker.id);
  known_.employments.push_back({unit, from});
  worker.unit = unit;
  worker.role = role;
  Head joined;
  joined.stream = staff_stream_id(options_.board, worker.id);
  joined.occurred = {from_local(from, 0), true};
  joined.actor = {"personal-1", "administrator", units_[unit].name, {}};
  writer_.staff_joined(joined, worker.id, units_[unit].name, from);
  return key;
}

void Simulation::staff_joins(const Item& item) {
  const bool first_day = today() == first_day_;
  const Day from = first_day ? today() - random_.between(30, 2500) : today();
  const bool leads = item.extra == 1;
  const auto key = hire(item.matter, leads ? "team_leader" : "social_worker", from);
  if (leads) {
    units_[item.matter].leader = key;
  } else {
    units_[item.matter].workers.push_back(key);
  }
}

void Simulation::attrition() {
  if (!is_working_day(today())) return;
  const int age = today() - first_day_;
  const bool spike = options_.stress == BoardStress::kTurnover || (age >= kSpikeFrom && age < kSpikeTo);
  const std::uint32_t hazard = spike ? kLeavesADay * 3 : kLeavesADay;
  for (UnitKey unit = 0; unit < units_.size(); ++unit) {
    for (const WorkerKey key : units_[unit].workers) {
      auto& worker = workers_[key];
      if (worker.leaving || !random_.chance(hazard)) continue;
      worker.leaving = true;
      const Day last = working_day_from(today() + random_.between(14, 60));
      push(Action::kStaffLeaves, from_local(last, 960) + random_.between(0, 90) * kMinute, kNone, key);
      push(Action::kStaffJoins, work_moment(working_day_from(last + random_.between(-5, 40))), kNone, unit);
      for (const auto& held : worker.held) {
        if (!random_.chance(5500)) continue;
        const Day on = working_day_from(last - 1 - static_cast<Day>(random_.below(12)));
        push(Action::kHandOver, work_moment(on), held.child, held.matter, 0);
      }
    }
  }
}

void Simulation::staff_leaves(const Item& item) {
  auto& worker = workers_[item.matter];
  auto& unit = units_[worker.unit];
  if (unit.workers.size() < 3) {  // two must be left, or nobody could take over: stays until the successor has come
    return push(Action::kStaffLeaves, now_ + Micros{20} * 24 * kHour, kNone, item.matter);
  }
  const Id left = random_.id();
  const auto held = worker.held;
  for (const auto& one : held) {
    end_assignment(one.child, one.matter, "staff_left", left);
    const bool soon = child_of(one.child).script != kNone || !random_.chance(1500);
    const int gap = soon ? random_.between(0, 14) : random_.between(20, 70);
    push(Action::kAssign, working_days_later(gap), one.child, one.matter);
  }
  worker.here = false;
  known_.employments[item.matter].to = today();
  unit.workers.erase(std::find(unit.workers.begin(), unit.workers.end(), item.matter));
  ++workers_left_;
  Head head_of_leave;
  head_of_leave.stream = staff_stream_id(options_.board, worker.id);
  head_of_leave.occurred = {now_, false};
  head_of_leave.actor = {"personal-1", "administrator", unit.name, {}};
  writer_.staff_left(left, head_of_leave, worker.id, unit.name, today());
}

// ---- Matters -------------------------------------------------------------------------------------------------------

Simulation::MatterState Simulation::matter_of(Child& child, MatterKey matter) {
  if ((matter & kHelpBit) != 0 && (matter & kInvestigationBit) == 0) {
    auto& help = child.helps[matter & ~kHelpBit];
    return {help.running, help.id, &help.worker, help.since.at};
  }
  if ((matter & kInvestigationBit) != 0) {
    auto& investigation = child.investigation;
    if (investigation.key() != matter) return {};
    return {investigation.open, investigation.id, &investigation.worker, investigation.occurred.at};
  }
  if (matter >= child.reports.size()) return {};
  auto& report = child.reports[matter];
  return {report.state == ReportState::kUndecided, report.id, &report.worker, report.received.at};
}

UnitKey Simulation::unit_for(const Child& child, MatterKey matter) const {
  const auto& district = districts_[child.district];
  return (matter & (kInvestigationBit | kHelpBit)) != 0 ? district.inquiry : district.intake;
}

// The one with the least to do of three.
WorkerKey Simulation::choose_worker(UnitKey unit, WorkerKey not_this) {
  const auto& workers = units_[unit].workers;
  WorkerKey best = kNone;
  for (int attempt = 0; attempt < 3; ++attempt) {
    const WorkerKey key = workers[random_.below(static_cast<std::uint32_t>(workers.size()))];
    if (key == not_this || workers_[key].leaving) continue;
    if (best == kNone || workers_[key].held.size() < workers_[best].held.size()) best = key;
  }
  if (best != kNone) return best;
  const auto other = std::find_if(workers.begin(), workers.end(), [&](WorkerKey key) { return key != not_this; });
  return other == workers.end() ? kNone : *other;
}

WorkerKey Simulation::actor_for(Child& child, MatterKey matter) {
  const auto state = matter_of(child, matter);
  if (state.worker != nullptr && *state.worker != kNone) return *state.worker;
  const auto& workers = units_[unit_for(child, matter)].workers;
  return workers[random_.below(static_cast<std::uint32_t>(workers.size()))];
}

Moment Simulation::assignment_moment(Child& child, Micros not_before) {
  const Micros earlier = now_ - random_.between(0, 20) * kMinute;
  child.last_assignment = std::max({earlier, not_before, child.last_assignment});
  return {child.last_assignment, false};
}

void Simulation::note_responsible(CaseKey key, MatterKey matter, WorkerKey worker) {
  if ((matter & kInvestigationBit) == 0) return;
  ledger_.responsible(key, worker == kNone ? std::string{} : workers_[worker].id);
}

void Simulation::end_known_assignment(CaseKey key, MatterKey matter, Day on) {
  for (auto& one : known_of(key).assignments) {
    if (one.matter == matter && one.to == known::kNever) one.to = on;
  }
}

void Simulation::drop_held(WorkerKey worker, CaseKey key, MatterKey matter) {
  auto& held = workers_[worker].held;
  held.erase(std::find_if(held.begin(), held.end(),
                          [&](const Held& one) { return one.child == key && one.matter == matter; }));
}

void Simulation::assign(const Item& item) {
  auto& child = child_of(item.child);
  const auto state = matter_of(child, item.matter);
  if (!state.open || *state.worker != kNone) return;
  const UnitKey unit = unit_for(child, item.matter);
  const WorkerKey worker = choose_worker(unit, kNone);
  *state.worker = worker;
  workers_[worker].held.push_back({item.child, item.matter});
  note_responsible(item.child, item.matter, worker);
  const auto at = assignment_moment(child, state.since);
  known_of(item.child).assignments.push_back({item.matter, worker, unit, known::kNobody, local_day(at.at)});
  writer_.assigned(head(child, state.id, at, units_[unit].leader, Law::kDocument), workers_[worker].id,
                   units_[unit].name);
}

void Simulation::hand_over(const Item& item) {
  auto& child = child_of(item.child);
  const auto state = matter_of(child, item.matter);
  if (!state.open) return;
  if (*state.worker == kNone) {
    if (child.script != kNone) push(Action::kHandOver, now_ + Micros{24} * kHour, item.child, item.matter, item.extra);
    return;
  }
  const UnitKey unit = unit_for(child, item.matter);
  const WorkerKey from = *state.worker;
  const WorkerKey to = choose_worker(unit, from);
  if (to == kNone) return;
  drop_held(from, item.child, item.matter);
  *state.worker = to;
  workers_[to].held.push_back({item.child, item.matter});
  note_responsible(item.child, item.matter, to);
  const auto at = assignment_moment(child, state.since);
  end_known_assignment(item.child, item.matter, local_day(at.at));
  known_of(item.child).assignments.push_back({item.matter, to, unit, from, local_day(at.at)});
  writer_.handed_over(head(child, state.id, at, from, Law::kDocument), workers_[from].id, workers_[to].id,
                      units_[unit].name, kReasons[item.extra]);
  const bool acknowledged = child.script != kNone ? child.investigation.plan.acknowledge : random_.chance(8500);
  if (!acknowledged) return;
  push(Action::kAcknowledge, working_days_later(random_.between(0, 9)), item.child, item.matter, to);
}

void Simulation::acknowledge(const Item& item) {
  auto& child = child_of(item.child);
  const auto state = matter_of(child, item.matter);
  if (!state.open || *state.worker != item.extra) return;
  for (auto& one : known_of(item.child).assignments) {
    if (one.matter == item.matter && one.to == known::kNever) one.acknowledged = true;
  }
  const auto behind = std::min<std::uint64_t>(random_.below(400), writer_.position());
  const auto at = assignment_moment(child, state.since);
  writer_.acknowledged(head(child, state.id, at, item.extra, Law::kDocument), writer_.position() - behind);
}

void Simulation::end_assignment(CaseKey key, MatterKey matter, std::string_view reason, const Id& causation) {
  auto& child = child_of(key);
  const auto state = matter_of(child, matter);
  if (state.worker == nullptr || *state.worker == kNone) return;
  const WorkerKey worker = *state.worker;
  drop_held(worker, key, matter);
  *state.worker = kNone;
  note_responsible(key, matter, kNone);
  child.last_assignment = now_;
  end_known_assignment(key, matter, today());
  auto ending = head(child, state.id, {now_, false}, units_[workers_[worker].unit].leader, Law::kDocument);
  ending.causation = causation;
  writer_.assignment_ended(ending, workers_[worker].id, reason);
}

}  // namespace minne::generate
