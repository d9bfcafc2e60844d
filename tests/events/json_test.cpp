#include "events/json.h"

#include "events/schema.h"
#include "tests/events/random_event.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>

namespace minne {
namespace {

namespace json = boost::json;
using testing::all_types;
using testing::RandomEvent;
using testing::test_context;
using testing::test_token;

constexpr std::string_view kId = "01890000-0000-7000-8000-000000000001";
constexpr std::string_view kCase = "01890000-0000-7000-8000-00000000000c";
constexpr std::string_view kOther = "01890000-0000-7000-8000-00000000000d";

json::object parsed(std::string_view text) { return json::parse({text.data(), text.size()}).as_object(); }

// An event with its envelope, to be changed by a test.
json::object event_of(std::string_view type, std::string_view body = "{}") {
  json::object out{{"occurred_at", "2026-02-06T22:30:00Z"}};
  out["id"] = testing::text_value(kId);
  out["case"] = testing::text_value(kCase);
  out["type"] = testing::text_value(type);
  out["body"] = parsed(body);
  return out;
}

json::object with(json::object event, std::string_view key, json::value value) {
  event[testing::text_value(key)] = std::move(value);
  return event;
}

json::object through_bytes(const json::object& event) {
  const auto encoded = encode_event(event, test_context());
  if (!encoded) {
    ADD_FAILURE() << encoded.error().message << " at " << encoded.error().where << "\n" << json::serialize(event);
    return {};
  }
  const auto verified = verify_event(encoded->bytes, encoded->sealed);
  if (!verified) ADD_FAILURE() << verified.error().message << " at " << verified.error().where;
  return verified ? decode_event(encoded->bytes, encoded->sealed) : json::object{};
}

void expect_refused(const json::value& event, std::string_view where, Code code = Code::kInvalid) {
  const auto encoded = encode_event(event, test_context());
  ASSERT_FALSE(encoded) << json::serialize(event).substr(0, 500);
  EXPECT_EQ(encoded.error().where, where) << encoded.error().message;
  EXPECT_EQ(encoded.error().code, code) << encoded.error().message;
  EXPECT_FALSE(encoded.error().message.empty());
}

class EveryType : public ::testing::TestWithParam<Body> {};

TEST_P(EveryType, ComesBackFromBytesAsItWas) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto event = RandomEvent{seed * 1000 + static_cast<std::uint64_t>(GetParam())}.of(GetParam());
    EXPECT_EQ(through_bytes(testing::given(event)), event) << json::serialize(event);
    if (HasFailure()) return;
  }
}

TEST_P(EveryType, ComesBackWithEveryFieldThere) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto event = RandomEvent{seed}.whole(GetParam());
    EXPECT_EQ(through_bytes(testing::given(event)), event) << json::serialize(event);
  }
}

TEST_P(EveryType, ComesBackWithNothingButWhatItNeeds) {
  auto event = event_of(type_name(GetParam()));
  event.erase("body");
  auto expected = with(event, "body", json::object{});
  if (!opens(GetParam()).empty()) expected["matter"] = event.at("id");
  EXPECT_EQ(through_bytes(event), expected);
}

TEST_P(EveryType, GivesTheSameBytesForTheSameJson) {
  const auto event = testing::given(RandomEvent{7}.of(GetParam()));
  const auto first = encode_event(event, test_context());
  const auto second = encode_event(event, test_context());
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->bytes, second->bytes);
  EXPECT_EQ(first->sealed, second->sealed);
}

