#include "core/page.h"

#include "events/check.h"

#include <isa-l/crc.h>

namespace minne {
namespace {

constexpr std::uint32_t kMagic = 0x47504E4D;  // "MNPG"
constexpr std::uint16_t kFormat = 1;

struct Header {
  std::uint32_t magic;
  std::uint16_t format;
  std::uint16_t flags;
  std::uint32_t count;
  std::uint32_t header_crc;
  std::uint64_t first_position;
};
static_assert(sizeof(Header) == 24);

struct Entry {
  std::uint32_t offset;
  std::uint32_t version;
  std::int64_t recorded_at;
  std::uint32_t crc;
  std::uint32_t flags;
};
static_assert(sizeof(Entry) == 24);

constexpr std::size_t aligned(std::size_t size) { return (size + 7) / 8 * 8; }

std::uint32_t header_crc(std::string_view page, std::size_t table_bytes) {
  Header header{};
  std::memcpy(&header, page.data(), sizeof header);
  header.header_crc = 0;
  auto crc = crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(&header), sizeof header);
  return crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(page.data()) + sizeof header, table_bytes);
}

void append_u32(std::string& out, std::uint32_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::string encode_sealed(std::span<const PageEvent> events) {
  constexpr std::size_t kCrc = 4;
  std::uint32_t count = 0;
  std::size_t bytes = 0;
  for (const auto& event : events) {
    count += event.sealed.empty() ? 0 : 1;
    bytes += aligned(event.sealed.size());
  }
  if (count == 0) return {};
  const auto index_end = kCrc + 4 + count * 8UL;
  std::string out;
  out.reserve(index_end + bytes);
  append_u32(out, 0);  // the checksum's place
  append_u32(out, count);
  for (std::uint32_t i = 0; i < events.size(); ++i) {
    if (events[i].sealed.empty()) continue;
    append_u32(out, i);
    append_u32(out, static_cast<std::uint32_t>(events[i].sealed.size()));
  }
  for (const auto& event : events) {
    out.append(event.sealed);
    out.resize(index_end + aligned(out.size() - index_end));
  }
  const auto crc = crc32_of(std::string_view{out}.substr(kCrc));
  std::memcpy(out.data(), &crc, kCrc);
  return out;
}

Error damaged(std::string message) { return failure(Code::kDamaged, std::move(message)); }

}  // namespace

std::uint32_t crc32_of(std::string_view bytes) {
  return crc32_gzip_refl(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

EncodedPage encode_page(Position first, std::span<const PageEvent> events) {
  CHECK(!events.empty());
  const auto table_bytes = events.size() * sizeof(Entry);
  std::size_t size = sizeof(Header) + table_bytes;
  for (const auto& event : events) size += aligned(event.bytes.size());

  std::string page;
  page.reserve(size);
  const Header header{kMagic, kFormat, 0, static_cast<std::uint32_t>(events.size()), 0, first};
  page.append(reinterpret_cast<const char*>(&header), sizeof header);
  std::size_t offset = sizeof(Header) + table_bytes;
  for (const auto& event : events) {
    const Entry entry{static_cast<std::uint32_t>(offset), event.version, to_micros(event.recorded_at), event.crc,
                      event.flags};
    page.append(reinterpret_cast<const char*>(&entry), sizeof entry);
    offset += aligned(event.bytes.size());
  }
  for (const auto& event : events) {
    page.append(event.bytes);
    page.resize(aligned(page.size()));
  }
  const auto crc = header_crc(page, table_bytes);
  std::memcpy(page.data() + offsetof(Header, header_crc), &crc, sizeof crc);
  return {first, header.count, std::move(page), encode_sealed(events)};
}

Result<> Page::load(std::string_view stored) {
  if (stored.size() < sizeof(Header)) return damaged("a page is shorter than its header");
  words_.resize(aligned(stored.size()) / 8);
  std::memcpy(words_.data(), stored.data(), stored.size());
  size_ = stored.size();
  Header header{};
  std::memcpy(&header, words_.data(), sizeof header);
  if (header.magic != kMagic || header.format != kFormat) return damaged("not a page");
  const auto table_bytes = static_cast<std::size_t>(header.count) * sizeof(Entry);
  if (header.count == 0 || size_ - sizeof(Header) < table_bytes) return damaged("a page's entries pass its end");
  if (header_crc({reinterpret_cast<const char*>(words_.data()), size_}, table_bytes) != header.header_crc) {
    return damaged("a page's header does not match its checksum");
  }
  first_ = header.first_position;
  count_ = header.count;
  return {};
}

EventView Page::operator[](std::uint32_t index) const {
  CHECK(index < count_);
  const auto* base = reinterpret_cast<const char*>(words_.data());
  Entry entry{};
  std::memcpy(&entry, base + sizeof(Header) + index * sizeof(Entry), sizeof entry);
  CHECK(entry.offset % 8 == 0 && entry.offset + 4 <= size_);
  std::uint32_t length = 0;
  std::memcpy(&length, base + entry.offset, sizeof length);
  CHECK(length <= size_ - entry.offset - 4);
  return {first_ + index, entry.version, from_micros(entry.recorded_at),
          entry.flags,    entry.crc,     {base + entry.offset, length + 4}};
}

Result<> Page::check_events() const {
  const auto* base = reinterpret_cast<const char*>(words_.data());
  for (std::uint32_t i = 0; i < count_; ++i) {
    const auto at = "position " + std::to_string(first_ + i);
    Entry entry{};
    std::memcpy(&entry, base + sizeof(Header) + i * sizeof(Entry), sizeof entry);
    std::uint32_t length = 0;
    if (entry.offset % 8 != 0 || entry.offset + 4 > size_)
      return failure(Code::kDamaged, "an event lies outside its page", at);
    std::memcpy(&length, base + entry.offset, sizeof length);
    if (length > size_ - entry.offset - 4) return failure(Code::kDamaged, "an event passes the end of its page", at);
    if (crc32_of({base + entry.offset, length + 4}) != entry.crc) {
      return failure(Code::kDamaged, "an event does not match its checksum", at);
    }
  }
  return {};
}

Result<std::vector<std::string>> decode_sealed(std::string_view stored, std::uint32_t count) {
  std::vector<std::string> out(count);
  if (stored.empty()) return out;
  const auto read = [&stored](std::size_t at) {
    std::uint32_t value = 0;
    std::memcpy(&value, stored.data() + at, 4);
    return value;
  };
  if (stored.size() < 8 || crc32_of(stored.substr(4)) != read(0))
    return damaged("sealed parts do not match their checksum");
  const std::size_t parts = read(4);
  std::size_t offset = 8 + parts * 8;
  if (offset > stored.size()) return damaged("sealed parts pass the end of their value");
  for (std::size_t i = 0; i < parts; ++i) {
    const auto index = read(8 + i * 8);
    const std::size_t size = read(12 + i * 8);
    if (index >= count || offset > stored.size() || size > stored.size() - offset) {
      return damaged("a sealed part passes the end of its value");
    }
    out[index].assign(stored.substr(offset, size));
    offset += aligned(size);
  }
  return out;
}

}  // namespace minne
