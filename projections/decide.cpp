#include "projections/decide.h"

#include "events/check.h"
#include "events/person_number.h"
#include "projections/fold.h"

#include <algorithm>
#include <set>

namespace minne {
namespace {

using rows::Decision;

Error refused(const char* invariant, const char* basis, std::string message, const std::string& pointer) {
  auto error = failure(Code::kRefused, std::move(message), pointer);
  error.details["invariant"] = invariant;
  error.details["basis"] = basis;
  return error;
}

Error missing(std::string_view field, const std::string& pointer) {
  return refused("complete-event", "what makes the event what it is must be said",
                 "this type needs " + std::string{field}, pointer + "/body/" + std::string{field});
}

std::vector<Id> ids_in(const flatbuffers::Vector<const events::Uuid*>* ids) {
  std::vector<Id> out;
  if (ids != nullptr) {
    for (const auto* id : *ids) out.push_back(id_of(id));
  }
  return out;
}

bool empty(const flatbuffers::String* text) { return text_of(text).empty(); }

// One append, event by event.
class Decider {
 public:
  Decider(const DecideContext& context, std::map<Id, CaseRow>& rows, const std::vector<Proposed>& events)
      : context_(context), rows_(rows), events_(events) {}

  Result<> run() {
    for (const auto& proposed : events_) {
      MINNE_TRY_VOID(check(proposed));
      fold(proposed);
    }
    return {};
  }

 private:
  Result<> check(const Proposed& proposed) {
    const auto& event = *proposed.event;
    const auto& row = rows_.at(proposed.case_id);
    MINNE_TRY_VOID(check_fields(event, proposed.pointer));
    if (row.version > 0 && row.kind != event.stream_kind()) {
      return refused("one-kind-of-stream", "a worker's and the board's own events stand apart from children's files",
                     "this type belongs to another kind of stream", proposed.pointer + "/type");
    }
    if (event.stream_kind() == StreamKind::case_) MINNE_TRY_VOID(check_opening(proposed, event, row));
    switch (event.body_type()) {
      case Body::CaseOpened:
      case Body::ChildIdentityLinked:
        return check_person(event, proposed.case_id, proposed.pointer);
      case Body::ReportSupplemented:
      case Body::ProtectionAssessmentMade:
        return known_report(proposed, row).error_or_nothing();
      case Body::ReportJoinedInvestigation:
        return check_joined(proposed, row);
      case Body::ReportMarkedSameIncident:
        return check_same_incident(proposed, row);
      case Body::PriorHistoryReviewed:
        return check_reviewed(proposed, row);
      case Body::PreliminaryExtended:
        return check_preliminary_extended(proposed, row);
      case Body::InvestigationNotOpened:
        return check_not_opened(proposed, row);
      case Body::InvestigationOpened:
        return check_opened(proposed, row);
      case Body::PartyInformed:
        return check_party_informed(proposed, row);
      case Body::InvestigationExtended:
        return check_extended(proposed, row);
      case Body::InvestigationConcluded:
        return check_concluded(proposed, row);
      case Body::CaseAssigned:
        return check_assigned(proposed, row);
      case Body::CaseHandedOver:
        return check_handed_over(proposed, row);
      case Body::HandoverAcknowledged:
        return check_acknowledged(proposed, row);
      case Body::AssignmentEnded:
        return check_assignment_ended(proposed, row);
      case Body::EventCorrected:
        return check_corrected(proposed);
      case Body::EventMisfiled:
        return check_misfiled(proposed);
      case Body::EventRefiled:
        return check_refiled(proposed);
      default:
        return {};
    }
  }

  void fold(const Proposed& proposed) {
    auto& row = rows_.at(proposed.case_id);
    // Corrections reach back, and what follows them in the same append is checked against the case as it was.
    if (const auto type = proposed.event->body_type(); type == Body::EventCorrected || type == Body::EventMisfiled) {
      ++row.version;
      return;
    }
    fold_proposed(*proposed.event, context_.head, row, context_.rules);
    derive_row(row, context_.rules);
  }

