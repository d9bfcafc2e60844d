// Keys are byte strings whose order is the order of what they mean: integers big-endian, text ended by a zero byte.
#pragma once

#include "events/uuid.h"

#include <boost/container/small_vector.hpp>
#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace minne {

class KeyWriter {
 public:
  KeyWriter() = default;
  explicit KeyWriter(std::string_view prefix) { append(prefix); }

  KeyWriter& u8(std::uint8_t value) { return big_endian<1>(value); }
  KeyWriter& u16(std::uint16_t value) { return big_endian<2>(value); }
  KeyWriter& u32(std::uint32_t value) { return big_endian<4>(value); }
  KeyWriter& u64(std::uint64_t value) { return big_endian<8>(value); }
  // Days around 1970 sort as they follow each other.
  KeyWriter& day(std::int32_t days) { return u32(static_cast<std::uint32_t>(days) ^ 0x80000000U); }
  KeyWriter& id(const Id& id) { return append({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}); }
  // Text without zero bytes (ids of workers, units, codes): ended by one, so that "a" sorts before "ab".
  KeyWriter& text(std::string_view value) {
    const auto size = std::min(value.find('\0'), value.size());
    auto* at = grow(size + 1);
    if (size != 0) std::memcpy(at, value.data(), size);
    at[size] = '\0';
    return *this;
  }
  // What follows the last part that a reader looks for.
  KeyWriter& append(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
    return *this;
  }
  // Valid until the next part is written.
  [[nodiscard]] std::string_view view() const { return {key_.data(), key_.size()}; }
  [[nodiscard]] std::string str() const { return std::string{view()}; }

 private:
  template <std::size_t kBytes>
  KeyWriter& big_endian(std::uint64_t value) {
    boost::endian::endian_store<std::uint64_t, kBytes, boost::endian::order::big>(
        reinterpret_cast<unsigned char*>(grow(kBytes)), value);
    return *this;
  }
  // Room for so many bytes, which the caller writes.
  char* grow(std::size_t bytes) {
    const auto size = key_.size();
    key_.resize(size + bytes, boost::container::default_init);
    return key_.data() + size;
  }

  boost::container::small_vector<char, 96> key_;  // most keys are shorter: a key costs no allocation
};

// Reads what KeyWriter wrote; the caller knows the grammar, and a short key is a bug or damage: ok() tells.
class KeyReader {
 public:
  explicit KeyReader(std::string_view key) : rest_(key) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(big_endian<1>()); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(big_endian<2>()); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(big_endian<4>()); }
  std::uint64_t u64() { return big_endian<8>(); }
  std::int32_t day() { return static_cast<std::int32_t>(u32() ^ 0x80000000U); }
  Id id() {
    Id id;
    if (!take(id.bytes.size())) return id;
    std::memcpy(id.bytes.data(), taken_.data(), id.bytes.size());
    return id;
  }
  std::string_view text() {
    const auto end = rest_.find('\0');
    if (end == std::string_view::npos) {
      ok_ = false;
      return {};
    }
    const auto out = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return out;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  bool take(std::size_t size) {
    if (rest_.size() < size) {
      ok_ = false;
      return false;
    }
    taken_ = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }
  template <std::size_t kBytes>
  std::uint64_t big_endian() {
    std::uint64_t value = 0;
    if (!take(kBytes)) return 0;
    for (const char c : taken_) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  std::string_view rest_;
  std::string_view taken_;
  bool ok_ = true;
};

}  // namespace minne
