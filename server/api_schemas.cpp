// JSON Schemas (2020-12) of what the API takes and answers, beside those of the events; and the document of it all.
#include "events/json.h"
#include "server/api_parts.h"
#include "server/openapi.h"
#include "server/staff_mask.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace minne {
namespace api {
namespace {

namespace json = boost::json;

// Compact on purpose: "name": type, with "?" for a value that may be null, "[]" for a list, "!" last for what may be
// left out.
constexpr std::string_view kAnswers = R"({
  "Health": {"status": "string", "boards": "integer"},
  "Board": {"board": "string", "number": "integer", "clock": "string", "position": "integer"},
  "Boards": {"items": "Board[]"},
  "AppendedEvent": {"case": "uuid", "id": "uuid", "position": "integer", "version": "integer", "repeated": "boolean"},
  "AppendOutcome": {"position": "integer", "appended": "integer", "events": "AppendedEvent[]"},
  "FoundCase": {"case": "uuid", "ref": "string"},
  "FoundSubject": {"case": "uuid?"},
  "Subject": {"birth_date": "date?", "expected_birth": "date?", "age": "integer?", "sex": "string?",
     "area": "string?", "school": "string?"},
  "AssignmentItem": {"matter": "uuid?", "worker": "string", "role": "string?", "unit": "string?", "from": "date",
     "to": "date?",
                     "end_reason": "string?", "handed_over_from": "string?", "acknowledged": "date?"},
  "Matter": {"matter": "uuid", "kind": "string", "opened": "date", "worker": "string?", "unit": "string?"},
  "InvestigationItem": {"id": "uuid", "opened": "date", "basis": "string?", "reports": "uuid[]",
     "extensions": "integer",
                        "extended_to": "date?", "concluded": "date?", "outcome": "string?"},
  "Consent": {"party": "string?", "party_ref": "string?", "scope": "string?", "state": "string", "on": "date"},
  "Declined": {"on": "date", "by": "string?", "reason": "string?"},
  "ProposalItem": {"id": "uuid", "on": "date", "method": "string?", "investigation": "uuid?",
     "consents": "Consent[]", "sufficient": "Sufficient", "declined": "Declined?"},
  "Sufficient": {"intervention": "boolean", "placement": "boolean"},
  "ProtectedIdentity": {"level": "string", "from": "date", "to": "date?"},
  "NextDeadline": {"rule": "string", "matter": "uuid?", "nominal": "date", "days_left": "integer"},
  "Obligation": {"stream": "string", "case": "uuid?", "ref": "string?", "id": "string?", "matter": "uuid?",
     "rule": "string", "law": "string?", "section": "string?",
                 "state": "string", "started": "date", "nominal": "date", "adjusted": "date", "met_on": "date?",
     "days_left": "integer?",
                 "overdue": "boolean", "lapsed": "boolean", "worker": "string?", "unit": "string?",
     "events": "uuid[]",
                 "within_adjusted": "boolean!", "extended_late": "boolean!", "extends": "string?!",
                 "protected": "boolean!"},
  "Obligations": {"case": "uuid", "today": "date", "items": "Obligation[]", "position": "integer"},
  "ReportConcern": {"code": "string", "absence_pct": "integer!"},
  "Protection": {"on": "date", "needs_protection": "boolean?", "days": "integer"},
  "ReportCounts": {"days_30": "integer", "days_90": "integer", "days_365": "integer"},
  "Report": {"id": "uuid", "version": "integer", "received": "date", "age": "integer?", "channel": "string?",
     "reporter": "string?",
             "anonymous": "boolean", "mandated": "boolean", "concerns": "ReportConcern[]", "incident": "uuid",
     "same_incident": "uuid[]", "elsewhere": "boolean", "from_board": "string?",
     "siblings": "uuid[]",
             "supplements": "integer", "protection": "Protection?", "history_reviewed_at": "integer?",
     "decision": "string",
             "decided": "date?", "reason": "string?", "decider": "string?", "investigation": "uuid?",
     "days_to_decision": "integer?",
             "not_joined": "boolean", "counts": "ReportCounts"},
  "ReportHistory": {"case": "uuid", "ref": "string?", "total": "integer", "elsewhere": "integer",
     "incidents": "integer",
     "led_to_investigation": "integer",
                    "reports": "Report[]", "position": "integer"},
  "Case": {"case": "uuid", "ref": "string?", "state": "string", "version": "integer", "position": "integer",
     "opened": "date?",
           "closed": "date?", "subject": "Subject", "workers": "string[]", "worker_changes": "integer",
     "actions": "integer",
           "responsible": "string?", "handovers": "integer", "assignments": "AssignmentItem[]", "matters": "Matter[]",
           "investigations": "InvestigationItem[]", "proposals": "ProposalItem[]",
           "protected_identity": "ProtectedIdentity?", "next_deadline": "NextDeadline?",
           "obligations": "Obligation[]", "reports": "Report[]"},
  "Events": {"case": "uuid", "total": "integer", "next": "integer?", "items": "Event[]", "position": "integer"},
  "PurposeCount": {"purpose": "string", "reads": "integer"},
  "AccessReader": {"worker": "string", "reads": "integer", "first": "string",
     "last": "string", "purposes": "PurposeCount[]",
     "assigned": "integer", "without_assignment": "integer", "unknown": "integer"},
  "CaseNamed": {"case": "uuid?", "protected": "boolean!"},
  "AccessOutlier": {"read": "uuid", "worker": "string", "at": "string", "purpose": "string?", "query": "string?",
     "cases_without_assignment": "integer", "cases": "CaseNamed[]"},
  "AccessReport": {"board": "string", "position": "integer", "purpose": "string", "about": "CaseNamed",
     "reads": "integer", "readers": "AccessReader[]", "outliers": "AccessOutlier[]", "next": "integer?"},
  "Reads": {"total": "integer!", "next": "integer?", "items": "Event[]"},
  "Extracts": {"next": "integer?", "items": "Event[]"},
  "PublishedAt": {"board": "string", "event": "uuid", "position": "integer"},
  "Published": {"answer": "Answer", "query": "string", "sha256": "string", "events": "PublishedAt[]"},
  "Deadlines": {"total": "integer!", "total_at_least": "integer!", "items": "Obligation[]", "next": "string?",
     "as_of": "date!", "today": "date", "position": "integer"},
  "Repeat": {"case": "uuid?", "ref": "string?", "reports": "integer?", "incidents": "integer?",
     "led_to_investigation": "integer?",
             "pending": "integer?", "first": "date?", "last": "date?", "protected": "boolean!"},
  "Repeats": {"total": "integer", "items": "Repeat[]", "next": "string?", "today": "date", "position": "integer"},
  "Projection": {"name": "string", "version": "integer", "position": "integer", "lag": "integer"},
  "Projections": {"board": "string", "generation": "integer", "identity": "string", "head": "integer",
     "position": "integer", "lag": "integer",
                  "items": "Projection[]"},
  "RebuiltProjection": {"name": "string", "version": "integer", "rows": "integer", "checksum": "string",
     "checksum_before": "string?"},
  "Rebuild": {"events": "integer", "seconds": "number", "events_per_second": "number", "fold_seconds": "number",
     "merge_seconds": "number", "ingest_seconds": "number",
              "compare_seconds": "number", "passes": "integer",
              "resumed_ranges": "integer", "projections": "RebuiltProjection[]"},
  "Rule": {"id": "string", "law": "string?", "section": "string?", "kind": "string", "valid_from": "date?",
     "valid_to": "date?", "limit": "string", "adjust": "string"},
  "Rules": {"rules": "Rule[]"},
  "DueDate": {"rule": "string", "start": "date", "nominal": "date", "adjusted": "date", "law": "string?",
     "section": "string?"},
  "DueDates": {"items": "DueDate[]"},
  "Code": {"code": "string", "sv": "string", "en": "string", "valid_from": "date?", "valid_to": "date?",
     "age_from": "integer?", "age_to": "integer?", "version": "string?", "recommendation": "string?",
     "replaced_by": "string?"},
  "CodeList": {"list": "string", "sv": "string", "en": "string", "codes": "Code[]"},
  "CodeLists": {"lists": "CodeList[]"},
  "CodeCheck": {"ok": "boolean", "list": "string", "codes": "integer"},
  "Reload": {"changed": "boolean", "rules": "string", "rebuilding": "string[]"},
  "RuleCheck": {"ok": "boolean", "rules": "integer"},
  "Fault": {"board": "string?", "first_position": "integer?", "last_position": "integer?", "where": "string",
     "what": "string"},
  "VerifiedBoard": {"name": "string", "events": "integer", "cases": "integer", "pages": "integer",
     "position": "integer"},
  "Verification": {"ok": "boolean", "boards": "VerifiedBoard[]", "faults": "Fault[]"}
})";

