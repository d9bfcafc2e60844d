// Unsigned numbers, seven bits a byte, least first; the high bit says that more follow (LEB128).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace minne {

template <class Bytes>
void put_varint(Bytes& out, std::uint64_t value) {
  using Byte = typename Bytes::value_type;
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<Byte>(value | 0x80));
  out.push_back(static_cast<Byte>(value));
}

// Takes it off the front; nothing where the bytes end within it.
[[nodiscard]] inline std::optional<std::uint64_t> take_varint(std::span<const std::uint8_t>& from) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += 7) {
    const auto byte = from.front();
    from = from.subspan(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

}  // namespace minne
