#include "projections/rules.h"

#include "projections/deadline_rules.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace minne {
namespace {

BoardSettings late_from(int hour) {
  BoardSettings settings;
  settings.late_in_day = hour;
  return settings;
}

class KnownFields : public EventFields {
 public:
  [[nodiscard]] bool has_event(std::string_view event) const override { return types_.contains(event); }
  [[nodiscard]] bool has_field(std::string_view event, std::string_view field) const override {
    return has_date_field(event, field) || field == "channel" || field == "mandated" || field == "count";
  }
  [[nodiscard]] bool has_date_field(std::string_view event, std::string_view field) const override {
    const auto type = types_.find(event);
    return type != types_.end() && (field == "occurred_at" || field == "received_at" || type->second.contains(field));
  }
  [[nodiscard]] bool has_id_field(std::string_view, std::string_view field) const override {
    return field == "report_ids";
  }
  [[nodiscard]] bool has_text_field(std::string_view, std::string_view field) const override {
    return field == "channel";
  }
  [[nodiscard]] bool in_board_stream(std::string_view event) const override { return event == "ExtractProduced"; }
  [[nodiscard]] bool has_code(std::string_view, std::string_view) const override { return true; }
  [[nodiscard]] std::string wrong_value(std::string_view, std::string_view, std::string_view value) const override {
    return value == "nonsense" ? "has no code 'nonsense'" : "";
  }

 private:
  using Fields = std::set<std::string, std::less<>>;
  std::map<std::string, Fields, std::less<>> types_{
      {"ReportReceived", {}},
      {"ProtectionAssessmentMade", {}},
      {"ReportJoinedInvestigation", {}},
      {"InvestigationNotOpened", {}},
      {"InvestigationOpened", {}},
      {"PreliminaryExtended", {"new_date"}},
      {"InvestigationConcluded", {}},
      {"DeadlineSet", {"due"}},
      {"InvestigationExtended", {"new_end"}},
      {"CaseClosed", {}},
      {"ExtractProduced", {}},
  };
};

Date day(std::string_view text) { return parse_date(text).value(); }
When when(std::string_view text) { return parse_when(text).value(); }

// The rules that come with the program.
const RuleTable& statute() {
  static const auto built = DeadlineRules::built_in();
  EXPECT_TRUE(built) << built.error().message << " at " << built.error().where;
  return (*built)->table();
}

// A rule without faults; tests replace one line of it, counted from 1, or add one.
const std::vector<std::string> kSound{
    "[[rule]]",
    "id = 'FOLLOW_2M'",
    "kind = 'policy'",
    "starts = { event = 'InvestigationConcluded', field = 'occurred_at' }",
    "limit = '2m'",
    "adjust = 'none'",
    "met_by = ['CaseClosed']",
};

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string with_line(std::size_t number, std::string line) {
  auto lines = kSound;
  lines.resize(std::max(lines.size(), number));
  lines[number - 1] = std::move(line);
  return joined(lines);
}

RuleTable load(std::string_view text) {
  auto table = load_rules(text, "test.toml", KnownFields{});
  EXPECT_TRUE(table) << table.error().message << " at " << table.error().where;
  return std::move(table).value();
}

std::string sound_with(std::string_view more) { return joined(kSound) + std::string(more) + "\n"; }

TEST(StatuteTest, EachRuleHasItsVersions) {
  const RuleTable& table = statute();
  struct Case {
    std::string_view id, start, law, section;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"PROT_ASSESS", "2025-06-30", "SoL 2001:453", "11:1a"},
           {"PROT_ASSESS", "2025-07-01", "SoL 2025:400", "20:1"},
           {"PRELIM_14D", "2013-01-01", "SoL 2001:453", "11:1a"},
           {"PRELIM_14D", "2026-02-06", "SoL 2025:400", "20:2"},
           {"INV_4M", "2002-01-01", "SoL 2001:453", "11:2"},
           {"INV_4M", "2026-02-06", "SoL 2025:400", "20:3"},
           {"IMPORTED", "1999-12-31", "", ""},
           {"FEEDBACK_1W", "2025-06-30", "SoL 2001:453", "14:1b"},
           {"FEEDBACK_1W", "2026-01-14", "SoL 2025:400", "19:6"},
           {"JOUR_2M", "2025-06-30", "SoL 2001:453", "6:6"},
           {"JOUR_2M", "2025-07-01", "SoL 2025:400", "22:4"},
           {"NONEXEC_3M", "2025-06-30", "SoL 2001:453", "16:6f"},
           {"LVU_SUBMIT_1W", "2020-10-27", "LVU 1990:52", "7"},
           {"APPEAL_3W", "2026-01-01", "FL 2017:900", "44"},
           {"FAMHOME_REG", "2025-07-01", "SoF 2025:468", "3:4"},
           {"LAGESBILD_2Y", "2023-07-01", "lag 2023:196", "6"},
           {"LUL_3M", "2026-01-01", "LUL 1964:167", "31"},
       }) {
    const Rule* rule = table.find(c.id, day(c.start));
    ASSERT_NE(rule, nullptr) << c.id << ' ' << c.start;
    EXPECT_EQ(rule->law, c.law);
    EXPECT_EQ(rule->section, c.section);
    EXPECT_TRUE(table.in_force(*rule, day(c.start)));
  }
  EXPECT_EQ(table.find("PRELIM_14D", day("2012-12-31")), nullptr);
  EXPECT_EQ(table.find("NO_SUCH", day("2026-01-01")), nullptr);
}