  // --- the file
  // -------------------------------------------------------------------------------------------------------

  static Result<> check_opening(const Proposed& proposed, const Event& event, const CaseRow& row) {
    const bool opens_case = event.body_type() == Body::CaseOpened;
    if (row.version == 0 && !opens_case) {
      return refused("case-opened-first", "a file is opened before anything is recorded in it (SoL 14:3)",
                     "the case does not exist: its first event is CaseOpened", proposed.pointer + "/type");
    }
    if (row.version > 0 && opens_case) {
      return refused(
          "case-opened-once", "a file is opened before anything is recorded in it (SoL 14:3)",
          "the case is open already: SubjectFactsRecorded or ChildIdentityLinked change what is known of the child",
          proposed.pointer + "/type");
    }
    return {};
  }

  // Whose file it is: in an event of its own, a correction of it, or a copy in the right file.
  Result<> check_person(const Event& event, const Id& case_id, const std::string& pointer) {
    if (const auto* opened = event.body_as_CaseOpened(); opened != nullptr) {
      if (looks_like_person_number(text_of(opened->external_ref()))) {
        return refused("number-never-a-reference", "SoLPUL; OSL 26:1",
                       "a personal number is no reference: send it in sealed.person_number",
                       pointer + "/body/external_ref");
      }
      return check_token(opened->subject_token(), case_id, pointer);
    }
    const auto* linked = event.body_as_ChildIdentityLinked();
    return linked == nullptr ? Result<>{} : check_token(linked->subject_token(), case_id, pointer);
  }

  Result<> check_token(const flatbuffers::Vector<std::uint8_t>* token, const Id& case_id, const std::string& pointer) {
    if (token == nullptr) return {};
    const std::string_view text{reinterpret_cast<const char*>(token->data()), token->size()};
    MINNE_TRY(std::optional<Id> other, context_.find_subject(text, case_id));
    if (const auto [known, fresh] = persons_.try_emplace(std::string{text}, case_id);
        !fresh && known->second != case_id) {
      other = known->second;  // opened by this very append
    }
    if (!other) return {};
    auto error =
        failure(Code::kConflict, "the board already has a case of this person", pointer + "/sealed/person_number");
    error.details["case"] = to_text(*other);
    return error;
  }

  // --- reports
  // --------------------------------------------------------------------------------------------------------

  template <class T>
  struct Found {
    const T* item = nullptr;
    std::optional<Error> error;
    [[nodiscard]] Result<> error_or_nothing() const { return error ? Result<>{*error} : Result<>{}; }
  };

  static Found<rows::ReportT> report_by(const Id& id, const CaseRow& row, const std::string& pointer) {
    const auto* report = find_report(row.get<Reports>(), id);
    if (report != nullptr) return {report, std::nullopt};
    return {nullptr, refused("names-what-is-there", "an event acts on what its case holds",
                             "the case has no such report", pointer)};
  }
  static Found<rows::ReportT> known_report(const Proposed& proposed, const CaseRow& row) {
    return report_by(id_of(proposed.event->matter_id()), row, proposed.pointer + "/matter");
  }

  static Result<> undecided(const rows::ReportT& report, const std::string& pointer) {
    if (report.decision == Decision::pending) return {};
    return refused("report-undecided", "SoL 20:2", "the report has been decided: correct that decision instead",
                   pointer);
  }

  static Result<> not_before_report(const Event& event, const rows::ReportT& report, const std::string& pointer) {
    if (local_date(occurred(event)) >= received_on(report)) return {};
    return refused("chronology", "report, decision, investigation, conclusion follow each other",
                   "this occurred before the report was received", pointer + "/occurred_at");
  }

