#include "projections/held_matters.h"

#include "events/schema.h"
#include "projections/groups.h"

#include <algorithm>
#include <array>

namespace minne {
namespace {

using enum MatterKind;

struct OwnKinds {
  Body type;
  MatterKinds kinds;
  bool earlier = true;
};

// What is not here may be of any matter, or of the whole file, and of any day: assignments, notes. A child is measured
// before help begins, too.
constexpr auto kOwnKinds = std::to_array<OwnKinds>({
    {Body::ReportSupplemented, MatterKinds{kReport}},
    {Body::ProtectionAssessmentMade, MatterKinds{kReport}},
    {Body::ReportJoinedInvestigation, MatterKinds{kReport}},
    {Body::ReportMarkedSameIncident, MatterKinds{kReport}},
    {Body::PriorHistoryReviewed, MatterKinds{kReport}},
    {Body::PreliminaryExtended, MatterKinds{kReport}},
    {Body::PreliminaryContactMade, MatterKinds{kReport}},
    {Body::ReporterMeetingOffered, MatterKinds{kReport}},
    {Body::ReporterFeedbackRequested, MatterKinds{kReport}},
    {Body::ReporterFeedbackGiven, MatterKinds{kReport}},
    {Body::ReportForwarded, MatterKinds{kReport}},
    {Body::PartyInformed, MatterKinds{kReport, kInvestigation, kDecision, kFollowUp}},
    {Body::InvestigationPlanSet, MatterKinds{kInvestigation}},
    {Body::InvestigationExtended, MatterKinds{kInvestigation}},
    {Body::InvestigationConcluded, MatterKinds{kInvestigation}},
    {Body::FollowUpNotDecided, MatterKinds{kInvestigation}},
    {Body::DelayDecisionRequested, MatterKinds{kApplication}},
    {Body::InterventionDeclined, MatterKinds{kProposal}},
    {Body::DecisionServed, MatterKinds{kDecision, kCustody}},
    {Body::DecisionExecuted, MatterKinds{kDecision}},
    {Body::DecisionInterrupted, MatterKinds{kDecision}},
    {Body::DecisionAppealed, MatterKinds{kDecision, kCustody}},
    {Body::CourtRuled, MatterKinds{kDecision, kCustody, kOffence}},
    {Body::NonExecutionFiled, MatterKinds{kDecision}},
    {Body::InterventionChanged, MatterKinds{kIntervention}},
    {Body::OutcomeMeasured, MatterKinds{kIntervention}, false},
    {Body::InterventionEnded, MatterKinds{kIntervention}},
    {Body::FidelityReviewed, MatterKinds{kIntervention}},
    {Body::NeedScored, MatterKinds{kQueue}},
    {Body::QueueLeft, MatterKinds{kQueue}},
    {Body::PlacementMoved, MatterKinds{kPlacement}},
    {Body::LegalBasisChanged, MatterKinds{kPlacement}},
    {Body::CareOrderEnded, MatterKinds{kPlacement, kCustody}},
    {Body::PlacementVisited, MatterKinds{kPlacement}},
    {Body::CareReviewed, MatterKinds{kPlacement, kCustody, kDecision}},
    {Body::PlacementEnded, MatterKinds{kPlacement}},
    {Body::PlacedChildStatusRecorded, MatterKinds{kPlacement, kCollaboration}, false},
    {Body::CustodyExecuted, MatterKinds{kCustody}},
    {Body::CustodySubmitted, MatterKinds{kCustody, kDecision}},
    {Body::CareApplicationFiled, MatterKinds{kFile, kCustody, kDecision, kInvestigation, kPlacement}},
    {Body::CareApplicationExtended, MatterKinds{kCustody, kDecision}},
    {Body::CustodyCeased, MatterKinds{kCustody}},
    {Body::PlanRevised, MatterKinds{kPlan}},
    {Body::FollowUpContact, MatterKinds{kFollowUp}},
    {Body::FollowUpEnded, MatterKinds{kFollowUp}},
    {Body::MediationOffered, MatterKinds{kOffence}},
    {Body::CollaborationMet, MatterKinds{kCollaboration}},
    {Body::CollaborationEnded, MatterKinds{kCollaboration}},
    {Body::CommitmentKept, MatterKinds{kPromise}},
});

struct NamingField {
  std::string_view name;
  MatterKinds kinds;
  bool earlier = true;
};

// Fields have the same names wherever they stand. A plan may be older than the placement that it is made for.
constexpr auto kNamingFields = std::to_array<NamingField>({
    {"report_ids", MatterKinds{kReport}},
    {"primary_report_id", MatterKinds{kReport}, false},
    {"investigation_id", MatterKinds{kInvestigation}},
    {"application_ids", MatterKinds{kApplication}},
    {"proposal_id", MatterKinds{kProposal}},
    {"decision_id", MatterKinds{kDecision}},
    {"custody_id", MatterKinds{kCustody}},
    {"waiting_id", MatterKinds::any()},
    {"decides_on", MatterKinds::any()},
    {"basis_ids", MatterKinds::any()},
    {"matter_ids", MatterKinds::any()},
    {"made_for", MatterKinds::any(), false},
});

}  // namespace

std::optional<HeldMatter> held_matter(const CaseRow& row, const Id& id) {
  if (const auto* report = find_report(row.get<Reports>(), id); report != nullptr) {
    return HeldMatter{id, kReport, to_days(received_on(*report)), std::nullopt};
  }
  if (const auto* item = find_investigation(row.get<Investigations>(), id); item != nullptr) {
    return HeldMatter{id, kInvestigation, item->opened_on, item->concluded_on};
  }
  if (const auto* item = find_item(row.get<Matters>().items, id); item != nullptr) {
    return HeldMatter{id, kind_of(*item), item->on, item->done_on};
  }
  return std::nullopt;
}

OwnMatter own_matter(Body type) {
  const auto* found = std::ranges::find(kOwnKinds, type, &OwnKinds::type);
  return found == kOwnKinds.end() ? OwnMatter{MatterKinds::any(), false} : OwnMatter{found->kinds, found->earlier};
}

std::vector<NamedMatter> named_matters(const Event& event) {
  std::vector<NamedMatter> out;
  const auto& body = *static_cast<const flatbuffers::Table*>(event.body());
  for (const auto& field : EventSchema::instance().body(event.body_type()).fields) {
    if (field.kind != FieldKind::kId) continue;
    const auto* naming = std::ranges::find(kNamingFields, field.name, &NamingField::name);
    if (naming == kNamingFields.end()) continue;
    const auto where = "/body/" + std::string{field.name};
    const auto offset = field.field->offset();
    if (!field.vector) {
      const auto* id = body.GetStruct<const events::Uuid*>(offset);
      if (id != nullptr) out.push_back({id_of(id), naming->kinds, naming->earlier, where});
      continue;
    }
    const auto* ids = body.GetPointer<const flatbuffers::Vector<const events::Uuid*>*>(offset);
    for (flatbuffers::uoffset_t i = 0; ids != nullptr && i < ids->size(); ++i) {
      out.push_back({id_of(ids->Get(i)), naming->kinds, naming->earlier, where + "/" + std::to_string(i)});
    }
  }
  return out;
}

ActedOn acted_on(const Event& event) {
  const auto& body = *static_cast<const flatbuffers::Table*>(event.body());
  for (const auto& field : EventSchema::instance().body(event.body_type()).fields) {
    const bool past = field.kind == FieldKind::kDate && field.name.ends_with("_on") && field.name != "follow_up_on";
    if (!past || !body.CheckField(field.field->offset())) continue;
    return {body.GetField<std::int32_t>(field.field->offset(), 0), "/body/" + std::string{field.name}};
  }
  return {to_days(local_date(occurred(event))), "/occurred_at"};
}

}  // namespace minne
