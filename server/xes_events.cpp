#include "server/xes_events.h"

#include <string>
#include <unordered_set>
#include <utility>

namespace minne {
namespace {

using Attributes = std::vector<XesAttribute>;
using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;
using Text = Offset<flatbuffers::String>;

// A list or container may lack its value, and what goes on in another part may have none left. Elsewhere an empty value
// is a value.
bool has_value(const XesAttribute& attribute) {
  if (!attribute.value.empty()) return true;
  return attribute.type != "list" && attribute.type != "container" && !attribute.type.empty();
}

// ---- Encoding -----------------------------------------------------------------------------------------------------

// Builds one event, leaves first.
class Writer {
 public:
  FlatBufferBuilder& builder() { return builder_; }

  Text text(std::string_view value) {
    return builder_.CreateSharedString(value.data(), static_cast<flatbuffers::uoffset_t>(value.size()));
  }
  Text text_unless_empty(std::string_view value) { return value.empty() ? Text{} : text(value); }

  // Nothing where the list is empty.
  template <class Item, class Write>
  auto list(const std::vector<Item>& items, Write&& write) {
    std::vector<decltype(write(items.front()))> written;
    written.reserve(items.size());
    for (const Item& item : items) written.push_back(write(item));
    return written.empty() ? decltype(builder_.CreateVector(written)){} : builder_.CreateVector(written);
  }

  Offset<flatbuffers::Vector<Offset<events::Attribute>>> attributes(const Attributes& all) {
    return list(all, [this](const XesAttribute& each) { return attribute(each); });
  }

  Result<EncodedEvent> finish(const EventPlace& place, Body type, Offset<void> body, Offset<events::Actor> actor = {}) {
    const events::Uuid id = to_uuid(place.id);
    const events::Uuid stream = to_uuid(place.stream);
    events::EventBuilder event(builder_);
    event.add_id(&id);
    event.add_case_id(&stream);
    event.add_occurred_at(to_micros(place.at.at));
    event.add_occurred_precision(static_cast<events::Precision>(place.at.precision));
    event.add_stream_kind(type == Body::LogImported ? StreamKind::board : StreamKind::case_);
    if (!actor.IsNull()) event.add_actor(actor);
    event.add_body_type(type);
    event.add_body(body);
    builder_.FinishSizePrefixed(event.Finish(), events::EventIdentifier());
    if (builder_.GetSize() > max_event_bytes(type)) {
      return failure(Code::kTooLarge, std::string(type_name(type)) + " would be larger than the " +
                                          std::to_string(max_event_bytes(type)) + " bytes of an event");
    }
    EncodedEvent made{{reinterpret_cast<const char*>(builder_.GetBufferPointer()), builder_.GetSize()}, {}};
    if (const Result<> verified = verify_event(made.bytes, {}); !verified) {
      const std::string& where = verified.error().where;
      return failure(verified.error().code,
                     where.empty() ? verified.error().message : where + ": " + verified.error().message);
    }
    return made;
  }

 private:
  Offset<events::Attribute> attribute(const XesAttribute& each) {
    const Text key = text_unless_empty(each.key);
    const Text type = text_unless_empty(each.type);
    const Text value = has_value(each) ? text(each.value) : Text{};
    const auto children = attributes(each.children);
    const auto values = attributes(each.values);
    return events::CreateAttribute(builder_, key, type, value, children, values);
  }

