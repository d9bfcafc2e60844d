// Help without a test of need (E42; SoL 11:1, 14:5): volumes in the board's stream, which no child's file knows of.
#pragma once

#include "projections/contract.h"

namespace minne {

struct OpenServices {
  static constexpr std::string_view kName = "open_services";
  static constexpr std::uint32_t kVersion = 1;
  using Events = Types<events::OpenServiceProvided>;
  using Reads = Types<>;
  using Row = rows::OpenServicesT;

  // Without a count it was given to one.
  static void apply(const Recorded<events::OpenServiceProvided>& event, const Before<Reads>&, Row& services);

  // volumes key := kind \0 unit \0 age_band \0 month:u16 what:u8         amounts are sums
  static constexpr std::array<std::string_view, 1> kTallies = {"volumes"};
  static constexpr std::uint8_t kVolumes = 0;
  static void tally(const CaseRow& row, TallyWriter& out);
};

enum class OpenServiceAmount : std::uint8_t { kOccasions = 0, kPeople = 1 };

}  // namespace minne
