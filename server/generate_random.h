// Randomness of the synthetic board: the same numbers from the same seed on every machine and compiler.
//
// xoshiro256** seeded by splitmix64; integers only, since the last digit of a floating-point function differs between
// libraries. Callers draw at most once per expression: C++ leaves the order of operands open.
#pragma once

#include "events/uuid.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace minne::generate {

class Random {
 public:
  explicit Random(std::uint64_t seed) {
    for (auto& word : state_) {
      seed += 0x9E3779B97F4A7C15ULL;
      std::uint64_t mixed = seed;
      mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
      mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
      word = mixed ^ (mixed >> 31U);
    }
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // 0 … n-1; n is at least 1.
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(((next() >> 32U) * n) >> 32U); }
  // Both ends included.
  int between(int low, int high) { return low + static_cast<int>(below(static_cast<std::uint32_t>(high - low + 1))); }
  bool chance(std::uint32_t per_ten_thousand) { return below(10'000) < per_ten_thousand; }

  // The index of a weight, as often as it says.
  template <std::size_t kSize>
  std::size_t pick(const std::array<std::uint16_t, kSize>& weights) {
    std::uint32_t total = 0;
    for (const auto weight : weights) total += weight;
    std::uint32_t at = below(total);
    for (std::size_t i = 0; i < kSize; ++i) {
      if (at < weights[i]) return i;
      at -= weights[i];
    }
    return kSize - 1;
  }

  // A random id (v4).
  Id id() {
    Id out;
    for (std::size_t half = 0; half < 2; ++half) {
      const std::uint64_t word = next();
      for (std::size_t byte = 0; byte < 8; ++byte) {
        out.bytes[half * 8 + byte] = static_cast<std::uint8_t>(word >> (8U * byte));
      }
    }
    out.bytes[6] = static_cast<std::uint8_t>((out.bytes[6] & 0x0FU) | 0x40U);
    out.bytes[8] = static_cast<std::uint8_t>((out.bytes[8] & 0x3FU) | 0x80U);
    return out;
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace minne::generate
