// A reader over files that its tests write.
#pragma once

#include "server/xes_reader.h"
#include "tests/temp_directory.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minne {

inline constexpr std::string_view kLog = R"(<log xes.version="1.0" xmlns="http://www.xes-standard.org/">)";

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

inline XesAttribute text(std::string key, std::string value, std::vector<XesAttribute> children = {}) {
  return {std::move(key), "string", std::move(value), std::move(children), {}};
}

inline std::string in_log(std::string_view content) { return std::string(kLog) + std::string(content) + "</log>"; }

inline std::string repeat(std::string_view part, std::size_t times) {
  std::string all;
  all.reserve(part.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += part;
  return all;
}

// One gzip member.
inline std::string gzip(std::string_view plain) {
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

inline std::string utf16(std::string_view ascii, bool little_endian) {
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

  TempDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "log.xes";
  Collector collector_;
};

}  // namespace minne
