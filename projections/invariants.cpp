#include "projections/invariants.h"

#include "events/schema.h"
#include "projections/checker.h"

#include <algorithm>
#include <set>

namespace minne {
namespace {

using rows::Decision;

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

Error too_early(Body type, const std::string& pointer, const Id& rests_on) {
  return refused("chronology", std::string{type_name(type)} + " occurred before what it rests on", pointer, rests_on);
}

Error no_such_matter(std::string_view what, const std::string& pointer, const Id& named) {
  return refused("names-what-is-there", "the case has no such " + std::string{what}, pointer, named);
}

// Of reports, investigations and assignments.
class CaseChecker : Checker {
 public:
  using Checker::Checker;

  Result<> check() {
    switch (event_.body_type()) {
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
      case Body::InvestigationOpened:
        return check_opened();
      case Body::InvestigationExtended:
        MINNE_TRY_VOID(check_open());
        return later_than_clock("INV_4M", *event_.body_as_InvestigationExtended()->new_end(), "/body/new_end");
      case Body::InvestigationConcluded:
        return check_open();
      case Body::CaseAssigned:
        return check_assigned();
      case Body::CaseHandedOver:
        return check_handed_over();
      case Body::HandoverAcknowledged:
        return check_acknowledged();
      case Body::AssignmentEnded:
        return check_current(event_.body_as_AssignmentEnded()->worker(), "/body/worker");
      default:
        return {};
    }
  }

 private:
  // --- reports
  // --------------------------------------------------------------------------------------------------------

  [[nodiscard]] Result<const rows::ReportT*> report_by(const Id& id, std::string_view where) const {
    const auto* report = find_report(row_->get<Reports>(), id);
    if (report == nullptr) return no_such_matter("report", at(where), id);
    return report;
  }

  [[nodiscard]] Result<> undecided(const rows::ReportT& report, std::string_view where) const {
    if (report.decision == Decision::pending) return {};
    return refuse("report-undecided", "the report has been decided", where,
                  with_event_at({report.id}, report.decided_version));
  }

  [[nodiscard]] Result<> check_joined() const {
    MINNE_TRY(const auto* report, report_by(judged_.matter, "/matter"));
    MINNE_TRY_VOID(undecided(*report, "/matter"));
    const auto* investigation = find_investigation(
        row_->get<Investigations>(), id_of(event_.body_as_ReportJoinedInvestigation()->investigation_id()));
    if (investigation == nullptr || was_open(*investigation, day())) return {};
    return refuse("joins-an-open-investigation", "the investigation is not open on that day", "/body/investigation_id",
                  with_event_at({investigation->id}, investigation->concluded_version));
  }

  [[nodiscard]] Result<> check_same_incident() const {
    constexpr std::string_view kWhere = "/body/primary_report_id";
    MINNE_TRY(const auto* report, report_by(judged_.matter, "/matter"));
    MINNE_TRY(const auto* primary,
              report_by(id_of(event_.body_as_ReportMarkedSameIncident()->primary_report_id()), kWhere));
    if (incident_of(row_->get<Reports>(), *primary) != report->id) return {};
    return refuse("same-incident-forward", "a report cannot be the same incident as itself", kWhere, primary->id);
  }

