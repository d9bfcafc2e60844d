// Events of reports and investigations, and their corrections.
#include "server/generate_text.h"
#include "server/generate_write.h"

namespace minne::generate {
namespace {

using flatbuffers::Offset;

constexpr std::array<std::string_view, 5> kChannels = {"e_service", "phone", "letter", "email", "visit"};
constexpr std::uint8_t kPrivateReporter = 6;  // from here on nobody reports by duty, but for another authority
constexpr std::uint8_t kOtherAuthority = 9;
constexpr std::array<std::string_view, 4> kNotOpenedReasons = {"no_need_of_protection", "support_already_given",
                                                               "family_declines_no_ground", "other_authority_acts"};
constexpr std::array<std::string_view, 3> kPurposes = {"need_of_protection", "need_of_support", "violence"};

}  // namespace

// ---- Reports -------------------------------------------------------------------------------------------------------

Offset<events::ReportReceived> Writer::report_body(const ReportFacts& facts, std::span<const Id> siblings,
                                                   const std::string& sealed_prefix) {
  text_.clear();
  append_report_text(text_, facts.text);
  seal(sealed_prefix + "/free_text_ref", text_);
  if (!facts.anonymous) {
    text_.clear();
    append_reporter_name(text_, facts.reporter, facts.text);
    seal(sealed_prefix + "/reporter_ref", text_);
  }
  std::array<Offset<events::Concern>, 3> concerns{};
  for (std::size_t i = 0; i < facts.concern_count; ++i) {
    const auto& concern = facts.concerns[i];
    const auto code = text(kConcernCodes[concern.code]);
    events::ConcernBuilder built(builder_);
    built.add_code(code);
    if (concern.code == kAbsence) {
      built.add_absence_pct(concern.absence_pct);
      built.add_period_from(concern.from);
      built.add_period_to(concern.to);
      built.add_unexcused(concern.unexcused);
    }
    concerns[i] = built.Finish();
  }
  const auto concern_list = builder_.CreateVector(concerns.data(), facts.concern_count);
  const auto channel = text(kChannels[facts.channel]);
  const auto reporter = text(kReporterCodes[facts.reporter]);
  Offset<flatbuffers::Vector<const events::Uuid*>> others;
  if (!siblings.empty()) others = ids(siblings);
  events::ReportReceivedBuilder body(builder_);
  body.add_channel(channel);
  body.add_reporter_category(reporter);
  body.add_anonymous(facts.anonymous);
  body.add_mandated(facts.reporter < kPrivateReporter || facts.reporter == kOtherAuthority);
  body.add_concerns(concern_list);
  if (facts.incident != 0) body.add_incident_date(facts.incident);
  if (!others.IsNull()) body.add_siblings(others);
  return body.Finish();
}

Id Writer::report_received(const Head& head, Moment received, const ReportFacts& facts, std::span<const Id> siblings) {
  begin();
  const auto body = report_body(facts, siblings, "");
  Head own = head;
  const Id id = random_.id();
  own.matter = id;
  finish(id, own, StreamKind::case_, received, Body::ReportReceived, body.Union());
  return id;
}

Id Writer::report_supplemented(const Head& head) {
  begin();
  text_.clear();
  append_report_text(text_, static_cast<std::uint32_t>(random_.next()));
  seal("/content_ref", text_);
  return finish_case(head, events::CreateReportSupplemented(builder_));
}

Id Writer::protection_assessed(const Head& head, const ReportFacts& facts) {
  begin();
  const bool needs = random_.chance(facts.has(2) ? 900 : 250);
  const auto ground = text(needs ? "acute_risk" : "no_acute_risk");
  const auto grounds = builder_.CreateVector(&ground, 1);
  Offset<flatbuffers::Vector<Text>> measures;
  if (needs) {
    const auto measure = text("meeting_same_day");
    measures = builder_.CreateVector(&measure, 1);
  }
  const auto assessor = text(head.actor.id);
  events::ProtectionAssessmentMadeBuilder body(builder_);
  body.add_needs_protection(needs);
  body.add_grounds(grounds);
  if (!measures.IsNull()) body.add_measures(measures);
  body.add_assessor(assessor);
  return finish_case(head, body.Finish());
}

Id Writer::report_joined(const Head& head, const Id& investigation) {
  begin();
  const auto id = to_uuid(investigation);
  return finish_case(head, events::CreateReportJoinedInvestigation(builder_, &id));
}

Id Writer::same_incident(const Head& head, const Id& primary) {
  begin();
  const auto reason = text("same_occasion_two_reporters");
  const auto id = to_uuid(primary);
  return finish_case(head, events::CreateReportMarkedSameIncident(builder_, &id, reason));
}

Id Writer::history_reviewed(const Head& head, std::span<const Id> shown) {
  begin();
  const auto reports = ids(shown);
  return finish_case(head, events::CreatePriorHistoryReviewed(builder_, reports, position_));
}

Id Writer::preliminary_extended(const Head& head, Day new_date, std::string_view decider) {
  begin();
  const auto reason = text("child_abroad");
  const auto by = text(decider);
  return finish_case(head, events::CreatePreliminaryExtended(builder_, new_date, reason, by));
}

Id Writer::not_opened(const Head& head, std::span<const Id> reports, std::string_view decider) {
  begin();
  text_.clear();
  append_decision_text(text_, static_cast<std::uint32_t>(random_.next()));
  seal("/reason_text", text_);
  const auto reason = text(kNotOpenedReasons[random_.below(kNotOpenedReasons.size())]);
  const auto by = text(decider);
  const auto list = ids(reports);
  return finish_case(head, events::CreateInvestigationNotOpened(builder_, list, reason, 0, by));
}

// ---- Investigations ------------------------------------------------------------------------------------------------

Id Writer::opened(const Head& head, std::span<const Id> reports, std::string_view basis, std::string_view decider) {
  begin();
  const auto basis_code = text(basis);
  const auto purpose = text(kPurposes[random_.below(kPurposes.size())]);
  const auto law = text(random_.chance(300) ? "LVU" : "SoL");
  const auto by = text(decider);
  Offset<flatbuffers::Vector<const events::Uuid*>> list;
  if (!reports.empty()) list = ids(reports);
  Head own = head;
  const Id id = random_.id();
  own.matter = id;
  const auto body = events::CreateInvestigationOpened(builder_, list, basis_code, purpose, law, by);
  finish(id, own, StreamKind::case_, std::nullopt, Body::InvestigationOpened, body.Union());
  return id;
}

Id Writer::party_informed(const Head& head, std::string_view party, std::string_view about) {
  begin();
  const auto who = text(party);
  const auto what = text(about);
  return finish_case(head, events::CreatePartyInformed(builder_, who, what, local_day(head.occurred.at)));
}

Id Writer::extended(const Head& head, Day new_end, std::string_view decider) {
  begin();
  const auto reason = text(random_.chance(6000) ? "awaiting_statement" : "new_information");
  const auto by = text(decider);
  return finish_case(head, events::CreateInvestigationExtended(builder_, new_end, reason, by));
}

Id Writer::concluded(const Head& head, std::string_view how, std::string_view decider) {
  begin();
  text_.clear();
  append_decision_text(text_, static_cast<std::uint32_t>(random_.next()));
  seal("/summary_ref", text_);
  const auto outcome = text(how);
  const auto by = text(decider);
  return finish_case(head, events::CreateInvestigationConcluded(builder_, outcome, 0, by));
}

// ---- Corrections ---------------------------------------------------------------------------------------------------

Id Writer::corrected(const Head& head, const Id& target, const Head& original, Day received, const ReportFacts& facts,
                     std::string_view decider) {
  begin();
  const auto body = report_body(facts, {}, "/replacement");
  Head replaced = original;
  replaced.stream = {};
  replaced.matter = target;
  replaced.occurred = {from_local(received, 0), true};
  const auto replacement =
      envelope(replaced, {}, StreamKind::case_, replaced.occurred, Body::ReportReceived, body.Union());
  const auto reason = text("wrong_date");
  const auto by = text(decider);
  const auto id = to_uuid(target);
  return finish_case(head, events::CreateEventCorrected(builder_, &id, replacement, reason, by));
}

Id Writer::misfiled(const Head& head, const Id& target, const Id& right_case, std::string_view why,
                    std::string_view decider) {
  begin();
  const auto reason = text(why);
  const auto by = text(decider);
  const auto id = to_uuid(target);
  const auto right = to_uuid(right_case);
  return finish_case(head, events::CreateEventMisfiled(builder_, &id, &right, reason, by));
}

Id Writer::refiled(const Head& head, const Id& origin_case, const Id& target, std::uint64_t origin_position,
                   const Head& original, Moment received, const ReportFacts& facts) {
  begin();
  const auto body = report_body(facts, {}, "/original");
  Head copy = original;
  copy.stream = {};
  copy.matter = target;
  const auto nested = envelope(copy, {}, StreamKind::case_, received, Body::ReportReceived, body.Union());
  const auto origin = to_uuid(origin_case);
  const auto id = to_uuid(target);
  return finish_case(head, events::CreateEventRefiled(builder_, &origin, &id, origin_position, nested));
}

}  // namespace minne::generate
