#include "projections/invariants.h"

#include <algorithm>
#include <set>

namespace minne {
namespace {

using rows::Decision;

constexpr const char* kHistory = "every earlier report is seen before the decision (SoL 20:2, 14:3)";

std::vector<Id> ids_in(const flatbuffers::Vector<const events::Uuid*>* ids) {
  std::vector<Id> out;
  if (ids != nullptr) {
    for (const auto* id : *ids) out.push_back(id_of(id));
  }
  return out;
}

bool empty(const flatbuffers::String* text) { return text_of(text).empty(); }

// Reports come in the order they were received, whenever they were recorded.
bool earlier(const rows::ReportT& one, const rows::ReportT& other) {
  return std::pair{received_on(one), one.version} < std::pair{received_on(other), other.version};
}

Error too_early(const char* what, const std::string& pointer) {
  return refused("chronology", "report, decision, investigation, conclusion follow each other",
                 std::string{"this occurred before "} + what, pointer);
}

// One event, against the case before it.
class Checker {
 public:
  Checker(const DecideContext& context, const Judged& judged, LazyRow& row)
      : context_(context), judged_(judged), event_(judged.event), row_(row) {}

  Result<> check() {
    switch (event_.body_type()) {
      case Body::ReportReceived:
      case Body::InvestigationOpened:
        MINNE_TRY_VOID(check_new_matter());
        return event_.body_type() == Body::ReportReceived ? Result<>{} : check_opened();
      case Body::ReportSupplemented:
      case Body::ProtectionAssessmentMade:
        return known_report().error_or_nothing();
      case Body::ReportJoinedInvestigation:
        return check_joined();
      case Body::ReportMarkedSameIncident:
        return check_same_incident();
      case Body::PriorHistoryReviewed:
        return check_reviewed();
      case Body::PreliminaryExtended:
        return check_preliminary_extended();
      case Body::InvestigationNotOpened:
        return check_not_opened();
      case Body::PartyInformed:
        return known_investigation().error_or_nothing();
      case Body::InvestigationExtended:
        return check_extended();
      case Body::InvestigationConcluded:
        return open_investigation().error_or_nothing();
      case Body::CaseAssigned:
        return check_assigned();
      case Body::CaseHandedOver:
        return check_current(event_.body_as_CaseHandedOver()->from(), "from");
      case Body::HandoverAcknowledged:
        return check_acknowledged();
      case Body::AssignmentEnded:
        return check_current(event_.body_as_AssignmentEnded()->worker(), "worker");
      default:
        return {};
    }
  }

 private:
  [[nodiscard]] Date day() const { return local_date(occurred(event_)); }
  [[nodiscard]] std::string at(std::string_view where) const { return judged_.pointer + std::string{where}; }

  // --- reports
  // --------------------------------------------------------------------------------------------------------

  template <class T>
  struct Found {
    const T* item = nullptr;
    std::optional<Error> error;
    [[nodiscard]] Result<> error_or_nothing() const { return error ? Result<>{*error} : Result<>{}; }
  };

  // A copy may bring an id of its own along, which the log does not compare with the others of the case.
  [[nodiscard]] Result<> check_new_matter() const {
    if (find_report(row_->get<Reports>(), judged_.matter) == nullptr &&
        find_investigation(row_->get<Investigations>(), judged_.matter) == nullptr) {
      return {};
    }
    return refused("a-matter-is-one", "a matter is named by the event that opened it",
                   "the case has a matter of this id already", at("/id"));
  }

  [[nodiscard]] Found<rows::ReportT> report_by(const Id& id, const std::string& pointer) const {
    const auto* report = find_report(row_->get<Reports>(), id);
    if (report != nullptr) return {report, std::nullopt};
    return {nullptr, no_such_event("the case has no such report", pointer)};
  }
  [[nodiscard]] Found<rows::ReportT> known_report() const { return report_by(judged_.matter, at("/matter")); }

  static Result<> undecided(const rows::ReportT& report, const std::string& pointer) {
    if (report.decision == Decision::pending) return {};
    return refused("report-undecided", "SoL 20:2", "the report has been decided: correct that decision instead",
                   pointer);
  }

