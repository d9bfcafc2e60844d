// Every refusal of decide, and that what would make it pass passes. No log and no disk: decide is a function of rows.
#include "tests/projections/memory_fixture.h"

#include "projections/decide.h"

#include <map>
#include <optional>
#include <set>

namespace minne {
namespace {

using Events = std::vector<json::object>;

const DeadlineRules& rules() {
  static const auto built = DeadlineRules::built_in().value();
  return *built;
}

// What decide says of `proposed` after the appends of `given`, each of which it must accept.
class World {
 public:
  World() = default;
  explicit World(const std::vector<Events>& given) {
    for (const auto& events : given) {
      const auto accepted = append(events);
      EXPECT_TRUE(accepted) << "given: " << accepted.error().message << " at " << accepted.error().where;
    }
  }

  Result<> append(const Events& events) {
    std::vector<EncodedEvent> bytes;
    std::vector<Proposed> proposed;
    std::map<Id, CaseRow> rows;
    for (const auto& event : events) bytes.push_back(encoded(event));
    for (std::size_t i = 0; i < events.size(); ++i) {
      const auto id = case_of(events[i]);
      if (!rows.contains(id)) rows.emplace(id, fold_case(id, stored_[id], rules()));
      proposed.push_back({id, &bytes[i], "/events/" + std::to_string(i)});
    }
    const auto decided = decide(context(), rows, proposed);
    if (!decided) return decided.error();
    for (std::size_t i = 0; i < events.size(); ++i) {
      auto& stream = stored_[proposed[i].case_id];
      stream.push_back({++head_, static_cast<Version>(stream.size() + 1), {}, bytes[i]});
      take_token(proposed[i].event(), proposed[i].case_id);
      take_staff(proposed[i].event());
    }
    return {};
  }

 private:
  DecideContext context() {
    return {rules(),
            head_,
            [this](const Id& case_id) -> Result<std::vector<StoredEvent>> { return stored_[case_id]; },
            [this](const Id& case_id, Version version) {
              const auto& stream = stored_[case_id];
              return version <= stream.size() ? stream[version - 1].position : head_;
            },
            [this](std::string_view token, const Id& except) -> Result<std::optional<Id>> {
              const auto found = tokens_.find(std::string{token});
              if (found == tokens_.end() || found->second == except) return std::optional<Id>{};
              return std::optional{found->second};
            },
            [this](std::string_view worker) -> Result<bool> { return left_.contains(std::string{worker}); }};
  }
  void take_staff(const Event& event) {
    if (const auto* left = event.body_as_StaffLeft(); left != nullptr) left_.emplace(text_of(left->worker()));
    if (const auto* joined = event.body_as_StaffJoined(); joined != nullptr) {
      left_.erase(std::string{text_of(joined->worker())});
    }
  }
  void take_token(const Event& event, const Id& case_id) {
    const auto* opened = event.body_as_CaseOpened();
    if (opened == nullptr || opened->subject_token() == nullptr) return;
    tokens_.emplace(std::string{opened->subject_token()->begin(), opened->subject_token()->end()}, case_id);
  }