TEST_P(EveryType, KeepsSealedTextOutOfTheEvent) {
  auto event = event_of(type_name(GetParam()));
  const auto& schema = EventSchema::instance().body(GetParam());
  std::size_t sealed = 0;
  json::object texts;
  for (const auto& field : schema.fields) {
    if (!field.sealed || field.name == "person_number") continue;
    texts[testing::text_value(field.name)] = "Secret-" + std::to_string(++sealed);
  }
  if (texts.empty()) return;
  event["sealed"] = texts;
  const auto encoded = encode_event(event, test_context());
  ASSERT_TRUE(encoded) << encoded.error().message;
  EXPECT_EQ(encoded->bytes.find("Secret"), std::string::npos);
  for (const auto& [name, text] : texts) {
    EXPECT_EQ(sealed_text(encoded->sealed, "/" + std::string{name}), std::string_view{text.as_string()});
  }
  EXPECT_EQ(sealed_text(encoded->sealed, "/no_such_text"), std::nullopt);
  EXPECT_EQ(event_in(encoded->bytes).sealed_sha256()->size(), 32U);
}

TEST_P(EveryType, RefusesEachSealedFieldInTheBody) {
  for (const auto& field : EventSchema::instance().body(GetParam()).fields) {
    if (!field.sealed) continue;
    const auto name = std::string{field.name};
    expect_refused(with(event_of(type_name(GetParam())), "body", json::object{{name, "text"}}), "/body/" + name);
  }
}

TEST_P(EveryType, RefusesAValueOfAnotherTypeInEveryField) {
  const auto& schema = EventSchema::instance().body(GetParam());
  for (const auto& field : schema.fields) {
    if (field.sealed || field.hidden || !field.token_of.empty()) continue;
    const auto at = "/body/" + std::string{field.name};
    for (const json::value& wrong : {json::value(nullptr), json::value(true), json::value(17), json::value(-1),
                                     json::value(1.5), json::value("17"), json::value(json::array{}),
                                     json::value(json::array{nullptr}), json::value(json::object{})}) {
      const bool item = field.vector && wrong.is_array() && !wrong.get_array().empty();
      if (field.vector && wrong.is_array() && !item) continue;
      if (field.kind == FieldKind::kBool && wrong.is_bool()) continue;
      if (field.kind == FieldKind::kInteger && wrong.is_int64() && wrong.get_int64() >= field.minimum) continue;
      if (field.kind == FieldKind::kHex && wrong.is_string()) continue;
      if ((field.kind == FieldKind::kText || field.kind == FieldKind::kCode) && !field.vector && wrong.is_string())
        continue;
      const bool holds_event = field.table == &EventSchema::instance().envelope();
      if (field.kind == FieldKind::kTable && !field.vector && !holds_event && wrong.is_object()) continue;
      SCOPED_TRACE(std::string{field.name} + " = " + json::serialize(wrong));
      const bool inner = holds_event && wrong.is_object();  // an event without a type
      expect_refused(
          with(event_of(type_name(GetParam())), "body", json::object{{testing::text_value(field.name), wrong}}),
          at + (item    ? "/0"
                : inner ? "/type"
                        : ""));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Json, EveryType, ::testing::ValuesIn(all_types()),
                         [](const auto& param) { return std::string{type_name(param.param)}; });

TEST(EventJsonTest, TellsAbsentFromFalseZeroAndEmpty) {
  const auto absent = event_of("ReportReceived");
  const auto zero = event_of("ReportReceived",
                             R"({"anonymous": false, "mandated": false, "concerns": [], "siblings": [],
                                 "incident_date": "1970-01-01"})");
  const auto zeros = through_bytes(zero);
  EXPECT_EQ(zeros.at("body"), zero.at("body"));
  EXPECT_EQ(through_bytes(absent).at("body"), json::object{});
  const auto encoded = encode_event(zero, test_context());
  const auto* body = event_in(encoded->bytes).body_as_ReportReceived();
  ASSERT_NE(body, nullptr);
  EXPECT_EQ(body->anonymous(), std::optional<bool>{false});
  EXPECT_EQ(body->incident_date(), std::optional<std::int32_t>{0});
  const auto encoded_absent = encode_event(absent, test_context());
  const auto* empty = event_in(encoded_absent->bytes).body_as_ReportReceived();
  EXPECT_EQ(empty->anonymous(), std::nullopt);
  EXPECT_EQ(empty->concerns(), nullptr);

  const auto concern = event_of("ReportReceived", R"({"concerns": [{"absence_pct": 0, "unexcused": false}, {}]})");
  EXPECT_EQ(through_bytes(concern).at("body"), concern.at("body"));
}

TEST(EventJsonTest, KeepsAnEmptySealedTextAndDropsAnEmptySealedObject) {
  const auto empty_text = with(event_of("NoteRecorded"), "sealed", json::object{{"text_ref", ""}});
  EXPECT_EQ(through_bytes(empty_text).at("sealed"), (json::object{{"text_ref", ""}}));
  const auto none = encode_event(with(event_of("NoteRecorded"), "sealed", json::object{}), test_context());
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->sealed.empty());
  EXPECT_EQ(event_in(none->bytes).sealed_sha256(), nullptr);
}

