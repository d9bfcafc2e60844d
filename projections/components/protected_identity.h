// Whether the child's personal data are protected, how and for how long (E67): who handles them must be in a restricted
// group, and lists for others show neither child nor address.
#pragma once

#include "projections/contract.h"

namespace minne {

struct ProtectedIdentity {
  static constexpr std::string_view kName = "protected_identity";
  static constexpr std::uint32_t kVersion = 1;
  using Events = Types<events::ProtectedIdentitySet>;
  using Reads = Types<>;
  using Row = rows::ProtectedIdentityT;

  static void apply(const Recorded<events::ProtectedIdentitySet>& event, const Before<Reads>&, Row& identity);

  // spells key   := case:16 from:day32
  //        value := to:day32 level                 to: kNeverEnds where no end was set
  static constexpr std::array<std::string_view, 1> kIndexes = {"spells"};
  static constexpr std::uint8_t kSpells = 0;
  static void index(const CaseRow& row, IndexWriter& out);
};

struct ProtectedSpell {
  std::string level;
  std::int32_t from = 0;
  std::int32_t to = 0;
};
// By day: each level from its day on ends the one before, and `none` ends protection.
[[nodiscard]] std::vector<ProtectedSpell> protected_spells(const rows::ProtectedIdentityT& row);
[[nodiscard]] std::optional<ProtectedSpell> protected_on(const rows::ProtectedIdentityT& row, Date day);

}  // namespace minne
