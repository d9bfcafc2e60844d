#include "projections/catalogue.h"

#include "events/schema.h"

namespace minne {

Error refused(InvariantName invariant, std::string message, const std::string& pointer, std::span<const Id> events) {
  auto error = failure(Code::kRefused, std::move(message), pointer);
  error.details["invariant"] = invariant->id;
  error.details["basis"] = invariant->basis;
  error.details["passes_if"] = invariant->passes_if;
  boost::json::array ids;
  for (const auto& id : events) ids.emplace_back(to_text(id));
  error.details["events"] = std::move(ids);
  if (invariant->strength == Strength::kOverride) error.details["override"] = kOverrideField;
  return error;
}

bool is_overridden(const Event& event) {
  const auto* field = EventSchema::instance().body(event.body_type()).find(kOverrideField);
  if (field == nullptr) return false;
  const auto& body = *static_cast<const flatbuffers::Table*>(event.body());
  return !text_of(body.GetPointer<const flatbuffers::String*>(field->field->offset())).empty();
}

}  // namespace minne
