// What was asked of others during an investigation, and when the answer came (E21, E22; SoL 20:6).
#pragma once

#include "projections/contract.h"

namespace minne {

struct Information {
  static constexpr std::string_view kName = "information";
  static constexpr std::uint32_t kVersion = 1;
  using Events = Types<events::InformationRequested, events::InformationReceived>;
  using Reads = Types<>;
  using Row = rows::InformationT;

  static void apply(const Recorded<events::InformationRequested>& event, const Before<Reads>&, Row& information);
  static void apply(const Recorded<events::InformationReceived>& event, const Before<Reads>&, Row& information);
};

// The first answer that names the request; where none does, the first later one in the matter from the same source that
// names no request.
[[nodiscard]] std::optional<std::int32_t> answered_on(const rows::InformationT& row,
                                                      const rows::InformationRequestT& request);

}  // namespace minne