  FlatBufferBuilder builder_;
};

// ---- A log's header in parts --------------------------------------------------------------------------------------

struct LogPart {
  Attributes xml_attributes;
  std::vector<XesExtension> extensions;
  std::vector<XesGlobal> globals;
  std::vector<XesClassifier> classifiers;
  Attributes attributes;
  std::vector<XesEvent> events;
};

// FlatBuffers' sizes. A table is the offset to its field list, then four bytes for each of our fields that is there; a
// list or text is its length and what it holds.
constexpr std::size_t kWord = 4;

// The envelope, the six lists' heads, the SHA-256 and every field list (they are shared), generously.
constexpr std::size_t kEnvelopeBytes = 1024;
constexpr std::size_t kPartBytes = kMaxLogImportedBytes - kEnvelopeBytes;

// At most what an attribute takes besides its texts, and its place in a list.
constexpr std::size_t kFrameBytes = 9 * kWord;
constexpr std::size_t kLeastTextBytes = 64;  // no cut leaves less of a text than this, the last piece excepted

// How much an element adds to an event that holds what was measured before. Exact, but that no table counts for less
// than 16 bytes: a full part then stays below the number of tables that verify_event() reads.
class Measure {
 public:
  std::size_t of(const XesAttribute& each) {
    std::size_t bytes = 2 * kWord;  // its place in the list, its table
    if (!each.key.empty()) bytes += kWord + text(each.key);
    if (!each.type.empty()) bytes += kWord + text(each.type);
    if (has_value(each)) bytes += kWord + text(each.value);
    return bytes + list(each.children) + list(each.values);
  }
  std::size_t of(const XesExtension& each) { return 5 * kWord + text(each.name) + text(each.prefix) + text(each.uri); }
  std::size_t of(const XesClassifier& each) { return 5 * kWord + text(each.name) + text(each.scope) + text(each.keys); }
  std::size_t of(const XesGlobal& each) { return 4 * kWord + text(each.scope) + list(each.attributes); }
  std::size_t of(const XesEvent& each) { return 4 * kWord + list(each.attributes); }

 private:
  std::size_t list(const Attributes& all) {
    std::size_t bytes = all.empty() ? 0 : 2 * kWord;
    for (const XesAttribute& each : all) bytes += of(each);
    return bytes;
  }
  std::size_t text(const std::string& value) {
    if (!stored_.insert(value).second) return 0;
    return kWord + (value.size() + kWord) / kWord * kWord;  // with a NUL, and padded
  }

  std::unordered_set<std::string> stored_;
};

template <class Item>
std::size_t bytes_alone(const Item& item) {
  return Measure{}.of(item);
}

// The longest start of `text` within `limit` bytes that does not cut a character.
std::string_view utf8_start(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return text.substr(0, limit);
}

// Pieces of at most `limit` bytes each, by the rule in the header.
Result<Attributes> cut(XesAttribute&& whole, std::size_t limit) {
  Attributes pieces;
  if (bytes_alone(whole) <= limit) {
    pieces.push_back(std::move(whole));
    return pieces;
  }
  pieces.push_back({std::move(whole.key), std::move(whole.type), {}, {}, {}});
  std::size_t used = kFrameBytes + bytes_alone(pieces.back());
  if (used + kLeastTextBytes > limit) {
    return failure(Code::kTooLarge, "a key in the log's header is longer than an event may be");
  }
  const auto go_on = [&] {
    pieces.emplace_back();
    used = kFrameBytes;
  };
  for (std::string_view rest = whole.value; !rest.empty();) {
    if (used + kLeastTextBytes > limit) go_on();
    const std::string_view start = utf8_start(rest, limit - used - 2 * kWord);
    pieces.back().value = start;
    used += start.size() + 2 * kWord;
    rest.remove_prefix(start.size());
    if (!rest.empty()) go_on();
  }
  for (const auto list : {&XesAttribute::children, &XesAttribute::values}) {
    for (XesAttribute& inner : whole.*list) {
      MINNE_TRY(Attributes inner_pieces, cut(std::move(inner), limit - kFrameBytes));
      for (XesAttribute& piece : inner_pieces) {
        const std::size_t bytes = bytes_alone(piece);
        if (used + bytes > limit) go_on();
        (pieces.back().*list).push_back(std::move(piece));
        used += bytes;
      }
    }
  }
  return pieces;
}

// The attributes of a global or an event in groups of at most `limit` bytes; each but the first begins with one that
// continues.
Result<std::vector<Attributes>> cut_in_groups(Attributes&& all, std::size_t limit) {
  std::vector<Attributes> groups(1);
  std::size_t used = 0;
  for (XesAttribute& each : all) {
    MINNE_TRY(Attributes pieces, cut(std::move(each), limit - kFrameBytes));
    for (XesAttribute& piece : pieces) {
      const std::size_t bytes = bytes_alone(piece);
      if (used + bytes > limit) {
        const bool continues = piece.type.empty();
        groups.emplace_back();
        if (!continues) groups.back().emplace_back();
        used = kFrameBytes;
      }
      groups.back().push_back(std::move(piece));
      used += bytes;
    }
  }
  return groups;
}

// Fills parts in order, each as full as it may be.
class Packer {
 public:
  Result<> add_all(Attributes LogPart::*list, Attributes&& all) {
    for (XesAttribute& each : all) {
      MINNE_TRY(Attributes pieces, cut(std::move(each), kPartBytes));
      for (XesAttribute& piece : pieces) MINNE_TRY_VOID(add(list, std::move(piece)));
    }
    return {};
  }

