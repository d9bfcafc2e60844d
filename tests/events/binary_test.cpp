#include "events/event.h"

#include "events/json.h"
#include "tests/events/random_event.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <functional>
#include <string>

namespace minne {
namespace {

namespace json = boost::json;
using testing::all_types;
using testing::RandomEvent;
using testing::test_context;

json::object parsed(std::string_view text) { return json::parse({text.data(), text.size()}).as_object(); }

EncodedEvent encoded(const json::object& event) { return encode_event(event, test_context()).value(); }

EncodedEvent note() {
  return encoded(
      parsed(R"({"id": "01890000-0000-7000-8000-000000000001", "case": "01890000-0000-7000-8000-00000000000c",
    "type": "NoteRecorded", "occurred_at": "2026-02-06", "received_at": "2026-02-06T22:30:00Z",
    "actor": {"id": "w-17", "role": "caseworker"}, "secrecy": "osl_26_1",
    "body": {"kind": "call", "event_date": "2026-02-05", "sources": ["child", "school"]},
     "sealed": {"text_ref": "Ringde."}})"));
}

EncodedEvent report() {
  return encoded(
      parsed(R"({"id": "01890000-0000-7000-8000-000000000002", "case": "01890000-0000-7000-8000-00000000000c",
    "type": "ReportReceived", "occurred_at": "2026-02-06",
    "body": {"channel": "phone", "anonymous": false, "concerns": [{"code": "neglect", "absence_pct": 40}],
             "siblings": ["01890000-0000-7000-8000-00000000000d"]},
    "sealed": {"reporter_ref": "Förskolan", "free_text_ref": "…"}})"));
}

EncodedEvent correction() {
  return encoded(
      parsed(R"({"id": "01890000-0000-7000-8000-000000000003", "case": "01890000-0000-7000-8000-00000000000c",
    "type": "EventCorrected", "occurred_at": "2026-02-06",
    "body": {"target": "01890000-0000-7000-8000-000000000001", "replacement":
      {"type": "NoteRecorded", "occurred_at": "2026-02-05", "body": {"kind": "visit"},
       "sealed": {"text_ref": "Besök."}}}})"));
}

// The same event after a change of its fields, written as a FlatBuffer without the encoder's checks.
EncodedEvent changed(const EncodedEvent& event, const std::function<void(events::EventT&)>& change) {
  const std::unique_ptr<events::EventT> value{event_in(event.bytes).UnPack()};
  change(*value);
  flatbuffers::FlatBufferBuilder builder;
  builder.FinishSizePrefixed(Event::Pack(builder, value.get()), events::EventIdentifier());
  return {{reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()}, event.sealed};
}

// With another sealed part, and its SHA-256 in the event.
EncodedEvent resealed(const EncodedEvent& event, const std::function<void(events::SealedT&)>& change) {
  const std::unique_ptr<events::SealedT> value{
      flatbuffers::GetSizePrefixedRoot<events::Sealed>(event.sealed.data())->UnPack()};
  change(*value);
  flatbuffers::FlatBufferBuilder builder;
  builder.FinishSizePrefixed(events::Sealed::Pack(builder, value.get()), events::SealedIdentifier());
  const auto digest = sha256({builder.GetBufferPointer(), builder.GetSize()});
  auto out = changed(event, [&](events::EventT& e) { e.sealed_sha256.assign(digest.begin(), digest.end()); });
  out.sealed.assign(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
  return out;
}

void expect_refused(const EncodedEvent& event, std::string_view where) {
  const auto verified = verify_event(event.bytes, event.sealed);
  ASSERT_FALSE(verified) << json::serialize(decode_event(event.bytes, event.sealed));
  EXPECT_EQ(verified.error().where, where) << verified.error().message;
  EXPECT_EQ(verified.error().code, Code::kInvalid) << verified.error().message;
}

std::unique_ptr<events::Uuid> uuid(std::uint8_t last) {
  Id id;
  id.bytes[15] = last;
  return std::make_unique<events::Uuid>(to_uuid(id));
}

// What verify_event lets through must be an event that the JSON form takes too: neither form is a way around the other.
void expect_taken_as_json(const EncodedEvent& event) {
  const auto shown = decode_event(event.bytes, event.sealed);
  const auto again = encode_event(testing::given(shown), testing::unlisted_context());
  ASSERT_TRUE(again) << again.error().message << " at " << again.error().where << "\n" << json::serialize(shown);
  EXPECT_EQ(testing::given(decode_event(again->bytes, again->sealed)), testing::given(shown));
}

TEST(BinaryEventTest, AcceptsWhatTheEncoderWrote) {
  for (const auto& event : {note(), report(), correction()}) {
    const auto verified = verify_event(event.bytes, event.sealed);
    EXPECT_TRUE(verified) << verified.error().message;
  }
}

TEST(BinaryEventTest, AcceptsUnalignedBytes) {
  for (const auto& event : {note(), report(), correction()}) {
    for (std::size_t shift = 0; shift < 8; ++shift) {
      const auto bytes = std::string(shift, 'x') + event.bytes;
      const auto sealed = std::string(7 - shift, 'x') + event.sealed;
      EXPECT_TRUE(verify_event(std::string_view{bytes}.substr(shift), std::string_view{sealed}.substr(7 - shift)))
          << shift;
    }
  }
}

TEST(BinaryEventTest, RefusesGarbage) {
  RandomEvent random{1};
  for (std::size_t size = 0; size < 300; ++size) {
    std::string garbage(size, '\0');
    for (auto& c : garbage) c = static_cast<char>(random.below(256));
    EXPECT_FALSE(verify_event(garbage, "")) << size;
    if (size >= 12) {  // with the right size and identifier it must still be refused
      const auto length = static_cast<std::uint32_t>(size - 4);
      std::memcpy(garbage.data(), &length, 4);
      std::memcpy(garbage.data() + 8, events::EventIdentifier(), 4);
      EXPECT_FALSE(verify_event(garbage, "")) << size;
    }
  }
}

TEST(BinaryEventTest, RefusesEveryTruncation) {
  for (const auto& event : {note(), report(), correction()}) {
    for (std::size_t size = 0; size < event.bytes.size(); ++size) {
      auto cut = event.bytes.substr(0, size);
      EXPECT_FALSE(verify_event(cut, event.sealed)) << size;
      if (size < 4) continue;
      const auto length = static_cast<std::uint32_t>(size - 4);
      std::memcpy(cut.data(), &length, 4);
      if (!verify_event(cut, event.sealed)) continue;
      EXPECT_GE(size + 8, event.bytes.size()) << size;  // only padding may be missing
    }
    for (std::size_t size = 0; size < event.sealed.size(); ++size) {
      EXPECT_FALSE(verify_event(event.bytes, event.sealed.substr(0, size))) << size;
    }
  }
}

TEST(BinaryEventTest, RefusesBytesAfterTheEnd) {
  const auto event = note();
  EXPECT_FALSE(verify_event(event.bytes + std::string(8, '\0'), event.sealed));
  EXPECT_FALSE(verify_event(event.bytes, event.sealed + std::string(8, '\0')));
}

TEST(BinaryEventTest, RefusesOrReadsAFlippedByteAnywhere) {
  std::vector<EncodedEvent> events{note(), report(), correction()};
  for (const auto type : all_types()) events.push_back(encoded(testing::given(RandomEvent{99}.of(type))));
  std::size_t taken = 0;
  for (auto& event : events) {
    if (event.bytes.size() > 3000) continue;
    for (std::size_t i = 0; i < event.bytes.size(); ++i) {
      for (const int flip : {0x01, 0x80, 0xFF, 0x04, 0x20}) {
        event.bytes[i] = static_cast<char>(event.bytes[i] ^ flip);
        if (verify_event(event.bytes, event.sealed)) {
          ++taken;
          SCOPED_TRACE("byte " + std::to_string(i) + " xor " + std::to_string(flip) + " of " +
                       std::string{type_name(event_in(event.bytes).body_type())});
          expect_taken_as_json(event);
        }
        event.bytes[i] = static_cast<char>(event.bytes[i] ^ flip);
        if (HasFatalFailure()) return;
      }
    }
    for (std::size_t i = 0; i < event.sealed.size(); ++i) {
      auto sealed = event.sealed;
      sealed[i] = static_cast<char>(sealed[i] ^ 0x10);
      EXPECT_FALSE(verify_event(event.bytes, sealed)) << "sealed byte " << i;
    }
  }
  EXPECT_GT(taken, 1000U);  // ids and texts have no checksum of their own: the page's entry has
}

TEST(BinaryEventTest, RefusesOrReadsFlippedBytesOfASealedPart) {
  const auto event = report();
  for (std::size_t i = 0; i < event.sealed.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xFF, 0x04, 0x20}) {
      EncodedEvent other = event;
      other.sealed[i] = static_cast<char>(other.sealed[i] ^ flip);
      const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(other.sealed.data()), other.sealed.size()});
      other.bytes =
          changed(event, [&](events::EventT& e) { e.sealed_sha256.assign(digest.begin(), digest.end()); }).bytes;
      if (verify_event(other.bytes, other.sealed)) expect_taken_as_json(other);
    }
  }
}

