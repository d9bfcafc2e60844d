// Who stands beside the child: guardians, counsel, carers, from when until when (SoL 21:1, 20:4).
#pragma once

#include "projections/contract.h"

namespace minne {

struct Parties {
  static constexpr std::string_view kName = "parties";
  static constexpr std::uint32_t kVersion = 1;
  using Events = Types<events::PartyRecorded, events::PartyEnded>;
  using Reads = Types<>;
  using Row = rows::PartiesT;

  // Recorded again under the same party_ref and role, it replaces what was said of them.
  static void apply(const Recorded<events::PartyRecorded>& event, const Before<Reads>&, Row& parties);
  static void apply(const Recorded<events::PartyEnded>& event, const Before<Reads>&, Row& parties);
};

// Who consents for the child: a guardian, whoever is appointed guardian, or stands in for one.
[[nodiscard]] bool is_guardian(std::string_view role);
[[nodiscard]] std::vector<const rows::PartyT*> guardians_on(const rows::PartiesT& row, std::int32_t day);

}  // namespace minne
