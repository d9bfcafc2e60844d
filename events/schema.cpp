#include "events/schema.h"

#include "event_bfbs_generated.h"
#include "events/check.h"

#include <algorithm>
#include <limits>

namespace minne {
namespace {

std::string_view attribute(const flatbuffers::Vector<flatbuffers::Offset<reflection::KeyValue>>* attributes,
                           const char* key) {
  if (attributes == nullptr) return {};
  const auto* found = attributes->LookupByKey(key);
  return found == nullptr || found->value() == nullptr ? std::string_view{} : text_of(found->value());
}

bool has_attribute(const flatbuffers::Vector<flatbuffers::Offset<reflection::KeyValue>>* attributes, const char* key) {
  return attributes != nullptr && attributes->LookupByKey(key) != nullptr;
}

std::string_view last_name(std::string_view dotted) {
  const auto dot = dotted.rfind('.');
  return dot == std::string_view::npos ? dotted : dotted.substr(dot + 1);
}

struct Range {
  std::int64_t minimum;
  std::uint64_t maximum;
};

template <class T>
constexpr Range range_of() {
  return {static_cast<std::int64_t>(std::numeric_limits<T>::min()),
          static_cast<std::uint64_t>(std::numeric_limits<T>::max())};
}

Range integer_range(reflection::BaseType type) {
  switch (type) {
    case reflection::UByte:
      return range_of<std::uint8_t>();
    case reflection::Byte:
      return range_of<std::int8_t>();
    case reflection::UShort:
      return range_of<std::uint16_t>();
    case reflection::Short:
      return range_of<std::int16_t>();
    case reflection::UInt:
      return range_of<std::uint32_t>();
    case reflection::Int:
      return range_of<std::int32_t>();
    case reflection::Long:
      return range_of<std::int64_t>();
    default:
      return range_of<std::uint64_t>();
  }
}

FieldSchema read_field(const reflection::Field& field, const reflection::Schema& schema) {
  const auto* attributes = field.attributes();
  FieldSchema out;
  out.field = &field;
  const auto json_name = attribute(attributes, "json");
  out.name = json_name.empty() ? text_of(field.name()) : json_name;
  out.hidden = has_attribute(attributes, "hidden");
  out.sealed = has_attribute(attributes, "sealed");
  out.matters = has_attribute(attributes, "matters");
  out.copy = has_attribute(attributes, "copy");
  out.token_of = attribute(attributes, "token_of");
  out.list = attribute(attributes, "code");

  auto base = field.type()->base_type();
  out.vector = base == reflection::Vector;
  if (out.vector) base = field.type()->element();
  if (has_attribute(attributes, "hex")) {
    out.kind = FieldKind::kHex;
    out.vector = false;
  } else if (has_attribute(attributes, "instant")) {
    out.kind = FieldKind::kInstant;
  } else if (has_attribute(attributes, "date")) {
    out.kind = FieldKind::kDate;
  } else if (base == reflection::Bool) {
    out.kind = FieldKind::kBool;
  } else if (base == reflection::String) {
    const bool code = has_attribute(attributes, "code") || has_attribute(attributes, "word");
    out.kind = code ? FieldKind::kCode : FieldKind::kText;
  } else if (base == reflection::Union) {
    out.kind = FieldKind::kBody;
  } else if (base == reflection::Obj) {
    const auto* object = schema.objects()->Get(static_cast<flatbuffers::uoffset_t>(field.type()->index()));
    out.kind = object->is_struct() ? FieldKind::kId : FieldKind::kTable;
  } else {
    out.kind = FieldKind::kInteger;
    const auto range = integer_range(base);
    out.minimum = range.minimum;
    out.maximum = range.maximum;
  }
  return out;
}

// The lines of a `///` comment, as one text.
std::string documentation_of(const reflection::Object& object) {
  std::string out;
  if (object.documentation() == nullptr) return out;
  for (const auto* line : *object.documentation()) {
    auto text = text_of(line);
    while (text.starts_with(' ')) text.remove_prefix(1);
    out += (out.empty() ? "" : " ") + std::string{text};
  }
  return out;
}

TableSchema read_table(const reflection::Object& object, const reflection::Schema& schema) {
  TableSchema out;
  out.object = &object;
  out.name = last_name(text_of(object.name()));
  out.swedish = attribute(object.attributes(), "sv");
  out.documentation = documentation_of(object);
  out.opens = attribute(object.attributes(), "opens");
  out.by_minne = attribute(object.attributes(), "writer") == "minne";
  const auto stream = attribute(object.attributes(), "stream");
  CHECK(stream.empty() || stream == "staff" || stream == "board");
  if (stream == "staff") out.stream = StreamKind::staff;
  if (stream == "board") out.stream = StreamKind::board;
  for (const auto* field : *object.fields()) {
    if (field->type()->base_type() == reflection::UType) continue;  // part of its union
    out.fields.push_back(read_field(*field, schema));
  }
  std::ranges::sort(out.fields, {}, [](const FieldSchema& field) { return field.field->id(); });
  return out;
}

}  // namespace

const FieldSchema* TableSchema::find(std::string_view field_name) const {
  const auto found = std::ranges::find(fields, field_name, &FieldSchema::name);
  return found == fields.end() ? nullptr : &*found;
}

EventSchema::EventSchema() {
  const auto& schema = *reflection::GetSchema(events::EventBinarySchema::data());
  tables_.reserve(schema.objects()->size());
  for (const auto* object : *schema.objects()) tables_.push_back(read_table(*object, schema));
  for (auto& table : tables_) {
    for (auto& field : table.fields) {
      const auto* attributes = field.field->attributes();
      if (const auto sibling = attribute(attributes, "precision"); !sibling.empty()) {
        field.precision = table.find(sibling);
        CHECK(field.precision != nullptr);
      }
      if (field.kind == FieldKind::kTable) {
        field.table = &tables_[static_cast<std::size_t>(field.field->type()->index())];
      }
    }
    if (table.object == schema.root_table()) envelope_ = &table;
  }
  CHECK(envelope_ != nullptr);
  for (const auto* entry : *schema.enums()) {
    if (last_name(text_of(entry->name())) != "Body") continue;
    for (const auto* value : *entry->values()) {
      if (value->value() == 0) continue;
      bodies_[static_cast<std::size_t>(value->value())] =
          &tables_[static_cast<std::size_t>(value->union_type()->index())];
    }
  }
}

std::vector<Id> matters_of(const Event& event, const Id& own) {
  std::vector<Id> out;
  const auto add = [&out](const Id& matter) {
    if (!matter.is_nil() && std::ranges::find(out, matter) == out.end()) out.push_back(matter);
  };
  add(own);
  const auto& body = *static_cast<const flatbuffers::Table*>(event.body());
  for (const auto& field : EventSchema::instance().body(event.body_type()).fields) {
    if (!field.matters) continue;
    if (!field.vector) {
      add(id_of(body.GetStruct<const events::Uuid*>(field.field->offset())));
    } else if (const auto* ids =
                   body.GetPointer<const flatbuffers::Vector<const events::Uuid*>*>(field.field->offset())) {
      for (const auto* id : *ids) add(id_of(id));
    }
  }
  return out;
}

const EventSchema& EventSchema::instance() {
  static const EventSchema schema;
  return schema;
}

}  // namespace minne
