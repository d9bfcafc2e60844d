// Whose personal data are protected, across cases.
#include "tests/projections/memory_fixture.h"

namespace minne {
namespace {

TEST(ProtectedCasesTest, AreThoseWhoseProtectionHoldsOnTheDay) {
  TempDirectory directory;
  ManualClock clock("2026-03-01T12:00:00+01:00");
  Memory memory(directory.path(), clock);
  const auto set = [](std::string_view id, std::string_view case_name, json::object body) {
    return event("ProtectedIdentitySet", id, case_name, "2026-02-01", std::move(body));
  };
  memory.append({opened("anna"), set("a", "anna", {{"level", "confidentiality_mark"}, {"to", "2026-03-10"}}),
                 opened("bo"), set("b", "bo", {{"level", "protected_registration"}}), opened("cilla"),
                 set("c", "cilla", {{"level", "protected_registration"}}),
                 set("d", "cilla", {{"level", "none"}, {"from", "2026-02-20"}}), opened("dan")});
  const auto on = [&](std::string_view text) { return protected_cases(memory.view(), day(text)).value(); };
  EXPECT_EQ((std::set<Id>{id_named("anna"), id_named("bo")}), on("2026-03-10"));
  EXPECT_EQ((std::set<Id>{id_named("bo")}), on("2026-03-11"));
  EXPECT_EQ(3U, on("2026-02-19").size());
  EXPECT_TRUE(on("2026-01-31").empty());
}

}  // namespace
}  // namespace minne