TEST(StatuteTest, NoStatutoryClockRunsForAnUnbornChild) {
  const RuleTable& table = statute();
  for (const Rule& rule : table.rules()) {
    if (rule.kind == RuleKind::kStatute && !rule.external) {
      EXPECT_EQ(rule.conditions.requires_, "born") << rule.id;
    }
  }
}

TEST(StatuteTest, EventsNameTheRulesTheyMayStart) {
  const RuleTable& table = statute();
  EXPECT_EQ(table.started_by("ReportReceived").size(), 5U);
  EXPECT_EQ(table.started_by("DeadlineSet").size(), 1U);
  EXPECT_TRUE(table.started_by("CaseClosed").empty());
  EXPECT_TRUE(table.started_by("NoSuch").empty());
  int in_force = 0;
  for (const Rule* rule : table.started_by("ReportReceived")) in_force += table.in_force(*rule, day("2026-02-06"));
  EXPECT_EQ(in_force, 3);  // UNBORN too: whether the child is born is asked of the case
}

TEST(StatuteTest, ADutyToWhichTheLawGivesNoTimeIsListedAndNeverCounted) {
  EXPECT_FALSE(counts(*statute().find("FEEDBACK_1W", day("2026-01-14"))));
  EXPECT_TRUE(counts(*statute().find("FEEDBACK_1W", day("2026-01-15"))));
  EXPECT_FALSE(counts(*statute().find("NO_CONTACT", day("2026-01-15"))));
}

TEST(StatuteTest, AnotherAuthoritysDutyIsCountedButStartedByNothing) {
  const Rule& rule = *statute().find("LUL_3M", day("2026-01-15"));
  EXPECT_TRUE(rule.external && counts(rule));
  EXPECT_TRUE(rule.starts.empty());
}

TEST(StatuteTest, ALapseIsWhereTheLawSaysSo) {
  std::set<std::string> lapsing;
  for (const Rule& rule : statute().rules()) {
    if (rule.on_expiry == OnExpiry::kLapse) lapsing.insert(rule.id);
  }
  EXPECT_EQ(lapsing,
            (std::set<std::string>{"APPEAL_3W", "LVU_APPLY_4W", "LVU_START_4W", "LVU_SUBMIT_1W", "LVU_TRAVEL_APPLY_4W",
                                   "LVU_TRAVEL_SUBMIT_1W", "SHELTER_APPLY_6W", "SHELTER_SUBMIT_1W"}));
}