  [[nodiscard]] Position position_of(const rows::ReportT& report) const {
    return context_.position_of(judged_.case_id, report.version);
  }
  // The reports before this one, but for those of `besides`, that could be seen where the event stands.
  [[nodiscard]] std::vector<const rows::ReportT*> earlier_than(
      const rows::ReportT& report, const std::vector<const rows::ReportT*>& besides = {}) const {
    std::vector<const rows::ReportT*> out;
    for (const auto* item : in_legal_order(row_->get<Reports>())) {
      const bool passed_over = std::ranges::find(besides, item) != besides.end();
      if (!passed_over && earlier(*item, report) && position_of(*item) <= judged_.head) out.push_back(item);
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
    MINNE_TRY(const auto* report, report_by(judged_.matter, "/matter"));
    if (judged_.moved) return {};
    const auto& body = *event_.body_as_PriorHistoryReviewed();
    if (!body.position() || *body.position() > judged_.head) {
      return refuse("history-seen", "position must be one that the log has reached", "/body/position");
    }
    const auto before = earlier_than(*report);
    std::set<Id> visible;
    for (const auto* item : before) visible.insert(item->id);
    const std::vector<Id> rests_on(visible.begin(), visible.end());
    if (const auto newest = newest_of(before); *body.position() < newest) {
      auto error = refused("history-seen", "an earlier report was recorded after that position: read again",
                           at("/body/position"), rests_on);
      error.details["newest_report_position"] = newest;
      return error;
    }
    const auto shown = ids_in(body.shown_report_ids());
    if (std::set<Id>(shown.begin(), shown.end()) == visible) return {};
    auto error = refused("history-seen", "shown_report_ids must be all earlier reports of the child",
                         at("/body/shown_report_ids"), rests_on);
    auto earlier_reports = error.details["events"];
    error.details["earlier_reports"] = std::move(earlier_reports);
    return error;
  }

  [[nodiscard]] Result<> check_preliminary_extended() {
    MINNE_TRY(const auto* report, report_by(judged_.matter, "/matter"));
    MINNE_TRY_VOID(undecided(*report, "/matter"));
    return later_than_clock("PRELIM_14D", *event_.body_as_PreliminaryExtended()->new_date(), "/body/new_date");
  }

  // The decision on reports rests on what came before them (SoL 20:2).
  [[nodiscard]] Result<> check_cited(const std::vector<Id>& ids) const {
    std::vector<const rows::ReportT*> cited;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto where = "/body/report_ids/" + std::to_string(i);
      MINNE_TRY(const auto* report, report_by(ids[i], where));
      MINNE_TRY_VOID(undecided(*report, where));
      cited.push_back(report);
    }
    if (cited.empty()) return {};
    const auto* last = *std::ranges::max_element(cited, [](const auto* a, const auto* b) { return earlier(*a, *b); });
    const auto before = earlier_than(*last, cited);
    if (before.empty()) return {};
    const auto newest = newest_of(before);
    const bool reviewed = std::ranges::any_of(
        cited, [&](const auto* item) { return item->reviewed_position && *item->reviewed_position >= newest; });
    if (reviewed) return {};
    std::vector<Id> rests_on;
    for (const auto* item : before) rests_on.push_back(item->id);
    return refuse("history-reviewed-first",
                  "earlier reports have not been reviewed: record PriorHistoryReviewed for the report, or give "
                  "override_reason",
                  "/body/report_ids", rests_on);
  }

  // With an investigation open on the day of the report there is nothing to decide: the report joins it.
  [[nodiscard]] Result<> check_nothing_to_join(const rows::ReportT& report) const {
    for (const auto& item : row_->get<Investigations>().items) {
      if (!was_open(*item, received_on(report)) || item->concluded_on) continue;
      return refuse("open-investigation-joined",
                    "an investigation is open: record ReportJoinedInvestigation, or give override_reason",
                    "/body/report_ids", item->id);
    }
    return {};
  }

  [[nodiscard]] Result<> check_not_opened() const {
    const auto ids = ids_in(event_.body_as_InvestigationNotOpened()->report_ids());
    MINNE_TRY_VOID(check_cited(ids));
    for (const auto& id : ids) {
      const auto& report = *find_report(row_->get<Reports>(), id);
      MINNE_TRY_VOID(check_nothing_to_join(report));
      const bool violence = std::ranges::any_of(report.concerns, [](const auto& concern) {
        return concern->code == "violence_close_relation" ||
               (concern->code == "violence" && (concern->detail == "by_guardian" || concern->detail == "by_sibling"));
      });
      if (!violence) continue;
      MINNE_TRY_VOID(refuse("violence-is-investigated",
                            "a report tells of violence by a close relation: open an investigation, or give "
                            "override_reason",
                            "/body/report_ids", id));
    }
    return {};
  }

  [[nodiscard]] Result<> check_opened() const {
    const auto& body = *event_.body_as_InvestigationOpened();
    const auto ids = ids_in(body.report_ids());
    if (ids.empty() && (empty(body.basis()) || text_of(body.basis()) == "reports")) {
      return refuse("opened-on-some-ground",
                    "basis reports needs report_ids; otherwise say application, own_knowledge, notice or taken_over",
                    "/body/basis");
    }
    return check_cited(ids);
  }

  // --- investigations
  // -------------------------------------------------------------------------------------------------

