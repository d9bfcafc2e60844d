// Rule files to a RuleTable: the grammar that rules.h describes, and every fault told with its file and line.
#include "events/check.h"
#include "projections/rules.h"
#include "projections/standing_rule_reader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <set>

namespace minne {
namespace {

using namespace rule_file;

constexpr std::size_t kMaxIdSize = 40;
constexpr int kMaxAge = 130;

// What `requires` and `unless_open` may name: a fold decides each, so no other word could ever hold.
constexpr std::array<std::string_view, 3> kRequirements{"born", "unborn", "awaited"};
constexpr std::array<std::string_view, 1> kMatters{"investigation"};

bool is_rule_id(std::string_view id) {
  const auto allowed = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !id.empty() && id.size() <= kMaxIdSize && std::all_of(id.begin(), id.end(), allowed);
}

struct PlacedLimit {
  Limit limit;
  std::string where;
};

std::optional<std::string> value_text(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  return std::nullopt;
}

// Reads the rules of one file. Each function takes a part of an entry to its value, or says what is wrong with it.
class FileReader {
 public:
  FileReader(std::string_view file, const EventFields& events) : source_{file}, events_(events) {}

  [[nodiscard]] Result<BoardSettings> settings(const toml::table& document, BoardSettings before) const {
    const toml::node* node = document.get("board");
    if (node == nullptr) return before;
    if (!node->is_table()) return source_.fault("board is not a table", node->source());
    const Section board(source_, *node->as_table(), "[board]");
    MINNE_TRY_VOID(board.allow({"late_in_day", "limits", "research", "unsearchable_reports_law"}));
    MINNE_TRY(const auto hour, board.integer("late_in_day", 0, 24));
    MINNE_TRY(auto research, board.one_of("research", kResearch));
    MINNE_TRY(auto ground, board.text("unsearchable_reports_law"));
    before.late_in_day = hour.value_or(before.late_in_day);
    if (!research.empty()) before.research = std::move(research);
    if (ground) before.unsearchable_reports_law = std::move(*ground);
    return before;
  }

  // The limits that the board sets for policies, each with where it is said.
  [[nodiscard]] Result<> limits(const toml::table& document,
                                std::map<std::string, PlacedLimit, std::less<>>& out) const {
    const toml::node* node = document["board"]["limits"].node();
    if (node == nullptr) return {};
    if (!node->is_table()) return source_.fault("limits is not a table", node->source());
    const Section section(source_, *node->as_table(), "[board.limits]");
    for (const auto& [key, value] : *node->as_table()) {
      const std::string id(key.str());
      MINNE_TRY(const std::string text, section.required_text(id));
      MINNE_TRY(const Limit limit, read_limit(section, id, text));
      out[id] = {limit, source_.place(value.source())};
    }
    return {};
  }

  [[nodiscard]] Result<Rule> rule(const toml::table& table) const {
    const Section entry(source_, table, "[[rule]]");
    MINNE_TRY_VOID(
        entry.allow({"id",          "law",          "section",   "kind",      "valid_from", "valid_to", "known_from",
                     "starts",      "conditions",   "limit",     "then",      "adjust",     "met_by",   "restarts_by",
                     "extended_by", "cancelled_by", "on_expiry", "until_age", "swedish",    "external"}));
    Rule rule;
    MINNE_TRY_VOID(read_origin(entry, rule));
    MINNE_TRY_VOID(read_validity(entry, rule));
    MINNE_TRY_VOID(read_counting(entry, rule));
    MINNE_TRY(rule.external, entry.flag("external"));
    if (rule.external) {
      MINNE_TRY_VOID(refuse_clock(entry));
      return rule;
    }
    MINNE_TRY_VOID(read_starts(entry, rule));
    MINNE_TRY_VOID(read_conditions(entry, rule.conditions));
    MINNE_TRY_VOID(read_ends(entry, rule));
    return rule;
  }

