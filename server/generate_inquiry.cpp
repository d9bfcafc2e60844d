// What happens inside an investigation: whom it asks, the child's voice, instruments, need, what is offered, and the
// queue for more hands.
#include "server/generate_board.h"
#include "server/generate_words.h"

#include <algorithm>

namespace minne::generate {
namespace {

constexpr int kAdult = 18;
constexpr int kOwnVoice = 12;  // from here on the child's own consent is asked for too (SoL 21:1)
constexpr std::array<std::string_view, 5> kSources = {"school", "health_care", "social_services", "police",
                                                      "preschool"};
constexpr std::array<std::string_view, 5> kItems = {"school_attendance", "health_record", "earlier_files",
                                                    "police_record", "statement"};
constexpr std::array<std::uint16_t, 5> kSourceWeights = {40, 25, 12, 13, 10};
constexpr std::array<std::string_view, 4> kNotHeard = {"too_young", "child_declines", "guardian_prevents",
                                                       "unreachable"};
constexpr std::array<std::uint16_t, 4> kNotHeardWeights = {50, 22, 18, 10};
constexpr std::array<std::string_view, 5> kNotUsed = {"no_certified_assessor", "no_time", "not_suited", "not_known",
                                                      "family_declines"};
constexpr std::array<std::uint16_t, 5> kNotUsedWeights = {30, 34, 14, 14, 8};
constexpr std::array<std::string_view, 3> kLevels = {"low", "moderate", "high"};
constexpr std::array<std::uint16_t, 3> kLevelWeights = {40, 42, 18};
constexpr std::array<std::string_view, 4> kNeeds = {"low", "medium", "high", "acute"};
constexpr std::array<std::uint16_t, 4> kNeedWeights = {22, 48, 26, 4};
constexpr std::array<std::string_view, 6> kAreas = {"safety",    "basic_care", "emotions_behaviour",
                                                    "education", "health",     "family_situation"};

}  // namespace

Micros Simulation::part_of(int per_cent, Day from, Day to) {
  const Day day = working_day_from(from + (to - from) * per_cent / 100);
  const Micros soonest = now_ + random_.between(20, 90) * kMinute;
  return std::max(work_moment(day), soonest);
}

// The steps of a case do not overtake each other.
Head Simulation::step_head(CaseKey key, const Id& matter, MatterKey actors, Law law) {
  auto& child = child_of(key);
  const Micros earlier = now_ - random_.between(0, 40) * kMinute;
  const auto state = matter_of(child, actors);
  child.last_step = std::max({earlier, child.last_step, state.since});
  // What was done in an investigation was done before it ended.
  if (state.open && (actors & kInvestigationBit) != 0) child.last_legal = std::max(child.last_legal, child.last_step);
  return head(child, matter, {child.last_step, false}, actor_for(child, actors), law);
}

void Simulation::plan_inquiry(CaseKey key) {
  const auto& child = child_of(key);
  const auto& investigation = child.investigation;
  const auto matter = investigation.key();
  const Day from = today();
  const Day to = std::max(investigation.planned, from + 6);
  const auto at = [&](InquiryStep step, int per_cent) {
    push(Action::kInquire, part_of(per_cent, from, to), key, matter, static_cast<std::uint32_t>(step));
  };
  at(kPlanInquiry, random_.between(1, 9));
  if (child.unborn) return;
  for (int i = random_.between(1, 3); i > 0; --i) at(kRequestInformation, random_.between(8, 45));
  if (random_.chance(8500)) at(kHearChild, random_.between(20, 75));
  at(kUseInstrument, random_.between(35, 70));
  at(kAssessNeeds, random_.between(76, 84));
  if (investigation.plan.offer) at(kOfferHelp, random_.between(86, 92));
  if (investigation.plan.queue) at(kEnterQueue, random_.between(15, 50));
  const bool by_law = investigation.plan.by_law && age_on(child.birth, from) < kAdult;
  if (by_law && investigation.plan.submit_after_days < 0) at(kTakeIntoCustody, random_.between(20, 60));
  if (by_law && investigation.plan.submit_after_days >= 0) {
    Day tuesday = from + 8;
    while (weekday(tuesday) != 1 || !is_working_day(tuesday) || !is_working_day(tuesday + 8)) ++tuesday;
    push(Action::kInquire, work_moment(tuesday), key, matter, kTakeIntoCustody);
  }
  if (random_.chance(500)) at(kAgreeOnCollaboration, random_.between(30, 80));
  if (random_.chance(1500)) at(kPromise, random_.between(20, 80));
  if (random_.chance(500)) at(kOfferSip, random_.between(50, 85));
}

void Simulation::inquire(const Item& item) {
  const auto& investigation = child_of(item.child).investigation;
  if (investigation.key() != item.matter || !investigation.open) return;
  switch (static_cast<InquiryStep>(item.extra & 0xFFU)) {
    case kPlanInquiry: {
      record_parties(item.child);
      events::InvestigationPlanSetT body;
      const auto area = random_.below(kAreas.size() - 1);
      for (std::size_t i = area; i < area + 2; ++i) body.areas.emplace_back(kAreas[i]);
      body.planned_end = std::min(investigation.planned, investigation.end);
      writer_.record(step_head(item.child, investigation.id, item.matter, Law::kInvestigate), body, "/plan_ref");
      return;
    }
    case kRequestInformation:
    case kReceiveInformation:
      return request_information(item);
    case kHearChild:
      return hear_child(item.child);
    case kUseInstrument:
      return use_instrument(item.child);
    case kAssessNeeds:
      return assess_needs(item.child);
    case kOfferHelp:
      return offer_help(item.child);
    case kEnterQueue:
      return enter_queue(item.child);
    case kScoreNeed:
      return score_need(item.child);
    case kLeaveQueue:
      return leave_queue(item.child);
    case kTakeIntoCustody:
      return take_into_custody(item.child);
    case kAgreeOnCollaboration:
      return agree_on_collaboration(item.child);
    case kPromise:
      return promise(item.child);
    case kOfferSip:
      return offer_sip(item.child);
    case kAnswerSip:
      return answer_sip(item.child);
  }
}

// ---- The parties ---------------------------------------------------------------------------------------------------

void Simulation::record_parties(CaseKey key) {
  auto& child = child_of(key);
  if (child.guardians > 0 || child.unborn || age_on(child.birth, today()) >= kAdult) return;
  child.guardians = random_.chance(3000) ? 1 : 2;
  for (std::uint8_t i = 1; i <= child.guardians; ++i) {
    events::PartyRecordedT body;
    body.party_ref = "g" + std::to_string(i);
    body.role = "guardian";
    body.from = child.birth;
    writer_.record(step_head(key, {}, child.investigation.key(), Law::kDocument), body, "/details_text");
  }
}

// Of every guardian, and of a child old enough to be asked.
void Simulation::give_consent(CaseKey key, const Id& matter, MatterKey actors, std::string_view scope) {
  record_parties(key);
  auto& child = child_of(key);
  const int age = age_on(child.birth, today());
  events::ConsentGivenT body;
  body.scope = scope;
  body.form = random_.chance(7000) ? "written" : "oral";
  if (age < kAdult) {
    body.party = "guardian";
    for (std::uint8_t i = 1; i <= child.guardians; ++i) {
      body.party_ref = "g" + std::to_string(i);
      writer_.record(step_head(key, matter, actors, Law::kHelp), body);
    }
  }
  if (age < kOwnVoice) return;
  body.party = "child";
  body.party_ref.clear();
  writer_.record(step_head(key, matter, actors, Law::kHelp), body);
}

// ---- What is found out ---------------------------------------------------------------------------------------------

void Simulation::request_information(const Item& item) {
  auto& child = child_of(item.child);
  const auto& investigation = child.investigation;
  auto& requests = known_of(item.child).investigations.back().requests;
  const auto heading = step_head(item.child, investigation.id, item.matter, Law::kInvestigate);
  if ((item.extra & 0xFFU) == kReceiveInformation) {
    const auto source = item.extra >> 8U & 0xFFU;
    auto& request = requests[item.extra >> 16U];
    events::InformationReceivedT body;
    body.source = kSources[source];
    body.items = {std::string{kItems[source]}};
    body.request_id = std::make_unique<events::Uuid>(to_uuid(request.id));
    request.answered = local_day(heading.occurred.at);
    writer_.record(heading, body, "/document_ref");
    return;
  }
  const auto asked = static_cast<std::uint32_t>(random_.pick(kSourceWeights));
  events::InformationRequestedT body;
  body.source = kSources[asked];
  body.items = {std::string{kItems[asked]}};
  body.due = today() + 21;
  const auto number = static_cast<std::uint32_t>(requests.size());
  requests.push_back({writer_.record(heading, body, "/request_ref"), local_day(heading.occurred.at)});
  if (random_.chance(8800)) {
    push(Action::kInquire, working_days_later(random_.between(6, 40)), item.child, item.matter,
         static_cast<std::uint32_t>(kReceiveInformation) | asked << 8U | number << 16U);
  }
}

void Simulation::hear_child(CaseKey key) {
  auto& child = child_of(key);
  if (child.unborn) return;
  auto& kept = known_of(key).investigations.back();
  const int age = age_on(child.birth, today());
  const bool held = random_.chance(age < 4 ? 2500 : 8800);
  const auto heading = step_head(key, child.investigation.id, child.investigation.key(), Law::kInvestigate);
  events::ChildHeardT body;
  body.held = held;
  if (!held) {
    const auto reason = kNotHeard[age < 5 ? 0 : random_.pick(kNotHeardWeights)];
    body.not_held_reason = reason;
    kept.voice = known::Voice::kNotHeard;
    kept.not_heard = reason;
  } else {
    body.alone = random_.chance(age < 6 ? 2500 : 6500);
    body.form = random_.chance(7000) ? "meeting" : "home_visit";
    body.guardian_consent = random_.chance(9000);
    kept.voice = *body.alone ? known::Voice::kHeardAlone : known::Voice::kHeard;
    kept.contacts.push_back(local_day(heading.occurred.at));
    known_of(key).contacts.push_back(local_day(heading.occurred.at));
  }
  writer_.record(heading, body, held ? "/content_ref" : "");
}

// EARL from 6 to 12 years and SAVRY from 12 to 18 where a report spoke of crime: used now and then.
void Simulation::use_instrument(CaseKey key) {
  auto& child = child_of(key);
  auto& kept = known_of(key).investigations.back();
  const int age = age_on(child.birth, child.investigation.opened);
  const bool prescribed = kept.crime && age >= 6 && age <= 18;
  const auto kind = random_.below(10'000);
  if (!prescribed && kind >= 700) return;
  const auto instrument = !prescribed ? std::string_view{"sdq"} : age < 12 ? "earl" : "savry";
  const auto heading = step_head(key, child.investigation.id, child.investigation.key(), Law::kInvestigate);
  const auto unit = unit_for(child, child.investigation.key());
  if (prescribed && kind >= 800) {
    if (kind >= 4300) return;  // nothing is said of it at all
    const auto reason = kNotUsed[random_.pick(kNotUsedWeights)];
    kept.instruments.push_back({instrument, reason, local_day(heading.occurred.at), unit});
    events::InstrumentNotUsedT body;
    body.instrument = instrument;
    body.reason_code = reason;
    writer_.record(heading, body);
    return;
  }
  const std::string_view domain = prescribed ? "crime_violence" : "mental_health";
  const auto level = kLevels[random_.pick(kLevelWeights)];
  kept.instruments.push_back({instrument, {}, local_day(heading.occurred.at), unit, domain, level});
  events::InstrumentCompletedT body;
  body.instrument = instrument;
  body.domain = domain;
  body.summary_level = level;
  body.assessor_certified = random_.chance(8000);
  body.informants = {"guardian", "school"};
  for (int item = 1; item <= 6; ++item) {
    auto& score = body.items.emplace_back(std::make_unique<events::ScoreT>());
    score->item = "item_" + std::to_string(item);
    score->value = random_.between(0, 2);
  }
  writer_.record(heading, body, "/summary_ref");
}

void Simulation::assess_needs(CaseKey key) {
  auto& child = child_of(key);
  if (child.unborn) return;
  const auto matter = child.investigation.key();
  events::NeedsAssessedT body;
  const auto level = kNeeds[random_.pick(kNeedWeights)];
  const auto area = kAreas[random_.below(kAreas.size())];
  body.level = level;
  auto& need = body.needs.emplace_back(std::make_unique<events::NeedT>());
  need->area = area;
  need->level = level;
  const auto heading = step_head(key, child.investigation.id, matter, Law::kInvestigate);
  known_of(key).investigations.back().needs.push_back(
      {area, level, unit_for(child, matter), local_day(heading.occurred.at)});
  writer_.record(heading, body, "/assessment_ref");
  if (child.guardians == 0) return;
  events::CommunicatedToPartyT shown;
  shown.party = "guardian";
  shown.party_ref = "g1";
  shown.due = today() + 10;
  writer_.record(step_head(key, child.investigation.id, matter, Law::kServe), shown, "/material_ref");
}

// ---- What is offered -----------------------------------------------------------------------------------------------

void Simulation::offer_help(CaseKey key) {
  auto& child = child_of(key);
  if (child.unborn) return;
  const auto& investigation = child.investigation;
  const int age = age_on(child.birth, today());
  auto& help = child.helps.emplace_back();
  const auto matter = static_cast<MatterKey>(child.helps.size() - 1) | kHelpBit;
  help.investigation = investigation.key();
  help.placement = investigation.plan.placement && age < kAdult;
  help.method = draw_method(random_, age);
  help.form = help.placement ? draw_placement(random_, age) : draw_form(random_, help.method);
  help.provider = static_cast<std::uint8_t>(random_.pick(kProviderWeights));
  events::InterventionProposedT body;
  body.method = help.placement ? "none" : kMethods[help.method].code;
  body.form = help.placement ? offered_form(help.form) : kForms[help.form];
  body.exclusion_check = "not_excluded";
  body.need_level = kNeeds[random_.pick(kNeedWeights)];
  body.investigation_id = std::make_unique<events::Uuid>(to_uuid(investigation.id));
  const auto heading = step_head(key, investigation.id, investigation.key(), Law::kHelp);
  help.proposal = writer_.open(heading, body);
  auto& file = known_of(key);
  help.proposal_known = static_cast<std::uint32_t>(file.proposals.size());
  auto& kept = file.proposals.emplace_back();
  kept.investigation = static_cast<std::uint32_t>(file.investigations.size() - 1);
  kept.unit = unit_for(child, investigation.key());
  kept.method = help.placement ? std::string_view{"none"} : kMethods[help.method].code;
  kept.on = local_day(heading.occurred.at);
  if (const Day last = working_day_before(investigation.planned - 1); last > today())
    push_help(kAnswer, work_moment(working_day_from(std::min(last, today() + random_.between(2, 5)))), key, matter);
}

// ---- The queue for the reinforcement team --------------------------------------------------------------------------

void Simulation::enter_queue(CaseKey key) {
  auto& child = child_of(key);
  const auto& investigation = child.investigation;
  events::QueueEnteredT body;
  body.queue = "reinforcement";
  body.waiting_id = std::make_unique<events::Uuid>(to_uuid(investigation.id));
  body.unit = units_[unit_for(child, investigation.key())].name;
  const auto heading = step_head(key, {}, investigation.key(), Law::kDocument);
  child.queue = writer_.open(heading, body);
  auto& file = known_of(key);
  auto& wait = file.waits.emplace_back();
  wait.entry = child.queue;
  wait.matter = investigation.id;
  wait.investigation = static_cast<std::uint32_t>(file.investigations.size() - 1);
  wait.unit = unit_for(child, investigation.key());
  wait.queue = "reinforcement";
  wait.at = heading.occurred.at;
  wait.from = local_day(heading.occurred.at);
  if (random_.chance(8500)) score_need(key);
  const auto matter = investigation.key();
  if (random_.chance(2500))
    push(Action::kInquire, working_days_later(random_.between(15, 40)), key, matter, kScoreNeed);
  const bool overload = options_.stress == BoardStress::kOverload;
  push(Action::kInquire, working_days_later(overload ? random_.between(40, 160) : random_.between(8, 110)), key, matter,
       kLeaveQueue);
}

void Simulation::score_need(CaseKey key) {
  const auto& child = child_of(key);
  if (child.queue.is_nil()) return;
  events::NeedScoredT body;
  body.score = random_.between(1, 20);
  body.scale_version = "behov-1";
  const auto heading = step_head(key, child.queue, child.investigation.key(), Law::kDocument);
  known_of(key).waits.back().scores.emplace_back(local_day(heading.occurred.at), *body.score);
  writer_.record(heading, body);
}

void Simulation::leave_queue(CaseKey key) {
  auto& child = child_of(key);
  if (child.queue.is_nil()) return;
  events::QueueLeftT body;
  const bool served = child.investigation.planned > today() && random_.chance(8500);
  body.reason = served ? "served" : "expired";
  const auto heading = step_head(key, child.queue, child.investigation.key(), Law::kDocument);
  auto& wait = known_of(key).waits.back();
  wait.to = local_day(heading.occurred.at);
  wait.left_reason = served ? "served" : "expired";
  writer_.record(heading, body);
  child.queue = {};
}

}  // namespace minne::generate
