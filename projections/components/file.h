// Whose file it is: reference, birth, sex, area, token; opened and closed.
#pragma once

#include "projections/contract.h"

namespace minne {

struct File {
  static constexpr std::string_view kName = "file";
  static constexpr std::uint32_t kVersion = 3;
  using Events = Types<events::CaseOpened, events::SubjectFactsRecorded, events::ChildIdentityLinked,
                       events::CaseClosed, events::ReportReceived, events::InvestigationOpened>;
  using Reads = Types<>;
  using Row = rows::FileT;

  static void apply(const Recorded<events::CaseOpened>& event, const Before<Reads>&, Row& file);
  static void apply(const Recorded<events::SubjectFactsRecorded>& event, const Before<Reads>&, Row& file);
  static void apply(const Recorded<events::ChildIdentityLinked>& event, const Before<Reads>&, Row& file);
  static void apply(const Recorded<events::CaseClosed>& event, const Before<Reads>&, Row& file);

  // A closed file that receives either is open again.
  static void apply(const Recorded<events::ReportReceived>& event, const Before<Reads>&, Row& file);
  static void apply(const Recorded<events::InvestigationOpened>& event, const Before<Reads>&, Row& file);

  // by_ref     key := external_ref \0 case:16
  // by_subject key := token:32 case:16
  // corrected  key := case:16             of cases that hold corrections or misfilings
  static constexpr std::array<std::string_view, 3> kIndexes = {"by_ref", "by_subject", "corrected"};
  static constexpr std::uint8_t kByRef = 0;
  static constexpr std::uint8_t kBySubject = 1;
  static constexpr std::uint8_t kCorrected = 2;
  static void index(const CaseRow& row, IndexWriter& out);

  // cases key := state:u8 (0 open, 1 closed)
  static constexpr std::array<std::string_view, 1> kTallies = {"cases"};
  static void tally(const CaseRow& row, TallyWriter& out);
};

// Whole years on a day; nothing while unborn or unknown.
[[nodiscard]] std::optional<int> age_on(const rows::FileT& file, Date day);
// Nothing known of the birth counts as born: only an expected date without a birth is an unborn child.
[[nodiscard]] bool is_born(const rows::FileT& file, Date day);

}  // namespace minne
