#include "server/xes_reader.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minne {
namespace {

constexpr std::string_view kLog = R"(<log xes.version="1.0" xmlns="http://www.xes-standard.org/">)";

// Keeps what it is given, in order.
struct Collector : XesHandler {
  Result<> trace(XesTrace&& trace) override {
    traces.push_back(std::move(trace));
    return {};
  }
  std::vector<XesTrace> traces;
};

// Passes faulty traces over, as an import with --on-error skip does.
struct Skipper : Collector {
  Result<> faulty_trace(XesTrace&& trace, Error fault) override {
    faulty.emplace_back(std::move(trace), std::move(fault));
    return {};
  }
  std::vector<std::pair<XesTrace, Error>> faulty;
};

XesAttribute text(std::string key, std::string value, std::vector<XesAttribute> children = {}) {
  return {std::move(key), "string", std::move(value), std::move(children), {}};
}

std::string in_log(std::string_view content) { return std::string(kLog) + std::string(content) + "</log>"; }

std::string repeat(std::string_view part, std::size_t times) {
  std::string all;
  all.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += part;
  return all;
}

// One gzip member.
std::string gzip(std::string_view plain) {
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc{};
  std::string member(deflateBound(&stream, static_cast<uLong>(plain.size())) + 32, '\0');
  std::string in(plain);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(member.data());
  stream.avail_out = static_cast<uInt>(member.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("deflate");
  member.resize(stream.total_out);
  deflateEnd(&stream);
  return member;
}

std::string utf16(std::string_view ascii, bool little_endian) {
  std::string wide = little_endian ? "\xFF\xFE" : "\xFE\xFF";
  for (const char each : ascii) {
    if (little_endian) wide += each;
    wide += '\0';
    if (!little_endian) wide += each;
  }
  return wide;
}

class XesReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "minne-xes-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
    file_ = directory_ / "log.xes";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string at(std::uint64_t line) const { return file_.string() + ":" + std::to_string(line); }

  void store(std::string_view bytes) const {
    std::ofstream(file_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

  [[nodiscard]] Result<XesSummary> read(std::string_view bytes, XesHandler& handler) const {
    store(bytes);
    return read_xes(file_, handler);
  }

  XesSummary accept(std::string_view bytes, XesHandler& handler) const {
    auto summary = read(bytes, handler);
    if (summary) return std::move(*summary);
    ADD_FAILURE() << summary.error().message << " at " << summary.error().where;
    return {};
  }
  XesSummary accept(std::string_view bytes) {
    collector_.traces.clear();
    return accept(bytes, collector_);
  }

  void expect_refused(std::string_view bytes, std::uint64_t line, std::string_view message,
                      Code code = Code::kInvalid) {
    collector_.traces.clear();
    const auto summary = read(bytes, collector_);
    ASSERT_FALSE(summary) << "accepted";
    EXPECT_EQ(summary.error().where, at(line)) << summary.error().message;
    EXPECT_EQ(summary.error().code, code);
    EXPECT_NE(summary.error().message.find(message), std::string::npos) << summary.error().message;
  }

  std::filesystem::path directory_;
  std::filesystem::path file_;
  Collector collector_;
};

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
  const auto missing = read_xes(directory_ / "missing.xes", collector_);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kInvalid);
  EXPECT_EQ(missing.error().where, (directory_ / "missing.xes").string());
  const auto directory = read_xes(directory_, collector_);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().code, Code::kInvalid);
}

// --- encodings ---

TEST_F(XesReaderTest, ReadsUtf16AndByteOrderMarks) {
  const std::string plain = in_log("<trace><string key='a' value='&#229;'/></trace>");
  const std::string declared = "<?xml version='1.0' encoding='UTF-16'?>\n" + plain;
  for (const std::string& bytes : {"\xEF\xBB\xBF" + plain, utf16(plain, true), utf16(plain, false),
                                   utf16(declared, true), utf16(declared, false)}) {
    EXPECT_EQ(accept(bytes).traces, 1U);
    ASSERT_EQ(collector_.traces.size(), 1U);
    EXPECT_EQ(find(collector_.traces[0].attributes, "a")->value, "\xC3\xA5");
  }
}

TEST_F(XesReaderTest, ReadsLatin1AndRefusesAnUnknownEncoding) {
  const std::string content = in_log("<trace><string key='a' value='\xE5'/></trace>");
  accept("<?xml version='1.0' encoding='ISO-8859-1'?>" + content);
  EXPECT_EQ(find(collector_.traces.at(0).attributes, "a")->value, "\xC3\xA5");
  expect_refused("<?xml version='1.0' encoding='KOI8-R'?>" + content, 1, "unknown encoding");
  expect_refused(content, 1, "not well-formed");
}

// --- gzip ---

TEST_F(XesReaderTest, ReadsGzipWhateverItsName) {
  EXPECT_EQ(accept(gzip(in_log("<trace/><trace/>"))).traces, 2U);
  expect_refused(gzip(in_log("<trace/>\n<oops/>")), 2, "<oops> in <log>");
}