  [[nodiscard]] Result<> check_open() const {
    const auto* item = find_investigation(row_->get<Investigations>(), judged_.matter);
    if (item == nullptr) return no_such_matter("investigation", at("/matter"), judged_.matter);
    if (!item->concluded_on) return {};
    return refuse("investigation-open", "the investigation has been concluded", "/matter",
                  with_event_at({item->id}, item->concluded_version));
  }

  // An extension moves a date forward (invariant 5).
  [[nodiscard]] Result<> later_than_clock(std::string_view rule, std::int32_t date, std::string_view field) {
    for (const auto& obligation : row_.obligations().items) {
      if (obligation->rule != rule || obligation->matter != judged_.matter) continue;
      if (obligation->state != rows::State::open || date > obligation->nominal) continue;
      return refuse("extension-later", "the new date must be later than " + to_text(from_days(obligation->nominal)),
                    field, obligation->events);
    }
    return {};
  }

  // --- assignments
  // ----------------------------------------------------------------------------------------------------

  [[nodiscard]] Result<> check_assigned() const {
    if (text_of(event_.body_as_CaseAssigned()->role()) != kResponsible) return {};
    const auto& assignments = row_->get<Assignments>();
    if (const auto* responsible = responsible_of(assignments, judged_.matter); responsible != nullptr) {
      return refuse("one-responsible-worker",
                    "the matter has a responsible worker: record CaseHandedOver, or AssignmentEnded first",
                    "/body/worker", with_event_at({}, responsible->from_version));
    }
    const auto on = to_days(day());
    const auto worker = text_of(event_.body_as_CaseAssigned()->worker());
    for (const auto& item : assignments.items) {
      const bool then = item->from_on <= on && on < item->ended_on.value_or(on) && item->worker != worker;
      if (!then || item->role != kResponsible || item->matter != judged_.matter) continue;
      return refuse("one-responsible-worker", "another worker was responsible on that day", "/occurred_at",
                    with_event_at({}, item->from_version));
    }
    return {};
  }

  [[nodiscard]] Result<> check_handed_over() const {
    const auto& body = *event_.body_as_CaseHandedOver();
    MINNE_TRY_VOID(check_current(body.from(), "/body/from"));
    if (text_of(body.from()) != text_of(body.to())) return {};
    return refuse("handed-to-another", "the worker has the matter already", "/body/to");
  }

  [[nodiscard]] Result<> check_current(const flatbuffers::String* worker, std::string_view where) const {
    const auto* item = current_assignment(row_->get<Assignments>(), judged_.matter, text_of(worker));
    if (item == nullptr) return refuse("assigned-now", "this worker has no such assignment in the matter now", where);
    if (item->from_on <= to_days(day())) return {};
    return refuse("chronology", std::string{type_name(event_.body_type())} + " occurred before the assignment began",
                  "/occurred_at", with_event_at({}, item->from_version));
  }

  [[nodiscard]] Result<> check_acknowledged() const {
    const auto& body = *event_.body_as_HandoverAcknowledged();
    if (body.read_position() && *body.read_position() > judged_.head) {
      return refuse("read-position-reached", "read_position lies past the log's end", "/body/read_position");
    }
    return check_current(body.worker(), "/body/worker");
  }
};

// --- what every type is held to: it names what is there, and comes after it
// --------------------------------------------

class MatterChecker : Checker {
 public:
  using Checker::Checker;

  // Before a type's own checks, which may then rely on what it names.
  Result<> check_names() {
    const auto type = event_.body_type();
    if (!opens(type).empty()) {
      if (held_matter(*row_, judged_.matter)) {
        // A copy may bring an id of its own along, which the log does not compare with the others of the case.
        return refuse("a-matter-is-one", "the case has a matter of this id already", "/id", judged_.matter);
      }
    } else {
      own_ = held_matter(*row_, judged_.matter);
      MINNE_TRY_VOID(check_kind(own_, judged_.matter, own_matter(type).kinds, "/matter"));
    }
    named_ = named_matters(event_);
    for (const auto& named : named_) {
      if (is_refusal(named)) continue;
      MINNE_TRY_VOID(check_kind(held_matter(*row_, named.id), named.id, named.kinds, named.where));
    }
    return {};
  }

