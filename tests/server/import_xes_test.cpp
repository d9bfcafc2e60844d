#include "tests/server/import_xes_fixture.h"
#include "tests/server/shared_data.h"

namespace minne {
namespace {

// ---- The mapping --------------------------------------------------------------------------------------------------

TEST_F(ImportXesTest, ATraceBecomesACase) {
  options_.start_attribute = "start";
  options_.deadline_attribute = "due";
  options_.end_attribute = "end";
  const ImportSummary summary =
      imported(trace("c1", date("start", "2026-01-02T08:00:00.250+01:00") + date("due", "2026-02-06T23:30:00Z") +
                               date("end", "2026-01-09T10:00:00+01:00") +
                               event("Read", "2026-01-05T09:00:00+01:00",
                                     by("w1") + text("org:role", "handler") + text("org:group", "north") +
                                         text("lifecycle:transition", "complete")) +
                               event("Answer", "2026-01-04T09:00:00+01:00", by("w2"))));
  EXPECT_EQ(summary.cases, 1U);
  EXPECT_EQ(summary.actions, 2U);
  EXPECT_EQ(summary.workers, 2U);
  EXPECT_EQ(summary.worker_changes, 1U);
  EXPECT_EQ(summary.events_appended, 6U);
  EXPECT_TRUE(summary.skipped.empty());

  const auto events = sink_.trace_events("c1");
  ASSERT_EQ(types(events),
            (std::vector<std::string>{"CaseOpened", "DeadlineSet", "ActionRecorded", "ActionRecorded", "CaseClosed"}));
  EXPECT_EQ(json::serialize(events[0].at("body")),
            R"({"external_ref":"c1","attributes":[{"key":"concept:name","type":"string","value":"c1"},)"
            R"({"key":"start","type":"date","value":"2026-01-02T08:00:00.250+01:00"},)"
            R"({"key":"due","type":"date","value":"2026-02-06T23:30:00Z"},)"
            R"({"key":"end","type":"date","value":"2026-01-09T10:00:00+01:00"}]})");
  EXPECT_EQ(text_at(events[0], "/occurred_at"), "2026-01-02T07:00:00.25Z");
  EXPECT_EQ(text_at(events[0], "/id"), to_text(trace_event_id(kBoard, "c1", "opened", 0)));
  EXPECT_EQ(events[0].if_contains("actor"), nullptr);
  // In Stockholm it was half past midnight the next day.
  EXPECT_EQ(json::serialize(events[1].at("body")), R"({"name":"due","due":"2026-02-07"})");
  EXPECT_EQ(text_at(events[1], "/occurred_at"), "2026-01-02T07:00:00.25Z");
  EXPECT_EQ(text_at(events[2], "/body/activity"), "Read");
  EXPECT_EQ(text_at(events[2], "/body/lifecycle"), "complete");
  EXPECT_EQ(text_at(events[2], "/occurred_at"), "2026-01-05T08:00:00Z");
  EXPECT_EQ(json::serialize(events[2].at("actor")), R"({"id":"w1","role":"handler","unit":"north"})");
  EXPECT_EQ(events[2].at("body").at("attributes").get_array().size(), 6U);
  // File order, though it came the day before.
  EXPECT_EQ(text_at(events[3], "/body/activity"), "Answer");
  EXPECT_EQ(json::serialize(events[3].at("actor")), R"({"id":"w2"})");
  EXPECT_EQ(text_at(events[3], "/body/lifecycle"), "(none)");
  EXPECT_EQ(text_at(events[4], "/occurred_at"), "2026-01-09T09:00:00Z");
  EXPECT_EQ(sink_.asked, 0);
}

TEST_F(ImportXesTest, ACaseOpensWithItsFirstEventWhereItHasNoStart) {
  options_.start_attribute = "start";
  imported(trace("c1", event("B", "2026-01-05T09:00:00Z") + event("A", "2026-01-04T09:00:00Z")));
  const auto events = sink_.trace_events("c1");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(text_at(events[0], "/occurred_at"), "2026-01-05T09:00:00Z");
}

TEST_F(ImportXesTest, DeadlineAndEndAreWrittenOnlyWhereTheyAre) {
  options_.deadline_attribute = "due";
  options_.end_attribute = "end";
  imported(trace("c1", event("A", "2026-01-05T09:00:00Z")) +
           trace("c2", date("end", "2026-01-01T00:00:00Z") + event("A", "2026-01-05T09:00:00Z")));
  EXPECT_EQ(types(sink_.trace_events("c1")), (std::vector<std::string>{"CaseOpened", "ActionRecorded"}));
  EXPECT_EQ(types(sink_.trace_events("c2")), (std::vector<std::string>{"CaseOpened", "ActionRecorded", "CaseClosed"}));
}

TEST_F(ImportXesTest, ADeadlineOrAnEndMayBeADayAlone) {
  options_.deadline_attribute = "due";
  options_.end_attribute = "end";
  imported(trace("c1", text("due", "2026-02-01") + text("end", "2026-01-31") + event("A", "2026-01-05T09:00:00Z")));
  const auto events = sink_.trace_events("c1");
  ASSERT_EQ(types(events), (std::vector<std::string>{"CaseOpened", "DeadlineSet", "ActionRecorded", "CaseClosed"}));
  EXPECT_EQ(text_at(events[1], "/body/due"), "2026-02-01");
  EXPECT_EQ(text_at(events[3], "/occurred_at"), "2026-01-31");
}

TEST_F(ImportXesTest, AnActionWithoutResourceHasNoActor) {
  const ImportSummary summary = imported(
      trace("c1", event("A", "2026-01-05T09:00:00Z", text("org:role", "handler") + text("org:group", "north")) +
                      event("B", "2026-01-05T09:00:00Z", by(""))));
  EXPECT_EQ(summary.workers, 0U);
  const auto events = sink_.trace_events("c1");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].if_contains("actor"), nullptr);
  EXPECT_EQ(events[2].if_contains("actor"), nullptr);
  EXPECT_EQ(events[1].at("body").at("attributes").get_array().size(), 4U);
}

