// The schema may only grow: flatc --conform misses half of what breaks old events, so this compares it with a text list
// of all that has been released (tests/golden/schema.txt). MINNE_WRITE_GOLDEN=1 adds what is new to that list.
#include "events/schema.h"

#include "event_bfbs_generated.h"
#include "tests/events/golden.h"
#include "tests/events/schema_baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <fstream>
#include <set>

namespace minne {
namespace {

using testing::facts_text;
using testing::parse_facts;
using testing::schema_faults;
using testing::SchemaFacts;

// Those that decide what bytes mean or how JSON is written. Not `sv`: the Swedish term may be mended. Of `code` not
// which list it names: a field may get another list, as long as no list loses a code.
constexpr std::array kAttributes = {"json", "instant", "precision", "date",   "code",  "word",    "sealed",
                                    "hex",  "matters", "hidden",    "stream", "opens", "token_of"};

std::string short_name(const flatbuffers::String* dotted) {
  const std::string name{text_of(dotted)};
  return name.substr(name.rfind('.') + 1);
}

std::string type_text(const reflection::Type& type, const reflection::Schema& schema) {
  const auto one = [&](reflection::BaseType base) {
    const auto index = static_cast<flatbuffers::uoffset_t>(type.index());
    if (base == reflection::Obj) return short_name(schema.objects()->Get(index)->name());
    if (type.index() >= 0) {
      const auto name = short_name(schema.enums()->Get(index)->name());
      return base == reflection::UType ? name + ":tag" : name;
    }
    std::string name = reflection::EnumNameBaseType(base);
    for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name;
  };
  if (type.base_type() == reflection::Vector) return "[" + one(type.element()) + "]";
  if (type.base_type() == reflection::Array) {
    return "[" + one(type.element()) + ":" + std::to_string(type.fixed_length()) + "]";
  }
  return one(type.base_type());
}

template <class Attributes>
std::string attribute_text(const Attributes* attributes) {
  std::string out;
  for (const auto* name : kAttributes) {
    const auto* found = attributes == nullptr ? nullptr : attributes->LookupByKey(name);
    if (found == nullptr) continue;
    const auto value = std::string_view{name} == "code" ? std::string_view{} : text_of(found->value());
    out += " " + std::string{name};
    if (!value.empty() && value != "0") out += ":" + std::string{value};
  }
  return out;
}

std::string field_text(const reflection::Field& field, const reflection::Schema& schema) {
  std::string out = std::to_string(field.id()) + " " + type_text(*field.type(), schema);
  const auto base = field.type()->base_type();
  const bool scalar = base != reflection::UType && base >= reflection::Bool && base <= reflection::Double;
  if (scalar) {
    out += field.optional() ? " scalar optional" : " scalar =" + std::to_string(field.default_integer());
    if (field.default_real() != 0) out += " =" + std::to_string(field.default_real());
  }
  if (field.required()) out += " required";
  if (field.deprecated()) out += " deprecated";
  return out + attribute_text(field.attributes());
}

SchemaFacts facts_of(const reflection::Schema& schema) {
  SchemaFacts out;
  out["root " + short_name(schema.root_table()->name())] = "";
  out["identifier " + std::string{text_of(schema.file_ident())}] = "";
  for (const auto* object : *schema.objects()) {
    const auto name = short_name(object->name());
    if (object->is_struct()) {
      std::string rest = std::to_string(object->bytesize());
      for (const auto* field : *object->fields()) {
        rest += " " + std::to_string(field->offset()) + ":" + std::string{text_of(field->name())} + ":" +
                type_text(*field->type(), schema);
      }
      out["struct " + name] = rest;
      continue;
    }
    const auto attributes = attribute_text(object->attributes());
    out["table " + name] = attributes.empty() ? "" : attributes.substr(1);
    for (const auto* field : *object->fields()) {
      out["field " + name + "." + std::string{text_of(field->name())}] = field_text(*field, schema);
    }
  }
  for (const auto* entry : *schema.enums()) {
    const auto name = short_name(entry->name());
    std::string underlying = reflection::EnumNameBaseType(entry->underlying_type()->base_type());
    out[(entry->is_union() ? "union " : "enum ") + name] = underlying;
    for (const auto* value : *entry->values()) {
      auto rest = std::to_string(value->value());
      if (entry->is_union() && value->value() != 0) rest += " " + type_text(*value->union_type(), schema);
      out["value " + name + "." + std::string{text_of(value->name())}] = rest;
    }
  }
  return out;
}

// Codes stay as types do: what was once accepted is accepted.
void add_codes(SchemaFacts& facts) {
  for (const auto& [name, list] : CodeLists::built_in().lists()) {
    for (const auto& entry : list.entries) facts["code " + name + "." + entry.code] = "";
  }
}

const reflection::Schema& embedded() { return *reflection::GetSchema(events::EventBinarySchema::data()); }
std::filesystem::path baseline_file() { return testing::golden_directory() / "schema.txt"; }

TEST(SchemaTest, OnlyGrowsBeyondItsBaseline) {
  const auto baseline = parse_facts(testing::read_text(baseline_file()));
  auto current = facts_of(embedded());
  add_codes(current);
  if (baseline.empty()) {
    if (testing::write_golden()) std::ofstream(baseline_file()) << facts_text(current);
    FAIL() << "there was no baseline at " << baseline_file();
  }
  const auto faults = schema_faults(baseline, current);
  for (const auto& fault : faults) ADD_FAILURE() << fault;
  if (faults.empty() && testing::write_golden()) std::ofstream(baseline_file()) << facts_text(current);
}

TEST(SchemaTest, BreaksNoRuleOfGrowthByItself) {
  // Of a first schema all scalars count as added: only the envelope's hidden ones may have a default.
  for (const auto& fault : schema_faults({}, facts_of(embedded()))) {
    EXPECT_TRUE(fault.starts_with("field Event.occurred_precision ") ||
                fault.starts_with("field Event.received_precision ") || fault.starts_with("field Event.stream_kind "))
        << fault;
  }
}

TEST(SchemaTest, HasATableForEachTypeAndATextForEachKindOfField) {
  std::set<std::string_view> names;
  for (std::size_t i = 1; i < kTypeCount; ++i) {
    const auto& table = EventSchema::instance().body(static_cast<Body>(i));
    EXPECT_EQ(table.name, type_name(static_cast<Body>(i)));
    EXPECT_FALSE(table.swedish.empty()) << table.name << " has no Swedish term";
    EXPECT_FALSE(table.documentation.empty()) << table.name << " has no /// comment above its table";
    EXPECT_TRUE(names.insert(table.name).second);
    for (const auto& field : table.fields) {
      if (field.token_of.empty()) continue;
      const auto* source = table.find(field.token_of);
      EXPECT_TRUE(source != nullptr && source->sealed) << table.name << "." << field.name;
    }
  }
  for (const auto& table : EventSchema::instance().tables()) {
    for (const auto& field : table.fields) {
      EXPECT_EQ(table.find(field.name), &field) << table.name << "." << field.name << ": two fields of one JSON name";
    }
  }
}

TEST(SchemaTest, SealedPartIsFrozen) {
  EXPECT_STREQ(events::SealedIdentifier(), "MNS1");
  EXPECT_EQ(events::Sealed::VT_KEY_ID, 4);
  EXPECT_EQ(events::Sealed::VT_FIELDS, 6);
  EXPECT_EQ(events::SealedField::VT_PATH, 4);
  EXPECT_EQ(events::SealedField::VT_TEXT, 6);
}

// ---- The checker itself ---------------------------------------------------------------------------------------------

const SchemaFacts& released() {
  static const SchemaFacts facts = parse_facts(
      "root Event\n"
      "identifier MNE1\n"
      "struct Uuid 16 0:bytes:[ubyte:16]\n"
      "enum Precision UByte\n"
      "value Precision.instant 0\n"
      "value Precision.day 1\n"
      "union Body UType\n"
      "value Body.NONE 0\n"
      "value Body.CaseOpened 1 CaseOpened\n"
      "table Event\n"
      "field Event.id 0 Uuid\n"
      "field Event.precision 1 Precision scalar =0 hidden\n"
      "table CaseOpened stream:staff\n"
      "field CaseOpened.sex 0 string code\n"
      "field CaseOpened.birth_date 1 int scalar optional date\n");
  return facts;
}

std::vector<std::string> after(const std::string& lines, const std::vector<std::string>& gone = {}) {
  auto facts = released();
  for (const auto& name : gone) facts.erase(name);
  for (const auto& [name, rest] : parse_facts(lines)) facts[name] = rest;
  return schema_faults(released(), facts);
}

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(SchemaCheckerTest, ReadsAndWritesItsList) {
  EXPECT_EQ(parse_facts(facts_text(released())), released());
  EXPECT_EQ(parse_facts("# a comment\n\n"), SchemaFacts{});
}

TEST(SchemaCheckerTest, LetsASchemaGrow) {
  EXPECT_THAT(schema_faults(released(), released()), IsEmpty());
  EXPECT_THAT(after("field CaseOpened.area 2 string"), IsEmpty());
  EXPECT_THAT(after("field CaseOpened.height 2 int scalar optional"), IsEmpty());
  EXPECT_THAT(after("table CaseClosed\nfield CaseClosed.reason 0 string code\nvalue Body.CaseClosed 2 CaseClosed"),
              IsEmpty());
  EXPECT_THAT(after("value Precision.month 2"), IsEmpty());
}

TEST(SchemaCheckerTest, CatchesWhatWasRemoved) {
  for (const auto& name : {"field CaseOpened.birth_date", "table CaseOpened", "value Body.CaseOpened",
                           "value Precision.day", "enum Precision", "struct Uuid", "union Body"}) {
    EXPECT_THAT(after("", {name}), Contains(std::string{name} + " is gone"));
  }
}

TEST(SchemaCheckerTest, CatchesAFieldWithAnotherNumberTypeOrMeaning) {
  for (const auto* const rest : {"2 int scalar optional date", "1 long scalar optional date",
                                 "1 uint scalar optional date", "1 int scalar =0 date", "1 int scalar optional",
                                 "1 int scalar optional instant", "1 int scalar optional date hidden"}) {
    EXPECT_THAT(after("field CaseOpened.birth_date " + std::string{rest}),
                Contains(HasSubstr("CaseOpened.birth_date was")))
        << rest;
  }
  EXPECT_THAT(after("field CaseOpened.sex 0 string"), Contains(HasSubstr("CaseOpened.sex was")));
  EXPECT_THAT(after("field CaseOpened.sex 0 string sealed"), Contains(HasSubstr("CaseOpened.sex was")));
  EXPECT_THAT(after("field Event.precision 1 Precision scalar =1 hidden"), Contains(HasSubstr("Event.precision was")));
  EXPECT_THAT(after("table CaseOpened opens:report"), Contains(HasSubstr("table CaseOpened was")));
}

TEST(SchemaCheckerTest, CatchesAFieldUnderAnotherName) {
  EXPECT_THAT(after("field CaseOpened.born 1 int scalar optional date", {"field CaseOpened.birth_date"}),
              Contains("field CaseOpened.birth_date is gone"));
}

TEST(SchemaCheckerTest, CatchesTwoFieldsOfOneNumber) {
  EXPECT_THAT(after("field CaseOpened.zone 1 string"),
              Contains("field CaseOpened.zone has the id of field CaseOpened.birth_date"));
}

TEST(SchemaCheckerTest, CatchesARequiredField) {
  EXPECT_THAT(after("field CaseOpened.area 2 string required"), Contains(HasSubstr("CaseOpened.area is required")));
  EXPECT_THAT(after("field CaseOpened.sex 0 string required code"), Contains(HasSubstr("CaseOpened.sex is required")));
}

TEST(SchemaCheckerTest, CatchesADeprecatedField) {
  EXPECT_THAT(after("field CaseOpened.sex 0 string deprecated code"),
              Contains(HasSubstr("CaseOpened.sex is deprecated")));
}

TEST(SchemaCheckerTest, CatchesAScalarThatIsNotOptional) {
  EXPECT_THAT(after("field CaseOpened.count 2 int scalar =0"),
              Contains(HasSubstr("CaseOpened.count is a scalar that is not optional")));
  EXPECT_THAT(after("field Event.flag 2 bool scalar =1"),
              Contains(HasSubstr("Event.flag is a scalar that is not optional")));
}

TEST(SchemaCheckerTest, CatchesStructs) {
  EXPECT_THAT(after("struct Money 12 0:amount:long 8:currency:int"), Contains("struct Money: no struct but Uuid"));
  EXPECT_THAT(after("struct Uuid 24 0:bytes:[ubyte:16] 16:more:ulong"), Contains(HasSubstr("struct Uuid was")));
}

TEST(SchemaCheckerTest, CatchesOtherUnionAndEnumNumbers) {
  EXPECT_THAT(after("value Body.CaseOpened 2 CaseOpened"), Contains(HasSubstr("Body.CaseOpened was")));
  EXPECT_THAT(after("value Body.CaseOpened 1 CaseClosed"), Contains(HasSubstr("Body.CaseOpened was")));
  EXPECT_THAT(after("value Precision.day 2"), Contains(HasSubstr("Precision.day was")));
  EXPECT_THAT(after("enum Precision UShort"), Contains(HasSubstr("enum Precision was")));
}

TEST(SchemaCheckerTest, CatchesAnotherRootAndIdentifier) {
  EXPECT_THAT(after("root CaseOpened", {"root Event"}), Contains("root Event is gone"));
  EXPECT_THAT(after("identifier MNE2", {"identifier MNE1"}), Contains("identifier MNE1 is gone"));
  EXPECT_THAT(after("identifier MNE2"), Contains("identifier MNE2 is not the identifier of the baseline"));
}

}  // namespace
}  // namespace minne