  // After them: what is wrong with a day says less than what is wrong with what it names.
  Result<> check_days() const {
    const auto acted = acted_on(event_);
    const auto type = event_.body_type();
    if (own_ && own_matter(type).earlier && acted.day < own_->from) {
      return too_early(type, at(acted.where), own_->id);
    }
    for (const auto& named : named_) {
      const auto matter = named.earlier ? held_matter(*row_, named.id) : std::nullopt;
      if (matter && acted.day < matter->from) return too_early(type, at(acted.where), named.id);
    }
    if (!own_ || !own_->to) return {};
    if (ends_once()) return refuse("ended-once", "it has ended already", "/matter", own_->id);
    if (acted.day <= *own_->to || !needs_running()) return {};
    return refuse("while-it-runs", "it had ended on " + to_text(from_days(*own_->to)), acted.where, own_->id);
  }

 private:
  [[nodiscard]] Result<> check_kind(const std::optional<HeldMatter>& matter, const Id& id, MatterKinds kinds,
                                    std::string_view where) const {
    if (id.is_nil() && kinds.has(MatterKind::kFile)) return {};
    if (matter && kinds.has(matter->kind)) return {};
    std::string wanted;
    for (std::size_t kind = 1; kind < kMatterKinds.size() && !kinds.has(MatterKind::kFile); ++kind) {
      if (!kinds.has(static_cast<MatterKind>(kind))) continue;
      wanted += (wanted.empty() ? "" : " or ") + std::string{kMatterKinds[kind]};
    }
    return no_such_matter(wanted.empty() ? "matter" : wanted, at(where), id);
  }

  // What a follow-up rests on may be the refusal itself, an event within the proposal.
  [[nodiscard]] bool is_refusal(const NamedMatter& named) const {
    if (event_.body_type() != Body::FollowUpDecided) return false;
    return std::ranges::any_of(row_->get<Proposals>().items, [&](const auto& item) {
      return std::ranges::find(item->refusals, named.id) != item->refusals.end();
    });
  }

  [[nodiscard]] bool ends_once() const {
    switch (event_.body_type()) {
      case Body::InterventionEnded:
      case Body::QueueLeft:
      case Body::PlacementEnded:
      case Body::CustodyCeased:
      case Body::FollowUpEnded:
      case Body::CollaborationEnded:
      case Body::CommitmentKept:
        return true;
      default:
        return false;
    }
  }
  [[nodiscard]] bool needs_running() const {
    if (own_->kind == MatterKind::kDecision) return false;  // an executed decision is not over
    switch (event_.body_type()) {
      case Body::InterventionChanged:
      case Body::NeedScored:
      case Body::PlacementMoved:
      case Body::LegalBasisChanged:
      case Body::CareOrderEnded:
      case Body::PlacementVisited:
      case Body::CareReviewed:
      case Body::CustodyExecuted:
      case Body::CustodySubmitted:
      case Body::FollowUpContact:
      case Body::CollaborationMet:
        return true;
      default:
        return false;
    }
  }

  std::optional<HeldMatter> own_;
  std::vector<NamedMatter> named_;
};

}  // namespace

Result<> check_invariants(const DecideContext& context, const Judged& judged, LazyRow& row) {
  if (judged.event.stream_kind() != StreamKind::case_) return {};  // what a board's stream holds has no end
  MatterChecker matters(context, judged, row);
  MINNE_TRY_VOID(matters.check_names());
  MINNE_TRY_VOID((CaseChecker{context, judged, row}.check()));
  MINNE_TRY_VOID(check_care(context, judged, row));
  return matters.check_days();
}

Result<> check_order(const RecordedEvent& standing, const CaseRow& row) {
  const auto& event = standing.envelope;
  const auto acted = acted_on(event);
  const auto after = [&](const Id& id) -> Result<> {
    const auto matter = held_matter(row, id);
    return matter && acted.day < matter->from ? too_early(event.body_type(), {}, id) : Result<>{};
  };
  if (opens(event.body_type()).empty() && own_matter(event.body_type()).earlier) {
    MINNE_TRY_VOID(after(standing.matter()));
  }
  for (const auto& named : named_matters(event)) {
    if (named.earlier) MINNE_TRY_VOID(after(named.id));
  }
  return {};
}

}  // namespace minne
