// The event schema as data: what the converter, the verifier, the rule table and the API's schemas are driven by.
//
// Built once from our own reflection schema (event.bfbs, embedded in the program); never from bytes of a client.
// Immutable after construction, shared by all threads.
#pragma once

#include "events/event.h"

#include <flatbuffers/reflection_generated.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

enum class FieldKind : std::uint8_t { kBool, kInteger, kText, kCode, kDate, kInstant, kId, kHex, kTable, kBody };

struct TableSchema;

struct FieldSchema {
  std::string_view name;  // in JSON
  FieldKind kind{};
  bool vector = false;
  bool hidden = false;
  bool sealed = false;
  bool matters = false;
  bool copy = false;
  std::int64_t minimum = 0;  // integers: the range of the stored type
  std::uint64_t maximum = 0;
  const reflection::Field* field = nullptr;
  const FieldSchema* precision = nullptr;   // an instant that may be a day: where its precision is stored
  const FieldSchema* type_field = nullptr;  // a union: the field that says which
  std::string_view token_of;                // filled by Minne from this sealed sibling
  std::string_view list;                    // kCode: the list of its codes (codes.h); none: any one word
  const TableSchema* table = nullptr;       // kTable
};

struct TableSchema {
  std::string_view name;
  std::string_view swedish;
  std::string documentation;
  StreamKind stream = StreamKind::case_;
  std::string_view opens;  // the kind of matter, or nothing
  bool by_minne = false;   // what Minne itself writes, and no client
  const reflection::Object* object = nullptr;
  std::vector<FieldSchema> fields;  // in id order

  [[nodiscard]] const FieldSchema* find(std::string_view field_name) const;
};

class EventSchema {
 public:
  EventSchema(const EventSchema&) = delete;
  EventSchema& operator=(const EventSchema&) = delete;
  static const EventSchema& instance();

  [[nodiscard]] const TableSchema& envelope() const { return *envelope_; }
  [[nodiscard]] const TableSchema& body(Body type) const { return *bodies_[static_cast<std::size_t>(type)]; }
  [[nodiscard]] const std::vector<TableSchema>& tables() const { return tables_; }

 private:
  EventSchema();

  std::vector<TableSchema> tables_;
  const TableSchema* envelope_ = nullptr;
  std::array<const TableSchema*, kTypeCount> bodies_{};
};

// The kind of stream an event type belongs to, and the kind of matter it opens ("" for none).
[[nodiscard]] inline StreamKind stream_of(Body type) { return EventSchema::instance().body(type).stream; }
[[nodiscard]] inline std::string_view opens(Body type) { return EventSchema::instance().body(type).opens; }

// The matters that an event acts on: its own, unless nil, then those that its body names under `matters`. Empty: the
// whole file.
[[nodiscard]] std::vector<Id> matters_of(const Event& event, const Id& own);

}  // namespace minne
