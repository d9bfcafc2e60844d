#include "events/event.h"

#include "events/check.h"
#include "events/walk.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace minne {
namespace {

constexpr std::size_t kPrefix = sizeof(flatbuffers::uoffset_t);
constexpr std::size_t kRecordAlignment = 8;
constexpr flatbuffers::uoffset_t kMaxDepth = 64;
// The smallest table takes 4 bytes and the offset that leads to it 4: the largest event holds no more tables than this.
constexpr flatbuffers::uoffset_t kMaxTables = kMaxLogImportedBytes / 8;

bool is_aligned(const void* data) { return std::bit_cast<std::uintptr_t>(data) % alignof(std::uint64_t) == 0; }

void pad(std::string& out) { out.append((kRecordAlignment - out.size() % kRecordAlignment) % kRecordAlignment, '\0'); }

Result<> check_size(std::size_t size, std::size_t limit) {
  if (size <= limit) return {};
  return failure(Code::kTooLarge, "an event and its sealed part may have " + std::to_string(limit) + " bytes");
}

// The size-prefixed buffer at `offset`, prefix included; an error past the end.
Result<std::string_view> prefixed_at(std::string_view body, std::size_t offset, std::string_view what) {
  if (body.size() - offset < kPrefix) return invalid("the body ends inside " + std::string{what});
  const auto size = flatbuffers::ReadScalar<flatbuffers::uoffset_t>(body.data() + offset);
  if (body.size() - offset - kPrefix < size) {  // as with bytes that never were an event
    return invalid("the length before " + std::string{what} + " passes the end of the body");
  }
  if (size > kMaxLogImportedBytes) {  // the largest of any type; verify_event() knows the type's own
    return failure(Code::kTooLarge,
                   std::string{what} + " is larger than " + std::to_string(kMaxLogImportedBytes) + " bytes");
  }
  return body.substr(offset, kPrefix + size);
}

template <class T>
Result<> verify_structure(std::string_view bytes, const char* identifier, std::string_view what) {
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), kMaxDepth,
                                 kMaxTables);
  if (bytes.size() <= kPrefix || !verifier.VerifySizePrefixedBuffer<T>(identifier)) {
    return invalid(std::string{what} + " is no FlatBuffer of this schema");
  }
  if (flatbuffers::ReadScalar<flatbuffers::uoffset_t>(bytes.data()) + kPrefix != bytes.size()) {
    return invalid(std::string{what} + " has bytes after its end");
  }
  return {};
}

Result<> verify_sealed(const Event& event, std::string_view sealed) {
  const auto* expected = event.sealed_sha256();
  if (sealed.empty()) {
    return expected == nullptr ? Result<>{} : invalid("the sealed part is missing", "/sealed");
  }
  MINNE_TRY_VOID(verify_structure<events::Sealed>(sealed, events::SealedIdentifier(), "the sealed part"));
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(sealed.data()), sealed.size()});
  if (expected == nullptr || expected->size() != digest.size() ||
      std::memcmp(expected->data(), digest.data(), digest.size()) != 0) {
    return invalid("the event does not hold the SHA-256 of its sealed part", "/sealed");
  }
  const auto* root = flatbuffers::GetSizePrefixedRoot<events::Sealed>(sealed.data());
  if (root->key_id() != 0) return invalid("no key of that id: sealed parts are not encrypted yet", "/sealed");
  if (root->fields() == nullptr) return {};
  std::vector<std::string_view> seen;
  for (const auto* field : *root->fields()) {
    if (field->path() == nullptr || field->text() == nullptr || !is_utf8(text_of(field->text()))) {
      return invalid("a sealed field needs a path and UTF-8 text", "/sealed");
    }
    if (!is_sealed_path(event, text_of(field->path()))) {
      return invalid("no such sealed field of this type", "/sealed" + std::string{text_of(field->path())});
    }
    if (std::ranges::find(seen, text_of(field->path())) != seen.end()) {
      return invalid("a sealed field stands once", "/sealed" + std::string{text_of(field->path())});
    }
    seen.push_back(text_of(field->path()));
  }
  return {};
}

}  // namespace

const Event& event_in(std::string_view bytes) { return *flatbuffers::GetSizePrefixedRoot<Event>(bytes.data()); }

events::Uuid to_uuid(const Id& id) { return events::Uuid{flatbuffers::span<const std::uint8_t, 16>{id.bytes}}; }

