// The routes and the commands of the deadline rules and the codes, mostly without a board and a data directory.
#include "server/api_parts.h"
#include "server/command.h"
#include "tests/projections/memory_fixture.h"

#include <fstream>
#include <future>

namespace minne {
namespace {

struct Ran {
  int code = 0;
  json::value said;
  std::string complaint;
};

Ran run(std::vector<std::string> arguments, int (*command)(const std::vector<std::string>&) = run_rules) {
  arguments.emplace_back("--json");
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Ran out;
  out.code = command(arguments);
  const auto text = ::testing::internal::GetCapturedStdout();
  out.complaint = ::testing::internal::GetCapturedStderr();
  if (!text.empty()) out.said = json::parse(text);
  return out;
}

json::object due(std::string_view rule, std::string_view start, std::string_view nominal, std::string_view adjusted,
                 std::string_view law, std::string_view section) {
  return {{"rule", rule},         {"start", start}, {"nominal", nominal},
          {"adjusted", adjusted}, {"law", law},     {"section", section}};
}

std::string file_with(const TempDirectory& directory, std::string_view text, std::string_view name = "own.toml") {
  const auto path = directory.path() / name;
  std::ofstream(path) << text;
  return path.string();
}

constexpr std::string_view kOwn =
    "[[rule]]\nid = 'OWN_3D'\nkind = 'policy'\nstarts = { event = 'ReportReceived', field = 'received_at' }\n"
    "limit = '3d'\nadjust = 'none'\nmet_by = ['NoteRecorded']\n";

TEST(RulesCommandTest, ListsEveryVersionWithItsLaw) {
  const auto ran = run({"list"});
  ASSERT_EQ(ran.code, kDone) << ran.complaint;
  const json::object wanted{{"id", "PRELIM_14D"}, {"law", "SoL 2025:400"},       {"section", "20:2"},
                            {"kind", "statute"},  {"valid_from", "2025-07-01"},  {"valid_to", nullptr},
                            {"limit", "14d"},     {"adjust", "next_working_day"}};
  const auto& rules = ran.said.at("rules").as_array();
  EXPECT_EQ(1, std::ranges::count(rules, json::value(wanted)));
}

TEST(RulesCommandTest, ListsTheBoardsOwnClocksOtherAuthoritiesAndRetention) {
  const auto listed = run({"list"}).said;
  const auto row = [&](std::string_view id) -> json::value {
    for (const auto& rule : listed.at("rules").as_array()) {
      if (rule.at("id").as_string() == id)
        return json::array{rule.at("section"), rule.at("kind"), rule.at("limit"), rule.at("adjust")};
    }
    return {};
  };
  EXPECT_EQ(row("FAMHOME_REG"), json::value(json::array{"3:4", "board", "01-31", "next_working_day"}));
  EXPECT_EQ(row("LAGESBILD_2Y"), json::value(json::array{"6", "board", "24m", "next_working_day"}));
  EXPECT_EQ(row("LUL_3M"), json::value(json::array{"31", "statute", "3m", "next_working_day"}));
  EXPECT_EQ(row("RETAIN_SOL_16_1"), json::value(json::array{"16:1", "retention", "60m", "none"}));
  EXPECT_EQ(row("RETAIN_SOL_16_2"), json::value(json::array{"16:2", "retention", "kept", "none"}));
  EXPECT_EQ(row("RETAIN_SOL_16_2A_AGE_30"), json::value(json::array{"16:2 a", "retention", "until_age_30", "none"}));
  const auto& rules = listed.at("rules").as_array();
  EXPECT_TRUE(std::ranges::is_sorted(rules, {}, [](const json::value& rule) { return rule.at("id").as_string(); }));
}

TEST(RulesCommandTest, CountsToADayOfTheYearAndToPurging) {
  EXPECT_EQ(run({"due", "FAMHOME_REG", "--start", "2026-03-01"}).said,
            json::value(due("FAMHOME_REG", "2026-03-01", "2027-01-31", "2027-02-01", "SoF 2025:468", "3:4")));
  EXPECT_EQ(run({"due", "RETAIN_SOL_16_1", "--start", "2020-02-29"}).said,
            json::value(due("RETAIN_SOL_16_1", "2020-02-29", "2025-02-28", "2025-02-28", "SoL 2025:400", "16:1")));
  EXPECT_EQ(run({"due", "RETAIN_SOL_16_2", "--start", "2026-03-01"}).complaint,
            "minne: RETAIN_SOL_16_2 has no limit that counts from a date: kept (rule)\n");
  EXPECT_EQ(run({"due", "RETAIN_SOL_16_2A_NOT_OPENED", "--start", "2026-01-14"}).code, kFault);
}

TEST(RulesCommandTest, CountsByTheVersionInForceOnTheStart) {
  EXPECT_EQ(run({"due", "PRELIM_14D", "--start", "2025-12-10"}).said,
            json::value(due("PRELIM_14D", "2025-12-10", "2025-12-24", "2025-12-29", "SoL 2025:400", "20:2")));
  EXPECT_EQ(run({"due", "LVU_SUBMIT_1W", "--start", "2020-10-27"}).said,
            json::value(due("LVU_SUBMIT_1W", "2020-10-27", "2020-11-03", "2020-11-03", "LVU 1990:52", "7")));
  EXPECT_EQ(run({"due", "INV_4M", "--start", "2025-06-30", "--start", "2025-10-31"}).said,
            json::value(json::array{due("INV_4M", "2025-06-30", "2025-10-30", "2025-10-30", "SoL 2001:453", "11:2"),
                                    due("INV_4M", "2025-10-31", "2026-02-28", "2026-03-02", "SoL 2025:400", "20:3")}));
}

TEST(RulesCommandTest, RefusesWhatHasNoLastDay) {
  EXPECT_EQ(run({"due", "NO_SUCH", "--start", "2025-12-10"}).code, kFault);
  EXPECT_EQ(run({"due", "PRELIM_14D", "--start", "1999-12-10"}).code, kFault);
  EXPECT_EQ(run({"due", "NO_CONTACT", "--start", "2025-12-10"}).code, kFault);
  EXPECT_EQ(run({"due", "PRELIM_14D", "--start", "tomorrow"}).code, kFault);
  EXPECT_EQ(run({"due", "PRELIM_14D"}).code, kUsage);
  EXPECT_EQ(run({"what"}).code, kUsage);
  EXPECT_EQ(run({}).code, kUsage);
}

TEST(RulesCommandTest, ChecksABoardsFileWhole) {
  const TempDirectory directory;
  const auto sound = run({"check", file_with(directory, kOwn)});
  EXPECT_EQ(sound.code, kDone) << sound.complaint;
  EXPECT_EQ(sound.said, json::value(json::object{{"ok", true}, {"rules", 1}}));

  const auto path = file_with(directory, std::string{kOwn} + "on_expiry = 'explode'\n");
  const auto faulty = run({"check", path});
  EXPECT_EQ(faulty.code, kFault);
  EXPECT_EQ(faulty.complaint, "minne: on_expiry is none of overdue, lapse (" + path + ":8)\n");
  EXPECT_EQ(run({"check", (directory.path() / "absent.toml").string()}).code, kFault);
}

TEST(RulesCommandTest, ABoardsFileIsCountedWithOrRefusesTheCommand) {
  const TempDirectory directory;
  const auto counted = run({"due", "OWN_3D", "--start", "2026-02-06", "--rules", file_with(directory, kOwn)});
  ASSERT_EQ(counted.code, kDone) << counted.complaint;
  EXPECT_EQ(counted.said.at("nominal"), json::value("2026-02-09"));
  EXPECT_EQ(run({"list", "--rules", file_with(directory, "rule = 1\n")}).code, kFault);
}

TEST(RulesCommandTest, ReloadNeedsAServer) {
  const TempDirectory directory;
  const auto ran = run({"reload", "--data", directory.path().string()});
  EXPECT_EQ(ran.code, kFault);
  EXPECT_EQ(ran.complaint, "minne: no server answers for " + directory.path().string() + "\n");
  EXPECT_EQ(run({"reload", "now"}).code, kUsage);
}

constexpr std::string_view kConcern =
    "sv = 'oro'\nen = 'concern'\n[codes]\ngaming = { sv = 'spelande', en = 'gaming' }\n";

TEST(CodesCommandTest, ListsThemWithABoardsOwnAndChecksAFileWhole) {
  const TempDirectory directory;
  const auto path = file_with(directory, kConcern, "concern.toml");
  const auto of_concern = [](const Ran& ran) {
    for (const auto& list : ran.said.at("lists").as_array()) {
      if (list.at("list").as_string() == "concern") return list.as_object();
    }
    return json::object{};
  };
  const auto own = of_concern(run({"list"}, run_codes));
  const auto laid = of_concern(run({"list", "--codes", path}, run_codes));
  ASSERT_EQ(own.at("codes").as_array().size() + 1, laid.at("codes").as_array().size());
  EXPECT_EQ(laid.at("codes").as_array().back().at("code"), json::value("gaming"));
  EXPECT_EQ(laid.at("codes").as_array().back().at("sv"), json::value("spelande"));

  EXPECT_EQ(run({"check", path}, run_codes).said,
            json::value(json::object{{"ok", true}, {"list", "concern"}, {"codes", 1}}));
  const auto faulty = file_with(directory, std::string{kConcern} + "chess = { sv = 'schack' }\n", "concern.toml");
  EXPECT_EQ(run({"check", faulty}, run_codes).complaint, "minne: en is missing (" + faulty + ":5)\n");
  EXPECT_EQ(run({"list", "--codes", faulty}, run_codes).code, kFault);
  EXPECT_EQ(run({"check", file_with(directory, kConcern, "worry.toml")}, run_codes).complaint,
            "minne: no field has a list of this name (" + (directory.path() / "worry.toml").string() + ")\n");
  EXPECT_EQ(run({"due"}, run_codes).code, kUsage);

  // Rules are checked with the codes that come beside them.
  const auto pattern = file_with(directory, "[[pattern]]\nid = 'p'\nat_least = 1\nwithin = '1m'\nconcern = 'gaming'\n");
  const auto sound = file_with(directory, kConcern, "concern.toml");
  EXPECT_EQ(run({"check", pattern, "--codes", sound}).code, kDone);
  EXPECT_EQ(run({"check", pattern}).complaint, "minne: concern 'gaming' is no concern (" + pattern + ":5)\n");
}

// The routes as a server has them, over files that a test writes.
class ReloadRouteTest : public ::testing::Test {
 protected:
  ReloadRouteTest() {
    app_.own_files = [this] { return read_own_files(paths_); };
    paths_ = {.rules = {file_with(files_, "")}, .codes = {file_with(files_, kConcern, "concern.toml")}};
  }

