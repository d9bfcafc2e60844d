#include "projections/catalogue.h"
#include "projections/decide.h"

namespace minne {
namespace {

Error missing(std::string_view field, const std::string& pointer) {
  return refused("complete-event", "this type needs " + std::string{field}, pointer + "/body/" + std::string{field});
}

bool empty(const flatbuffers::String* text) { return text_of(text).empty(); }

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

}  // namespace minne