TEST_F(ImportXesTest, WorkersAndTheirChangesPassOverActionsWithoutOne) {
  const auto done_by = [](std::initializer_list<std::string_view> workers) {
    std::string all;
    for (const std::string_view worker : workers) {
      all += event("A", "2026-01-05T09:00:00Z", worker.empty() ? std::string{} : by(worker));
    }
    return all;
  };
  const ImportSummary summary = imported(trace("c1", done_by({"", "a", "", "a", "b", "", "a"})) +  // a-b, b-a
                                         trace("c2", done_by({"c"})) + trace("c3", done_by({"b", "c", "c"})));
  EXPECT_EQ(summary.cases, 3U);
  EXPECT_EQ(summary.actions, 11U);
  EXPECT_EQ(summary.workers, 3U);
  EXPECT_EQ(summary.worker_changes, 3U);
}

TEST_F(ImportXesTest, AttributesComeOutAsTheyWentIn) {
  imported(
      trace("c1", R"(<int key="n" value="007"><float key="deep" value="2.3832541524E7"><boolean key="x" value="TRUE"/>)"
                  R"(</float><id key="i" value="ABC"/></int>)"
                  R"(<list key="l"><string key="note" value=""/><values><string key="v" value="b"/>)"
                  R"(<string key="v" value="a"><date key="d" value="2026-01-05T09:00:00.1234567+01:00"/></string>)"
                  R"(</values></list><container key="k"><string key="z" value="&#10;å&amp;"/></container>)"
                  R"(<string key="n" value="twice"/>)" +
                      event("A", "2026-01-05T09:00:00.1234567+01:00")));
  const auto events = sink_.trace_events("c1");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(
      json::serialize(events[0].at("body").at("attributes")),
      R"([{"key":"concept:name","type":"string","value":"c1"},)"
      R"({"key":"n","type":"int","value":"007","children":[{"key":"deep","type":"float","value":"2.3832541524E7",)"
      R"("children":[{"key":"x","type":"boolean","value":"TRUE"}]},{"key":"i","type":"id","value":"ABC"}]},)"
      R"({"key":"l","type":"list","children":[{"key":"note","type":"string","value":""}],)"
      R"("values":[{"key":"v","type":"string","value":"b"},{"key":"v","type":"string","value":"a",)"
      R"("children":[{"key":"d","type":"date","value":"2026-01-05T09:00:00.1234567+01:00"}]}]},)"
      R"({"key":"k","type":"container","children":[{"key":"z","type":"string","value":"\nå&"}]},)"
      R"({"key":"n","type":"string","value":"twice"}])");
  EXPECT_EQ(text_at(events[1], "/body/attributes/1/value"), "2026-01-05T09:00:00.1234567+01:00");
  EXPECT_EQ(text_at(events[1], "/occurred_at"), "2026-01-05T08:00:00.123456Z");
}