// Starts, last days and working days as they were worked out by hand.
TEST(StatuteTest, GoldenVectors) {
  struct Case {
    std::string_view rule, start, nominal, adjusted;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"INV_4M", "2025-10-31", "2026-02-28", "2026-03-02"},
           {"INV_4M", "2025-10-30", "2026-02-28", "2026-03-02"},
           {"INV_4M", "2023-10-31", "2024-02-29", "2024-02-29"},
           {"INV_4M", "2026-02-28", "2026-06-28", "2026-06-29"},
           {"INV_4M", "2026-02-06", "2026-06-06", "2026-06-08"},
           {"INV_4M", "2026-02-20", "2026-06-20", "2026-06-22"},
           {"INV_4M", "2025-12-25", "2026-04-25", "2026-04-27"},
           {"INV_4M", "2025-07-01", "2025-11-01", "2025-11-03"},
           {"CARE_REVIEW_6M", "2025-08-31", "2026-02-28", "2026-03-02"},
           {"CARE_REVIEW_6M", "2025-03-31", "2025-09-30", "2025-09-30"},
           {"JOUR_2M", "2025-12-31", "2026-02-28", "2026-03-02"},
           {"JOUR_2M", "2024-12-31", "2025-02-28", "2025-02-28"},
           {"PRELIM_14D", "2025-12-10", "2025-12-24", "2025-12-29"},
           {"PRELIM_14D", "2025-12-17", "2025-12-31", "2026-01-02"},
           {"PRELIM_14D", "2026-12-17", "2026-12-31", "2027-01-04"},
           {"PRELIM_14D", "2026-06-05", "2026-06-19", "2026-06-22"},
           {"PRELIM_14D", "2026-03-20", "2026-04-03", "2026-04-07"},
           {"PRELIM_14D", "2026-04-17", "2026-05-01", "2026-05-04"},
           {"PRELIM_14D", "2026-04-30", "2026-05-14", "2026-05-15"},
           {"PRELIM_14D", "2025-06-06", "2025-06-20", "2025-06-23"},
           {"LVU_SUBMIT_1W", "2020-10-27", "2020-11-03", "2020-11-03"},
           {"LVU_SUBMIT_1W", "2025-12-19", "2025-12-26", "2025-12-29"},
           {"LVU_SUBMIT_1W", "2026-12-25", "2027-01-01", "2027-01-04"},
           {"FAMHOME_REG", "2026-03-01", "2027-01-31", "2027-02-01"},
           {"FAMHOME_REG", "2026-01-30", "2026-01-31", "2026-02-02"},
           {"FAMHOME_REG", "2026-01-31", "2027-01-31", "2027-02-01"},
           {"LAGESBILD_2Y", "2024-02-29", "2026-02-28", "2026-03-02"},
           {"LUL_3M", "2026-02-06", "2026-05-06", "2026-05-06"},
       }) {
    const Rule* rule = statute().find(c.rule, day(c.start));
    ASSERT_NE(rule, nullptr) << c.rule << ' ' << c.start;
    const auto counted = due(*rule, {day_start(day(c.start)), Precision::kDay}, statute().settings());
    EXPECT_EQ(counted, (Due{day(c.start), day(c.nominal), day(c.adjusted)})) << c.rule << ' ' << c.start;
  }
}

TEST(StatuteTest, ThePreliminaryAssessmentReadsWhole) {
  const RuleTable& table = statute();
  const Rule& rule = *table.find("PRELIM_14D", day("2026-02-06"));
  EXPECT_EQ(rule.kind, RuleKind::kStatute);
  ASSERT_EQ(rule.starts.size(), 1U);
  EXPECT_EQ(rule.starts[0].trigger.fields, (std::vector<std::string>{"received_at"}));
  EXPECT_EQ(rule.conditions.unless_open, "investigation");
  EXPECT_EQ(rule.limit, (Limit{Limit::Unit::kDays, 14}));
  ASSERT_EQ(rule.met_by.size(), 2U);
  EXPECT_EQ(rule.met_by[0].event, "InvestigationNotOpened");
  ASSERT_TRUE(rule.extended_by);
  EXPECT_EQ(rule.extended_by->field, "new_date");
  ASSERT_EQ(rule.cancelled_by.size(), 2U);
  EXPECT_EQ(rule.cancelled_by[0].event, "ReportJoinedInvestigation");
  EXPECT_EQ(rule.cancelled_by[1].event, "ReportForwarded");
  EXPECT_EQ(rule.on_expiry, OnExpiry::kOverdue);
  EXPECT_EQ(rule.swedish, "förhandsbedömning");
}