  std::map<Id, std::vector<StoredEvent>> stored_;
  std::map<std::string, Id> tokens_;
  std::set<std::string> left_;
  Position head_ = 0;
};

struct Refusal {
  std::string name;
  std::vector<Events> given;
  Events refused;
  Code code = Code::kRefused;
  std::string where;
  std::string invariant;  // "": none, or that of what any event needs
  Events passes;          // what would make it pass; empty: nothing would
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class DecideTest : public ::testing::TestWithParam<Refusal> {};

TEST_P(DecideTest, RefusesItAndAcceptsWhatTheMessageAsksFor) {
  const auto& row = GetParam();
  World world(row.given);
  const auto decided = world.append(row.refused);
  ASSERT_FALSE(decided);
  const Error error = decided.error();
  EXPECT_EQ(row.code, error.code) << error.message;
  EXPECT_EQ(row.where, error.where) << error.message;
  EXPECT_FALSE(error.message.empty());
  const auto* invariant = error.details.if_contains("invariant");
  auto named = invariant == nullptr ? std::string{} : std::string{invariant->as_string()};
  if (row.invariant.empty() && (named == "names-what-is-there" || named == "complete-event")) named.clear();
  EXPECT_EQ(row.invariant, named);
  const auto* basis = error.details.if_contains("basis");  // the law or practice behind it
  EXPECT_EQ(invariant != nullptr, basis != nullptr && !basis->as_string().empty());
  if (row.passes.empty()) return;
  const auto accepted = world.append(row.passes);
  EXPECT_TRUE(accepted) << accepted.error().message << " at " << accepted.error().where;
}

// --- events, short
// ----------------------------------------------------------------------------------------------------

json::object of(std::string_view type, std::string_view id, std::string_view matter, std::string_view occurred,
                json::object body = {}) {
  auto out = event(type, id, "anna", occurred, std::move(body));
  if (!matter.empty()) out["matter"] = uuid(matter);
  return out;
}
json::object not_opened(std::string_view id, const std::vector<std::string>& reports,
                        std::string_view occurred = "2026-02-10", std::string_view override_reason = {}) {
  json::object body{{"report_ids", uuids(reports)}, {"reason_code", "no_need"}};
  if (!override_reason.empty()) body["override_reason"] = override_reason;
  return of("InvestigationNotOpened", id, {}, occurred, std::move(body));
}
json::object investigation(std::string_view id, const std::vector<std::string>& reports,
                           std::string_view occurred = "2026-02-10", std::string_view basis = "reports") {
  return of("InvestigationOpened", id, {}, occurred, {{"report_ids", uuids(reports)}, {"basis", basis}});
}
json::object joined(std::string_view id, std::string_view report, std::string_view into,
                    std::string_view occurred = "2026-02-12") {
  return of("ReportJoinedInvestigation", id, report, occurred, {{"investigation_id", uuid(into)}});
}
json::object reviewed(std::string_view id, std::string_view report, const std::vector<std::string>& shown,
                      int position = 3) {
  return of("PriorHistoryReviewed", id, report, "2026-02-09",
            {{"shown_report_ids", uuids(shown)}, {"position", position}});
}
json::object prelim_extended(std::string_view id, std::string_view report, std::string_view to,
                             std::string_view occurred = "2026-02-10") {
  return of("PreliminaryExtended", id, report, occurred, {{"new_date", to}, {"reason", "interpreter"}});
}
json::object extended(std::string_view id, std::string_view matter, std::string_view to,
                      std::string_view occurred = "2026-03-10") {
  return of("InvestigationExtended", id, matter, occurred, {{"new_end", to}, {"reason", "records"}});
}
json::object concluded(std::string_view id, std::string_view matter, std::string_view occurred = "2026-04-10") {
  return of("InvestigationConcluded", id, matter, occurred, {{"outcome", "none_needed"}});
}
json::object assigned(std::string_view id, std::string_view matter, std::string_view worker,
                      std::string_view role = "responsible") {
  return of("CaseAssigned", id, matter, "2026-02-10", {{"worker", worker}, {"role", role}});
}
json::object handed_over(std::string_view id, std::string_view matter, std::string_view from, std::string_view to) {
  return of("CaseHandedOver", id, matter, "2026-02-11", {{"from", from}, {"to", to}});
}
json::object acknowledged(std::string_view id, std::string_view matter, std::string_view worker, int position = 1) {
  return of("HandoverAcknowledged", id, matter, "2026-02-12", {{"worker", worker}, {"read_position", position}});
}
json::object assignment_ended(std::string_view id, std::string_view matter, std::string_view worker) {
  return of("AssignmentEnded", id, matter, "2026-02-12", {{"worker", worker}, {"reason", "leave"}});
}
json::object staff(std::string_view type, std::string_view id, std::string_view worker) {
  return event(type, id, "staff " + std::string{worker}, "2026-02-15", {{"worker", worker}});
}
json::object same_incident(std::string_view id, std::string_view report, std::string_view primary) {
  return of("ReportMarkedSameIncident", id, report, "2026-02-12", {{"primary_report_id", uuid(primary)}});
}
json::object corrected(std::string_view id, std::string_view target, json::object replacement) {
  return of("EventCorrected", id, {}, "2026-02-20",
            {{"target", uuid(target)}, {"replacement", std::move(replacement)}, {"reason", "stamp"}});
}
json::object replacement(std::string_view type, json::object body = {}) {
  return {{"type", type}, {"occurred_at", "2026-02-05"}, {"body", std::move(body)}};
}
json::object misfiled(std::string_view id, std::string_view target, std::string_view right = "bo",
                      std::string_view wrong = "anna") {
  return event("EventMisfiled", id, wrong, "2026-02-20", {{"target", uuid(target)}, {"right_case", uuid(right)}});
}
json::object refiled(std::string_view id, std::string_view origin, json::object original, std::string_view right = "bo",
                     std::string_view wrong = "anna") {
  return event("EventRefiled", id, right, "2026-02-20",
               {{"origin_case", uuid(wrong)}, {"origin_event", uuid(origin)}, {"original", std::move(original)}});
}
// What a refiling brings along: the event as it was, without the case that it was in.
json::object copy(json::object original) {
  original.erase("case");
  return original;
}
json::object as_replacement(json::object original) {
  original.erase("case");
  original.erase("id");
  return original;
}
json::object without_matter(json::object event) {
  event.erase("matter");
  return event;
}
json::object called(json::object event, std::string_view id) {
  event["id"] = uuid(id);
  return event;
}
json::object acted(json::object event, std::string_view worker) {
  event["actor"] = json::object{{"id", worker}};
  return event;
}
json::object with_text(json::object report, std::string_view text) {
  report["sealed"] = json::object{{"free_text_ref", text}};
  return report;
}
json::object without(json::object event, std::string_view field) {
  event["body"].as_object().erase(field);
  return event;
}
json::object with_number(json::object event, std::string_view number) {
  event["sealed"] = json::object{{"person_number", number}};
  return event;
}

const std::vector<Events> kOpen = {{opened("anna")}, {opened("bo")}};
std::vector<Events> after(std::vector<Events> more) {
  auto out = kOpen;
  out.insert(out.end(), more.begin(), more.end());
  return out;
}
std::vector<Events> with_report() { return after({{report("r1", "anna", "2026-02-02")}}); }
std::vector<Events> with_two_reports() {
  return after({{report("r1", "anna", "2026-02-02")}, {report("r2", "anna", "2026-02-04")}});
}
std::vector<Events> with_investigation() { return after({{investigation("i1", {}, "2026-02-03", "application")}}); }

// --- every refusal
// ----------------------------------------------------------------------------------------------------

std::vector<Refusal> file_refusals() {
  return {
      {"TheFirstEventOfACaseIsCaseOpened",
       {},
       {note("n", "anna")},
       Code::kRefused,
       "/events/0/type",
       "case-opened-first",
       {opened("anna"), note("n", "anna")}},
      {"ACaseIsOpenedOnce",
       kOpen,
       {event("CaseOpened", "again", "anna", "2026-02-01")},
       Code::kRefused,
       "/events/0/type",
       "case-opened-once",
       {of("SubjectFactsRecorded", "f", {}, "2026-02-01", {{"birth_date", "2015-01-01"}})}},
      {"ACaseIsOpenedOnceInOneAppendToo",
       {},
       {opened("anna"), event("CaseOpened", "again", "anna", "2026-02-01")},
       Code::kRefused,
       "/events/1/type",
       "case-opened-once",
       {opened("anna")}},
      {"ANumberIsNoReference",
       {},
       {opened("anna", {{"external_ref", "20100101-2382"}})},
       Code::kRefused,
       "/events/0/body/external_ref",
       "number-never-a-reference",
       {opened("anna", {{"external_ref", "A-20100101"}})}},
      {"APersonHasOneCase",
       {{with_number(opened("anna"), "20100101-2382")}},
       {with_number(opened("bo"), "201001012382")},
       Code::kConflict,
       "/events/0/sealed/person_number",
       "",
       {opened("bo")}},
      {"APersonHasOneCaseWhenIdentifiedLater",
       {{with_number(opened("anna"), "20100101-2382")}, {opened("bo")}},
       {with_number(event("ChildIdentityLinked", "l", "bo", "2026-02-03"), "20100101-2382")},
       Code::kConflict,
       "/events/0/sealed/person_number",
       "",
       {with_number(event("ChildIdentityLinked", "l", "anna", "2026-02-03"), "20100101-2382")}},
  };
}

std::vector<Refusal> report_refusals() {
  std::vector<Refusal> out;
  for (const auto* type : {"ReportSupplemented", "ProtectionAssessmentMade"}) {
    out.push_back({std::string{type} + "NamesAReport",
                   with_report(),
                   {of(type, "x", "r9", "2026-02-03")},
                   Code::kRefused,
                   "/events/0/matter",
                   "",
                   {of(type, "x", "r1", "2026-02-03")}});
  }
  const auto joinable = after({{report("r1", "anna", "2026-02-02")},
                               {report("r2", "anna", "2026-02-04")},
                               {investigation("i1", {"r1"}, "2026-02-06")}});
  const std::vector<Refusal> rest = {
      {"JoiningNamesAReport",
       joinable,
       {joined("x", "r9", "i1")},
       Code::kRefused,
       "/events/0/matter",
       "",
       {joined("x", "r2", "i1")}},
      {"JoiningNeedsAnUndecidedReport",
       joinable,
       {joined("x", "r1", "i1")},
       Code::kRefused,
       "/events/0/matter",
       "report-undecided",
       {joined("x", "r2", "i1")}},
      {"JoiningNamesAnInvestigation",
       joinable,
       {joined("x", "r2", "i9")},
       Code::kRefused,
       "/events/0/body/investigation_id",
       "",
       {joined("x", "r2", "i1")}},
      {"JoiningNeedsTheInvestigationOpenThatDay",
       joinable,
       {joined("x", "r2", "i1", "2026-02-05")},
       Code::kRefused,
       "/events/0/body/investigation_id",
       "joins-an-open-investigation",
       {joined("x", "r2", "i1", "2026-02-06")}},
      {"NoReportJoinsAConcludedInvestigation",
       after({{report("r1", "anna", "2026-02-02")},
              {report("r2", "anna", "2026-02-04")},
              {investigation("i1", {"r1"}, "2026-02-06")},
              {concluded("c", "i1", "2026-02-08")}}),
       {joined("x", "r2", "i1", "2026-02-09")},
       Code::kRefused,
       "/events/0/body/investigation_id",
       "joins-an-open-investigation",
       {joined("x", "r2", "i1", "2026-02-08")}},
      {"JoiningIsNotBeforeTheReport",
       after({{report("r2", "anna", "2026-02-08")}, {investigation("i1", {}, "2026-02-03", "application")}}),
       {joined("x", "r2", "i1", "2026-02-07")},
       Code::kRefused,
       "/events/0/occurred_at",
       "chronology",
       {joined("x", "r2", "i1", "2026-02-08")}},
      {"ASameIncidentMarkNamesAReport",
       with_two_reports(),
       {same_incident("x", "r9", "r1")},
       Code::kRefused,
       "/events/0/matter",
       "",
       {same_incident("x", "r2", "r1")}},
      {"ASameIncidentMarkNamesAPrimaryReport",
       with_two_reports(),
       {same_incident("x", "r2", "r9")},
       Code::kRefused,
       "/events/0/body/primary_report_id",
       "",
       {same_incident("x", "r2", "r1")}},
      {"AReportIsNotTheSameIncidentAsItself",
       with_two_reports(),
       {same_incident("x", "r1", "r1")},
       Code::kRefused,
       "/events/0/body/primary_report_id",
       "same-incident-forward",
       {same_incident("x", "r2", "r1")}},
      {"SameIncidentMarksMakeNoRing",
       after({{report("r1", "anna")}, {report("r2", "anna")}, {same_incident("s", "r2", "r1")}}),
       {same_incident("x", "r1", "r2")},
       Code::kRefused,
       "/events/0/body/primary_report_id",
       "same-incident-forward",
       {same_incident("x", "r2", "r1")}},
      {"AReviewNamesAReport",
       with_two_reports(),
       {reviewed("x", "r9", {})},
       Code::kRefused,
       "/events/0/matter",
       "",
       {reviewed("x", "r2", {"r1"})}},
      {"AReviewShowsEveryEarlierReport",
       with_two_reports(),
       {reviewed("x", "r2", {})},
       Code::kRefused,
       "/events/0/body/shown_report_ids",
       "history-seen",
       {reviewed("x", "r2", {"r1"})}},
      {"AReviewShowsNoOtherReport",
       with_two_reports(),
       {reviewed("x", "r1", {"r2"})},
       Code::kRefused,
       "/events/0/body/shown_report_ids",
       "history-seen",
       {reviewed("x", "r1", {})}},
      {"AReviewIsOfWhatTheLogHolds",
       with_two_reports(),
       {reviewed("x", "r2", {"r1"}, 5)},
       Code::kRefused,
       "/events/0/body/position",
       "history-seen",
       {reviewed("x", "r2", {"r1"}, 4)}},
      {"AReviewIsOfAllThatTheLogHeldOfTheChild",
       with_two_reports(),
       {reviewed("x", "r2", {"r1"}, 2)},
       Code::kRefused,
       "/events/0/body/position",
       "history-seen",
       {reviewed("x", "r2", {"r1"}, 3)}},
      {"AReviewShowsWhatWasReceivedBeforeThoughRecordedLater",
       after({{report("r2", "anna", "2026-02-04")}, {report("r1", "anna", "2026-02-02")}}),
       {reviewed("x", "r2", {}, 4)},
       Code::kRefused,
       "/events/0/body/shown_report_ids",
       "history-seen",
       {reviewed("x", "r2", {"r1"}, 4)}},
      {"ACorrectedReviewShowsWhatItCouldHaveShown",
       after(
           {{report("r2", "anna", "2026-02-04")}, {reviewed("v", "r2", {}, 3)}, {report("r1", "anna", "2026-02-02")}}),
       {corrected("x", "v", as_replacement(reviewed("v", "r2", {"r1"}, 3)))},
       Code::kRefused,
       "/events/0/body/replacement/body/shown_report_ids",
       "history-seen",
       {corrected("x", "v", as_replacement(reviewed("v", "r2", {}, 3)))}},
      {"AReviewSaysItsPosition",
       with_two_reports(),
       {without(reviewed("x", "r2", {"r1"}), "position")},
       Code::kRefused,
       "/events/0/body/position",
       "history-seen",
       {reviewed("x", "r2", {"r1"}, 4)}},
  };
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

std::vector<Refusal> decision_refusals() {
  const auto decided = after({{report("r1", "anna", "2026-02-02")},
                              {not_opened("no", {"r1"}, "2026-02-04")},
                              {report("r2", "anna", "2026-02-05")}});
  return {
      {"AnExtensionNamesAReport",
       with_report(),
       {prelim_extended("x", "r9", "2026-03-01")},
       Code::kRefused,
       "/events/0/matter",
       "",
       {prelim_extended("x", "r1", "2026-03-01")}},
      {"ADecidedReportIsNotExtended",
       decided,
       {prelim_extended("x", "r1", "2026-03-01")},
       Code::kRefused,
       "/events/0/matter",
       "report-undecided",
       {prelim_extended("x", "r2", "2026-03-01")}},
      {"AnExtensionIsNotBeforeTheReport",
       with_report(),
       {prelim_extended("x", "r1", "2026-03-01", "2026-02-01")},
       Code::kRefused,
       "/events/0/occurred_at",
       "chronology",
       {prelim_extended("x", "r1", "2026-03-01", "2026-02-02")}},
      {"APreliminaryExtensionMovesTheDateForward",
       with_report(),
       {prelim_extended("x", "r1", "2026-02-16")},
       Code::kRefused,
       "/events/0/body/new_date",
       "extension-later",
       {prelim_extended("x", "r1", "2026-02-17")}},
      {"ASecondPreliminaryExtensionIsLaterThanTheFirst",
       after({{report("r1", "anna", "2026-02-02")}, {prelim_extended("e", "r1", "2026-02-20")}}),
       {prelim_extended("x", "r1", "2026-02-20")},
       Code::kRefused,
       "/events/0/body/new_date",
       "extension-later",
       {prelim_extended("x", "r1", "2026-02-21")}},
      {"NotOpeningCitesReportsOfTheCase",
       with_report(),
       {not_opened("x", {"r1", "r9"})},
       Code::kRefused,
       "/events/0/body/report_ids/1",
       "",
       {not_opened("x", {"r1"})}},
      {"NotOpeningCitesUndecidedReports",
       decided,
       {not_opened("x", {"r1"})},
       Code::kRefused,
       "/events/0/body/report_ids/0",
       "report-undecided",
       {reviewed("v", "r2", {"r1"}), not_opened("x", {"r2"})}},
      {"OpeningCitesUndecidedReports",
       decided,
       {investigation("x", {"r1"})},
       Code::kRefused,
       "/events/0/body/report_ids/0",
       "report-undecided",
       {reviewed("v", "r2", {"r1"}), investigation("x", {"r2"})}},
      {"ADecisionIsNotBeforeItsReport",
       with_report(),
       {not_opened("x", {"r1"}, "2026-02-01")},
       Code::kRefused,
       "/events/0/occurred_at",
       "chronology",
       {not_opened("x", {"r1"}, "2026-02-02")}},
      {"AnOpeningIsNotBeforeItsReport",
       with_report(),
       {investigation("x", {"r1"}, "2026-02-01")},
       Code::kRefused,
       "/events/0/occurred_at",
       "chronology",
       {investigation("x", {"r1"}, "2026-02-02")}},
      {"NotOpeningRestsOnAReviewOfEarlierReports",
       with_two_reports(),
       {not_opened("x", {"r2"})},
       Code::kRefused,
       "/events/0/body/report_ids",
       "history-reviewed-first",
       {reviewed("v", "r2", {"r1"}), not_opened("x", {"r2"})}},
      {"NotOpeningWithoutReviewNeedsAReason",
       with_two_reports(),
       {not_opened("x", {"r2"})},
       Code::kRefused,
       "/events/0/body/report_ids",
       "history-reviewed-first",
       {not_opened("x", {"r2"}, "2026-02-10", "night_shift")}},
      {"OpeningRestsOnAReviewOfEarlierReports",
       with_two_reports(),
       {investigation("x", {"r2"})},
       Code::kRefused,
       "/events/0/body/report_ids",
       "history-reviewed-first",
       {reviewed("v", "r2", {"r1"}), investigation("x", {"r2"})}},
      {"AReviewDoesNotCoverAnEarlierReportRecordedAfterIt",
       after(
           {{report("r2", "anna", "2026-02-04")}, {reviewed("v", "r2", {}, 3)}, {report("r1", "anna", "2026-02-02")}}),
       {not_opened("x", {"r2"})},
       Code::kRefused,
       "/events/0/body/report_ids",
       "history-reviewed-first",
       {reviewed("w", "r2", {"r1"}, 5), not_opened("x", {"r2"})}},
      {"CitingAllEarlierReportsIsHavingSeenThem",
       with_two_reports(),
       {not_opened("x", {"r2"})},
       Code::kRefused,
       "/events/0/body/report_ids",
       "history-reviewed-first",
       {not_opened("x", {"r1", "r2"})}},
      {"AReportDuringAnInvestigationIsJoined",
       after({{investigation("i1", {}, "2026-02-01", "application")}, {report("r1", "anna", "2026-02-02")}}),
       {not_opened("x", {"r1"})},
       Code::kRefused,
       "/events/0/body/report_ids",
       "open-investigation-joined",
       {joined("x", "r1", "i1")}},
      {"AReportDuringAnInvestigationIsDecidedForAReason",
       after({{investigation("i1", {}, "2026-02-01", "application")}, {report("r1", "anna", "2026-02-02")}}),
       {not_opened("x", {"r1"})},
       Code::kRefused,
       "/events/0/body/report_ids",
       "open-investigation-joined",
       {not_opened("x", {"r1"}, "2026-02-10", "other_matter")}},
      {"AfterTheInvestigationAReportOfItsTimeCanBeDecided",
       after({{investigation("i1", {}, "2026-02-01", "application")}, {report("r1", "anna", "2026-02-02")}}),
       {not_opened("x", {"r1"})},
       Code::kRefused,
       "/events/0/body/report_ids",
       "open-investigation-joined",
       {concluded("c", "i1", "2026-02-09"), not_opened("x", {"r1"})}},
      {"OpeningOnReportsCitesSome",
       kOpen,
       {investigation("x", {})},
       Code::kRefused,
       "/events/0/body/basis",
       "opened-on-some-ground",
       {investigation("x", {}, "2026-02-10", "own_knowledge")}},
      {"OpeningWithoutBasisCitesReports",
       with_report(),
       {without(investigation("x", {}), "basis")},
       Code::kRefused,
       "/events/0/body/basis",
       "opened-on-some-ground",
       {without(investigation("x", {"r1"}), "basis")}},
  };
}

std::vector<Refusal> investigation_refusals() {
  const auto ended = after({{investigation("i1", {}, "2026-02-03", "application")},
                            {concluded("c", "i1", "2026-03-01")},
                            {investigation("i2", {}, "2026-03-02", "application")}});
  return {
      {"InformingNamesAnInvestigation",
       with_investigation(),
       {of("PartyInformed", "x", "i9", "2026-02-04")},
       Code::kRefused,
       "/events/0/matter",
       "",
       {of("PartyInformed", "x", "i1", "2026-02-04")}},
      {"ExtendingNamesAnInvestigation",
       with_investigation(),
       {extended("x", "i9", "2026-07-01")},
       Code::kRefused,
       "/events/0/matter",
       "",
       {extended("x", "i1", "2026-07-01")}},
      {"ExtendingNeedsAnOpenInvestigation",
       ended,
       {extended("x", "i1", "2026-07-03")},
       Code::kRefused,
       "/events/0/matter",
       "investigation-open",
       {extended("x", "i2", "2026-07-03")}},
      {"ExtendingIsNotBeforeTheOpening",
       with_investigation(),
       {extended("x", "i1", "2026-07-01", "2026-02-02")},
       Code::kRefused,
       "/events/0/occurred_at",
       "chronology",
       {extended("x", "i1", "2026-07-01", "2026-02-03")}},
      {"AnExtensionMovesTheEndForward",
       with_investigation(),
       {extended("x", "i1", "2026-06-03")},
       Code::kRefused,
       "/events/0/body/new_end",
       "extension-later",
       {extended("x", "i1", "2026-06-04")}},
      {"ASecondExtensionIsLaterThanTheFirst",
       after({{investigation("i1", {}, "2026-02-03", "application")}, {extended("e", "i1", "2026-07-01")}}),
       {extended("x", "i1", "2026-06-30")},
       Code::kRefused,
       "/events/0/body/new_end",
       "extension-later",
       {extended("x", "i1", "2026-07-02")}},
      {"ConcludingNamesAnInvestigation",
       with_investigation(),
       {concluded("x", "i9")},
       Code::kRefused,
       "/events/0/matter",
       "",
       {concluded("x", "i1")}},
      {"AnInvestigationIsConcludedOnce",
       ended,
       {concluded("x", "i1")},
       Code::kRefused,
       "/events/0/matter",
       "investigation-open",
       {concluded("x", "i2")}},
      {"ConcludingIsNotBeforeTheOpening",
       with_investigation(),
       {concluded("x", "i1", "2026-02-02")},
       Code::kRefused,
       "/events/0/occurred_at",
       "chronology",
       {concluded("x", "i1", "2026-02-03")}},
  };
}

std::vector<Refusal> assignment_refusals() {
  const auto held = after({{report("r1", "anna", "2026-02-02")}, {assigned("a", "r1", "eva")}});
  return {
      {"AnAssignmentNamesAMatter",
       with_report(),
       {assigned("x", "r9", "eva")},
       Code::kRefused,
       "/events/0/matter",
       "",
       {assigned("x", "r1", "eva")}},
      {"AMatterHasOneResponsibleWorker",
       held,
       {assigned("x", "r1", "leo")},
       Code::kRefused,
       "/events/0/body/worker",
       "one-responsible-worker",
       {handed_over("x", "r1", "eva", "leo")}},
      {"TheNextIsAssignedWhenTheFirstHasEnded",
       held,
       {assigned("x", "r1", "leo")},
       Code::kRefused,
       "/events/0/body/worker",
       "one-responsible-worker",
       {assignment_ended("e", "r1", "eva"), assigned("x", "r1", "leo")}},
      {"OthersMayBeAssignedBeside",
       held,
       {assigned("x", "r1", "leo")},
       Code::kRefused,
       "/events/0/body/worker",
       "one-responsible-worker",
       {assigned("x", "r1", "leo", "co_worker"), assigned("y", {}, "leo")}},
      {"AHandoverIsFromWhoHasIt",
       held,
       {handed_over("x", "r1", "leo", "maj")},
       Code::kRefused,
       "/events/0/body/from",
       "assigned-now",
       {handed_over("x", "r1", "eva", "maj")}},
      {"AHandoverIsOfThisMatter",
       held,
       {handed_over("x", {}, "eva", "maj")},
       Code::kRefused,
       "/events/0/body/from",
       "assigned-now",
       {handed_over("x", "r1", "eva", "maj")}},
      {"AHandoverNamesAMatter",
       held,
       {handed_over("x", "r9", "eva", "maj")},
       Code::kRefused,
       "/events/0/matter",
       "",
       {handed_over("x", "r1", "eva", "maj")}},
      {"AnAcknowledgementIsOfWhoHasIt",
       held,
       {acknowledged("x", "r1", "leo")},
       Code::kRefused,
       "/events/0/body/worker",
       "assigned-now",
       {handed_over("h", "r1", "eva", "leo"), acknowledged("x", "r1", "leo")}},
      {"AnAcknowledgementReadsWhatTheLogHolds",
       held,
       {acknowledged("x", "r1", "eva", 5)},
       Code::kRefused,
       "/events/0/body/read_position",
       "read-position-reached",
       {acknowledged("x", "r1", "eva", 4)}},
      {"AnEndIsOfWhoHasIt",
       held,
       {assignment_ended("x", "r1", "leo")},
       Code::kRefused,
       "/events/0/body/worker",
       "assigned-now",
       {assignment_ended("x", "r1", "eva")}},
      {"AnAssignmentEndsOnce",
       held,
       {assignment_ended("x", "r1", "eva"), assignment_ended("y", "r1", "eva")},
       Code::kRefused,
       "/events/1/body/worker",
       "assigned-now",
       {assignment_ended("x", "r1", "eva")}},
  };
}

std::vector<Refusal> staff_refusals() {
  const auto gone = after({{staff("StaffJoined", "j", "leo")},
                           {staff("StaffLeft", "l", "leo")},
                           {report("r1", "anna", "2026-02-02")},
                           {assigned("a", "r1", "eva")}});
  return {
      {"WhoHasLeftIsNotAssigned",
       gone,
       {assigned("x", {}, "leo")},
       Code::kRefused,
       "/events/0/body/worker",
       "assigned-to-who-is-here",
       {staff("StaffJoined", "again", "leo"), assigned("x", {}, "leo")}},
      {"NothingIsHandedOverToWhoHasLeft",
       gone,
       {handed_over("x", "r1", "eva", "leo")},
       Code::kRefused,
       "/events/0/body/to",
       "assigned-to-who-is-here",
       {handed_over("x", "r1", "eva", "maj")}},
      {"WhoLeavesIsNotAssignedInTheSameAppend",
       kOpen,
       {staff("StaffLeft", "l", "leo"), assigned("x", {}, "leo")},
       Code::kRefused,
       "/events/1/body/worker",
       "assigned-to-who-is-here",
       {staff("StaffLeft", "l", "leo"), assigned("x", {}, "maj")}},
      {"LeavingEndsWhatTheSameAppendAssigns",
       kOpen,
       {assigned("x", {}, "leo"), staff("StaffLeft", "l", "leo")},
       Code::kRefused,
       "/events/1/type",
       "leaving-ends-assignments",
       {assigned("x", {}, "leo"), assignment_ended("y", {}, "leo"), staff("StaffLeft", "l", "leo")}},
      {"ACorrectionAssignsNobodyWhoHasLeft",
       gone,
       {corrected("x", "a", as_replacement(assigned("a", "r1", "leo")))},
       Code::kRefused,
       "/events/0/body/replacement",
       "assigned-to-who-is-here",
       {corrected("x", "a", as_replacement(assigned("a", "r1", "maj")))}},
  };
}

std::vector<Refusal> correction_refusals() {
  const auto filed = after({{report("r1", "anna", "2026-02-02")}, {report("r2", "anna", "2026-02-03")}});
  const auto moved = after({{report("r1", "anna", "2026-02-02")},
                            {misfiled("m", "r1"), refiled("f", "r1", copy(report("r1", "anna", "2026-02-02")))}});
  return {
      {"ACorrectionNamesAnEventOfTheCase",
       filed,
       {corrected("x", "r9", replacement("ReportReceived"))},
       Code::kRefused,
       "/events/0/body/target",
       "",
       {corrected("x", "r1", replacement("ReportReceived"))}},
      {"ACorrectionKeepsTheType",
       filed,
       {corrected("x", "r1", replacement("NoteRecorded"))},
       Code::kRefused,
       "/events/0/body/replacement/type",
       "correction-keeps-type",
       {corrected("x", "r1", replacement("ReportReceived"))}},
      {"ACorrectionOfACorrectionKeepsTheFirstType",
       after({{report("r1", "anna")}, {corrected("c", "r1", replacement("ReportReceived"))}}),
       {corrected("x", "c", replacement("NoteRecorded"))},
       Code::kRefused,
       "/events/0/body/replacement/type",
       "correction-keeps-type",
       {corrected("x", "c", replacement("ReportReceived"))}},
      {"ACorrectionOfARefiledEventKeepsItsType",
       moved,
       {event("EventCorrected", "x", "bo", "2026-02-22",
              {{"target", uuid("f")}, {"replacement", replacement("NoteRecorded")}, {"reason", "s"}})},
       Code::kRefused,
       "/events/0/body/replacement/type",
       "correction-keeps-type",
       {event("EventCorrected", "x", "bo", "2026-02-22",
              {{"target", uuid("f")}, {"replacement", replacement("ReportReceived")}, {"reason", "s"}})}},
      {"AReplacementIsCheckedLikeTheOriginal",
       after({{report("r1", "anna")}, {not_opened("no", {"r1"})}}),
       {corrected("x", "no", replacement("InvestigationNotOpened"))},
       Code::kRefused,
       "/events/0/body/replacement/body/report_ids",
       "",
       {corrected("x", "no", as_replacement(not_opened("no", {"r1"})))}},
      {"ACorrectionMakesNoNumberAReference",
       filed,
       {corrected("x", "opened anna", replacement("CaseOpened", {{"external_ref", "20100101-2382"}}))},
       Code::kRefused,
       "/events/0/body/replacement/body/external_ref",
       "number-never-a-reference",
       {corrected("x", "opened anna", replacement("CaseOpened", {{"external_ref", "A-1"}}))}},
      {"ACorrectionGivesNobodyAnothersNumber",
       {{with_number(opened("anna"), "20100101-2382")}, {opened("bo")}},
       {event("EventCorrected", "x", "bo", "2026-02-20",
              {{"target", uuid("opened bo")},
               {"reason", "stamp"},
               {"replacement", with_number(replacement("CaseOpened"), "20100101-2382")}})},
       Code::kConflict,
       "/events/0/body/replacement/sealed/person_number",
       "",
       {event("EventCorrected", "x", "anna", "2026-02-20",
              {{"target", uuid("opened anna")},
               {"reason", "stamp"},
               {"replacement", with_number(replacement("CaseOpened"), "20100101-2382")}})}},
      {"AMisfilingIsUndoneByRefiling",
       moved,
       {corrected("x", "m", replacement("NoteRecorded"))},
       Code::kRefused,
       "/events/0/body/target",
       "misfiling-undone-by-refiling",
       {misfiled("back", "f", "anna", "bo"),
        refiled("again", "f", copy(report("r1", "anna", "2026-02-02")), "anna", "bo")}},
      {"AMisfilingNamesAnEventOfTheCase",
       filed,
       {misfiled("x", "r9"), refiled("y", "r9", copy(report("r9", "anna", "2026-02-02")))},
       Code::kRefused,
       "/events/0/body/target",
       "",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"CaseOpenedStays",
       filed,
       {misfiled("x", "opened anna"), refiled("y", "opened anna", copy(opened("anna")))},
       Code::kRefused,
       "/events/0/body/target",
       "case-opened-stays",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"AMisfiledEventIsRefiled",
       filed,
       {misfiled("x", "r1")},
       Code::kRefused,
       "/events/0/body/right_case",
       "misfiled-and-refiled-together",
       {refiled("y", "r1", copy(report("r1", "anna", "2026-02-02"))), misfiled("x", "r1")}},
      {"ARefilingIsInTheCaseThatTheMisfilingNames",
       filed,
       {misfiled("x", "r1", "cilla"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))},
       Code::kRefused,
       "/events/0/body/right_case",
       "misfiled-and-refiled-together",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"ARefilingIsOfTheSameEvent",
       filed,
       {misfiled("x", "r1"), refiled("y", "r2", copy(report("r2", "anna", "2026-02-03")))},
       Code::kRefused,
       "/events/0/body/right_case",
       "misfiled-and-refiled-together",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"ARefiledEventIsMisfiled",
       filed,
       {refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))},
       Code::kRefused,
       "/events/0/body/origin_event",
       "misfiled-and-refiled-together",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"ARefilingHasAnOrigin",
       filed,
       {refiled("y", "r9", copy(report("r9", "anna", "2026-02-02"))), misfiled("x", "r9")},
       Code::kRefused,
       "/events/0/body/origin_event",
       "",
       {refiled("y", "r1", copy(report("r1", "anna", "2026-02-02"))), misfiled("x", "r1")}},
      {"ARefiledEventKeepsItsType",
       filed,
       {misfiled("x", "r1"), refiled("y", "r1", copy(note("r1", "anna")))},
       Code::kRefused,
       "/events/1/body/original/type",
       "refiled-copy",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"ARefiledEventKeepsItsDates",
       filed,
       {misfiled("x", "r1"),
        refiled("y", "r1",
                copy(event("ReportReceived", "r1", "anna", "2026-02-05", {}, {{"received_at", "2026-02-02"}})))},
       Code::kRefused,
       "/events/1/body/original/occurred_at",
       "refiled-copy",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"ARefiledEventKeepsItsBody",
       filed,
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02", {{"channel", "phone"}})))},
       Code::kRefused,
       "/events/1/body/original/body/channel",
       "refiled-copy",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"ARefiledEventKeepsWhoActed",
       filed,
       {misfiled("x", "r1"), refiled("y", "r1", copy(acted(report("r1", "anna", "2026-02-02"), "leo")))},
       Code::kRefused,
       "/events/1/body/original/actor",
       "refiled-copy",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"ARefiledEventKeepsWhatIsSealed",
       after({{with_text(report("r1", "anna", "2026-02-02"), "hungry")}}),
       {misfiled("x", "r1"), refiled("y", "r1", copy(with_text(report("r1", "anna", "2026-02-02"), "fed")))},
       Code::kRefused,
       "/events/1/body/original/sealed",
       "refiled-copy",
       {misfiled("x", "r1"), refiled("y", "r1", copy(with_text(report("r1", "anna", "2026-02-02"), "hungry")))}},
      {"ARefiledEventIsAsItWasCorrected",
       after({{report("r1", "anna", "2026-02-02")}, {corrected("c", "r1", replacement("ReportReceived"))}}),
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))},
       Code::kRefused,
       "/events/1/body/original/occurred_at",
       "refiled-copy",
       {misfiled("x", "r1"), refiled("y", "r1", copy(event("ReportReceived", "r1", "anna", "2026-02-05")))}},
      {"ARefiledEventNamesMattersOfTheRightFile",
       after({{report("r1", "anna")}, {not_opened("no", {"r1"})}}),
       {misfiled("x", "no"), refiled("y", "no", copy(not_opened("no", {"r1"})))},
       Code::kRefused,
       "/events/1/body/original/body/report_ids/0",
       "",
       {misfiled("w", "r1"), misfiled("x", "no"), refiled("z", "r1", copy(called(report("r1", "anna"), "b1"))),
        refiled("y", "no", copy(not_opened("no", {"b1"})))}},
      {"ARefiledEventHasAnIdOfItsOwn",
       after({{report("r1", "anna")}, {report("b1", "bo")}}),
       {misfiled("x", "r1"), refiled("y", "r1", copy(called(report("r1", "anna"), "b1")))},
       Code::kRefused,
       "/events/1/body/original/id",
       "a-matter-is-one",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna")))}},
      {"AnEventIsMisfiledOnce",
       moved,
       {misfiled("x", "r1", "cilla"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")), "cilla"),
        opened("cilla")},
       Code::kRefused,
       "/events/0/body/target",
       "misfiled-once",
       {misfiled("back", "f", "anna", "bo"),
        refiled("again", "f", copy(report("r1", "anna", "2026-02-02")), "anna", "bo")}},
      {"AnEventIsMisfiledOnceInOneAppendToo",
       filed,
       {misfiled("x", "r1"), misfiled("z", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))},
       Code::kRefused,
       "/events/1/body/target",
       "misfiled-once",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"AnEventIsRefiledOnce",
       filed,
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02"))),
        refiled("z", "r1", copy(called(report("r1", "anna", "2026-02-02"), "b1")))},
       Code::kRefused,
       "/events/2/body/origin_event",
       "misfiled-once",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"AnEventIsRefiledInAnotherCase",
       filed,
       {misfiled("x", "r1", "anna"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")), "anna")},
       Code::kRefused,
       "/events/0/body/right_case",
       "misfiled-to-another-file",
       {misfiled("x", "r1"), refiled("y", "r1", copy(report("r1", "anna", "2026-02-02")))}},
      {"ACorrectionOfCaseOpenedStaysToo",
       after({{corrected("c", "opened anna", replacement("CaseOpened"))}}),
       {misfiled("x", "c"), refiled("y", "c", copy(event("CaseOpened", "o", "anna", "2026-02-05")))},
       Code::kRefused,
       "/events/0/body/target",
       "case-opened-stays",
       {}},
      {"WhatHasBeenMovedIsCorrectedWhereItIs",
       moved,
       {corrected("x", "r1", replacement("ReportReceived"))},
       Code::kRefused,
       "/events/0/body/target",
       "misfiled-once",
       {event("EventCorrected", "x", "bo", "2026-02-22",
              {{"target", uuid("f")}, {"replacement", replacement("ReportReceived")}, {"reason", "s"}})}},
  };
}

