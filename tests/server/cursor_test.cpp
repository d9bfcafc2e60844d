// Going on in a list: from where the page before ended, in the list that it was a page of.
#include "tests/server/api_fixture.h"

namespace minne {
namespace {

class CursorTest : public ApiTest {
 protected:
  void SetUp() override {
    for (const std::string name : {"anna", "bo", "dan"}) {
      memory_.append({opened(name), report(name + "1", name, "2026-02-06"), report(name + "2", name, "2026-02-08")});
    }
  }
  unsigned status(const std::string& target) { return ask(target).status; }
};

TEST_F(CursorTest, OneThatWasAlteredOrIsOfAnotherListIsRefused) {
  for (const std::string list :
       {"/deadlines?limit=1", "/deadlines?as_of=2026-02-07&limit=1", "/repeats?today=2026-03-01&limit=1"}) {
    const std::string next{get(list).at("next").as_string()};
    EXPECT_EQ(200U, status(list + "&cursor=" + next)) << list;
    for (std::size_t i = 0; i < next.size(); ++i) {
      auto altered = next;
      altered[i] = altered[i] == '0' ? '1' : '0';
      EXPECT_EQ(400U, status(list + "&cursor=" + altered)) << list << " " << i;
    }
    EXPECT_EQ(400U, status("/deadlines?rule=PRELIM_14D&cursor=" + next)) << list;
    EXPECT_EQ(400U, status("/repeats?min=1&cursor=" + next)) << list;
  }
}

TEST_F(CursorTest, TheNextPageMayBeLongerAndAskedForOnAnotherDay) {
  const std::string next{get("/deadlines?limit=1&today=2026-03-01").at("next").as_string()};
  EXPECT_EQ(200U, status("/deadlines?limit=5&today=2026-03-02&cursor=" + next));
}

TEST_F(CursorTest, TheQueueOfAnEarlierDayGoesOnInThatDay) {
  const auto whole = get("/deadlines?as_of=2026-02-07&rule=PRELIM_14D");
  EXPECT_EQ(3, whole.at("total").to_number<int>());
  EXPECT_EQ("2026-02-07", whole.at("as_of").as_string());
  EXPECT_EQ("2026-02-07", whole.at("today").as_string());
  EXPECT_EQ(6, get("/deadlines?as_of=2026-02-08&rule=PRELIM_14D").at("total").to_number<int>());
  json::array pieces;
  std::string cursor;
  do {
    const auto page = get("/deadlines?as_of=2026-02-07&rule=PRELIM_14D&limit=1" + cursor);
    for (const auto& item : page.at("items").as_array()) pieces.push_back(item);
    cursor = page.at("next").is_null() ? "" : "&cursor=" + std::string{page.at("next").as_string()};
  } while (!cursor.empty());
  EXPECT_EQ(whole.at("items").as_array(), pieces);
  EXPECT_EQ(400U, status("/deadlines?as_of=yesterday"));
  EXPECT_EQ(400U, status("/deadlines?known_at=2026-02-07"));
}

}  // namespace
}  // namespace minne
