// What is kept of a log outside its traces: LogImported, in one event or in several.
#include "tests/server/import_xes_fixture.h"
#include "tests/server/shared_data.h"

namespace minne {
namespace {

TEST_F(ImportXesTest, ALogWithoutTracesIsImportedAllTheSame) {
  const ImportSummary summary = imported("");
  EXPECT_EQ(summary.cases, 0U);
  EXPECT_EQ(summary.events_appended, 1U);
  ASSERT_EQ(sink_.log_events().size(), 1U);
  EXPECT_EQ(text_at(sink_.log_events()[0], "/occurred_at"), "1970-01-01");
  EXPECT_EQ(imported("").events_appended, 0U);
}

TEST_F(ImportXesTest, WhatStandsOutsideTracesIsKeptInOneEvent) {
  write(R"(<log xes.version="2.0" xmlns:openxes="urn:x" openxes:version="1" xmlns="http://www.xes-standard.org/">)"
        R"(<extension name="Time" prefix="time" uri="urn:time"/><extension name="Bare"/>)"
        R"(<global scope="event"><string key="a" value="b"><int key="n" value="1"/></string></global>)"
        R"(<classifier name="C" scope="event" keys="concept:name 'two words'"/>)"
        R"(<string key="source" value="x"/><event><string key="loose" value="y"/></event><event/>)" +
        trace("c1", event("A", "2026-01-05T09:00:00Z")) + R"(<string key="last" value="z"/></log>)");
  ASSERT_TRUE(import_xes(file_, options_, sink_));
  const auto events = sink_.log_events();
  ASSERT_EQ(events.size(), 1U);
  json::object body = events[0].at("body").get_object();
  const std::string sha256 = text_at(events[0], "/body/file_sha256");
  EXPECT_EQ(sha256.size(), 64U);
  EXPECT_EQ(text_at(events[0], "/id"), to_text(trace_event_id(kBoard, "", "log/" + sha256, 0)));
  EXPECT_EQ(text_at(events[0], "/occurred_at"), "2026-01-05T09:00:00Z");
  body.erase("file_sha256");
  EXPECT_EQ(
      json::value(body),
      json::parse(
          R"({"extensions":[{"name":"Time","prefix":"time","uri":"urn:time"},{"name":"Bare"}],)"
          R"("globals":[{"scope":"event","attributes":[{"key":"a","type":"string","value":"b",)"
          R"("children":[{"key":"n","type":"int","value":"1"}]}]}],)"
          R"("classifiers":[{"name":"C","scope":"event","keys":"concept:name 'two words'"}],)"
          R"("attributes":[{"key":"source","type":"string","value":"x"},{"key":"last","type":"string","value":"z"}],)"
          R"("events":[{"attributes":[{"key":"loose","type":"string","value":"y"}]},{}],)"
          R"("log_attributes":[{"key":"xmlns","type":"xml","value":"http://www.xes-standard.org/"},)"
          R"({"key":"xes.version","type":"xml","value":"2.0"},{"key":"{urn:x}version","type":"xml","value":"1"}]})"));
}

TEST_F(ImportXesTest, WhatIsNotKeptIsCounted) {
  const ImportSummary summary = imported("<other xmlns=\"urn:other\"/>\n" + trace("c1", ""));
  EXPECT_EQ(summary.passed_over, 1U);
  EXPECT_EQ(summary.first_passed_over_line, 2U);
}

// Joins LogImported events by the rule of xes_events.h.
struct Joined {
  using Attributes = std::vector<XesAttribute>;

  static XesAttribute from(const json::value& value) {
    XesAttribute made;
    const json::object& object = value.get_object();
    const auto take = [&](std::string_view key, std::string& into) {
      if (const auto* found = object.if_contains(key)) into = std::string(found->get_string());
    };
    take("key", made.key);
    take("type", made.type);
    take("value", made.value);
    for (const auto& [key, list] : {std::pair{"children", &made.children}, {"values", &made.values}}) {
      if (const auto* found = object.if_contains(key)) {
        for (const json::value& each : found->get_array()) list->push_back(from(each));
      }
    }
    return made;
  }

  static void join(const json::array& list, Attributes& into) {
    for (const json::value& each : list) add(from(each), into);
  }

  static void add(XesAttribute&& piece, Attributes& into) {
    if (!piece.type.empty()) into.push_back({std::move(piece.key), std::move(piece.type), {}, {}, {}});
    ASSERT_FALSE(into.empty());
    into.back().value += piece.value;
    for (XesAttribute& each : piece.children) add(std::move(each), into.back().children);
    for (XesAttribute& each : piece.values) add(std::move(each), into.back().values);
  }

  // Globals and events: those that begin with a continuation belong to the one before.
  static void join_owners(const json::array& list, std::vector<Attributes>& into) {
    for (const json::value& owner : list) {
      const auto* attributes = owner.get_object().if_contains("attributes");
      const bool continues = attributes != nullptr && !attributes->get_array()[0].get_object().contains("type");
      if (!continues) into.emplace_back();
      if (attributes != nullptr) join(attributes->get_array(), into.back());
    }
  }

  explicit Joined(const std::vector<json::object>& events) {
    for (const json::object& each : events) {
      const json::object& body = each.at("body").get_object();
      if (const auto* found = body.if_contains("attributes")) join(found->get_array(), attributes);
      if (const auto* found = body.if_contains("log_attributes")) join(found->get_array(), log_attributes);
      if (const auto* found = body.if_contains("globals")) join_owners(found->get_array(), globals);
      if (const auto* found = body.if_contains("events")) join_owners(found->get_array(), events_outside);
      if (const auto* found = body.if_contains("extensions")) extensions += found->get_array().size();
      if (const auto* found = body.if_contains("classifiers")) classifiers += found->get_array().size();
    }
  }

