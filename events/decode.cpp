#include "events/check.h"
#include "events/json.h"
#include "events/schema.h"

#include <boost/json/array.hpp>

namespace minne {
namespace {

namespace json = boost::json;
using flatbuffers::Offset;
using flatbuffers::String;
using flatbuffers::Table;
using flatbuffers::Vector;

json::object table_json(const Table& table, const TableSchema& schema, std::string_view sealed);
json::object envelope_json(const Event& event, std::string_view sealed, const std::string& prefix);

json::string to_json_text(std::string_view text) { return json::string{text.data(), text.size()}; }

Id id_at(const std::uint8_t* bytes) {
  Id id;
  std::memcpy(id.bytes.data(), bytes, id.bytes.size());
  return id;
}

std::int64_t integer_at(const Table& table, const FieldSchema& field) {
  const auto offset = field.field->offset();
  switch (field.field->type()->base_type()) {
    case reflection::UByte:
      return table.GetField<std::uint8_t>(offset, 0);
    case reflection::Byte:
      return table.GetField<std::int8_t>(offset, 0);
    case reflection::UShort:
      return table.GetField<std::uint16_t>(offset, 0);
    case reflection::Short:
      return table.GetField<std::int16_t>(offset, 0);
    case reflection::UInt:
      return table.GetField<std::uint32_t>(offset, 0);
    case reflection::Int:
      return table.GetField<std::int32_t>(offset, 0);
    default:
      return table.GetField<std::int64_t>(offset, 0);
  }
}

json::value nested_json(const Table& table, const FieldSchema& field, std::string_view sealed) {
  if (field.table == &EventSchema::instance().envelope()) {
    return envelope_json(reinterpret_cast<const Event&>(table), sealed, "/" + std::string{field.name});
  }
  return table_json(table, *field.table, sealed);
}

json::array vector_json(const Table& table, const FieldSchema& field, std::string_view sealed) {
  json::array out;
  const auto offset = field.field->offset();
  if (field.kind == FieldKind::kId) {
    const auto* ids = table.GetPointer<const Vector<const events::Uuid*>*>(offset);
    for (const auto* id : *ids) out.emplace_back(to_text(id_of(id)));
  } else if (field.kind == FieldKind::kTable) {
    const auto* items = table.GetPointer<const Vector<Offset<Table>>*>(offset);
    for (flatbuffers::uoffset_t i = 0; i < items->size(); ++i)
      out.push_back(nested_json(*items->Get(i), field, sealed));
  } else {
    const auto* texts = table.GetPointer<const Vector<Offset<String>>*>(offset);
    for (const auto* text : *texts) out.push_back(to_json_text(text_of(text)));
  }
  return out;
}

json::value field_json(const Table& table, const FieldSchema& field, std::string_view sealed) {
  if (field.vector) return vector_json(table, field, sealed);
  const auto offset = field.field->offset();
  switch (field.kind) {
    case FieldKind::kBool:
      return table.GetField<std::uint8_t>(offset, 0) != 0;
    case FieldKind::kInteger: {
      const auto number = integer_at(table, field);
      if (field.minimum == 0) return static_cast<std::uint64_t>(number);
      return number;
    }
    case FieldKind::kText:
    case FieldKind::kCode:
      return to_json_text(text_of(table.GetPointer<const String*>(offset)));
    case FieldKind::kDate:
      return to_json_text(to_text(from_days(table.GetField<std::int32_t>(offset, 0))));
    case FieldKind::kInstant: {
      const auto precision =
          field.precision == nullptr
              ? Precision::kInstant
              : static_cast<Precision>(table.GetField<std::uint8_t>(field.precision->field->offset(), 0));
      return to_json_text(to_text(When{from_micros(table.GetField<std::int64_t>(offset, 0)), precision}));
    }
    case FieldKind::kId:
      return to_json_text(to_text(id_at(table.GetStruct<const std::uint8_t*>(offset))));
    case FieldKind::kHex: {
      const auto* bytes = table.GetPointer<const Vector<std::uint8_t>*>(offset);
      return to_json_text(to_hex({bytes->data(), bytes->size()}));
    }
    case FieldKind::kTable:
      return nested_json(*table.GetPointer<const Table*>(offset), field, sealed);
    case FieldKind::kBody:
      break;
  }
  CHECK(false);
}

json::object table_json(const Table& table, const TableSchema& schema, std::string_view sealed) {
  json::object out;
  for (const auto& field : schema.fields) {
    if (field.hidden || field.sealed || !table.CheckField(field.field->offset())) continue;
    out[to_json_text(field.name)] = field_json(table, field, sealed);
  }
  return out;
}

// The sealed texts directly below `prefix`.
json::object sealed_json(std::string_view sealed, const std::string& prefix) {
  json::object out;
  if (sealed.empty()) return out;
  const auto* fields = flatbuffers::GetSizePrefixedRoot<events::Sealed>(sealed.data())->fields();
  if (fields == nullptr) return out;
  for (const auto* field : *fields) {
    const auto path = text_of(field->path());
    if (!path.starts_with(prefix + "/")) continue;
    const auto name = path.substr(prefix.size() + 1);
    if (name.find('/') == std::string_view::npos) out[to_json_text(name)] = to_json_text(text_of(field->text()));
  }
  return out;
}

json::object envelope_json(const Event& event, std::string_view sealed, const std::string& prefix) {
  const auto& schema = EventSchema::instance();
  const auto& table = reinterpret_cast<const Table&>(event);
  json::object out;
  if (event.id() != nullptr) out["id"] = to_text(id_of(event.id()));
  out["type"] = to_json_text(type_name(event.body_type()));
  for (const auto& field : schema.envelope().fields) {
    if (field.hidden || field.name == "id") continue;
    if (field.kind == FieldKind::kBody) {
      out["body"] = table_json(*static_cast<const Table*>(event.body()), schema.body(event.body_type()), sealed);
    } else if (table.CheckField(field.field->offset())) {
      out[to_json_text(field.name)] = field_json(table, field, sealed);
    }
  }
  if (auto texts = sealed_json(sealed, prefix); !texts.empty()) out["sealed"] = std::move(texts);
  return out;
}

}  // namespace

json::object decode_event(std::string_view bytes, std::string_view sealed) {
  return envelope_json(event_in(bytes), sealed, "");
}

}  // namespace minne
