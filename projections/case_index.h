// The index that finds one case's events: derived from the log like everything else.
//
//   chunk key   := case:16 chunk:be32                       256 versions each; chunk 0 holds versions 1 to 256
//   chunk value := count:u32 first_position:varint delta:varint[count-1] fingerprint:u32[count]
//
// Fingerprints are 32 bits of each event id: they say quickly that an id is new; a hit is compared in full.
#pragma once

#include "core/tail.h"

#include <string>
#include <string_view>
#include <vector>

namespace minne {

inline constexpr Version kChunkVersions = 256;

struct IndexChunk {
  std::vector<Position> positions;
  std::vector<std::uint32_t> fingerprints;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Result<IndexChunk> decode(std::string_view stored);
};

[[nodiscard]] std::string chunk_key(const Id& id, std::uint32_t chunk);
[[nodiscard]] inline std::uint32_t chunk_of(Version version) { return (version - 1) / kChunkVersions; }

}  // namespace minne
