// An import into memory, and the small logs that its tests are made of.
#pragma once

#include "server/import_xes.h"

#include "events/json.h"
#include "events/stream_ids.h"
#include "server/xes_events.h"
#include "tests/temp_directory.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minne {

namespace json = boost::json;

inline constexpr std::string_view kBoard = "trial";
inline constexpr std::string_view kImportTime = "2026-02-06T12:00:00Z";

inline Instant instant(std::string_view text) { return *parse_instant(text); }

// Streams in memory, with the sink's contract: known ids must have known bytes, all or nothing.
struct MemorySink : ImportSink {
  Result<std::size_t> trace(const Id& case_id, std::vector<EncodedEvent> events) override {
    ++traces_given;
    EXPECT_FALSE(events.empty());
    if (refusal) return *refusal;
    return append(case_id, std::move(events));
  }
  Result<std::size_t> log(const Id& board_stream, std::vector<EncodedEvent> events) override {
    ++logs_given;
    return append(board_stream, std::move(events));
  }
  Result<std::optional<Instant>> opened(const Id& case_id) override {
    ++asked;
    const auto found = streams.find(case_id);
    if (forgets_openings || found == streams.end()) return std::optional<Instant>{};
    return std::optional{occurred(event_in(found->second.front().bytes))};
  }

  Result<std::size_t> append(const Id& stream, std::vector<EncodedEvent> events) {
    std::vector<EncodedEvent>& stored = streams[stream];
    std::vector<EncodedEvent> added;
    for (EncodedEvent& event : events) {
      const Result<> verified = verify_event(event.bytes, event.sealed);
      EXPECT_TRUE(verified) << verified.error().message << " at " << verified.error().where;
      EXPECT_EQ(id_of(event_in(event.bytes).case_id()), stream);
      const Id id = id_of(event_in(event.bytes).id());
      const auto known = std::find_if(stored.begin(), stored.end(),
                                      [&](const EncodedEvent& each) { return id_of(event_in(each.bytes).id()) == id; });
      if (known == stored.end()) {
        added.push_back(std::move(event));
      } else if (known->bytes != event.bytes) {
        if (stored.empty()) streams.erase(stream);
        return failure(Code::kConflict, "an event was changed", "record 7");
      }
    }
    for (EncodedEvent& event : added) stored.push_back(std::move(event));
    return added.size();
  }

  [[nodiscard]] std::vector<json::object> events_of(const Id& stream) const {
    std::vector<json::object> decoded;
    if (const auto found = streams.find(stream); found != streams.end()) {
      for (const EncodedEvent& event : found->second) decoded.push_back(decode_event(event.bytes, event.sealed));
    }
    return decoded;
  }
  [[nodiscard]] std::vector<json::object> trace_events(std::string_view name) const {
    return events_of(trace_case_id(kBoard, name));
  }
  [[nodiscard]] std::vector<json::object> log_events() const { return events_of(board_stream_id(kBoard)); }
  [[nodiscard]] std::size_t size() const {
    std::size_t all = 0;
    for (const auto& [id, events] : streams) all += events.size();
    return all;
  }

  std::map<Id, std::vector<EncodedEvent>> streams;
  std::optional<Error> refusal;
  bool forgets_openings = false;
  int traces_given = 0;
  int logs_given = 0;
  int asked = 0;
};

inline std::string text_at(const json::object& object, std::string_view pointer) {
  const json::value value = object;
  boost::system::error_code none;
  const json::value* found = value.find_pointer(pointer, none);
  return found == nullptr || !found->is_string() ? "(none)" : std::string(found->get_string());
}

inline std::vector<std::string> types(const std::vector<json::object>& events) {
  std::vector<std::string> all;
  for (const json::object& event : events) all.push_back(text_at(event, "/type"));
  return all;
}

// ---- Making logs --------------------------------------------------------------------------------------------------

inline std::string attribute(std::string_view type, std::string_view key, std::string_view value) {
  return "<" + std::string(type) + " key=\"" + std::string(key) + "\" value=\"" + std::string(value) + "\"/>";
}
inline std::string text(std::string_view key, std::string_view value) { return attribute("string", key, value); }
inline std::string date(std::string_view key, std::string_view value) { return attribute("date", key, value); }

inline std::string event(std::string_view name, std::string_view time, std::string_view more = {}) {
  return "<event>" + text("concept:name", name) + date("time:timestamp", time) + std::string(more) + "</event>";
}
inline std::string by(std::string_view resource) { return text("org:resource", resource); }

inline std::string trace(std::string_view name, std::string_view content) {
  return "<trace>" + text("concept:name", name) + std::string(content) + "</trace>\n";
}
inline std::string log_of(std::string_view content) {
  return R"(<log xes.version="1.0" xmlns="http://www.xes-standard.org/">)"
         "\n" +
         std::string(content) + "</log>\n";
}

class ImportXesTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.board = kBoard;
    options_.import_time = instant(kImportTime);
  }

  void write(std::string_view bytes) const { std::ofstream(file_, std::ios::binary) << bytes; }
  [[nodiscard]] std::string at(int line) const { return file_.string() + ":" + std::to_string(line); }

  Result<ImportSummary> import_log(std::string_view log) {
    write(log);
    return import_xes(file_, options_, sink_);
  }
  ImportSummary imported(std::string_view content) {
    Result<ImportSummary> done = import_log(log_of(content));
    if (done) return *done;
    ADD_FAILURE() << done.error().message << " at " << done.error().where;
    return {};
  }
  // The fault of a log that must not be taken.
  Error refused(std::string_view content) {
    const Result<ImportSummary> done = import_log(log_of(content));
    if (!done) return done.error();
    ADD_FAILURE() << "the import went through";
    return {};
  }

  TempDirectory directory_;
  std::filesystem::path file_ = directory_.path() / "log.xes";
  ImportOptions options_;
  MemorySink sink_;
};

}  // namespace minne