  static Result<> check_joined(const Proposed& proposed, const CaseRow& row) {
    const auto report = known_report(proposed, row);
    if (report.error) return *report.error;
    MINNE_TRY_VOID(undecided(*report.item, proposed.pointer + "/matter"));
    const auto id = id_of(proposed.event->body_as_ReportJoinedInvestigation()->investigation_id());
    const auto* investigation = find_investigation(row.get<Investigations>(), id);
    if (investigation == nullptr) {
      return refused("names-what-is-there", "an event acts on what its case holds",
                     "the case has no such investigation", proposed.pointer + "/body/investigation_id");
    }
    if (!was_open(*investigation, local_date(occurred(*proposed.event)))) {
      return refused("joins-an-open-investigation", "SoL 20:2", "the investigation is not open on that day",
                     proposed.pointer + "/body/investigation_id");
    }
    return not_before_report(*proposed.event, *report.item, proposed.pointer);
  }

  static Result<> check_same_incident(const Proposed& proposed, const CaseRow& row) {
    const auto report = known_report(proposed, row);
    if (report.error) return *report.error;
    const auto at = proposed.pointer + "/body/primary_report_id";
    const auto primary =
        report_by(id_of(proposed.event->body_as_ReportMarkedSameIncident()->primary_report_id()), row, at);
    if (primary.error) return *primary.error;
    if (incident_of(row.get<Reports>(), *primary.item) == report.item->id) {
      return refused("same-incident-forward", "reports are marked as one incident, never merged",
                     "a report cannot be the same incident as itself", at);
    }
    return {};
  }

  Result<> check_reviewed(const Proposed& proposed, const CaseRow& row) const {
    const auto report = known_report(proposed, row);
    if (report.error) return *report.error;
    const auto& body = *proposed.event->body_as_PriorHistoryReviewed();
    if (!body.position() || *body.position() > context_.head) {
      return refused("history-seen", "every earlier report is seen before the decision (SoL 20:2, 14:3)",
                     "position must be one that the log has reached", proposed.pointer + "/body/position");
    }
    std::set<Id> visible;
    for (const auto& item : row.get<Reports>().items) {
      if (item->id != report.item->id && item->version < report.item->version) visible.insert(item->id);
    }
    const auto shown = ids_in(body.shown_report_ids());
    if (std::set<Id>(shown.begin(), shown.end()) == visible) return {};
    auto error = refused("history-seen", "every earlier report is seen before the decision (SoL 20:2, 14:3)",
                         "shown_report_ids must be all earlier reports of the child",
                         proposed.pointer + "/body/shown_report_ids");
    boost::json::array ids;
    for (const auto& id : visible) ids.emplace_back(to_text(id));
    error.details["earlier_reports"] = std::move(ids);
    return error;
  }

  Result<> check_preliminary_extended(const Proposed& proposed, const CaseRow& row) const {
    const auto report = known_report(proposed, row);
    if (report.error) return *report.error;
    MINNE_TRY_VOID(undecided(*report.item, proposed.pointer + "/matter"));
    MINNE_TRY_VOID(not_before_report(*proposed.event, *report.item, proposed.pointer));
    return later_than_clock(proposed, row, "PRELIM_14D", *proposed.event->body_as_PreliminaryExtended()->new_date(),
                            "new_date");
  }

  // The decision on reports rests on what came before them (SoL 20:2).
  Result<> check_cited(const Proposed& proposed, const CaseRow& row, const std::vector<Id>& reports,
                       bool overridden) const {
    for (std::size_t i = 0; i < reports.size(); ++i) {
      const auto at = proposed.pointer + "/body/report_ids/" + std::to_string(i);
      const auto report = report_by(reports[i], row, at);
      if (report.error) return *report.error;
      MINNE_TRY_VOID(undecided(*report.item, at));
      MINNE_TRY_VOID(not_before_report(*proposed.event, *report.item, proposed.pointer));
    }
    if (reports.empty() || overridden) return {};
    Version newest = 0;  // of the earlier reports: those that stand before the last one cited
    Version last_cited = 0;
    for (const auto& id : reports) last_cited = std::max(last_cited, find_report(row.get<Reports>(), id)->version);
    bool reviewed = false;
    for (const auto& item : row.get<Reports>().items) {
      const bool cited = std::ranges::find(reports, item->id) != reports.end();
      if (cited && item->reviewed_position) reviewed = true;
      if (!cited && item->version < last_cited) newest = std::max(newest, item->version);
    }
    if (newest == 0 || reviewed) return {};
    return refused(
        "history-reviewed-first", "every earlier report is seen before the decision (SoL 20:2, 14:3)",
        "earlier reports have not been reviewed: record PriorHistoryReviewed for the report, or give override_reason",
        proposed.pointer + "/body/report_ids");
  }

