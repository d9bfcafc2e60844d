// Who reads a correction sees what it changed.
#include "tests/server/api_fixture.h"

#include <boost/json/serialize.hpp>

namespace minne {
namespace {

class ChangedFieldsTest : public ApiTest {
 protected:
  json::array events(const std::string& query = {}) {
    return get("/cases/" + uuid("anna") + "/events" + query).at("items").as_array();
  }
  static json::object correction(std::string_view id, std::string_view target, std::string_view day,
                                 std::string_view reporter) {
    return event("EventCorrected", id, "anna", "2026-02-20",
                 {{"target", uuid(target)},
                  {"reason", "typo"},
                  {"replacement", json::object{{"type", "ReportReceived"},
                                               {"occurred_at", day},
                                               {"received_at", "2026-02-06"},
                                               {"body", json::object{{"reporter_category", reporter}}}}}});
  }
};

TEST_F(ChangedFieldsTest, EachFieldBeforeAndAfterWhereverThePageBegins) {
  memory_.append({opened("anna"), report("r", "anna", "2026-02-06", {{"reporter_category", "school"}}),
                  correction("c1", "r", "2026-02-05", "school"), correction("c2", "c1", "2026-02-05", "police")});
  const auto all = events();
  ASSERT_EQ(4U, all.size());
  EXPECT_FALSE(all[1].as_object().contains("changed"));
  EXPECT_EQ(R"([{"field":"/occurred_at","before":"2026-02-06","after":"2026-02-05"}])",
            json::serialize(all[2].at("changed")));
  EXPECT_EQ(R"([{"field":"/body/reporter_category","before":"school","after":"police"}])",
            json::serialize(all[3].at("changed")));
  EXPECT_EQ(all[3], events("?after=3")[0]);
}

}  // namespace
}  // namespace minne
