// Events of one case that leave something in the indexes and tallies of offers, help, instruments, placements, queues,
// plans, collaborations, offences, promises and decisions; and one of the board's stream.
#pragma once

#include "tests/projections/memory_fixture.h"

namespace minne {

// The case is open; ids are named after it.
inline std::vector<json::object> whole_case(const std::string& name) {
  const auto of = [&](std::string_view what) { return name + "/" + std::string{what}; };
  std::vector<json::object> out;
  const auto add = [&](std::string_view type, std::string_view id, std::string_view on, json::object body,
                       std::string_view matter = {}) {
    out.push_back(event(type, of(id), name, on, std::move(body)));
    if (!matter.empty()) out.back()["matter"] = uuid(of(matter));
  };
  add("SubjectFactsRecorded", "facts", "2025-01-01", {{"birth_date", "2015-01-01"}});
  // A concern of crime, help declined, and nobody has decided on follow-up; another where somebody has.
  add("InvestigationOpened", "i1", "2025-06-01", {{"basis", "application"}});
  add("ReportReceived", "r1", "2025-06-02", {{"concerns", json::array{json::object{{"code", "crime_suspicion"}}}}});
  add("ReportJoinedInvestigation", "j1", "2025-06-03", {{"investigation_id", uuid(of("i1"))}}, "r1");
  add("InterventionProposed", "p1", "2025-06-10", {{"method", "snap"}, {"investigation_id", uuid(of("i1"))}});
  add("InterventionDeclined", "d1", "2025-06-11", {{"by", "both"}}, "p1");
  add("InvestigationConcluded", "e1", "2025-07-01", {{"outcome", "declined"}}, "i1");
  add("InvestigationOpened", "i2", "2025-08-01", {{"basis", "application"}});
  add("InterventionProposed", "p2", "2025-08-10", {{"method", "snap"}, {"investigation_id", uuid(of("i2"))}});
  add("InterventionDeclined", "d2", "2025-08-11", {{"by", "both"}}, "p2");
  add("InvestigationConcluded", "e2", "2025-09-01", {{"outcome", "declined"}}, "i2");
  add("FollowUpDecided", "f2", "2025-09-02",
      {{"basis_ids", json::array{uuid(of("i2")), uuid(of("p2")), uuid(of("d2"))}}});
  add("ConsentGiven", "y1", "2025-09-30", {{"party", "guardian"}});
  add("InterventionStarted", "s1", "2025-10-01", {{"method", "snap"}});
  for (const auto* on : {"2025-10-02", "2025-11-02"}) {
    add("OutcomeMeasured", std::string{"m"} + on, on,
        {{"instrument", "sdq"}, {"values", json::array{json::object{{"item", "total"}, {"value", 7}}}}}, "s1");
  }
  add("InstrumentCompleted", "c1", "2025-06-05", {{"instrument", "earl"}}, "i1");
  add("InstrumentNotUsed", "n1", "2025-06-05", {{"instrument", "savry"}}, "i1");
  add("PlacementStarted", "h1", "2025-10-01", {{"form", "foster_home"}, {"law", "sol"}});
  add("PlacementVisited", "v1", "2025-10-05", {}, "h1");
  add("PlacedChildStatusRecorded", "t1", "2025-10-06", {{"domain", "school"}}, "h1");
  add("PlacementEnded", "h2", "2025-11-01", {}, "h1");
  add("PlanOffered", "o1", "2025-10-02", {{"kind", "sip"}, {"answer", "accepted"}});
  add("PlanAdopted", "l1", "2025-10-03",
      {{"kind", "sip"}, {"goals", json::array{json::object{{"horizon", "short"}, {"due", "2026-04-01"}}}}});
  add("CollaborationStarted", "k1", "2025-10-04", {{"kind", "sspf"}});
  add("YouthOffenceNotified", "x1", "2025-10-05", {{"offence_group", "theft"}});
  add("CommitmentMade", "w1", "2025-10-06", {{"to", "child"}, {"due", "2025-10-20"}});
  add("DecisionMade", "g1", "2025-10-07", {{"kind", "assistance"}, {"favourable", true}});
  add("InvestigationOpened", "i3", "2025-09-10", {{"basis", "application"}});
  add("QueueEntered", "q1", "2025-10-01", {{"queue", "reinforcement"}, {"waiting_id", uuid(of("i3"))}});
  out.push_back(event("OpenServiceProvided", of("b1"), "the board", "2025-10-08", {{"kind", "home_visit"}}));
  return out;
}

}  // namespace minne
