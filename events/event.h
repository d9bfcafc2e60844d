// An event as bytes: the client's part, encoded once and never changed.
//
//   event  := size-prefixed FlatBuffer `Event` (schemas/event.fbs), file identifier MNE1, 8-byte aligned
//   sealed := size-prefixed FlatBuffer `Sealed`, file identifier MNS1, or nothing; its SHA-256 stands in the event
//
// The list of event types is the union `Body` of the schema; traits below are generated from it, so no code names them
// all. Free functions over immutable bytes, safe on any thread.
#pragma once

#include "event_generated.h"
#include "events/codes.h"
#include "events/result.h"
#include "events/time.h"
#include "events/uuid.h"
#include "sealed_generated.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace minne {

using events::Body;
using events::Event;
using events::StreamKind;

inline constexpr std::size_t kMaxEventBytes = 64UL * 1024;  // event and sealed part together
// LogImported, which only imports write: real logs' headers pass 64 KiB (receipt.xes.gz: 142 KiB).
inline constexpr std::size_t kMaxLogImportedBytes = 256UL * 1024;
inline constexpr std::size_t kMaxNameBytes = 64;  // actor id, role, unit, a code
inline constexpr std::size_t kTypeCount = static_cast<std::size_t>(Body::MAX) + 1;

struct EncodedEvent {
  std::string bytes;
  std::string sealed;
};

// The table of verified, 8-byte aligned bytes; valid as long as they are.
[[nodiscard]] const Event& event_in(std::string_view bytes);

[[nodiscard]] inline Id id_of(const events::Uuid* uuid) {
  Id id;
  if (uuid != nullptr) std::memcpy(id.bytes.data(), uuid->bytes()->data(), id.bytes.size());
  return id;
}
[[nodiscard]] events::Uuid to_uuid(const Id& id);

[[nodiscard]] inline std::string_view text_of(const flatbuffers::String* text) {
  return text == nullptr ? std::string_view{} : std::string_view{text->data(), text->size()};
}

[[nodiscard]] inline Instant occurred(const Event& event) { return from_micros(event.occurred_at().value_or(0)); }
// The day it reached the authority; where that was not said, the day it occurred.
[[nodiscard]] inline Instant received(const Event& event) {
  return from_micros(event.received_at().value_or(event.occurred_at().value_or(0)));
}

[[nodiscard]] std::string_view type_name(Body type);
[[nodiscard]] std::optional<Body> type_named(std::string_view name);

[[nodiscard]] constexpr std::size_t max_event_bytes(Body type) {
  return type == Body::LogImported ? kMaxLogImportedBytes : kMaxEventBytes;
}

template <class T>
inline constexpr Body kBodyOf = events::BodyTraits<T>::enum_value;

// Verifies bytes from outside: structure, known type, and everything the JSON form would have refused. `where` of an
// error is the JSON pointer of the field. Copies to aligned memory where needed. Without `codes` any code passes: for
// what was recorded already, which the lists of today must not refuse.
[[nodiscard]] Result<> verify_event(std::string_view bytes, std::string_view sealed, const CodeLists* codes = nullptr);

// Strict UTF-8 (RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view text);

// The sealed text of a field, by its path ("/reason_text"); nothing where it has none.
[[nodiscard]] std::optional<std::string_view> sealed_text(std::string_view sealed, std::string_view path);

// Several events as one body, application/vnd.minne.events:
//   record := recorded_at:i64 event pad8 (sealed | zero:u32) pad8
// recorded_at is microseconds UTC, little-endian, and 0 but for boards with a supplied clock.
inline constexpr std::string_view kEventsMediaType = "application/vnd.minne.events";
struct EventRecord {
  EncodedEvent event;
  Instant recorded_at{};
};
void append_record(std::string& out, const EncodedEvent& event, Instant recorded_at = {});
// Verified events of such a body, which a client sent; `where` of an error is "record N" (from 0) and the pointer
// within it. Without `codes` any code passes.
[[nodiscard]] Result<std::vector<EventRecord>> parse_records(std::string_view body,
                                                             const CodeLists* codes = &CodeLists::built_in());

}  // namespace minne
