// Every investigation of the child: opened on what ground, extended how often, concluded when and how (SoL 14:2, 20:3).
#pragma once

#include "projections/contract.h"

namespace minne {

struct Investigations {
  static constexpr std::string_view kName = "investigations";
  static constexpr std::uint32_t kVersion = 2;
  using Events = Types<events::InvestigationOpened, events::InvestigationExtended, events::InvestigationConcluded>;
  using Reads = Types<>;
  using Row = rows::InvestigationsT;

  static void apply(const Recorded<events::InvestigationOpened>& event, const Before<Reads>&, Row& investigations);
  static void apply(const Recorded<events::InvestigationExtended>& event, const Before<Reads>&, Row& investigations);
  static void apply(const Recorded<events::InvestigationConcluded>& event, const Before<Reads>&, Row& investigations);
};

// Open at some time of that day.
[[nodiscard]] bool was_open(const rows::InvestigationT& investigation, Date day);
[[nodiscard]] const rows::InvestigationT* find_investigation(const rows::InvestigationsT& row, const Id& id);

}  // namespace minne
