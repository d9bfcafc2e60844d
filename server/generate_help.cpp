// Help from offer to end: the answer, the decision, the wait, what is measured, and the follow-up after a no.
#include "server/generate_board.h"
#include "server/generate_words.h"

#include <algorithm>

namespace minne::generate {
namespace {

constexpr std::array<std::string_view, 5> kDeclineReasons = {"no_need_felt", "other_help", "distrust", "practical",
                                                             "changed_mind"};
constexpr std::array<std::string_view, 4> kNoFollowUp = {"no_special_need", "family_opposes", "no_time", "not_known"};
constexpr std::array<std::uint16_t, 4> kNoFollowUpWeights = {40, 20, 20, 20};
constexpr std::array<std::string_view, 4> kEndReasons = {"completed", "dropout", "child_declines", "moved"};
constexpr std::array<std::uint16_t, 4> kEndWeights = {66, 18, 9, 7};
constexpr std::array<std::string_view, 4> kGoals = {"met", "partly_met", "not_met", "not_assessed"};
constexpr std::array<std::uint16_t, 4> kGoalWeights = {34, 26, 15, 25};
constexpr int kFollowUpMonths = 6;  // SoL 23:5
constexpr int kNotesAYear = 32;

Day new_law_day() { return day_of(2025, 7, 1); }

}  // namespace

void Simulation::help(const Item& item) {
  const auto key = item.child;
  const auto matter = item.matter;
  switch (static_cast<HelpStep>(item.extra)) {
    case kAnswer:
      return answer_offer(key, matter);
    case kGrant:
      return grant(key, matter);
    case kBegin:
      return begin_help(key, matter);
    case kFileNotGiven:
      return file_not_given(key, matter);
    case kTerminate:
      return terminate(key, matter);
    case kDecideFollowUp:
      return decide_follow_up(key, matter);
    case kFollowUpContact:
      return follow_up_contact(key, matter);
    case kFollowUpEnd:
      return end_follow_up(key, matter, "done");
    default:
      break;
  }
  if (!help_of(key, matter).running) return;
  switch (static_cast<HelpStep>(item.extra)) {
    case kMeasure:
      return measure(key, matter, "during");
    case kReviewMethod:
      return review_method(key, matter);
    case kInterrupt:
      return interrupt(key, matter);
    case kResume:
      return execute(key, matter);
    case kEndHelp:
      return end_help(key, matter);
    case kVisit:
      return visit(key, matter);
    case kReviewCare:
      return review_care(key, matter);
    case kRecordStatus:
      return record_status(key, matter);
    case kMoveHome:
      return move_home(key, matter);
    case kAdoptCarePlan:
      return adopt_care_plan(key, matter);
    case kReviseCarePlan:
      return revise_care_plan(key, matter);
    case kSubmitCustody:
      return submit_custody(key, matter);
    case kCourtConfirms:
      return court_confirms(key, matter);
    case kApplyForCare:
      return apply_for_care(key, matter);
    case kCourtGrants:
      return court_grants(key, matter);
    case kCareByConsent:
      return care_by_consent(key, matter);
    case kCareByLaw:
      return care_by_law(key, matter);
    default:
      return;
  }
}

// ---- The answer and the decision -----------------------------------------------------------------------------------

void Simulation::answer_offer(CaseKey key, MatterKey matter) {
  auto& child = child_of(key);
  auto& help = help_of(key, matter);
  if (help.answered) return;
  help.answered = true;
  help.declined = child.investigation.plan.decline;
  auto& kept = known_of(key).proposals[help.proposal_known];
  if (!help.declined) {
    give_consent(key, help.proposal, help.investigation, help.placement ? "placement" : "intervention");
    kept.consented = true;
    return;
  }
  const int age = age_on(child.birth, today());
  events::InterventionDeclinedT body;
  body.by = age >= 18 || (age >= 15 && random_.chance(4000)) ? "child" : "guardian";
  if (body.by == "guardian" && child.guardians > 0) body.party_ref = "g1";
  body.reason_code = kDeclineReasons[random_.below(kDeclineReasons.size())];
  help.decline = writer_.record(step_head(key, help.proposal, help.investigation, Law::kHelp), body, "/reason_text");
  kept.declined = true;
}

void Simulation::grant(CaseKey key, MatterKey matter) {
  auto& child = child_of(key);
  auto& help = help_of(key, matter);
  const WorkerKey leader = leader_for(child, matter);
  events::DecisionMadeT body;
  body.kind = help.placement ? "placement" : "assistance";
  body.favourable = true;
  body.law = "sol";
  body.authority_level = help.placement ? "committee" : "team_leader";
  body.valid_from = today();
  body.decider = workers_[leader].id;
  body.decides_on = {to_uuid(help.proposal)};
  const auto heading = step_head(key, {}, matter, help.placement ? Law::kPlace : Law::kHelp);
  help.decision = writer_.open(heading, body, "/reason_ref");
  help.decided = local_day(heading.occurred.at);
  events::DecisionServedT served;
  served.party = child.guardians > 0 ? "guardian" : "child";
  if (child.guardians > 0) served.party_ref = "g1";
  served.served_on = help.decided;
  served.how = random_.chance(6000) ? "digital" : "letter";
  writer_.record(step_head(key, help.decision, matter, Law::kServe), served);

  note_granted(key, matter);
  const bool waits = !help.placement && random_.chance(options_.stress == BoardStress::kOverload ? 6500 : 2500);
  if (waits) wait_in_queue(key, matter);
  if (child.script == kNone && random_.chance(300)) {  // granted, and never given
    if (random_.chance(5000)) push_help(kTerminate, working_days_later(random_.between(60, 300)), key, matter);
    return;
  }
  push_help(kBegin,
            working_days_later(help.placement ? random_.between(0, 14)
                               : waits        ? random_.between(30, 140)
                                              : random_.between(4, 45)),
            key, matter);
}

void Simulation::wait_in_queue(CaseKey key, MatterKey matter) {
  const auto& child = child_of(key);
  auto& help = help_of(key, matter);
  const std::string_view queue = help.form >= kContactForms ? "contact_person" : "family_treatment";
  events::QueueEnteredT entry;
  entry.queue = queue;
  entry.waiting_id = std::make_unique<events::Uuid>(to_uuid(help.decision));
  entry.unit = units_[unit_for(child, matter)].name;
  const auto at = step_head(key, {}, matter, Law::kDocument);
  help.queue = writer_.open(at, entry);
  auto& wait = known_of(key).waits.emplace_back();
  wait.entry = help.queue;
  wait.matter = help.decision;
  wait.investigation = known::kNobody;
  wait.unit = unit_for(child, matter);
  wait.queue = queue;
  wait.at = at.occurred.at;
  wait.from = local_day(at.occurred.at);
}

void Simulation::begin_help(CaseKey key, MatterKey matter) {
  auto& child = child_of(key);
  auto& help = help_of(key, matter);
  const bool placed =
      std::any_of(child.helps.begin(), child.helps.end(), [](const Help& one) { return one.placement && one.running; });
  if (help.placement && placed) return;  // taken care of in another way meanwhile
  if (!help.queue.is_nil()) {
    events::QueueLeftT left;
    left.reason = "served";
    const auto heading = step_head(key, help.queue, matter, Law::kDocument);
    for (auto& wait : known_of(key).waits) {
      if (wait.entry != help.queue) continue;
      wait.to = local_day(heading.occurred.at);
      wait.left_reason = "served";
    }
    writer_.record(heading, left);
  }
  const auto at = step_head(key, {}, matter, help.placement ? Law::kPlace : Law::kHelp);
  if (help.placement) {
    begin_placement(key, matter, "sol", at);
  } else {
    begin_intervention(key, matter);
  }
  execute(key, matter);
}

// ---- Open care -----------------------------------------------------------------------------------------------------

void Simulation::begin_intervention(CaseKey key, MatterKey matter) {
  auto& child = child_of(key);
  auto& help = help_of(key, matter);
  events::InterventionStartedT body;
  body.decision_id = std::make_unique<events::Uuid>(to_uuid(help.decision));
  body.proposal_id = std::make_unique<events::Uuid>(to_uuid(help.proposal));
  body.method = kMethods[help.method].code;
  body.components = {"parent_training"};
  body.form = kForms[help.form];
  body.provider_ref = "u-" + std::to_string(100 * (help.provider + 1) + random_.between(1, 12));
  body.provider_kind = kProviders[help.provider];
  body.prevention_level = "indicated";
  auto& goal = body.goals.emplace_back(std::make_unique<events::GoalT>());
  goal->goal = "m1";
  goal->horizon = random_.chance(6000) ? "short" : "long";
  goal->due = today() + 180;
  goal->state = "open";
  const auto heading = step_head(key, {}, matter, Law::kHelp);
  help.id = writer_.open(heading, body, "/goals_text");
  help.since = heading.occurred;
  help.ends = working_day_from(today() + random_.between(45, 420));

  auto& file = known_of(key);
  help.known = static_cast<std::uint32_t>(file.interventions.size());
  auto& kept = file.interventions.emplace_back();
  kept.id = help.id;
  kept.unit = unit_for(child, matter);
  kept.method = kMethods[help.method].code;
  kept.provider_kind = kProviders[help.provider];
  kept.provider = body.provider_ref;
  kept.started = local_day(heading.occurred.at);
  kept.executed = true;
  file.proposals[help.proposal_known].provider_kind = kept.provider_kind;
  file.proposals[help.proposal_known].provider = kept.provider;
  note_given(key, matter, kept.started);

  start_matter(key, matter, kNotesAYear);
  const auto measured = random_.below(100);
  if (measured < 28) measure(key, matter, "baseline");
  if (measured < 10) push_help(kMeasure, part_of(random_.between(60, 95), today(), help.ends), key, matter);
  if (random_.chance(800)) push_help(kReviewMethod, part_of(random_.between(20, 90), today(), help.ends), key, matter);
  if (help.ends - today() > 200 && random_.chance(600))
    push_help(kInterrupt, part_of(random_.between(15, 35), today(), help.ends), key, matter);
  push_help(kEndHelp, work_moment(help.ends), key, matter);
}

void Simulation::start_matter(CaseKey key, MatterKey matter, int notes_a_year) {
  auto& help = help_of(key, matter);
  help.running = true;
  known_of(key).help_ids[matter] = help.id;
  push(Action::kAssign, working_days_later(random_.between(0, 3)), key, matter);
  const int notes = (help.ends - today()) * notes_a_year / 365;
  if (notes > 0) queue_notes(key, matter, static_cast<std::uint32_t>(notes), help.ends);
}

void Simulation::measure(CaseKey key, MatterKey matter, std::string_view point) {
  const auto& help = help_of(key, matter);
  events::OutcomeMeasuredT body;
  body.point = point;
  body.instrument = "sdq";
  auto& total = body.values.emplace_back(std::make_unique<events::ScoreT>());
  total->item = "total";
  total->value = random_.between(6, 26);
  const auto heading = step_head(key, help.id, matter, Law::kHelp);
  body.measured_on = local_day(heading.occurred.at);
  body.informants = {"guardian"};
  ++known_of(key).interventions[help.known].measurements;
  writer_.record(heading, body);
}

void Simulation::review_method(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  events::FidelityReviewedT body;
  body.method = kMethods[help.method].code;
  body.components_delivered = {"parent_training"};
  body.level = random_.chance(7000) ? "acceptable" : "low";
  const auto heading = step_head(key, help.id, matter, Law::kHelp);
  body.reviewed_on = local_day(heading.occurred.at);
  known_of(key).interventions[help.known].reviewed = true;
  writer_.record(heading, body);
}

void Simulation::end_help(CaseKey key, MatterKey matter) {
  auto& help = help_of(key, matter);
  if (help.placement) return end_placement(key, matter, random_.chance(5500) ? "goals_met" : "home_again");
  const auto goal = random_.pick(kGoalWeights);
  events::InterventionEndedT body;
  body.reason = kEndReasons[random_.pick(kEndWeights)];
  body.goal_attainment = kGoals[goal];
  const auto heading = step_head(key, help.id, matter, Law::kHelp);
  body.ended_on = local_day(heading.occurred.at);
  auto& kept = known_of(key).interventions[help.known];
  kept.ended = *body.ended_on;
  kept.goal = kGoals[goal];
  writer_.record(heading, body);
  end_assignment(key, matter, "matter_closed", {});
  help.running = false;
}

// ---- After a no ----------------------------------------------------------------------------------------------------

void Simulation::decide_follow_up(CaseKey key, MatterKey matter) {
  auto& child = child_of(key);
  auto& help = help_of(key, matter);
  const auto& investigation = child.investigation;
  if (investigation.key() != help.investigation) return;  // another has been opened: nothing is left to decide
  auto& file = known_of(key);
  const WorkerKey leader = leader_for(child, help.investigation);
  if (investigation.plan.follow_up == FollowUp::kNotDecided) {
    const auto reason = random_.pick(kNoFollowUpWeights);
    events::FollowUpNotDecidedT body;
    body.reason_code = kNoFollowUp[reason];
    body.decider = workers_[leader].id;
    file.investigations.back().no_follow_up = kNoFollowUp[reason];
    const auto heading = step_head(key, investigation.id, help.investigation, Law::kFollowUp);
    file.investigations.back().considered = local_day(heading.occurred.at);
    writer_.record(heading, body);
    return;
  }
  const auto heading = step_head(key, {}, help.investigation, Law::kFollowUp);
  const Day decided = local_day(heading.occurred.at);
  help.end_by = add_months(child.last_concluded, kFollowUpMonths);
  events::FollowUpDecidedT body;
  body.basis_ids = {to_uuid(investigation.id), to_uuid(help.proposal), to_uuid(help.decline)};
  body.law = decided >= new_law_day() ? "sol_23_1" : "sol_11_4a";
  body.consent = false;
  body.counts_from = child.last_concluded;
  body.end_by = help.end_by;
  body.decider = workers_[leader].id;
  help.follow_up = writer_.open(heading, body);
  file.follow_ups.push_back({help.follow_up, static_cast<std::uint32_t>(file.investigations.size() - 1), decided});
  help.known = static_cast<std::uint32_t>(file.follow_ups.size() - 1);
  if (random_.chance(8000)) push_help(kFollowUpContact, working_days_later(random_.between(40, 75)), key, matter);
  push_help(kFollowUpEnd, std::max(work_moment(working_day_before(help.end_by - random_.between(0, 40))), now_ + kHour),
            key, matter);
}

void Simulation::follow_up_contact(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  if (help.follow_up.is_nil()) return;
  events::FollowUpContactT body;
  body.with = random_.chance(5000) ? "child" : "guardian";
  body.form = "meeting";
  const auto heading = step_head(key, help.follow_up, help.investigation, Law::kFollowUp);
  auto& kept = known_of(key).follow_ups[help.known];
  kept.checked = std::min(kept.checked, local_day(heading.occurred.at));
  known_of(key).contacts.push_back(local_day(heading.occurred.at));
  writer_.record(heading, body, "/content_ref");
}

void Simulation::end_follow_up(CaseKey key, MatterKey matter, std::string_view reason) {
  auto& help = help_of(key, matter);
  if (help.follow_up.is_nil()) return;
  events::FollowUpEndedT body;
  const auto heading = step_head(key, help.follow_up, help.investigation, Law::kFollowUp);
  body.reason = reason;
  body.ended_on = local_day(heading.occurred.at);
  known_of(key).follow_ups[help.known].ended = *body.ended_on;
  writer_.record(heading, body);
  help.follow_up = {};
}

// A new investigation ends it (SoL 23:5).
void Simulation::end_follow_ups(CaseKey key) {
  for (std::size_t i = 0; i < child_of(key).helps.size(); ++i)
    end_follow_up(key, static_cast<MatterKey>(i) | kHelpBit, "new_investigation");
}

}  // namespace minne::generate
