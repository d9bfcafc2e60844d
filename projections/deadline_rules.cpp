#include "projections/deadline_rules.h"

#include "events/check.h"
#include "projections/rule_check.h"
#include "rule_files.h"

#include <algorithm>

namespace minne {
namespace {

using flatbuffers::Table;

class SchemaFields final : public EventFields {
 public:
  explicit SchemaFields(const CodeLists& codes) : codes_(codes) {}

  bool has_event(std::string_view event) const override { return type_named(event).has_value(); }
  bool has_field(std::string_view event, std::string_view field) const override {
    return find(event, field) != nullptr;
  }
  bool has_date_field(std::string_view event, std::string_view field) const override {
    const auto* found = find(event, field);
    return found != nullptr && (found->kind == FieldKind::kDate || found->kind == FieldKind::kInstant);
  }
  bool has_id_field(std::string_view event, std::string_view field) const override {
    const auto* found = find(event, field);
    return found != nullptr && found->kind == FieldKind::kId;
  }
  bool has_text_field(std::string_view event, std::string_view field) const override {
    const auto* found = find(event, field);
    return found != nullptr && !found->vector && !found->sealed &&
           (found->kind == FieldKind::kText || found->kind == FieldKind::kCode);
  }
  bool in_board_stream(std::string_view event) const override {
    const auto type = type_named(event);
    return type && stream_of(*type) == StreamKind::board;
  }
  bool has_code(std::string_view list, std::string_view code) const override {
    const auto* codes = codes_.find(list);
    return codes != nullptr && codes->find(code) != nullptr;
  }
  std::string wrong_value(std::string_view event, std::string_view field, std::string_view value) const override {
    const auto* found = find(event, field);
    if (found == nullptr || value.empty()) return {};
    switch (found->kind) {
      case FieldKind::kBool:
        return value == "true" || value == "false" ? "" : "is true or false";
      case FieldKind::kCode:
        return found->list.empty() || has_code(found->list, value) ? "" : "has no code '" + std::string{value} + "'";
      case FieldKind::kText:
        return {};
      default:
        return "can be asked only whether it is given (\"\")";
    }
  }

 private:
  static const FieldSchema* find(std::string_view event, std::string_view field) {
    const auto type = type_named(event);
    if (!type) return nullptr;
    const auto& schema = EventSchema::instance();
    if (field == "occurred_at" || field == "received_at") return schema.envelope().find(field);
    return schema.body(*type).find(field);
  }