  [[nodiscard]] Result<> not_before(const rows::ReportT& report) const {
    if (day() >= received_on(report)) return {};
    return too_early("the report was received", at("/occurred_at"));
  }

  [[nodiscard]] Result<> check_joined() const {
    const auto report = known_report();
    if (report.error) return *report.error;
    MINNE_TRY_VOID(undecided(*report.item, at("/matter")));
    const auto* investigation = find_investigation(
        row_->get<Investigations>(), id_of(event_.body_as_ReportJoinedInvestigation()->investigation_id()));
    if (investigation == nullptr) {
      return no_such_event("the case has no such investigation", at("/body/investigation_id"));
    }
    if (!was_open(*investigation, day())) {
      return refused("joins-an-open-investigation", "SoL 20:2", "the investigation is not open on that day",
                     at("/body/investigation_id"));
    }
    return not_before(*report.item);
  }

  [[nodiscard]] Result<> check_same_incident() const {
    const auto report = known_report();
    if (report.error) return *report.error;
    const auto pointer = at("/body/primary_report_id");
    const auto primary = report_by(id_of(event_.body_as_ReportMarkedSameIncident()->primary_report_id()), pointer);
    if (primary.error) return *primary.error;
    if (incident_of(row_->get<Reports>(), *primary.item) == report.item->id) {
      return refused("same-incident-forward", "reports are marked as one incident, never merged",
                     "a report cannot be the same incident as itself", pointer);
    }
    return {};
  }

  [[nodiscard]] Position position_of(const rows::ReportT& report) const {
    return context_.position_of(judged_.case_id, report.version);
  }
  // The reports before this one, but for those of `besides`, that could be seen where the event stands.
  [[nodiscard]] std::vector<const rows::ReportT*> earlier_than(
      const rows::ReportT& report, const std::vector<const rows::ReportT*>& besides = {}) const {
    std::vector<const rows::ReportT*> out;
    for (const auto& item : row_->get<Reports>().items) {
      const bool passed_over = std::ranges::find(besides, item.get()) != besides.end();
      if (!passed_over && earlier(*item, report) && position_of(*item) <= judged_.head) out.push_back(item.get());
    }
    return out;
  }
  // Where the last recorded of them stands.
  [[nodiscard]] Position newest_of(const std::vector<const rows::ReportT*>& reports) const {
    Position newest = 0;
    for (const auto* report : reports) newest = std::max(newest, position_of(*report));
    return newest;
  }

  [[nodiscard]] Result<> check_reviewed() const {
    const auto report = known_report();
    if (report.error) return *report.error;
    if (judged_.moved) return {};
    const auto& body = *event_.body_as_PriorHistoryReviewed();
    if (!body.position() || *body.position() > judged_.head) {
      return refused("history-seen", kHistory, "position must be one that the log has reached", at("/body/position"));
    }
    const auto before = earlier_than(*report.item);
    if (const auto newest = newest_of(before); *body.position() < newest) {
      auto error = refused("history-seen", kHistory, "an earlier report was recorded after that position: read again",
                           at("/body/position"));
      error.details["newest_report_position"] = newest;
      return error;
    }
    std::set<Id> visible;
    for (const auto* item : before) visible.insert(item->id);
    const auto shown = ids_in(body.shown_report_ids());
    if (std::set<Id>(shown.begin(), shown.end()) == visible) return {};
    auto error = refused("history-seen", kHistory, "shown_report_ids must be all earlier reports of the child",
                         at("/body/shown_report_ids"));
    boost::json::array ids;
    for (const auto& id : visible) ids.emplace_back(to_text(id));
    error.details["earlier_reports"] = std::move(ids);
    return error;
  }

  [[nodiscard]] Result<> check_preliminary_extended() {
    const auto report = known_report();
    if (report.error) return *report.error;
    MINNE_TRY_VOID(undecided(*report.item, at("/matter")));
    MINNE_TRY_VOID(not_before(*report.item));
    return later_than_clock("PRELIM_14D", *event_.body_as_PreliminaryExtended()->new_date(), "/body/new_date");
  }

