#include "projections/deadline_rules.h"

#include "events/check.h"
#include "statute_toml.h"

#include <algorithm>

namespace minne {
namespace {

using flatbuffers::Table;

class SchemaFields final : public EventFields {
 public:
  bool has_event(std::string_view event) const override { return type_named(event).has_value(); }
  bool has_field(std::string_view event, std::string_view field) const override {
    return find(event, field) != nullptr;
  }
  bool has_date_field(std::string_view event, std::string_view field) const override {
    const auto* found = find(event, field);
    return found != nullptr && (found->kind == FieldKind::kDate || found->kind == FieldKind::kInstant);
  }

 private:
  static const FieldSchema* find(std::string_view event, std::string_view field) {
    const auto type = type_named(event);
    if (!type) return nullptr;
    const auto& schema = EventSchema::instance();
    if (field == "occurred_at" || field == "received_at") return schema.envelope().find(field);
    return schema.body(*type).find(field);
  }
};

const Table& body_table(const Event& event) { return *static_cast<const Table*>(event.body()); }

bool field_equals(const Event& event, const std::string& name, const std::string& expected) {
  const auto* field = EventSchema::instance().body(event.body_type()).find(name);
  CHECK(field != nullptr);
  const auto& body = body_table(event);
  const auto offset = field->field->offset();
  if (!body.CheckField(offset)) return false;
  switch (field->kind) {
    case FieldKind::kBool:
      return (body.GetField<std::uint8_t>(offset, 0) != 0) == (expected == "true");
    case FieldKind::kText:
    case FieldKind::kCode:
      return text_of(body.GetPointer<const flatbuffers::String*>(offset)) == expected;
    default:
      return false;
  }
}

// The time of a trigger's field, or nothing where the event leaves it out.
std::optional<When> time_of(const Event& event, const DeadlineRules::Trigger& trigger) {
  if (trigger.field != nullptr) {
    const auto& body = body_table(event);
    const auto offset = trigger.field->field->offset();
    if (!body.CheckField(offset)) return std::nullopt;
    if (trigger.field->kind == FieldKind::kInstant) {
      return When{from_micros(body.GetField<std::int64_t>(offset, 0)), Precision::kInstant};
    }
    return When{day_start(from_days(body.GetField<std::int32_t>(offset, 0))), Precision::kDay};
  }
  if (trigger.received && event.received_at()) {
    return When{received(event), static_cast<Precision>(event.received_precision())};
  }
  return When{occurred(event), static_cast<Precision>(event.occurred_precision())};
}

}  // namespace

Result<std::unique_ptr<DeadlineRules>> DeadlineRules::compile(RuleTable table) {
  std::unique_ptr<DeadlineRules> out{new DeadlineRules(std::move(table))};
  for (const auto& rule : out->table_.rules()) {
    MINNE_TRY_VOID(out->add(rule, Effect::kStart, rule.starts.event, rule.starts.field, rule.conditions.fields));
    for (const auto& met : rule.met_by)
      MINNE_TRY_VOID(out->add(rule, Effect::kMeet, met.event, "occurred_at", met.where));
    for (const auto& cancel : rule.cancelled_by) {
      MINNE_TRY_VOID(out->add(rule, Effect::kCancel, cancel.event, "occurred_at", cancel.where));
    }
    if (rule.extended_by)
      MINNE_TRY_VOID(out->add(rule, Effect::kExtend, rule.extended_by->event, rule.extended_by->field, {}));
  }
  return out;
}

Result<std::unique_ptr<DeadlineRules>> DeadlineRules::built_in(const std::vector<RuleFile>& more) {
  std::vector<RuleFile> files{{"statute.toml", std::string{kStatuteToml}}};
  files.insert(files.end(), more.begin(), more.end());
  MINNE_TRY(RuleTable table, load_rules(files, SchemaFields{}));
  return compile(std::move(table));
}

Result<> DeadlineRules::add(const Rule& rule, Effect effect, const std::string& event, const std::string& field,
                            FieldValues where) {
  const auto type = type_named(event);
  CHECK(type.has_value());  // load_rules asked SchemaFields
  Trigger trigger{&rule, effect, nullptr, field == "received_at", std::move(where)};
  if (field != "received_at" && field != "occurred_at") trigger.field = EventSchema::instance().body(*type).find(field);
  if (triggers_.size() >= 0xFFFF) return failure(Code::kTooLarge, "too many rules");
  by_type_[static_cast<std::size_t>(*type)].push_back(static_cast<std::uint16_t>(triggers_.size()));
  triggers_.push_back(std::move(trigger));
  return {};
}

std::vector<DeadlineRules::Hit> DeadlineRules::hits(const Event& event) const {
  std::vector<Hit> out;
  for (const auto number : by_type_[static_cast<std::size_t>(event.body_type())]) {
    const auto& trigger = triggers_[number];
    if (!std::ranges::all_of(trigger.where,
                             [&](const auto& pair) { return field_equals(event, pair.first, pair.second); })) {
      continue;
    }
    if (const auto time = time_of(event, trigger)) out.push_back({number, *time});
  }
  return out;
}

}  // namespace minne