 private:
  Result<> read_origin(const Section& entry, Rule& rule) const {
    MINNE_TRY(rule.id, entry.required_text("id"));
    if (!is_rule_id(rule.id)) return entry.fault_at("id", "is not of A-Z, 0-9 and _, at most 40");
    MINNE_TRY(const std::string kind, entry.required_text("kind"));
    MINNE_TRY(rule.kind,
              entry.choice<RuleKind>(
                  "kind", kind,
                  {{"statute", RuleKind::kStatute}, {"policy", RuleKind::kPolicy}, {"board", RuleKind::kBoard}}));
    MINNE_TRY(rule.law, entry.text_or_empty("law"));
    MINNE_TRY(rule.section, entry.text_or_empty("section"));
    MINNE_TRY(rule.swedish, entry.text_or_empty("swedish"));
    if (rule.kind != RuleKind::kPolicy && (rule.law.empty() || rule.section.empty())) {
      return entry.fault("a statute's rule names its law and section");
    }
    return {};
  }

  // What nobody's event starts has no ends either.
  static Result<> refuse_clock(const Section& entry) {
    for (const std::string_view key :
         {"starts", "conditions", "met_by", "restarts_by", "extended_by", "cancelled_by", "on_expiry", "until_age"}) {
      if (entry.get(key) != nullptr) return entry.fault_at(key, "is of a clock, and an external duty has none");
    }
    return {};
  }

  Result<> read_validity(const Section& entry, Rule& rule) const {
    MINNE_TRY(rule.valid_from, entry.date("valid_from"));
    MINNE_TRY(rule.valid_to, entry.date("valid_to"));
    MINNE_TRY(rule.known_from, entry.date("known_from"));
    if (rule.valid_from && rule.valid_to && *rule.valid_to < *rule.valid_from) {
      return entry.fault_at("valid_to", "is before valid_from");
    }
    return {};
  }

  Result<> read_starts(const Section& entry, Rule& rule) const {
    const toml::node* node = entry.get("starts");
    if (node == nullptr) return entry.fault("[[rule]] lacks starts");
    if (const auto* table = node->as_table()) return read_start(*table, rule);
    if (!node->is_array() || node->as_array()->empty()) return entry.fault_at("starts", "is not a table");
    for (const toml::node& element : *node->as_array()) {
      if (!element.is_table()) return source_.fault("starts holds what is not a table", element.source());
      MINNE_TRY_VOID(read_start(*element.as_table(), rule));
    }
    return {};
  }

  Result<> read_start(const toml::table& table, Rule& rule) const {
    const Section section(source_, table, "starts");
    MINNE_TRY_VOID(section.allow({"event", "field", "where", "unless", "whose", "matter", "and_named", "through",
                                  "after", "before", "barred_by", "counted_from"}));
    Start start;
    MINNE_TRY(start.trigger, read_narrowed(section));
    if (start.trigger.fields.empty()) return section.fault("starts lacks field");
    if (rule.kind == RuleKind::kBoard && !events_.in_board_stream(start.trigger.event)) {
      return section.fault_at("event", quoted(start.trigger.event) + " is no event of the board's own stream");
    }
    MINNE_TRY(start.matter, read_id_field(section, "matter", start.trigger.event));
    if (!start.matter.empty() && !start.trigger.whose.empty())
      return section.fault_at("whose", "and matter do not go together");
    MINNE_TRY(start.and_named, section.flag("and_named"));
    MINNE_TRY(start.through, read_through(section));
    MINNE_TRY(start.after, read_triggers(section, "after"));
    MINNE_TRY(start.before, read_triggers(section, "before"));
    MINNE_TRY(start.barred_by, read_triggers(section, "barred_by"));
    MINNE_TRY(start.counted_from, read_triggers(section, "counted_from"));
    rule.starts.push_back(std::move(start));
    return {};
  }

  Result<std::string> read_id_field(const Section& section, std::string_view key, std::string_view event) const {
    MINNE_TRY(auto field, section.text_or_empty(key));
    if (!field.empty() && !events_.has_id_field(event, field)) {
      return section.fault_at(key, quoted(field) + " names no matter in " + std::string(event));
    }
    return field;
  }