// Checked like the original: in the place of what is replaced, by the case without it.
std::vector<Refusal> replacement_refusals() {
  const auto two_decided = after({{report("r1", "anna", "2026-02-02")},
                                  {report("r2", "anna", "2026-02-03")},
                                  {not_opened("no", {"r1"}, "2026-02-04")}});
  const auto concluded_once = after({{investigation("i1", {}, "2026-02-03", "application")},
                                     {extended("e1", "i1", "2026-07-01")},
                                     {extended("e2", "i1", "2026-08-01")},
                                     {concluded("c", "i1")}});
  const auto joining = after({{report("r1", "anna", "2026-02-02")},
                              {investigation("i1", {}, "2026-02-03", "application")},
                              {joined("j", "r1", "i1", "2026-02-04")}});
  const auto given_to_two = after({{report("r1", "anna", "2026-02-02")},
                                   {report("r2", "anna", "2026-02-03")},
                                   {assigned("a1", "r1", "eva")},
                                   {assigned("a2", "r2", "eva")},
                                   {assignment_ended("e", "r1", "eva")},
                                   {assigned("a3", "r1", "leo")}});
  return {
      {"ADecisionCitesReportsThatItsPlaceHas",
       two_decided,
       {corrected("x", "no", as_replacement(not_opened("no", {"r9"}, "2026-02-04")))},
       Code::kRefused,
       "/events/0/body/replacement/body/report_ids/0",
       "",
       {corrected("x", "no", as_replacement(not_opened("no", {"r1"}, "2026-02-05")))}},
      {"ADecisionMayCiteAReportRecordedSince",
       after({{report("r1", "anna", "2026-02-02")},
              {not_opened("no", {"r1"}, "2026-02-04")},
              {report("r2", "anna", "2026-02-03")},
              {not_opened("no2", {"r2"}, "2026-02-05", "night_shift")},
              {report("r3", "anna", "2026-02-03")}}),
       {corrected("x", "no", as_replacement(not_opened("no", {"r2"}, "2026-02-04", "night_shift")))},
       Code::kRefused,
       "/events/0/body/replacement/body/report_ids/0",
       "report-undecided",
       {corrected("x", "no", as_replacement(not_opened("no", {"r3"}, "2026-02-04", "night_shift")))}},
      {"ADecisionIsNotMovedBeforeItsReport",
       two_decided,
       {corrected("x", "no", as_replacement(not_opened("no", {"r1"}, "2026-02-01")))},
       Code::kRefused,
       "/events/0/body/replacement/occurred_at",
       "chronology",
       {corrected("x", "no", as_replacement(not_opened("no", {"r1"}, "2026-02-02")))}},
      {"AReportIsNotMovedPastItsDecision",
       two_decided,
       {corrected("x", "r1", as_replacement(report("r1", "anna", "2026-02-05")))},
       Code::kRefused,
       "/events/0/body/replacement/occurred_at",
       "chronology",
       {corrected("x", "r1", as_replacement(report("r1", "anna", "2026-02-04")))}},
      {"TheDecisionMovesFirst",
       two_decided,
       {corrected("x", "r1", as_replacement(report("r1", "anna", "2026-02-05")))},
       Code::kRefused,
       "/events/0/body/replacement/occurred_at",
       "chronology",
       {corrected("w", "no", as_replacement(not_opened("no", {"r1"}, "2026-02-09"))),
        corrected("x", "r1", as_replacement(report("r1", "anna", "2026-02-05")))}},
      {"ACorrectedExtensionMovesTheEndForward",
       concluded_once,
       {corrected("x", "e1", as_replacement(extended("e1", "i1", "2026-06-03")))},
       Code::kRefused,
       "/events/0/body/replacement/body/new_end",
       "extension-later",
       {corrected("x", "e1", as_replacement(extended("e1", "i1", "2026-06-04")))}},
      {"ACorrectedExtensionIsLaterThanTheOneBefore",
       concluded_once,
       {corrected("x", "e2", as_replacement(extended("e2", "i1", "2026-07-01")))},
       Code::kRefused,
       "/events/0/body/replacement/body/new_end",
       "extension-later",
       {corrected("x", "e2", as_replacement(extended("e2", "i1", "2026-07-02")))}},
      {"AnInvestigationIsNotMovedPastItsConclusion",
       concluded_once,
       {corrected("x", "i1", as_replacement(investigation("i1", {}, "2026-04-11", "application")))},
       Code::kRefused,
       "/events/0/body/replacement/occurred_at",
       "chronology",
       {corrected("x", "i1", as_replacement(investigation("i1", {}, "2026-03-10", "application")))}},
      {"AnInvestigationIsNotMovedPastAReportThatJoinedIt",
       joining,
       {corrected("x", "i1", as_replacement(investigation("i1", {}, "2026-02-05", "application")))},
       Code::kRefused,
       "/events/0/body/replacement/occurred_at",
       "chronology",
       {corrected("x", "i1", as_replacement(investigation("i1", {}, "2026-02-04", "application")))}},
      {"ACorrectionOfACorrectionStandsInTheSamePlace",
       after({{report("r1", "anna", "2026-02-02")},
              {not_opened("no", {"r1"}, "2026-02-04")},
              {corrected("c", "no", as_replacement(not_opened("no", {"r1"}, "2026-02-05")))}}),
       {corrected("x", "c", as_replacement(not_opened("no", {"r1"}, "2026-02-01")))},
       Code::kRefused,
       "/events/0/body/replacement/occurred_at",
       "chronology",
       {corrected("x", "c", as_replacement(not_opened("no", {"r1"}, "2026-02-02")))}},
      {"ACorrectionNamesAMatterThatItsPlaceHas",
       concluded_once,
       {corrected("x", "c", as_replacement(concluded("c", "i9")))},
       Code::kRefused,
       "/events/0/body/replacement/matter",
       "",
       {corrected("x", "c", without_matter(as_replacement(concluded("c", "i1", "2026-04-09"))))}},
      {"ACorrectionTakesNoMatterThatIsConcluded",
       after({{investigation("i1", {}, "2026-02-03", "application")},
              {investigation("i2", {}, "2026-02-03", "application")},
              {concluded("c1", "i1")},
              {concluded("c2", "i2")}}),
       {corrected("x", "c2", as_replacement(concluded("c2", "i1")))},
       Code::kRefused,
       "/events/0/body/replacement/matter",
       "investigation-open",
       {corrected("x", "c1", as_replacement(concluded("c1", "i2"))),
        corrected("y", "c2", as_replacement(concluded("c2", "i1")))}},
      {"AReportOfOneAppendIsCorrectedInIt",
       kOpen,
       {report("r1", "anna", "2026-02-02"), not_opened("no", {"r1"}, "2026-02-04"),
        corrected("x", "r1", as_replacement(report("r1", "anna", "2026-02-05")))},
       Code::kRefused,
       "/events/2/body/replacement/occurred_at",
       "chronology",
       {report("r1", "anna", "2026-02-02"), corrected("x", "r1", as_replacement(report("r1", "anna", "2026-02-05"))),
        not_opened("no", {"r1"}, "2026-02-05")}},
      {"WhatFollowsACorrectionIsJudgedByIt",
       with_report(),
       {corrected("x", "r1", as_replacement(report("r1", "anna", "2026-02-05"))),
        not_opened("no", {"r1"}, "2026-02-04")},
       Code::kRefused,
       "/events/1/occurred_at",
       "chronology",
       {not_opened("no", {"r1"}, "2026-02-04")}},
      {"ACorrectionLeavesNoTwoResponsibleWorkers",
       given_to_two,
       {corrected("x", "e", as_replacement(assignment_ended("e", "r2", "eva")))},
       Code::kRefused,
       "/events/0/body/replacement",
       "one-responsible-worker",
       {corrected("x", "e", as_replacement(assignment_ended("e", "r2", "eva"))), assignment_ended("y", "r1", "eva")}},
  };
}

