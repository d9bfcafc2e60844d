#include "events/codes.h"

#include "events/json.h"
#include "events/schema.h"
#include "tests/events/golden.h"
#include "tests/events/random_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <set>

namespace minne {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::filesystem::path code_directory() { return std::filesystem::path{MINNE_SOURCE_DIR} / "events" / "codes"; }

Result<CodeLists> load(std::string text, std::string name = "colour.toml") {
  const CodeFile file{std::move(name), std::move(text)};
  return CodeLists::load(std::span{&file, 1});
}

constexpr auto kColours = R"(sv = "färg"
en = "colour"
[codes]
red = { sv = "röd", en = "red" }
green = { sv = "grön", en = "green", valid_from = 2020-01-01, age_from = 6, age_to = 12, version = "2" }
blue = { sv = "blå", en = "blue", valid_to = 2019-12-31, replaced_by = "green", recommendation = "should_not" }
)";

TEST(CodeListsTest, ReadsEveryFileOfTheProgram) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(code_directory())) {
    SCOPED_TRACE(entry.path().filename().string());
    ++files;
    const auto loaded = load(testing::read_text(entry.path()), entry.path().filename().string());
    ASSERT_TRUE(loaded) << loaded.error().message << " at " << loaded.error().where;
    EXPECT_NE(CodeLists::built_in().find(entry.path().stem().string()), nullptr) << "not a part of the program";
  }
  EXPECT_EQ(CodeLists::built_in().lists().size(), files);
}

TEST(CodeListsTest, HasAListForEveryCodedFieldAndAFieldForEveryList) {
  std::set<std::string_view> used;
  for (const auto& table : EventSchema::instance().tables()) {
    for (const auto& field : table.fields) {
      if (field.kind != FieldKind::kCode) continue;
      const bool word = field.field->attributes()->LookupByKey("word") != nullptr;
      EXPECT_EQ(field.list.empty() || field.list == "0", word) << table.name << "." << field.name << " names no list";
      if (word) continue;
      EXPECT_NE(CodeLists::built_in().find(field.list), nullptr) << table.name << "." << field.name;
      used.insert(field.list);
    }
  }
  for (const auto& [name, list] : CodeLists::built_in().lists()) {
    EXPECT_TRUE(used.contains(name)) << "no field has codes of " << name;
  }
}

TEST(CodeListsTest, KeepsTheOrderOfTheFileAndAllThatItSays) {
  const auto loaded = load(kColours);
  ASSERT_TRUE(loaded) << loaded.error().message << " at " << loaded.error().where;
  const auto* list = loaded->find("colour");
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->swedish, "färg");
  ASSERT_EQ(list->entries.size(), 3U);
  EXPECT_EQ(list->entries[0].code, "red");
  const auto& green = list->entries[1];
  EXPECT_EQ(green.swedish + green.english + green.version, "gröngreen2");
  EXPECT_EQ(to_text(green.valid_from.value()), "2020-01-01");
  EXPECT_EQ(green.age_from, 6);
  EXPECT_EQ(green.age_to, 12);
  EXPECT_EQ(list->entries[2].replaced_by, "green");
  EXPECT_EQ(list->entries[2].recommendation, "should_not");
}

TEST(CodeListsTest, RefusesEachFaultAtItsLine) {
  struct Fault {
    std::string line;  // in place of the fifth
    std::string_view message;
  };
  for (const auto& [line, message] : std::vector<Fault>{
           {"green = { sv = \"grön\" }", "en is missing"},
           {"green = { sv = \"\", en = \"green\" }", "sv is not a text"},
           {"green = { sv = 1, en = \"green\" }", "sv is not a text"},
           {"green = \"grön\"", "'green' is not a table"},
           {"\"två ord\" = { sv = \"a\", en = \"b\" }", "is no code"},
           {"red = { sv = \"a\", en = \"b\" }", "red"},
           {"green = { sv = \"a\", en = \"b\", colour = \"c\" }", "unknown key 'colour'"},
           {"green = { sv = \"a\", en = \"b\", valid_from = \"2020-01-01\" }", "valid_from is not a date"},
           {"green = { sv = \"a\", en = \"b\", valid_from = 2020-01-02, valid_to = 2020-01-01 }", "before valid_from"},
           {"green = { sv = \"a\", en = \"b\", age_from = -1 }", "age_from is no age"},
           {"green = { sv = \"a\", en = \"b\", age_from = 7, age_to = 6 }", "below age_from"},
           {"green = { sv = \"a\", en = \"b\", recommendation = \"maybe\" }", "none of should, should_not"},
           {"green = { sv = \"a\" en = \"b\" }", ""}}) {
    SCOPED_TRACE(line);
    const auto loaded =
        load("sv = \"färg\"\nen = \"colour\"\n[codes]\nred = { sv = \"röd\", en = \"red\" }\n" + line + "\n");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().where, "colour.toml:5") << loaded.error().message;
    EXPECT_THAT(loaded.error().message, HasSubstr(std::string{message}));
  }
}

