// The end of each log that projections may not have reached: which streams it holds, at which versions and positions.
//
// It answers two questions without disk: does a stream's head still stand where a decision saw it (committer), and
// which events follow those that the case index knows (readers). Entries are kept a while after they were projected, so
// that an append decided just before is still checked; a decision older than the floor must be made again. One per
// board. All members are thread-safe.
#pragma once

#include "core/page.h"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

namespace minne {

// First 4 bytes of SHA-like spread over an id: a filter for "has this id been used in the case"; a hit is compared in
// full.
[[nodiscard]] inline std::uint32_t fingerprint(const Id& id) { return static_cast<std::uint32_t>(IdHash{}(id) >> 32); }

struct TailEntry {
  Position position = 0;
  Version version = 0;
  std::uint32_t fingerprint = 0;
};

class Tail {
 public:
  static constexpr Position kGrace = 65'536;  // positions kept behind the projected one

  struct Seen {
    Position head = 0;   // of the log when this was asked: nothing before it is missing below
    Position floor = 0;  // at that moment
    boost::container::small_vector<TailEntry, 4> entries;  // of the stream, ascending; those above the floor
  };
  // Those after a version that is known already.
  [[nodiscard]] Seen look(const Id& stream, Version known = 0) const;
  // Several streams are about to be looked at: fetched side by side, not each when its turn comes.
  void prefetch(std::span<const Id> streams) const;
  [[nodiscard]] Position head() const;

  // The head version of a stream that has entries; nothing if no event of it lies above the floor.
  [[nodiscard]] std::optional<Version> version_of(const Id& stream) const;
  [[nodiscard]] Position floor() const;

  struct Addition {
    Id stream;
    TailEntry entry;
  };
  // Published together, after the commit that made them durable. A claim has position `head` and version 1.
  void publish(const std::vector<Addition>& additions, Position head);
  void projected(Position position);

 private:
  mutable std::mutex mutex_;
  boost::unordered_flat_map<Id, std::vector<TailEntry>, IdHash> streams_;
  std::deque<std::pair<Position, Id>> order_;
  Position head_ = 0;
  Position floor_ = 0;
};

}  // namespace minne
