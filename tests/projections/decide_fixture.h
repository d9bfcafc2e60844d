// decide without a log or a disk: a world of cases that takes appends, and rows of refusals by subject.
//
//   World world({{opened("anna")}, {report("r1", "anna")}});
//   world.append({not_opened("no", {"r1"})});
#pragma once

#include "tests/projections/memory_fixture.h"

#include "projections/decide.h"

#include <map>
#include <optional>
#include <set>

namespace minne::refusals {

using Events = std::vector<json::object>;

inline const DeadlineRules& rules() {
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

// --- events, short
// ----------------------------------------------------------------------------------------------------

inline json::object of(std::string_view type, std::string_view id, std::string_view matter, std::string_view occurred,
                       json::object body = {}) {
  auto out = event(type, id, "anna", occurred, std::move(body));
  if (!matter.empty()) out["matter"] = uuid(matter);
  return out;
}
inline json::object not_opened(std::string_view id, const std::vector<std::string>& reports,
                               std::string_view occurred = "2026-02-10", std::string_view override_reason = {}) {
  json::object body{{"report_ids", uuids(reports)}, {"reason_code", "no_need"}};
  if (!override_reason.empty()) body["override_reason"] = override_reason;
  return of("InvestigationNotOpened", id, {}, occurred, std::move(body));
}
inline json::object investigation(std::string_view id, const std::vector<std::string>& reports,
                                  std::string_view occurred = "2026-02-10", std::string_view basis = "reports") {
  return of("InvestigationOpened", id, {}, occurred, {{"report_ids", uuids(reports)}, {"basis", basis}});
}
inline json::object joined(std::string_view id, std::string_view report, std::string_view into,
                           std::string_view occurred = "2026-02-12") {
  return of("ReportJoinedInvestigation", id, report, occurred, {{"investigation_id", uuid(into)}});
}
inline json::object reviewed(std::string_view id, std::string_view report, const std::vector<std::string>& shown,
                             int position = 3) {
  return of("PriorHistoryReviewed", id, report, "2026-02-09",
            {{"shown_report_ids", uuids(shown)}, {"position", position}});
}
inline json::object prelim_extended(std::string_view id, std::string_view report, std::string_view to,
                                    std::string_view occurred = "2026-02-10") {
  return of("PreliminaryExtended", id, report, occurred, {{"new_date", to}, {"reason", "interpreter"}});
}
inline json::object extended(std::string_view id, std::string_view matter, std::string_view to,
                             std::string_view occurred = "2026-03-10") {
  return of("InvestigationExtended", id, matter, occurred, {{"new_end", to}, {"reason", "records"}});
}
inline json::object concluded(std::string_view id, std::string_view matter, std::string_view occurred = "2026-04-10") {
  return of("InvestigationConcluded", id, matter, occurred, {{"outcome", "none_needed"}});
}
inline json::object assigned(std::string_view id, std::string_view matter, std::string_view worker,
                             std::string_view role = "responsible") {
  return of("CaseAssigned", id, matter, "2026-02-10", {{"worker", worker}, {"role", role}});
}
inline json::object handed_over(std::string_view id, std::string_view matter, std::string_view from,
                                std::string_view to) {
  return of("CaseHandedOver", id, matter, "2026-02-11", {{"from", from}, {"to", to}});
}
inline json::object acknowledged(std::string_view id, std::string_view matter, std::string_view worker,
                                 int position = 1) {
  return of("HandoverAcknowledged", id, matter, "2026-02-12", {{"worker", worker}, {"read_position", position}});
}
inline json::object assignment_ended(std::string_view id, std::string_view matter, std::string_view worker) {
  return of("AssignmentEnded", id, matter, "2026-02-12", {{"worker", worker}, {"reason", "leave"}});
}
inline json::object staff(std::string_view type, std::string_view id, std::string_view worker) {
  return event(type, id, "staff " + std::string{worker}, "2026-02-15", {{"worker", worker}});
}
inline json::object same_incident(std::string_view id, std::string_view report, std::string_view primary) {
  return of("ReportMarkedSameIncident", id, report, "2026-02-12", {{"primary_report_id", uuid(primary)}});
}
inline json::object corrected(std::string_view id, std::string_view target, json::object replacement) {
  return of("EventCorrected", id, {}, "2026-02-20",
            {{"target", uuid(target)}, {"replacement", std::move(replacement)}, {"reason", "stamp"}});
}
inline json::object replacement(std::string_view type, json::object body = {}) {
  return {{"type", type}, {"occurred_at", "2026-02-05"}, {"body", std::move(body)}};
}
inline json::object misfiled(std::string_view id, std::string_view target, std::string_view right = "bo",
                             std::string_view wrong = "anna") {
  return event("EventMisfiled", id, wrong, "2026-02-20", {{"target", uuid(target)}, {"right_case", uuid(right)}});
}
inline json::object refiled(std::string_view id, std::string_view origin, json::object original,
                            std::string_view right = "bo", std::string_view wrong = "anna") {
  return event("EventRefiled", id, right, "2026-02-20",
               {{"origin_case", uuid(wrong)}, {"origin_event", uuid(origin)}, {"original", std::move(original)}});
}
// What a refiling brings along: the event as it was, without the case that it was in.
inline json::object copy(json::object original) {
  original.erase("case");
  return original;
}
inline json::object as_replacement(json::object original) {
  original.erase("case");
  original.erase("id");
  return original;
}
inline json::object without_matter(json::object event) {
  event.erase("matter");
  return event;
}
inline json::object called(json::object event, std::string_view id) {
  event["id"] = uuid(id);
  return event;
}
inline json::object acted(json::object event, std::string_view worker) {
  event["actor"] = json::object{{"id", worker}};
  return event;
}
inline json::object with_text(json::object report, std::string_view text) {
  report["sealed"] = json::object{{"free_text_ref", text}};
  return report;
}
inline json::object without(json::object event, std::string_view field) {
  event["body"].as_object().erase(field);
  return event;
}
inline json::object with_number(json::object event, std::string_view number) {
  event["sealed"] = json::object{{"person_number", number}};
  return event;
}

inline const std::vector<Events> kOpen = {{opened("anna")}, {opened("bo")}};
inline std::vector<Events> after(std::vector<Events> more) {
  auto out = kOpen;
  out.insert(out.end(), more.begin(), more.end());
  return out;
}
inline std::vector<Events> with_report() { return after({{report("r1", "anna", "2026-02-02")}}); }
inline std::vector<Events> with_two_reports() {
  return after({{report("r1", "anna", "2026-02-02")}, {report("r2", "anna", "2026-02-04")}});
}
inline std::vector<Events> with_investigation() {
  return after({{investigation("i1", {}, "2026-02-03", "application")}});
}

// --- every refusal, by subject

std::vector<Refusal> file_refusals();
std::vector<Refusal> report_refusals();
std::vector<Refusal> decision_refusals();
std::vector<Refusal> investigation_refusals();
std::vector<Refusal> assignment_refusals();
std::vector<Refusal> staff_refusals();
std::vector<Refusal> correction_refusals();
std::vector<Refusal> replacement_refusals();
std::vector<Refusal> matter_refusals();
std::vector<Refusal> ended_refusals();
std::vector<Refusal> care_refusals();
std::vector<Refusal> elsewhere_refusals();

}  // namespace minne::refusals
