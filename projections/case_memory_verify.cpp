#include "core/head_note.h"
#include "projections/append_attempt.h"

#include "projections/queries.h"

namespace minne {
namespace {

// The committer may write a slot while it is read: what does not match its checksum is read once more.
Result<std::map<BoardNumber, Position>> noted_heads(const std::filesystem::path& directory) {
  const auto file = directory / "heads.note";
  if (const auto note = HeadNote::open(file)) return note->heads();
  MINNE_TRY(auto note, HeadNote::open(file));
  return note.heads();
}

}  // namespace

Result<std::vector<CaseMemory::BoardCheck>> CaseMemory::verify(const std::function<void(Fault)>& report) const {
  for (const auto& fault : open_faults_) report(fault);
  MINNE_TRY_VOID(log_->engine().verify(report));
  if (store_) MINNE_TRY_VOID(store_->verify(report));
  MINNE_TRY(const auto noted, noted_heads(options_.directory));
  std::vector<BoardCheck> out;
  for (const auto& board : log_->boards()) {
    if (log_->head(board.number) > 0 && !noted.contains(board.number))
      report({board.number, 0, 0, "heads.note", "says nothing of the board: a lost end of its log is not noticed"});
    BoardCheck check{board, 0, 0, 0, 0};
    std::size_t faults = 0;
    const auto counting = [&](Fault fault) {
      ++faults;
      report(std::move(fault));
    };
    MINNE_TRY_VOID(walk_log(board, check, counting));
    if (store_ && faults == 0) {
      if (const auto compared = verify_rows(board.number, report); !compared) {
        report({board.number, 0, 0, "projections", compared.error().message + " " + compared.error().where});
      }
    }
    out.push_back(std::move(check));
  }
  return out;
}

// Rows are compared with what the rules that made them give. A generation that takes over while that is done has
// others: then once more.
Result<> CaseMemory::verify_rows(BoardNumber board, const std::function<void(Fault)>& report) const {
  for (;;) {
    const auto identity = store_->live(board).identity;
    std::vector<Fault> found;
    auto compared = verify_projections(*log_, *store_, rules_->of(identity), board,
                                       [&](Fault fault) { found.push_back(std::move(fault)); });
    if (store_->live(board).identity != identity) continue;
    for (auto& fault : found) report(std::move(fault));
    return compared;
  }
}

// Pages, checksums, dense positions, dense versions in every case, sealed parts beside their events.
Result<> CaseMemory::walk_log(const BoardRecord& board, BoardCheck& check,
                              const std::function<void(Fault)>& report) const {
  std::map<Id, Version> versions;
  const auto head = log_->head(board.number);
  const auto cursor = log_->read(board.number, 1, ReadFor::kScan);
  Position expected = 1;
  const auto fault = [&](Position first, Position last, std::string what) {
    report({board.number, first, last, "log", std::move(what)});
  };
  while (expected <= head) {
    const auto read = cursor->next();
    if (!read) {
      fault(expected, head, read.error().message + " (" + read.error().where + ")");
      return {};
    }
    const Page* page = *read;
    if (page == nullptr || page->first() != expected) {
      fault(expected, page == nullptr ? head : page->first() - 1, "positions are missing");
      if (page == nullptr) return {};
    }
    ++check.pages;
    if (const auto events = page->check_events(); !events) {
      fault(page->first(), page->last(), events.error().message + " at " + events.error().where);
      expected = page->last() + 1;
      continue;
    }
    const auto stored = log_->engine().read_sealed(board.number, page->first());
    const auto sealed =
        stored ? decode_sealed(*stored, page->count()) : Result<std::vector<std::string>>{stored.error()};
    if (!sealed) fault(page->first(), page->last(), sealed.error().message);
    for (std::uint32_t i = 0; i < page->count(); ++i) {
      const auto view = (*page)[i];
      if ((view.flags & kTombstone) == 0 && sealed) {
        if (const auto whole = verify_event(view.bytes, (*sealed)[i]); !whole) {
          fault(view.position, view.position, whole.error().message);
          continue;
        }
      }
      auto& version = versions[id_of(view.event().case_id())];
      if (view.version != version + 1) fault(view.position, view.position, "a case skips a version");
      version = view.version;
      if (view.event().stream_kind() == StreamKind::case_ && version == 1) ++check.cases;
      ++check.events;
    }
    expected = page->last() + 1;
  }
  check.position = head;
  return {};
}

}  // namespace minne
