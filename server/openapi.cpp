#include "server/openapi.h"

#include "events/check.h"
#include "server/problem.h"

#include <boost/json/array.hpp>
#include <boost/json/value_from.hpp>

#include <algorithm>
#include <cctype>
#include <set>

namespace minne {
namespace {

namespace json = boost::json;

json::string_view view(std::string_view text) { return {text.data(), text.size()}; }

json::object problem_schema() {
  return {
      {"type", "object"},
      {"description", "RFC 9457 problem details. Members beyond these depend on the type."},
      {"required", {"type", "title", "status", "detail"}},
      {"properties",
       {{"type", {{"type", "string"}, {"format", "uri"}}},
        {"title", {{"type", "string"}}},
        {"status", {{"type", "integer"}, {"minimum", 400}, {"maximum", 599}}},
        {"detail", {{"type", "string"}}},
        {"instance", {{"type", "string"}}},
        {"where", {{"type", "string"}, {"description", "What is at fault: a JSON pointer, or a parameter's place."}}}}},
      {"additionalProperties", true},
  };
}

// The statuses that come from Codes, and those of HTTP itself.
std::string error_description(unsigned status) {
  switch (status) {
    case 405:
      return "The path has no such method; Allow names those it has.";
    case 408:
      return "The request came too slowly.";
    case 421:
      return "The Host is no name of a loopback address.";
    case 431:
      return "The header is too large.";
    default:
      break;
  }
  std::string titles;
  for (const ProblemKind& kind : problem_kinds()) {
    if (kind.status == status) titles += (titles.empty() ? "" : "; or: ") + std::string(kind.title);
  }
  CHECK(!titles.empty());
  return titles + ".";
}

json::object reference(std::string_view section, std::string_view name) {
  return {{"$ref", "#/components/" + std::string(section) + "/" + std::string(name)}};
}

std::string response_name(unsigned status) { return "Problem" + std::to_string(status); }

json::object error_response(unsigned status) {
  json::object response;
  response["description"] = error_description(status);
  if (status == 503) {
    response["headers"] = {
        {"Retry-After",
         {{"description", "Seconds to wait before sending the same again."}, {"schema", {{"type", "integer"}}}}}};
  }
  json::object media;
  media[view(kProblemMediaType)] = {{"schema", reference("schemas", "Problem")}};
  response["content"] = std::move(media);
  return response;
}

std::string whole(const std::string& pattern) {
  return pattern.find('|') == std::string::npos ? "^" + pattern + "$" : "^(?:" + pattern + ")$";
}

void add_range(json::object& schema, const Parameter& parameter, json::string_view minimum, json::string_view maximum) {
  if (parameter.minimum) schema[minimum] = *parameter.minimum;
  if (parameter.maximum) schema[maximum] = *parameter.maximum;
}

json::value default_of(const Parameter& parameter) {
  if (parameter.type == ParameterType::kInteger) return std::stoll(parameter.default_value);
  if (parameter.type == ParameterType::kBoolean) return parameter.default_value == "true";
  return json::string(parameter.default_value);
}

json::object parameter_schema(const Parameter& parameter) {
  json::object schema;
  schema["type"] = "string";
  switch (parameter.type) {
    case ParameterType::kInteger:
      schema["type"] = "integer";
      schema["format"] = "int64";
      add_range(schema, parameter, "minimum", "maximum");
      break;
    case ParameterType::kBoolean:
      schema["type"] = "boolean";
      break;
    case ParameterType::kDate:
      schema["format"] = "date";
      break;
    case ParameterType::kUuid:
      schema["format"] = "uuid";
      break;
    case ParameterType::kInstant:
      break;  // a date-time or a date: no one format
    case ParameterType::kString:
      schema["maxLength"] = kMaxParameterBytes;
      add_range(schema, parameter, "minLength", "maxLength");
      break;
  }
  if (!parameter.pattern.empty()) schema["pattern"] = whole(parameter.pattern);
  if (!parameter.one_of.empty()) schema["enum"] = json::value_from(parameter.one_of);
  if (!parameter.default_value.empty()) schema["default"] = default_of(parameter);
  if (!parameter.repeated) return schema;
  return {{"type", "array"}, {"items", std::move(schema)}};
}

json::object parameter_object(const Parameter& parameter) {
  const char* place = parameter.in == ParameterIn::kPath    ? "path"
                      : parameter.in == ParameterIn::kQuery ? "query"
                                                            : "header";
  json::object object;
  object["name"] = parameter.name;
  object["in"] = place;
  if (!parameter.description.empty()) object["description"] = parameter.description;
  object["required"] = parameter.required || parameter.in == ParameterIn::kPath;
  object["schema"] = parameter_schema(parameter);
  return object;
}

json::object media_object(const std::string& schema, const json::object& schemas) {
  json::object media;
  if (schema.empty()) return media;
  CHECK(schemas.contains(schema));
  media["schema"] = reference("schemas", schema);
  return media;
}

json::object request_body(const RequestBody& body, const json::object& schemas) {
  json::object content;
  for (const MediaType& media : body.media) content[media.name] = media_object(media.schema, schemas);
  json::object object;
  if (!body.description.empty()) object["description"] = body.description;
  object["required"] = body.required;
  object["content"] = std::move(content);
  return object;
}

std::set<unsigned> error_statuses(const Route& route) {
  std::set<unsigned> statuses{400, 408, 421, 431, 500, 503};
  const bool path_parameters = route.path.find('{') != std::string::npos;
  if (path_parameters) statuses.insert(404);
  if (!route.body.media.empty()) statuses.insert({413, 415});
  for (const Code code : route.errors) statuses.insert(problem_kind(code).status);
  return statuses;
}

json::object responses(const Route& route, const json::object& schemas) {
  json::object all;
  for (const ResponseDoc& doc : route.responses) {
    // One status may have several media types, a row for each.
    json::object& response = all.emplace(std::to_string(doc.status), json::object()).first->value().as_object();
    response.emplace("description", doc.description);
    if (doc.media.empty() || doc.status == 204 || doc.status == 304) continue;
    json::object& content = response.emplace("content", json::object()).first->value().as_object();
    content[doc.media] = media_object(doc.schema, schemas);
  }
  for (const unsigned status : error_statuses(route)) {
    all.emplace(std::to_string(status), reference("responses", response_name(status)));
  }
  return all;
}

json::object operation(const Route& route, const json::object& schemas) {
  json::object object;
  if (!route.tag.empty()) object["tags"] = json::array{route.tag};
  if (!route.summary.empty()) object["summary"] = route.summary;
  if (!route.description.empty()) object["description"] = route.description;
  object["operationId"] = route.operation_id;
  json::array parameters;
  for (const Parameter& parameter : route.parameters) parameters.push_back(parameter_object(parameter));
  if (!parameters.empty()) object["parameters"] = std::move(parameters);
  if (!route.body.media.empty()) object["requestBody"] = request_body(route.body, schemas);
  object["responses"] = responses(route, schemas);
  return object;
}

std::string method_key(Verb verb) {
  std::string name(boost::beast::http::to_string(verb));
  const auto lower = [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
  std::transform(name.begin(), name.end(), name.begin(), lower);
  return name;
}

json::object info_object(const ApiInfo& info) {
  json::object object;
  object["title"] = info.title;
  object["version"] = info.version;
  if (!info.description.empty()) object["description"] = info.description;
  if (!info.license_name.empty()) object["license"] = {{"name", info.license_name}, {"identifier", info.license_name}};
  return object;
}

json::array tags(std::span<const Route> routes) {
  std::set<std::string> names;
  for (const Route& route : routes) {
    if (!route.tag.empty()) names.insert(route.tag);
  }
  json::array all;
  for (const std::string& name : names) {
    json::object tag;
    tag["name"] = name;
    all.push_back(std::move(tag));
  }
  return all;
}

}  // namespace

json::object openapi_document(std::span<const Route> routes, json::object schemas, const ApiInfo& info) {
  schemas["Problem"] = problem_schema();
  json::object paths;
  std::set<unsigned> statuses;
  for (const Route& route : routes) {
    json::object& path = paths.emplace(route.path, json::object()).first->value().as_object();
    path[method_key(route.method)] = operation(route, schemas);
    statuses.merge(error_statuses(route));
  }
  json::object shared;
  for (const unsigned status : statuses) shared[response_name(status)] = error_response(status);

  json::object server;
  server["url"] = info.server_url;
  json::object components;
  components["schemas"] = std::move(schemas);
  components["responses"] = std::move(shared);
  json::object document;
  document["openapi"] = "3.1.0";
  document["jsonSchemaDialect"] = "https://spec.openapis.org/oas/3.1/dialect/base";
  document["info"] = info_object(info);
  document["servers"] = json::array{std::move(server)};
  if (json::array names = tags(routes); !names.empty()) document["tags"] = std::move(names);
  document["security"] = json::array();  // said, not left out: callers are on this machine, and have no names yet
  document["paths"] = std::move(paths);
  document["components"] = std::move(components);
  return document;
}

}  // namespace minne
