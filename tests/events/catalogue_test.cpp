// The catalogue of what can happen to a case, by its numbers: each has a type, and its comment says the number.
#include "events/schema.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace minne {
namespace {

struct Row {
  std::string_view number;
  std::vector<std::string_view> types;
};

const std::vector<Row>& catalogue() {
  static const std::vector<Row> rows{
      {"E01", {"ReportReceived"}},
      {"E02", {"ChildIdentityLinked"}},
      {"E03", {"ReportSupplemented"}},
      {"E04", {"ProtectionAssessmentMade"}},
      {"E05", {"ReportJoinedInvestigation"}},
      {"E06", {"ReportMarkedSameIncident"}},
      {"E07", {"LegacyReportImported"}},
      {"E08", {"ApplicationReceived"}},
      {"E09", {"ReporterMeetingOffered"}},
      {"E10", {"ReporterFeedbackRequested"}},
      {"E11", {"ReporterFeedbackGiven"}},
      {"E12", {"PriorHistoryReviewed"}},
      {"E13", {"PreliminaryContactMade"}},
      {"E14", {"PreliminaryExtended"}},
      {"E15", {"PreliminaryAssessmentSummarised"}},
      {"E16", {"InvestigationNotOpened"}},
      {"E17", {"InvestigationOpened"}},
      {"E18", {"PartyInformed"}},
      {"E19", {"InvestigationPlanSet"}},
      {"E20", {"ChildHeard"}},
      {"E21", {"InformationRequested"}},
      {"E22", {"InformationReceived"}},
      {"E23", {"CommunicatedToParty"}},
      {"E24", {"InvestigationExtended"}},
      {"E25", {"InvestigationConcluded"}},
      {"E26", {"RiskFactorsRecorded"}},
      {"E27", {"InstrumentPlanned"}},
      {"E28", {"InstrumentCompleted"}},
      {"E29", {"InstrumentNotUsed"}},
      {"E30", {"NeedsAssessed"}},
      {"E31", {"InterventionProposed"}},
      {"E32", {"ConsentGiven", "ConsentWithdrawn"}},
      {"E33", {"InterventionDeclined"}},
      {"E34", {"DecisionMade"}},
      {"E35", {"DecisionExecuted", "DecisionInterrupted"}},
      {"E36", {"DecisionAppealed"}},
      {"E37", {"CourtRuled"}},
      {"E38", {"InterventionStarted"}},
      {"E39", {"InterventionChanged"}},
      {"E40", {"OutcomeMeasured"}},
      {"E41", {"InterventionEnded"}},
      {"E41b", {"FidelityReviewed"}},
      {"E42", {"OpenServiceProvided"}},
      {"E43", {"QueueEntered", "SharedQueueEntered"}},
      {"E44", {"NeedScored", "SharedNeedScored"}},
      {"E45", {"QueueLeft", "SharedQueueLeft"}},
      {"E46", {"PlacementStarted"}},
      {"E47", {"PlacementMoved"}},
      {"E48", {"PlacementVisited"}},
      {"E49", {"CareReviewed"}},
      {"E50", {"PlacementEnded"}},
      {"E51", {"PlacedChildStatusRecorded"}},
      {"L1", {"ImmediateCustodyOrdered"}},
      {"L2", {"CustodyExecuted"}},
      {"L3", {"CustodySubmitted"}},
      {"L4", {"CareApplicationFiled", "CareApplicationExtended"}},
      {"L5", {"CustodyCeased"}},
      {"E52", {"PlanAdopted", "PlanRevised"}},
      {"E53", {"FollowUpDecided"}},
      {"E54", {"FollowUpNotDecided"}},
      {"E55", {"FollowUpContact"}},
      {"E56", {"FollowUpEnded"}},
      {"E57", {"YouthOffenceNotified"}},
      {"E58", {"MediationOffered"}},
      {"E59", {"CollaborationStarted", "CollaborationMet", "CollaborationEnded"}},
      {"E60", {"CaseAssigned"}},
      {"E61", {"CaseHandedOver"}},
      {"E62", {"HandoverAcknowledged"}},
      {"E63", {"StaffJoined", "StaffLeft"}},
      {"E64", {"CaseMovedMunicipality"}},
      {"E65", {"AccessGranted", "AccessRevoked"}},
      {"E66", {"LogControlDone"}},
      {"E67", {"ProtectedIdentitySet"}},
      {"E68", {"DisclosureMade"}},
      {"E69", {"RecordRead"}},
      {"E70", {"ExtractProduced"}},
      {"E71", {"IncidentReported", "NonExecutionFiled"}},
      {"E72", {"RecordPurged", "HoldSet"}},
      {"E73", {"NoteRecorded"}},
      {"E74", {"EventCorrected"}},
      {"E75", {"ObjectionNoted"}},
      {"E76", {"EventMisfiled", "EventRefiled"}},
      {"E77", {"ReportForwarded"}},
      {"E78", {"FileTakenOver"}},
      // Without a number.
      {"",
       {"CaseOpened", "SubjectFactsRecorded", "CaseClosed", "PartyRecorded", "PartyEnded", "LegalBasisChanged",
        "CareOrderEnded", "DecisionServed", "DelayDecisionRequested", "PlanOffered", "CommitmentMade", "CommitmentKept",
        "AssignmentEnded", "ActionRecorded", "DeadlineSet", "LogImported"}},
  };
  return rows;
}

TEST(CatalogueTest, HasATypeForEveryRowAndARowForEveryType) {
  std::size_t types = 0;
  for (const auto& [number, names] : catalogue()) {
    for (const auto& name : names) {
      ++types;
      const auto type = type_named(name);
      ASSERT_TRUE(type) << number << " " << name;
      const auto& comment = EventSchema::instance().body(*type).documentation;
      EXPECT_NE(comment.find(number), std::string::npos)
          << name << " does not say that it is " << number << ": " << comment;
    }
  }
  EXPECT_EQ(types, kTypeCount - 1);
}

TEST(CatalogueTest, OpensTheseMatters) {
  std::string out;
  for (std::size_t i = 1; i < kTypeCount; ++i) {
    const auto type = static_cast<Body>(i);
    if (!opens(type).empty()) out += std::string{type_name(type)} + " " + std::string{opens(type)} + "\n";
  }
  EXPECT_EQ(out,
            "ReportReceived report\n"
            "InvestigationOpened investigation\n"
            "LegacyReportImported report\n"
            "ApplicationReceived application\n"
            "InterventionProposed proposal\n"
            "DecisionMade decision\n"
            "InterventionStarted intervention\n"
            "QueueEntered queue\n"
            "SharedQueueEntered queue\n"
            "PlacementStarted placement\n"
            "ImmediateCustodyOrdered custody\n"
            "PlanAdopted plan\n"
            "FollowUpDecided follow_up\n"
            "YouthOffenceNotified offence\n"
            "CollaborationStarted collaboration\n"
            "CommitmentMade commitment\n");
}

// A file taken over names the matters that were open there by the words that we have for them.
TEST(CatalogueTest, HasACodeForEveryKindOfMatter) {
  for (std::size_t i = 1; i < kTypeCount; ++i) {
    const auto kind = opens(static_cast<Body>(i));
    if (kind.empty()) continue;
    EXPECT_TRUE(CodeLists::built_in().check("matter_kind", kind, "")) << kind;
  }
}

}  // namespace
}  // namespace minne