TEST(BinaryEventTest, RefusesUnknownTypes) {
  for (const int tag : {0, static_cast<int>(kTypeCount), 200, 255}) {
    auto event = note();
    auto* table = reinterpret_cast<flatbuffers::Table*>(flatbuffers::GetMutableRoot<Event>(event.bytes.data() + 4));
    ASSERT_TRUE(table->SetField<std::uint8_t>(Event::VT_BODY_TYPE, static_cast<std::uint8_t>(tag), 0));
    const auto verified = verify_event(event.bytes, event.sealed);
    ASSERT_FALSE(verified) << tag;
    if (tag != 0) {
      EXPECT_EQ(verified.error().where, "/type") << tag;
    }
  }
}

TEST(BinaryEventTest, RefusesAnotherKindOfStream) {
  for (const auto kind : {StreamKind::staff, StreamKind::board, static_cast<StreamKind>(3)}) {
    expect_refused(changed(note(), [&](events::EventT& event) { event.stream_kind = kind; }), "/type");
  }
}

TEST(BinaryEventTest, RefusesAMissingEnvelope) {
  expect_refused(changed(note(), [](events::EventT& event) { event.id.reset(); }), "/id");
  expect_refused(changed(note(), [](events::EventT& event) { event.id = uuid(0); }), "/id");
  expect_refused(changed(note(), [](events::EventT& event) { event.case_id.reset(); }), "/case");
  expect_refused(changed(note(), [](events::EventT& event) { event.case_id = uuid(0); }), "/case");
  expect_refused(changed(note(), [](events::EventT& event) { event.occurred_at = flatbuffers::nullopt; }),
                 "/occurred_at");
}