TEST(EventJsonTest, WritesTimesInUtcAndKeepsADay) {
  auto event = with(event_of("NoteRecorded"), "occurred_at", "2026-02-06T23:30:00.5+01:00");
  event["received_at"] = "2026-02-07";
  const auto back = through_bytes(event);
  EXPECT_EQ(back.at("occurred_at"), "2026-02-06T22:30:00.5Z");
  EXPECT_EQ(back.at("received_at"), "2026-02-07");
  const auto bytes = encode_event(event, test_context())->bytes;
  EXPECT_EQ(event_in(bytes).received_precision(), events::Precision::day);
  EXPECT_EQ(to_text(received(event_in(bytes))), "2026-02-06T23:00:00Z");  // the day begins in Stockholm
}

TEST(EventJsonTest, TakesTheFirstAndLastTimesThatItGives) {
  for (const auto* const text : {"0001-01-01T00:00:00Z", "0001-01-02", "9999-12-31T23:59:59.999999Z", "9999-12-31"}) {
    EXPECT_EQ(through_bytes(with(event_of("NoteRecorded"), "occurred_at", text)).at("occurred_at"), text);
  }
  expect_refused(with(event_of("NoteRecorded"), "occurred_at", "0001-01-01"), "/occurred_at");
  expect_refused(with(event_of("NoteRecorded"), "occurred_at", "0001-01-01T00:00:00+01:00"), "/occurred_at");
  expect_refused(with(event_of("NoteRecorded"), "occurred_at", "9999-12-31T23:59:59-01:00"), "/occurred_at");
}

TEST(EventJsonTest, FillsInIdCaseAndMatter) {
  auto event = event_of("ReportReceived");
  event.erase("id");
  event.erase("case");
  auto context = test_context();
  context.stream = parse_id(kCase).value();
  context.id = parse_id(kId).value();
  const auto encoded = encode_event(event, context);
  ASSERT_TRUE(encoded) << encoded.error().message;
  const auto& built = event_in(encoded->bytes);
  EXPECT_EQ(id_of(built.id()), *context.id);
  EXPECT_EQ(id_of(built.case_id()), *context.stream);
  EXPECT_EQ(id_of(built.matter_id()), *context.id);  // a report is its own matter
}

TEST(EventJsonTest, MakesAnIdWhereNobodyGaveOne) {
  auto event = event_of("NoteRecorded");
  event.erase("id");
  const auto first = encode_event(event, test_context());
  const auto second = encode_event(event, test_context());
  ASSERT_TRUE(first && second);
  EXPECT_NE(id_of(event_in(first->bytes).id()), id_of(event_in(second->bytes).id()));
  EXPECT_EQ(id_of(event_in(first->bytes).id()).bytes[6] >> 4, 7);
}

TEST(EventJsonTest, LeavesAPresentIdAlone) {
  auto context = test_context();
  context.id = parse_id(kOther).value();
  const auto encoded = encode_event(event_of("NoteRecorded"), context);
  ASSERT_TRUE(encoded);
  EXPECT_EQ(to_text(id_of(event_in(encoded->bytes).id())), kId);
}