  // The decision on reports rests on what came before them (SoL 20:2).
  [[nodiscard]] Result<> check_cited(const std::vector<Id>& ids, bool overridden) const {
    std::vector<const rows::ReportT*> cited;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto pointer = at("/body/report_ids/" + std::to_string(i));
      const auto report = report_by(ids[i], pointer);
      if (report.error) return *report.error;
      MINNE_TRY_VOID(undecided(*report.item, pointer));
      MINNE_TRY_VOID(not_before(*report.item));
      cited.push_back(report.item);
    }
    if (cited.empty() || overridden || judged_.moved) return {};
    const auto* last = *std::ranges::max_element(cited, [](const auto* a, const auto* b) { return earlier(*a, *b); });
    const auto before = earlier_than(*last, cited);
    if (before.empty()) return {};
    const auto newest = newest_of(before);
    const bool reviewed = std::ranges::any_of(
        cited, [&](const auto* item) { return item->reviewed_position && *item->reviewed_position >= newest; });
    if (reviewed) return {};
    return refused(
        "history-reviewed-first", kHistory,
        "earlier reports have not been reviewed: record PriorHistoryReviewed for the report, or give override_reason",
        at("/body/report_ids"));
  }

  [[nodiscard]] Result<> check_not_opened() const {
    const auto& body = *event_.body_as_InvestigationNotOpened();
    const auto ids = ids_in(body.report_ids());
    const bool overridden = !empty(body.override_reason());
    MINNE_TRY_VOID(check_cited(ids, overridden));
    if (overridden || judged_.moved) return {};
    // With an investigation open on the day of the report there is nothing to decide: the report joins it.
    for (const auto& id : ids) {
      const auto received = received_on(*find_report(row_->get<Reports>(), id));
      for (const auto& item : row_->get<Investigations>().items) {
        if (!was_open(*item, received) || item->concluded_on) continue;
        return refused("open-investigation-joined", "SoL 20:2",
                       "an investigation is open: record ReportJoinedInvestigation, or give override_reason",
                       at("/body/report_ids"));
      }
    }
    return {};
  }

  [[nodiscard]] Result<> check_opened() const {
    const auto& body = *event_.body_as_InvestigationOpened();
    const auto ids = ids_in(body.report_ids());
    if (ids.empty() && (empty(body.basis()) || text_of(body.basis()) == "reports")) {
      return refused("opened-on-some-ground", "SoL 14:2",
                     "basis reports needs report_ids; otherwise say application, own_knowledge, notice or taken_over",
                     at("/body/basis"));
    }
    return check_cited(ids, !empty(body.override_reason()));
  }

  // --- investigations
  // -------------------------------------------------------------------------------------------------

  [[nodiscard]] Found<rows::InvestigationT> known_investigation() const {
    const auto* item = find_investigation(row_->get<Investigations>(), judged_.matter);
    if (item != nullptr) return {item, std::nullopt};
    return {nullptr, no_such_event("the case has no such investigation", at("/matter"))};
  }

  [[nodiscard]] Found<rows::InvestigationT> open_investigation() const {
    auto found = known_investigation();
    if (found.error) return found;
    if (found.item->concluded_on) {
      found.error = refused("investigation-open", "SoL 20:3", "the investigation has been concluded", at("/matter"));
    } else if (to_days(day()) < found.item->opened_on) {
      found.error = too_early("the investigation was opened", at("/occurred_at"));
    }
    return found;
  }

  [[nodiscard]] Result<> check_extended() {
    const auto item = open_investigation();
    if (item.error) return *item.error;
    return later_than_clock("INV_4M", *event_.body_as_InvestigationExtended()->new_end(), "/body/new_end");
  }

  // An extension moves a date forward (invariant 5).
  [[nodiscard]] Result<> later_than_clock(std::string_view rule, std::int32_t date, std::string_view field) {
    for (const auto& obligation : row_.obligations().items) {
      if (obligation->rule != rule || obligation->matter != judged_.matter) continue;
      if (obligation->state != rows::State::open || date > obligation->nominal) continue;
      return refused("extension-later", "SoL 20:2, 20:3: an extension is for a stated, later time",
                     "the new date must be later than " + to_text(from_days(obligation->nominal)), at(field));
    }
    return {};
  }

