#include "events/stream_ids.h"

#include <gtest/gtest.h>

#include <set>

namespace minne {
namespace {

TEST(StreamIdsTest, AreWrittenDownForEver) {
  EXPECT_EQ(to_text(board_namespace("trial")), "d273e5d2-8da7-5166-8850-149238a32fe0");
  EXPECT_EQ(to_text(board_stream_id("trial")), "95aaf364-1e90-5df6-9c36-ce0a853cb7bd");
  EXPECT_EQ(to_text(staff_stream_id("trial", "w1")), "3c994405-9c26-552b-9f98-f562cf61eddd");
  EXPECT_EQ(to_text(trace_case_id("trial", "c1")), "15d59ddf-721e-5b4c-953d-66716aa92f1e");
  EXPECT_EQ(to_text(trace_event_id("trial", "c1", "action", 10)), "51542b97-074b-5dc6-8c65-17da599b475c");
}

TEST(StreamIdsTest, DifferInEveryPart) {
  const std::set<Id> ids = {board_namespace("a"),
                            board_namespace("b"),
                            board_stream_id("a"),
                            board_stream_id("b"),
                            staff_stream_id("a", "x"),
                            staff_stream_id("b", "x"),
                            staff_stream_id("a", "y"),
                            trace_case_id("a", "x"),
                            trace_case_id("b", "x"),
                            trace_event_id("a", "x", "k", 0),
                            trace_event_id("b", "x", "k", 0),
                            trace_event_id("a", "y", "k", 0),
                            trace_event_id("a", "x", "l", 0),
                            trace_event_id("a", "x", "k", 1),
                            trace_event_id("a", "xk", "", 0),
                            trace_event_id("a", "x", "k", 11),
                            trace_event_id("a", "x", "k1", 1)};
  EXPECT_EQ(ids.size(), 17U);
}

TEST(StreamIdsTest, FollowFromTheirNames) {
  EXPECT_EQ(board_stream_id("demo"), id_v5(board_namespace("demo"), "board"));
  EXPECT_EQ(staff_stream_id("demo", "w-0001"), id_v5(board_namespace("demo"), "staff/w-0001"));
  EXPECT_EQ(trace_case_id("demo", "case-7"), id_v5(board_namespace("demo"), "trace/case-7"));
  EXPECT_NE(trace_event_id("demo", "case-7", "action", 1), trace_event_id("demo", "case-7", "action", 2));
  EXPECT_NE(trace_event_id("demo", "case-7", "action", 1), trace_event_id("demo", "case-71", "action", 1));
}

}  // namespace
}  // namespace minne
