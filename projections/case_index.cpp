#include "projections/case_index.h"

#include "core/keys.h"

namespace minne {
namespace {

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

bool take_varint(std::string_view& from, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !from.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace

std::string IndexChunk::encode() const {
  const auto count = static_cast<std::uint32_t>(positions.size());
  std::string out{reinterpret_cast<const char*>(&count), sizeof count};
  Position before = 0;
  for (const auto position : positions) {
    put_varint(out, position - before);
    before = position;
  }
  out.append(reinterpret_cast<const char*>(fingerprints.data()), fingerprints.size() * sizeof(std::uint32_t));
  return out;
}

Result<IndexChunk> IndexChunk::decode(std::string_view stored) {
  const auto damaged = failure(Code::kDamaged, "a chunk of the case index cannot be read");
  std::uint32_t count = 0;
  if (stored.size() < sizeof count) return damaged;
  std::memcpy(&count, stored.data(), sizeof count);
  if (count > kChunkVersions) return damaged;
  stored.remove_prefix(sizeof count);
  IndexChunk out;
  Position position = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    std::uint64_t delta = 0;
    if (!take_varint(stored, delta)) return damaged;
    position += delta;
    out.positions.push_back(position);
  }
  if (stored.size() != count * sizeof(std::uint32_t)) return damaged;
  out.fingerprints.resize(count);
  std::memcpy(out.fingerprints.data(), stored.data(), stored.size());
  return out;
}

std::string chunk_key(const Id& id, std::uint32_t chunk) { return KeyWriter{}.id(id).u32(chunk).str(); }

}  // namespace minne
