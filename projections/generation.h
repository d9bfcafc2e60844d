// One generation of one board, brought forward event by event: read new pages, fold, write rows, entries, tallies and
// the position in one batch.
//
// The projector owns the live one; the rebuilder brings a new one up to date with the same code and hands it over. Not
// thread-safe: one thread at a time.
#pragma once

#include "core/event_log.h"
#include "projections/case_index.h"
#include "projections/case_row.h"
#include "projections/store.h"

#include <boost/unordered/unordered_flat_map.hpp>

#include <list>
#include <map>
#include <memory>

namespace minne {

class GenerationFolder {
 public:
  static constexpr std::size_t kCachedCases = 16'384;
  static constexpr std::size_t kCachedTallies = 65'536;

  GenerationFolder(const EventLog& log, DerivedStore& store, const DeadlineRules& rules, BoardNumber board,
                   Generation generation, Position position)
      : log_(log), store_(store), rules_(rules), board_(board), generation_(generation), position_(position) {}

  // Folds up to about `max_events` more, none past `until`, and writes them. `live`: the batch also moves the live
  // pointer here, with this identity.
  [[nodiscard]] Result<Position> advance(std::size_t max_events, Position until, const LiveGeneration* live);

  [[nodiscard]] Position position() const { return position_; }
  [[nodiscard]] Generation generation() const { return generation_; }
  [[nodiscard]] BoardNumber board() const { return board_; }
  [[nodiscard]] const DeadlineRules& rules() const { return rules_; }
  // Bytes of log folded since the last call: what a crash would have to fold again.
  [[nodiscard]] std::size_t take_folded_bytes() { return std::exchange(folded_bytes_, 0); }

 private:
  struct Case {
    CaseRow row;
    IndexChunk chunk;  // the last one, of row.version
    bool touched = false;
    bool refold = false;
    bool existed = false;
    Version first_new = 0;
    IndexWriter entries;  // as stored, while touched
    TallyWriter tallies;
    std::vector<std::pair<Position, std::uint32_t>> added;
  };
  using Cases = std::list<Case>;
  using TallyKey = std::pair<Space, std::string>;

  [[nodiscard]] Result<Case*> find_case(const Id& id);
  [[nodiscard]] Result<> load(const Id& id, Case& loaded) const;
  [[nodiscard]] Result<> touch(Case& entry);
  [[nodiscard]] Result<> fold_page(const Page& page, Position until, std::vector<Case*>& touched);
  [[nodiscard]] Result<> refold(Case& entry, const std::map<std::uint32_t, IndexChunk>& chunks);
  [[nodiscard]] Result<> write_case(Case& entry, StoreBatch& batch, std::map<TallyKey, std::int64_t>& amounts);
  [[nodiscard]] Result<std::map<std::uint32_t, IndexChunk>> extend_index(Case& entry, StoreBatch& batch);
  [[nodiscard]] Result<> write_tallies(const std::map<TallyKey, std::int64_t>& amounts, StoreBatch& batch);
  void evict();

  const EventLog& log_;
  DerivedStore& store_;
  const DeadlineRules& rules_;
  BoardNumber board_;
  Generation generation_;
  Position position_;
  std::size_t folded_bytes_ = 0;

  Cases cases_;  // most recently used first
  boost::unordered_flat_map<Id, Cases::iterator, IdHash> by_id_;
  std::map<TallyKey, std::int64_t> tallies_;
  RowPacker packer_;
  IndexWriter entries_;  // of the row that is written
  TallyWriter tally_entries_;
};

// The events of one case by its index: positions in version order.
[[nodiscard]] Result<std::vector<Position>> case_positions(const View& view, const Id& id);

}  // namespace minne
