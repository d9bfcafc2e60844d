// Where cases stood when they were last written to: which positions their events have, which ids are used. A case that
// is written to is soon written to again, and then its index need not be read.
//
// What is kept of a case is complete up to a position of the log; the log's tail holds what came after, as long as its
// floor has not passed that position. Bounded by events; what has not been asked for longest goes first, roughly. All
// members are thread-safe. Owned by CaseMemory.
#pragma once

#include "core/tail.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
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

// A case's events, which do not change while this holds them; the cache goes on with a copy. A value of one thread.
class HeldEvents {
 public:
  HeldEvents() = default;
  explicit HeldEvents(CaseEvents events) : HeldEvents(std::make_shared<Shared>(std::move(events))) {}
  HeldEvents(HeldEvents&& other) noexcept = default;
  HeldEvents& operator=(HeldEvents&& other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
  }
  HeldEvents(const HeldEvents&) = delete;
  HeldEvents& operator=(const HeldEvents&) = delete;
  ~HeldEvents() {
    if (shared_) shared_->holders.fetch_sub(1, std::memory_order_release);
  }

  explicit operator bool() const { return shared_ != nullptr; }
  const CaseEvents& operator*() const { return shared_->events; }
  const CaseEvents* operator->() const { return &shared_->events; }

 private:
  friend class HeadCache;
  struct Shared {
    explicit Shared(CaseEvents of) : events(std::move(of)) {}
    CaseEvents events;
    std::atomic<unsigned> holders = 0;
  };
  explicit HeldEvents(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {
    shared_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  std::shared_ptr<Shared> shared_;
};

class HeadCache {
 public:
  static constexpr std::size_t kMaxEvents = 2'000'000;  // 12 bytes each

  explicit HeadCache(std::size_t max_events = kMaxEvents) : max_events_(max_events) {}

  // What is kept of the case, joined with what the board's tail holds since; nothing where that leaves a gap.
  [[nodiscard]] HeldEvents find(BoardNumber board, const Id& case_id, const Tail& tail);
  // Several cases are about to be looked for: fetched side by side, not each when its turn comes.
  void prefetch(BoardNumber board, std::span<const Id> cases);
  HeldEvents put(BoardNumber board, const Id& case_id, CaseEvents events);

 private:
  using Kept = std::shared_ptr<HeldEvents::Shared>;
  using Key = std::pair<BoardNumber, Id>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return IdHash{}(key.second) + key.first; }
  };
  using Cases = boost::unordered_flat_map<Key, Kept, KeyHash>;

  void keep(const Key& key, Kept events);
  [[nodiscard]] static bool bring_up(Kept& kept, const Id& case_id, const Tail& tail);

  const std::size_t max_events_;
  std::mutex mutex_;
  Cases young_;  // asked for since the last turn
  Cases old_;    // thrown away at the next turn, unless asked for
  std::size_t young_events_ = 0;
};

}  // namespace minne