TEST_F(ImportXesTest, TheDefaultsOfGlobalsAreNotFilledIn) {
  options_.end_attribute = "end";
  imported(R"(<global scope="trace"><date key="end" value="1970-01-01T00:00:00Z"/></global>)" +
           trace("c1", event("A", "2026-01-05T09:00:00Z")));
  EXPECT_EQ(types(sink_.trace_events("c1")), (std::vector<std::string>{"CaseOpened", "ActionRecorded"}));
}

// ---- Times --------------------------------------------------------------------------------------------------------

TEST_F(ImportXesTest, ATimeWithoutOffsetIsReadInTheTimezone) {
  options_.timezone = "Europe/Amsterdam";
  options_.deadline_attribute = "due";
  imported(trace("c1", date("due", "2026-07-01T00:30:00") + event("winter", "2026-01-05T09:00:00") +
                           event("summer", "2026-07-05T09:00:00.5") + event("offset", "2026-07-05T09:00:00-05:00") +
                           event("utc", "2026-07-05T09:00:00Z") + event("twice", "2026-10-25T02:30:00") +
                           event("second", "2026-10-25T02:30:00+01:00") + event("skipped", "2026-03-29T02:30:00")));
  const auto events = sink_.trace_events("c1");
  ASSERT_EQ(events.size(), 9U);
  EXPECT_EQ(text_at(events[1], "/body/due"), "2026-07-01");
  const auto time = [&](std::size_t i) { return text_at(events[i], "/occurred_at"); };
  EXPECT_EQ(time(2), "2026-01-05T08:00:00Z");
  EXPECT_EQ(time(3), "2026-07-05T07:00:00.5Z");
  EXPECT_EQ(time(4), "2026-07-05T14:00:00Z");
  EXPECT_EQ(time(5), "2026-07-05T09:00:00Z");
  EXPECT_EQ(time(6), "2026-10-25T00:30:00Z");  // of the two, the first
  EXPECT_EQ(time(7), "2026-10-25T01:30:00Z");
  EXPECT_EQ(time(8), "2026-03-29T01:00:00Z");  // the moment of the change
}

TEST_F(ImportXesTest, WithoutATimezoneItIsUtc) {
  imported(trace("c1", event("A", "2026-07-05T09:00:00")));
  EXPECT_EQ(text_at(sink_.trace_events("c1").at(1), "/occurred_at"), "2026-07-05T09:00:00Z");
}

TEST_F(ImportXesTest, AnUnknownTimezoneIsRefusedBeforeAnythingIsRead) {
  options_.timezone = "Europe/Atlantis";
  const Error error = refused(trace("c1", event("A", "2026-07-05T09:00:00Z")));
  EXPECT_EQ(error.code, Code::kInvalid);
  EXPECT_EQ(error.where, "timezone");
  EXPECT_EQ(sink_.traces_given, 0);
}