TEST(DueTest, CountsFromTheSwedishDay) {
  const RuleTable& table = statute();
  struct Case {
    std::string_view rule, start, from, nominal, adjusted;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"PROT_ASSESS", "2026-02-06T15:59:59.999999+01:00", "2026-02-06", "2026-02-06", "2026-02-06"},
           {"PROT_ASSESS", "2026-02-06T16:00:00+01:00", "2026-02-06", "2026-02-07", "2026-02-07"},
           {"PROT_ASSESS", "2026-02-06T23:30:00+01:00", "2026-02-06", "2026-02-07", "2026-02-07"},
           {"PROT_ASSESS", "2026-02-06", "2026-02-06", "2026-02-06", "2026-02-06"},
           {"PROT_ASSESS", "2026-07-01T13:59:00Z", "2026-07-01", "2026-07-01", "2026-07-01"},
           {"PROT_ASSESS", "2026-07-01T14:00:00Z", "2026-07-01", "2026-07-02", "2026-07-02"},
           {"PROT_ASSESS", "2026-03-29T23:50:00+02:00", "2026-03-29", "2026-03-30", "2026-03-30"},
           {"PRELIM_14D", "2026-03-29T23:50:00+02:00", "2026-03-29", "2026-04-12", "2026-04-13"},
           {"PRELIM_14D", "2026-10-25T23:50:00+01:00", "2026-10-25", "2026-11-08", "2026-11-09"},
           {"PRELIM_14D", "2025-12-10", "2025-12-10", "2025-12-24", "2025-12-29"},
           {"INV_4M", "2025-10-31T08:00:00+01:00", "2025-10-31", "2026-02-28", "2026-03-02"},
           {"IMPORTED", "2026-02-28T23:30:00+01:00", "2026-02-28", "2026-02-28", "2026-02-28"},
       }) {
    const When start = when(c.start);
    const Rule& rule = *table.find(c.rule, local_date(start.at));
    EXPECT_EQ(due(rule, start, table.settings()), (Due{day(c.from), day(c.nominal), day(c.adjusted)}))
        << c.rule << ' ' << c.start;
  }
}

TEST(DueTest, TheBoardSaysWhatIsLateInTheDay) {
  const RuleTable& table = statute();
  const Rule& rule = *table.find("PROT_ASSESS", day("2026-02-06"));
  const When evening = when("2026-02-06T23:59:00+01:00");
  EXPECT_EQ(due(rule, evening, late_from(24)).nominal, day("2026-02-06"));
  EXPECT_EQ(due(rule, when("2026-02-06T00:00:00+01:00"), late_from(0)).nominal, day("2026-02-07"));
  EXPECT_EQ(due(rule, when("2026-02-06"), late_from(0)).nominal, day("2026-02-06"));
}

TEST(DueTest, WhatIsFiledForADayOfTheYearStartsTheYearAfterThatDay) {
  const RuleTable& table = statute();
  for (const auto& [filed, nominal] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"2026-01-20", "2027-01-31"},
                                                                            {"2026-02-10", "2027-01-31"},
                                                                            {"2026-08-01", "2027-01-31"},
                                                                            {"2026-08-02", "2028-01-31"},
                                                                            {"2026-01-31", "2027-01-31"}}) {
    const Rule& rule = *table.find("FAMHOME_REG", day(filed));
    EXPECT_EQ(due_again(rule, when(filed), table.settings()).nominal, day(nominal)) << filed;
  }
}

TEST(DueTest, AnExtensionIsAdjustedByItsRule) {
  const RuleTable& table = statute();
  EXPECT_EQ(adjusted(*table.find("INV_4M", day("2026-02-06")), day("2026-06-06")), day("2026-06-08"));
  EXPECT_EQ(adjusted(*table.find("IMPORTED", day("2026-02-06")), day("2026-06-06")), day("2026-06-06"));
}

