// The file before it is XML: encodings, gzip, its digest, how far it has been read.
#include "tests/server/xes_reader_fixture.h"

namespace minne {
namespace {

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

// --- the bytes as stored ---

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

}  // namespace
}  // namespace minne
