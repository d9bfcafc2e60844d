#include "projections/generation.h"

#include "events/check.h"
#include "projections/fold.h"

#include <algorithm>

namespace minne {
namespace {

std::string_view id_key(const Id& id) { return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}; }

Space space_of(const IndexWriter::Entry& entry) { return static_cast<Space>(kFirstIndex + entry.index); }
std::pair<Space, std::string> key_of(const TallyWriter::Entry& entry) {
  return {static_cast<Space>(kFirstTally + entry.tally), std::string{entry.key}};
}

// What left and what came, of two sorted lists.
template <class Leave, class Come>
void compare(const std::vector<IndexWriter::Entry>& before, const std::vector<IndexWriter::Entry>& after, Leave leave,
             Come come) {
  const auto key = [](const IndexWriter::Entry& entry) { return std::tie(entry.index, entry.key); };
  auto old = before.begin();
  auto fresh = after.begin();
  while (old != before.end() || fresh != after.end()) {
    if (fresh == after.end() || (old != before.end() && key(*old) < key(*fresh))) {
      leave(*old++);
    } else if (old == before.end() || key(*fresh) < key(*old)) {
      come(*fresh++);
    } else {
      if (old->value != fresh->value) come(*fresh);
      ++old;
      ++fresh;
    }
  }
}

std::int64_t decode_amount(const std::string& stored) {
  std::int64_t amount = 0;
  if (stored.size() == sizeof amount) std::memcpy(&amount, stored.data(), sizeof amount);
  return amount;
}

}  // namespace

Result<Position> GenerationFolder::advance(std::size_t max_events, Position until, const LiveGeneration* live) {
  std::vector<Case*> touched;
  const auto cursor = log_.read(board_, position_ + 1, ReadFor::kQuery);
  std::size_t events = 0;
  while (events < max_events && position_ < until) {
    MINNE_TRY(const Page* page, cursor->next());
    if (page == nullptr) break;
    const auto before = position_;
    MINNE_TRY_VOID(fold_page(*page, until, touched));
    events += position_ - before;
  }
  StoreBatch batch(board_, generation_);
  std::map<TallyKey, std::int64_t> amounts;
  for (auto* entry : touched) MINNE_TRY_VOID(write_case(*entry, batch, amounts));
  MINNE_TRY_VOID(write_tallies(amounts, batch));
  if (live != nullptr) batch.set_live({generation_, position_, live->identity});
  if (!touched.empty() || live != nullptr) MINNE_TRY_VOID(store_.write(std::move(batch)));
  evict();
  return position_;
}

Result<> GenerationFolder::fold_page(const Page& page, Position until, std::vector<Case*>& touched) {
  for (std::uint32_t i = 0; i < page.count(); ++i) {
    const auto view = page[i];
    if (view.position <= position_) continue;
    if (view.position > until) break;
    if (view.position != position_ + 1) {
      return failure(Code::kDamaged, "the log skips a position", "position " + std::to_string(position_ + 1));
    }
    const auto& event = view.event();
    MINNE_TRY(Case * entry, find_case(id_of(event.case_id())));
    if (!entry->touched) {
      MINNE_TRY_VOID(touch(*entry));
      touched.push_back(entry);
    }
    if (view.version != entry->row.version + 1) {
      return failure(Code::kDamaged, "a case skips a version", "position " + std::to_string(view.position));
    }
    entry->added.emplace_back(view.position, fingerprint(id_of(event.id())));
    if (!fold_event(view, entry->row, rules_)) entry->refold = true;
    position_ = view.position;
    folded_bytes_ += view.bytes.size();
  }
  return {};
}

Result<GenerationFolder::Case*> GenerationFolder::find_case(const Id& id) {
  if (const auto found = by_id_.find(id); found != by_id_.end()) {
    cases_.splice(cases_.begin(), cases_, found->second);
    return &cases_.front();
  }
  Case loaded;
  MINNE_TRY_VOID(load(id, loaded));
  cases_.push_front(std::move(loaded));
  by_id_.emplace(id, cases_.begin());
  return &cases_.front();
}

Result<> GenerationFolder::load(const Id& id, Case& loaded) const {
  loaded.row.id = id;
  MINNE_TRY(const auto stored, store_.get(board_, generation_, kRows, id_key(id)));
  if (!stored) return {};
  MINNE_TRY(loaded.row, unpack_row(id, *stored));
  loaded.existed = true;
  MINNE_TRY(const auto chunk, store_.get(board_, generation_, kCaseIndex, chunk_key(id, chunk_of(loaded.row.version))));
  if (!chunk) return failure(Code::kDamaged, "a case lacks its index");
  MINNE_TRY(loaded.chunk, IndexChunk::decode(*chunk));
  return {};
}

