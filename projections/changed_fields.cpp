#include "projections/changed_fields.h"

#include <array>
#include <set>
#include <string_view>

namespace minne {
namespace {

namespace json = boost::json;

const json::value& member(const json::object& object, std::string_view name) {
  static const json::value nothing;
  const auto* found = object.if_contains(name);
  return found == nullptr ? nothing : *found;
}

void compare(const json::value& before, const json::value& after, const std::string& field, json::array& out) {
  if (before == after) return;
  if (!before.is_object() || !after.is_object()) {
    out.push_back(json::object{{"field", field}, {"before", before}, {"after", after}});
    return;
  }
  std::set<std::string> names;
  for (const auto* side : {&before, &after}) {
    for (const auto& one : side->get_object()) names.emplace(one.key());
  }
  for (const auto& name : names)
    compare(member(before.get_object(), name), member(after.get_object(), name), field + "/" + name, out);
}

void compare_sealed(const json::value& before, const json::value& after, json::array& out) {
  const auto texts = [](const json::value& value) { return value.is_object() ? value.get_object() : json::object{}; };
  json::array changed;
  compare(texts(before), texts(after), "/sealed", changed);
  for (const auto& one : changed) out.push_back(json::object{{"field", one.at("field")}, {"sealed", true}});
}

json::array difference(const json::object& before, const json::object& after) {
  json::array out;
  for (const std::string name : {"occurred_at", "received_at", "legal_basis", "body"})
    compare(member(before, name), member(after, name), "/" + name, out);
  // A replacement that names no matter leaves the event where it was.
  if (after.contains("matter")) compare(member(before, "matter"), member(after, "matter"), "/matter", out);
  compare_sealed(member(before, "sealed"), member(after, "sealed"), out);
  return out;
}

std::string text(const json::value& value) {
  return value.is_string() ? std::string{value.get_string()} : std::string{};
}

}  // namespace

std::optional<json::array> ChangedFields::add(const json::object& event) {
  const auto id = text(member(event, "id"));
  const auto type = text(member(event, "type"));
  const auto* body = member(event, "body").if_object();
  if (type != "EventCorrected") {
    const auto* copy = type == "EventRefiled" && body != nullptr ? member(*body, "original").if_object() : nullptr;
    stands_[id] = copy == nullptr ? event : *copy;
    return std::nullopt;
  }
  const auto target = body == nullptr ? std::string{} : text(member(*body, "target"));
  const auto known = roots_.find(target);
  const auto root = known == roots_.end() ? target : known->second;
  roots_[id] = root;
  const auto* replacement = body == nullptr ? nullptr : member(*body, "replacement").if_object();
  const auto stood = stands_.find(root);
  if (replacement == nullptr || stood == stands_.end()) return std::nullopt;
  auto out = difference(stood->second, *replacement);
  stood->second = *replacement;
  return out;
}

}  // namespace minne
