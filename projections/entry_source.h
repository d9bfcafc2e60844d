// Where a question reads index entries and tallies: a board as it stands, or as its log stood at a position.
//
// Owned by who asks; one question reads it, on one thread.
#pragma once

#include "projections/range_fold.h"
#include "projections/store.h"

#include <map>
#include <set>
#include <string>

namespace minne {

class EntrySource {
 public:
  EntrySource() = default;
  EntrySource(const EntrySource&) = delete;
  EntrySource& operator=(const EntrySource&) = delete;
  virtual ~EntrySource() = default;
  // As View::scan.
  [[nodiscard]] virtual Result<> scan(Space space, std::string_view prefix, const View::Visit& visit) const = 0;
};

// The board as `view` sees it. `view` must outlive it.
class LiveEntries final : public EntrySource {
 public:
  explicit LiveEntries(const View& view) : view_(view) {}
  [[nodiscard]] Result<> scan(Space space, std::string_view prefix, const View::Visit& visit) const override {
    return view_.scan(space, prefix, {}, visit);
  }

 private:
  const View& view_;
};

// Holds nothing, and notes what was looked for: what a question needs, found by asking it.
class NotedSpaces final : public EntrySource {
 public:
  [[nodiscard]] Result<> scan(Space space, std::string_view, const View::Visit&) const override {
    spaces_.insert(space);
    return {};
  }
  [[nodiscard]] const std::set<Space>& spaces() const { return spaces_; }

 private:
  mutable std::set<Space> spaces_;
};

// Some indexes and tallies of a board, folded from its log up to a position: a pass over the whole log. A published
// statistic is made again from its position, whatever has been recorded since (rows 24 and 30).
class FoldedEntries final : public EntrySource {
 public:
  // kInvalid past the head. `context.until` is the position; its memory bounds the rows, not what is kept here.
  [[nodiscard]] static Result<std::unique_ptr<FoldedEntries>> fold(const RangeFoldContext& context,
                                                                   const std::set<Space>& spaces);
  [[nodiscard]] Result<> scan(Space space, std::string_view prefix, const View::Visit& visit) const override;

 private:
  class Sink;
  std::map<std::pair<Space, std::string>, std::string, std::less<>> entries_;
};

}  // namespace minne