json::object type_schema(std::string_view type) {
  if (type == "uuid") return {{"type", "string"}, {"format", "uuid"}};
  if (type == "date") return {{"type", "string"}, {"format", "date"}};
  if (type == "string" || type == "integer" || type == "number" || type == "boolean") return {{"type", type}};
  return {{"$ref", "#/components/schemas/" + std::string{type}}};
}

json::object property_schema(std::string_view type) {
  if (type.ends_with("[]")) return {{"type", "array"}, {"items", type_schema(type.substr(0, type.size() - 2))}};
  if (!type.ends_with("?")) return type_schema(type);
  return {{"anyOf", json::array{type_schema(type.substr(0, type.size() - 1)), json::object{{"type", "null"}}}}};
}

json::object object_schema(const json::object& fields) {
  json::object properties;
  json::array required;
  for (const auto& field : fields) {
    const std::string_view type{field.value().as_string().data(), field.value().as_string().size()};
    const bool optional = type.ends_with("!");
    properties[field.key()] = property_schema(type.substr(0, type.size() - (optional ? 1 : 0)));
    if (!optional) required.emplace_back(field.key());
  }
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", std::move(required)},
          {"properties", std::move(properties)}};
}

json::object taken_schemas() {
  const json::value expected = json::object{
      {"description",
       "The version of the case that the decision saw; \"new\": it must not exist; \"any\": decide again on conflict."},
      {"anyOf", json::array{json::object{{"type", "integer"}, {"minimum", 0}},
                            json::object{{"enum", json::array{"new", "any"}}}}}};
  const json::value events =
      json::object{{"type", "array"}, {"minItems", 1}, {"items", json::object{{"$ref", "#/components/schemas/Event"}}}};
  const auto object = [](json::object properties, json::array required) {
    return json::object{{"type", "object"},
                        {"additionalProperties", false},
                        {"required", std::move(required)},
                        {"properties", std::move(properties)}};
  };
  json::object out;
  out["AnyObject"] = json::object{{"type", "object"}};
  out["Answer"] =
      json::object{{"type", "object"},
                   {"description",
                    "What was asked, and what it was made from: the log up to `position`, the rules of that version."},
                   {"required", json::array{"board", "position", "rules", "today"}},
                   {"properties", json::object{{"board", type_schema("string")},
                                               {"position", type_schema("integer")},
                                               {"rules", type_schema("string")},
                                               {"today", type_schema("date")}}}};
  out["BoardSettings"] = object({{"clock", json::object{{"enum", json::array{"system", "supplied"}}}},
                                 {"lookup_key", json::object{{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}}}},
                                {});
  out["SubjectNumber"] = object({{"number", json::object{{"type", "string"}}}}, {"number"});
  out["CaseAppend"] = object({{"expected_version", expected}, {"events", events}}, {"events"});
  out["CaseAppendItem"] = object({{"case", json::object{{"type", "string"}, {"format", "uuid"}}},
                                  {"expected_version", expected},
                                  {"events", events}},
                                 {"case", "events"});
  out["Append"] = object(
      {{"cases",
        json::object{{"type", "array"}, {"items", json::object{{"$ref", "#/components/schemas/CaseAppendItem"}}}}},
       {"events", events}},
      {});
  return out;
}