TEST(EventJsonTest, PutsTheStreamKindOfTheType) {
  for (const auto type : all_types()) {
    const auto encoded = encode_event(event_of(type_name(type)), test_context());
    ASSERT_TRUE(encoded) << type_name(type) << ": " << encoded.error().message;
    EXPECT_EQ(event_in(encoded->bytes).stream_kind(), stream_of(type)) << type_name(type);
  }
}

TEST(EventJsonTest, NamesEveryTypeOnce) {
  for (const auto type : all_types()) EXPECT_EQ(type_named(type_name(type)), type);
  EXPECT_EQ(type_named("NONE"), std::nullopt);
  EXPECT_EQ(type_named(""), std::nullopt);
  EXPECT_EQ(type_named("reportreceived"), std::nullopt);
}

// ---- Refusals, each with its place ----------------------------------------------------------------------------------

TEST(EventJsonRefusalTest, RefusesWhatIsNoEvent) {
  for (const json::value& value :
       {json::value(nullptr), json::value(1), json::value("x"), json::value(json::array{})}) {
    expect_refused(value, "");
  }
}

TEST(EventJsonRefusalTest, RefusesAnUnknownOrMissingType) {
  expect_refused(event_of("ReportReceivd"), "/type");
  expect_refused(event_of("NONE"), "/type");
  expect_refused(with(event_of("NoteRecorded"), "type", 1), "/type");
  auto event = event_of("NoteRecorded");
  event.erase("type");
  expect_refused(event, "/type");
}

TEST(EventJsonRefusalTest, RefusesUnknownFieldsAtEveryDepth) {
  expect_refused(with(event_of("NoteRecorded"), "matter_id", testing::text_value(kOther)), "/matter_id");
  expect_refused(with(event_of("NoteRecorded"), "case_id", testing::text_value(kOther)), "/case_id");
  expect_refused(event_of("NoteRecorded", R"({"kinds": "x"})"), "/body/kinds");
  expect_refused(with(event_of("NoteRecorded"), "actor", json::object{{"name", "x"}}), "/actor/name");
  expect_refused(event_of("ReportReceived", R"({"concerns": [{}, {"code": "neglect", "cod": "b"}]})"),
                 "/body/concerns/1/cod");
  expect_refused(event_of("ActionRecorded", R"({"attributes": [{"children": [{"kex": "b"}]}]})"),
                 "/body/attributes/0/children/0/kex");
  expect_refused(with(event_of("NoteRecorded"), "sealed", json::object{{"text", "x"}}), "/sealed/text");
  expect_refused(with(event_of("NoteRecorded"), "sealed", json::object{{"kind", "x"}}), "/sealed/kind");
  expect_refused(with(event_of("CaseClosed"), "sealed", json::object{{"text_ref", "x"}}), "/sealed/text_ref");
}

TEST(EventJsonRefusalTest, EscapesTheNameInThePointer) {
  expect_refused(event_of("NoteRecorded", R"({"a/b~c": 1})"), "/body/a~1b~0c");
  expect_refused(with(event_of("NoteRecorded"), "a/b", 1), "/a~1b");
  expect_refused(with(event_of("NoteRecorded"), "sealed", json::object{{"a/b", "x"}}), "/sealed/a~1b");
}

TEST(EventJsonRefusalTest, RefusesFieldsThatOnlyMinneWrites) {
  for (const auto* const hidden : {"stream_kind", "occurred_precision", "received_precision", "sealed_sha256"}) {
    expect_refused(with(event_of("NoteRecorded"), hidden, 0), "/" + std::string{hidden});
  }
  for (const auto* const answer : {"position", "version", "recorded_at", "board"}) {
    const auto encoded = encode_event(with(event_of("NoteRecorded"), answer, 1), test_context());
    ASSERT_FALSE(encoded);
    EXPECT_EQ(encoded.error().where, "/" + std::string{answer});
    EXPECT_NE(encoded.error().message.find("leave it out"), std::string::npos);
  }
}