TEST(BinaryEventTest, RefusesAnotherMatterOnAnOpeningEvent) {
  expect_refused(changed(report(), [](events::EventT& event) { event.matter_id = uuid(7); }), "/matter");
  expect_refused(changed(report(), [](events::EventT& event) { event.matter_id.reset(); }), "/matter");
  EXPECT_TRUE(
      verify_event(changed(note(), [](events::EventT& event) { event.matter_id = uuid(7); }).bytes, note().sealed));
}

TEST(BinaryEventTest, RefusesTimesOutsideTheCalendar) {
  constexpr std::int64_t kYear10000 = 253402300800LL * 1'000'000;
  const auto at = [](std::int64_t micros) {
    return changed(note(), [=](events::EventT& event) {
      event.occurred_at = micros;
      event.occurred_precision = events::Precision::instant;
    });
  };
  expect_refused(at(kYear10000), "/occurred_at");
  expect_refused(at(std::numeric_limits<std::int64_t>::max()), "/occurred_at");
  expect_refused(at(std::numeric_limits<std::int64_t>::min()), "/occurred_at");
  EXPECT_TRUE(verify_event(at(kYear10000 - 1).bytes, note().sealed));
  for (const std::int32_t days : {-719163, 2932897, std::numeric_limits<std::int32_t>::min()}) {
    expect_refused(changed(note(), [=](events::EventT& event) { event.body.AsNoteRecorded()->event_date = days; }),
                   "/body/event_date");
  }
}

TEST(BinaryEventTest, RefusesAnUnknownPrecision) {
  expect_refused(
      changed(note(), [](events::EventT& event) { event.occurred_precision = static_cast<events::Precision>(2); }),
      "/occurred_at");
  expect_refused(
      changed(note(), [](events::EventT& event) { event.received_precision = static_cast<events::Precision>(2); }),
      "/received_at");
}

TEST(BinaryEventTest, RefusesTextThatBelongsInSealed) {
  expect_refused(changed(note(), [](events::EventT& event) { event.body.AsNoteRecorded()->text_ref = "Ringde."; }),
                 "/body/text_ref");
  expect_refused(changed(correction(),
                         [](events::EventT& event) {
                           event.body.AsEventCorrected()->replacement->body.AsNoteRecorded()->text_ref = "x";
                         }),
                 "/body/replacement/body/text_ref");
}