TEST_F(XesReaderTest, ReadsGzipMembersInARowAsOneFile) {
  const std::string log = in_log("<trace/><trace/>");
  for (std::size_t cut = 0; cut <= log.size(); cut += 7) {
    EXPECT_EQ(accept(gzip(log.substr(0, cut)) + gzip("") + gzip(log.substr(cut))).traces, 2U) << cut;
  }
  // Output that fills whole blocks leaves nothing over at a member's end.
  const std::string blocks = repeat(" ", (1U << 20) - log.size());
  EXPECT_EQ(accept(gzip(log + blocks)).traces, 2U);
  EXPECT_EQ(accept(gzip(log + blocks) + gzip("\n")).traces, 2U);
}

TEST_F(XesReaderTest, RefusesTruncatedGzipWhereverItEnds) {
  const std::string stored = gzip(in_log("<trace><string key='a' value='b'/></trace>\n"));
  for (std::size_t length = 0; length < stored.size(); ++length) {
    const auto summary = read(stored.substr(0, length), collector_);
    ASSERT_FALSE(summary) << length;
    EXPECT_EQ(summary.error().code, Code::kInvalid);
    EXPECT_TRUE(summary.error().where.starts_with(file_.string() + ":")) << summary.error().where;
  }
  expect_refused(stored.substr(0, stored.size() - 1), 2, "ends too early");
  expect_refused(stored + stored.substr(0, 5), 2, "ends too early");
}

TEST_F(XesReaderTest, RefusesGzipWithAFlippedByte) {
  const std::string stored = gzip(in_log("<trace><string key='a' value='b'/></trace>\n"));
  constexpr std::size_t kHeaderBytes = 10;  // time, level and system are not covered by the check sum
  for (std::size_t i = kHeaderBytes; i < stored.size(); ++i) {
    std::string flipped = stored;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    EXPECT_FALSE(read(flipped, collector_)) << i;
  }
  std::string wrong_sum = stored;
  wrong_sum[wrong_sum.size() - 5] = static_cast<char>(wrong_sum[wrong_sum.size() - 5] ^ 1);
  expect_refused(wrong_sum, 2, "incorrect data check");
}

TEST_F(XesReaderTest, RefusesGzipFollowedBySomethingElse) {
  expect_refused(gzip("<log>\n</log>") + "trailing", 2, "gzip data is damaged");
}

// --- limits ---

TEST_F(XesReaderTest, RefusesNestingPastItsLimit) {
  const std::size_t inside = kXesMaxDepth - 2;  // <log>, <trace>
  const auto nested = [](std::size_t depth) {
    return in_log("\n<trace>" + repeat("<string key='a' value='b'>\n", depth) + repeat("</string>", depth) +
                  "</trace>");
  };
  EXPECT_EQ(accept(nested(inside)).traces, 1U);
  expect_refused(nested(inside + 1), 2 + inside, "nested too deeply", Code::kTooLarge);
  expect_refused("<log><f xmlns='urn:f'>" + repeat("<a>", kXesMaxDepth), 1, "nested too deeply", Code::kTooLarge);
}

TEST_F(XesReaderTest, RefusesEventsPastTheirLimit) {
  EXPECT_EQ(accept(in_log("<trace>" + repeat("<event/>", kXesMaxEventsPerTrace) + "</trace>")).traces, 1U);
  expect_refused(in_log("<trace>" + repeat("<event/>", kXesMaxEventsPerTrace) + "\n<event/></trace>"), 2,
                 "too many events in a trace", Code::kTooLarge);
  expect_refused(in_log(repeat("<event/>", kXesMaxEventsOutside) + "\n<event/>"), 2, "too many events outside traces",
                 Code::kTooLarge);
}

TEST_F(XesReaderTest, RefusesAttributesPastTheirLimit) {
  const std::string full = repeat("<int key='a' value='1'/>", kXesMaxAttributes);
  EXPECT_EQ(accept(in_log("<trace>" + full + "<event/></trace>")).traces, 1U);
  expect_refused(in_log("<trace><event>" + full + "\n<int key='a' value='1'/></event></trace>"), 2,
                 "too many attributes in <event>", Code::kTooLarge);
}

TEST_F(XesReaderTest, RefusesTextsAndTagsPastTheirLimit) {
  const std::string full = std::string(kXesMaxTextBytes, 'x');
  accept(in_log("<string key='a' value='" + full + "'/>"));
  expect_refused(in_log("\n<string key='a' value='" + full + "x'/>"), 2, "too long", Code::kTooLarge);
  expect_refused(in_log("\n<string value='a' key='" + full + "x'/>"), 2, "too long", Code::kTooLarge);
  expect_refused("<log>\n<string key='a' value='" + std::string(2 * kXesMaxTagBytes, 'x'), 2, "too long",
                 Code::kTooLarge);
  expect_refused("<log>\n<!-- " + std::string(2 * kXesMaxTagBytes, 'x'), 2, "too long", Code::kTooLarge);
}

