#include "events/walk.h"

#include <algorithm>
#include <utility>

namespace minne {
namespace {

using flatbuffers::Offset;
using flatbuffers::String;
using flatbuffers::Table;
using flatbuffers::Vector;

// Names that the envelope bounds (Actor, LegalBasis): 64 bytes.
bool is_name_table(const TableSchema& table) { return table.name == "Actor" || table.name == "LegalBasis"; }

// How far a walk has come. A FlatBuffer may point to one part many times, so that few bytes would say much: what is met
// is counted as if it were written out, as JSON has to.
struct Walk {
  int depth = 0;  // tables that hold this one, events not counted
  std::size_t bytes_left = 0;
  const CodeLists* codes = nullptr;
};

Result<> charge(Walk& walk, std::size_t bytes, const std::string& pointer) {
  if (bytes > walk.bytes_left) return invalid("shared parts make this larger than an event may be", pointer);
  walk.bytes_left -= bytes;
  return {};
}

Result<> check_table(const Table& table, const TableSchema& schema, const std::string& pointer, Walk& walk);

Result<> check_text(const String& text, const TableSchema& table, const FieldSchema& field, const std::string& pointer,
                    Walk& walk) {
  const auto value = text_of(&text);
  MINNE_TRY_VOID(charge(walk, sizeof(flatbuffers::uoffset_t) + value.size(), pointer));
  if (field.kind == FieldKind::kCode && !is_code(value)) {
    return invalid("a code is 1 to 64 characters of a-z, A-Z, 0-9, '_', '-' and '.'", pointer);
  }
  if (walk.codes != nullptr && !field.list.empty()) MINNE_TRY_VOID(walk.codes->check(field.list, value, pointer));
  if (is_name_table(table) && (value.empty() || value.size() > kMaxNameBytes)) {
    return invalid("1 to 64 bytes here", pointer);
  }
  if (!is_utf8(value)) return invalid("not UTF-8", pointer);
  return {};
}

Result<> check_vector(const Table& table, const TableSchema& schema, const FieldSchema& field,
                      const std::string& pointer, Walk& walk) {
  const auto offset = field.field->offset();
  if (field.kind == FieldKind::kTable) {
    const auto* items = table.GetPointer<const Vector<Offset<Table>>*>(offset);
    for (flatbuffers::uoffset_t i = 0; i < items->size(); ++i) {
      MINNE_TRY_VOID(check_table(*items->Get(i), *field.table, pointer + "/" + std::to_string(i), walk));
    }
  } else if (field.kind == FieldKind::kText || field.kind == FieldKind::kCode) {
    const auto* items = table.GetPointer<const Vector<Offset<String>>*>(offset);
    for (flatbuffers::uoffset_t i = 0; i < items->size(); ++i) {
      MINNE_TRY_VOID(check_text(*items->Get(i), schema, field, pointer + "/" + std::to_string(i), walk));
    }
  } else {
    const std::size_t size = field.kind == FieldKind::kId ? sizeof(events::Uuid) : 1;
    return charge(walk, size * table.GetPointer<const flatbuffers::VectorOfAny*>(offset)->size(), pointer);
  }
  return {};
}

Result<> check_body(const Table& table, const FieldSchema& field, const std::string& pointer, Walk& walk) {
  const auto& event = reinterpret_cast<const Event&>(table);
  const auto type = event.body_type();
  if (type == Body::NONE || type > Body::MAX) return invalid("unknown event type", pointer + "/type");
  const auto* body = table.GetPointer<const Table*>(field.field->offset());
  if (body == nullptr) return invalid("an event needs a body", pointer + "/body");
  return check_table(*body, EventSchema::instance().body(type), pointer + "/body", walk);
}

Result<> check_field(const Table& table, const TableSchema& schema, const FieldSchema& field,
                     const std::string& pointer, Walk& walk) {
  const auto offset = field.field->offset();
  if (field.sealed && table.CheckField(offset)) return invalid("belongs in `sealed`", pointer);
  if (field.vector) return check_vector(table, schema, field, pointer, walk);
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kCode:
      return check_text(*table.GetPointer<const String*>(offset), schema, field, pointer, walk);
    case FieldKind::kTable: {
      auto* const codes = field.copy ? std::exchange(walk.codes, nullptr) : walk.codes;
      auto checked = check_table(*table.GetPointer<const Table*>(offset), *field.table, pointer, walk);
      walk.codes = codes;
      return checked;
    }
    case FieldKind::kHex:
      return charge(walk, table.GetPointer<const Vector<std::uint8_t>*>(offset)->size(), pointer);
    case FieldKind::kDate: {
      const auto days = table.GetField<std::int32_t>(offset, 0);
      constexpr std::int32_t kYear1 = -719162;
      constexpr std::int32_t kYear9999 = 2932896;
      return days < kYear1 || days > kYear9999 ? invalid("a date lies in the years 0001 to 9999", pointer) : Result<>{};
    }
    case FieldKind::kInstant: {
      const auto micros = table.GetField<std::int64_t>(offset, 0);
      constexpr std::int64_t kYear1 = -62135596800LL * 1'000'000;
      constexpr std::int64_t kYear10000 = 253402300800LL * 1'000'000;
      return micros < kYear1 || micros >= kYear10000 ? invalid("a time lies in the years 0001 to 9999", pointer)
                                                     : Result<>{};
    }
    case FieldKind::kBool:
      return table.GetField<std::uint8_t>(offset, 0) > 1 ? invalid("a boolean is 0 or 1", pointer) : Result<>{};
    default:
      return {};
  }
}

Result<> check_table(const Table& table, const TableSchema& schema, const std::string& pointer, Walk& walk) {
  const bool is_event = schema.object == EventSchema::instance().envelope().object;
  if (!is_event && ++walk.depth > kMaxEventDepth) return invalid("nested too deep", pointer);
  MINNE_TRY_VOID(charge(walk, sizeof(flatbuffers::soffset_t), pointer));
  for (const auto& field : schema.fields) {
    if (field.kind == FieldKind::kBody) {
      MINNE_TRY_VOID(check_body(table, field, pointer, walk));
    } else if (table.CheckField(field.field->offset())) {
      MINNE_TRY_VOID(check_field(table, schema, field, pointer + "/" + std::string{field.name}, walk));
    }
  }
  if (!is_event) {
    --walk.depth;
    return {};
  }
  return check_envelope(reinterpret_cast<const Event&>(table), !pointer.empty(), pointer);
}

const Event* nested_event(const Event& event, std::string_view name) {
  if (const auto* corrected = event.body_as_EventCorrected(); corrected != nullptr && name == "replacement") {
    return corrected->replacement();
  }
  if (const auto* refiled = event.body_as_EventRefiled(); refiled != nullptr && name == "original") {
    return refiled->original();
  }
  return nullptr;
}

}  // namespace

bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

Result<> check_envelope(const Event& event, bool nested, const std::string& pointer) {
  const auto type = event.body_type();
  if (!event.occurred_at()) return invalid("an event needs the time it occurred", pointer + "/occurred_at");
  if (event.occurred_precision() > events::Precision::day)
    return invalid("unknown precision", pointer + "/occurred_at");
  if (event.received_precision() > events::Precision::day)
    return invalid("unknown precision", pointer + "/received_at");
  if (event.stream_kind() != stream_of(type))
    return invalid("this type belongs to another kind of stream", pointer + "/type");
  if (nested) {
    if (type == Body::EventCorrected || type == Body::EventMisfiled || type == Body::EventRefiled) {
      return invalid("a correction, misfiling or refiling holds no other one: name the first event", pointer + "/type");
    }
    return {};
  }
  const auto id = id_of(event.id());
  if (id.is_nil()) return invalid("an event needs an id", pointer + "/id");
  if (id_of(event.case_id()).is_nil()) return invalid("an event needs the case it belongs to", pointer + "/case");
  if (!opens(type).empty() && id_of(event.matter_id()) != id) {
    return invalid("this type opens a matter, whose id is the event's own: leave `matter` out", pointer + "/matter");
  }
  return {};
}

Result<> check_values(const Event& event, const CodeLists* codes) {
  Walk walk{0, max_event_bytes(event.body_type()), codes};
  return check_table(reinterpret_cast<const Table&>(event), EventSchema::instance().envelope(), "", walk);
}

bool is_sealed_path(const Event& event, std::string_view path) {
  if (path.empty() || path.front() != '/') return false;
  path.remove_prefix(1);
  if (const auto slash = path.find('/'); slash != std::string_view::npos) {
    const auto* nested = nested_event(event, path.substr(0, slash));
    return nested != nullptr && is_sealed_path(*nested, path.substr(slash));
  }
  const auto* field = EventSchema::instance().body(event.body_type()).find(path);
  return field != nullptr && field->sealed;
}

}  // namespace minne