Result<> GenerationFolder::touch(Case& entry) {
  entry.touched = true;
  entry.first_new = entry.row.version + 1;
  if (entry.existed) {
    index_entries(entry.row, entry.entries);
    tally_entries(entry.row, entry.tallies);
  }
  return {};
}

// Adds the new versions to the case's chunks and writes those that changed.
Result<std::map<std::uint32_t, IndexChunk>> GenerationFolder::extend_index(Case& entry, StoreBatch& batch) {
  std::map<std::uint32_t, IndexChunk> changed;
  if (entry.first_new > 1 && chunk_of(entry.first_new) == chunk_of(entry.first_new - 1)) {
    changed[chunk_of(entry.first_new)] = std::move(entry.chunk);
  }
  auto version = entry.first_new;
  for (const auto& [position, print] : entry.added) {
    auto& chunk = changed[chunk_of(version++)];
    chunk.positions.push_back(position);
    chunk.fingerprints.push_back(print);
  }
  for (const auto& [number, chunk] : changed) batch.put(kCaseIndex, chunk_key(entry.row.id, number), chunk.encode());
  entry.chunk = changed.rbegin()->second;
  return changed;
}

// A correction or a misfiling reached back: the whole case is folded again from its events.
Result<> GenerationFolder::refold(Case& entry, const std::map<std::uint32_t, IndexChunk>& changed) {
  std::vector<Position> positions;
  for (std::uint32_t chunk = 0; chunk <= chunk_of(entry.row.version); ++chunk) {
    if (const auto found = changed.find(chunk); found != changed.end()) {
      positions.insert(positions.end(), found->second.positions.begin(), found->second.positions.end());
      continue;
    }
    MINNE_TRY(const auto stored, store_.get(board_, generation_, kCaseIndex, chunk_key(entry.row.id, chunk)));
    if (!stored) return failure(Code::kDamaged, "a case lacks its index");
    MINNE_TRY(const auto decoded, IndexChunk::decode(*stored));
    positions.insert(positions.end(), decoded.positions.begin(), decoded.positions.end());
  }
  CHECK(positions.size() == entry.row.version);
  MINNE_TRY(const auto events, log_.read_events(board_, positions, EventLog::Sealed::kWithout));
  entry.row = fold_case(entry.row.id, events, rules_);
  return {};
}

Result<> GenerationFolder::write_case(Case& entry, StoreBatch& batch, std::map<TallyKey, std::int64_t>& amounts) {
  MINNE_TRY(const auto changed, extend_index(entry, batch));
  if (entry.refold) {
    MINNE_TRY_VOID(refold(entry, changed));
  } else {
    derive_row(entry.row, rules_);
  }
  batch.put(kRows, id_key(entry.row.id), packer_.pack(entry.row));
  index_entries(entry.row, entries_);
  compare(
      entry.entries.entries(), entries_.entries(), [&](const auto& gone) { batch.erase(space_of(gone), gone.key); },
      [&](const auto& come) { batch.put(space_of(come), come.key, come.value); });
  tally_entries(entry.row, tally_entries_);
  for (const auto& gone : entry.tallies.entries()) amounts[key_of(gone)] -= gone.amount;
  for (const auto& come : tally_entries_.entries()) amounts[key_of(come)] += come.amount;
  entry.entries = {};  // the row stays cached, its entries do not
  entry.tallies = {};
  entry.added.clear();
  entry.touched = entry.refold = false;
  entry.existed = true;
  return {};
}

Result<> GenerationFolder::write_tallies(const std::map<TallyKey, std::int64_t>& amounts, StoreBatch& batch) {
  for (const auto& [key, amount] : amounts) {
    if (amount == 0) continue;
    auto found = tallies_.find(key);
    if (found == tallies_.end()) {
      MINNE_TRY(const auto stored, store_.get(board_, generation_, key.first, key.second));
      found = tallies_.emplace(key, stored ? decode_amount(*stored) : 0).first;
    }
    found->second += amount;
    if (found->second == 0) {
      batch.erase(key.first, key.second);
    } else {
      batch.put(key.first, key.second, {reinterpret_cast<const char*>(&found->second), sizeof found->second});
    }
  }
  if (tallies_.size() > kCachedTallies) tallies_.clear();
  return {};
}

void GenerationFolder::evict() {
  while (cases_.size() > kCachedCases) {
    by_id_.erase(cases_.back().row.id);
    cases_.pop_back();
  }
}

Result<std::vector<Position>> case_positions(const View& view, const Id& id) {
  std::vector<Position> out;
  Result<> decoded;
  MINNE_TRY_VOID(view.scan(kCaseIndex, id_key(id), {}, [&](std::string_view, std::string_view value) {
    auto chunk = IndexChunk::decode(value);
    if (!chunk) {
      decoded = chunk.error();
      return false;
    }
    out.insert(out.end(), chunk->positions.begin(), chunk->positions.end());
    return true;
  }));
  if (!decoded) return decoded.error();
  return out;
}

}  // namespace minne