TEST_F(XesReaderTest, RefusesATraceOrHeaderPastItsBytes) {
  const std::string megabyte = gzip("<string key='a' value='" + std::string(kXesMaxTextBytes, 'x') + "'/>\n");
  const auto lines = [](std::size_t bytes) { return bytes / kXesMaxTextBytes; };
  expect_refused(
      gzip(std::string(kLog) + "<trace>") + repeat(megabyte, lines(kXesMaxTraceBytes)) + gzip("</trace></log>"),
      lines(kXesMaxTraceBytes), "a trace is too large", Code::kTooLarge);
  expect_refused(gzip(kLog) + repeat(megabyte, lines(kXesMaxHeaderBytes)), lines(kXesMaxHeaderBytes), "header",
                 Code::kTooLarge);
}

TEST_F(XesReaderTest, GivesEachTraceTheWholeLimit) {
  struct Counter : XesHandler {
    Result<> trace(XesTrace&&) override { return {}; }
  } counter;
  const std::string megabyte = gzip("<string key='a' value='" + std::string(kXesMaxTextBytes, 'x') + "'/>");
  const std::size_t over_half = kXesMaxTraceBytes / kXesMaxTextBytes / 2 + 1;
  const std::string trace = gzip("<trace>") + repeat(megabyte, over_half) + gzip("</trace>");
  EXPECT_EQ(accept(gzip(kLog) + trace + trace + gzip("</log>"), counter).traces, 2U);
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

TEST_F(XesReaderTest, TellsProgressInStoredBytes) {
  const std::string stored = in_log(repeat("<trace/>", 200'000));
  store(stored);
  std::uint64_t last = 0;
  struct Ignorer : XesHandler {
    Result<> trace(XesTrace&&) override { return {}; }
  } ignorer;
  int calls = 0;
  const auto summary = read_xes(file_, ignorer, [&](std::uint64_t bytes_read, std::uint64_t total) {
    EXPECT_GT(bytes_read, last);
    EXPECT_EQ(total, stored.size());
    last = bytes_read;
    ++calls;
  });
  EXPECT_TRUE(summary);
  EXPECT_EQ(last, stored.size());
  EXPECT_GT(calls, 1);
}

TEST_F(XesReaderTest, HashesTheBytesAsStored) {
  EXPECT_EQ(accept("<log/>\n").sha256, "071e8609f13186123d8fc8a9bc4adec5552fd64f61a37d45e09e538115d17e91");
  EXPECT_NE(accept(gzip("<log/>\n")).sha256, accept("<log/>\n").sha256);
}

// --- size ---

TEST_F(XesReaderTest, ReadsAFileOfOneLongLine) {
  const std::string trace =
      "<trace><string key='concept:name' value='c'/><event><string key='concept:name' value='a'/></event></trace>";
  const std::size_t count = (5U << 20) / trace.size();
  EXPECT_EQ(accept(in_log(repeat(trace, count))).traces, count);
  EXPECT_EQ(collector_.traces.back().line, 1U);
  expect_refused(in_log(repeat(trace, count) + "<oops/>"), 1, "<oops>");
}

TEST_F(XesReaderTest, NeedsNoMoreMemoryForALongerFile) {
  struct Watcher : XesHandler {
    Result<> trace(XesTrace&&) override {
      if (++traces % 64 == 0) peak = std::max(peak, held());
      return {};
    }
    static std::size_t held() {  // under a sanitizer's allocator always 0
      const auto info = mallinfo2();
      return info.uordblks + info.hblkhd;
    }
    std::size_t traces = 0;
    std::size_t peak = 0;
  };
  // One member repeated: 200 MB of XML from a file of a few hundred kilobytes that takes no time to make.
  std::string trace = "<trace><string key='concept:name' value='c'/>";
  trace += repeat("<event><string key='concept:name' value='" + repeat("activity ", 200) + "'/></event>\n", 20);
  trace += "</trace>";
  constexpr std::size_t kTracesPerMember = 50;
  const std::string member = gzip(repeat(trace, kTracesPerMember));
  const std::size_t members = 200'000'000 / (trace.size() * kTracesPerMember);
  store(gzip(kLog) + repeat(member, members) + gzip("</log>"));

  const std::size_t before = Watcher::held();
  Watcher watcher;
  const auto summary = read_xes(file_, watcher);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->traces, members * kTracesPerMember);
  EXPECT_LT(watcher.peak, before + (4U << 20));
  EXPECT_LT(Watcher::held(), before + (1U << 20));
}

// --- a real log ---

std::filesystem::path shared_directory() {
  if (const char* named = std::getenv("MINNE_SHARED"); named != nullptr) return named;
#ifdef MINNE_SOURCE_DIR
  return std::filesystem::path(MINNE_SOURCE_DIR) / ".." / "shared";
#else
  return std::filesystem::path("..") / "shared";
#endif
}

TEST(XesReceiptTest, ReadsTheReceiptLogWhole) {
  const std::filesystem::path file = shared_directory() / "data" / "receipt.xes.gz";
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
