// 128-bit ids (RFC 9562): of cases, events and matters.
//
// A value type; equality and order are by bytes. Text form is the canonical 36 characters, lower case on the way out.
#pragma once

#include "events/result.h"

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace minne {

struct Id {
  std::array<std::uint8_t, 16> bytes{};

  [[nodiscard]] bool is_nil() const { return *this == Id{}; }
  // As bytes compare, eight at a time: ids are compared for every event of a scan.
  friend bool operator==(const Id& a, const Id& b) { return a.half(0) == b.half(0) && a.half(8) == b.half(8); }
  friend std::strong_ordering operator<=>(const Id& a, const Id& b) {
    const auto high = a.half(0) <=> b.half(0);
    return high != 0 ? high : a.half(8) <=> b.half(8);
  }

 private:
  [[nodiscard]] std::uint64_t half(std::size_t at) const {
    std::uint64_t big_endian = 0;
    std::memcpy(&big_endian, bytes.data() + at, sizeof big_endian);
    static_assert(std::endian::native == std::endian::little);
    return __builtin_bswap64(big_endian);
  }
};

[[nodiscard]] Result<Id> parse_id(std::string_view text);
[[nodiscard]] std::string to_text(const Id& id);

// UUIDv5: SHA-1 over namespace and name. The same foreign name gives the same id for ever, which makes imports
// repeatable.
[[nodiscard]] Id id_v5(const Id& name_space, std::string_view name);
// UUIDv7: 48 bits of milliseconds, the rest from `random`: ids made one after the other sort that way.
[[nodiscard]] Id id_v7(std::int64_t unix_ms, std::span<const std::uint8_t, 10> random);
// UUIDv8 over the first 16 bytes of a SHA-256 digest: for events sent without an id under an Idempotency-Key.
[[nodiscard]] Id id_v8(std::span<const std::uint8_t, 32> digest);

// A new v7 id from the system's clock and random source. For callers at the edge; folds and decide never make ids of
// it.
[[nodiscard]] Id new_id();

using Digest = std::array<std::uint8_t, 32>;
[[nodiscard]] Digest sha256(std::span<const std::uint8_t> bytes);
[[nodiscard]] Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view text);
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
// Nothing if the text is not an even number of hex digits.
[[nodiscard]] Result<std::string> from_hex(std::string_view text);

struct IdHash {
  std::size_t operator()(const Id& id) const {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    std::memcpy(&high, id.bytes.data(), 8);
    std::memcpy(&low, id.bytes.data() + 8, 8);
    return static_cast<std::size_t>((high ^ (low * 0x9E3779B97F4A7C15ULL)) * 0xD6E8FEB86659FD93ULL);
  }
};

}  // namespace minne
