// Work with others around one child: collaborations with school and police, coordinated plans (SIP), plans of care, and
// what was promised.
#include "server/generate_board.h"

namespace minne::generate {
namespace {

constexpr int kAdult = 18;
constexpr int kOwnVoice = 12;
constexpr int kRattKurvaTo = 15;
constexpr std::array<std::string_view, 4> kKinds = {"sspf", "sig", "bob", "ratt_kurva"};
constexpr std::array<std::uint16_t, 4> kKindWeights = {45, 30, 10, 15};
constexpr std::array<std::string_view, 5> kGoalStates = {"met", "partly_met", "missed", "dropped", "open"};
constexpr std::array<std::uint16_t, 5> kGoalStateWeights = {35, 30, 15, 10, 10};
constexpr std::array<std::string_view, 3> kSipPoints = {"interventions", "responsibilities", "others_measures"};

}  // namespace

// ---- Collaborations ------------------------------------------------------------------------------------------------

// Every guardian says yes, and a child old enough to be asked; the answer names the last guardian's consent.
Id Simulation::consent_to_collaboration(CaseKey key, MatterKey actors) {
  record_parties(key);
  const auto& child = child_of(key);
  events::ConsentGivenT consent;
  consent.party = "guardian";
  consent.scope = "collaboration";
  consent.form = "written";
  Id given;
  for (std::uint8_t i = 1; i <= child.guardians; ++i) {
    consent.party_ref = "g" + std::to_string(i);
    given = writer_.record(step_head(key, child.investigation.id, actors, Law::kPrevent), consent);
  }
  if (age_on(child.birth, today()) >= kOwnVoice) {
    consent.party = "child";
    consent.party_ref.clear();
    writer_.record(step_head(key, child.investigation.id, actors, Law::kPrevent), consent);
  }
  return given;
}

void Simulation::start_collaboration(CaseKey key, MatterKey actors, std::string_view kind, const Id& consent) {
  auto& child = child_of(key);
  events::CollaborationStartedT body;
  body.kind = kind;
  body.parties = {"social_services", "school"};
  if (kind != "sams") body.parties.insert(body.parties.end(), {"police", "leisure"});
  if (!consent.is_nil()) body.consent_id = std::make_unique<events::Uuid>(to_uuid(consent));
  body.selected_by = kind == "ratt_kurva" ? "police" : "social_services";
  const auto heading = step_head(key, {}, actors, Law::kPrevent);
  const auto aside = static_cast<MatterKey>(child.asides.size());
  child.asides.push_back(writer_.open(heading, body));
  for (auto& one : known_of(key).collaborations) {  // a new yes in the matter is the last word for all of them
    if (!consent.is_nil() && one.agreed_in == child.investigation.id && one.consent == "withdrawn")
      one.consent = "given";
  }
  known_of(key).collaborations.push_back({child.asides.back(), child.investigation.id, unit_for(child, actors), kind,
                                          consent.is_nil() ? "none" : "given", local_day(heading.occurred.at)});
  const auto later = [&](AsideStep step, int days) {
    push(Action::kAside, working_days_later(days), key, aside, static_cast<std::uint32_t>(step));
  };
  const int meetings = random_.between(1, 8);
  for (int i = 1; i <= meetings; ++i) later(kMeetPartners, 30 * i + random_.between(-6, 6));
  const int end = 30 * meetings + random_.between(40, 120);
  if (!consent.is_nil() && random_.chance(2500)) later(kWithdrawFromPartners, end - random_.between(10, 30));
  later(kEndCollaboration, end);
}

void Simulation::agree_on_collaboration(CaseKey key) {
  const auto& child = child_of(key);
  const int age = child.unborn ? 0 : age_on(child.birth, today());
  if (age < 10 || age >= kAdult) return;
  auto kind = kKinds[random_.pick(kKindWeights)];
  if (kind == "ratt_kurva" && age > kRattKurvaTo) kind = "sspf";
  if (kind == "sig" && age < kOwnVoice) kind = "sspf";
  const auto actors = child.investigation.key();
  const Id consent = consent_to_collaboration(key, actors);
  start_collaboration(key, actors, kind, consent);
}

// How school went on before a placement, with or without the family's word that it may be asked.
void Simulation::start_sams(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  if (!help.running || age_on(child_of(key).birth, today()) >= kAdult) return;
  events::PlacedChildStatusRecordedT before;
  before.domain = "school";
  before.indicator = "attendance_pct";
  before.value = random_.between(40, 100);
  before.phase = "before";
  before.source = "school";
  const auto heading = step_head(key, help.id, matter, Law::kFollowPlaced);
  before.measured_on = local_day(heading.occurred.at);
  writer_.record(heading, before);
  known_of(key).statuses.push_back({help.id, "school", "before", *before.measured_on});
  const bool asked = random_.chance(7500);
  const Id consent = asked ? consent_to_collaboration(key, matter) : Id{};
  start_collaboration(key, matter, "sams", consent);
}

void Simulation::meet_partners(CaseKey key, std::uint32_t collaboration) {
  const auto heading = own_head(key, collaboration, Law::kPrevent);
  events::CollaborationMetT body;
  body.parties = {"social_services", "school", "police"};
  body.met_on = local_day(heading.occurred.at);
  find_known(known_of(key).collaborations, child_of(key).asides[collaboration]).met = *body.met_on;
  writer_.record(heading, body, "/content_ref");
}

void Simulation::withdraw_from_partners(CaseKey key, std::uint32_t collaboration) {
  const auto& child = child_of(key);
  const auto& kept = find_known(known_of(key).collaborations, child.asides[collaboration]);
  if (kept.consent == "withdrawn") return;
  events::ConsentWithdrawnT body;
  body.party = "guardian";
  body.party_ref = "g" + std::to_string(child.guardians);
  body.scope = "collaboration";
  body.reason_code = "changed_mind";
  writer_.record(step_head(key, kept.agreed_in, kInvestigationBit, Law::kPrevent), body);
  const Id matter = kept.agreed_in;  // all that rests on what was said in it
  for (auto& one : known_of(key).collaborations) {
    if (one.agreed_in == matter && one.consent == "given") one.consent = "withdrawn";
  }
}

void Simulation::end_collaboration(CaseKey key, std::uint32_t collaboration) {
  auto& kept = find_known(known_of(key).collaborations, child_of(key).asides[collaboration]);
  events::CollaborationEndedT body;
  body.reason = kept.consent == "withdrawn" ? "consent_withdrawn" : random_.chance(7500) ? "goals_met" : "no_effect";
  const auto heading = own_head(key, collaboration, Law::kPrevent);
  body.ended_on = local_day(heading.occurred.at);
  kept.ended = *body.ended_on;
  writer_.record(heading, body);
}

// ---- SIP -----------------------------------------------------------------------------------------------------------

void Simulation::offer_sip(CaseKey key) {
  const auto& child = child_of(key);
  if (child.unborn || age_on(child.birth, today()) >= kAdult) return;
  record_parties(key);
  if (!random_.chance(3500)) return answer_sip(key);
  write_sip_answer(key, "pending");
  push(Action::kInquire, working_days_later(random_.between(5, 25)), key, child.investigation.key(), kAnswerSip);
}

void Simulation::answer_sip(CaseKey key) {
  const auto investigation = child_of(key).investigation.key();
  const bool accepted = random_.chance(7000);
  if (accepted) give_consent(key, child_of(key).investigation.id, investigation, "plan");
  write_sip_answer(key, accepted ? "accepted" : "declined");
  if (accepted && random_.chance(8500))
    push(Action::kAside, working_days_later(random_.between(3, 30)), key, investigation, kAdoptSip);
}

// An answer to what was offered before, or to an offer made at once.
void Simulation::write_sip_answer(CaseKey key, std::string_view answer) {
  const auto& child = child_of(key);
  const auto investigation = child.investigation.key();
  events::PlanOfferedT body;
  body.kind = "sip";
  body.answer = answer;
  body.by = "guardian";
  body.party_ref = "g1";
  if (answer == "declined") body.reason_code = "no_need_felt";
  const auto heading = step_head(key, child.investigation.id, investigation, Law::kSip);
  auto& offers = known_of(key).plan_offers;
  const bool waiting =
      !offers.empty() && offers.back().investigation == child.investigation.id && offers.back().answer == "pending";
  if (waiting) {
    offers.back().answer = answer;
  } else {
    offers.push_back({child.investigation.id, unit_for(child, investigation), local_day(heading.occurred.at), answer});
  }
  if (answer == "accepted") offers.back().accepted = local_day(heading.occurred.at);
  writer_.record(heading, body);
}

void Simulation::adopt_sip(CaseKey key, MatterKey investigation) {
  const auto& child = child_of(key);
  events::PlanAdoptedT body;
  body.kind = "sip";
  body.parties = {"child", "guardian", "region", "school"};
  body.follow_up_on = today() + 90;
  known::Plan kept;
  for (const auto point : kSipPoints) {
    if (random_.chance(9000)) {
      body.sip_points.emplace_back(point);
    } else {
      kept.lacks.push_back(point);
    }
  }
  if (random_.chance(9500)) {
    body.sip_lead = "region";
  } else {
    kept.lacks.emplace_back("lead");
  }
  auto& goal = body.goals.emplace_back(std::make_unique<events::GoalT>());
  goal->goal = "s1";
  goal->horizon = "short";
  goal->state = "open";
  if (random_.chance(8000)) goal->due = today() + random_.between(60, 365);
  kept.goals = {{"short", "open", goal->due.value_or(known::kNever)}};
  if (child.investigation.key() == investigation) {
    body.made_for = {to_uuid(child.investigation.id)};
    kept.made_for = child.investigation.id;
  }
  const auto heading = step_head(key, {}, kInvestigationBit, Law::kSip);
  kept.unit = unit_for(child, kInvestigationBit);
  kept.kind = "sip";
  kept.on = local_day(heading.occurred.at);
  kept.id = writer_.open(heading, body, "/sip_interventions_text");
  known_of(key).plans.push_back(std::move(kept));
}

// ---- Plans of care -------------------------------------------------------------------------------------------------

void Simulation::adopt_care_plan(CaseKey key, MatterKey matter) {
  auto& help = help_of(key, matter);
  events::PlanAdoptedT body;
  body.kind = "care_plan";
  auto& goal = body.goals.emplace_back(std::make_unique<events::GoalT>());
  goal->goal = "v1";
  goal->area = "education";
  goal->horizon = "long";
  goal->due = today() + 365;
  goal->state = "open";
  body.parties = {"child", "guardian", "carer"};
  body.follow_up_on = today() + 180;
  body.made_for = {to_uuid(help.id)};
  const auto heading = step_head(key, {}, matter, Law::kPlan);
  help.plan = writer_.open(heading, body, "/goals_text");
  known_of(key).plans.push_back({help.plan,
                                 unit_for(child_of(key), matter),
                                 "care_plan",
                                 local_day(heading.occurred.at),
                                 {},
                                 {{"long", "open", *goal->due}}});
  const bool soon = random_.chance(3000);
  if (soon && help.ends - today() > 200)
    push_help(kReviseCarePlan, working_days_later(random_.between(90, 180)), key, matter);
  if (help.ends - today() > 700 && random_.chance(8000))
    push_help(kReviseCarePlan, working_days_later(random_.between(600, 690)), key, matter);
}

// Now and then it names no goals, and those of before stand.
void Simulation::revise_care_plan(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  events::PlanRevisedT body;
  if (random_.chance(9000)) {
    const auto state = kGoalStates[random_.pick(kGoalStateWeights)];
    auto& goal = body.goals.emplace_back(std::make_unique<events::GoalT>());
    goal->goal = "v1";
    goal->area = "education";
    goal->horizon = "long";
    goal->state = state;
    for (auto& plan : known_of(key).plans) {
      if (plan.id == help.plan) plan.goals = {{"long", state}};
    }
  }
  body.parties = {"child", "guardian"};
  body.made_for = {to_uuid(help.id)};
  body.long_term_housing = true;
  writer_.record(step_head(key, help.plan, matter, Law::kPlan), body, "/goals_text");
}

// ---- Promises ------------------------------------------------------------------------------------------------------

void Simulation::promise(CaseKey key) {
  auto& child = child_of(key);
  const auto& investigation = child.investigation;
  const Day due = working_day_from(today() + random_.between(7, 30));
  events::CommitmentMadeT body;
  const std::string_view to = random_.chance(5000) ? "child" : "guardian";
  body.to = to;
  if (random_.chance(9500)) body.due = due;
  const auto aside = static_cast<MatterKey>(child.asides.size());
  const auto heading = step_head(key, {}, investigation.key(), Law::kDocument);
  child.asides.push_back(writer_.open(heading, body, "/commitment_text"));
  known_of(key).promises.push_back({child.asides.back(), unit_for(child, investigation.key()), to,
                                    local_day(heading.occurred.at), body.due.value_or(known::kNever)});
  const auto kept = random_.below(100);
  if (kept >= 85) return;
  const Day on =
      kept < 75 ? working_day_before(due - random_.between(0, 3)) : working_day_from(due + random_.between(1, 9));
  push(Action::kAside, std::max(work_moment(on), now_ + kHour), key, aside, kKeepPromise);
}

void Simulation::keep_promise(CaseKey key, std::uint32_t promise) {
  events::CommitmentKeptT body;
  const auto heading = own_head(key, promise, Law::kDocument);
  body.kept_on = local_day(heading.occurred.at);
  find_known(known_of(key).promises, child_of(key).asides[promise]).kept = *body.kept_on;
  writer_.record(heading, body, "/note_ref");
}

}  // namespace minne::generate