TEST(LoadRulesTest, ReadsEveryKey) {
  const RuleTable table = load(R"([board]
late_in_day = 15
[[rule]]
id = "A_1"
law = "LVU"
section = "7"
kind = "statute"
valid_from = 2020-01-01
valid_to = 2020-12-31
known_from = 2019-11-30
starts = { event = "ReportReceived", field = "received_at", where = { channel = "police", mandated = true, count = 2 } }
conditions = { unless_open = "investigation", age_below = 15, requires = "born", law = "LVU" }
limit = "1w"
adjust = "next_working_day"
met_by = ["CaseClosed", { event = "InvestigationOpened", where = { channel = "police" } }]
extended_by = { event = "InvestigationExtended", field = "new_end" }
cancelled_by = [{ event = "ReportJoinedInvestigation" }]
on_expiry = "lapse"
until_age = 18
swedish = "underställning"
)");
  EXPECT_EQ(table.settings().late_in_day, 15);
  ASSERT_EQ(table.rules().size(), 1U);
  const Rule& rule = table.rules()[0];
  EXPECT_EQ(rule.valid_from, day("2020-01-01"));
  EXPECT_EQ(rule.valid_to, day("2020-12-31"));
  EXPECT_EQ(rule.known_from, day("2019-11-30"));
  EXPECT_EQ(rule.starts[0].trigger.where, (FieldValues{{"channel", "police"}, {"count", "2"}, {"mandated", "true"}}));
  EXPECT_EQ(rule.conditions.age_below, 15);
  EXPECT_EQ(rule.conditions.law, "LVU");
  EXPECT_EQ(rule.limit, (Limit{Limit::Unit::kWeeks, 1}));
  EXPECT_EQ(rule.adjust, Adjust::kNextWorkingDay);
  ASSERT_EQ(rule.met_by.size(), 2U);
  EXPECT_EQ(rule.met_by[1].where, (FieldValues{{"channel", "police"}}));
  EXPECT_EQ(rule.cancelled_by[0].event, "ReportJoinedInvestigation");
  EXPECT_EQ(rule.on_expiry, OnExpiry::kLapse);
  EXPECT_EQ(rule.until_age, 18);
}

TEST(LoadRulesTest, AFileMayHoldNoRules) {
  EXPECT_TRUE(load("").rules().empty());
  EXPECT_EQ(load("").settings().late_in_day, 16);
}