// What is told of cases and workers, which a person may take out.
bool is_extract(const Route& route) {
  return route.method == Verb::get && (route.tag == "cases" || route.tag == "lists" || route.tag == "statistics");
}

std::string& description() {
  static std::string text;
  return text;
}

}  // namespace

const std::string& api_description() { return description(); }

json::object answer_schemas(const CodeLists& codes) {
  auto out = event_schemas(codes);
  const auto answers = json::parse(json::string_view{kAnswers.data(), kAnswers.size()});
  for (const auto& schema : answers.as_object()) out[schema.key()] = object_schema(schema.value().as_object());
  for (const auto& schema : taken_schemas()) out[schema.key()] = schema.value();
  return out;
}

}  // namespace api

std::vector<Route> api_routes(App& app) {
  std::vector<Route> out;
  for (auto make : {api::board_routes, api::append_routes, api::case_routes, api::list_routes, api::question_routes,
                    api::extract_routes, api::upkeep_routes, api::reload_routes,
                    +[](App& it) { return api::rule_routes([&it]() -> auto& { return it.memory.rules(); }); },
                    +[](App& it) { return api::code_routes([&it]() -> auto& { return it.memory.rules(); }); }}) {
    for (auto& route : make(app)) {
      out.push_back(api::is_extract(route) ? with_staff_mask(std::move(route)) : std::move(route));
    }
  }
  const ApiInfo info{.title = "Minne",
                     .version = "1",
                     .description = "The case memory of a social services board: an event-sourced case history.",
                     .license_name = "Apache-2.0"};
  api::description() =
      boost::json::serialize(openapi_document(out, api::answer_schemas(app.memory.rules().codes()), info));
  return out;
}

}  // namespace minne
