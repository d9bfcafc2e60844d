// Days from one step to the next: "korta ledtider är en viktig del i att bygga upp ett förtroende".
#pragma once

#include "projections/contract.h"

namespace minne {

// Kept in keys: append only.
enum class LeadTime : std::uint8_t {
  kReportToProtection,
  kReportToDecision,
  kReportToAssigned,
  kReportToContact,
  kInvestigation,
  kDecisionToExecuted,
  kFirstReportToHelp,
  kReportToInvestigationEnd,
  kDeclinedToFollowUp
};
inline constexpr std::array<std::string_view, 9> kLeadTimes = {"report_to_protection_assessment",
                                                               "report_to_decision",
                                                               "report_to_assigned",
                                                               "report_to_first_contact",
                                                               "investigation",
                                                               "decision_to_executed",
                                                               "first_report_to_first_intervention",
                                                               "report_to_investigation_end",
                                                               "declined_to_follow_up"};

struct LeadTimes {
  static constexpr std::string_view kName = "lead_times";
  static constexpr std::uint32_t kVersion = 2;
  using Events = Types<>;
  using Reads = Types<>;
  using Row = rows::LeadTimesT;

  // days key := measure:u8 month:u32 unit \0 age:u8 days:u32
  // The month in which the later step came (months since year 0), so that a closed month stays as it is; age at the
  // first report, of kFirstReportToHelp only, kNoAge where unknown.
  static constexpr std::array<std::string_view, 1> kTallies = {"days"};
  static constexpr std::uint8_t kDays = 0;
  static constexpr std::uint8_t kNoAge = UINT8_MAX;
  static void tally(const CaseRow& row, TallyWriter& out);
};

}  // namespace minne