  Result<std::vector<Through>> read_through(const Section& start) const {
    std::vector<Through> out;
    const toml::node* node = start.get("through");
    if (node == nullptr) return out;
    if (const auto* table = node->as_table()) {
      MINNE_TRY(auto one, read_one_through(*table));
      out.push_back(std::move(one));
      return out;
    }
    if (!node->is_array() || node->as_array()->empty()) return start.fault_at("through", "is not a table");
    for (const toml::node& element : *node->as_array()) {
      if (!element.is_table()) return source_.fault("through holds what is not a table", element.source());
      MINNE_TRY(auto one, read_one_through(*element.as_table()));
      out.push_back(std::move(one));
    }
    return out;
  }

  Result<Through> read_one_through(const toml::table& table) const {
    const Section section(source_, table, "through");
    MINNE_TRY_VOID(section.allow({"event", "field", "where"}));
    Through through;
    MINNE_TRY(through.event, read_event(section));
    MINNE_TRY(through.field, read_id_field(section, "field", through.event));
    MINNE_TRY(through.where, read_values(section, "where", through.event));
    return through;
  }

  Result<> read_conditions(const Section& entry, Conditions& conditions) const {
    const toml::node* node = entry.get("conditions");
    if (node == nullptr) return {};
    if (!node->is_table()) return entry.fault_at("conditions", "is not a table");
    const Section section(source_, *node->as_table(), "conditions");
    MINNE_TRY_VOID(section.allow({"unless_open", "age_below", "requires", "law"}));
    MINNE_TRY(conditions.unless_open, section.one_of("unless_open", kMatters));
    MINNE_TRY(conditions.requires_, section.one_of("requires", kRequirements));
    MINNE_TRY(conditions.age_below, section.integer("age_below", 1, kMaxAge));
    MINNE_TRY(conditions.law, section.text_or_empty("law"));
    return {};
  }

  Result<> read_counting(const Section& entry, Rule& rule) const {
    MINNE_TRY(const std::string limit, entry.required_text("limit"));
    MINNE_TRY(rule.limit, read_limit(entry, "limit", limit));
    if (rule.limit.unit == Limit::Unit::kBoard && rule.kind != RuleKind::kPolicy) {
      return entry.fault_at("limit", "of a statute is the law's, not the board's");
    }
    MINNE_TRY(const auto then, entry.text("then"));
    if (then) {
      MINNE_TRY(rule.then, read_limit(entry, "then", *then));
      if (rule.then->count == 0 || rule.then->unit == Limit::Unit::kYearly)
        return entry.fault_at("then", "is no limit such as 14d, 1w or 4m");
    }
    MINNE_TRY(const std::string adjust, entry.required_text("adjust"));
    MINNE_TRY(rule.adjust,
              entry.choice<Adjust>("adjust", adjust,
                                   {{"none", Adjust::kNone}, {"next_working_day", Adjust::kNextWorkingDay}}));
    return {};
  }

  Result<> read_ends(const Section& entry, Rule& rule) const {
    MINNE_TRY(rule.met_by, read_triggers(entry, "met_by"));
    MINNE_TRY(rule.restarts_by, read_triggers(entry, "restarts_by"));
    if (rule.met_by.empty() && rule.restarts_by.empty())
      return entry.fault("[[rule]] lacks met_by: nothing could meet it");
    MINNE_TRY(rule.cancelled_by, read_triggers(entry, "cancelled_by"));
    MINNE_TRY(rule.extended_by, read_extension(entry));
    MINNE_TRY(rule.until_age, entry.integer("until_age", 1, kMaxAge));
    MINNE_TRY(const auto on_expiry, entry.text("on_expiry"));
    MINNE_TRY(rule.on_expiry, entry.choice<OnExpiry>("on_expiry", on_expiry.value_or("overdue"),
                                                     {{"overdue", OnExpiry::kOverdue}, {"lapse", OnExpiry::kLapse}}));
    return {};
  }

