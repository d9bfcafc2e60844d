#include "core/tail.h"

#include "core/prefetch.h"

#include <algorithm>

namespace minne {

Tail::Seen Tail::look(const Id& stream, Version known) const {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return {head_, floor_, {}};
  const auto& entries = found->second;
  const auto first = std::ranges::upper_bound(entries, known, {}, &TailEntry::version);
  return {head_, floor_, {first, entries.end()}};
}

void Tail::prefetch(std::span<const Id> streams) const {
  const std::lock_guard lock(mutex_);
  for (const auto& stream : streams) {
    if (const auto found = streams_.find(stream); found != streams_.end()) {
      minne::prefetch(&found->second.back(), sizeof(TailEntry));
    }
  }
}

Position Tail::head() const {
  const std::lock_guard lock(mutex_);
  return head_;
}

std::optional<Version> Tail::version_of(const Id& stream) const {
  const std::lock_guard lock(mutex_);
  const auto found = streams_.find(stream);
  return found == streams_.end() ? std::nullopt : std::optional{found->second.back().version};
}

Position Tail::floor() const {
  const std::lock_guard lock(mutex_);
  return floor_;
}

void Tail::publish(const std::vector<Addition>& additions, Position head) {
  const std::lock_guard lock(mutex_);
  for (const auto& [stream, entry] : additions) {
    streams_[stream].push_back(entry);
    order_.emplace_back(entry.position, stream);
  }
  head_ = head;
}

void Tail::projected(Position position) {
  const std::lock_guard lock(mutex_);
  const auto floor = position > kGrace ? position - kGrace : 0;
  if (floor <= floor_) return;
  floor_ = floor;
  while (!order_.empty() && order_.front().first <= floor) {
    const auto found = streams_.find(order_.front().second);
    order_.pop_front();
    if (found == streams_.end()) continue;
    std::erase_if(found->second, [floor](const TailEntry& entry) { return entry.position <= floor; });
    if (found->second.empty()) streams_.erase(found);
  }
}

}  // namespace minne
