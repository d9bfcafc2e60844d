// Whether granted help is given: executed, filed as not given each quarter, interrupted and taken up again, or
// terminated (SoL 34:1-3).
#include "server/generate_board.h"

namespace minne::generate {
namespace {

constexpr int kNotGivenMonths = 3;
constexpr std::uint8_t kMostFilings = 4;
constexpr std::array<std::string_view, 4> kNotGiven = {"no_resource", "individual_declines", "awaiting_individual",
                                                       "staff_shortage"};
constexpr std::array<std::string_view, 3> kInterrupted = {"provider_ended", "individual_declines", "no_resource"};

// The last day of the quarter that a day is in.
Day quarter_end(Day day) {
  const auto date = civil(day);
  return add_months(day_of(date.year, (date.month - 1) / 3 * 3 + 1, 1), 3) - 1;
}

}  // namespace

void Simulation::note_granted(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  known_of(key).decisions.push_back(
      {help.decision, unit_for(child_of(key), matter), help.placement ? "placement" : "assistance", help.decided});
  known_of(key).proposals[help.proposal_known].granted = true;
  const Day first = quarter_end(add_months(help.decided, kNotGivenMonths));
  push_help(kFileNotGiven, work_moment(working_day_from(first + random_.between(4, 20))), key, matter);
}

void Simulation::note_given(CaseKey key, MatterKey matter, Day on) {
  const auto& help = help_of(key, matter);
  auto& granted = granted_of(key, help);
  granted.executed = std::min(granted.executed, on);
  granted.steps.push_back({on, known::Giving::kGiven});
  auto& proposal = known_of(key).proposals[help.proposal_known];
  proposal.help = help.placement ? "placement" : proposal.method;
}

void Simulation::execute(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  const auto heading = step_head(key, help.decision, matter, Law::kHelp);
  events::DecisionExecutedT body;
  body.executed_on = local_day(heading.occurred.at);
  note_given(key, matter, *body.executed_on);
  writer_.record(heading, body);
}

// For the quarter that has ended; forgotten now and then.
void Simulation::file_not_given(CaseKey key, MatterKey matter) {
  auto& help = help_of(key, matter);
  if (!help.id.is_nil() || help.terminated || help.filings++ == kMostFilings) return;
  push_help(kFileNotGiven, work_moment(working_day_from(quarter_end(today()) + random_.between(4, 20))), key, matter);
  if (!random_.chance(8000)) return;
  const auto reason = kNotGiven[random_.below(kNotGiven.size())];
  events::NonExecutionFiledT body;
  body.quarter_ends = quarter_end(add_months(today(), -kNotGivenMonths));
  body.reason_code = reason;
  const auto heading = step_head(key, help.decision, matter, Law::kHelp);
  granted_of(key, help).filings.push_back({*body.quarter_ends, reason, local_day(heading.occurred.at)});
  writer_.record(heading, body);
}

// Taken up again, or ended for good, while the help was still to go on.
void Simulation::interrupt(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  const auto heading = step_head(key, help.decision, matter, Law::kHelp);
  events::DecisionInterruptedT body;
  body.interrupted_on = local_day(heading.occurred.at);
  body.reason_code = kInterrupted[random_.below(kInterrupted.size())];
  granted_of(key, help).steps.push_back({*body.interrupted_on, known::Giving::kInterrupted});
  writer_.record(heading, body);
  const bool resumed = random_.chance(7000);
  push_help(resumed ? kResume : kTerminate, part_of(random_.between(40, 95), today(), help.ends), key, matter);
}

void Simulation::terminate(CaseKey key, MatterKey matter) {
  auto& help = help_of(key, matter);
  const WorkerKey leader = leader_for(child_of(key), matter);
  const auto heading = step_head(key, {}, matter, Law::kHelp);
  events::DecisionMadeT body;
  body.kind = "termination";
  body.favourable = false;
  body.law = "sol";
  body.authority_level = "team_leader";
  body.valid_from = local_day(heading.occurred.at);
  body.decider = workers_[leader].id;
  body.decides_on = {to_uuid(help.decision)};
  granted_of(key, help).steps.push_back({*body.valid_from, known::Giving::kTerminated});
  writer_.open(heading, body, "/reason_ref");
  help.terminated = true;
  if (help.running) end_help(key, matter);
}

}  // namespace minne::generate