  Result<Limit> read_limit(const Section& entry, std::string_view key, std::string_view text) const {
    if (const auto named = named_limit(text)) return *named;
    if (const auto counted = counted_limit(text)) return *counted;
    if (const auto yearly = yearly_limit(text)) return *yearly;
    return entry.fault_at(key, "is no limit such as 14d, 1w, 4m, 01-31, same_day or given");
  }

  Result<std::string> read_event(const Section& section) const {
    MINNE_TRY(auto event, section.required_text("event"));
    if (!events_.has_event(event)) return section.fault_at("event", quoted(event) + " is no event type");
    return event;
  }

  Result<std::string> read_date_field(const Section& section, std::string_view event) const {
    MINNE_TRY(auto field, section.required_text("field"));
    if (!events_.has_date_field(event, field)) {
      return section.fault_at("field", quoted(field) + " is no date of " + std::string(event));
    }
    return field;
  }

  // One date field or several, of which the first given counts.
  Result<std::vector<std::string>> read_date_fields(const Section& section, std::string_view event) const {
    std::vector<std::string> fields;
    const toml::node* node = section.get("field");
    if (node == nullptr) return fields;
    if (!node->is_array()) {
      MINNE_TRY(auto field, read_date_field(section, event));
      fields.push_back(std::move(field));
      return fields;
    }
    for (const toml::node& element : *node->as_array()) {
      const auto* field = element.as_string();
      if (field == nullptr || !events_.has_date_field(event, field->get())) {
        return source_.fault("field holds what is no date of " + std::string(event), element.source());
      }
      fields.push_back(field->get());
    }
    return fields;
  }

  Result<FieldValues> read_values(const Section& section, std::string_view name, std::string_view event) const {
    const toml::node* node = section.get(name);
    if (node == nullptr) return FieldValues{};
    if (!node->is_table()) return section.fault_at(name, "is not a table");
    FieldValues values;
    for (const auto& [key, value] : *node->as_table()) {
      const std::string field(key.str());
      if (!events_.has_field(event, field)) {
        return source_.fault(std::string(name) + " names " + quoted(field) + ", no field of " + std::string(event),
                             key.source());
      }
      MINNE_TRY_VOID(add_values(name, field, key.source(), value, values));
      for (const auto& [compared, with] : values) {
        const auto wrong = compared == field ? events_.wrong_value(event, field, with) : std::string{};
        if (!wrong.empty())
          return source_.fault(std::string(name) + ": " + quoted(field) + " " + wrong, value.source());
      }
    }
    return values;
  }

  Result<> add_values(std::string_view name, const std::string& field, const toml::source_region& at,
                      const toml::node& value, FieldValues& values) const {
    if (const auto* list = value.as_array(); list != nullptr && !list->empty()) {
      for (const toml::node& element : *list) {
        if (element.is_array()) return source_.fault(std::string(name) + " holds a list in a list", at);
        MINNE_TRY_VOID(add_values(name, field, at, element, values));
      }
      return {};
    }
    auto text = value_text(value);
    if (!text) {
      return source_.fault(std::string(name) + " compares " + quoted(field) + " with no text, truth or integer", at);
    }
    values.emplace_back(field, std::move(*text));
    return {};
  }

  Result<std::vector<std::string>> read_whose(const Section& section, std::string_view event) const {
    std::vector<std::string> fields;
    const toml::node* node = section.get("whose");
    if (node == nullptr) return fields;
    if (!node->is_array() || node->as_array()->empty()) return section.fault_at("whose", "is not a list of fields");
    for (const toml::node& element : *node->as_array()) {
      const auto* field = element.as_string();
      if (field == nullptr || !events_.has_text_field(event, field->get())) {
        return source_.fault("whose holds what is no text of " + std::string(event), element.source());
      }
      fields.push_back(field->get());
    }
    return fields;
  }

