#include "projections/case_index.h"

#include "core/keys.h"
#include "core/varint.h"

namespace minne {

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
  std::span<const std::uint8_t> left{reinterpret_cast<const std::uint8_t*>(stored.data()), stored.size()};
  IndexChunk out;
  Position position = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto delta = take_varint(left);
    if (!delta) return damaged;
    position += *delta;
    out.positions.push_back(position);
  }
  if (left.size() != count * sizeof(std::uint32_t)) return damaged;
  out.fingerprints.resize(count);
  std::memcpy(out.fingerprints.data(), left.data(), left.size());
  return out;
}

std::string chunk_key(const Id& id, std::uint32_t chunk) { return KeyWriter{}.id(id).u32(chunk).str(); }

}  // namespace minne
