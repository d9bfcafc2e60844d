#include "projections/head_cache.h"

namespace minne {

bool CaseEvents::join(const Tail::Seen& tail) {
  for (const auto& entry : tail.entries) {
    if (entry.version <= positions.size()) continue;
    if (entry.version != positions.size() + 1) return false;
    positions.push_back(entry.position);
    fingerprints.push_back(entry.fingerprint);
  }
  seen = tail.head;
  return true;
}

HeldEvents HeadCache::find(BoardNumber board, const Id& case_id, const Tail& tail) {
  const std::lock_guard lock(mutex_);
  const Key key{board, case_id};
  auto found = young_.find(key);
  if (found == young_.end()) {
    const auto aged = old_.find(key);
    if (aged == old_.end()) return {};
    auto events = std::move(aged->second);
    old_.erase(aged);
    keep(key, std::move(events));
    found = young_.find(key);
  }
  young_events_ -= found->second->events.positions.size();
  if (!bring_up(found->second, case_id, tail)) {
    young_.erase(found);
    return {};
  }
  young_events_ += found->second->events.positions.size();
  return HeldEvents{found->second};
}

// The floor is read after the tail was looked at: it only rises, so what lay above it then is in what was seen.
bool HeadCache::bring_up(Kept& kept, const Id& case_id, const Tail& tail) {
  const auto seen = tail.look(case_id, static_cast<Version>(kept->events.positions.size()));
  if (kept->events.seen < tail.floor()) return false;
  // Whoever held it has read it for the last time, or it is left as it is.
  if (kept->holders.load(std::memory_order_acquire) != 0) kept = std::make_shared<HeldEvents::Shared>(kept->events);
  return kept->events.join(seen);
}

HeldEvents HeadCache::put(BoardNumber board, const Id& case_id, CaseEvents events) {
  auto kept = std::make_shared<HeldEvents::Shared>(std::move(events));
  HeldEvents held{kept};
  const std::lock_guard lock(mutex_);
  const Key key{board, case_id};
  old_.erase(key);
  keep(key, std::move(kept));
  return held;
}

void HeadCache::keep(const Key& key, Kept events) {
  const auto count = events->events.positions.size();
  if (young_events_ + count > max_events_ / 2) {
    old_ = std::exchange(young_, {});
    young_events_ = 0;
  }
  auto& kept = young_[key];
  young_events_ += count - (kept ? kept->events.positions.size() : 0);
  kept = std::move(events);
}

}  // namespace minne
