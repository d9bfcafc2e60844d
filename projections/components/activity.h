// Who has worked on the case, and how often the next step was someone else's.
#pragma once

#include "projections/contract.h"

namespace minne {

struct Activity {
  static constexpr std::string_view kName = "activity";
  static constexpr std::uint32_t kVersion = 1;
  using Events = EveryEvent;
  using Reads = Types<>;
  using Row = rows::ActivityT;

  // An event without an actor is passed over.
  static void apply(const RecordedEvent& event, const Before<Reads>&, Row& activity);
};

}  // namespace minne