  // The keys that any event may have.
  Result<Trigger> read_narrowed(const Section& section) const {
    Trigger trigger;
    MINNE_TRY(trigger.event, read_event(section));
    MINNE_TRY(trigger.fields, read_date_fields(section, trigger.event));
    MINNE_TRY(trigger.where, read_values(section, "where", trigger.event));
    MINNE_TRY(trigger.unless, read_values(section, "unless", trigger.event));
    MINNE_TRY(trigger.whose, read_whose(section, trigger.event));
    return trigger;
  }

  Result<std::optional<Extension>> read_extension(const Section& entry) const {
    const toml::node* node = entry.get("extended_by");
    if (node == nullptr) return std::optional<Extension>{};
    if (!node->is_table()) return entry.fault_at("extended_by", "is not a table");
    const Section section(source_, *node->as_table(), "extended_by");
    MINNE_TRY_VOID(section.allow({"event", "field"}));
    Extension extension;
    MINNE_TRY(extension.event, read_event(section));
    MINNE_TRY(extension.field, read_date_field(section, extension.event));
    return std::optional{std::move(extension)};
  }

  Result<std::vector<Trigger>> read_triggers(const Section& entry, std::string_view key) const {
    std::vector<Trigger> triggers;
    const toml::node* node = entry.get(key);
    if (node == nullptr) return triggers;
    if (!node->is_array()) return entry.fault_at(key, "is not a list of events");
    for (const toml::node& element : *node->as_array()) {
      MINNE_TRY(auto trigger, read_trigger(element, key));
      triggers.push_back(std::move(trigger));
    }
    return triggers;
  }

  Result<Trigger> read_trigger(const toml::node& node, std::string_view key) const {
    if (const auto* name = node.as_string()) {
      if (!events_.has_event(name->get())) {
        return source_.fault(std::string(key) + " " + quoted(name->get()) + " is no event type", node.source());
      }
      Trigger trigger;
      trigger.event = name->get();
      return trigger;
    }
    if (!node.is_table()) return source_.fault(std::string(key) + " holds neither a name nor a table", node.source());
    const Section section(source_, *node.as_table(), key);
    MINNE_TRY_VOID(section.allow({"event", "field", "where", "unless", "whose", "anywhere"}));
    MINNE_TRY(auto trigger, read_narrowed(section));
    MINNE_TRY(trigger.anywhere, section.flag("anywhere"));
    return trigger;
  }