  const CodeLists& codes_;
};

const Table& body_table(const Event& event) { return *static_cast<const Table*>(event.body()); }

bool equals(const Table& body, const FieldSchema& field, const std::string& expected) {
  const auto offset = field.field->offset();
  if (!body.CheckField(offset)) return expected.empty();
  switch (field.kind) {
    case FieldKind::kBool:
      return (body.GetField<std::uint8_t>(offset, 0) != 0) == (expected == "true");
    case FieldKind::kText:
    case FieldKind::kCode:
      return text_of(body.GetPointer<const flatbuffers::String*>(offset)) == expected;
    default:
      return false;
  }
}

bool holds(const Table& body, const DeadlineRules::FieldTest& test) {
  return std::ranges::any_of(test.values, [&](const auto& value) { return equals(body, *test.field, value); });
}

bool applies(const Event& event, const DeadlineRules::Trigger& trigger) {
  if (trigger.where.empty() && trigger.unless.empty()) return true;
  const auto& body = body_table(event);
  const auto test = [&](const auto& one) { return holds(body, one); };
  return std::ranges::all_of(trigger.where, test) && std::ranges::none_of(trigger.unless, test);
}

std::vector<DeadlineRules::FieldTest> tests_of(const FieldValues& values, const TableSchema& body) {
  std::vector<DeadlineRules::FieldTest> out;
  for (const auto& [name, value] : values) {
    const auto* field = body.find(name);
    CHECK(field != nullptr);  // load_rules asked SchemaFields
    const auto same = std::ranges::find(out, field, &DeadlineRules::FieldTest::field);
    auto& test = same != out.end() ? *same : out.emplace_back(DeadlineRules::FieldTest{field, {}});
    test.values.push_back(value);
  }
  return out;
}

std::optional<When> time_in_body(const Event& event, const FieldSchema& field) {
  const auto& body = body_table(event);
  const auto offset = field.field->offset();
  if (!body.CheckField(offset)) return std::nullopt;
  if (field.kind == FieldKind::kInstant) {
    return When{from_micros(body.GetField<std::int64_t>(offset, 0)), Precision::kInstant};
  }
  return When{day_start(from_days(body.GetField<std::int32_t>(offset, 0))), Precision::kDay};
}

// The time of the first of a trigger's fields that the event gives, or nothing where it leaves all of them out.
std::optional<When> time_of(const Event& event, const DeadlineRules::Trigger& trigger) {
  for (std::size_t i = 0; i < trigger.fields.size(); ++i) {
    if (trigger.fields[i] != nullptr) {
      if (const auto time = time_in_body(event, *trigger.fields[i])) return time;
      continue;
    }
    if (trigger.when.fields[i] == "received_at" && event.received_at()) {
      return When{received(event), static_cast<Precision>(event.received_precision())};
    }
    return When{occurred(event), static_cast<Precision>(event.occurred_precision())};
  }
  if (!trigger.fields.empty()) return std::nullopt;
  return When{occurred(event), static_cast<Precision>(event.occurred_precision())};
}

std::vector<Id> ids_in(const Event& event, const FieldSchema& field) {
  std::vector<Id> out;
  const auto& body = body_table(event);
  const auto offset = field.field->offset();
  if (!body.CheckField(offset)) return out;
  if (!field.vector) {
    out.push_back(id_of(body.GetStruct<const events::Uuid*>(offset)));
  } else {
    for (const auto* id : *body.GetPointer<const flatbuffers::Vector<const events::Uuid*>*>(offset)) {
      out.push_back(id_of(id));
    }
  }
  return out;
}

// The first byte is the place among the fields, the rest tells one text from another.
std::vector<Id> whose_in(const Event& event, const std::vector<const FieldSchema*>& fields) {
  std::vector<Id> out;
  const auto& body = body_table(event);
  for (std::size_t place = 0; place < fields.size(); ++place) {
    const auto text = text_of(body.GetPointer<const flatbuffers::String*>(fields[place]->field->offset()));
    if (text.empty()) continue;
    out.push_back(id_v5(Id{}, text));
    out.back().bytes.front() = static_cast<std::uint8_t>(place);
  }
  return out;
}

std::vector<RuleFile> program_files() {
  std::vector<RuleFile> files;
  for (const auto& [name, text] : kRuleFiles) files.push_back({std::string{name}, std::string{text}});
  return files;
}

bool valid_on(const Rule& rule, Date day) {
  return (!rule.valid_from || *rule.valid_from <= day) && (!rule.valid_to || day <= *rule.valid_to);
}

}  // namespace

Result<std::unique_ptr<DeadlineRules>> DeadlineRules::compile(RuleTable table, std::shared_ptr<const CodeLists> codes) {
  std::unique_ptr<DeadlineRules> out{new DeadlineRules(std::move(table), std::move(codes))};
  for (const auto& rule : out->table_.rules()) {
    if (counts(rule)) MINNE_TRY_VOID(out->add(rule));
  }
  return out;
}

Result<> DeadlineRules::add(const Rule& rule) {
  for (const auto& start : rule.starts) {
    MINNE_TRY_VOID(add(rule, Effect::kStart, start.trigger, &start, start.matter));
    for (const auto& through : start.through) {
      minne::Trigger naming;
      naming.event = through.event;
      naming.where = through.where;
      MINNE_TRY_VOID(add(rule, Effect::kNames, naming, &start, through.field));
    }
    for (const auto& allows : start.after) MINNE_TRY_VOID(add(rule, Effect::kAllows, allows, &start));
    for (const auto& forbids : start.before) MINNE_TRY_VOID(add(rule, Effect::kForbids, forbids, &start));
    for (const auto& bars : start.barred_by) MINNE_TRY_VOID(add(rule, Effect::kBars, bars, &start));
    for (const auto& from : start.counted_from) MINNE_TRY_VOID(add(rule, Effect::kCountsFrom, from, &start));
  }
  for (const auto& met : rule.met_by) MINNE_TRY_VOID(add(rule, Effect::kMeet, met));
  for (const auto& restarts : rule.restarts_by) MINNE_TRY_VOID(add(rule, Effect::kRestart, restarts));
  for (const auto& cancels : rule.cancelled_by) MINNE_TRY_VOID(add(rule, Effect::kCancel, cancels));
  if (!rule.extended_by) return {};
  minne::Trigger extends;
  extends.event = rule.extended_by->event;
  extends.fields = {rule.extended_by->field};
  return add(rule, Effect::kExtend, extends);
}

Result<std::unique_ptr<DeadlineRules>> DeadlineRules::built_in(const std::vector<RuleFile>& more,
                                                               const std::vector<CodeFile>& codes) {
  MINNE_TRY(CodeLists lists, CodeLists::built_in().with(codes));
  auto files = program_files();
  files.insert(files.end(), more.begin(), more.end());
  MINNE_TRY(RuleTable table, load_rules(files, SchemaFields{lists}));
  return compile(std::move(table), std::make_shared<const CodeLists>(std::move(lists)));
}

Result<std::size_t> rules_added_by(const RuleFile& file, const CodeLists& codes) {
  auto files = program_files();
  MINNE_TRY(const RuleTable own, load_rules(files, SchemaFields{codes}));
  files.push_back(file);
  MINNE_TRY(const RuleTable both, load_rules(files, SchemaFields{codes}));
  return both.rules().size() - own.rules().size();
}

// What all versions of a rule say alike stands here once, so that an event does not hit it once for each.
Result<> DeadlineRules::add(const Rule& rule, Effect effect, const minne::Trigger& when, const Start* start,
                            const std::string& names) {
  const auto type = type_named(when.event);
  CHECK(type.has_value());  // load_rules asked SchemaFields
  auto& of_type = by_type_[static_cast<std::size_t>(*type)];
  const auto clock = clock_of(rule);
  const auto same = [&](std::uint16_t number) {
    const auto& other = triggers_[number];
    return other.start == nullptr && other.effect == effect && other.clock == clock && other.when == when;
  };
  if (start == nullptr && std::ranges::any_of(of_type, same)) return {};
  const auto& body = EventSchema::instance().body(*type);
  Trigger trigger;
  trigger.rule = &rule;
  trigger.clock = clock;
  trigger.effect = effect;
  trigger.start = start;
  trigger.type = *type;
  trigger.when = when;
  trigger.where = tests_of(when.where, body);
  trigger.unless = tests_of(when.unless, body);
  for (const auto& field : when.fields) {
    trigger.fields.push_back(field == "received_at" || field == "occurred_at" ? nullptr : body.find(field));
  }
  for (const auto& field : when.whose) trigger.whose.push_back(body.find(field));
  if (!names.empty()) trigger.names = body.find(names);
  if (triggers_.size() >= 0xFFFF) return failure(Code::kTooLarge, "too many rules");
  of_type.push_back(static_cast<std::uint16_t>(triggers_.size()));
  triggers_.push_back(std::move(trigger));
  return {};
}

// The table is sorted by id, so that the versions of a rule are compiled one after another.
std::uint16_t DeadlineRules::clock_of(const Rule& rule) const {
  if (triggers_.empty()) return 0;
  const auto& last = triggers_.back();
  return last.rule->id == rule.id ? last.clock : static_cast<std::uint16_t>(last.clock + 1);
}

std::vector<DeadlineRules::Hit> DeadlineRules::hits(const Event& event) const {
  std::vector<Hit> out;
  for (const auto number : by_type_[static_cast<std::size_t>(event.body_type())]) {
    const auto& trigger = triggers_[number];
    if (!applies(event, trigger)) continue;
    const auto time = time_of(event, trigger);
    if (!time || (trigger.effect == Effect::kStart && !valid_on(*trigger.rule, local_date(time->at)))) continue;
    auto names = trigger.names == nullptr ? whose_in(event, trigger.whose) : ids_in(event, *trigger.names);
    out.push_back({number, *time, std::move(names)});
  }
  return out;
}

}  // namespace minne
