#include "projections/cursor.h"

#include "core/keys.h"

namespace minne {
namespace {

std::uint32_t sum_of(const Cursor& cursor, const std::string& asked) {
  return crc32_of(KeyWriter{}.u64(cursor.position).str() + cursor.key + asked);
}

}  // namespace

std::string encode_cursor(const Cursor& cursor, const std::string& asked) {
  const auto bytes = KeyWriter{}.u64(cursor.position).u32(sum_of(cursor, asked)).str() + cursor.key;
  return to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

Result<Cursor> decode_cursor(const std::string& encoded, const std::string& asked) {
  if (encoded.empty()) return Cursor{};
  const auto bytes = from_hex(encoded);
  if (!bytes || bytes->size() < 12) return invalid("not a cursor of this list", "cursor");
  KeyReader reader(*bytes);
  Cursor out;
  out.position = reader.u64();
  const auto sum = reader.u32();
  out.key = reader.rest();
  if (sum != sum_of(out, asked)) return invalid("not a cursor of this list", "cursor");
  return out;
}

}  // namespace minne
