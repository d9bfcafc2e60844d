// A page: one stored key that holds many events. Scanning pages is four times faster than scanning a key per event.
//
//   page    := magic:u32 version:u16 flags:u16 count:u32 header_crc:u32 first_position:u64 entry[count] event*
//   entry   := offset:u32 version:u32 recorded_at:i64 crc:u32 flags:u32        (offset from the page's first byte)
//   event   := size-prefixed FlatBuffer, 8-byte aligned
//   sealed  := crc:u32 count:u32 (index:u32 size:u32)[count] (part pad8)*       beside the page, under the same key
//
// Integers are little-endian. header_crc covers header and entries, an entry's crc its event; both are CRC-32 (IEEE
// 802.3). Values, no thread of their own.
#pragma once

#include "events/event.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

using BoardNumber = std::uint16_t;
using Position = std::uint64_t;  // of an event in its board's log: 1, 2, 3, … without gaps; 0 is before the first
using Version = std::uint32_t;   // of an event in its case: 1, 2, 3, … without gaps; 0 is a case that does not exist

inline constexpr std::size_t kPageBytes = 16UL * 1024;  // a page is closed when the next event would pass this
inline constexpr std::uint32_t kTombstone = 1;          // entry flag: the event's bytes were purged

// What the log adds to an event.
struct EventView {
  Position position = 0;
  Version version = 0;
  Instant recorded_at{};
  std::uint32_t flags = 0;
  std::uint32_t crc = 0;
  std::string_view bytes;

  [[nodiscard]] const Event& event() const { return event_in(bytes); }
};

struct EncodedPage {
  Position first = 0;
  std::uint32_t count = 0;
  std::string bytes;
  std::string sealed;  // empty where no event has a sealed part

  [[nodiscard]] Position last() const { return first + count - 1; }
};

struct PageEvent {
  Version version = 0;
  Instant recorded_at{};
  std::uint32_t crc = 0;
  std::uint32_t flags = 0;
  std::string_view bytes;
  std::string_view sealed;
};

[[nodiscard]] std::uint32_t crc32_of(std::string_view bytes);
[[nodiscard]] EncodedPage encode_page(Position first, std::span<const PageEvent> events);

// A page that can be read in place. Copies the stored bytes, which are unaligned, into memory of its own; reused from
// page to page by a cursor.
class Page {
 public:
  // kDamaged where header, entries or bounds are wrong. Events' own checksums: check_events().
  [[nodiscard]] Result<> load(std::string_view stored);

  [[nodiscard]] Position first() const { return first_; }
  [[nodiscard]] Position last() const { return first_ + count_ - 1; }
  [[nodiscard]] std::uint32_t count() const { return count_; }
  [[nodiscard]] std::size_t size_bytes() const { return size_; }
  [[nodiscard]] EventView operator[](std::uint32_t index) const;
  [[nodiscard]] Result<> check_events() const;

 private:
  std::vector<std::uint64_t> words_;
  std::size_t size_ = 0;
  Position first_ = 0;
  std::uint32_t count_ = 0;
};

// The sealed parts of a page, by index of the event; empty where an event has none.
[[nodiscard]] Result<std::vector<std::string>> decode_sealed(std::string_view stored, std::uint32_t count);

}  // namespace minne
