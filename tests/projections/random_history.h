// Random histories over a few cases: events of every type, most such as decide accepts, some of foreign logs that
// nobody judges; recorded late and out of order, corrected, misfiled, refiled and moved back. The same seed and the
// same answers of decide give the same history.
#pragma once

#include "projections/held_matters.h"
#include "tests/projections/memory_fixture.h"

#include <map>
#include <random>
#include <set>

namespace minne {

class RandomHistory {
 public:
  struct Append {
    std::vector<json::object> events;
    bool foreign = false;
  };

  RandomHistory(std::uint64_t seed, int cases) : random_(seed), bare_(seed * 7) {
    for (int i = 0; i < cases; ++i) cases_.push_back("case " + std::to_string(seed) + "/" + std::to_string(i));
  }

  // What somebody tries to record next; tell `recorded` if it was taken.
  Append next() {
    Append out;
    out.foreign = chance(15);
    const auto& name = one_of(cases_);
    if (!known_[name].open && !out.foreign) {
      out.events.push_back(make("CaseOpened", name, subject()));
      if (chance(50)) out.events.push_back(make_report(name));
      return out;
    }
    if (chance(moves_back(name) ? 40 : 6)) return move(name, out.foreign);
    const auto count = chance(80) ? 1 : number(2, 5);
    for (int i = 0; i < count; ++i) {
      out.events.push_back(random_event(chance(85) ? name : one_of(cases_), out.foreign));
      if (text_in(out.events.back(), "type") != "ReportForwarded") continue;
      out.events.push_back(make("DisclosureMade", name_of(out.events.back()), {{"recipient", "other_board"}}));
    }
    return out;
  }

  void recorded(const Append& append) {
    for (const auto& event : append.events) {
      auto& known = known_[name_of(event)];
      const std::string type{event.at("type").as_string()};
      types_.insert(type);
      known.open = known.open || type == "CaseOpened";
      known.events.push_back(event);
      const auto id = text_in(event, "id");
      if (type == "ReportReceived") known.reports.push_back(id);
      if (type == "InvestigationOpened") known.investigations.push_back(id);
      if (const auto kind = opens(type_named(type).value()); !kind.empty()) {
        known.matters[std::string{kind}].push_back(id);
      }
      if (type == "EventRefiled" && event.at("body").at("original").at("type") == "ReportReceived") {
        const auto original = text_in(event.at("body").at("original").as_object(), "id");
        known.reports.push_back(original.empty() ? id : original);
      }
    }
  }

  [[nodiscard]] const std::set<std::string>& types() const { return types_; }
  [[nodiscard]] bool chance(int percent) { return number(1, 100) <= percent; }
  [[nodiscard]] int number(int low, int high) {  // std::uniform_int_distribution differs between libraries
    return low + static_cast<int>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }

 private:
  inline static const std::vector<std::string> kConcerns{"neglect", "school_absence", "crime_suspicion"};
  struct Known {
    bool open = false;
    std::vector<json::object> events;
    std::vector<std::string> reports;
    std::vector<std::string> investigations;
    std::map<std::string, std::vector<std::string>> matters;  // by kind
  };

  template <class T>
  const T& one_of(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(number(0, static_cast<int>(list.size()) - 1))];
  }
  bool moves_back(const std::string& name) {
    const auto& events = known_[name].events;
    return !events.empty() && text_in(events.back(), "type") == "EventRefiled";
  }
  static std::string text_in(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr ? std::string{} : std::string{value->as_string()};
  }
  std::string name_of(const json::object& event) const {
    auto id = text_in(event, "case");
    for (const auto& name : cases_) {
      if (uuid(name) == id) return name;
    }
    return id;
  }

  // Days of about a year, most in the order of recording, the others often the same; instants around midnight and the
  // change to summer time more often than by chance.
  std::string date() {
    const auto now = static_cast<int>(std::min<std::uint64_t>(made_, 365)) + number(0, 2);
    const auto any = chance(30) ? number(230, 245) : number(0, 365);
    return to_text(day("2025-08-01") + std::chrono::days{chance(75) ? now : any});
  }
  std::string time() {
    if (chance(40)) return date();
    constexpr std::array<const char*, 5> kHours = {"T00:00:00+01:00", "T23:59:59+01:00", "T22:30:00Z",
                                                   "T15:59:59+01:00", "T16:00:00+01:00"};
    return date() + kHours[static_cast<std::size_t>(number(0, 4))];
  }
  std::string worker() { return "worker-" + std::to_string(number(1, 4)); }
  std::string unit() { return "unit-" + std::to_string(number(1, 3)); }

