// Every report about the child, opened or not, as the next caseworker must see it (SoL 19:1, 20:1-2).
//
// "organisationsminnet kring barn som anmäls gång på gång": each report carries what its own reader saw: the age at the
// report, and how many had come in the 30, 90 and 365 days up to and including it. Reports made at the board from which
// the file was taken over count like any other, and are decided as that board said. Those of an older system count too,
// unless they were unsearchable there and the board has no ground to show them.
#pragma once

#include "projections/components/file.h"
#include "projections/components/investigations.h"
#include "projections/contract.h"

namespace minne {

struct Reports {
  static constexpr std::string_view kName = "reports";
  static constexpr std::uint32_t kVersion = 5;
  using Events = Types<events::ReportReceived, events::LegacyReportImported, events::ReportSupplemented,
                       events::ProtectionAssessmentMade, events::ReportJoinedInvestigation,
                       events::ReportMarkedSameIncident, events::PriorHistoryReviewed, events::InvestigationNotOpened,
                       events::InvestigationOpened, events::ReportForwarded, events::FileTakenOver>;
  using Reads = Types<File, Investigations>;
  using Row = rows::ReportsT;

  static void apply(const Recorded<events::ReportReceived>& event, const Before<Reads>&, Row& reports);
  static void apply(const Recorded<events::LegacyReportImported>& event, const Before<Reads>& before, Row& reports);
  static void apply(const Recorded<events::ReportSupplemented>& event, const Before<Reads>&, Row& reports);
  static void apply(const Recorded<events::ProtectionAssessmentMade>& event, const Before<Reads>&, Row& reports);
  static void apply(const Recorded<events::ReportJoinedInvestigation>& event, const Before<Reads>&, Row& reports);
  static void apply(const Recorded<events::ReportMarkedSameIncident>& event, const Before<Reads>&, Row& reports);
  static void apply(const Recorded<events::PriorHistoryReviewed>& event, const Before<Reads>&, Row& reports);
  static void apply(const Recorded<events::InvestigationNotOpened>& event, const Before<Reads>&, Row& reports);
  static void apply(const Recorded<events::InvestigationOpened>& event, const Before<Reads>&, Row& reports);
  static void apply(const Recorded<events::ReportForwarded>& event, const Before<Reads>&, Row& reports);
  static void apply(const Recorded<events::FileTakenOver>& event, const Before<Reads>&, Row& reports);
  static void derive(const Before<Reads>& before, Row& reports);

  // by_day key   := concern \0 received:day32 case:16 report:16        (concern "" holds every report once)
  //        value := led:u8 pending:u8 incident:16 unit \0 school \0 ref
  static constexpr std::array<std::string_view, 1> kIndexes = {"by_day"};
  static constexpr std::uint8_t kByDay = 0;
  static void index(const CaseRow& row, IndexWriter& out);

  // by_month key := month:u16 reporter \0 decision:u8 helped:u8      this board's own
  // children key := month:u16                                       of whom at least one came that month
  // by_year  key := year:u16 reports:u16                            children by how many reports they had in the year
  static constexpr std::array<std::string_view, 3> kTallies = {"by_month", "children", "by_year"};
  static constexpr std::uint8_t kByMonth = 0;
  static constexpr std::uint8_t kChildren = 1;
  static constexpr std::uint8_t kByYear = 2;
  static void tally(const CaseRow& row, TallyWriter& out);
};

// Of this board's.
[[nodiscard]] const rows::ReportT* find_report(const rows::ReportsT& row, const Id& id);
// An investigation cites it, or it joined one.
[[nodiscard]] bool led_to_investigation(const rows::ReportT& report);
// Reports marked as one incident share the id of the first of them.
[[nodiscard]] Id incident_of(const rows::ReportsT& row, const rows::ReportT& report);
[[nodiscard]] Date received_on(const rows::ReportT& report);
// All of them, also those made elsewhere: by the day received, then as recorded.
[[nodiscard]] std::vector<const rows::ReportT*> in_legal_order(const rows::ReportsT& row);

}  // namespace minne