  template <class Item>
  Result<> add_all(std::vector<Item> LogPart::*list, std::vector<Item>&& all) {
    for (Item& each : all) MINNE_TRY_VOID(add(list, std::move(each)));
    return {};
  }

  Result<> add_all(std::vector<XesGlobal>&& all) {
    for (XesGlobal& each : all) {
      if (bytes_alone(each) <= kPartBytes) {
        MINNE_TRY_VOID(add(&LogPart::globals, std::move(each)));
        continue;
      }
      const std::size_t around = bytes_alone(XesGlobal{each.scope, {}}) + kFrameBytes;
      if (around > kPartBytes / 2) return too_long("a global's scope");
      MINNE_TRY(auto groups, cut_in_groups(std::move(each.attributes), kPartBytes - around));
      for (Attributes& group : groups) {
        MINNE_TRY_VOID(add(&LogPart::globals, XesGlobal{std::exchange(each.scope, {}), std::move(group)}));
      }
    }
    return {};
  }

  Result<> add_all(std::vector<XesEvent>&& all) {
    for (XesEvent& each : all) {
      if (bytes_alone(each) <= kPartBytes) {
        MINNE_TRY_VOID(add(&LogPart::events, std::move(each)));
        continue;
      }
      MINNE_TRY(auto groups, cut_in_groups(std::move(each.attributes), kPartBytes - kFrameBytes));
      for (Attributes& group : groups) {
        MINNE_TRY_VOID(add(&LogPart::events, XesEvent{each.line, std::move(group)}));
      }
    }
    return {};
  }

  [[nodiscard]] std::vector<LogPart> take() { return std::move(parts_); }

 private:
  static Error too_long(std::string_view what) {
    return failure(Code::kTooLarge, std::string(what) + " in the log's header is longer than an event may be");
  }

  template <class Item>
  Result<> add(std::vector<Item> LogPart::*list, Item&& item) {
    std::size_t bytes = measure_.of(item);
    if (used_ + bytes > kPartBytes) {
      parts_.emplace_back();
      measure_ = {};
      used_ = 0;
      bytes = measure_.of(item);
      if (bytes > kPartBytes) return too_long("an extension or a classifier");
    }
    (parts_.back().*list).push_back(std::move(item));
    used_ += bytes;
    return {};
  }

