// The rule table compiled against the event schema and the code lists: for each event type, what it does to clocks.
//
// Immutable, shared by all threads. Trigger numbers are positions in this table and mean nothing beyond its version.
#pragma once

#include "events/codes.h"
#include "events/schema.h"
#include "projections/rules.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace minne {

// What a board sets for itself.
struct OwnFiles {
  std::vector<RuleFile> rules{};
  std::vector<CodeFile> codes{};
};

class DeadlineRules {
 public:
  // kNames: names the matter of a clock that starts through it. kAllows and kForbids: a start's `after` and `before`;
  // kBars and kCountsFrom: its `barred_by` and `counted_from`.
  enum class Effect : std::uint8_t {
    kStart,
    kMeet,
    kRestart,
    kExtend,
    kCancel,
    kNames,
    kAllows,
    kForbids,
    kBars,
    kCountsFrom
  };
  // A field of the body and the values that it may have; "" is a field that the event leaves out.
  struct FieldTest {
    const FieldSchema* field = nullptr;
    std::vector<std::string> values;
  };
  struct Trigger {
    const Rule* rule = nullptr;
    std::uint16_t clock = 0;  // the same for all versions of a rule
    Effect effect{};
    const Start* start = nullptr;  // kStart and all from kNames on
    Body type{};
    minne::Trigger when;
    std::vector<FieldTest> where;  // one of the values of each field that is named
    std::vector<FieldTest> unless;
    std::vector<const FieldSchema*> fields;  // of the body; nullptr: the envelope's occurred_at or received_at
    std::vector<const FieldSchema*> whose;
    const FieldSchema* names = nullptr;  // the ids of other matters
  };
  // A trigger that an event hit, with the time that its field gives and the matters that it names; of one that says
  // whose clock it is, an id for each text in its place.
  struct Hit {
    std::uint16_t trigger = 0;
    When time;
    std::vector<Id> names;
  };

  [[nodiscard]] static Result<std::unique_ptr<DeadlineRules>> compile(RuleTable table,
                                                                      std::shared_ptr<const CodeLists> codes);
  // Those that come with the program, and those of a board after them. A fault in any file refuses all of them: the
  // reason, with file:line in `where`.
  [[nodiscard]] static Result<std::unique_ptr<DeadlineRules>> built_in(const std::vector<RuleFile>& more = {},
                                                                       const std::vector<CodeFile>& codes = {});

  // Those that were known on a day: an answer about what was known then uses no later rule. For one fold.
  [[nodiscard]] Result<std::unique_ptr<DeadlineRules>> known_at(Date day) const {
    return compile(table_.known_at(day), codes_);
  }

  [[nodiscard]] bool concerns(Body type) const { return !by_type_[static_cast<std::size_t>(type)].empty(); }
  [[nodiscard]] std::vector<Hit> hits(const Event& event) const;
  [[nodiscard]] const Trigger& trigger(std::uint16_t number) const { return triggers_[number]; }
  [[nodiscard]] const RuleTable& table() const { return table_; }
  [[nodiscard]] const CodeLists& codes() const { return *codes_; }

 private:
  DeadlineRules(RuleTable table, std::shared_ptr<const CodeLists> codes)
      : table_(std::move(table)), codes_(std::move(codes)) {}
  [[nodiscard]] Result<> add(const Rule& rule, Effect effect, const minne::Trigger& when, const Start* start = nullptr,
                             const std::string& names = {});
  [[nodiscard]] std::uint16_t clock_of(const Rule& rule) const;
  [[nodiscard]] Result<> add(const Rule& rule);

  RuleTable table_;
  std::shared_ptr<const CodeLists> codes_;
  std::vector<Trigger> triggers_;
  std::array<std::vector<std::uint16_t>, kTypeCount> by_type_;
};

}  // namespace minne
