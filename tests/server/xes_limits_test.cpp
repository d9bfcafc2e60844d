// What a file cannot make the reader hold: every limit, and memory that does not grow with the file.
#include "tests/server/xes_reader_fixture.h"

#include <malloc.h>

namespace minne {
namespace {

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

}  // namespace
}  // namespace minne
