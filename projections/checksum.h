// The checksum of a set of entries: the sum modulo 2^128 over SHA-256(key, value) of each, keys without board and
// generation. The same whatever order they were made in, so a rebuild can be compared with what it replaces.
#pragma once

#include "projections/store.h"

#include <array>
#include <string>

namespace minne {

class EntryChecksum {
 public:
  void add(std::string_view key, std::string_view value);
  void add(const EntryChecksum& other);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::string hex() const;
  friend bool operator==(const EntryChecksum&, const EntryChecksum&) = default;

 private:
  std::array<std::uint64_t, 2> sum_{};  // low, high
  std::uint64_t count_ = 0;
  std::string buffer_;
};

// By space.
using GenerationChecksum = std::array<EntryChecksum, 256>;

[[nodiscard]] Result<GenerationChecksum> checksum_of(const View& view);

struct ProjectionSummary {
  std::string name;  // a component's rows, an index or a tally
  std::uint32_t version = 0;
  std::uint64_t rows = 0;
  std::string checksum;
};
// A line for the case index, the rows, each index and each tally.
[[nodiscard]] std::vector<ProjectionSummary> summarise(const GenerationChecksum& checksum);

}  // namespace minne