  Result<> check_not_opened(const Proposed& proposed, const CaseRow& row) const {
    const auto& body = *proposed.event->body_as_InvestigationNotOpened();
    const auto reports = ids_in(body.report_ids());
    const bool overridden = !empty(body.override_reason());
    MINNE_TRY_VOID(check_cited(proposed, row, reports, overridden));
    if (overridden) return {};
    // With an investigation open on the day of the report there is nothing to decide: the report joins it.
    for (const auto& id : reports) {
      const auto day = received_on(*find_report(row.get<Reports>(), id));
      for (const auto& item : row.get<Investigations>().items) {
        if (!was_open(*item, day) || item->concluded_on) continue;
        return refused("open-investigation-joined", "SoL 20:2",
                       "an investigation is open: record ReportJoinedInvestigation, or give override_reason",
                       proposed.pointer + "/body/report_ids");
      }
    }
    return {};
  }

  Result<> check_opened(const Proposed& proposed, const CaseRow& row) const {
    const auto& body = *proposed.event->body_as_InvestigationOpened();
    const auto reports = ids_in(body.report_ids());
    if (reports.empty() && (empty(body.basis()) || text_of(body.basis()) == "reports")) {
      return refused("opened-on-some-ground", "SoL 14:2",
                     "basis reports needs report_ids; otherwise say application, own_knowledge, notice or taken_over",
                     proposed.pointer + "/body/basis");
    }
    return check_cited(proposed, row, reports, !empty(body.override_reason()));
  }

  // --- investigations
  // -------------------------------------------------------------------------------------------------

  static Found<rows::InvestigationT> open_investigation(const Proposed& proposed, const CaseRow& row) {
    const auto* item = find_investigation(row.get<Investigations>(), id_of(proposed.event->matter_id()));
    const auto at = proposed.pointer + "/matter";
    if (item == nullptr)
      return {nullptr, refused("names-what-is-there", "an event acts on what its case holds",
                               "the case has no such investigation", at)};
    if (item->concluded_on)
      return {nullptr, refused("investigation-open", "SoL 20:3", "the investigation has been concluded", at)};
    if (to_days(local_date(occurred(*proposed.event))) < item->opened_on) {
      return {nullptr, refused("chronology", "report, decision, investigation, conclusion follow each other",
                               "this occurred before the investigation was opened", proposed.pointer + "/occurred_at")};
    }
    return {item, std::nullopt};
  }

  static Result<> check_party_informed(const Proposed& proposed, const CaseRow& row) {
    const auto matter = id_of(proposed.event->matter_id());
    if (find_investigation(row.get<Investigations>(), matter) != nullptr) return {};
    return refused("names-what-is-there", "an event acts on what its case holds", "the case has no such investigation",
                   proposed.pointer + "/matter");
  }

  static Result<> check_extended(const Proposed& proposed, const CaseRow& row) {
    const auto item = open_investigation(proposed, row);
    if (item.error) return *item.error;
    return later_than_clock(proposed, row, "INV_4M", *proposed.event->body_as_InvestigationExtended()->new_end(),
                            "new_end");
  }