TEST(CodeListsTest, RefusesAListThatIsNone) {
  EXPECT_EQ(load("en = \"colour\"\n[codes]\nred = { sv = \"r\", en = \"r\" }\n").error().message, "sv is missing");
  EXPECT_THAT(load("sv = \"a\"\nen = \"b\"\n").error().message, HasSubstr("[codes]"));
  EXPECT_THAT(load("sv = \"a\"\nen = \"b\"\n[codes]\n").error().message, HasSubstr("[codes]"));
  EXPECT_EQ(load("sv = \"a\"\nen = \"b\"\ncode = 1\n[codes]\n").error().where, "colour.toml:3");
  EXPECT_THAT(load(kColours, "colours").error().message, HasSubstr("LIST.toml"));
  EXPECT_FALSE(load(kColours, "two words.toml"));
  EXPECT_EQ(load(std::string(kMaxCodeFileBytes + 1, '#')).error().code, Code::kTooLarge);
  const std::vector<CodeFile> twice(2, CodeFile{"colour.toml", kColours});
  EXPECT_THAT(CodeLists::load(twice).error().message, HasSubstr("second file"));
}

TEST(CodeListsTest, RefusesACodeThatIsReplacedByNoneInUse) {
  for (const std::string other : {"yellow", "blue", "cyan"}) {
    const auto loaded =
        load(std::string{kColours} + "cyan = { sv = \"c\", en = \"c\", replaced_by = \"" + other + "\" }\n");
    ASSERT_FALSE(loaded) << other;
    EXPECT_THAT(loaded.error().message, HasSubstr("'cyan'"));
  }
}

TEST(CodeListsTest, LaysABoardsOwnFileOver) {
  const auto base = load(kColours);
  ASSERT_TRUE(base);
  const std::vector<CodeFile> own{{"configured/colour.toml",
                                   "sv = \"kulör\"\nen = \"hue\"\n[codes]\nblack = { sv = \"svart\", en = \"black\" "
                                   "}\nred = { sv = \"rött\", en = \"red\" }\n"}};
  const auto laid = base->with(own);
  ASSERT_TRUE(laid) << laid.error().message << " at " << laid.error().where;
  const auto& list = *laid->find("colour");
  EXPECT_EQ(list.swedish, "kulör");
  ASSERT_EQ(list.entries.size(), 4U);
  EXPECT_EQ(list.find("red")->swedish, "rött");
  EXPECT_EQ(list.entries.back().code, "black");
  EXPECT_TRUE(laid->check("colour", "black", ""));
  EXPECT_FALSE(base->check("colour", "black", ""));

  const std::vector<CodeFile> unknown{{"shape.toml", kColours}};
  EXPECT_THAT(base->with(unknown).error().message, HasSubstr("no field has a list"));
  const std::vector<CodeFile> faulty{{"configured/colour.toml", "sv = \"kulör\"\nen = 1\n"}};
  EXPECT_EQ(base->with(faulty).error().where, "configured/colour.toml:2");
}

TEST(CodeListsTest, WhatRowsCountByStaysTheProgramsOwn) {
  const auto with = [](const std::string& codes) {
    const CodeFile own{"instrument.toml", "sv = \"instrument\"\nen = \"instrument\"\n[codes]\n" + codes};
    return CodeLists::built_in().with(std::span{&own, 1});
  };
  EXPECT_TRUE(with("local = { sv = \"eget\", en = \"our own\" }\n"));
  EXPECT_TRUE(with("savry = { sv = \"SAVRY 2\", en = \"SAVRY 2\", age_from = 12, age_to = 18 }\n"));
  for (const std::string_view line :
       {"savry = { sv = \"s\", en = \"e\", age_from = 13, age_to = 18 }\n", "savry = { sv = \"s\", en = \"e\" }\n",
        "local = { sv = \"s\", en = \"e\", age_from = 6, age_to = 12 }\n",
        "sdq = { sv = \"s\", en = \"e\", replaced_by = \"savry\" }\n"}) {
    const auto laid = with(std::string{line});
    ASSERT_FALSE(laid) << line;
    EXPECT_EQ(laid.error().where, "instrument.toml:4");
    EXPECT_THAT(laid.error().message, HasSubstr("which are the program's"));
  }
}

TEST(CodeListsTest, TellsTheKnownCodesButNotForEver) {
  std::string text = "sv = \"a\"\nen = \"b\"\n[codes]\n";
  for (int i = 0; i < 150; ++i) text += "c" + std::to_string(i) + " = { sv = \"s\", en = \"e\" }\n";
  const auto loaded = load(text);
  ASSERT_TRUE(loaded);
  const auto error = loaded->check("colour", "d", "/body/colour").error();
  EXPECT_EQ(error.details.at("known").as_array().size(), kMaxCodesTold);
  EXPECT_THAT(error.message, HasSubstr("c99, …"));
}

// ---- Events ---------------------------------------------------------------------------------------------------------

json::object report(std::string_view category) {
  json::object out{{"id", "01890000-0000-7000-8000-000000000001"},
                   {"case", "01890000-0000-7000-8000-00000000000c"},
                   {"type", "ReportReceived"},
                   {"occurred_at", "2026-02-06"}};
  out["body"] = json::object{{"reporter_category", testing::text_value(category)}};
  return out;
}

