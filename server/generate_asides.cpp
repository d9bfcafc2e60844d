// What happens beside reports, investigations and help: contacts, feedback, offences, and what the board does for
// children whose names it does not ask for.
#include "events/stream_ids.h"
#include "server/generate_board.h"

#include <algorithm>

namespace minne::generate {
namespace {

constexpr std::uint8_t kCrime = 5;
constexpr std::uint8_t kPolice = 0;
constexpr std::array<std::string_view, 6> kOffences = {"violence", "theft",     "narcotics",
                                                       "threat",   "vandalism", "weapon"};
constexpr std::array<std::string_view, 4> kNoMediation = {"not_suitable", "no_confession", "no_victim", "no_mediator"};
constexpr std::array<std::string_view, 5> kServices = {"parent_counselling", "youth_counselling", "field_work",
                                                       "family_centre", "home_visit"};
constexpr std::array<std::string_view, 5> kServiceBands = {"age_0_5", "age_6_11", "age_12_17", "unknown", "age_12_17"};

}  // namespace

void Simulation::aside(const Item& item) {
  const auto key = item.child;
  const auto number = item.matter;
  auto& child = child_of(key);
  switch (static_cast<AsideStep>(item.extra)) {
    case kContactFamily:
      return contact_family(key, number);
    case kAskForFeedback: {
      if (child.reports[number].state != ReportState::kUndecided) return;
      child.reports[number].feedback = true;
      events::ReporterFeedbackRequestedT body;
      body.requested_on = today();
      writer_.record(head(child, child.reports[number].id, {now_, false}, actor_for(child, number), Law::kFeedback),
                     body);
      return;
    }
    case kGiveFeedback: {
      events::ReporterFeedbackGivenT body;
      body.content_code = known_of(key).reports[number].investigation != known::kNobody ? "opened" : "not_opened";
      const auto heading =
          head(child, child.reports[number].id, {now_, false}, actor_for(child, number), Law::kFeedback);
      writer_.record(heading, body);
      return;
    }
    case kNotifyOffence:
      return notify_offence(key, number);
    case kOfferMediation:
      return mediate(key, number, false);
    case kHoldMediation:
      return mediate(key, number, true);
    case kMeetPartners:
      return meet_partners(key, number);
    case kWithdrawFromPartners:
      return withdraw_from_partners(key, number);
    case kEndCollaboration:
      return end_collaboration(key, number);
    case kStartSams:
      return start_sams(key, number);
    case kKeepPromise:
      return keep_promise(key, number);
    case kAdoptSip:
      return adopt_sip(key, number);
    case kProtectIdentity:
      return protect_identity(key);
    case kMoveToOtherBoard:
      return move_to_other_board(key);
  }
}

// ---- Around a report -----------------------------------------------------------------------------------------------

void Simulation::plan_asides(CaseKey key, std::uint32_t index) {
  const auto& child = child_of(key);
  const auto& report = child.reports[index];
  const auto at = [&](AsideStep step, int days) {
    push(Action::kAside, working_days_later(days), key, index, static_cast<std::uint32_t>(step));
  };
  if (random_.chance(5000)) at(kContactFamily, random_.between(1, 7));
  const bool must_report = report.facts.reporter < 6;
  if (must_report && random_.chance(1200)) at(kAskForFeedback, random_.between(0, 4));
  if (child.unborn || report.facts.reporter != kPolice || !report.facts.has(kCrime)) return;
  if (random_.chance(4500)) at(kNotifyOffence, random_.between(0, 3));
}

void Simulation::contact_family(CaseKey key, std::uint32_t index) {
  auto& child = child_of(key);
  if (child.reports[index].state != ReportState::kUndecided) return;
  events::PreliminaryContactMadeT body;
  body.with = random_.chance(7500) ? "guardian" : "child";
  body.form = random_.chance(6500) ? "phone" : "meeting";
  const Moment at{std::max(now_ - random_.between(0, 40) * kMinute, child.reports[index].received.at), false};
  known_of(key).reports[index].contacts.push_back(local_day(at.at));
  known_of(key).contacts.push_back(local_day(at.at));
  writer_.record(head(child, child.reports[index].id, at, actor_for(child, index), Law::kPreliminary), body,
                 "/content_ref");
}

void Simulation::give_feedback_later(CaseKey key, std::uint32_t index) {
  auto& report = child_of(key).reports[index];
  if (!report.feedback) return;
  report.feedback = false;
  if (!random_.chance(8500)) return;
  push(Action::kAside, working_days_later(random_.chance(9000) ? random_.between(0, 5) : random_.between(8, 20)), key,
       index, kGiveFeedback);
}

// ---- Offences ------------------------------------------------------------------------------------------------------

void Simulation::notify_offence(CaseKey key, std::uint32_t index) {
  auto& child = child_of(key);
  const int age = age_on(child.birth, child.reports[index].day);
  if (age < 8 || age > 20) return;
  events::YouthOffenceNotifiedT body;
  body.source = "police";
  const auto group = kOffences[random_.below(kOffences.size())];
  body.offence_group = group;
  body.offence_date = child.reports[index].day - random_.between(0, 20);
  body.suspect_age = static_cast<std::uint8_t>(age_on(child.birth, *body.offence_date));
  const auto aside = static_cast<MatterKey>(child.asides.size());
  const auto heading = step_head(key, {}, index, Law::kPrevent);
  child.asides.push_back(writer_.open(heading, body));
  known_of(key).offences.push_back({child.asides.back(), unit_for(child, index), group, local_day(heading.occurred.at),
                                    age_on(child.birth, *body.offence_date)});
  if (random_.chance(5500))
    push(Action::kAside, working_days_later(random_.between(5, 50)), key, aside, kOfferMediation);
}

void Simulation::mediate(CaseKey key, std::uint32_t offence, bool held) {
  auto& child = child_of(key);
  const auto heading = step_head(key, child.asides[offence], kInvestigationBit, Law::kMediate);
  auto& kept = find_known(known_of(key).offences, child.asides[offence]);
  events::MediationOfferedT body;
  if (held) {
    kept.held = true;
    body.offered = true;
    body.accepted_by = {"offender", "victim"};
    body.held = true;
    body.held_on = local_day(heading.occurred.at);
    body.outcome = random_.chance(6000) ? "agreement" : "apology";
    writer_.record(heading, body);
    return;
  }
  body.offered = random_.chance(6200);
  kept.offered = *body.offered;
  if (*body.offered) {
    const bool accepted = random_.chance(5000);
    if (accepted) body.accepted_by = {"offender", "victim"};
    if (!accepted && random_.chance(3000)) body.accepted_by = {"offender"};
    kept.accepted = accepted;
    if (accepted && random_.chance(8000))
      push(Action::kAside, working_days_later(random_.between(10, 40)), key, offence, kHoldMediation);
  } else {
    kept.refrained = true;
    kept.reason = kNoMediation[random_.below(kNoMediation.size())];
    body.not_offered_reason = kept.reason;
  }
  writer_.record(heading, body);
}

// ---- The child ---------------------------------------------------------------------------------------------------

void Simulation::protect_identity(CaseKey key) {
  if (child_of(key).ref.empty()) return;
  events::ProtectedIdentitySetT body;
  body.level = "protected_registration";
  body.from = today();
  known_of(key).is_protected = true;
  writer_.record(step_head(key, {}, kInvestigationBit, Law::kDocument), body);
}

// Asked for, answered and sent over: this board's part of a move (SoL 29:10-11).
void Simulation::move_to_other_board(CaseKey key) {
  const auto& child = child_of(key);
  if (child.ref.empty()) return;
  events::CaseMovedMunicipalityT body;
  body.state = "requested";
  body.direction = "out";
  body.other_authority = "grannkommun";
  body.requested_on = today() - 20;
  auto heading = step_head(key, {}, kInvestigationBit, Law::kMove);
  const Moment now = heading.occurred;
  heading.occurred = {from_local(today() - 20, 0), true};
  writer_.record(heading, body);
  heading.occurred = now;
  body.state = "accepted";
  body.answered_on = local_day(now.at);
  known_of(key).moves.push_back({*body.requested_on, *body.answered_on});
  writer_.record(heading, body);
  events::DisclosureMadeT disclosed;
  disclosed.recipient = "other_municipality";
  disclosed.recipient_ref = "grannkommun";
  disclosed.harm_test = "duty_to_disclose";
  disclosed.items = {"whole_file"};
  for (const auto& report : child.reports) disclosed.matter_ids.push_back(to_uuid(report.id));
  writer_.record(heading, disclosed, "/document_ref");
}

// ---- The board -----------------------------------------------------------------------------------------------------

// Help without a test of need, counted where identity may be left out (SoL 14:5).
void Simulation::work_of_the_day() {
  if (today() == first_day_ || !is_working_day(today()) || !random_.chance(2200)) return;  // nobody has come yet
  const auto& district = districts_[random_.below(static_cast<std::uint32_t>(districts_.size()))];
  const auto& unit = units_[district.inquiry];
  const auto& worker = workers_[unit.leader];
  Head at;
  at.stream = board_stream_id(options_.board);
  at.occurred = {from_local(today(), 0), true};
  at.actor = {worker.id, worker.role, unit.name, "socionom"};
  at.law = Law::kPrevent;
  const auto kind = random_.below(kServices.size());
  events::OpenServiceProvidedT body;
  body.kind = kServices[kind];
  body.no_identity = true;
  body.count = static_cast<std::uint32_t>(random_.between(1, 14));
  body.unit = unit.name;
  body.area = district.area;
  body.age_band = kServiceBands[kind];
  body.provider_kind = "internal";
  known_.services.push_back({district.inquiry, kServices[kind], kServiceBands[kind], today(), *body.count});
  writer_.on_board(at, body);
}

}  // namespace minne::generate