  // An extension moves a date forward (invariant 5).
  static Result<> later_than_clock(const Proposed& proposed, const CaseRow& row, std::string_view rule,
                                   std::int32_t date, const std::string& field) {
    for (const auto& obligation : row.get<Obligations>().items) {
      if (obligation->rule != rule || obligation->matter != id_of(proposed.event->matter_id())) continue;
      if (obligation->state != rows::State::open || date > obligation->nominal) continue;
      return refused("extension-later", "SoL 20:2, 20:3: an extension is for a stated, later time",
                     "the new date must be later than " + to_text(from_days(obligation->nominal)),
                     proposed.pointer + "/body/" + field);
    }
    return {};
  }

  static Result<> check_concluded(const Proposed& proposed, const CaseRow& row) {
    return open_investigation(proposed, row).error_or_nothing();
  }

  // --- assignments
  // ----------------------------------------------------------------------------------------------------

  static Result<> known_matter(const Proposed& proposed, const CaseRow& row) {
    const auto matter = id_of(proposed.event->matter_id());
    const bool known = matter.is_nil() || find_report(row.get<Reports>(), matter) != nullptr ||
                       find_investigation(row.get<Investigations>(), matter) != nullptr;
    return known ? Result<>{}
                 : Result<>{refused("names-what-is-there", "an event acts on what its case holds",
                                    "the case has no such matter", proposed.pointer + "/matter")};
  }

  static Result<> check_assigned(const Proposed& proposed, const CaseRow& row) {
    MINNE_TRY_VOID(known_matter(proposed, row));
    const auto& body = *proposed.event->body_as_CaseAssigned();
    if (text_of(body.role()) != kResponsible) return {};
    const auto* current = responsible_of(row.get<Assignments>(), id_of(proposed.event->matter_id()));
    if (current == nullptr) return {};
    return refused("one-responsible-worker", "one responsible worker at a time for each matter",
                   "the matter has a responsible worker: record CaseHandedOver, or AssignmentEnded first",
                   proposed.pointer + "/body/worker");
  }

  static Result<> check_current(const Proposed& proposed, const CaseRow& row, const flatbuffers::String* worker,
                                const char* field) {
    MINNE_TRY_VOID(known_matter(proposed, row));
    if (current_assignment(row.get<Assignments>(), id_of(proposed.event->matter_id()), text_of(worker)) != nullptr)
      return {};
    return refused("assigned-now", "one responsible worker at a time for each matter",
                   "this worker has no such assignment in the matter now", proposed.pointer + "/body/" + field);
  }
  static Result<> check_handed_over(const Proposed& proposed, const CaseRow& row) {
    return check_current(proposed, row, proposed.event->body_as_CaseHandedOver()->from(), "from");
  }
  static Result<> check_assignment_ended(const Proposed& proposed, const CaseRow& row) {
    return check_current(proposed, row, proposed.event->body_as_AssignmentEnded()->worker(), "worker");
  }
  Result<> check_acknowledged(const Proposed& proposed, const CaseRow& row) const {
    const auto& body = *proposed.event->body_as_HandoverAcknowledged();
    if (body.read_position() && *body.read_position() > context_.head) {
      return refused("read-position-reached", "a handover is acknowledged up to what the log holds",
                     "read_position lies past the log's end", proposed.pointer + "/body/read_position");
    }
    return check_current(proposed, row, body.worker(), "worker");
  }

  // --- corrections
  // ----------------------------------------------------------------------------------------------------

  Result<StoredEvent> target_of(const Proposed& proposed, const events::Uuid* target) const {
    MINNE_TRY(auto found, context_.find_event(proposed.case_id, id_of(target)));
    if (!found)
      return refused("names-what-is-there", "an event acts on what its case holds", "the case has no such event",
                     proposed.pointer + "/body/target");
    return std::move(*found);
  }

  // What an event says now that corrections may have replaced it: its type never changes.
  static Body effective_type(const Event& event) {
    if (const auto* corrected = event.body_as_EventCorrected(); corrected != nullptr)
      return corrected->replacement()->body_type();
    if (const auto* refiled = event.body_as_EventRefiled(); refiled != nullptr) return refiled->original()->body_type();
    return event.body_type();
  }

