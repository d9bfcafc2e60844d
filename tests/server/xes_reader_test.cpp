#include "tests/server/shared_data.h"
#include "tests/server/xes_reader_fixture.h"

namespace minne {
namespace {

// --- what is read ---

TEST_F(XesReaderTest, KeepsOrderDuplicatesLinesAndLexicalValues) {
  accept(R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<log>
  <trace>
    <string key="concept:name" value="case-1"/>
    <date key="start" value="2010-10-11T13:45:40.276+02:00"/>
    <event>
      <float key="cost" value="01.50E+3"/>
      <int key="n" value="-007"/>
      <int key="n" value="1"/>
      <boolean key="b" value="True"/>
      <id key="i" value="{A-b}"/>
    </event>
    <event/>
    <string key="after" value=""/>
  </trace>
  <trace/>
</log>
)");
  ASSERT_EQ(collector_.traces.size(), 2U);
  const XesTrace& trace = collector_.traces[0];
  EXPECT_EQ(trace.line, 4U);
  EXPECT_EQ(trace.attributes, (std::vector<XesAttribute>{text("concept:name", "case-1"),
                                                         {"start", "date", "2010-10-11T13:45:40.276+02:00", {}, {}},
                                                         text("after", "")}));
  ASSERT_EQ(trace.events.size(), 2U);
  EXPECT_EQ(trace.events[0].line, 7U);
  EXPECT_EQ(trace.events[0].attributes, (std::vector<XesAttribute>{{"cost", "float", "01.50E+3", {}, {}},
                                                                   {"n", "int", "-007", {}, {}},
                                                                   {"n", "int", "1", {}, {}},
                                                                   {"b", "boolean", "True", {}, {}},
                                                                   {"i", "id", "{A-b}", {}, {}}}));
  EXPECT_EQ(trace.events[1].line, 14U);
  EXPECT_EQ(collector_.traces[1].line, 17U);
}

TEST_F(XesReaderTest, FindsTheFirstAttributeWithAKey) {
  const std::vector<XesAttribute> attributes = {text("a", "1"), text("b", "2"), text("b", "3")};
  ASSERT_NE(find(attributes, "b"), nullptr);
  EXPECT_EQ(find(attributes, "b")->value, "2");
  EXPECT_EQ(find(attributes, "c"), nullptr);
}

TEST_F(XesReaderTest, ReadsTheHeader) {
  const XesSummary summary = accept(R"(<log xes.version="1849-2016" xes.features="nested-attributes"
     xmlns="http://www.xes-standard.org/" xmlns:p="urn:p" p:build="7">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension uri="urn:only"/>
  <global scope="trace"><string key="concept:name" value="UNKNOWN"/></global>
  <global scope="event"/>
  <classifier name="Activity" keys="concept:name lifecycle:transition"/>
  <classifier name="Case" scope="trace" keys="'two words' b"/>
  <string key="source" value="test"><int key="n" value="3"/></string>
</log>)");
  const XesHeader& header = summary.header;
  EXPECT_EQ(header.xml_namespace, "http://www.xes-standard.org/");
  EXPECT_EQ(header.xml_attributes,
            (std::vector<std::pair<std::string, std::string>>{
                {"xes.version", "1849-2016"}, {"xes.features", "nested-attributes"}, {"{urn:p}build", "7"}}));
  ASSERT_EQ(header.extensions.size(), 2U);
  EXPECT_EQ(header.extensions[0].name, "Concept");
  EXPECT_EQ(header.extensions[0].prefix, "concept");
  EXPECT_EQ(header.extensions[0].uri, "http://www.xes-standard.org/concept.xesext");
  EXPECT_EQ(header.extensions[1].prefix, "");
  ASSERT_EQ(header.globals.size(), 2U);
  EXPECT_EQ(header.globals[0].scope, "trace");
  EXPECT_EQ(header.globals[0].attributes, (std::vector<XesAttribute>{text("concept:name", "UNKNOWN")}));
  EXPECT_EQ(header.globals[1].scope, "event");
  ASSERT_EQ(header.classifiers.size(), 2U);
  EXPECT_EQ(header.classifiers[0].scope, "");
  EXPECT_EQ(header.classifiers[0].keys, "concept:name lifecycle:transition");
  EXPECT_EQ(header.classifiers[1].scope, "trace");
  EXPECT_EQ(header.classifiers[1].keys, "'two words' b");
  EXPECT_EQ(header.attributes, (std::vector<XesAttribute>{text("source", "test", {{"n", "int", "3", {}, {}}})}));
  EXPECT_EQ(summary.traces, 0U);
  EXPECT_EQ(summary.passed_over, 0U);
}

TEST_F(XesReaderTest, ReadsTheHeaderAfterTheTraces) {
  const XesSummary summary = accept(in_log(R"(<trace/><string key="a" value="1"/><trace/><classifier name="c" keys="k"/>
    <global scope="event"/><extension name="e" prefix="p" uri="u"/>)"));
  EXPECT_EQ(summary.traces, 2U);
  EXPECT_EQ(summary.header.attributes.size(), 1U);
  EXPECT_EQ(summary.header.classifiers.size(), 1U);
  EXPECT_EQ(summary.header.globals.size(), 1U);
  EXPECT_EQ(summary.header.extensions.size(), 1U);
}

TEST_F(XesReaderTest, ReadsALogWithoutTraces) {
  EXPECT_EQ(accept("<log/>").traces, 0U);
  EXPECT_TRUE(collector_.traces.empty());
}

TEST_F(XesReaderTest, KeepsEventsOutsideTraces) {
  const XesSummary summary = accept(in_log("\n<event><string key=\"a\" value=\"1\"/></event><trace/>\n<event/>"));
  EXPECT_EQ(summary.traces, 1U);
  ASSERT_EQ(summary.events.size(), 2U);
  EXPECT_EQ(summary.events[0].line, 2U);
  EXPECT_EQ(summary.events[0].attributes, (std::vector<XesAttribute>{text("a", "1")}));
  EXPECT_EQ(summary.events[1].line, 3U);
  EXPECT_TRUE(collector_.traces[0].events.empty());
}

TEST_F(XesReaderTest, ReadsNestedAttributesListsAndContainers) {
  accept(in_log(R"(<trace>
    <string key="a" value="1"><string key="b" value="2"><string key="c" value="3"/></string></string>
    <list key="l"><string key="of the list" value="x"/>
      <values><int key="k" value="1"/><int key="k" value="2"/><list key="inner"><values/></list></values></list>
    <container key="box"><int key="k" value="1"/></container>
    <list key="empty" value="kept"/>
  </trace>)"));
  ASSERT_EQ(collector_.traces.size(), 1U);
  const std::vector<XesAttribute> values = {
      {"k", "int", "1", {}, {}}, {"k", "int", "2", {}, {}}, {"inner", "list", "", {}, {}}};
  EXPECT_EQ(collector_.traces[0].attributes,
            (std::vector<XesAttribute>{text("a", "1", {text("b", "2", {text("c", "3")})}),
                                       {"l", "list", "", {text("of the list", "x")}, values},
                                       {"box", "container", "", {{"k", "int", "1", {}, {}}}, {}},
                                       {"empty", "list", "kept", {}, {}}}));
}

TEST_F(XesReaderTest, UnescapesXmlAndNothingElse) {
  accept(in_log(
      R"(<trace><string key="&lt;k&gt;" value=" &amp;amp; &quot;&apos; &#229;&#x1F600;&#10;&#9;\n %20 "/></trace>)"));
  ASSERT_EQ(collector_.traces.size(), 1U);
  EXPECT_EQ(collector_.traces[0].attributes,
            (std::vector<XesAttribute>{text("<k>", " &amp; \"' \xC3\xA5\xF0\x9F\x98\x80\n\t\\n %20 ")}));
}

TEST_F(XesReaderTest, ReadsRawLineBreaksInValuesAsBlanks) {
  accept(in_log("<trace><string key='a' value='1\n2\t3'/></trace>"));
  EXPECT_EQ(find(collector_.traces.at(0).attributes, "a")->value, "1 2 3");
}

// --- names and namespaces ---

TEST_F(XesReaderTest, ReadsEveryNamespaceThatXesHasHad) {
  for (const char* log : {R"(<log><trace/></log>)", R"(<log xmlns="http://www.xes-standard.org/"><trace/></log>)",
                          R"(<log xmlns="http://www.xes-standard.org"><trace/></log>)",
                          R"(<log xmlns="http://code.deckfour.org/xes"><trace/></log>)",
                          R"(<x:log xmlns:x="http://www.xes-standard.org/"><x:trace/></x:log>)",
                          R"(<log xmlns:x="http://www.xes-standard.org/"><x:trace/></log>)"}) {
    EXPECT_EQ(accept(log).traces, 1U) << log;
  }
}

TEST_F(XesReaderTest, PassesOverAndCountsWhatOtherVocabulariesAdd) {
  const XesSummary summary = accept(R"(<log xmlns:v="urn:v">
  <v:meta><trace/>some text<string/></v:meta>
  <trace v:colour="red"><v:x/>
    <string key="a" value="1" comment="unqualified"><v:y>text</v:y></string>
  </trace>
</log>)");
  EXPECT_EQ(summary.traces, 1U);
  EXPECT_EQ(summary.passed_over, 5U);
  EXPECT_EQ(summary.first_passed_over_line, 2U);
  EXPECT_EQ(collector_.traces.at(0).attributes, (std::vector<XesAttribute>{text("a", "1")}));
}

TEST_F(XesReaderTest, NamesAnUnknownOrMisplacedElement) {
  expect_refused(in_log("\n<trace>\n<strnig key='a' value='b'/></trace>"), 3, "<strnig> in <trace>");
  expect_refused("<log>\n<traces/></log>", 2, "<traces> in <log>");
  expect_refused("<log>\n<Trace/></log>", 2, "<Trace> in <log>");
  expect_refused(in_log("<trace>\n<trace/></trace>"), 2, "<trace> in <trace>");
  expect_refused(in_log("<trace><event>\n<event/></event></trace>"), 2, "<event> in <event>");
  expect_refused(in_log("<trace>\n<global scope='event'/></trace>"), 2, "<global> in <trace>");
  expect_refused(in_log("<trace><string key='a' value='b'>\n<values/></string></trace>"), 2, "<values> in <string>");
  expect_refused(in_log("<classifier name='c' keys='k'>\n<string key='a' value='b'/></classifier>"), 2,
                 "<string> in <classifier>");
  expect_refused(in_log("<trace><list key='l'><values>\n<values/></values></list></trace>"), 2, "<values> in <values>");
}

TEST_F(XesReaderTest, NamesAnUnknownRoot) {
  expect_refused("<?xml version='1.0'?>\n<logs/>", 2, "<logs>");
  expect_refused("<log xmlns='urn:svn'/>", 1, "<log> of urn:svn");
  expect_refused("<html xmlns='http://www.w3.org/1999/xhtml'/>", 1, "<html>");
}

TEST_F(XesReaderTest, CutsALongNameBetweenCharacters) {
  const std::string name = "n" + repeat("\xC3\xA5", 1000);
  expect_refused("<" + name + "/>", 1, "<n" + repeat("\xC3\xA5", 31) + "...>");
}

// --- faults ---

TEST_F(XesReaderTest, RefusesAnAttributeWithoutKeyOrValue) {
  expect_refused(in_log("\n\n<string value='b'/>"), 3, "<string> has no key");
  expect_refused(in_log("<trace>\n<string key='' value='b'/></trace>"), 2, "<string> has no key");
  expect_refused(in_log("<trace><event>\n<date key='time:timestamp'/></event></trace>"), 2,
                 "'time:timestamp' has no value");
  expect_refused(in_log("<trace><list>\n</list></trace>"), 1, "<list> has no key");
}

TEST_F(XesReaderTest, RefusesText) {
  expect_refused(in_log("<trace>\n<event>\nhello</event></trace>"), 3, "text in <event>");
  expect_refused(in_log("<string key='a' value='b'><![CDATA[x]]></string>"), 1, "text in <string>");
}

TEST_F(XesReaderTest, RefusesMalformedXmlWithItsLine) {
  expect_refused("", 1, "no element found");
  expect_refused("\n\n", 3, "no element found");
  expect_refused(std::string(kLog) + "\n<trace>\n", 3, "no element found");
  expect_refused(in_log("\n<trace>\n</event>"), 3, "mismatched tag");
  expect_refused(in_log("\n<string key='a' key='a' value='b'/>"), 2, "duplicate attribute");
  expect_refused(in_log("\n<string key='a' value='b<'/>"), 2, "not well-formed");
  expect_refused(in_log("\n<string key='a' value='\x01'/>"), 2, "not well-formed");
  expect_refused(in_log("\n<x:y/>"), 2, "unbound prefix");
  expect_refused("<log/>\n<log/>", 2, "junk after document element");
  expect_refused("<log>\n\xFF\xFE</log>", 2, "not well-formed");
  expect_refused("plain text", 1, "syntax error");
}

TEST_F(XesReaderTest, RefusesADoctypeAndUndefinedEntities) {
  expect_refused("<?xml version='1.0'?>\n<!DOCTYPE log [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>\n<log/>", 2,
                 "DOCTYPE");
  expect_refused("<!DOCTYPE log SYSTEM 'file:///etc/passwd'><log/>", 1, "DOCTYPE");
  expect_refused("<!DOCTYPE log><log/>", 1, "DOCTYPE");
  expect_refused(in_log("\n<string key='a' value='&nbsp;'/>"), 2, "undefined entity");
  expect_refused(in_log("\n&nbsp;"), 2, "undefined entity");
}

TEST_F(XesReaderTest, RefusesWhatItCannotOpen) {
  const auto missing = read_xes(directory_.path() / "missing.xes", collector_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kInvalid);
  EXPECT_EQ(missing.error().where, (directory_.path() / "missing.xes").string());
  const auto directory = read_xes(directory_.path(), collector_);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, Code::kInvalid);
}

// --- the handler ---

TEST_F(XesReaderTest, StopsWithTheHandlersError) {
  struct Refuser : XesHandler {
    Result<> trace(XesTrace&&) override {
      if (++calls < 2) return {};
      return failure(Code::kBusy, "full", place);
    }
    int calls = 0;
    std::string place;
  };
  const std::string log = in_log("\n<trace/>\n<trace><event/>\n</trace><trace/>");
  Refuser refuser;
  const auto summary = read(log, refuser);
  ASSERT_FALSE(summary);
  EXPECT_EQ(refuser.calls, 2);
  EXPECT_EQ(summary.error().code, Code::kBusy);
  EXPECT_EQ(summary.error().message, "full");
  EXPECT_EQ(summary.error().where, at(3));

  Refuser with_place;
  with_place.place = "elsewhere";
  EXPECT_EQ(read(log, with_place).error().where, "elsewhere");
}

TEST_F(XesReaderTest, LetsTheHandlersExceptionThrough) {
  struct Thrower : XesHandler {
    Result<> trace(XesTrace&&) override { throw std::length_error("no"); }
  };
  Thrower thrower;
  EXPECT_THROW((void)read(in_log("<trace/><trace/>"), thrower), std::length_error);
}

TEST_F(XesReaderTest, HandsOverTracesBeforeAFault) {
  expect_refused(in_log("<trace/><trace/>\n<trace><event></trace>"), 2, "mismatched tag");
  EXPECT_EQ(collector_.traces.size(), 2U);
}

TEST_F(XesReaderTest, LetsTheHandlerPassOverFaultyTraces) {
  Skipper skipper;
  const XesSummary summary = accept(in_log(R"(
<trace><string key="concept:name" value="c1"/></trace>
<trace><string key="concept:name" value="c2"/><event/>
  <event><string key="no value"><list/></string></event>
  <wrong/><event/>text
</trace>
<trace>loose</trace>
<trace>)" + repeat("<event/>", kXesMaxEventsPerTrace + 1) +
                                           R"(</trace>
<trace><string key="concept:name" value="c3"/><event/></trace>
<string key="last" value="1"/>)"),
                                    skipper);
  EXPECT_EQ(summary.traces, 2U);
  EXPECT_EQ(summary.header.attributes.size(), 1U);
  ASSERT_EQ(skipper.traces.size(), 2U);
  EXPECT_EQ(skipper.traces[1].line, 9U);
  EXPECT_EQ(skipper.traces[1].events.size(), 1U);
  ASSERT_EQ(skipper.faulty.size(), 3U);
  const auto& [trace, fault] = skipper.faulty[0];
  EXPECT_EQ(trace.line, 3U);
  EXPECT_EQ(trace.attributes, (std::vector<XesAttribute>{text("concept:name", "c2")}));
  EXPECT_TRUE(trace.events.empty());
  EXPECT_EQ(fault.where, at(4));
  EXPECT_EQ(skipper.faulty[1].second.where, at(7));
  EXPECT_EQ(skipper.faulty[2].second.code, Code::kTooLarge);
}

TEST_F(XesReaderTest, DoesNotOfferToPassOverDamageToTheFile) {
  Skipper skipper;
  EXPECT_FALSE(read(in_log("<trace><wrong/><event></trace>"), skipper));
  EXPECT_FALSE(read(in_log("<trace>" + repeat("<a xmlns='urn:f'>", kXesMaxDepth)), skipper));
  EXPECT_FALSE(read(in_log("<wrong/>"), skipper));
  EXPECT_FALSE(read("<log><trace><wrong/>", skipper));
  EXPECT_TRUE(skipper.faulty.empty());
}

// --- a real log ---

TEST(XesReceiptTest, ReadsTheReceiptLogWhole) {
  const auto file = receipt_log();
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "no " << file << ": set MINNE_SHARED to the shared directory";
  Collector collector;
  const auto summary = read_xes(file, collector);
  ASSERT_TRUE(summary) << summary.error().message << " at " << summary.error().where;
  EXPECT_EQ(summary->traces, 1434U);
  ASSERT_EQ(collector.traces.size(), 1434U);
  std::size_t events = 0;
  std::size_t end_dates = 0;
  for (const XesTrace& trace : collector.traces) {
    events += trace.events.size();
    if (find(trace.attributes, "enddate") != nullptr) ++end_dates;
  }
  EXPECT_EQ(events, 8577U);
  EXPECT_EQ(end_dates, 1329U);
  EXPECT_TRUE(summary->events.empty());
  EXPECT_EQ(summary->passed_over, 0U);
  EXPECT_EQ(summary->header.extensions.size(), 11U);
  EXPECT_EQ(summary->header.globals.size(), 2U);
  EXPECT_EQ(summary->header.classifiers.size(), 3U);
  const XesAttribute* duration = find(summary->header.attributes, "meta_time:duration_max");
  ASSERT_NE(duration, nullptr);
  EXPECT_EQ(duration->value, "2.3832541524E7");

  const XesTrace& first = collector.traces.front();
  ASSERT_NE(find(first.attributes, "concept:name"), nullptr);
  EXPECT_EQ(find(first.attributes, "concept:name")->value, "case-10011");
  ASSERT_EQ(first.attributes.size(), 8U);
  EXPECT_EQ(first.attributes[2], (XesAttribute{"enddate_planned", "date", "2011-12-06T13:41:31.788+01:00", {}, {}}));
  EXPECT_EQ(first.line, 1798U);
  ASSERT_FALSE(first.events.empty());
  EXPECT_EQ(first.events[0].line, 1807U);
  ASSERT_NE(find(first.events[0].attributes, "time:timestamp"), nullptr);
  EXPECT_EQ(find(first.events[0].attributes, "time:timestamp")->value, "2011-10-11T13:45:40.276+02:00");
  EXPECT_EQ(summary->sha256, "e79b75d03aa6fefb4146473a987cea984d2244e6c39a4bd177392d879755af9f");
}

}  // namespace
}  // namespace minne