TEST(EventJsonRefusalTest, RefusesTimesThatNobodyCouldTell) {
  for (const auto* const text :
       {"2026-02-06T23:30:00", "2026-02-06 23:30:00Z", "2026-02-30", "2026-02-29", "2026-13-01", "2026-02-30T10:00:00Z",
        "2026-02-06T24:00:00Z", "06/02/2026", "2026-2-6", "", "now", "2026-02-06T10:00:00.1234567Z"}) {
    expect_refused(with(event_of("NoteRecorded"), "occurred_at", text), "/occurred_at");
    expect_refused(with(event_of("NoteRecorded"), "received_at", text), "/received_at");
  }
  expect_refused(with(event_of("NoteRecorded"), "occurred_at", 1770417000), "/occurred_at");
  auto event = event_of("NoteRecorded");
  event.erase("occurred_at");
  expect_refused(event, "/occurred_at");
}

TEST(EventJsonRefusalTest, RefusesDatesThatDoNotExist) {
  for (const auto* const text :
       {"2026-02-29", "2026-04-31", "2026-00-10", "0000-01-01", "2026-02-06T00:00:00Z", "20260206"}) {
    expect_refused(event_of("NoteRecorded", R"({"event_date": ")" + std::string{text} + "\"}"), "/body/event_date");
  }
  EXPECT_EQ(through_bytes(event_of("NoteRecorded", R"({"event_date": "2024-02-29"})")).at("body").at("event_date"),
            "2024-02-29");
}

TEST(EventJsonRefusalTest, RefusesBadIds) {
  for (const auto* const text : {"", "17", "01890000-0000-7000-8000-00000000000", "01890000000070008000000000000001",
                                 "{1890000-0000-7000-8000-000000000001}", "0189000g-0000-7000-8000-000000000001"}) {
    for (const auto* const field : {"id", "case", "matter", "correlation_id", "causation_id"}) {
      expect_refused(with(event_of("NoteRecorded"), field, text), "/" + std::string{field});
    }
    expect_refused(event_of("ReportReceived", R"({"siblings": [")" + std::string{kOther} + "\", \"" + text + "\"]}"),
                   "/body/siblings/1");
  }
  constexpr auto kNil = "00000000-0000-0000-0000-000000000000";
  expect_refused(with(event_of("NoteRecorded"), "id", kNil), "/id");
  expect_refused(with(event_of("NoteRecorded"), "case", kNil), "/case");
  auto event = event_of("NoteRecorded");
  event.erase("case");
  expect_refused(event, "/case");
}

TEST(EventJsonRefusalTest, RefusesBadCodes) {
  for (const std::string text : {"", "två", "a b", "a/b", "a\nb", "a\"b"}) {
    expect_refused(with(event_of("NoteRecorded"), "body", json::object{{"kind", text}}), "/body/kind");
    expect_refused(with(event_of("NoteRecorded"), "body", json::object{{"sources", json::array{"school", text}}}),
                   "/body/sources/1");
    expect_refused(with(event_of("NoteRecorded"), "secrecy", testing::text_value(text)), "/secrecy");
  }
  const auto code = [](std::size_t size) { return json::object{{"kind", std::string(size, 'a')}}; };
  const auto longest = encode_event(with(event_of("NoteRecorded"), "body", code(64)), testing::unlisted_context());
  ASSERT_TRUE(longest) << longest.error().message;
  EXPECT_EQ(decode_event(longest->bytes, longest->sealed).at("body"), code(64));
  expect_refused(with(event_of("NoteRecorded"), "body", code(65)), "/body/kind");
}