  std::pair<unsigned, json::value> call(Verb method, const std::string& target, std::string body = {}) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    if (!body.empty()) request.headers.add("content-type", "application/json");
    request.body = std::move(body);
    std::promise<HttpResponse> promise;
    auto future = promise.get_future();
    router_.serve(std::move(request), [&promise](HttpResponse response) { promise.set_value(std::move(response)); });
    auto response = future.get();
    return {response.status, json::parse(response.body)};
  }
  unsigned append_concern(std::string_view id, std::string_view concern) {
    auto reported = report(id, "anna", "2026-02-06", {{"concerns", json::array{json::object{{"code", concern}}}}});
    return call(Verb::post, "/v1/boards/norr/events", json::serialize(json::object{{"events", json::array{reported}}}))
        .first;
  }

  TempDirectory directory_;
  TempDirectory files_;
  ManualClock clock_;
  Memory memory_{directory_.path(), clock_};
  App app_{memory_.get()};
  OwnPaths paths_;
  Router router_{api_routes(app_)};
};

TEST_F(ReloadRouteTest, AFaultIs422WithFileAndLineAndWhatIsSoundTakesForce) {
  file_with(files_, std::string{kOwn} + "on_expiry = 'explode'\n");
  const auto [refused, problem] = call(Verb::post, "/v1/rules/reload");
  EXPECT_EQ(422U, refused);
  EXPECT_EQ(problem.at("where"), json::value(paths_.rules.front() + ":8"));
  EXPECT_EQ(404U, call(Verb::get, "/v1/rules/OWN_3D/due?start=2026-02-06").first);

  file_with(files_, kOwn);
  const auto [done, reloaded] = call(Verb::post, "/v1/rules/reload");
  EXPECT_EQ(200U, done);
  EXPECT_EQ(reloaded, json::value(json::object{{"changed", true},
                                               {"rules", memory_->rules().table().version()},
                                               {"rebuilding", json::array{"norr"}}}));
  EXPECT_EQ(200U, call(Verb::get, "/v1/rules/OWN_3D/due?start=2026-02-06").first);
  EXPECT_FALSE(call(Verb::post, "/v1/rules/reload").second.at("changed").as_bool());

  std::filesystem::remove(paths_.rules.front());
  EXPECT_EQ(422U, call(Verb::post, "/v1/rules/reload").first);
  EXPECT_EQ(200U, call(Verb::get, "/v1/rules/OWN_3D/due?start=2026-02-06").first);
}

TEST_F(ReloadRouteTest, ALastDayHasAYearOfFourDigits) {
  EXPECT_EQ(200U, call(Verb::get, "/v1/rules/INV_4M/due?start=9999-07-01").first);
  EXPECT_EQ(400U, call(Verb::get, "/v1/rules/INV_4M/due?start=9999-12-31").first);
}

TEST_F(ReloadRouteTest, ABoardsOwnCodesAreTakenInAnAppendOnceTheyAreRead) {
  memory_.append({opened("anna")});
  EXPECT_EQ(400U, append_concern("r1", "gaming"));
  ASSERT_EQ(200U, call(Verb::post, "/v1/rules/reload").first);
  EXPECT_EQ(200U, append_concern("r2", "gaming") / 100 * 100);
  EXPECT_EQ(400U, append_concern("r3", "chess"));
}

}  // namespace
}  // namespace minne