// ---- Repeating ----------------------------------------------------------------------------------------------------

TEST_F(ImportXesTest, TheSameFileAgainIsARepeat) {
  const std::string log =
      trace("c1", event("A", "2026-01-05T09:00:00Z", by("a")) + event("B", "2026-01-06T09:00:00Z", by("b"))) +
      trace("c2", event("A", "2026-01-05T09:00:00Z"));
  const ImportSummary first = imported(log);
  options_.import_time += std::chrono::hours{48};
  const ImportSummary second = imported(log);
  EXPECT_EQ(first.events_appended, 6U);
  EXPECT_EQ(second.events_appended, 0U);
  EXPECT_EQ(second.cases, first.cases);
  EXPECT_EQ(second.actions, first.actions);
  EXPECT_EQ(second.workers, first.workers);
  EXPECT_EQ(second.worker_changes, first.worker_changes);
  EXPECT_EQ(second.worker_changes, 1U);
}

TEST_F(ImportXesTest, AGrownTraceKeepsTheIdsOfItsPrefix) {
  options_.end_attribute = "end";
  const std::string before = event("A", "2026-01-05T09:00:00Z");
  imported(trace("c1", before));
  const auto old_events = sink_.streams.at(trace_case_id(kBoard, "c1"));
  const ImportSummary grown = imported(trace("c1", before + event("B", "2026-01-06T09:00:00Z")));
  EXPECT_EQ(grown.events_appended, 2U);  // B, and the LogImported of another file
  const auto& events = sink_.streams.at(trace_case_id(kBoard, "c1"));
  ASSERT_EQ(events.size(), 3U);
  for (std::size_t i = 0; i < old_events.size(); ++i) EXPECT_EQ(events[i].bytes, old_events[i].bytes);
  EXPECT_EQ(id_of(event_in(events[2].bytes).id()), trace_event_id(kBoard, "c1", "action", 1));
}

TEST_F(ImportXesTest, AChangedEventKeepsItsIdAndIsAConflict) {
  imported(trace("c1", event("A", "2026-01-05T09:00:00Z") + event("B", "2026-01-06T09:00:00Z")));
  const std::size_t before = sink_.size();
  const Error error = refused(trace("c1", event("A", "2026-01-05T09:00:00Z") + event("C", "2026-01-06T09:00:00Z")));
  EXPECT_EQ(error.code, Code::kConflict);
  EXPECT_EQ(error.message, "an event was changed (record 7)");
  EXPECT_EQ(error.where, at(2));
  EXPECT_EQ(sink_.size(), before);
}

TEST_F(ImportXesTest, ATraceWithoutAnyDateOpensAtTheImportAndRepeats) {
  const std::string log = trace("c1", text("note", "x"));
  imported(log);
  ASSERT_EQ(sink_.trace_events("c1").size(), 1U);
  EXPECT_EQ(text_at(sink_.trace_events("c1")[0], "/occurred_at"), kImportTime);
  EXPECT_EQ(text_at(sink_.log_events().at(0), "/occurred_at"), "1970-01-01");

  options_.import_time += std::chrono::hours{48};
  EXPECT_EQ(imported(log).events_appended, 0U);
  const ImportSummary grown = imported(trace("c1", text("note", "x") + event("A", "2026-03-01T09:00:00Z")));
  EXPECT_EQ(grown.events_appended, 2U);
  EXPECT_EQ(text_at(sink_.trace_events("c1").at(0), "/occurred_at"), kImportTime);
  // The new file's LogImported does not depend on what was stored.
  EXPECT_EQ(text_at(sink_.log_events().at(1), "/occurred_at"), "2026-03-01T09:00:00Z");
}

