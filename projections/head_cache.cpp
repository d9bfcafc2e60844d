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

std::optional<CaseEvents> HeadCache::find(BoardNumber board, const Id& case_id, const Tail::Seen& tail,
                                          Position floor) {
  const std::lock_guard lock(mutex_);
  const Key key{board, case_id};
  auto found = young_.find(key);
  if (found == young_.end()) {
    const auto aged = old_.find(key);
    if (aged == old_.end()) return std::nullopt;
    auto events = std::move(aged->second);
    old_.erase(aged);
    keep(key, std::move(events));
    found = young_.find(key);
  }
  auto& kept = found->second;
  const auto before = kept.positions.size();
  if (kept.seen < floor || (kept.seen < tail.head && !kept.join(tail))) {
    young_events_ -= before;
    young_.erase(found);
    return std::nullopt;
  }
  young_events_ += kept.positions.size() - before;
  return kept;
}

void HeadCache::put(BoardNumber board, const Id& case_id, CaseEvents events) {
  const std::lock_guard lock(mutex_);
  const Key key{board, case_id};
  old_.erase(key);
  keep(key, std::move(events));
}

CaseEvents& HeadCache::keep(const Key& key, CaseEvents events) {
  if (young_events_ + events.positions.size() > max_events_ / 2) {
    old_ = std::exchange(young_, {});
    young_events_ = 0;
  }
  auto& kept = young_[key];
  young_events_ += events.positions.size() - kept.positions.size();
  return kept = std::move(events);
}

}  // namespace minne