std::string name_of(const ::testing::TestParamInfo<Refusal>& row) { return row.param.name; }
INSTANTIATE_TEST_SUITE_P(File, DecideTest, ::testing::ValuesIn(file_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Reports, DecideTest, ::testing::ValuesIn(report_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Decisions, DecideTest, ::testing::ValuesIn(decision_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Investigations, DecideTest, ::testing::ValuesIn(investigation_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Assignments, DecideTest, ::testing::ValuesIn(assignment_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Staff, DecideTest, ::testing::ValuesIn(staff_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Corrections, DecideTest, ::testing::ValuesIn(correction_refusals()), name_of);
INSTANTIATE_TEST_SUITE_P(Replacements, DecideTest, ::testing::ValuesIn(replacement_refusals()), name_of);

// --- fields that a type needs
// ------------------------------------------------------------------------------------------

TEST(CheckFieldsTest, RefusesEachTypeWithoutWhatItNeedsAndTakesItWithIt) {
  const std::vector<std::pair<json::object, std::vector<std::string>>> whole = {
      {joined("x", "r1", "i1"), {"investigation_id"}},
      {same_incident("x", "r1", "r2"), {"primary_report_id"}},
      {prelim_extended("x", "r1", "2026-03-01"), {"new_date", "reason"}},
      {not_opened("x", {"r1"}), {"report_ids"}},
      {extended("x", "i1", "2026-07-01"), {"new_end", "reason"}},
      {concluded("x", "i1"), {"outcome"}},
      {assigned("x", "r1", "eva"), {"worker", "role"}},
      {handed_over("x", "r1", "eva", "leo"), {"from", "to"}},
      {acknowledged("x", "r1", "eva"), {"worker"}},
      {assignment_ended("x", "r1", "eva"), {"worker"}},
      {of("StaffJoined", "x", {}, "2026-02-01", {{"worker", "eva"}}), {"worker"}},
      {of("StaffLeft", "x", {}, "2026-02-01", {{"worker", "eva"}}), {"worker"}},
      {of("ActionRecorded", "x", {}, "2026-02-01", {{"activity", "Confirm"}}), {"activity"}},
      {of("DeadlineSet", "x", {}, "2026-02-01", {{"due", "2026-03-01"}}), {"due"}},
      {corrected("x", "r1", replacement("NoteRecorded")), {"target", "replacement", "reason"}},
      {misfiled("x", "r1"), {"target", "right_case"}},
      {refiled("x", "r1", copy(note("r1", "anna"))), {"origin_case", "origin_event", "original"}},
  };
  for (const auto& [complete, needed] : whole) {
    const auto bytes = encoded(complete);
    EXPECT_TRUE(check_fields(event_in(bytes.bytes), "/events/3")) << json::serialize(complete);
    for (const auto& field : needed) {
      SCOPED_TRACE(std::string{complete.at("type").as_string()} + "." + field);
      const auto lacking = encoded(without(complete, field));
      const auto checked = check_fields(event_in(lacking.bytes), "/events/3");
      ASSERT_FALSE(checked);
      EXPECT_EQ(Code::kRefused, checked.error().code);
      EXPECT_EQ("/events/3/body/" + field, checked.error().where);
      EXPECT_NE(std::string::npos, checked.error().message.find(field));
    }
  }
}

TEST(CheckFieldsTest, RefusesADecisionOnNoReports) {
  const auto bytes = encoded(not_opened("x", {}));
  EXPECT_FALSE(check_fields(event_in(bytes.bytes), "/events/0"));
}

// --- the rest
// ----------------------------------------------------------------------------------------------------------

TEST(DecideAppendTest, NamesTheCaseThatAPersonHasAlready) {
  World world({{with_number(opened("anna"), "20100101-2382")}});
  const auto refused = world.append({with_number(opened("bo"), "20100101-2382")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(uuid("anna"), refused.error().details.at("case").as_string());
  EXPECT_EQ(std::string::npos, json::serialize(refused.error().details).find("20100101"));
  EXPECT_EQ(std::string::npos, refused.error().message.find("20100101"));
}

TEST(DecideAppendTest, NamesTheReportsThatAReviewMustShow) {
  World world(with_two_reports());
  const auto refused = world.append({reviewed("x", "r2", {})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(uuids({"r1"}), refused.error().details.at("earlier_reports").as_array());
}

TEST(DecideAppendTest, SeesWhatCameEarlierInTheSameAppend) {
  World world;
  const auto accepted =
      world.append({opened("anna"), report("r1", "anna", "2026-02-02"), investigation("i1", {"r1"}),
                    assigned("a", "i1", "eva"), handed_over("h", "i1", "eva", "leo"), concluded("c", "i1")});
  EXPECT_TRUE(accepted) << accepted.error().message << " at " << accepted.error().where;
}

TEST(DecideAppendTest, RefusesTheWholeAppendForItsLastEvent) {
  World world;
  EXPECT_FALSE(world.append({opened("anna"), report("r1", "anna"), concluded("c", "i1")}));
  EXPECT_TRUE(world.append({opened("anna")}));  // nothing of it had stayed
}

TEST(DecideAppendTest, JudgesAStaffStreamWithoutAskingForACase) {
  World world;
  EXPECT_TRUE(world.append({of("StaffJoined", "j", {}, "2026-02-01", {{"worker", "eva"}})}));
  EXPECT_TRUE(world.append({of("StaffLeft", "l", {}, "2026-02-02", {{"worker", "eva"}})}));
}

TEST(DecideAppendTest, LetsAnAdultsInvestigationBeExtendedToAnyDate) {
  World world(
      {{opened("anna", {{"birth_date", "2000-01-01"}})}, {investigation("i1", {}, "2026-02-03", "application")}});
  EXPECT_TRUE(world.append({extended("x", "i1", "2026-03-01")}));
}

}  // namespace
}  // namespace minne
