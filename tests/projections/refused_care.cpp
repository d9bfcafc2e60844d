// Offers, consent, help, placements, care by law, follow-up, and what other boards and files have to do with a case.
#include "tests/projections/decide_fixture.h"

namespace minne::refusals {
namespace {

json::object offered(std::string_view id, std::string_view in = "i1") {
  return of("InterventionProposed", id, {}, "2026-02-05", {{"method", "snap"}, {"investigation_id", uuid(in)}});
}
json::object declined(std::string_view id, std::string_view proposal) {
  return of("InterventionDeclined", id, proposal, "2026-02-06", {{"by", "guardian"}});
}
json::object ended_as_declined(std::string_view id = "e1", std::string_view investigation = "i1") {
  return of("InvestigationConcluded", id, investigation, "2026-03-01", {{"outcome", "declined"}});
}
json::object consent(std::string_view id, std::string_view scope = "placement",
                     std::string_view occurred = "2026-02-04", std::string_view party = "guardian") {
  return of("ConsentGiven", id, {}, occurred, {{"party", party}, {"scope", scope}});
}
json::object placed(std::string_view id, std::string_view law = "sol", std::string_view executed = "2026-02-10") {
  return of("PlacementStarted", id, {}, executed, {{"form", "foster_home"}, {"law", law}, {"executed_on", executed}});
}
json::object at_home(std::string_view id) {
  return of("PlacementStarted", id, {}, "2026-02-10", {{"form", "own_home"}, {"law", "sol"}, {"home_ref", "a"}});
}
json::object moved(std::string_view id, std::string_view form, std::string_view home) {
  return of("PlacementMoved", id, "h1", "2026-02-20", {{"form", form}, {"home_ref", home}});
}
json::object helped(std::string_view id, std::string_view override_reason = {}) {
  json::object body{{"method", "snap"}, {"form", "open_care"}};
  if (!override_reason.empty()) body["override_reason"] = override_reason;
  return of("InterventionStarted", id, {}, "2026-02-10", std::move(body));
}
json::object custody(std::string_view id, std::string_view decided = "2026-02-03") {
  return of("ImmediateCustodyOrdered", id, {}, decided, {{"decided_on", decided}, {"ground", "lvu_2"}});
}
json::object ceased(std::string_view id, std::string_view why, std::string_view on = "2026-02-20") {
  return of("CustodyCeased", id, "u1", on, {{"why", why}, {"ceased_on", on}});
}
json::object followed_up(std::string_view id, const std::vector<std::string>& basis, std::string_view law = "sol_23_1",
                         json::object more = {}) {
  more["basis_ids"] = uuids(basis);
  more["law"] = law;
  return of("FollowUpDecided", id, {}, "2026-03-10", std::move(more));
}
json::object made(std::string_view id, std::string_view kind, std::string_view occurred = "2026-02-08") {
  return of("DecisionMade", id, {}, occurred, {{"kind", kind}, {"law", "sol"}});
}
json::object placed_as_decided(std::string_view id, std::string_view decision, std::string_view executed) {
  auto out = placed(id, "sol", executed);
  out["body"].as_object()["decision_id"] = uuid(decision);
  return out;
}
json::object taken_over(std::string_view id, std::string_view start) {
  return of(
      "FileTakenOver", id, {}, "2026-02-10",
      {{"from_board", "soder"},
       {"open_matters", json::array{json::object{
                            {"kind", "investigation"}, {"original_id", uuid("there")}, {"original_start", start}}}}});
}
json::object goes_on(std::string_view id, std::string_view start) {
  return of("InvestigationOpened", id, {}, "2026-02-10", {{"basis", "taken_over"}, {"original_start", start}});
}
json::object reported_with(json::object report, std::string_view sibling) {
  report["correlation_id"] = uuid("one report");
  if (!sibling.empty()) report["body"].as_object()["siblings"] = uuids({std::string{sibling}});
  return report;
}
json::object violent(std::string_view id) {
  return report(id, "anna", "2026-02-02",
                {{"concerns", json::array{json::object{{"code", "violence_close_relation"}}}}});
}

// A child of nine.
std::vector<Events> of_child(std::vector<Events> more) {
  std::vector<Events> out = {{opened("anna", {{"birth_date", "2016-05-01"}})}, {opened("bo")}};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}
std::vector<Events> with_placement(std::string_view law = "sol") {
  return of_child({{consent("y")}, {placed("h1", law)}});
}
std::vector<Events> with_custody() { return of_child({{custody("u1")}}); }
std::vector<Events> with_offer() {
  return of_child({{investigation("i1", {}, "2026-02-03", "application")}, {offered("p1")}});
}

Refusal row(std::string name, std::vector<Events> given, Events refused, std::string where, std::string invariant,
            Events passes) {
  return {std::move(name),  std::move(given),     std::move(refused), Code::kRefused,
          std::move(where), std::move(invariant), std::move(passes)};
}

}  // namespace

std::vector<Refusal> matter_refusals() {
  const auto all = of_child({{consent("y"), consent("z", "intervention")},
                             {investigation("i1", {}, "2026-02-03", "application")},
                             {made("d1", "assistance")},
                             {placed("h1")},
                             {helped("s1")}});
  std::vector<Refusal> out = {
      row("WhatIsServedIsADecision", all, {of("DecisionServed", "x", "d9", "2026-02-12")}, "/events/0/matter",
          "names-what-is-there", {of("DecisionServed", "x", "d1", "2026-02-12")}),
      row("AVisitIsOfAPlacement", all, {of("PlacementVisited", "x", "d1", "2026-02-12")}, "/events/0/matter",
          "names-what-is-there", {of("PlacementVisited", "x", "h1", "2026-02-12")}),
      row("AReviewIsOfAMatter", all, {without_matter(of("CareReviewed", "x", "h1", "2026-02-12"))}, "/events/0/matter",
          "names-what-is-there", {of("CareReviewed", "x", "h1", "2026-02-12")}),
      row("APlacementHasAWorkerToo", all, {assigned("x", "h9", "eva")}, "/events/0/matter", "names-what-is-there",
          {assigned("x", "h1", "eva")}),
      row("ADecisionIsOnMattersOfTheCase", all,
          {of("DecisionMade", "x", {}, "2026-02-12", {{"kind", "other"}, {"decides_on", uuids({"i1", "i9"})}})},
          "/events/0/body/decides_on/1", "names-what-is-there",
          {of("DecisionMade", "x", {}, "2026-02-12", {{"kind", "other"}, {"decides_on", uuids({"i1", "h1"})}})}),
      row("APlacementRestsOnADecision", all,
          {of("PlacementStarted", "x", {}, "2026-02-12", {{"law", "lvu_2"}, {"decision_id", uuid("i1")}})},
          "/events/0/body/decision_id", "names-what-is-there",
          {of("PlacementStarted", "x", {}, "2026-02-12", {{"law", "lvu_2"}, {"decision_id", uuid("d1")}})}),
      row("AnObjectionIsToWhatIsWritten", all,
          {of("ObjectionNoted", "x", {}, "2026-02-12", {{"target", uuid("nothing")}})}, "/events/0/body/target",
          "names-what-is-there", {of("ObjectionNoted", "x", {}, "2026-02-12", {{"target", uuid("d1")}})}),
      row("CollaborationRestsOnAConsent", all,
          {of("CollaborationStarted", "x", {}, "2026-02-12", {{"consent_id", uuid("d1")}})},
          "/events/0/body/consent_id", "names-what-is-there",
          {of("CollaborationStarted", "x", {}, "2026-02-12", {{"consent_id", uuid("y")}})}),
      row("AnEventSaysWhatMakesIt", all, {of("InvestigationConcluded", "x", "i1", "2026-02-12")},
          "/events/0/body/outcome", "complete-event", {concluded("x", "i1")}),
      row("AChildsFileHoldsNoStaff", all, {of("StaffJoined", "x", {}, "2026-02-12", {{"worker", "eva"}})},
          "/events/0/type", "one-kind-of-stream", {}),
      row("APlacementIsNotBeforeItsDecision", all,
          {of("PlacementStarted", "x", {}, "2026-02-12",
              {{"law", "lvu_2"}, {"decision_id", uuid("d1")}, {"executed_on", "2026-02-07"}})},
          "/events/0/body/executed_on", "chronology",
          {of("PlacementStarted", "x", {}, "2026-02-12",
              {{"law", "lvu_2"}, {"decision_id", uuid("d1")}, {"executed_on", "2026-02-08"}})}),
      row("AnOfferIsNotBeforeItsInvestigation", all,
          {of("InterventionProposed", "x", {}, "2026-02-02", {{"investigation_id", uuid("i1")}})},
          "/events/0/occurred_at", "chronology", {offered("x")}),
      row("NobodyWaitsBeforeTheMatterBegan", all,
          {of("QueueEntered", "x", {}, "2026-02-02", {{"waiting_id", uuid("i1")}})}, "/events/0/occurred_at",
          "chronology", {of("QueueEntered", "x", {}, "2026-02-03", {{"waiting_id", uuid("i1")}})}),
      row("AVisitIsNotBeforeThePlacement", all,
          {of("PlacementVisited", "x", "h1", "2026-02-12", {{"visit_on", "2026-02-09"}})}, "/events/0/body/visit_on",
          "chronology", {of("PlacementVisited", "x", "h1", "2026-02-12", {{"visit_on", "2026-02-10"}})}),
  };
  return out;
}

std::vector<Refusal> ended_refusals() {
  struct Ends {
    json::object begins;
    const char* type;
    json::object during = {};
  };
  const std::vector<Ends> all = {
      {helped("m1"), "InterventionEnded", of("InterventionChanged", "w", "m1", "2026-02-21")},
      {of("QueueEntered", "m1", {}, "2026-02-10"), "QueueLeft", of("NeedScored", "w", "m1", "2026-02-21")},
      {placed("m1"), "PlacementEnded", of("PlacementVisited", "w", "m1", "2026-02-21")},
      {custody("m1"), "CustodyCeased", of("CustodyExecuted", "w", "m1", "2026-02-21")},
      {of("FollowUpDecided", "m1", {}, "2026-02-10", {{"consent", true}}), "FollowUpEnded",
       of("FollowUpContact", "w", "m1", "2026-02-21")},
      {of("CollaborationStarted", "m1", {}, "2026-02-10"), "CollaborationEnded",
       of("CollaborationMet", "w", "m1", "2026-02-21")},
      {of("CommitmentMade", "m1", {}, "2026-02-10"), "CommitmentKept"},
  };
  std::vector<Refusal> out;
  for (const auto& item : all) {
    const auto given = of_child(
        {{consent("y"), consent("z", "intervention")}, {item.begins}, {of(item.type, "end", "m1", "2026-02-20")}});
    const auto again = of(item.type, "x", "m1", "2026-02-20");
    out.push_back(row(std::string{item.type} + "Once", given, {again}, "/events/0/matter", "ended-once",
                      {corrected("x", "end", as_replacement(of(item.type, "end", "m1", "2026-02-21")))}));
    if (item.during.empty()) continue;
    auto on_the_day = item.during;
    on_the_day["occurred_at"] = "2026-02-20";
    out.push_back(row(std::string{item.during.at("type").as_string()} + "BeforeTheEnd", given, {item.during},
                      "/events/0/occurred_at", "while-it-runs", {on_the_day}));
  }
  return out;
}

std::vector<Refusal> care_refusals() {
  const auto child = of_child({});
  const auto no = of_child({{investigation("i1", {}, "2026-02-03", "application")},
                            {offered("p1")},
                            {offered("p2")},
                            {declined("n1", "p1")}});
  auto concluded_no = no;
  concluded_no.push_back({ended_as_declined()});
  auto moved_law = placed("x");
  moved_law["body"].as_object()["law"] = "lvu_2";
  return {
      row("DeclinedIsAnOfferThatGotANo", with_offer(), {ended_as_declined()}, "/events/0/body/outcome",
          "declined-after-a-no", {declined("n", "p1"), ended_as_declined()}),
      row("ANoInAnotherInvestigationIsNotThisOnes",
          of_child({{investigation("i1", {}, "2026-02-03", "application")},
                    {investigation("i2", {}, "2026-02-03", "application")},
                    {offered("p1", "i2")},
                    {declined("n1", "p1")}}),
          {ended_as_declined()}, "/events/0/body/outcome", "declined-after-a-no", {concluded("e", "i1")}),
      row("APlacementNeedsConsent", child, {placed("x")}, "/events/0/body/law", "placed-with-consent",
          {consent("y"), placed("x")}),
      row("CareByLawNeedsNoConsent", child, {placed("x")}, "/events/0/body/law", "placed-with-consent", {moved_law}),
      row("AConsentWithdrawnIsNone",
          of_child({{consent("y")},
                    {of("ConsentWithdrawn", "w", {}, "2026-02-06", {{"party", "guardian"}, {"scope", "placement"}})}}),
          {placed("x")}, "/events/0/body/law", "placed-with-consent",
          {consent("z", "placement", "2026-02-07"), placed("x")}),
      row("ConsentToSomethingElseIsNoneToAPlacement", of_child({{consent("y", "collaboration")}}), {placed("x")},
          "/events/0/body/law", "placed-with-consent", {consent("z"), placed("x")}),
      row("ADecisionToPlaceNeedsConsent", child, {made("x", "placement")}, "/events/0/body/kind", "placed-with-consent",
          {consent("y"), made("x", "placement")}),
      row("WhoTurns15AfterTheDecisionIsNotAskedAgain",
          of_child({{of("SubjectFactsRecorded", "s", {}, "2026-02-02", {{"birth_date", "2011-03-01"}})},
                    {consent("y")},
                    {made("d1", "placement")},
                    {of("DecisionMade", "d2", {}, "2026-03-05", {{"kind", "other"}, {"law", "sol"}})}}),
          {placed_as_decided("x", "d2", "2026-03-06")}, "/events/0/body/law", "placed-with-consent",
          {placed_as_decided("x", "d1", "2026-03-06")}),
      row("BackToConsentNeedsConsent", of_child({{placed("h1", "lvu_2")}}),
          {of("LegalBasisChanged", "x", "h1", "2026-02-20", {{"from", "lvu_2"}, {"to", "sol"}})}, "/events/0/body/to",
          "placed-with-consent",
          {consent("y"), of("LegalBasisChanged", "x", "h1", "2026-02-20", {{"from", "lvu_2"}, {"to", "sol"}})}),
      row("HelpNeedsConsent", child, {helped("x")}, "/events/0/type", "helped-with-consent",
          {consent("y", "intervention"), helped("x")}),
      row("HelpWithoutConsentNeedsAReason", child, {helped("x")}, "/events/0/type", "helped-with-consent",
          {helped("x", "guardian_absent")}),
      row("HelpIsDecidedWithConsentOrOnAnApplication", of_child({{of("ApplicationReceived", "a1", {}, "2026-02-02")}}),
          {made("x", "assistance")}, "/events/0/body/kind", "helped-with-consent",
          {of("DecisionMade", "x", {}, "2026-02-08", {{"kind", "assistance"}, {"decides_on", uuids({"a1"})}})}),
      row("WhatWasNotGivenIsNotWithdrawn", child,
          {of("ConsentWithdrawn", "x", {}, "2026-02-06", {{"party", "guardian"}})}, "/events/0/body/party",
          "withdrawn-after-given",
          {consent("y"), of("ConsentWithdrawn", "x", {}, "2026-02-06", {{"party", "guardian"}})}),
      row("CustodyLapsesByItself", with_custody(), {ceased("x", "lapsed", "2026-02-10")}, "/events/0/body/why",
          "lapse-is-computed", {ceased("x", "lapsed", "2026-02-11")}),
      row("CustodyThatDidNotLapseEndsForItsOwnReason",
          of_child(
              {{custody("u1")}, {of("CustodySubmitted", "s", "u1", "2026-02-05", {{"submitted_on", "2026-02-05"}})}}),
          {ceased("x", "lapsed")}, "/events/0/body/why", "lapse-is-computed", {ceased("x", "court")}),
      row("CustodySubmittedTooLateHadLapsed",
          of_child(
              {{custody("u1")}, {of("CustodySubmitted", "s", "u1", "2026-02-12", {{"submitted_on", "2026-02-12"}})}}),
          {ceased("x", "lapsed", "2026-02-10")}, "/events/0/body/why", "lapse-is-computed",
          {ceased("x", "lapsed", "2026-02-13")}),
      row("TheLawChangesFromTheOneThatApplies", with_placement(),
          {of("LegalBasisChanged", "x", "h1", "2026-02-20", {{"from", "lvu_3"}, {"to", "lvu_2"}})},
          "/events/0/body/from", "law-as-it-stood",
          {of("LegalBasisChanged", "x", "h1", "2026-02-20", {{"from", "sol"}, {"to", "lvu_2"}})}),
      row("CareByLawEndsWhereItIs", with_placement(), {of("CareOrderEnded", "x", "h1", "2026-02-20")},
          "/events/0/matter", "law-as-it-stood",
          {of("LegalBasisChanged", "l", "h1", "2026-02-15", {{"to", "lvu_2"}}),
           of("CareOrderEnded", "x", "h1", "2026-02-20")}),
      row("CareByLawEndedGoesOnByConsent", of_child({{placed("h1", "lvu_2")}}),
          {of("CareOrderEnded", "e", "h1", "2026-02-20"), consent("y"),
           of("LegalBasisChanged", "x", "h1", "2026-02-20", {{"from", "lvu_3"}, {"to", "sol"}})},
          "/events/2/body/from", "law-as-it-stood",
          {of("CareOrderEnded", "e", "h1", "2026-02-20"), consent("y"),
           of("LegalBasisChanged", "x", "h1", "2026-02-20", {{"from", "lvu_2"}, {"to", "sol"}})}),
      row("CareByLawEndsAsConsentTakesItsPlace", of_child({{placed("h1", "lvu_2")}, {consent("y")}}),
          {of("LegalBasisChanged", "x", "h1", "2026-02-20", {{"from", "lvu_2"}, {"to", "sol"}}),
           of("CareOrderEnded", "e", "h1", "2026-02-25")},
          "/events/1/matter", "law-as-it-stood",
          {of("LegalBasisChanged", "x", "h1", "2026-02-20", {{"from", "lvu_2"}, {"to", "sol"}}),
           of("CareOrderEnded", "e", "h1", "2026-02-20")}),
      row("FollowUpRestsOnANo", concluded_no, {followed_up("x", {"i1", "p2"})}, "/events/0/body/basis_ids",
          "followed-up-after-a-no", {followed_up("x", {"i1", "p1", "n1"})}),
      row("FollowUpCitesTheNoToo", concluded_no, {followed_up("x", {"i1", "p1"})}, "/events/0/body/basis_ids",
          "followed-up-after-a-no", {followed_up("x", {"p1", "n1"})}),
      row("FollowUpCitesWhatWasOfferedToo", concluded_no, {followed_up("x", {"n1"})}, "/events/0/body/basis_ids",
          "followed-up-after-a-no", {followed_up("x", {"p1", "n1"})}),
      row("AMoveIsToAnotherHome", of_child({{at_home("h1")}}), {moved("x", "own_home", "a")}, "/events/0/body/home_ref",
          "moved-elsewhere", {moved("x", "own_home", "b")}),
      row("WhoWasAtHomeMovesAwayWithConsent", of_child({{at_home("h1")}}), {moved("x", "foster_home", "b")},
          "/events/0/body/form", "placed-with-consent", {consent("y"), moved("x", "foster_home", "b")}),
      row("ViolenceByAGuardianIsInvestigated",
          of_child(
              {{report("r1", "anna", "2026-02-02",
                       {{"concerns", json::array{json::object{{"code", "violence"}, {"detail", "by_guardian"}}}}})}}),
          {not_opened("x", {"r1"})}, "/events/0/body/report_ids", "violence-is-investigated",
          {investigation("x", {"r1"})}),
      row("FollowUpWithoutANoNeedsAReason", concluded_no, {followed_up("x", {"i1"})}, "/events/0/body/basis_ids",
          "followed-up-after-a-no", {followed_up("x", {"i1"}, "sol_23_1", {{"override_reason", "court_ordered"}})}),
      row("FollowUpMayRestOnConsent", concluded_no, {followed_up("x", {"i1"})}, "/events/0/body/basis_ids",
          "followed-up-after-a-no", {followed_up("x", {"i1"}, "sol_23_1", {{"consent", true}})}),
      row("FollowUpMayFollowAPlacement", with_placement(), {followed_up("x", {"h1"}, "sol_23_2")},
          "/events/0/body/basis_ids", "followed-up-after-a-no",
          {of("PlacementEnded", "e", "h1", "2026-03-01"), followed_up("x", {"h1"}, "sol_23_2")}),
      row("FollowUpByLawIsAfterCareByLaw", of_child({{placed("h1", "lvu_2")}}), {followed_up("x", {"h1"}, "lvu_21b")},
          "/events/0/body/basis_ids", "followed-up-after-a-no",
          {of("CareOrderEnded", "e", "h1", "2026-03-01"), followed_up("x", {"h1"}, "lvu_21b")}),
      row("FollowUpIsLeftOutAfterANo", no, {of("FollowUpNotDecided", "x", "i1", "2026-03-02")}, "/events/0/matter",
          "left-out-after-a-no", {ended_as_declined(), of("FollowUpNotDecided", "x", "i1", "2026-03-02")}),
      row("ViolenceIsInvestigated", of_child({{violent("r1")}}), {not_opened("x", {"r1"})}, "/events/0/body/report_ids",
          "violence-is-investigated", {investigation("x", {"r1"})}),
      row("ViolenceIsLeftForAReason", of_child({{violent("r1")}}), {not_opened("x", {"r1"})},
          "/events/0/body/report_ids", "violence-is-investigated",
          {not_opened("x", {"r1"}, "2026-02-10", "violence_known_elsewhere")}),
  };
}

std::vector<Refusal> elsewhere_refusals() {
  const auto child = of_child({});
  const auto forwarded = of("ReportForwarded", "x", "r1", "2026-02-05", {{"to_board", "soder"}});
  const auto disclosed = of("DisclosureMade", "y", {}, "2026-02-05", {{"recipient", "other_board"}});
  const auto moved = of("CaseMovedMunicipality", "x", {}, "2026-02-05", {{"state", "accepted"}, {"direction", "out"}});
  return {
      row("SiblingsReportedTogetherNameEachOther", child,
          {reported_with(report("r1", "anna"), "bo"), reported_with(report("r2", "bo"), {})}, "/events/1/body/siblings",
          "siblings-name-each-other",
          {reported_with(report("r1", "anna"), "bo"), reported_with(report("r2", "bo"), "anna")}),
      row("AnInvestigationIsTakenOverWithItsFile", child, {goes_on("x", "2026-01-15")}, "/events/0/body/original_start",
          "taken-over-with-its-start", {taken_over("t", "2026-01-15"), goes_on("x", "2026-01-15")}),
      row("AnInvestigationIsTakenOverAtItsOwnStart", child, {goes_on("x", "2026-02-10"), taken_over("t", "2026-01-15")},
          "/events/0/body/original_start", "taken-over-with-its-start",
          {goes_on("x", "2026-01-15"), taken_over("t", "2026-01-15")}),
      row("AFileIsTakenOverWithItsInvestigations", child, {taken_over("t", "2026-01-15")},
          "/events/0/body/open_matters/0", "taken-over-with-its-start",
          {taken_over("t", "2026-01-15"), goes_on("x", "2026-01-15")}),
      row("AReportLeavesWithItsDisclosure", of_child({{report("r1", "anna", "2026-02-02")}}), {forwarded},
          "/events/0/type", "disclosed-with-what-leaves", {forwarded, disclosed}),
      row("AChildMovesAwayWithADisclosure", child, {moved}, "/events/0/type", "disclosed-with-what-leaves",
          {moved, disclosed}),
  };
}

}  // namespace minne::refusals