TEST(BinaryEventTest, RefusesBadTextsCodesAndNames) {
  const auto kind = [](const std::string& text) {
    return changed(note(), [&](events::EventT& event) { event.body.AsNoteRecorded()->kind = text; });
  };
  expect_refused(kind("två"), "/body/kind");
  expect_refused(kind(std::string(65, 'a')), "/body/kind");
  EXPECT_TRUE(verify_event(kind(std::string(64, 'a')).bytes, note().sealed));
  expect_refused(changed(note(), [](events::EventT& event) { event.body.AsNoteRecorded()->sources[1] = "a b"; }),
                 "/body/sources/1");
  expect_refused(changed(note(), [](events::EventT& event) { event.secrecy = "x y"; }), "/secrecy");
  expect_refused(changed(note(), [](events::EventT& event) { event.actor->id = std::string(65, 'x'); }), "/actor/id");
  const auto activity = [](const std::string& text) {
    auto event = encoded(parsed(R"({"id": "01890000-0000-7000-8000-000000000004", "type": "ActionRecorded",
      "case": "01890000-0000-7000-8000-00000000000c", "occurred_at": "2026-02-06", "body": {"activity": "a"}})"));
    return changed(event, [&](events::EventT& e) { e.body.AsActionRecorded()->activity = text; });
  };
  EXPECT_TRUE(verify_event(activity("åäö€🧒").bytes, ""));
  for (const auto* const text : {"\xC3", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\x80",
                                 "\xF0\x8F\xBF\xBF", "\xE2\x82", "a\xF0\x9F\xA7"}) {
    expect_refused(activity(text), "/body/activity");
  }
}

TEST(BinaryEventTest, RefusesEventsInsideAReplacement) {
  expect_refused(changed(correction(),
                         [](events::EventT& event) {
                           auto& replacement = *event.body.AsEventCorrected()->replacement;
                           replacement.body.Set(events::EventCorrectedT{});
                         }),
                 "/body/replacement/type");
  expect_refused(changed(correction(),
                         [](events::EventT& event) {
                           event.body.AsEventCorrected()->replacement->occurred_at = flatbuffers::nullopt;
                         }),
                 "/body/replacement/occurred_at");
}

TEST(BinaryEventTest, RefusesAttributesDeeperThanJsonTakes) {
  const auto nested = [](int depth) {
    auto event = encoded(parsed(R"({"id": "01890000-0000-7000-8000-000000000004", "type": "ActionRecorded",
      "case": "01890000-0000-7000-8000-00000000000c", "occurred_at": "2026-02-06"})"));
    return changed(event, [&](events::EventT& e) {
      auto* list = &e.body.AsActionRecorded()->attributes;
      for (int i = 0; i < depth; ++i) {
        list->push_back(std::make_unique<events::AttributeT>());
        list = &list->front()->children;
      }
    });
  };
  const auto deepest = nested(23);
  EXPECT_TRUE(verify_event(deepest.bytes, ""));
  expect_taken_as_json(deepest);
  for (const int depth : {24, 40, 59, 70, 1000}) EXPECT_FALSE(verify_event(nested(depth).bytes, "")) << depth;
}

TEST(BinaryEventTest, RefusesAByteThatIsNoBoolean) {
  auto event = report();
  const auto* body = event_in(event.bytes).body_as_ReportReceived();
  auto* table = const_cast<flatbuffers::Table*>(reinterpret_cast<const flatbuffers::Table*>(body));
  ASSERT_TRUE(table->SetField<std::uint8_t>(events::ReportReceived::VT_ANONYMOUS, 2, 0));
  expect_refused(event, "/body/anonymous");
}

TEST(BinaryEventTest, BoundsAnEventByItsType) {
  const auto big = [](const std::string& text) {
    return changed(note(), [&](events::EventT& event) { event.body.AsNoteRecorded()->sources.assign(2000, text); });
  };
  const auto verified = verify_event(big(std::string(60, 'a')).bytes, note().sealed);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Code::kTooLarge);
  EXPECT_FALSE(verify_event(std::string(kMaxLogImportedBytes + 1, 'x'), ""));
}

// ---- Sealed parts
// -----------------------------------------------------------------------------------------------------

TEST(SealedPartTest, MustBeThereAndMatchItsHash) {
  expect_refused({note().bytes, ""}, "/sealed");
  expect_refused({note().bytes, report().sealed}, "/sealed");
  expect_refused({changed(note(), [](events::EventT& event) { event.sealed_sha256.clear(); }).bytes, note().sealed},
                 "/sealed");
  expect_refused({changed(note(), [](events::EventT& event) { event.sealed_sha256.pop_back(); }).bytes, note().sealed},
                 "/sealed");
  const auto no_hash = changed(note(), [](events::EventT& event) { event.sealed_sha256.clear(); });
  EXPECT_TRUE(verify_event(no_hash.bytes, ""));  // an event without sealed text
}

