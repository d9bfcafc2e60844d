// Children who live away from home: by consent or by law, visited, reviewed, moved, and home again.
#include "server/generate_board.h"
#include "server/generate_words.h"

#include <algorithm>

namespace minne::generate {
namespace {

constexpr int kNotesAYear = 60;
constexpr std::array<std::string_view, 3> kDomains = {"school", "health", "dental"};
constexpr std::array<std::string_view, 3> kIndicators = {"attendance_pct", "health_check_done", "dental_check_done"};
constexpr std::array<std::string_view, 3> kSources = {"school", "health_care", "dental_care"};
constexpr std::array<std::string_view, 3> kMoveReasons = {"planned", "breakdown_home", "treatment_need"};
constexpr Day kBeforeEnd = 60;
constexpr std::array<std::string_view, 3> kVisitAreas = {"health", "schooling", "wishes"};

}  // namespace

void Simulation::begin_placement(CaseKey key, MatterKey matter, std::string_view law, const Head& at) {
  auto& child = child_of(key);
  auto& help = help_of(key, matter);
  help.homes = 1;
  events::PlacementStartedT body;
  body.form = kPlacementForms[help.form];
  body.law = law;
  body.executed_on = local_day(at.occurred.at);
  body.home_ref = "hem-" + std::to_string(random_.between(100, 999));
  body.provider_ref = "v-" + std::to_string(random_.between(1, 40));
  body.provider_kind = kProviders[help.provider];
  if (!help.decision.is_nil()) body.decision_id = std::make_unique<events::Uuid>(to_uuid(help.decision));
  if (!help.custody.is_nil()) body.custody_id = std::make_unique<events::Uuid>(to_uuid(help.custody));
  if (child.investigation.key() == help.investigation)
    body.investigation_id = std::make_unique<events::Uuid>(to_uuid(child.investigation.id));
  help.id = writer_.open(at, body);
  help.since = at.occurred;
  const bool planted = child.script != kNone;
  const bool brief = !help.by_law && random_.chance(3000);
  const int days = planted ? 200 : brief ? random_.between(40, 180) : random_.between(200, 1100);
  help.ends = working_day_from(today() + days);

  auto& file = known_of(key);
  help.known = static_cast<std::uint32_t>(file.placements.size());
  auto& kept = file.placements.emplace_back();
  kept.id = help.id;
  kept.unit = unit_for(child, matter);
  if (body.investigation_id != nullptr) kept.investigation = static_cast<std::uint32_t>(file.investigations.size() - 1);
  kept.spells.push_back({*body.executed_on, kPlacementForms[help.form], law, body.home_ref});
  if (!help.decision.is_nil()) note_given(key, matter, *body.executed_on);

  start_matter(key, matter, kNotesAYear);
  push_help(kAdoptCarePlan, working_days_later(random_.between(2, 25)), key, matter);
  push_help(kVisit, working_days_later(random_.between(10, 60)), key, matter);
  push_help(kReviewCare, working_days_later(random_.between(150, 176)), key, matter);
  push_help(kRecordStatus, working_days_later(random_.between(20, 120)), key, matter);
  if (random_.chance(2500)) push_help(kMoveHome, part_of(random_.between(10, 80), today(), help.ends), key, matter);
  if (planted && child.investigation.plan.to_law) push_help(kCareByLaw, working_days_later(90), key, matter);
  push_help(kEndHelp, work_moment(help.ends), key, matter);
  if (random_.chance(2500))
    push(Action::kAside, working_days_later(random_.between(5, 40)), key, matter,
         static_cast<std::uint32_t>(kStartSams));
}

void Simulation::end_placement(CaseKey key, MatterKey matter, std::string_view reason) {
  auto& help = help_of(key, matter);
  auto& file = known_of(key);
  if (file.placements[help.known].spells.back().law != "sol" && reason != "court") care_by_consent(key, matter);
  events::PlacementEndedT body;
  const auto heading = step_head(key, help.id, matter, Law::kPlace);
  body.reason = reason;
  body.to = "parents";
  body.ended_on = local_day(heading.occurred.at);
  file.placements[help.known].ended = *body.ended_on;
  writer_.record(heading, body);
  end_assignment(key, matter, "matter_closed", {});
  help.running = false;
}

// ---- By law --------------------------------------------------------------------------------------------------------

void Simulation::take_into_custody(CaseKey key) {
  auto& child = child_of(key);
  const auto& investigation = child.investigation;
  const int age = child.unborn ? 0 : age_on(child.birth, today());
  const bool placed =
      std::any_of(child.helps.begin(), child.helps.end(), [](const Help& one) { return one.placement && one.running; });
  if (child.unborn || age >= 18 || placed) return;
  record_parties(key);
  const auto matter = static_cast<MatterKey>(child.helps.size()) | kHelpBit;
  auto& help = child.helps.emplace_back();
  help.investigation = investigation.key();
  help.answered = true;
  help.placement = true;
  help.by_law = true;
  help.form = age < 13 || random_.chance(5000) ? kEmergencyHome : kResidentialCare;
  help.provider = static_cast<std::uint8_t>(random_.pick(kProviderWeights));
  const auto ordered = step_head(key, {}, investigation.key(), Law::kCustody);
  events::ImmediateCustodyOrderedT body;
  body.decided_on = local_day(ordered.occurred.at);
  body.by = "chair";
  body.ground = age >= 14 ? "lvu_3" : "lvu_2";
  body.law = "lvu_6";
  body.investigation_id = std::make_unique<events::Uuid>(to_uuid(investigation.id));
  help.custody = writer_.open(ordered, body);
  help.decided = *body.decided_on;
  known_of(key).coercion.push_back({help.decided});
  auto& custody = known_of(key).custodies.emplace_back();
  custody.id = help.custody;
  custody.decided = help.decided;
  events::CustodyExecutedT executed;
  const auto heading = step_head(key, help.custody, investigation.key(), Law::kCustody);
  executed.executed_on = local_day(heading.occurred.at);
  custody.executed = *executed.executed_on;
  writer_.record(heading, executed);
  begin_placement(key, matter, "lvu_6", step_head(key, {}, investigation.key(), Law::kPlace));
  // The week counts from the decision, executed or not (JO 9081-2020); now and then it is missed.
  const int days = investigation.plan.submit_after_days >= 0 ? investigation.plan.submit_after_days
                   : random_.chance(9700)                    ? random_.between(1, 5)
                                                             : random_.between(8, 10);
  push_help(kSubmitCustody, std::max(work_moment(today() + days), now_ + kHour), key, matter);
}

void Simulation::submit_custody(CaseKey key, MatterKey matter) {
  auto& help = help_of(key, matter);
  const auto heading = step_head(key, help.custody, matter, Law::kCustody);
  const Day submitted = local_day(heading.occurred.at);
  events::CustodySubmittedT body;
  body.submitted_on = submitted;
  body.received_by_court_on = submitted;
  find_known(known_of(key).custodies, help.custody).submitted = submitted;
  writer_.record(heading, body);
  help.lapsed = submitted > help.decided + 7;
  push_help(kCourtConfirms, working_days_later(random_.between(3, 7)), key, matter);
}

void Simulation::court_confirms(CaseKey key, MatterKey matter) {
  auto& help = help_of(key, matter);
  const bool confirmed = !help.lapsed && random_.chance(9200);
  const auto heading = step_head(key, help.custody, matter, Law::kCustody);
  events::CourtRuledT body;
  body.court = "administrative_court";
  body.case_no = std::to_string(random_.between(1000, 29'999)) + "-21";
  body.outcome = confirmed ? "confirmed" : "set_aside";
  body.ruled_on = local_day(heading.occurred.at);
  auto& custody = find_known(known_of(key).custodies, help.custody);
  custody.ruled = *body.ruled_on;
  if (!confirmed) custody.set_aside = *body.ruled_on;
  writer_.record(heading, body);
  if (confirmed) return push_help(kApplyForCare, working_days_later(random_.between(4, 11)), key, matter);
  events::CustodyCeasedT ceased;
  const auto at = step_head(key, help.custody, matter, Law::kCustody);
  ceased.why = "court";
  ceased.ceased_on = local_day(at.occurred.at);
  custody.ceased = *ceased.ceased_on;
  writer_.record(at, ceased);
  known_of(key).coercion.back().to = *ceased.ceased_on;
  end_placement(key, matter, "court");
}

void Simulation::apply_for_care(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  const auto heading = step_head(key, help.custody, matter, Law::kCare);
  events::CareApplicationFiledT body;
  body.filed_on = local_day(heading.occurred.at);
  find_known(known_of(key).custodies, help.custody).applied = *body.filed_on;
  body.ground = "lvu_2";
  writer_.record(heading, body);
  push_help(kCourtGrants, working_days_later(random_.between(35, 60)), key, matter);
}

// Written down once it is final.
void Simulation::court_grants(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  const auto heading = step_head(key, help.custody, matter, Law::kCare);
  const Day final_on = local_day(heading.occurred.at);
  events::CourtRuledT body;
  body.court = "administrative_court";
  body.case_no = std::to_string(random_.between(1000, 29'999)) + "-21";
  body.outcome = "granted";
  body.ruled_on = final_on - 21;
  body.final_on = final_on;
  writer_.record(heading, body);
  change_law(key, matter, "lvu_2", {});
  events::CustodyCeasedT ceased;
  const auto at = step_head(key, help.custody, matter, Law::kCare);
  ceased.why = "care_granted";
  ceased.ceased_on = local_day(at.occurred.at);
  find_known(known_of(key).custodies, help.custody).ceased = *ceased.ceased_on;
  writer_.record(at, ceased);
  known_of(key).coercion.back().to = *ceased.ceased_on;
  if (help.ends - today() > 300)
    push_help(kCareByConsent, part_of(random_.between(50, 85), today(), help.ends), key, matter);
}

// The home stays, the ground changes: one review clock ends and another begins.
void Simulation::change_law(CaseKey key, MatterKey matter, std::string_view to, const Id& decision) {
  const auto& help = help_of(key, matter);
  auto& spells = known_of(key).placements[help.known].spells;
  const auto heading = step_head(key, help.id, matter, to == "sol" ? Law::kPlace : Law::kCare);
  events::LegalBasisChangedT body;
  if (to != "sol") body.from = spells.back().law;  // the care by law has ended before it
  body.to = to;
  body.from_on = local_day(heading.occurred.at);
  if (!decision.is_nil()) body.decision_id = std::make_unique<events::Uuid>(to_uuid(decision));
  if (to != "sol" && !help.custody.is_nil()) body.custody_id = std::make_unique<events::Uuid>(to_uuid(help.custody));
  writer_.record(heading, body);
  spells.push_back({*body.from_on, spells.back().form, to, spells.back().home});
}

// The care by law ends, the child stays by consent.
void Simulation::care_by_consent(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  if (known_of(key).placements[help.known].spells.back().law == "sol") return;
  give_consent(key, help.id, matter, "placement");
  events::CareOrderEndedT ended;
  const auto heading = step_head(key, help.id, matter, Law::kCare);
  ended.reason = "consent_now";
  ended.ended_on = local_day(heading.occurred.at);
  known_of(key).placements[help.known].care_orders_ended.push_back(*ended.ended_on);
  writer_.record(heading, ended);
  change_law(key, matter, "sol", {});
}

// SoL to LVU in the same home: the family takes its consent back and the court grants care.
void Simulation::care_by_law(CaseKey key, MatterKey matter) {
  const auto& child = child_of(key);
  const auto& help = help_of(key, matter);
  events::ConsentWithdrawnT withdrawn;
  withdrawn.party = "guardian";
  withdrawn.party_ref = "g1";
  withdrawn.scope = "placement";
  withdrawn.reason_code = "changed_mind";
  writer_.record(step_head(key, help.proposal, matter, Law::kHelp), withdrawn);
  known_of(key).proposals[help.proposal_known].withdrawn = true;
  const WorkerKey leader = leader_for(child, matter);
  events::DecisionMadeT decision;
  decision.kind = "care_application";
  decision.favourable = false;
  decision.law = "lvu";
  decision.authority_level = "committee";
  decision.decider = workers_[leader].id;
  decision.decides_on = {to_uuid(help.id)};
  const Id decided = writer_.open(step_head(key, {}, matter, Law::kCare), decision, "/reason_ref");
  events::CourtRuledT ruled;
  ruled.court = "administrative_court";
  ruled.case_no = std::to_string(random_.between(1000, 29'999)) + "-22";
  ruled.outcome = "granted";
  const auto heading = step_head(key, decided, matter, Law::kCare);
  ruled.ruled_on = local_day(heading.occurred.at);
  ruled.final_on = ruled.ruled_on;
  writer_.record(heading, ruled);
  change_law(key, matter, "lvu_2", decided);
  known_of(key).judgments.push_back(
      {decided, *ruled.final_on, known_of(key).placements[help.known].spells.back().from});
}

// ---- While the child is placed -------------------------------------------------------------------------------------

void Simulation::visit(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  const auto heading = step_head(key, help.id, matter, Law::kFollowPlaced);
  events::PlacementVisitedT body;
  body.visit_on = local_day(heading.occurred.at);
  body.talked_alone = random_.chance(7200);
  for (const auto area : kVisitAreas) body.areas.emplace_back(area);
  body.talked_with = {"child", "carer"};
  known_of(key).placements[help.known].visits.push_back({*body.visit_on, *body.talked_alone});
  known_of(key).contacts.push_back(*body.visit_on);
  writer_.record(heading, body, "/content_ref");
  push_help(kVisit, working_days_later(random_.chance(8500) ? random_.between(55, 95) : random_.between(110, 200)), key,
            matter);
}

void Simulation::review_care(CaseKey key, MatterKey matter) {
  const auto& child = child_of(key);
  const auto& help = help_of(key, matter);
  const auto heading = step_head(key, help.id, matter, Law::kFollowPlaced);
  events::CareReviewedT body;
  body.kind = "care";
  body.outcome = "continues";
  body.reviewed_on = local_day(heading.occurred.at);
  body.decider = workers_[leader_for(child, matter)].id;
  auto& kept = known_of(key).placements[help.known];
  kept.reviews.push_back({*body.reviewed_on, kept.spells.size() - 1});
  writer_.record(heading, body, "/summary_ref");
  push_help(kReviewCare,
            working_days_later(random_.chance(9200) ? random_.between(150, 176) : random_.between(184, 230)), key,
            matter);
}

void Simulation::record_status(CaseKey key, MatterKey matter) {
  const auto& help = help_of(key, matter);
  const auto domain = random_.below(kDomains.size());
  const auto heading = step_head(key, help.id, matter, Law::kFollowPlaced);
  events::PlacedChildStatusRecordedT body;
  body.domain = kDomains[domain];
  body.indicator = kIndicators[domain];
  if (domain == 0) {
    body.value = random_.between(40, 100);
    body.phase = help.ends - today() <= kBeforeEnd ? "before_end" : "during";
  } else {
    body.finding = random_.chance(7500) ? "yes" : "no";
  }
  body.measured_on = local_day(heading.occurred.at);
  body.source = kSources[domain];
  known_of(key).statuses.push_back({help.id, kDomains[domain],
                                    domain != 0              ? ""
                                    : body.phase == "during" ? "during"
                                                             : "before_end",
                                    *body.measured_on});
  writer_.record(heading, body);
  push_help(kRecordStatus, working_days_later(random_.between(90, 400)), key, matter);
}

void Simulation::move_home(CaseKey key, MatterKey matter) {
  const auto& child = child_of(key);
  auto& help = help_of(key, matter);
  auto& spells = known_of(key).placements[help.known].spells;
  help.form = help.form == kEmergencyHome ? std::uint8_t{0} : draw_placement(random_, age_on(child.birth, today()));
  if (spells.back().law == "sol" && spells.size() == 1) {
    // The consent that was given holds for the new home too, where it is of the same kind; else it is asked for anew.
    give_consent(key, help.id, matter, "placement");
  }
  const auto heading = step_head(key, help.id, matter, Law::kPlace);
  events::PlacementMovedT body;
  body.form = kPlacementForms[help.form];
  body.home_ref = "hem-" + std::to_string(random_.between(100, 999));
  body.provider_ref = "v-" + std::to_string(random_.between(1, 40));
  body.provider_kind = kProviders[help.provider];
  body.reason = kMoveReasons[random_.below(kMoveReasons.size())];
  body.moved_on = local_day(heading.occurred.at);
  writer_.record(heading, body);
  spells.push_back({*body.moved_on, kPlacementForms[help.form], spells.back().law, body.home_ref, true});
  ++help.homes;
}

}  // namespace minne::generate