  Result<> check_corrected(const Proposed& proposed) {
    const auto& body = *proposed.event->body_as_EventCorrected();
    MINNE_TRY(const StoredEvent target, target_of(proposed, body.target()));
    const auto type = effective_type(event_in(target.event.bytes));
    if (type == Body::EventMisfiled) {
      return refused("misfiling-undone-by-refiling",
                     "a note in the wrong file is moved to the right one in one step (SoL 14:7)",
                     "a misfiling is undone by refiling the event back", proposed.pointer + "/body/target");
    }
    if (body.replacement()->body_type() != type) {
      return refused("correction-keeps-type",
                     "a correction adds a replacement and keeps what it replaces (GDPR art. 16)",
                     "the replacement must be of the type of what it replaces: " + std::string{type_name(type)},
                     proposed.pointer + "/body/replacement/type");
    }
    MINNE_TRY_VOID(check_fields(*body.replacement(), proposed.pointer + "/body/replacement"));
    return check_person(*body.replacement(), proposed.case_id, proposed.pointer + "/body/replacement");
  }

  Result<> check_misfiled(const Proposed& proposed) const {
    const auto& body = *proposed.event->body_as_EventMisfiled();
    MINNE_TRY(const StoredEvent target, target_of(proposed, body.target()));
    if (event_in(target.event.bytes).body_type() == Body::CaseOpened) {
      return refused("case-opened-stays", "a file is opened before anything is recorded in it (SoL 14:3)",
                     "CaseOpened cannot be misfiled", proposed.pointer + "/body/target");
    }
    const bool paired = std::ranges::any_of(events_, [&](const Proposed& other) {
      const auto* refiled = other.event->body_as_EventRefiled();
      return refiled != nullptr && id_of(refiled->origin_event()) == id_of(body.target()) &&
             id_of(refiled->origin_case()) == proposed.case_id && other.case_id == id_of(body.right_case());
    });
    if (paired) return {};
    return refused("misfiled-and-refiled-together",
                   "a note in the wrong file is moved to the right one in one step (SoL 14:7)",
                   "EventMisfiled is accepted only together with its EventRefiled in the right case",
                   proposed.pointer + "/body/right_case");
  }

  Result<> check_refiled(const Proposed& proposed) {
    const auto& body = *proposed.event->body_as_EventRefiled();
    const auto* misfiled = find_misfiled(proposed, body);
    if (misfiled == nullptr) {
      return refused("misfiled-and-refiled-together",
                     "a note in the wrong file is moved to the right one in one step (SoL 14:7)",
                     "EventRefiled is accepted only together with the EventMisfiled of the wrong case",
                     proposed.pointer + "/body/origin_event");
    }
    MINNE_TRY(const auto origin, context_.find_event(id_of(body.origin_case()), id_of(body.origin_event())));
    if (!origin)
      return refused("names-what-is-there", "an event acts on what its case holds", "the origin has no such event",
                     proposed.pointer + "/body/origin_event");
    if (effective_type(event_in(origin->event.bytes)) != body.original()->body_type()) {
      return refused("refiled-copy", "a note in the wrong file is moved to the right one in one step (SoL 14:7)",
                     "`original` must be a copy of the misfiled event", proposed.pointer + "/body/original/type");
    }
    MINNE_TRY_VOID(check_fields(*body.original(), proposed.pointer + "/body/original"));
    return check_person(*body.original(), proposed.case_id, proposed.pointer + "/body/original");
  }

  const Event* find_misfiled(const Proposed& proposed, const events::EventRefiled& body) const {
    for (const auto& other : events_) {
      const auto* misfiled = other.event->body_as_EventMisfiled();
      if (misfiled != nullptr && other.case_id == id_of(body.origin_case()) &&
          id_of(misfiled->target()) == id_of(body.origin_event()) &&
          id_of(misfiled->right_case()) == proposed.case_id) {
        return other.event;
      }
    }
    return nullptr;
  }