  Source source_;
  const EventFields& events_;
};

struct PlacedRule {
  Rule rule;
  std::string where;
  std::size_t place = 0;  // as they were read
};

struct Loaded {
  std::vector<PlacedRule> rules;
  BoardSettings settings;
  std::map<std::string, PlacedLimit, std::less<>> limits;
  StandingRules standing;
};

Result<toml::table> parse_toml(std::string_view text, Source source) {
  try {
    return toml::parse(text, source.file);
  } catch (const toml::parse_error& error) {
    return source.fault(std::string(error.description()), error.source());
  }
}

template <class Visit>
Result<> each_entry(Source source, const toml::table& document, std::string_view name, Visit visit) {
  const toml::node* entries = document.get(name);
  if (entries == nullptr) return {};
  const std::string called(name);
  if (!entries->is_array()) {
    return source.fault(called + " is not a list: write [[" + called + "]]", entries->source());
  }
  for (const toml::node& entry : *entries->as_array()) {
    if (!entry.is_table()) return source.fault("a " + called + " is not a table", entry.source());
    MINNE_TRY_VOID(visit(*entry.as_table()));
  }
  return {};
}

// An entry takes the place of one that an earlier file has of the same id; two of one file are a mistake.
template <class Entry, class Read>
Result<> read_standing(Source source, const toml::table& document, std::string_view name, std::string_view title,
                       Read read, std::vector<Entry>& all) {
  std::set<std::string> seen;
  return each_entry(source, document, name, [&](const toml::table& table) -> Result<> {
    const Section section(source, table, title);
    MINNE_TRY(Entry entry, read(section));
    if (!seen.insert(entry.id).second) return section.fault_at("id", "stands twice in the file");
    const auto same = std::find_if(all.begin(), all.end(), [&](const Entry& one) { return one.id == entry.id; });
    if (same == all.end() && all.size() == kMaxRules) return section.fault("there are too many rules");
    if (same == all.end()) {
      all.push_back(std::move(entry));
    } else {
      *same = std::move(entry);
    }
    return {};
  });
}

Result<> read_file(const RuleFile& file, const EventFields& events, Loaded& loaded) {
  const Source source{file.name};
  if (file.text.size() > kMaxRuleFileBytes) return failure(Code::kTooLarge, "the rule file is too long", file.name);
  MINNE_TRY(const toml::table document, parse_toml(file.text, source));
  MINNE_TRY_VOID(Section(source, document, "the file").allow({"board", "rule", "pattern", "retention"}));
  const FileReader reader(file.name, events);
  MINNE_TRY(loaded.settings, reader.settings(document, loaded.settings));
  MINNE_TRY_VOID(reader.limits(document, loaded.limits));
  const auto pattern = [&events](const Section& entry) { return read_pattern(entry, events); };
  MINNE_TRY_VOID(read_standing(source, document, "pattern", "[[pattern]]", pattern, loaded.standing.patterns));
  MINNE_TRY_VOID(
      read_standing(source, document, "retention", "[[retention]]", read_retention, loaded.standing.retention));
  return each_entry(source, document, "rule", [&](const toml::table& entry) -> Result<> {
    if (loaded.rules.size() == kMaxRules) return source.fault("there are too many rules", entry.source());
    MINNE_TRY(auto rule, reader.rule(entry));
    loaded.rules.push_back({std::move(rule), source.place(entry.source()), loaded.rules.size()});
    return {};
  });
}

Result<> refuse_overlaps(std::vector<PlacedRule>& placed) {
  std::stable_sort(placed.begin(), placed.end(),
                   [](const PlacedRule& a, const PlacedRule& b) { return by_id_and_validity(a.rule, b.rule); });
  for (std::size_t i = 1; i < placed.size(); ++i) {
    const PlacedRule& before = placed[i - 1];
    const PlacedRule& after = placed[i];
    if (before.rule.id == after.rule.id && before.rule.last_day() >= after.rule.first_day()) {
      // Told at the one that was read later: the other may be the program's own.
      const auto& [told, other] = before.place > after.place ? std::tie(before, after) : std::tie(after, before);
      return invalid(told.rule.id + " is valid on days when the entry at " + other.where + " is", told.where);
    }
  }
  return {};
}

Result<> set_limits(Loaded& loaded) {
  for (const auto& [id, set] : loaded.limits) {
    bool found = false;
    for (PlacedRule& placed : loaded.rules) {
      if (placed.rule.id != id) continue;
      found = true;
      if (placed.rule.kind != RuleKind::kPolicy) return invalid("the limit of " + id + " is the law's", set.where);
      placed.rule.limit = set.limit;
    }
    if (!found) return invalid("limits names " + quoted(id) + ", no rule", set.where);
  }
  return {};
}

}  // namespace

Result<RuleTable> load_rules(std::span<const RuleFile> files, const EventFields& events) {
  Loaded loaded;
  for (const RuleFile& file : files) {
    MINNE_TRY_VOID(read_file(file, events, loaded));
  }
  MINNE_TRY_VOID(refuse_overlaps(loaded.rules));
  MINNE_TRY_VOID(set_limits(loaded));
  std::vector<Rule> rules;
  rules.reserve(loaded.rules.size());
  for (PlacedRule& placed : loaded.rules) rules.push_back(std::move(placed.rule));
  return RuleTable(std::move(rules), std::move(loaded.settings), std::move(loaded.standing));
}

Result<RuleTable> load_rules(std::string_view text, std::string_view file_name, const EventFields& events) {
  const RuleFile file{std::string(file_name), std::string(text)};
  return load_rules(std::span(&file, 1), events);
}

}  // namespace minne
