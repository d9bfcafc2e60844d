// The rules and codes by which a memory goes: those that were read last, and those before them, by which a board's rows
// may still be made.
//
// Rows hold numbers of triggers, which mean something in the table alone that made them (deadline_rules.h). So whoever
// reads rows asks of() with the identity of the generation that he sees, and a rebuild under newest() takes over when
// it is done. No table is freed before the memory is closed: references stay good. Any thread.
#pragma once

#include "projections/deadline_rules.h"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

class RulesInForce {
 public:
  static constexpr std::size_t kMaxTables = 256;  // read without a restart

  // Faults as DeadlineRules::built_in tells them.
  [[nodiscard]] static Result<std::unique_ptr<RulesInForce>> read(OwnFiles files);
  // The same of changed files; nothing changes where one has a fault. False: they say what they said before. kBusy past
  // kMaxTables.
  [[nodiscard]] Result<bool> read_again(OwnFiles files);

  [[nodiscard]] const DeadlineRules& newest() const;
  // Those of which build_identity() gives this; the newest where there are none, as for a board without a generation.
  [[nodiscard]] const DeadlineRules& of(std::string_view identity) const;

 private:
  struct Table {
    std::unique_ptr<DeadlineRules> rules;
    std::string identity;
  };
  RulesInForce() = default;
  [[nodiscard]] Result<> add(OwnFiles files);

  mutable std::mutex mutex_;
  OwnFiles files_;
  std::vector<Table> tables_;  // in the order in which they were read
};

}  // namespace minne