  json::object make(std::string_view type, const std::string& case_name, json::object body) {
    auto out =
        event(type, "event " + std::to_string(random_()) + std::to_string(++made_), case_name, time(), std::move(body));
    out["actor"] = chance(80) ? json::object{{"id", worker()}, {"unit", unit()}} : json::object{};
    if (chance(20)) out["legal_basis"] = json::object{{"law", "SoL 2025:400"}, {"section", "20:1"}};
    return out;
  }
  json::object subject() {
    json::object out;
    if (chance(70)) out["birth_date"] = to_text(day("2007-01-01") + std::chrono::days{number(0, 7'000)});
    if (chance(20)) out["expected_birth"] = date();
    if (chance(50)) out["sex"] = "girl";
    if (chance(50)) out["area"] = unit();
    return out;
  }
  json::object make_report(const std::string& name) {
    json::object body{{"reporter_category", chance(50) ? "school" : "police"}};
    if (chance(60)) body["concerns"] = json::array{json::object{{"code", one_of(kConcerns)}}};
    if (chance(30)) body["siblings"] = json::array{uuid(one_of(cases_))};
    auto out = make("ReportReceived", name, std::move(body));
    if (chance(50)) out["received_at"] = time();
    if (chance(20)) out["sealed"] = json::object{{"free_text_ref", "what was said"}};
    return out;
  }
  static json::object with_matter(json::object event, const std::string& matter) {
    if (!matter.empty()) event["matter"] = matter;
    return event;
  }
  std::string some(const std::vector<std::string>& list, bool foreign) {
    if (list.empty() || (foreign && chance(20))) return uuid("nothing " + std::to_string(number(1, 3)));
    return chance(60) ? list.back() : one_of(list);
  }
  std::string matter_of(const Known& known, bool foreign) {
    if (chance(30)) return {};
    return chance(50) ? some(known.reports, foreign) : some(known.investigations, foreign);
  }
  json::array cited(const Known& known, bool foreign) {
    json::array out{some(known.reports, foreign)};
    if (chance(20)) out.emplace_back(some(known.reports, foreign));
    return out;
  }

  json::object random_event(const std::string& name, bool foreign) {
    const auto& known = known_[name];
    if (chance(20)) return care_event(name, known, foreign);
    if (chance(28)) return bare_event(name, known);
    switch (number(0, 34)) {
      case 0:
        return make("SubjectFactsRecorded", name, subject());
      case 1: {
        auto body = subject();
        body["certainty"] = "certain";
        return make("ChildIdentityLinked", name, std::move(body));
      }
      case 2:
        return make("CaseClosed", name, {{"reason", "moved"}});
      case 3:
        return with_matter(make("ReportSupplemented", name, {}), some(known.reports, foreign));
      case 4:
      case 5:
        return with_matter(make("ProtectionAssessmentMade", name, {{"needs_protection", chance(50)}}),
                           some(known.reports, foreign));
      case 6:
        return with_matter(
            make("ReportJoinedInvestigation", name, {{"investigation_id", some(known.investigations, foreign)}}),
            some(known.reports, foreign));
      case 7:
        return with_matter(
            make("ReportMarkedSameIncident", name, {{"primary_report_id", some(known.reports, foreign)}}),
            some(known.reports, foreign));
      case 8: {
        json::array shown;
        const auto last = known.reports.empty() ? std::string{} : known.reports.back();
        for (const auto& report : known.reports) {
          if (report != last) shown.emplace_back(report);
        }
        return with_matter(
            make("PriorHistoryReviewed", name, {{"shown_report_ids", std::move(shown)}, {"position", 1}}),
            last.empty() ? uuid("nothing") : last);
      }
      case 9:
        return with_matter(make("PreliminaryExtended", name, {{"new_date", date()}, {"reason", "interpreter"}}),
                           some(known.reports, foreign));
      case 10:
      case 11:
        return make("InvestigationNotOpened", name,
                    {{"report_ids", cited(known, foreign)},
                     {"reason_code", "no_need"},
                     {"override_reason", "urgent"},
                     {"decider", worker()}});
      case 12:
      case 13:
        return make("InvestigationOpened", name,
                    {{"report_ids", cited(known, foreign)},
                     {"basis", "reports"},
                     {"override_reason", "urgent"},
                     {"law", "SoL"}});
      case 14:
        return make("InvestigationOpened", name, {{"basis", "application"}});
      case 15:
        return with_matter(make("PartyInformed", name, {{"party", "guardian"}}), some(known.investigations, foreign));
      case 16:
        return with_matter(make("InvestigationExtended", name, {{"new_end", date()}, {"reason", "records"}}),
                           some(known.investigations, foreign));
      case 17:
        return with_matter(make("InvestigationConcluded", name, {{"outcome", chance(25) ? "declined" : "none_needed"}}),
                           some(known.investigations, foreign));
      case 18:
      case 19:
        return with_matter(
            make("CaseAssigned", name,
                 {{"worker", worker()}, {"role", chance(70) ? "responsible" : "co_worker"}, {"unit", unit()}}),
            matter_of(known, foreign));
      case 20:
      case 21:
        return with_matter(make("CaseHandedOver", name,
                                {{"from", worker()}, {"to", worker()}, {"to_unit", unit()}, {"reason", "leave"}}),
                           matter_of(known, foreign));
      case 22:
        return with_matter(make("HandoverAcknowledged", name, {{"worker", worker()}, {"read_position", 1}}),
                           matter_of(known, foreign));
      case 23:
        return with_matter(make("AssignmentEnded", name, {{"worker", worker()}, {"reason", "leave"}}),
                           matter_of(known, foreign));
      case 24: {
        auto out = make("NoteRecorded", name, {{"kind", "note"}});
        out["sealed"] = json::object{{"text_ref", "a note"}};
        return out;
      }
      case 25:
        return staff_or_board_event(foreign);
      case 26:
        return make("ActionRecorded", name, {{"activity", "Confirm"}, {"lifecycle", "complete"}});
      case 27:
        return make("DeadlineSet", name, {{"due", date()}});
      case 28:
        return make_report(name);
      case 29:
      case 30:
      case 31:
      case 32:
        return bare_event(name, known);
      default:
        return known.events.empty() ? make_report(name) : correction(name, known);
    }
  }

  // What is offered, given, waited for and followed up: events that open a matter, or that are of one.
  json::object care_event(const std::string& name, const Known& known, bool foreign) {
    struct Kind {
      const char* type;
      const char* matter;  // kind of its own matter; empty: it opens one
    };
    constexpr std::array<Kind, 46> kKinds{{{"InterventionProposed", ""},
                                           {"ConsentGiven", "proposal"},
                                           {"ConsentWithdrawn", "proposal"},
                                           {"InterventionDeclined", "proposal"},
                                           {"InterventionDeclined", "proposal"},
                                           {"FollowUpDecided", ""},
                                           {"FollowUpNotDecided", "investigation"},
                                           {"FollowUpContact", "follow_up"},
                                           {"FollowUpEnded", "follow_up"},
                                           {"ImmediateCustodyOrdered", ""},
                                           {"CustodyCeased", "custody"},
                                           {"DecisionAppealed", "decision"},
                                           {"CareApplicationExtended", "custody"},
                                           {"CareApplicationFiled", "custody"},
                                           {"InterventionStarted", ""},
                                           {"InterventionChanged", "intervention"},
                                           {"OutcomeMeasured", "intervention"},
                                           {"OutcomeMeasured", "intervention"},
                                           {"InterventionEnded", "intervention"},
                                           {"FidelityReviewed", "intervention"},
                                           {"DecisionExecuted", "decision"},
                                           {"InstrumentCompleted", "investigation"},
                                           {"InstrumentNotUsed", "investigation"},
                                           {"PlacementStarted", ""},
                                           {"PlacementMoved", "placement"},
                                           {"LegalBasisChanged", "placement"},
                                           {"CareOrderEnded", "placement"},
                                           {"PlacementVisited", "placement"},
                                           {"PlacementEnded", "placement"},
                                           {"PlacedChildStatusRecorded", "placement"},
                                           {"QueueEntered", ""},
                                           {"NeedScored", "queue"},
                                           {"QueueLeft", "queue"},
                                           {"PlanOffered", "investigation"},
                                           {"PlanAdopted", ""},
                                           {"PlanRevised", "plan"},
                                           {"CollaborationStarted", ""},
                                           {"CollaborationMet", "collaboration"},
                                           {"CollaborationEnded", "collaboration"},
                                           {"YouthOffenceNotified", ""},
                                           {"MediationOffered", "offence"},
                                           {"CommitmentKept", "commitment"},
                                           {"DecisionMade", ""},
                                           {"DecisionInterrupted", "decision"},
                                           {"NonExecutionFiled", "decision"},
                                           {"OpenServiceProvided", ""}}};
    const auto& kind = kKinds.at(static_cast<std::size_t>(number(0, static_cast<int>(kKinds.size()) - 1)));
    const bool of_board = stream_of(type_named(kind.type).value()) == StreamKind::board;
    auto out = make(kind.type, of_board ? "the board" : name, care_body(kind.type, known, foreign));
    const std::string matter = kind.matter;
    return matter.empty() ? out : with_matter(std::move(out), some(matters_of(known, matter), foreign));
  }

  static const std::vector<std::string>& matters_of(const Known& known, const std::string& kind) {
    static const std::vector<std::string> kNone;
    const auto found = known.matters.find(kind);
    return found == known.matters.end() ? kNone : found->second;
  }

  // A matter that events of the type can belong to; empty: the whole file.
  std::string matter_for(Body type, const Known& known) {
    const auto kinds = own_matter(type).kinds;
    std::vector<std::string> all;
    for (std::size_t kind = 1; kind < kMatterKinds.size(); ++kind) {
      if (!kinds.has(static_cast<MatterKind>(kind))) continue;
      const auto name = kMatterKinds[kind] == "promise" ? "commitment" : std::string{kMatterKinds[kind]};
      const auto& of_kind = matters_of(known, name);
      all.insert(all.end(), of_kind.begin(), of_kind.end());
    }
    if (all.empty() || (kinds.has(MatterKind::kFile) && chance(30))) return {};
    return one_of(all);
  }

  json::object care_body(std::string_view type, const Known& known, bool foreign) {
    const auto investigation = [&] { return some(known.investigations, foreign); };
    const auto of = [&](const char* kind) { return some(matters_of(known, kind), foreign); };
    const auto dated = [&](const char* field, json::object body = {}) {
      if (chance(60)) body[field] = date();
      return body;
    };
    if (type == "InterventionProposed") {
      json::object body{{"method", chance(50) ? "snap" : "tfco"}};
      if (chance(70)) body["investigation_id"] = investigation();
      return body;
    }
    if (type == "ConsentGiven" || type == "ConsentWithdrawn") return {{"party", chance(50) ? "guardian" : "child"}};
    if (type == "InterventionDeclined") return {{"by", chance(50) ? "guardian" : "child"}, {"reason_code", "distrust"}};
    if (type == "FollowUpDecided") {
      json::object body{{"basis_ids", json::array{investigation(), of("proposal")}}};
      if (chance(50)) body["override_reason"] = "other";
      return dated("counts_from", std::move(body));
    }
    if (type == "FollowUpNotDecided") return {{"reason_code", "no_time"}};
    if (type == "InterventionStarted") {
      json::object body{{"method", chance(50) ? "snap" : "tfco"}};
      if (chance(60)) body["proposal_id"] = of("proposal");
      if (chance(40)) body["decision_id"] = of("decision");
      if (chance(80)) body["override_reason"] = "urgent";
      return body;
    }
    if (type == "InterventionChanged") return {{"method", "komet"}, {"provider_kind", "external"}};
    if (type == "OutcomeMeasured") {
      return dated("measured_on", {{"instrument", chance(70) ? "sdq" : "ester"},
                                   {"values", json::array{json::object{{"item", "total"}, {"value", number(0, 40)}}}}});
    }
    if (type == "InterventionEnded") return dated("ended_on", {{"goal_attainment", chance(50) ? "met" : "not_met"}});
    if (type == "InstrumentCompleted" || type == "InstrumentNotUsed") {
      return {{"instrument", chance(50) ? "earl" : chance(50) ? "savry" : "earl_20b"}};
    }
    if (type == "PlacementStarted") {
      return dated("executed_on", {{"form", chance(50) ? "foster_home" : "residential_care"},
                                   {"law", chance(30) ? "sol" : "lvu_2"},
                                   {"home_ref", unit()},
                                   {"decision_id", of("decision")}});
    }
    if (type == "PlacementMoved") {
      return dated("moved_on", {{"form", chance(50) ? "emergency_home" : "foster_home"}, {"home_ref", unit()}});
    }
    if (type == "LegalBasisChanged") return dated("from_on", {{"to", chance(50) ? "sol" : "lvu_3"}});
    if (type == "PlacementVisited") return dated("visit_on", {{"talked_alone", chance(50)}});
    if (type == "PlacementEnded" || type == "FollowUpEnded" || type == "CareOrderEnded") return dated("ended_on");
    if (type == "PlacedChildStatusRecorded")
      return dated("measured_on", {{"domain", chance(50) ? "school" : "health"}});
    if (type == "QueueEntered") return {{"queue", "reinforcement"}, {"waiting_id", investigation()}};
    if (type == "NeedScored") return {{"score", number(0, 9)}};
    if (type == "QueueLeft") return {{"reason", "served"}};
    return duty_body(type, of, dated);
  }

  template <class Of, class Dated>
  json::object duty_body(std::string_view type, const Of& of, const Dated& dated) {
    const auto goals = [&] { return json::array{dated("due", {{"horizon", "short"}, {"state", "open"}})}; };
    if (type == "PlanOffered") return {{"kind", "sip"}, {"answer", chance(50) ? "pending" : "accepted"}};
    if (type == "PlanAdopted") return {{"kind", "sip"}, {"sip_lead", "school"}, {"goals", goals()}};
    if (type == "PlanRevised" && chance(70)) return {{"goals", goals()}};
    if (type == "CollaborationStarted") return {{"kind", chance(50) ? "sams" : "sspf"}};
    if (type == "CollaborationMet") return dated("met_on");
    if (type == "CollaborationEnded") return dated("ended_on");
    if (type == "YouthOffenceNotified") return dated("offence_date", {{"offence_group", "theft"}});
    if (type == "MediationOffered") return {{"offered", chance(50)}, {"held", chance(20)}};
    if (type == "CommitmentKept") return dated("kept_on");
    if (type == "DecisionMade") {
      const bool granted = chance(70);
      return {{"kind", granted ? "assistance" : "termination"},
              {"favourable", granted},
              {"override_reason", "urgent"},
              {"decides_on", json::array{of("decision")}}};
    }
    if (type == "DecisionInterrupted") return dated("interrupted_on");
    if (type == "NonExecutionFiled") return dated("quarter_ends");
    if (type == "OpenServiceProvided") return {{"kind", "home_visit"}, {"unit", unit()}, {"count", number(1, 9)}};
    return {};
  }

  // Types that nothing above makes, one after another, most with nothing in them.
  json::object bare_event(const std::string& name, const Known& known) {
    constexpr auto kFirst = static_cast<std::size_t>(Body::LogImported) + 1;
    const auto type = static_cast<Body>(kFirst + bare_++ % (kTypeCount - kFirst));
    const auto who = worker();
    if (stream_of(type) == StreamKind::staff) return make(type_name(type), "staff " + who, {{"worker", who}});
    json::object body;
    if (type == Body::ChildHeard) body = {{"held", chance(60)}, {"alone", chance(50)}};
    if (type == Body::CommitmentMade) body = {{"to", "child"}, {"due", date()}};
    auto out = make(type_name(type), stream_of(type) == StreamKind::board ? "the board" : name, std::move(body));
    return opens(type).empty() ? with_matter(std::move(out), matter_for(type, known)) : out;
  }

  json::object staff_or_board_event(bool foreign) {
    const auto who = worker();
    if (foreign && chance(70)) return make("LogImported", "the board", {{"file_sha256", "00"}});
    return make(chance(50) ? "StaffJoined" : "StaffLeft", "staff " + who, {{"worker", who}, {"unit", unit()}});
  }

  // The same event again, said otherwise: of any event of the case, corrections among them.
  json::object correction(const std::string& name, const Known& known) {
    const auto& target = one_of(known.events);
    return make(
        "EventCorrected", name,
        {{"target", target.at("id")}, {"replacement", replacement_of(target, known)}, {"reason", "typing_error"}});
  }
  json::object replacement_of(const json::object& target, const Known& known) {
    const auto type = text_in(target, "type");
    auto shown = type == "EventCorrected" ? target.at("body").at("replacement").as_object()
                 : type == "EventRefiled" ? target.at("body").at("original").as_object()
                                          : target;
    for (const auto* field : {"id", "case", "sealed", "correlation_id", "causation_id"}) shown.erase(field);
    if (shown.at("type") == "EventMisfiled") return {{"type", "NoteRecorded"}, {"occurred_at", time()}};
    if (shown.at("type") == "ReportReceived" || shown.at("type") == "InvestigationOpened") shown.erase("matter");
    shown["occurred_at"] = time();
    if (!shown.contains("body")) shown["body"] = json::object{};
    auto& body = shown["body"].as_object();
    if (body.contains("birth_date"))
      body["birth_date"] = to_text(day("2010-01-01") + std::chrono::days{number(0, 4'000)});
    if (body.contains("report_ids")) body["report_ids"] = cited(known, false);
    if (body.contains("new_end")) body["new_end"] = date();
    if (body.contains("worker")) body["worker"] = worker();
    return shown;
  }

  // An event found to be another child's: misfiled here and refiled there, or in a foreign log one without the other.
  Append move(const std::string& wrong, bool foreign) {
    Append out;
    out.foreign = foreign;
    const auto& events = known_[wrong].events;
    auto right = one_of(cases_);
    auto target = events.empty() ? json::object{} : one_of(events);
    if (!events.empty() && text_in(events.back(), "type") == "EventRefiled" && chance(70)) target = events.back();
    const auto type = text_in(target, "type");
    if (type == "EventRefiled" && chance(70)) {  // back to where it came from
      for (const auto& name : cases_) {
        if (uuid(name) == text_in(target.at("body").as_object(), "origin_case")) right = name;
      }
    }
    if (type.empty() || right == wrong || !known_[right].open) {
      out.events.push_back(make_report(wrong));
      return out;
    }
    json::object original = type == "EventRefiled"     ? target.at("body").at("original").as_object()
                            : type == "EventCorrected" ? replacement_of(target, known_[wrong])
                                                       : target;
    original.erase("case");
    original.erase("sealed");
    if (type == "EventMisfiled") original = {{"type", "NoteRecorded"}, {"occurred_at", time()}};
    const auto id = text_in(target, "id");
    if (!foreign || chance(50)) {
      out.events.push_back(
          make("EventMisfiled", wrong, {{"target", id}, {"right_case", uuid(right)}, {"reason", "mixed_up"}}));
    }
    if (!foreign || out.events.empty()) {
      out.events.push_back(
          make("EventRefiled", right,
               {{"origin_case", uuid(wrong)}, {"origin_event", id}, {"original", std::move(original)}}));
    }
    return out;
  }

  std::mt19937_64 random_;
  std::vector<std::string> cases_;
  std::map<std::string, Known> known_;
  std::set<std::string> types_;
  std::uint64_t made_ = 0;
  std::size_t bare_ = 0;  // another start for each seed
};

// Tries `attempts` appends; how many were taken.
inline int record(RandomHistory& history, Memory& memory, int attempts) {
  int taken = 0;
  for (int i = 0; i < attempts; ++i) {
    const auto append = history.next();
    auto wanted = command(memory.board(), append.events);
    wanted.foreign = append.foreign;
    if (!memory->append_and_wait(std::move(wanted))) continue;
    history.recorded(append);
    ++taken;
  }
  return taken;
}

}  // namespace minne