TEST(LoadRulesTest, RefusesEachFaultAtItsLine) {
  struct Case {
    std::string text;
    int line;
    std::string_view message;
  };
  for (const Case& c : std::initializer_list<Case>{
           {with_line(2, "id = 'lower'"), 2, "id is not of A-Z, 0-9 and _, at most 40"},
           {with_line(2, "id = 7"), 2, "id is not a text"},
           {with_line(2, "id = ''"), 2, "id is empty or too long"},
           {with_line(2, ""), 1, "[[rule]] lacks id"},
           {with_line(3, "kind = 'habit'"), 3, "kind is none of statute, policy, board"},
           {with_line(3, "kind = 'statute'"), 1, "a statute's rule names its law and section"},
           {with_line(4, ""), 1, "[[rule]] lacks starts"},
           {with_line(4, "starts = 'ReportReceived'"), 4, "starts is not a table"},
           {with_line(4, "starts = { event = 'ReportRecieved', field = 'received_at' }"), 4,
            "event 'ReportRecieved' is no event type"},
           {with_line(4, "starts = { event = 'ReportReceived' }"), 4, "starts lacks field"},
           {with_line(4, "starts = { event = 'ReportReceived', field = 'channel' }"), 4,
            "field 'channel' is no date of ReportReceived"},
           {with_line(4, "starts = { event = 'ReportReceived', field = 'received_at', when = 1 }"), 4,
            "unknown key 'when' in starts"},
           {with_line(4, "starts = { event = 'ReportReceived', field = 'received_at', where = { chanel = 'x' } }"), 4,
            "where names 'chanel', no field of ReportReceived"},
           {with_line(4, "starts = { event = 'ReportReceived', field = 'received_at', where = { channel = 1.5 } }"), 4,
            "where compares 'channel' with no text, truth or integer"},
           {with_line(5, "limit = '2y'"), 5, "limit is no limit such as 14d, 1w, 4m, 01-31, same_day or given"},
           {with_line(5, "limit = '0d'"), 5, "limit is no limit such as 14d, 1w, 4m, 01-31, same_day or given"},
           {with_line(5, "limit = '-1d'"), 5, "limit is no limit such as 14d, 1w, 4m, 01-31, same_day or given"},
           {with_line(5, "limit = '14'"), 5, "limit is no limit such as 14d, 1w, 4m, 01-31, same_day or given"},
           {with_line(5, "limit = '241m'"), 5, "limit is no limit such as 14d, 1w, 4m, 01-31, same_day or given"},
           {with_line(5, "limit = '99999999999d'"), 5,
            "limit is no limit such as 14d, 1w, 4m, 01-31, same_day or given"},
           {with_line(5, "limit = '02-29'"), 5, "limit is no limit such as 14d, 1w, 4m, 01-31, same_day or given"},
           {with_line(5, "limit = '1-31'"), 5, "limit is no limit such as 14d, 1w, 4m, 01-31, same_day or given"},
           {with_line(6, "adjust = 'friday'"), 6, "adjust is none of none, next_working_day"},
           {with_line(6, ""), 1, "[[rule]] lacks adjust"},
           {with_line(7, ""), 1, "[[rule]] lacks met_by: nothing could meet it"},
           {with_line(7, "met_by = 'CaseClosed'"), 7, "met_by is not a list of events"},
           {with_line(7, "met_by = ['CaseClosed',\n 'CaseShut']"), 8, "met_by 'CaseShut' is no event type"},
           {with_line(7, "met_by = [1]"), 7, "met_by holds neither a name nor a table"},
           {with_line(7, "met_by = [{ event = 'CaseClosed', were = {} }]"), 7, "unknown key 'were' in met_by"},
           {sound_with("valid_form = 2025-07-01"), 8, "unknown key 'valid_form' in [[rule]]"},
           {sound_with("valid_from = '2025-07-01'"), 8, "valid_from is not a date (2025-07-01, without quotes)"},
           {sound_with("valid_from = 2025-07-01\nvalid_to = 2025-06-30"), 9, "valid_to is before valid_from"},
           {sound_with("conditions = { age_below = 'x' }"), 8, "age_below is not an integer from 1 to 130"},
           {sound_with("conditions = { requires = 'luck' }"), 8, "requires cannot be 'luck'"},
           {sound_with("conditions = { unless_open = 'door' }"), 8, "unless_open cannot be 'door'"},
           {sound_with("conditions = { if = 'a < b' }"), 8, "unknown key 'if' in conditions"},
           {sound_with("extended_by = { event = 'CaseClosed', field = 'new_end' }"), 8,
            "field 'new_end' is no date of CaseClosed"},
           {sound_with("cancelled_by = ['Nothing']"), 8, "cancelled_by 'Nothing' is no event type"},
           {sound_with("on_expiry = 'explode'"), 8, "on_expiry is none of overdue, lapse"},
           {sound_with("until_age = 0"), 8, "until_age is not an integer from 1 to 130"},
           {sound_with("[board]\nlate_in_day = 25"), 9, "late_in_day is not an integer from 0 to 24"},
           {sound_with("[board]\nearly = 1"), 9, "unknown key 'early' in [board]"},
           {sound_with("[board.limits]\nFOLLOW_2M = 'soon'"), 9,
            "FOLLOW_2M is no limit such as 14d, 1w, 4m, 01-31, same_day or given"},
           {sound_with("[board.limits]\nOTHER = '3m'"), 9, "limits names 'OTHER', no rule"},
           {sound_with("then = '01-31'"), 8, "then is no limit such as 14d, 1w or 4m"},
           {with_line(3, "kind = 'board'\nlaw = 'SoF'\nsection = '3:4'"), 6,
            "event 'InvestigationConcluded' is no event of the board's own stream"},
           {sound_with("external = true"), 4, "starts is of a clock, and an external duty has none"},
           {with_line(4, "external = true"), 7, "met_by is of a clock, and an external duty has none"},
           {sound_with("then = 'given'"), 8, "then is no limit such as 14d, 1w or 4m"},
           {sound_with("restarts_by = [{ event = 'CaseClosed', field = ['new_end'] }]"), 8,
            "field holds what is no date of CaseClosed"},
           {sound_with("cancelled_by = [{ event = 'CaseClosed', whose = 'channel' }]"), 8,
            "whose is not a list of fields"},
           {sound_with("cancelled_by = [{ event = 'CaseClosed', whose = ['count'] }]"), 8,
            "whose holds what is no text of CaseClosed"},
           {with_line(4,
                      "starts = { event = 'InvestigationConcluded', field = 'occurred_at', matter = 'report_ids', "
                      "whose = ['channel'] }"),
            4, "whose and matter do not go together"},
           {with_line(4, "starts = []"), 4, "starts is not a table"},
           {with_line(4, "starts = [1]"), 4, "starts holds what is not a table"},
           {with_line(4, "starts = { event = 'CaseClosed', field = 'occurred_at', matter = 'who' }"), 4,
            "matter 'who' names no matter in CaseClosed"},
           {with_line(4, "starts = { event = 'CaseClosed', field = 'occurred_at', and_named = 1 }"), 4,
            "and_named is neither true nor false"},
           {sound_with("[rules]"), 8, "unknown key 'rules' in the file"},
           {"\nrule = 1\n", 2, "rule is not a list: write [[rule]]"},
           {"\nboard = 1\n", 2, "board is not a table"},
       }) {
    const auto table = load_rules(c.text, "test.toml", KnownFields{});
    ASSERT_FALSE(table) << c.message;
    EXPECT_EQ(table.error().code, Code::kInvalid);
    EXPECT_EQ(table.error().message, c.message);
    EXPECT_EQ(table.error().where, "test.toml:" + std::to_string(c.line)) << c.message;
  }
}