TEST(UnknownCodeTest, IsRefusedInJsonWithItsPlaceAndTheKnownOnes) {
  const auto encoded = encode_event(report("skool"), testing::test_context());
  ASSERT_FALSE(encoded);
  const auto& error = encoded.error();
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_EQ(error.where, "/body/reporter_category");
  EXPECT_THAT(error.message, HasSubstr("reporter_category; known are police, school"));
  EXPECT_EQ(error.details.at("list"), "reporter_category");
  EXPECT_EQ(error.details.at("value"), "skool");
  EXPECT_EQ(error.message.find("skool"), std::string::npos);  // nobody knows what was sent in place of a code
  EXPECT_EQ(error.details.at("known").as_array().at(1), "school");
}

TEST(UnknownCodeTest, IsRefusedAtEveryDepth) {
  const auto where = [](const json::object& event) {
    const auto encoded = encode_event(event, testing::test_context());
    return encoded ? "taken" : encoded.error().where;
  };
  auto event = report("school");
  EXPECT_EQ(where(event), "taken");
  event["secrecy"] = "none";
  EXPECT_EQ(where(event), "/secrecy");
  event = report("school");
  event["body"] = json::parse(R"({"concerns": [{"code": "violence"}, {"code": "violense"}]})");
  EXPECT_EQ(where(event), "/body/concerns/1/code");
  event["type"] = "ProtectionAssessmentMade";
  event["body"] = json::parse(R"({"grounds": ["acute_risk", "acute"]})");
  EXPECT_EQ(where(event), "/body/grounds/1");
  event["type"] = "EventCorrected";
  event["body"] = json::object{{"replacement", report("skool")}};
  EXPECT_EQ(where(event), "/body/replacement/body/reporter_category");
}

TEST(UnknownCodeTest, IsRefusedInBinaryAsInJson) {
  const auto unlisted = encode_event(report("skool"), testing::unlisted_context());
  ASSERT_TRUE(unlisted);
  const auto verified = verify_event(unlisted->bytes, unlisted->sealed, &CodeLists::built_in());
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().where, "/body/reporter_category");
  std::string body;
  append_record(body, *unlisted);
  EXPECT_EQ(parse_records(body).error().where, "record 0/body/reporter_category");
  EXPECT_TRUE(parse_records(body, nullptr));
}

TEST(UnknownCodeTest, IsReadWhereItWasRecorded) {
  const auto unlisted = encode_event(report("skool"), testing::unlisted_context());
  ASSERT_TRUE(unlisted);
  EXPECT_TRUE(verify_event(unlisted->bytes, unlisted->sealed));
  EXPECT_EQ(decode_event(unlisted->bytes, unlisted->sealed).at("body").at("reporter_category"), "skool");
}

// A wrong file must come right whatever code the event was once given.
TEST(UnknownCodeTest, IsNotJudgedAgainInACopyFromAnotherFile) {
  auto event = report("school");
  event["type"] = "EventRefiled";
  event["body"] = json::object{{"original", report("skool")}};
  const auto encoded = encode_event(event, testing::test_context());
  ASSERT_TRUE(encoded) << encoded.error().message << " at " << encoded.error().where;
  EXPECT_TRUE(verify_event(encoded->bytes, encoded->sealed, &CodeLists::built_in()));
  event["secrecy"] = "none";  // but around it
  EXPECT_FALSE(encode_event(event, testing::test_context()));
}

TEST(UnknownCodeTest, IsOnlyAWordInAFieldWithoutAList) {
  json::object event = report("school");
  event["type"] = "PartyRecorded";
  const auto taken = [&](std::string_view ref) {
    event["body"] = json::object{{"party_ref", testing::text_value(ref)}};
    return encode_event(event, testing::test_context()).has_value();
  };
  EXPECT_TRUE(taken("guardian-1"));
  EXPECT_FALSE(taken("Eva Ek"));
  EXPECT_FALSE(taken("Åsa"));
  EXPECT_FALSE(taken(""));
}

TEST(CodeSchemaTest, NamesTheCodesOfEachField) {
  const auto schemas = event_schemas();
  const auto& field = schemas.at("ReportReceived").at("properties").at("reporter_category");
  EXPECT_EQ(json::serialize(field), R"({"$ref":"#/components/schemas/ReporterCategoryCode"})");
  const auto& list = schemas.at("ReporterCategoryCode");
  EXPECT_EQ(list.at("enum").as_array().at(1), "school");
  EXPECT_THAT(std::string{list.at("description").as_string()},
              HasSubstr("anmälarkategori: police = polis, school = skola"));
  const auto& assessed = schemas.at("ProtectionAssessmentMade");
  EXPECT_EQ(assessed.at("properties").at("measures").at("items").at("$ref"),
            "#/components/schemas/ProtectionMeasureCode");
  EXPECT_THAT(std::string{assessed.at("description").as_string()},
              HasSubstr("omedelbar skyddsbedömning. E04, SoL 20:1"));
}

}  // namespace
}  // namespace minne
