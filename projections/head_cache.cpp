#include "projections/head_cache.h"

#include "core/prefetch.h"

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

bool HeadCache::bring_up(Kept& kept, const Id& case_id, const Tail& tail) {
  const auto seen = tail.look(case_id, static_cast<Version>(kept->events.positions.size()));
  if (kept->events.seen < seen.floor) return false;
  // Whoever held it has read it for the last time, or it is left as it is.
  if (kept->holders.load(std::memory_order_acquire) != 0) kept = std::make_shared<HeldEvents::Shared>(kept->events);
  return kept->events.join(seen);
}

void HeadCache::prefetch(BoardNumber board, std::span<const Id> cases) {
  const std::lock_guard lock(mutex_);
  std::vector<const HeldEvents::Shared*> found;
  found.reserve(cases.size());
  for (const auto& id : cases) {
    if (const auto kept = young_.find({board, id}); kept != young_.end()) {
      found.push_back(kept->second.get());
      minne::prefetch(found.back(), sizeof *found.back());
    }
  }
  for (const auto* kept : found) {
    const auto& [seen, positions, fingerprints] = kept->events;
    minne::prefetch(positions.data() + positions.size(), sizeof(Position));  // where the next one goes
    minne::prefetch(fingerprints.data(), fingerprints.size() * sizeof(std::uint32_t));
  }
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