TEST(EventJsonRefusalTest, BoundsNamesAt64Bytes) {
  for (const auto* const field : {"id", "role", "unit", "qualification"}) {
    const auto actor = [&](const std::string& text) {
      return with(event_of("NoteRecorded"), "actor", json::object{{field, text}});
    };
    EXPECT_EQ(through_bytes(actor(std::string(64, 'x'))).at("actor").at(field),
              testing::text_value(std::string(64, 'x')));
    expect_refused(actor(std::string(65, 'x')), "/actor/" + std::string{field});
    expect_refused(actor(std::string(63, 'x') + "å"), "/actor/" + std::string{field});  // 65 bytes
    expect_refused(actor(""), "/actor/" + std::string{field});
  }
  expect_refused(with(event_of("NoteRecorded"), "legal_basis", json::object{{"section", std::string(65, '1')}}),
                 "/legal_basis/section");
}

TEST(EventJsonRefusalTest, BoundsIntegers) {
  const auto pct = [](json::value value) {
    return with(event_of("ReportReceived"), "body",
                json::object{{"concerns", json::array{json::object{{"absence_pct", std::move(value)}}}}});
  };
  EXPECT_EQ(through_bytes(pct(255)).at("body"), pct(255).at("body"));
  for (const json::value& wrong :
       {json::value(256), json::value(-1), json::value(1.0), json::value(~0ULL), json::value("1")}) {
    expect_refused(pct(wrong), "/body/concerns/0/absence_pct");
  }
  const auto position = with(event_of("PriorHistoryReviewed"), "body", json::object{{"position", ~0ULL}});
  EXPECT_EQ(through_bytes(position).at("body"), position.at("body"));
}

TEST(EventJsonRefusalTest, RefusesTextThatIsNotUtf8) {
  for (const std::string text : {"\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "a\x80"}) {
    const json::string bad{text};
    expect_refused(with(event_of("CaseAssigned"), "body", json::object{{"worker", bad}}), "/body/worker");
    expect_refused(with(event_of("NoteRecorded"), "actor", json::object{{"id", bad}}), "/actor/id");
    expect_refused(with(event_of("NoteRecorded"), "sealed", json::object{{"text_ref", bad}}), "/sealed/text_ref");
  }
}

TEST(EventJsonRefusalTest, RefusesAnotherCaseThanTheOneAppendedTo) {
  auto context = test_context();
  context.stream = parse_id(kOther).value();
  const auto encoded = encode_event(event_of("NoteRecorded"), context);
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().where, "/case");
}

TEST(EventJsonRefusalTest, RefusesAnotherMatterOnAnOpeningEvent) {
  expect_refused(with(event_of("ReportReceived"), "matter", testing::text_value(kOther)), "/matter");
  expect_refused(with(event_of("InvestigationOpened"), "matter", testing::text_value(kOther)), "/matter");
  EXPECT_EQ(through_bytes(with(event_of("ReportReceived"), "matter", testing::text_value(kId))).at("matter"),
            testing::text_value(kId));
  EXPECT_EQ(through_bytes(with(event_of("NoteRecorded"), "matter", testing::text_value(kOther))).at("matter"),
            testing::text_value(kOther));
}

TEST(EventJsonRefusalTest, PutsThePrefixBeforeThePointer) {
  auto context = test_context();
  context.pointer = "/events/3";
  const auto type = encode_event(event_of("Nothing"), context);
  EXPECT_EQ(type.error().where, "/events/3/type");
  const auto field = encode_event(event_of("NoteRecorded", R"({"x": 1})"), context);
  EXPECT_EQ(field.error().where, "/events/3/body/x");
  EXPECT_EQ(encode_event(json::value(1), context).error().where, "/events/3");
}

TEST(EventJsonRefusalTest, BoundsAnEventAt64KiB) {
  const auto note = [](std::size_t size) {
    return with(event_of("NoteRecorded"), "sealed", json::object{{"text_ref", std::string(size, 'x')}});
  };
  std::size_t fits = 1000;
  for (std::size_t step = kMaxEventBytes; step > 0; step /= 2) {
    while (encode_event(note(fits + step), test_context())) fits += step;
  }
  const auto largest = encode_event(note(fits), test_context());
  ASSERT_TRUE(largest);
  EXPECT_LE(largest->bytes.size() + largest->sealed.size(), kMaxEventBytes);
  EXPECT_GT(largest->bytes.size() + largest->sealed.size(), kMaxEventBytes - 16);
  EXPECT_TRUE(verify_event(largest->bytes, largest->sealed));
  expect_refused(note(fits + 1), "", Code::kTooLarge);
}