TEST(LoadRulesTest, RefusesWhatIsNotTomlAtItsLine) {
  for (const std::string_view text :
       {"[board]\nlate_in_day = ", "[board]\nlate_in_day = 2025-02-30", "[board]\nlate_in_day = 1 late_in_day = 2"}) {
    const auto table = load_rules(text, "test.toml", KnownFields{});
    ASSERT_FALSE(table) << text;
    EXPECT_EQ(table.error().where, "test.toml:2");
    EXPECT_FALSE(table.error().message.empty());
  }
}

TEST(LoadRulesTest, RefusesAFileThatIsTooLong) {
  const auto table = load_rules(std::string(kMaxRuleFileBytes + 1, '\n'), "test.toml", KnownFields{});
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, Code::kTooLarge);
}

TEST(LoadRulesTest, RefusesTwoVersionsValidOnOneDay) {
  const std::string until = joined(kSound) + "valid_to = 2025-06-30\n";
  const auto load_after = [&until](std::string_view validity) {
    return load_rules(until + joined(kSound) + std::string(validity), "test.toml", KnownFields{});
  };
  EXPECT_TRUE(load_after("valid_from = 2025-07-01\n"));
  const auto table = load_after("valid_from = 2025-06-30\n");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().message, "FOLLOW_2M is valid on days when the entry at test.toml:1 is");
  EXPECT_EQ(table.error().where, "test.toml:9");
  EXPECT_FALSE(load_after(""));
}

TEST(LoadRulesTest, RefusesOverlapsAcrossFilesAndLetsTheLaterBoardSpeak) {
  std::vector<RuleFile> files{{"law.toml", joined(kSound)}, {"board.toml", "[board]\nlate_in_day = 15\n"}};
  const auto table = load_rules(files, KnownFields{});
  ASSERT_TRUE(table);
  EXPECT_EQ(table->settings().late_in_day, 15);
  files[1].text =
      "\n[[rule]]\nid = 'FOLLOW_2M'\nkind = 'policy'\nlimit = 'given'\nadjust = 'none'\n"
      "met_by = ['CaseClosed']\nstarts = { event = 'DeadlineSet', field = 'due' }\n";
  const auto overlapping = load_rules(files, KnownFields{});
  ASSERT_FALSE(overlapping);
  EXPECT_EQ(overlapping.error().where, "board.toml:2");
}

TEST(LoadRulesTest, ReadsWhatNarrowsAnEventAndWhoseClockItIs) {
  const RuleTable table = load(R"([[rule]]
id = "A"
kind = "policy"
starts = [
  { event = "InvestigationOpened", field = "occurred_at", matter = "report_ids", and_named = true },
  { event = "CaseClosed", field = ["occurred_at"], after = ["ReportReceived"], before = [
    "DeadlineSet"], through = { event = "InvestigationOpened", field = "report_ids", where = { channel = "police" } } },
]
limit = "24m"
then = "12m"
adjust = "none"
restarts_by = [
  { event = "CaseClosed", where = { channel = ["a", "b"] }, unless = { mandated = true }, anywhere = true },
]
)");
  const Rule& rule = table.rules()[0];
  ASSERT_EQ(rule.starts.size(), 2U);
  EXPECT_EQ(rule.starts[0].matter, "report_ids");
  EXPECT_TRUE(rule.starts[0].and_named);
  ASSERT_EQ(rule.starts[1].through.size(), 1U);
  EXPECT_EQ(rule.starts[1].through[0].field, "report_ids");
  EXPECT_EQ(rule.starts[1].after[0].event, "ReportReceived");
  EXPECT_EQ(rule.starts[1].before[0].event, "DeadlineSet");
  EXPECT_EQ(rule.then, (Limit{Limit::Unit::kMonths, 12}));
  ASSERT_EQ(rule.restarts_by.size(), 1U);
  EXPECT_EQ(rule.restarts_by[0].where, (FieldValues{{"channel", "a"}, {"channel", "b"}}));
  EXPECT_EQ(rule.restarts_by[0].unless, (FieldValues{{"mandated", "true"}}));
  EXPECT_TRUE(rule.restarts_by[0].anywhere);
  EXPECT_EQ(table.started_by("CaseClosed").size(), 1U);
}