TEST(SealedPartTest, HoldsOnlySealedFieldsOfTheType) {
  const auto path = [](const EncodedEvent& event, const std::string& text) {
    return resealed(event, [&](events::SealedT& sealed) { sealed.fields[0]->path = text; });
  };
  EXPECT_TRUE(verify_event(path(note(), "/text_ref").bytes, path(note(), "/text_ref").sealed));
  for (const std::string text : {"/kind", "/reason_text", "text_ref", "/replacement/text_ref", "", "/", "/text_ref/"}) {
    expect_refused(path(note(), text), "/sealed" + text);
  }
  for (const std::string text :
       {"/text_ref", "/original/text_ref", "/replacement/kind", "/replacement/replacement/text_ref"}) {
    expect_refused(path(correction(), text), "/sealed" + text);
  }
}

TEST(SealedPartTest, HoldsEachFieldOnceUnderKeyZero) {
  expect_refused(resealed(note(),
                          [](events::SealedT& sealed) {
                            sealed.fields.push_back(std::make_unique<events::SealedFieldT>(*sealed.fields[0]));
                          }),
                 "/sealed/text_ref");
  expect_refused(resealed(note(), [](events::SealedT& sealed) { sealed.key_id = 5; }), "/sealed");
}

TEST(SealedPartTest, HoldsUtf8) {
  expect_refused(resealed(note(), [](events::SealedT& sealed) { sealed.fields[0]->text = "\xC3"; }), "/sealed");
}

// ---- Records
// ------------------------------------------------------------------------------------------------------------

std::string records_of(const std::vector<EncodedEvent>& events) {
  std::string out;
  for (const auto& event : events) append_record(out, event);
  return out;
}

TEST(RecordsTest, ComeBackAsTheyWere) {
  std::vector<EncodedEvent> events;
  for (const auto type : all_types()) events.push_back(encoded(testing::given(RandomEvent{5}.of(type))));
  const auto body = records_of(events);
  EXPECT_EQ(body.size() % 8, 0U);
  const auto back = parse_records(body);
  ASSERT_TRUE(back) << back.error().message << " at " << back.error().where;
  ASSERT_EQ(back->size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ((*back)[i].event.bytes, events[i].bytes) << i;
    EXPECT_EQ((*back)[i].event.sealed, events[i].sealed) << i;
  }
}

TEST(RecordsTest, MayBeNone) {
  const auto none = parse_records("");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->empty());
}

TEST(RecordsTest, AreReadFromAnyAlignment) {
  const auto body = "x" + records_of({note(), report()});
  const auto back = parse_records(std::string_view{body}.substr(1));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->size(), 2U);
}

TEST(RecordsTest, AreRefusedWhenCutAnywhere) {
  const auto body = records_of({note(), report()});
  const auto first = records_of({note()}).size();
  for (std::size_t size = 1; size < body.size(); ++size) {
    const auto back = parse_records(std::string_view{body}.substr(0, size));
    if (back) {  // between two records, or only padding is missing
      EXPECT_TRUE(size + 8 > body.size() || (size + 8 > first && size <= first)) << size;
    } else {
      EXPECT_TRUE(back.error().where.starts_with(size <= first ? "record 0" : "record 1")) << back.error().where;
    }
  }
}

TEST(RecordsTest, NameTheRecordAndThePlaceOfAFault) {
  auto bad = changed(note(), [](events::EventT& event) { event.body.AsNoteRecorded()->kind = "två"; });
  const auto back = parse_records(records_of({note(), report(), bad}));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().where, "record 2/body/kind");
}

TEST(RecordsTest, AreBoundedBeforeTheyAreRead) {
  const std::uint32_t size = kMaxLogImportedBytes + 1;
  std::string body(24 + size, '\0');
  std::memcpy(body.data() + 8, &size, 4);  // after recorded_at
  const auto back = parse_records(body);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, Code::kTooLarge);
  const std::uint32_t huge = 0xFFFFFFFF;
  std::memcpy(body.data(), &huge, 4);
  EXPECT_FALSE(parse_records(body));
  EXPECT_FALSE(parse_records(std::string(16, '\0')));
  // Bytes that are no record at all say a length that they do not have.
  const auto text = parse_records("not an event, and longer than a length");
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Code::kInvalid);
}

TEST(RecordsTest, SurviveAFlippedByteAnywhere) {
  auto body = records_of({note(), correction()});
  for (std::size_t i = 0; i < body.size(); ++i) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      body[i] = static_cast<char>(body[i] ^ flip);
      if (const auto back = parse_records(body)) {
        for (const auto& record : *back) (void)decode_event(record.event.bytes, record.event.sealed);
      }
      body[i] = static_cast<char>(body[i] ^ flip);
    }
  }
}

}  // namespace
}  // namespace minne