  std::vector<LogPart> parts_ = std::vector<LogPart>(1);
  Measure measure_;  // of the last part
  std::size_t used_ = 0;
};

Attributes xml_attributes_of(XesHeader& header) {
  Attributes all;
  if (!header.xml_namespace.empty()) all.push_back({"xmlns", "xml", std::move(header.xml_namespace), {}, {}});
  for (auto& [name, value] : header.xml_attributes) all.push_back({std::move(name), "xml", std::move(value), {}, {}});
  return all;
}

Result<std::vector<LogPart>> in_parts(XesSummary&& log) {
  Packer packer;
  MINNE_TRY_VOID(packer.add_all(&LogPart::xml_attributes, xml_attributes_of(log.header)));
  MINNE_TRY_VOID(packer.add_all(&LogPart::extensions, std::move(log.header.extensions)));
  MINNE_TRY_VOID(packer.add_all(std::move(log.header.globals)));
  MINNE_TRY_VOID(packer.add_all(&LogPart::classifiers, std::move(log.header.classifiers)));
  MINNE_TRY_VOID(packer.add_all(&LogPart::attributes, std::move(log.header.attributes)));
  MINNE_TRY_VOID(packer.add_all(std::move(log.events)));
  return packer.take();
}

Result<EncodedEvent> encode(const EventPlace& place, const std::string& sha256, const LogPart& part) {
  Writer writer;
  FlatBufferBuilder& builder = writer.builder();
  const auto extensions = writer.list(part.extensions, [&](const XesExtension& each) {
    const Text name = writer.text_unless_empty(each.name);
    const Text prefix = writer.text_unless_empty(each.prefix);
    return events::CreateLogExtension(builder, name, prefix, writer.text_unless_empty(each.uri));
  });
  const auto globals = writer.list(part.globals, [&](const XesGlobal& each) {
    const Text scope = writer.text_unless_empty(each.scope);
    return events::CreateLogGlobal(builder, scope, writer.attributes(each.attributes));
  });
  const auto classifiers = writer.list(part.classifiers, [&](const XesClassifier& each) {
    const Text name = writer.text_unless_empty(each.name);
    const Text scope = writer.text_unless_empty(each.scope);
    return events::CreateLogClassifier(builder, name, scope, writer.text_unless_empty(each.keys));
  });
  const auto attributes = writer.attributes(part.attributes);
  const auto outside = writer.list(part.events, [&](const XesEvent& each) {
    return events::CreateLogEvent(builder, writer.attributes(each.attributes));
  });
  const auto log_attributes = writer.attributes(part.xml_attributes);
  const auto body = events::CreateLogImported(builder, writer.text(sha256), extensions, globals, classifiers,
                                              attributes, outside, log_attributes);
  return writer.finish(place, Body::LogImported, body.Union());
}

}  // namespace

Result<EncodedEvent> case_opened(const EventPlace& place, std::string_view external_ref, const Attributes& attributes) {
  Writer writer;
  const Text ref = writer.text(external_ref);
  const auto all = writer.attributes(attributes);
  events::CaseOpenedBuilder body(writer.builder());
  body.add_external_ref(ref);
  body.add_attributes(all);
  return writer.finish(place, Body::CaseOpened, body.Finish().Union());
}

Result<EncodedEvent> deadline_set(const EventPlace& place, std::string_view name, Date due) {
  Writer writer;
  const auto body = events::CreateDeadlineSet(writer.builder(), writer.text(name), to_days(due));
  return writer.finish(place, Body::DeadlineSet, body.Union());
}

Result<EncodedEvent> action_recorded(const EventPlace& place, const XesActor& actor, std::string_view activity,
                                     std::string_view lifecycle, const Attributes& attributes) {
  Writer writer;
  const Text name = writer.text(activity);
  const Text transition = writer.text_unless_empty(lifecycle);
  const auto all = writer.attributes(attributes);
  const auto body = events::CreateActionRecorded(writer.builder(), name, transition, all);
  Offset<events::Actor> who;
  if (!actor.id.empty()) {
    const Text id = writer.text(actor.id);
    const Text role = writer.text_unless_empty(actor.role);
    const Text unit = writer.text_unless_empty(actor.unit);
    who = events::CreateActor(writer.builder(), id, role, unit);
  }
  return writer.finish(place, Body::ActionRecorded, body.Union(), who);
}

Result<EncodedEvent> case_closed(const EventPlace& place) {
  Writer writer;
  return writer.finish(place, Body::CaseClosed, events::CreateCaseClosed(writer.builder()).Union());
}

Result<std::vector<EncodedEvent>> log_imported(XesSummary&& log, const Id& stream, const When& at,
                                               const std::function<Id(std::uint64_t part)>& id_of_part) {
  const std::string sha256 = log.sha256;
  MINNE_TRY(const std::vector<LogPart> parts, in_parts(std::move(log)));
  std::vector<EncodedEvent> made;
  for (const LogPart& part : parts) {
    MINNE_TRY(EncodedEvent event, encode({stream, id_of_part(made.size()), at}, sha256, part));
    made.push_back(std::move(event));
  }
  return made;
}

}  // namespace minne