TEST(LoadRulesTest, ABoardSetsThePoliciesLimitsAndNeverTheLaws) {
  const std::string policy = joined(kSound);
  EXPECT_EQ(load(policy + "[board.limits]\nFOLLOW_2M = '3m'\n").rules()[0].limit, (Limit{Limit::Unit::kMonths, 3}));
  EXPECT_FALSE(counts(load(policy + "[board.limits]\nFOLLOW_2M = 'none'\n").rules()[0]));
  const auto law = with_line(3, "kind = 'statute'") + "law = 'SoL'\nsection = '1'\n[board.limits]\nFOLLOW_2M = '3m'\n";
  const auto refused = load_rules(law, "test.toml", KnownFields{});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "the limit of FOLLOW_2M is the law's");
  EXPECT_EQ(refused.error().where, "test.toml:11");
}

TEST(RuleTableTest, WhatWasNotYetKnownLeavesTheFormerVersionWithoutEnd) {
  const RuleTable table = load(joined(kSound) + "valid_to = 2025-06-30\n" + joined(kSound) +
                               "valid_from = 2025-07-01\nknown_from = 2025-05-15\n");
  const Rule* former = &table.rules()[0];
  const Rule* latter = &table.rules()[1];
  EXPECT_EQ(table.find("FOLLOW_2M", day("2025-06-30")), former);
  EXPECT_EQ(table.find("FOLLOW_2M", day("2025-07-01")), latter);
  EXPECT_EQ(table.find("FOLLOW_2M", day("2025-07-01"), day("2025-05-15")), latter);
  EXPECT_EQ(table.find("FOLLOW_2M", day("2025-07-01"), day("2025-05-14")), former);
  EXPECT_TRUE(table.in_force(*former, day("2025-07-01"), day("2025-05-14")));
  EXPECT_FALSE(table.in_force(*latter, day("2025-07-01"), day("2025-05-14")));
}

TEST(RuleTableTest, ARuleThatEndedWithoutSuccessorStaysEnded) {
  const RuleTable table = load(joined(kSound) + "valid_to = 2025-06-30\n");
  EXPECT_NE(table.find("FOLLOW_2M", day("2025-06-30"), day("2020-01-01")), nullptr);
  EXPECT_EQ(table.find("FOLLOW_2M", day("2025-07-01"), day("2020-01-01")), nullptr);
}

TEST(RuleTableTest, ListsStayGoodWhenTheTableMoves) {
  RuleTable first = load(joined(kSound));
  const RuleTable second = std::move(first);
  ASSERT_EQ(second.started_by("InvestigationConcluded").size(), 1U);
  EXPECT_EQ(second.started_by("InvestigationConcluded")[0], &second.rules()[0]);
}

TEST(RuleTableTest, TheVersionFollowsTheContentOnly) {
  const std::string other = with_line(2, "id = 'OTHER'");
  const std::string version = load(joined(kSound) + other).version();
  EXPECT_EQ(version.size(), 16U);
  EXPECT_EQ(version.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(load(other + "# a remark\n\n" + joined(kSound) + "swedish = 'uppföljning'\n").version(), version);
  EXPECT_NE(load(joined(kSound)).version(), version);
  EXPECT_NE(load(with_line(5, "limit = '3m'") + other).version(), version);
  EXPECT_NE(load(joined(kSound) + other + "until_age = 18\n").version(), version);
  EXPECT_NE(load(joined(kSound) + other + "[board]\nlate_in_day = 15\n").version(), version);
}

}  // namespace
}  // namespace minne
