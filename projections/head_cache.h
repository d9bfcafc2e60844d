// Where cases stood when they were last written to: which positions their events have, which ids are used. A case that
// is written to is soon written to again, and then its index need not be read.
//
// What is kept of a case is complete up to a position of the log; the log's tail holds what came after, as long as its
// floor has not passed that position. Bounded by events; what has not been asked for longest goes first, roughly. All
// members are thread-safe. Owned by CaseMemory.
#pragma once

#include "core/tail.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace minne {

// A case's events by version, from the first.
struct CaseEvents {
  Position seen = 0;  // the log's head when this was looked up: no event of the case up to it is missing
  std::vector<Position> positions;
  std::vector<std::uint32_t> fingerprints;

  // Joins what the tail holds of the case; false where events between the two are missing.
  [[nodiscard]] bool join(const Tail::Seen& tail);
};

class HeadCache {
 public:
  static constexpr std::size_t kMaxEvents = 2'000'000;  // 12 bytes each

  explicit HeadCache(std::size_t max_events = kMaxEvents) : max_events_(max_events) {}

  // What is kept of the case, joined with `tail`, which was looked at before its floor was; nothing where that leaves a
  // gap.
  [[nodiscard]] std::optional<CaseEvents> find(BoardNumber board, const Id& case_id, const Tail::Seen& tail,
                                               Position floor);
  void put(BoardNumber board, const Id& case_id, CaseEvents events);

 private:
  using Key = std::pair<BoardNumber, Id>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return IdHash{}(key.second) + key.first; }
  };
  using Cases = boost::unordered_flat_map<Key, CaseEvents, KeyHash>;

  CaseEvents& keep(const Key& key, CaseEvents events);

  const std::size_t max_events_;
  std::mutex mutex_;
  Cases young_;  // asked for since the last turn
  Cases old_;    // thrown away at the next turn, unless asked for
  std::size_t young_events_ = 0;
};

}  // namespace minne
