#include "events/check.h"
#include "events/json.h"
#include "events/person_number.h"
#include "events/walk.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace minne {
namespace {

namespace json = boost::json;
using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

constexpr std::array<std::string_view, 4> kAnswerFields = {"position", "version", "recorded_at", "board"};

std::string_view kind_name(json::kind kind) {
  switch (kind) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

// A member's name as a part of a JSON pointer (RFC 6901).
std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

Error expected(std::string_view what, const json::value& value, const std::string& pointer) {
  return invalid("expected " + std::string{what} + ", got " + std::string{kind_name(value.kind())}, pointer);
}

Result<std::string_view> as_text(const json::value& value, std::string_view what, const std::string& pointer) {
  if (!value.is_string()) return expected(what, value, pointer);
  const auto& text = value.get_string();
  return std::string_view{text.data(), text.size()};
}

// One field ready to be added to its table: an offset already written, or a scalar.
struct Part {
  const FieldSchema* field;
  flatbuffers::uoffset_t offset = 0;
  std::int64_t scalar = 0;
  std::uint8_t extra = 0;  // an instant's precision, a union's type
  Id id;
};

// Builds one event. FlatBuffers are written leaves first, so every table is two passes: its children, then itself.
class Encoder {
 public:
  explicit Encoder(const EncodeContext& context) : context_(context), codes_(context.codes) {}

  Result<EncodedEvent> encode(const json::value& value) {
    MINNE_TRY(const Offset<void> root, encode_envelope(value, context_.pointer, ""));
    fbb_.FinishSizePrefixed(Offset<Event>{root.o}, events::EventIdentifier());
    EncodedEvent out{bytes_of(fbb_), std::move(sealed_bytes_)};
    const std::size_t limit = max_event_bytes(event_in(out.bytes).body_type());
    if (out.bytes.size() + out.sealed.size() > limit) {
      return failure(Code::kTooLarge, "an event may have " + std::to_string(limit) + " bytes", context_.pointer);
    }
    return out;
  }

 private:
  static std::string bytes_of(FlatBufferBuilder& builder) {
    return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
  }

  // `sealed_prefix` is "" for the event itself and "/replacement" for an event inside it.
  Result<Offset<void>> encode_envelope(const json::value& value, const std::string& pointer,
                                       const std::string& sealed_prefix) {
    const auto& schema = EventSchema::instance().envelope();
    if (!value.is_object()) return expected("an event object", value, pointer);
    const auto& object = value.get_object();
    const bool nested = !sealed_prefix.empty();

    MINNE_TRY(const Body type, read_type(object, pointer));
    const auto& body_schema = EventSchema::instance().body(type);
    MINNE_TRY_VOID(read_sealed(object, body_schema, pointer, sealed_prefix));

    std::vector<Part> parts;
    for (const auto& member : object) {
      const std::string_view key{member.key().data(), member.key().size()};
      if (key == "type" || key == "sealed" || key == "body" || key == "id" || key == "case" || key == "matter")
        continue;
      const auto* field = schema.find(key);
      if (field == nullptr || field->hidden) return unknown_field(key, pointer);
      MINNE_TRY(Part part, encode_field(member.value(), schema, *field, pointer + "/" + std::string{key}));
      parts.push_back(part);
    }
    MINNE_TRY_VOID(add_ids(object, schema, body_schema, pointer, nested, parts));

    const auto* body = object.if_contains("body");
    static const json::value kEmpty = json::object{};
    MINNE_TRY(const Offset<void> body_offset,
              encode_table(body == nullptr ? kEmpty : *body, body_schema, pointer + "/body"));
    parts.push_back({schema.find("body"), body_offset.o, 0, static_cast<std::uint8_t>(type), {}});
    add_hidden(schema, body_schema, nested, parts);
    const auto out = write_table(parts);
    const auto& built = *reinterpret_cast<const Event*>(fbb_.GetCurrentBufferPointer() + fbb_.GetSize() - out.o);
    MINNE_TRY_VOID(check_envelope(built, nested, pointer));
    return out;
  }

  static Error unknown_field(std::string_view key, const std::string& pointer) {
    const bool answer = std::ranges::find(kAnswerFields, key) != kAnswerFields.end();
    return invalid(answer ? "the log adds this field: leave it out" : "unknown field", pointer + "/" + escaped(key));
  }

  static Result<Body> read_type(const json::object& object, const std::string& pointer) {
    const auto* type = object.if_contains("type");
    if (type == nullptr) return invalid("an event needs a type", pointer + "/type");
    MINNE_TRY(const std::string_view name, as_text(*type, "the name of an event type", pointer + "/type"));
    const auto known = type_named(name);
    if (!known) return invalid("unknown event type", pointer + "/type");
    return *known;
  }

  Result<> add_ids(const json::object& object, const TableSchema& schema, const TableSchema& body,
                   const std::string& pointer, bool nested, std::vector<Part>& parts) {
    const auto read = [&](std::string_view key) -> Result<std::optional<Id>> {
      const auto* value = object.if_contains(key);
      if (value == nullptr) return std::optional<Id>{};
      MINNE_TRY(const Id id, read_id(*value, pointer + "/" + std::string{key}));
      return std::optional{id};
    };
    MINNE_TRY(auto id, read("id"));
    MINNE_TRY(auto stream, read("case"));
    MINNE_TRY(auto matter, read("matter"));
    if (!nested) {
      if (!id) id = context_.id ? *context_.id : new_id();
      if (!stream) stream = context_.stream;
      if (context_.stream && stream != context_.stream) {
        return invalid("another case than the one it is appended to", pointer + "/case");
      }
    }
    if (!body.opens.empty() && !matter) matter = id;
    if (id) parts.push_back({schema.find("id"), 0, 0, 0, *id});
    if (stream) parts.push_back({schema.find("case"), 0, 0, 0, *stream});
    if (matter) parts.push_back({schema.find("matter"), 0, 0, 0, *matter});
    return {};
  }

  void add_hidden(const TableSchema& schema, const TableSchema& body, bool nested, std::vector<Part>& parts) {
    parts.push_back({schema.find("stream_kind"), 0, static_cast<std::int64_t>(body.stream), 0, {}});
    if (nested || sealed_fields_.empty()) return;
    sealed_.FinishSizePrefixed(events::CreateSealed(sealed_, 0, sealed_.CreateVector(sealed_fields_)),
                               events::SealedIdentifier());
    sealed_bytes_ = bytes_of(sealed_);
    const auto digest = sha256({sealed_.GetBufferPointer(), sealed_.GetSize()});
    parts.push_back({schema.find("sealed_sha256"), fbb_.CreateVector(digest.data(), digest.size()).o, 0, 0, {}});
  }

  // Names and free text go into the sealed part; a number is kept in its normal form and leaves its token behind.
  Result<> read_sealed(const json::object& object, const TableSchema& body, const std::string& pointer,
                       const std::string& prefix) {
    token_.reset();
    const auto* sealed = object.if_contains("sealed");
    if (sealed == nullptr) return {};
    if (!sealed->is_object()) return expected("an object", *sealed, pointer + "/sealed");
    for (const auto& member : sealed->get_object()) {
      const std::string key{member.key().data(), member.key().size()};
      const auto* field = body.find(key);
      if (field == nullptr || !field->sealed) {
        return invalid("no such sealed field of this type", pointer + "/sealed/" + escaped(key));
      }
      const auto at = pointer + "/sealed/" + key;
      MINNE_TRY(const std::string_view text, as_text(member.value(), "a string", at));
      if (!is_utf8(text)) return invalid("not UTF-8", at);
      std::string stored{text};
      if (has_token_of(body, key)) {
        if (!context_.token) return invalid("a number cannot be taken in here", at);
        auto normalised = normalise_number(text, context_.today_year);
        if (!normalised) return invalid(normalised.error().message, at);
        stored = std::move(*normalised);
        token_ = context_.token(stored);
      }
      sealed_fields_.push_back(
          events::CreateSealedField(sealed_, sealed_.CreateString(prefix + "/" + key), sealed_.CreateString(stored)));
    }
    return {};
  }

  static bool has_token_of(const TableSchema& body, std::string_view sealed_name) {
    return std::ranges::any_of(body.fields, [&](const FieldSchema& field) { return field.token_of == sealed_name; });
  }

  Result<Offset<void>> encode_table(const json::value& value, const TableSchema& schema, const std::string& pointer) {
    if (++depth_ > kMaxEventDepth) return invalid("nested too deep", pointer);
    if (!value.is_object()) return expected("an object", value, pointer);
    std::vector<Part> parts;
    for (const auto& member : value.get_object()) {
      const std::string key{member.key().data(), member.key().size()};
      const auto* field = schema.find(key);
      if (field == nullptr || field->hidden) return invalid("unknown field", pointer + "/" + escaped(key));
      const auto at = pointer + "/" + key;
      if (field->sealed) return invalid("a name or free text: it belongs in `sealed`", at);
      if (!field->token_of.empty()) return invalid("computed by Minne: send the number in `sealed`", at);
      MINNE_TRY(Part part, encode_field(member.value(), schema, *field, at));
      parts.push_back(part);
    }
    for (const auto& field : schema.fields) {
      if (field.token_of.empty() || !token_) continue;
      parts.push_back({&field, fbb_.CreateVector(token_->data(), token_->size()).o, 0, 0, {}});
    }
    --depth_;
    return write_table(parts);
  }

  Result<Part> encode_field(const json::value& value, const TableSchema& schema, const FieldSchema& field,
                            const std::string& pointer) {
    Part part{&field, 0, 0, 0, {}};
    if (field.vector) {
      MINNE_TRY(part.offset, encode_vector(value, schema, field, pointer));
      return part;
    }
    switch (field.kind) {
      case FieldKind::kBool:
        if (!value.is_bool()) return expected("a boolean", value, pointer);
        part.scalar = value.get_bool() ? 1 : 0;
        break;
      case FieldKind::kInteger: {
        MINNE_TRY(part.scalar, read_integer(value, field, pointer));
        break;
      }
      case FieldKind::kText:
      case FieldKind::kCode: {
        MINNE_TRY(part.offset, encode_text(value, schema, field, pointer));
        break;
      }
      case FieldKind::kDate: {
        MINNE_TRY(const std::string_view text, as_text(value, "a date, YYYY-MM-DD", pointer));
        const auto date = parse_date(text);
        if (!date) return invalid(date.error().message, pointer);
        part.scalar = to_days(*date);
        break;
      }
      case FieldKind::kInstant: {
        MINNE_TRY(const std::string_view text, as_text(value, "a time with offset, or a date", pointer));
        const auto when = parse_when(text);
        if (!when) return invalid(when.error().message, pointer);
        part.scalar = to_micros(when->at);
        part.extra = static_cast<std::uint8_t>(when->precision);
        break;
      }
      case FieldKind::kId: {
        MINNE_TRY(part.id, read_id(value, pointer));
        break;
      }
      case FieldKind::kHex: {
        MINNE_TRY(const std::string_view text, as_text(value, "hex digits", pointer));
        const auto bytes = from_hex(text);
        if (!bytes) return invalid(bytes.error().message, pointer);
        part.offset = fbb_.CreateVector(reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size()).o;
        break;
      }
      case FieldKind::kTable: {
        MINNE_TRY(const Offset<void> table, encode_nested(value, *field.table, field, pointer));
        part.offset = table.o;
        break;
      }
      case FieldKind::kBody:
        CHECK(false);
    }
    return part;
  }

  // A table field; an event inside an event is an envelope of its own.
  Result<Offset<void>> encode_nested(const json::value& value, const TableSchema& schema, const FieldSchema& field,
                                     const std::string& pointer) {
    if (&schema != &EventSchema::instance().envelope()) return encode_table(value, schema, pointer);
    if (++nested_events_ > 1) return invalid("an event inside an event inside an event", pointer);
    auto* const codes = field.copy ? std::exchange(codes_, nullptr) : codes_;
    auto out = encode_envelope(value, pointer, "/" + std::string{field.name});
    codes_ = codes;
    return out;
  }

  Result<flatbuffers::uoffset_t> encode_vector(const json::value& value, const TableSchema& schema,
                                               const FieldSchema& field, const std::string& pointer) {
    if (!value.is_array()) return expected("an array", value, pointer);
    const auto& array = value.get_array();
    std::vector<flatbuffers::uoffset_t> offsets;
    std::vector<events::Uuid> ids;
    for (std::size_t i = 0; i < array.size(); ++i) {
      const auto at = pointer + "/" + std::to_string(i);
      if (field.kind == FieldKind::kId) {
        MINNE_TRY(const Id id, read_id(array[i], at));
        ids.push_back(to_uuid(id));
      } else if (field.kind == FieldKind::kTable) {
        MINNE_TRY(const Offset<void> table, encode_nested(array[i], *field.table, field, at));
        offsets.push_back(table.o);
      } else {
        MINNE_TRY(const flatbuffers::uoffset_t text, encode_text(array[i], schema, field, at));
        offsets.push_back(text);
      }
    }
    if (field.kind == FieldKind::kId) return fbb_.CreateVectorOfStructs(ids).o;
    std::vector<Offset<void>> items(offsets.begin(), offsets.end());
    return fbb_.CreateVector(items).o;
  }

  Result<flatbuffers::uoffset_t> encode_text(const json::value& value, const TableSchema& schema,
                                             const FieldSchema& field, const std::string& pointer) {
    MINNE_TRY(const std::string_view text,
              as_text(value, field.kind == FieldKind::kCode ? "a code" : "a string", pointer));
    if (field.kind == FieldKind::kCode && !is_code(text)) {
      return invalid("a code is 1 to 64 characters of a-z, A-Z, 0-9, '_', '-' and '.'", pointer);
    }
    if (codes_ != nullptr && !field.list.empty()) MINNE_TRY_VOID(codes_->check(field.list, text, pointer));
    const bool name = schema.name == "Actor" || schema.name == "LegalBasis";
    if (name && (text.empty() || text.size() > kMaxNameBytes)) return invalid("1 to 64 bytes here", pointer);
    if (!is_utf8(text)) return invalid("not UTF-8", pointer);
    return fbb_.CreateString(text.data(), text.size()).o;
  }

  static Result<Id> read_id(const json::value& value, const std::string& pointer) {
    MINNE_TRY(const std::string_view text, as_text(value, "a UUID", pointer));
    const auto id = parse_id(text);
    if (!id) return invalid(id.error().message, pointer);
    return *id;
  }

  static Result<std::int64_t> read_integer(const json::value& value, const FieldSchema& field,
                                           const std::string& pointer) {
    if (value.is_uint64() && value.get_uint64() <= field.maximum) return static_cast<std::int64_t>(value.get_uint64());
    if (value.is_int64()) {
      const auto number = value.get_int64();
      if (number >= field.minimum && (number < 0 || static_cast<std::uint64_t>(number) <= field.maximum)) return number;
    }
    if (!value.is_int64() && !value.is_uint64()) return expected("an integer", value, pointer);
    return invalid("an integer from " + std::to_string(field.minimum) + " to " + std::to_string(field.maximum),
                   pointer);
  }

  Offset<void> write_table(const std::vector<Part>& parts) {
    const auto start = fbb_.StartTable();
    for (const auto& part : parts) add_part(part);
    return Offset<void>{fbb_.EndTable(start)};
  }

  void add_part(const Part& part) {
    const auto& field = *part.field;
    const auto offset = field.field->offset();
    if (field.vector || part.offset != 0) {
      if (field.kind == FieldKind::kBody) {
        fbb_.AddElement<std::uint8_t>(static_cast<flatbuffers::voffset_t>(offset - 2), part.extra, 0);
      }
      fbb_.AddOffset(offset, Offset<void>{part.offset});
      return;
    }
    switch (field.kind) {
      case FieldKind::kId: {
        const auto uuid = to_uuid(part.id);
        fbb_.AddStruct(offset, &uuid);
        break;
      }
      case FieldKind::kInstant:
        fbb_.AddElement<std::int64_t>(offset, part.scalar);
        if (field.precision != nullptr) fbb_.AddElement<std::uint8_t>(field.precision->field->offset(), part.extra, 0);
        break;
      default:
        add_scalar(field, offset, part.scalar);
    }
  }

  void add_scalar(const FieldSchema& field, flatbuffers::voffset_t offset, std::int64_t value) {
    if (field.name == "stream_kind") return fbb_.AddElement<std::uint8_t>(offset, static_cast<std::uint8_t>(value), 0);
    switch (field.field->type()->base_type()) {
      case reflection::Bool:
      case reflection::UByte:
      case reflection::Byte:
        return fbb_.AddElement<std::uint8_t>(offset, static_cast<std::uint8_t>(value));
      case reflection::UShort:
      case reflection::Short:
        return fbb_.AddElement<std::uint16_t>(offset, static_cast<std::uint16_t>(value));
      case reflection::UInt:
      case reflection::Int:
        return fbb_.AddElement<std::uint32_t>(offset, static_cast<std::uint32_t>(value));
      default:
        return fbb_.AddElement<std::uint64_t>(offset, static_cast<std::uint64_t>(value));
    }
  }

  const EncodeContext& context_;
  const CodeLists* codes_;
  FlatBufferBuilder fbb_;
  FlatBufferBuilder sealed_{256};
  std::vector<Offset<events::SealedField>> sealed_fields_;
  std::string sealed_bytes_;
  std::optional<Digest> token_;
  int depth_ = 0;
  int nested_events_ = 0;
};

}  // namespace

Result<EncodedEvent> encode_event(const json::value& value, const EncodeContext& context) {
  return Encoder{context}.encode(value);
}

}  // namespace minne
