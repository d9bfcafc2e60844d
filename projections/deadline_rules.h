// The rule table compiled against the event schema: for each event type, what it does to clocks.
//
// Immutable, shared by all threads. Trigger numbers are positions in this table and mean nothing beyond its version.
#pragma once

#include "events/schema.h"
#include "projections/rules.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace minne {

class DeadlineRules {
 public:
  enum class Effect : std::uint8_t { kStart, kMeet, kExtend, kCancel };
  struct Trigger {
    const Rule* rule = nullptr;
    Effect effect{};
    const FieldSchema* field = nullptr;  // of the body; nullptr: the envelope's
    bool received = false;               // of the envelope: received_at, else occurred_at
    FieldValues where;
  };
  // A trigger that an event hit, with the time its field gives.
  struct Hit {
    std::uint16_t trigger = 0;
    When time;
  };

  [[nodiscard]] static Result<std::unique_ptr<DeadlineRules>> compile(RuleTable table);
  // Those that come with the program.
  [[nodiscard]] static Result<std::unique_ptr<DeadlineRules>> built_in(const std::vector<RuleFile>& more = {});

  // Those that were known on a day: an answer about what was known then uses no later rule. For one fold.
  [[nodiscard]] Result<std::unique_ptr<DeadlineRules>> known_at(Date day) const {
    return compile(table_.known_at(day));
  }

  [[nodiscard]] bool concerns(Body type) const { return !by_type_[static_cast<std::size_t>(type)].empty(); }
  [[nodiscard]] std::vector<Hit> hits(const Event& event) const;
  [[nodiscard]] const Trigger& trigger(std::uint16_t number) const { return triggers_[number]; }
  [[nodiscard]] const RuleTable& table() const { return table_; }

 private:
  explicit DeadlineRules(RuleTable table) : table_(std::move(table)) {}
  [[nodiscard]] Result<> add(const Rule& rule, Effect effect, const std::string& event, const std::string& field,
                             FieldValues where);

  RuleTable table_;
  std::vector<Trigger> triggers_;
  std::array<std::vector<std::uint16_t>, kTypeCount> by_type_;
};

}  // namespace minne
