// Checks of an event's values that structure alone does not give: what the JSON form refuses, refused in binary too.
// Internal to events/.
#pragma once

#include "events/event.h"
#include "events/schema.h"

namespace minne {

// Tables within tables that an event may have, the body being the first: both forms count alike.
inline constexpr int kMaxEventDepth = 24;

// Known type with a body, ids and time present, UTF-8, codes, bounded names, the stream and matter that the type has.
// Codes of their lists too, unless `codes` is null.
[[nodiscard]] Result<> check_values(const Event& event, const CodeLists* codes);

// Whether `path` names a sealed field of this event: "/text_ref", or "/replacement/text_ref" below a nested event.
[[nodiscard]] bool is_sealed_path(const Event& event, std::string_view path);

[[nodiscard]] bool is_code(std::string_view text);

// The rules between envelope and type, for both forms. `nested`: a replacement or a copy, which may lack what its
// outer event has.
[[nodiscard]] Result<> check_envelope(const Event& event, bool nested, const std::string& pointer);

}  // namespace minne