  // --- assignments
  // ----------------------------------------------------------------------------------------------------

  [[nodiscard]] Result<> known_matter() const {
    const auto& matter = judged_.matter;
    const bool known =
        matter.is_nil() || find_report(row_->get<Reports>(), matter) != nullptr ||
        find_investigation(row_->get<Investigations>(), matter) != nullptr ||
        std::ranges::any_of(row_->get<Matters>().items, [&](const auto& item) { return item->id == matter; });
    return known ? Result<>{} : Result<>{no_such_event("the case has no such matter", at("/matter"))};
  }

  [[nodiscard]] Result<> check_assigned() const {
    MINNE_TRY_VOID(known_matter());
    if (text_of(event_.body_as_CaseAssigned()->role()) != kResponsible) return {};
    if (responsible_of(row_->get<Assignments>(), judged_.matter) == nullptr) return {};
    return refused("one-responsible-worker", "one responsible worker at a time for each matter",
                   "the matter has a responsible worker: record CaseHandedOver, or AssignmentEnded first",
                   at("/body/worker"));
  }

  [[nodiscard]] Result<> check_current(const flatbuffers::String* worker, std::string_view field) const {
    MINNE_TRY_VOID(known_matter());
    if (current_assignment(row_->get<Assignments>(), judged_.matter, text_of(worker)) != nullptr) return {};
    return refused("assigned-now", "one responsible worker at a time for each matter",
                   "this worker has no such assignment in the matter now", at("/body/" + std::string{field}));
  }

  [[nodiscard]] Result<> check_acknowledged() const {
    const auto& body = *event_.body_as_HandoverAcknowledged();
    if (body.read_position() && *body.read_position() > judged_.head) {
      return refused("read-position-reached", "a handover is acknowledged up to what the log holds",
                     "read_position lies past the log's end", at("/body/read_position"));
    }
    return check_current(body.worker(), "worker");
  }

  const DecideContext& context_;
  const Judged& judged_;
  const Event& event_;
  LazyRow& row_;
};

}  // namespace

Error refused(const char* invariant, const char* basis, std::string message, const std::string& pointer) {
  auto error = failure(Code::kRefused, std::move(message), pointer);
  error.details["invariant"] = invariant;
  error.details["basis"] = basis;
  return error;
}

Error no_such_event(std::string message, const std::string& pointer) {
  return refused("names-what-is-there", "an event acts on what its case holds", std::move(message), pointer);
}

Result<> check_invariants(const DecideContext& context, const Judged& judged, LazyRow& row) {
  return Checker{context, judged, row}.check();
}

Result<> check_order(const RecordedEvent& standing, const CaseRow& row) {
  const auto& event = standing.envelope;
  const auto day = standing.occurred_on();
  const auto after_report = [&](const Id& id) -> Result<> {
    const auto* report = find_report(row.get<Reports>(), id);
    return report == nullptr || received_on(*report) <= day ? Result<>{} : too_early("the report was received", {});
  };
  const auto after_opening = [&](const Id& id) -> Result<> {
    const auto* item = find_investigation(row.get<Investigations>(), id);
    return item == nullptr || item->opened_on <= to_days(day) ? Result<>{}
                                                              : too_early("the investigation was opened", {});
  };
  const auto after_reports = [&](const flatbuffers::Vector<const events::Uuid*>* ids) -> Result<> {
    for (const auto& id : ids_in(ids)) MINNE_TRY_VOID(after_report(id));
    return {};
  };
  switch (event.body_type()) {
    case Body::PreliminaryExtended:
      return after_report(standing.matter());
    case Body::ReportJoinedInvestigation:
      MINNE_TRY_VOID(after_report(standing.matter()));
      return after_opening(id_of(event.body_as_ReportJoinedInvestigation()->investigation_id()));
    case Body::InvestigationNotOpened:
      return after_reports(event.body_as_InvestigationNotOpened()->report_ids());
    case Body::InvestigationOpened:
      return after_reports(event.body_as_InvestigationOpened()->report_ids());
    case Body::InvestigationExtended:
    case Body::InvestigationConcluded:
      return after_opening(standing.matter());
    default:
      return {};
  }
}

}  // namespace minne