TEST(EventJsonRefusalTest, BoundsAnImportedLogAt256KiB) {
  const auto log = [](std::size_t size) {
    return with(event_of("LogImported"), "body", json::object{{"file_sha256", std::string(size, 'x')}});
  };
  EXPECT_EQ(through_bytes(log(200'000)), log(200'000));
  expect_refused(log(kMaxLogImportedBytes), "", Code::kTooLarge);
}

TEST(EventJsonTest, VerifiesAnImportedLogOfAsManyPartsAsFit) {
  json::array parts(30'000, json::object{});
  const auto event = with(event_of("LogImported"), "body", json::object{{"events", std::move(parts)}});
  EXPECT_EQ(through_bytes(event), event);
}

TEST(EventJsonRefusalTest, BoundsTheDepthOfAttributes) {
  const auto nested = [](int depth) {
    json::object attribute{{"key", "k"}};
    for (int i = 1; i < depth; ++i) attribute = json::object{{"children", json::array{attribute}}};
    return with(event_of("ActionRecorded"), "body", json::object{{"attributes", json::array{attribute}}});
  };
  EXPECT_EQ(through_bytes(nested(23)), nested(23));
  const auto deep = encode_event(nested(24), test_context());
  ASSERT_FALSE(deep);
  EXPECT_TRUE(deep.error().where.starts_with("/body/attributes/0/children/0/")) << deep.error().where;
}

// ---- Events inside events
// ---------------------------------------------------------------------------------------------

json::object correction(json::object replacement) {
  auto out = event_of("EventCorrected");
  out["body"] = json::object{{"target", testing::text_value(kOther)}, {"replacement", std::move(replacement)}};
  return out;
}

TEST(NestedEventTest, NeedsNoIdNorCase) {
  const auto event =
      correction(parsed(R"({"type": "NoteRecorded", "occurred_at": "2026-02-06", "body": {"kind": "call"}})"));
  EXPECT_EQ(through_bytes(event), event);
}

TEST(NestedEventTest, KeepsItsSealedTextUnderItsOwnPath) {
  auto replacement = parsed(R"({"type": "NoteRecorded", "occurred_at": "2026-02-06", "body": {}})");
  replacement["sealed"] = json::object{{"text_ref", "Secret"}};
  const auto encoded = encode_event(correction(replacement), test_context());
  ASSERT_TRUE(encoded) << encoded.error().message;
  EXPECT_EQ(encoded->bytes.find("Secret"), std::string::npos);
  EXPECT_EQ(sealed_text(encoded->sealed, "/replacement/text_ref"), "Secret");
  EXPECT_EQ(sealed_text(encoded->sealed, "/text_ref"), std::nullopt);
  EXPECT_EQ(decode_event(encoded->bytes, encoded->sealed), correction(replacement));
}

TEST(NestedEventTest, IsCheckedLikeTheOuterOne) {
  expect_refused(correction(parsed(R"({"type": "Nothing", "occurred_at": "2026-02-06"})")), "/body/replacement/type");
  expect_refused(correction(parsed(R"({"type": "NoteRecorded"})")), "/body/replacement/occurred_at");
  expect_refused(correction(parsed(R"({"type": "NoteRecorded", "occurred_at": "2026-02-06", "position": 1})")),
                 "/body/replacement/position");
  expect_refused(
      correction(parsed(R"({"type": "NoteRecorded", "occurred_at": "2026-02-06", "body": {"text_ref": "x"}})")),
      "/body/replacement/body/text_ref");
  expect_refused(
      correction(parsed(R"({"type": "NoteRecorded", "occurred_at": "2026-02-06", "sealed": {"kind": "x"}})")),
      "/body/replacement/sealed/kind");
}

TEST(NestedEventTest, HoldsNoThirdEvent) {
  const auto inner = parsed(R"({"type": "NoteRecorded", "occurred_at": "2026-02-06"})");
  auto middle = correction(inner);
  middle.erase("id");
  middle.erase("case");
  expect_refused(correction(middle), "/body/replacement/body/replacement");
  for (const auto* const type : {"EventCorrected", "EventMisfiled", "EventRefiled"}) {
    expect_refused(correction({{"type", type}, {"occurred_at", "2026-02-06"}}), "/body/replacement/type");
  }
}

// ---- Numbers and their tokens
// -----------------------------------------------------------------------------------------

TEST(NumberTest, IsStoredSealedInItsNormalFormAndLeavesItsToken) {
  for (const auto* const type : {"CaseOpened", "ChildIdentityLinked"}) {
    for (const auto* const text : {"121212-1212", "20121212-1212", "1212121212", "201212121212", " 201212121212\n"}) {
      const auto event = with(event_of(type), "sealed", json::object{{"person_number", text}});
      const auto encoded = encode_event(event, test_context());
      ASSERT_TRUE(encoded) << encoded.error().message;
      EXPECT_TRUE(verify_event(encoded->bytes, encoded->sealed));
      EXPECT_EQ(sealed_text(encoded->sealed, "/person_number"), "201212121212");
      EXPECT_EQ(encoded->bytes.find("1212121212"), std::string::npos);
      EXPECT_EQ(decode_event(encoded->bytes, encoded->sealed).at("body").at("subject_token"),
                testing::text_value(to_hex(test_token("201212121212"))));
    }
  }
}

TEST(NumberTest, InAReplacementLeavesItsTokenThere) {
  auto opened = parsed(R"({"type": "CaseOpened", "occurred_at": "2026-02-06", "body": {}})");
  opened["sealed"] = json::object{{"person_number", "121212-1212"}};
  const auto encoded = encode_event(correction(opened), test_context());
  ASSERT_TRUE(encoded) << encoded.error().message;
  EXPECT_EQ(sealed_text(encoded->sealed, "/replacement/person_number"), "201212121212");
  const auto back = decode_event(encoded->bytes, encoded->sealed);
  EXPECT_EQ(back.at("body").at("replacement").at("body").at("subject_token"),
            testing::text_value(to_hex(test_token("201212121212"))));
}

TEST(NumberTest, IsTakenFromNobodyAsAToken) {
  const auto token = to_hex(test_token("201212121212"));
  expect_refused(with(event_of("CaseOpened"), "body", json::object{{"subject_token", token}}), "/body/subject_token");
  auto both = with(event_of("CaseOpened"), "body", json::object{{"subject_token", token}});
  both["sealed"] = json::object{{"person_number", "121212-1212"}};
  expect_refused(both, "/body/subject_token");
}

TEST(NumberTest, IsRefusedWhereItIsNoneAndNeverRepeated) {
  for (const auto* const text : {"121212-1213", "121312-1212", "12", "", "not one"}) {
    const auto event = with(event_of("CaseOpened"), "sealed", json::object{{"person_number", text}});
    expect_refused(event, "/sealed/person_number");
    const std::string_view given = text;
    if (given.size() > 2) {
      EXPECT_EQ(encode_event(event, test_context()).error().message.find(given), std::string::npos);
    }
  }
  expect_refused(with(event_of("CaseOpened"), "sealed", json::object{{"person_number", 1212121212}}),
                 "/sealed/person_number");
}

TEST(NumberTest, IsRefusedWithoutAKeyToHashItBy) {
  auto context = test_context();
  context.token = nullptr;
  const auto encoded =
      encode_event(with(event_of("CaseOpened"), "sealed", json::object{{"person_number", "121212-1212"}}), context);
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().where, "/sealed/person_number");
}

}  // namespace
}  // namespace minne