TEST_F(ImportXesTest, ASinkThatForgetsOpeningsSeesTheUndatedTraceChanged) {
  sink_.forgets_openings = true;
  imported(trace("c1", ""));
  EXPECT_EQ(imported(trace("c1", "")).events_appended, 0U);
  options_.import_time += std::chrono::microseconds{1};
  EXPECT_EQ(refused(trace("c1", "")).code, Code::kConflict);
}

TEST_F(ImportXesTest, BoardsHaveCasesOfTheirOwn) {
  imported(trace("c1", event("A", "2026-01-05T09:00:00Z")));
  options_.board = "other";
  EXPECT_EQ(imported(trace("c1", event("A", "2026-01-05T09:00:00Z"))).events_appended, 3U);
}

// ---- Faults -------------------------------------------------------------------------------------------------------

TEST_F(ImportXesTest, FaultsAreNamedWithTheirLineAndKeepTheirTraceOut) {
  options_.start_attribute = "start";
  options_.deadline_attribute = "due";
  options_.end_attribute = "end";
  const std::string good = event("A", "2026-01-05T09:00:00Z");
  const std::string long_name(65, 'w');
  struct Fault {
    std::string trace;
    int line;
    std::string message;
  };
  const std::vector<Fault> faults = {
      {"<trace>" + good + "</trace>", 3, "a trace without concept:name"},
      {trace("", good), 3, "a trace without concept:name"},
      {trace("bad", good + "\n<event>" + date("time:timestamp", "2026-01-05T09:00:00Z") + "</event>"), 4,
       "an event without concept:name"},
      {trace("bad", good + "\n\n<event>" + text("concept:name", "A") + "</event>"), 5,
       "an event without time:timestamp"},
      {trace("bad", good + "\n" + event("B", "2026-02-30T09:00:00Z")), 4, "time:timestamp: the month has no such day"},
      {trace("bad", good + "\n" + event("B", "2026-02-03")), 4,
       "time:timestamp: a T stands between date and time of day"},
      {trace("bad", date("start", "yesterday") + good), 3, "start: a date is written YYYY-MM-DD"},
      {trace("bad", date("due", "") + good), 3, "due: a date is written YYYY-MM-DD"},
      {trace("bad", date("due", "9999-12-31T23:30:00Z") + good), 3, "/body/due: a date lies in the years 0001 to 9999"},
      {trace("bad", good + date("end", "2026-01-05T24:00:00Z")), 3, "end: the hour is not 00 to 23"},
      {trace("bad", good + "\n" + event("B", "2026-01-05T09:00:00Z", by(long_name))), 4,
       "org:resource is longer than 64 bytes"},
      {trace("bad", good + "\n" + event("B", "2026-01-05T09:00:00Z", by("w") + text("org:role", long_name))), 4,
       "org:role is longer than 64 bytes"},
      {trace("bad", good + "\n" + event("B", "2026-01-05T09:00:00Z", by("w") + text("org:group", long_name))), 4,
       "org:group is longer than 64 bytes"},
      {trace("bad", good + "\n" + event("B", "2026-01-05T09:00:00Z", text("t", std::string(70'000, 'x')))), 4,
       "ActionRecorded would be larger than the 65536 bytes of an event"},
      {trace("bad", text("t", std::string(70'000, 'x')) + good), 3,
       "CaseOpened would be larger than the 65536 bytes of an event"},
      {trace("good", good), 3, "a trace whose concept:name stood in this file before"},
      {trace("bad", good + "\n<event><string key=\"k\"/></event>"), 4, "<string> with key 'k' has no value"},
  };
  for (const Fault& fault : faults) {
    SCOPED_TRACE(fault.message);
    sink_ = {};
    options_.on_error = ImportOptions::kStop;
    const std::string log = trace("good", good) + fault.trace + trace("after", good);
    const Error error = refused(log);
    EXPECT_EQ(error.message, fault.message);
    EXPECT_EQ(error.where, at(fault.line));
    EXPECT_EQ(error.code, fault.message.find("65536") == std::string::npos ? Code::kInvalid : Code::kTooLarge);
    EXPECT_EQ(sink_.traces_given, 1);
    EXPECT_EQ(sink_.logs_given, 0);
    EXPECT_EQ(sink_.size(), 2U);

    sink_ = {};
    options_.on_error = ImportOptions::kSkip;
    const ImportSummary summary = imported(log);
    ASSERT_EQ(summary.skipped.size(), 1U);
    EXPECT_EQ(summary.skipped[0].line, static_cast<std::uint64_t>(fault.line));
    EXPECT_EQ(summary.skipped[0].reason, fault.message);
    EXPECT_EQ(summary.cases, 2U);
    EXPECT_EQ(summary.actions, 2U);
    EXPECT_EQ(sink_.traces_given, 2);
    EXPECT_EQ(sink_.size(), 5U);
    EXPECT_EQ(sink_.trace_events("after").size(), 2U);
  }
}

TEST_F(ImportXesTest, SkippedTracesAreNamed) {
  options_.on_error = ImportOptions::kSkip;
  std::string long_name;
  for (int i = 0; i < 300; ++i) long_name += "å";
  const ImportSummary summary = imported(trace("c1", "<event/>") + "<trace><event/></trace>\n" +
                                         trace("c3", "<oops/>") + trace(long_name, "<event/>"));
  ASSERT_EQ(summary.skipped.size(), 4U);
  EXPECT_EQ(summary.skipped[0].name, "c1");
  EXPECT_EQ(summary.skipped[1].name, "");
  EXPECT_EQ(summary.skipped[2].name, "c3");
  EXPECT_EQ(summary.skipped[2].line, 4U);
  EXPECT_EQ(summary.skipped[3].name, long_name.substr(0, kMaxSkippedNameBytes) + "...");
  EXPECT_EQ(summary.cases, 0U);
  EXPECT_EQ(summary.workers, 0U);
  EXPECT_EQ(summary.events_appended, 1U);
}

TEST_F(ImportXesTest, ANameOfAFaultyTraceIsTaken) {
  options_.on_error = ImportOptions::kSkip;
  const std::string good = event("A", "2026-01-05T09:00:00Z");
  const ImportSummary summary = imported(trace("c1", "<event/>") + trace("c2", "<oops/>") + trace("c1", good) +
                                         trace("c2", good) + trace("c3", good) + trace("c3", good));
  EXPECT_EQ(summary.skipped.size(), 5U);
  EXPECT_EQ(summary.cases, 1U);
}

TEST_F(ImportXesTest, SkippingHasALimit) {
  options_.on_error = ImportOptions::kSkip;
  std::string content;
  for (std::size_t i = 0; i < kMaxSkippedTraces; ++i) content += "<trace/>\n";
  EXPECT_EQ(imported(content).skipped.size(), kMaxSkippedTraces);
  const Error error = refused(content + "<trace/>\n");
  EXPECT_EQ(error.code, Code::kTooLarge);
  EXPECT_EQ(error.where, at(static_cast<int>(kMaxSkippedTraces) + 2));
}

TEST_F(ImportXesTest, AConflictIsSkippedButTroubleOfTheMachineStops) {
  imported(trace("c1", event("A", "2026-01-05T09:00:00Z")));
  options_.on_error = ImportOptions::kSkip;
  const std::string log =
      trace("c1", event("B", "2026-01-05T09:00:00Z")) + trace("c2", event("A", "2026-01-05T09:00:00Z"));
  const ImportSummary summary = imported(log);
  ASSERT_EQ(summary.skipped.size(), 1U);
  EXPECT_EQ(summary.skipped[0].line, 2U);
  EXPECT_EQ(summary.skipped[0].name, "c1");
  EXPECT_EQ(summary.skipped[0].reason, "an event was changed (record 7)");
  EXPECT_EQ(summary.cases, 1U);

  sink_.refusal = failure(Code::kNoSpace, "the disk is full");
  const Error error = refused(log);
  EXPECT_EQ(error.code, Code::kNoSpace);
  EXPECT_EQ(error.where, at(2));
}

TEST_F(ImportXesTest, MalformedXmlStopsInBothModesAndKeepsEarlierTraces) {
  const std::string good = event("A", "2026-01-05T09:00:00Z");
  for (const auto on_error : {ImportOptions::kStop, ImportOptions::kSkip}) {
    options_.on_error = on_error;
    sink_ = {};
    const Error error = refused(trace("c1", good) + trace("c2", good + "\n<event></trace>"));
    EXPECT_EQ(error.code, Code::kInvalid);
    EXPECT_EQ(error.where, at(4));
    EXPECT_EQ(sink_.size(), 2U);
    EXPECT_EQ(sink_.logs_given, 0);
  }
}

TEST_F(ImportXesTest, AFileThatIsNotThereIsAnError) {
  const Result<ImportSummary> done = import_xes(file_, options_, sink_);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().where, file_.string());
}

TEST_F(ImportXesTest, ProgressReachesTheEnd) {
  write(log_of(trace("c1", "")));
  std::uint64_t last = 0;
  ASSERT_TRUE(import_xes(file_, options_, sink_, [&](std::uint64_t read, std::uint64_t) { last = read; }));
  EXPECT_EQ(last, std::filesystem::file_size(file_));
}

// ---- A real log ----------------------------------------------------------------------------------------------------

TEST_F(ImportXesTest, TheReceiptLogIsImportedWhole) {
  const auto receipt = receipt_log();
  if (!std::filesystem::exists(receipt))
    GTEST_SKIP() << "no " << receipt << ": set MINNE_SHARED to the shared directory";
  options_.start_attribute = "startdate";
  options_.deadline_attribute = "deadline";
  options_.end_attribute = "enddate";
  for (const std::uint64_t appended : {12'775U, 0U}) {
    const Result<ImportSummary> done = import_xes(receipt, options_, sink_);
    ASSERT_TRUE(done) << done.error().message << " at " << done.error().where;
    EXPECT_EQ(done->cases, 1434U);
    EXPECT_EQ(done->actions, 8577U);
    EXPECT_EQ(done->workers, 48U);
    EXPECT_EQ(done->worker_changes, 1208U);
    EXPECT_EQ(done->events_appended, appended);
    EXPECT_TRUE(done->skipped.empty());
    EXPECT_EQ(done->passed_over, 0U);
    options_.import_time += std::chrono::hours{1};
  }
  EXPECT_EQ(sink_.size(), 12'775U);
  std::map<std::string, int> by_type;
  std::size_t bytes = 0;
  for (const auto& [stream, events] : sink_.streams) {
    for (const EncodedEvent& event : events) {
      ++by_type[std::string(type_name(event_in(event.bytes).body_type()))];
      bytes += event.bytes.size();
    }
  }
  EXPECT_EQ(by_type, (std::map<std::string, int>{{"CaseOpened", 1434},
                                                 {"DeadlineSet", 1434},
                                                 {"ActionRecorded", 8577},
                                                 {"CaseClosed", 1329},
                                                 {"LogImported", 1}}));
  RecordProperty("bytes", static_cast<int>(bytes));

  const auto first = sink_.trace_events("case-10011");
  ASSERT_EQ(first.size(), 6U);
  EXPECT_EQ(text_at(first[1], "/body/due"), "2011-12-06");
  EXPECT_EQ(text_at(first[2], "/occurred_at"), "2011-10-11T11:45:40.276Z");
  EXPECT_EQ(text_at(first[2], "/actor/id"), "Resource21");
}

}  // namespace
}  // namespace minne