  Attributes attributes;
  Attributes log_attributes;
  std::vector<Attributes> globals;
  std::vector<Attributes> events_outside;
  std::size_t extensions = 0;
  std::size_t classifiers = 0;
};

struct Header : XesHandler {
  Result<> trace(XesTrace&&) override { return {}; }
};

TEST_F(ImportXesTest, ALargeHeaderIsSplitAndNothingIsLost) {
  std::string children;
  for (int i = 0; i < 9900; ++i) children += attribute("int", "child-" + std::to_string(i), std::to_string(i * i));
  std::string large_text;
  for (int i = 0; i < 150'000; ++i) large_text += "åb";
  std::string deep = text("deepest", large_text);
  for (int i = 0; i < 20; ++i) deep = "<string key=\"level\" value=\"" + std::to_string(i) + "\">" + deep + "</string>";
  std::string content = R"(<extension name="Time" prefix="time" uri="urn:time"/>)";
  content += R"(<global scope="trace">)" + children + R"(</global><global scope="event"/>)";
  content += R"(<classifier name="C" keys="concept:name"/>)";
  for (int i = 0; i < 3000; ++i) content += text("key-" + std::to_string(i), "value-" + std::to_string(i));
  content += "<string key=\"nested\" value=\"" + large_text + "\">" + children + "</string>";
  content += "<list key=\"list\">" + children + "<values>" + children + deep + text("end", "") + "</values></list>";
  content +=
      "<event>" + children + text("t", large_text) + "</event>" + "<event>" + text("after", "") + "</event><event/>";
  const ImportSummary summary = imported(content);

  Header handler;
  const Result<XesSummary> whole = read_xes(file_, handler);
  ASSERT_TRUE(whole);
  const auto events = sink_.log_events();
  EXPECT_GT(events.size(), 8U);
  EXPECT_EQ(summary.events_appended, events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(text_at(events[i], "/body/file_sha256"), whole->sha256);
    EXPECT_EQ(text_at(events[i], "/id"), to_text(trace_event_id(kBoard, "", "log/" + whole->sha256, i)));
  }
  const Joined joined(events);
  EXPECT_TRUE(joined.attributes == whole->header.attributes);
  ASSERT_EQ(joined.globals.size(), 2U);
  EXPECT_TRUE(joined.globals[0] == whole->header.globals[0].attributes);
  EXPECT_TRUE(joined.globals[1].empty());
  ASSERT_EQ(joined.events_outside.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(joined.events_outside[i] == whole->events[i].attributes) << i;
  EXPECT_EQ(joined.extensions, 1U);
  EXPECT_EQ(joined.classifiers, 1U);
  EXPECT_EQ(joined.log_attributes.size(), 2U);
  EXPECT_EQ(imported(content).events_appended, 0U);
}

TEST_F(ImportXesTest, PartsAreFull) {
  std::string content;
  for (int i = 0; i < 9900; ++i)
    content += text("k" + std::to_string(i % 7), "value-" + std::to_string(i) + std::string(40, '-'));
  imported(content);
  const auto& events = sink_.streams.at(board_stream_id(kBoard));
  ASSERT_GT(events.size(), 2U);
  for (std::size_t i = 0; i + 1 < events.size(); ++i)
    EXPECT_GT(events[i].bytes.size(), kMaxLogImportedBytes - 2048) << i;
}

TEST_F(ImportXesTest, NestingAsDeepAsAnEventAllowsIsKept) {
  const auto nested = [](int levels) {
    std::string all;
    for (int i = 0; i < levels; ++i) all = R"(<string key="k" value="v">)" + all + "</string>";
    return all;
  };
  imported(nested(23) + trace("c1", nested(23) + "<event>" + text("concept:name", "A") +
                                        date("time:timestamp", "2026-01-05T09:00:00Z") + nested(23) + "</event>"));
  EXPECT_EQ(sink_.trace_events("c1").size(), 2U);
  const Error error = refused(nested(24));
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_EQ(error.where, file_.string());
}

TEST_F(ImportXesTest, AKeyTooLongForAnyEventIsRefusedAtTheEnd) {
  const Error error = refused(text(std::string(300'000, 'k'), "") + trace("c1", ""));
  EXPECT_EQ(error.code, Code::kTooLarge);
  EXPECT_EQ(error.where, file_.string());
  EXPECT_EQ(sink_.traces_given, 1);
  EXPECT_EQ(sink_.logs_given, 0);
  EXPECT_EQ(refused("<extension name=\"" + std::string(300'000, 'k') + "\"/>").code, Code::kTooLarge);
  EXPECT_EQ(refused("<global scope=\"" + std::string(300'000, 'k') + "\"/>").code, Code::kTooLarge);
}

TEST_F(ImportXesTest, TheReceiptLogsHeaderIsKeptWhole) {
  const auto receipt = receipt_log();
  if (!std::filesystem::exists(receipt))
    GTEST_SKIP() << "no " << receipt << ": set MINNE_SHARED to the shared directory";
  options_.start_attribute = "startdate";
  ASSERT_TRUE(import_xes(receipt, options_, sink_));
  Header handler;
  const Result<XesSummary> whole = read_xes(receipt, handler);
  ASSERT_TRUE(whole);
  const auto log = sink_.log_events();
  const Joined joined(log);
  EXPECT_TRUE(joined.attributes == whole->header.attributes);
  RecordProperty("log_imported_bytes",
                 static_cast<int>(sink_.streams.at(board_stream_id(kBoard)).front().bytes.size()));
  EXPECT_EQ(text_at(log[0], "/occurred_at"), "2011-10-11T11:42:22.688Z");
}

}  // namespace
}  // namespace minne
