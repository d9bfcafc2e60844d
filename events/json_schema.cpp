// JSON Schema of the events, made from the same schema as the converter.
#include "events/codes.h"
#include "events/json.h"
#include "events/schema.h"

#include <boost/json/array.hpp>

#include <cctype>

namespace minne {
namespace {

namespace json = boost::json;

json::object reference(std::string_view name) { return {{"$ref", "#/components/schemas/" + std::string{name}}}; }

json::value text(std::string_view value) { return json::string{value.data(), value.size()}; }

std::string_view component_name(const TableSchema& table) {
  return &table == &EventSchema::instance().envelope() ? "NestedEvent" : table.name;
}

// reporter_category -> ReporterCategoryCode
std::string component_name(std::string_view list) {
  std::string out;
  bool start = true;
  for (const char c : list) {
    if (c != '_') out += start ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    start = c == '_';
  }
  return out + "Code";
}

// The codes, and in the description what each is called in Swedish. Those that were replaced are still taken.
json::object code_schema(const CodeList& list) {
  json::array codes;
  auto description = list.swedish + ":";
  for (const auto& entry : list.entries) {
    codes.emplace_back(entry.code);
    description += (codes.size() == 1 ? " " : ", ") + entry.code + " = " + entry.swedish;
    if (!entry.replaced_by.empty()) description += " (use " + entry.replaced_by + ")";
  }
  return {{"type", "string"}, {"enum", std::move(codes)}, {"description", std::move(description)}};
}

json::object item_schema(const FieldSchema& field) {
  switch (field.kind) {
    case FieldKind::kBool:
      return {{"type", "boolean"}};
    case FieldKind::kInteger: {
      json::object out{{"type", "integer"}, {"minimum", field.minimum}};
      if (field.maximum < (1ULL << 53)) out["maximum"] = field.maximum;
      return out;
    }
    case FieldKind::kText:
      return {{"type", "string"}};
    case FieldKind::kCode:
      if (!field.list.empty()) return reference(component_name(field.list));
      return {{"type", "string"}, {"pattern", "^[A-Za-z0-9_.-]{1,64}$"}};
    case FieldKind::kDate:
      return {{"type", "string"}, {"format", "date"}};
    case FieldKind::kInstant:
      return reference(field.precision == nullptr ? "Instant" : "When");
    case FieldKind::kId:
      return {{"type", "string"}, {"format", "uuid"}};
    case FieldKind::kHex:
      return {{"type", "string"}, {"pattern", "^([0-9a-f]{2})*$"}};
    case FieldKind::kTable:
      return reference(component_name(*field.table));
    case FieldKind::kBody:
      return {{"type", "object"}};
  }
  return {};
}

json::object field_schema(const FieldSchema& field) {
  auto item = item_schema(field);
  if (!field.vector) return item;
  return {{"type", "array"}, {"items", std::move(item)}};
}

json::object table_schema(const TableSchema& table) {
  json::object properties;
  for (const auto& field : table.fields) {
    if (!field.hidden && !field.sealed) properties[text(field.name).as_string()] = field_schema(field);
  }
  json::object out{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  auto description = std::string{table.swedish};
  if (!table.documentation.empty()) description += (description.empty() ? "" : ". ") + table.documentation;
  if (!description.empty()) out["description"] = description;
  return out;
}

json::object sealed_schema(const TableSchema& body) {
  json::object properties;
  for (const auto& field : body.fields) {
    if (field.sealed) properties[text(field.name).as_string()] = json::object{{"type", "string"}};
  }
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

// The envelope around one type of body. A nested event names no case of its own and may leave its id out.
json::object envelope_schema(Body type, bool nested) {
  const auto& schema = EventSchema::instance();
  json::object properties{{"type", json::object{{"const", text(type_name(type))}}}};
  for (const auto& field : schema.envelope().fields) {
    if (!field.hidden) properties[text(field.name).as_string()] = field_schema(field);
  }
  properties["body"] = reference(type_name(type));
  properties["sealed"] = sealed_schema(schema.body(type));
  if (type == Body::EventCorrected || type == Body::EventRefiled)
    properties["sealed"] = json::object{{"type", "object"}};
  if (!nested) {
    properties["position"] = json::object{{"type", "integer"}, {"readOnly", true}};
    properties["version"] = json::object{{"type", "integer"}, {"readOnly", true}};
    properties["recorded_at"] = reference("Instant");
    properties["board"] = json::object{{"type", "string"}, {"readOnly", true}};
    if (type == Body::EventCorrected)
      properties["changed"] =
          json::object{{"type", "array"},
                       {"readOnly", true},
                       {"description", "Each field that it changed, before and after; of sealed ones only that."},
                       {"items", json::object{{"type", "object"}, {"required", json::array{"field"}}}}};
    properties["misfiled"] =
        json::object{{"type", "boolean"},
                     {"readOnly", true},
                     {"description", "It belongs to another case: nothing but its place is shown."}};
  }
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", json::array{"type", "occurred_at"}},
          {"properties", std::move(properties)}};
}

}  // namespace

json::object event_schemas(const CodeLists& codes) {
  const auto& schema = EventSchema::instance();
  json::object out;
  out["Instant"] = json::object{{"type", "string"}, {"format", "date-time"}};
  out["When"] = json::object{{"description", "an instant with offset, or a day in Europe/Stockholm"},
                             {"anyOf", json::array{json::object{{"type", "string"}, {"format", "date-time"}},
                                                   json::object{{"type", "string"}, {"format", "date"}}}}};
  for (const auto& table : schema.tables()) {
    if (&table == &schema.envelope() || table.object->is_struct()) continue;
    out[text(table.name).as_string()] = table_schema(table);
  }
  for (const auto& [name, list] : codes.lists()) out[component_name(name)] = code_schema(list);
  json::array any;
  json::array nested;
  for (const auto type : events::EnumValuesBody()) {
    if (type == Body::NONE) continue;
    const auto name = std::string{type_name(type)} + "Event";
    out[name] = envelope_schema(type, false);
    any.push_back(reference(name));
    if (type == Body::EventCorrected || type == Body::EventMisfiled || type == Body::EventRefiled) continue;
    nested.push_back(envelope_schema(type, true));
  }
  out["Event"] = json::object{{"oneOf", std::move(any)}};
  out["NestedEvent"] = json::object{{"oneOf", std::move(nested)}};
  return out;
}

}  // namespace minne