  const DecideContext& context_;
  std::map<Id, CaseRow>& rows_;
  const std::vector<Proposed>& events_;
  std::map<std::string, Id, std::less<>> persons_;  // subject tokens that this append has named
};

}  // namespace

Result<> check_fields(const Event& event, const std::string& pointer) {
  switch (event.body_type()) {
    case Body::ReportJoinedInvestigation:
      return event.body_as_ReportJoinedInvestigation()->investigation_id() == nullptr
                 ? missing("investigation_id", pointer)
                 : Result<>{};
    case Body::ReportMarkedSameIncident:
      return event.body_as_ReportMarkedSameIncident()->primary_report_id() == nullptr
                 ? missing("primary_report_id", pointer)
                 : Result<>{};
    case Body::PreliminaryExtended: {
      const auto& body = *event.body_as_PreliminaryExtended();
      if (!body.new_date()) return missing("new_date", pointer);
      return empty(body.reason()) ? missing("reason", pointer) : Result<>{};
    }
    case Body::InvestigationNotOpened: {
      const auto* reports = event.body_as_InvestigationNotOpened()->report_ids();
      return reports == nullptr || reports->size() == 0 ? missing("report_ids", pointer) : Result<>{};
    }
    case Body::InvestigationExtended: {
      const auto& body = *event.body_as_InvestigationExtended();
      if (!body.new_end()) return missing("new_end", pointer);
      return empty(body.reason()) ? missing("reason", pointer) : Result<>{};
    }
    case Body::InvestigationConcluded:
      return empty(event.body_as_InvestigationConcluded()->outcome()) ? missing("outcome", pointer) : Result<>{};
    case Body::CaseAssigned: {
      const auto& body = *event.body_as_CaseAssigned();
      if (empty(body.worker())) return missing("worker", pointer);
      return empty(body.role()) ? missing("role", pointer) : Result<>{};
    }
    case Body::CaseHandedOver: {
      const auto& body = *event.body_as_CaseHandedOver();
      if (empty(body.from())) return missing("from", pointer);
      return empty(body.to()) ? missing("to", pointer) : Result<>{};
    }
    case Body::HandoverAcknowledged:
      return empty(event.body_as_HandoverAcknowledged()->worker()) ? missing("worker", pointer) : Result<>{};
    case Body::AssignmentEnded:
      return empty(event.body_as_AssignmentEnded()->worker()) ? missing("worker", pointer) : Result<>{};
    case Body::StaffJoined:
      return empty(event.body_as_StaffJoined()->worker()) ? missing("worker", pointer) : Result<>{};
    case Body::StaffLeft:
      return empty(event.body_as_StaffLeft()->worker()) ? missing("worker", pointer) : Result<>{};
    case Body::ActionRecorded:
      return empty(event.body_as_ActionRecorded()->activity()) ? missing("activity", pointer) : Result<>{};
    case Body::DeadlineSet:
      return !event.body_as_DeadlineSet()->due() ? missing("due", pointer) : Result<>{};
    case Body::EventCorrected: {
      const auto& body = *event.body_as_EventCorrected();
      if (body.target() == nullptr) return missing("target", pointer);
      if (body.replacement() == nullptr) return missing("replacement", pointer);
      return empty(body.reason()) ? missing("reason", pointer) : Result<>{};
    }
    case Body::EventMisfiled: {
      const auto& body = *event.body_as_EventMisfiled();
      if (body.target() == nullptr) return missing("target", pointer);
      return body.right_case() == nullptr ? missing("right_case", pointer) : Result<>{};
    }
    case Body::EventRefiled: {
      const auto& body = *event.body_as_EventRefiled();
      if (body.origin_case() == nullptr) return missing("origin_case", pointer);
      if (body.origin_event() == nullptr) return missing("origin_event", pointer);
      return body.original() == nullptr ? missing("original", pointer) : Result<>{};
    }
    default:
      return {};
  }
}

Result<> decide(const DecideContext& context, std::map<Id, CaseRow>& rows, const std::vector<Proposed>& events) {
  return Decider{context, rows, events}.run();
}

}  // namespace minne
