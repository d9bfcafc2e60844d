// Crimes that a young person is suspected of, and mediation: "erbjuder … inte medling som insats trots att det är ett
// lagkrav" (E57, E58; SoL 18:9, lag 2002:445).
#pragma once

#include "projections/components/file.h"
#include "projections/contract.h"

namespace minne {

inline constexpr int kMediationAge = 21;  // SoL 18:9: who was younger when it was done

struct Offences {
  static constexpr std::string_view kName = "offences";
  static constexpr std::uint32_t kVersion = 1;
  using Events = Types<events::YouthOffenceNotified, events::MediationOffered>;
  using Reads = Types<>;
  using Row = rows::OffencesT;

  static void apply(const Recorded<events::YouthOffenceNotified>& event, const Before<Reads>&, Row& offences);
  static void apply(const Recorded<events::MediationOffered>& event, const Before<Reads>&, Row& offences);

  // not_offered key := notified:day32 case:16 offence:16
  //             value := unit \0 group \0 considered:u8 reason \0 age:u8 ref          age: 255 where nobody knows it
  static constexpr std::array<std::string_view, 1> kIndexes = {"not_offered"};
  static constexpr std::uint8_t kNotOffered = 0;
  static void index(const CaseRow& row, IndexWriter& out);

  // mediation key := unit \0 year:u16 step:u8        each offence under 21, by how far it came; year of the notice
  static constexpr std::array<std::string_view, 1> kTallies = {"mediation"};
  static constexpr std::uint8_t kMediation = 0;
  static void tally(const CaseRow& row, TallyWriter& out);
};

// Kept in keys: append only.
enum class MediationStep : std::uint8_t {
  kNothing,     // nobody has recorded whether it was offered
  kNotOffered,  // it was decided not to
  kOffered,     // and not accepted by both
  kAccepted,    // by offender and victim, not held
  kHeld
};

}  // namespace minne
