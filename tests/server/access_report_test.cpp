// Who read which cases, and who of them had nothing to do with them on that day.
#include "events/stream_ids.h"
#include "server/access_log.h"
#include "server/own_events.h"
#include "tests/server/api_fixture.h"

namespace minne {
namespace {

class AccessReportTest : public ApiTest {
 protected:
  void SetUp() override {
    memory_.append({opened("anna"), report("a1", "anna"), opened("bo"),
                    event("CaseAssigned", "as", "anna", "2026-02-10",
                          {{"worker", "eva"}, {"role", "responsible"}, {"unit", "north"}}),
                    event("CaseAssigned", "as2", "anna", "2026-02-10",
                          {{"worker", "leo"}, {"role", "co_worker"}, {"unit", "north"}}, {{"matter", uuid("a1")}})});
    get("/repeats?min=1&purpose=case_work");  // makes the access log, and is its first read: the operator's
  }
  // As callers with names will be recorded.
  void read(std::string_view worker, const std::vector<std::string>& cases, std::string_view purpose = "case_work") {
    const auto log = app_.memory.find_board("norr.access").value();
    const json::object body{{"worker", worker}, {"purpose", purpose}, {"query", "repeats"}, {"cases", uuids(cases)}};
    ASSERT_TRUE(append_own(app_, log, staff_stream_id(log.name, kOperator),
                           {json::object{{"type", "RecordRead"}, {"body", body}}}));
  }
  json::object report_of(const std::string& query) { return get("/access-report?purpose=log_control" + query); }
  static std::string outliers(const json::object& report) {
    std::string out;
    for (const auto& item : report.at("outliers").as_array()) out += std::string{item.at("worker").as_string()} + " ";
    return out;
  }
};

TEST_F(AccessReportTest, WhoHadAnAssignmentThatDayIsNoOutlierInWhateverRole) {
  read("eva", {"anna"});
  read("leo", {"anna"}, "follow_up");
  read("kim", {"anna"});
  read("eva", {"anna", "bo"});
  const auto report = report_of("&case=" + uuid("anna"));
  EXPECT_EQ("kim ", outliers(report));
  EXPECT_EQ(5, report.at("reads").to_number<int>());
  const auto& readers = report.at("readers").as_array();
  ASSERT_EQ(4U, readers.size());
  EXPECT_EQ("eva", readers[0].at("worker").as_string());
  EXPECT_EQ(2, readers[0].at("reads").to_number<int>());
  EXPECT_EQ(2, readers[0].at("assigned").to_number<int>());
  EXPECT_EQ((json::array{json::object{{"purpose", "follow_up"}, {"reads", 1}}}), readers[2].at("purposes").as_array());
  EXPECT_EQ(1, readers[1].at("without_assignment").to_number<int>());
}

TEST_F(AccessReportTest, TheOperatorOfTheMachineIsNeitherAssignedNorAnOutlier) {
  const auto report = report_of("");
  const auto& reader = report.at("readers").at(0);
  EXPECT_EQ(kOperator, reader.at("worker").as_string());
  EXPECT_EQ(1, reader.at("unknown").to_number<int>());
  EXPECT_EQ("", outliers(report));
}

TEST_F(AccessReportTest, TheWholeBoardTellsTheCasesThatWereReadWithoutAssignment) {
  read("eva", {"anna", "bo"});
  const auto report = report_of("");
  ASSERT_EQ("eva ", outliers(report));
  const auto& outlier = report.at("outliers").at(0);
  EXPECT_EQ(1, outlier.at("cases_without_assignment").to_number<int>());
  EXPECT_EQ(json::value(uuid("bo")), outlier.at("cases").at(0).at("case"));
}

TEST_F(AccessReportTest, TheDayOfTheReadCounts) {
  read("eva", {"anna"});
  clock_.advance(std::chrono::hours{48});
  memory_.append({event("AssignmentEnded", "e", "anna", "2026-03-02", {{"worker", "eva"}, {"reason", "other"}})});
  EXPECT_EQ("", outliers(report_of("")));
  read("eva", {"anna"});
  const auto report = report_of("");
  EXPECT_EQ("eva ", outliers(report));
  EXPECT_EQ("", outliers(report_of("&to=2026-03-02")));
  EXPECT_EQ("eva ", outliers(report_of("&from=2026-03-03")));
  EXPECT_EQ("", outliers(report_of("&from=2026-03-04")));
}

TEST_F(AccessReportTest, PagesHoldEveryOutlierOnce) {
  for (int i = 0; i < 5; ++i) read("kim", {"bo"});
  std::string found;
  json::value next = 0;
  for (int pages = 0; !next.is_null(); ++pages) {
    ASSERT_LT(pages, 10);
    const auto page = report_of("&limit=2&after=" + json::serialize(next));
    found += outliers(page);
    next = page.at("next");
  }
  EXPECT_EQ("kim kim kim kim kim ", found);
}

TEST_F(AccessReportTest, IsItselfAListWithAPurposeAndNamesNoProtectedCase) {
  read("kim", {"bo"});
  memory_.append({event("ProtectedIdentitySet", "b", "bo", "2026-02-10", {{"level", "protected_registration"}})});
  EXPECT_EQ(400U, ask("/access-report").status);
  const auto report = report_of("&case=" + uuid("bo"));
  EXPECT_EQ("kim ", outliers(report));
  EXPECT_EQ(std::string::npos, json::serialize(report).find(uuid("bo")));
  report_of("&case=" + uuid("anna"));
  const auto reads = get("/reads?case=" + uuid("anna")).at("items").as_array();
  EXPECT_EQ("access-report", reads.back().at("body").at("query").as_string());
  EXPECT_EQ("log_control", reads.back().at("body").at("purpose").as_string());
}

}  // namespace
}  // namespace minne