std::string_view type_name(Body type) { return events::EnumNameBody(type); }

std::optional<Body> type_named(std::string_view name) {
  static const auto types = [] {
    std::unordered_map<std::string_view, Body> out;
    for (const auto type : events::EnumValuesBody()) {
      if (type != Body::NONE) out.emplace(type_name(type), type);
    }
    return out;
  }();
  const auto found = types.find(name);
  return found == types.end() ? std::nullopt : std::optional{found->second};
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    if (lead < 0x80) continue;
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - i < static_cast<std::size_t>(more)) return false;
    char32_t point = lead & (0x3FU >> more);
    for (int k = 0; k < more; ++k) {
      const auto next = static_cast<unsigned char>(text[i++]);
      if ((next & 0xC0) != 0x80) return false;
      point = (point << 6) | (next & 0x3FU);
    }
    const bool overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
    if (overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
  }
  return true;
}

Result<> verify_event(std::string_view bytes, std::string_view sealed, const CodeLists* codes) {
  MINNE_TRY_VOID(check_size(bytes.size() + sealed.size(), kMaxLogImportedBytes));
  if (!is_aligned(bytes.data()) || (!sealed.empty() && !is_aligned(sealed.data()))) {
    std::vector<std::uint64_t> words((bytes.size() + sealed.size()) / 8 + 2);
    auto* const first = reinterpret_cast<char*>(words.data());
    auto* const second = first + (bytes.size() + 7) / 8 * 8;
    std::memcpy(first, bytes.data(), bytes.size());
    if (!sealed.empty()) std::memcpy(second, sealed.data(), sealed.size());
    return verify_event({first, bytes.size()},
                        sealed.empty() ? std::string_view{} : std::string_view{second, sealed.size()}, codes);
  }
  MINNE_TRY_VOID(verify_structure<Event>(bytes, events::EventIdentifier(), "the event"));
  const auto& event = event_in(bytes);
  MINNE_TRY_VOID(check_size(bytes.size() + sealed.size(), max_event_bytes(event.body_type())));
  MINNE_TRY_VOID(check_values(event, codes));
  return verify_sealed(event, sealed);
}

std::optional<std::string_view> sealed_text(std::string_view sealed, std::string_view path) {
  if (sealed.empty()) return std::nullopt;
  const auto* fields = flatbuffers::GetSizePrefixedRoot<events::Sealed>(sealed.data())->fields();
  if (fields == nullptr) return std::nullopt;
  for (const auto* field : *fields) {
    if (text_of(field->path()) == path) return text_of(field->text());
  }
  return std::nullopt;
}

void append_record(std::string& out, const EncodedEvent& event, Instant recorded_at) {
  CHECK(out.size() % kRecordAlignment == 0);
  const auto micros = to_micros(recorded_at);
  out.append(reinterpret_cast<const char*>(&micros), sizeof micros);
  out += event.bytes;
  pad(out);
  if (event.sealed.empty()) {
    out.append(kPrefix, '\0');
  } else {
    out += event.sealed;
  }
  pad(out);
}

Result<std::vector<EventRecord>> parse_records(std::string_view body, const CodeLists* codes) {
  std::vector<EventRecord> records;
  std::size_t offset = 0;
  const auto at = [&records](Error error) {
    error.where = "record " + std::to_string(records.size()) + error.where;
    return error;
  };
  const auto next = [&offset](std::size_t size) {
    offset += (size + kRecordAlignment - 1) / kRecordAlignment * kRecordAlignment;
  };
  while (offset < body.size()) {
    if (body.size() - offset < sizeof(std::int64_t)) return at(invalid("the body ends inside a record"));
    std::int64_t micros = 0;
    std::memcpy(&micros, body.data() + offset, sizeof micros);
    offset += sizeof micros;
    const auto bytes = prefixed_at(body, offset, "an event");
    if (!bytes) return at(bytes.error());
    next(bytes->size());
    if (offset > body.size()) return at(invalid("the body ends inside an event's padding"));
    const auto sealed = prefixed_at(body, offset, "a sealed part");
    if (!sealed) return at(sealed.error());
    next(sealed->size());
    EncodedEvent event{std::string{*bytes}, sealed->size() == kPrefix ? std::string{} : std::string{*sealed}};
    if (const auto verified = verify_event(event.bytes, event.sealed, codes); !verified) return at(verified.error());
    records.push_back({std::move(event), from_micros(micros)});
  }
  return records;
}

}  // namespace minne
