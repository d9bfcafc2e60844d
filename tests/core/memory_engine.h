// A log engine in memory: the shortest thing that keeps the port's promises, to hold the contract test to. A store
// outlives its engines, as a disk outlives a process.
#pragma once

#include "core/engine.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace minne::testing {

// Thread-safe.
struct MemoryStore {
  using Pages = std::map<Position, std::shared_ptr<const EncodedPage>>;

  std::mutex mutex;
  std::map<BoardNumber, Pages> pages;
  std::map<BoardNumber, BoardRecord> boards;
};

class MemoryCursor final : public PageCursor {
 public:
  MemoryCursor(MemoryStore::Pages pages, Position from) : pages_(std::move(pages)) { go_to(from); }
  Result<const Page*> seek(Position position) override {
    go_to(position);
    return next();
  }
  Result<const Page*> next() override {
    if (next_ == pages_.end()) return nullptr;
    MINNE_TRY_VOID(page_.load(next_->second->bytes));
    ++next_;
    return &page_;
  }
  void exchange(Page& page) override { std::swap(page_, page); }

 private:
  void go_to(Position position) {
    next_ = pages_.upper_bound(position);
    if (next_ != pages_.begin()) --next_;
  }

  MemoryStore::Pages pages_;  // shared with the store page by page: a later change there is not seen here
  MemoryStore::Pages::const_iterator next_;
  Page page_;
};

class MemoryEngine final : public LogEngine {
 public:
  explicit MemoryEngine(std::shared_ptr<MemoryStore> store) : store_(std::move(store)) {}

  Result<> append(const std::vector<BoardAppend>& appends) override {
    const std::lock_guard lock(store_->mutex);
    for (const auto& append : appends) {
      if (head_of(append.board) != append.expected_head) return failure(Code::kConflict, "the log's head has moved");
    }
    for (const auto& append : appends) {
      for (const auto& page : append.pages) put(append.board, page);
    }
    return {};
  }
  Result<> replace(BoardNumber board, const std::vector<Position>& old_firsts,
                   const std::vector<EncodedPage>& pages) override {
    const std::lock_guard lock(store_->mutex);
    for (const auto first : old_firsts) store_->pages[board].erase(first);
    for (const auto& page : pages) put(board, page);
    return {};
  }
  std::unique_ptr<PageCursor> read(BoardNumber board, Position from, ReadFor /*purpose*/) const override {
    const std::lock_guard lock(store_->mutex);
    return std::make_unique<MemoryCursor>(store_->pages[board], from);
  }
  Result<std::string> read_sealed(BoardNumber board, Position first) const override {
    const std::lock_guard lock(store_->mutex);
    const auto& pages = store_->pages[board];
    const auto found = pages.find(first);
    return found == pages.end() ? std::string{} : found->second->sealed;
  }
  Result<Position> head(BoardNumber board) const override {
    const std::lock_guard lock(store_->mutex);
    return head_of(board);
  }
  Result<> put_board(const BoardRecord& board) override {
    const std::lock_guard lock(store_->mutex);
    store_->boards[board.number] = board;
    return {};
  }
  Result<std::vector<BoardRecord>> boards() const override {
    const std::lock_guard lock(store_->mutex);
    std::vector<BoardRecord> out;
    for (const auto& [number, board] : store_->boards) out.push_back(board);
    return out;
  }
  Result<> verify(const std::function<void(Fault)>& /*report*/) const override { return {}; }
  Result<> flush() override { return {}; }

 private:
  Position head_of(BoardNumber board) const {
    const auto& pages = store_->pages[board];
    return pages.empty() ? 0 : pages.rbegin()->second->last();
  }
  void put(BoardNumber board, const EncodedPage& page) {
    store_->pages[board][page.first] = std::make_shared<const EncodedPage>(page);
  }

  std::shared_ptr<MemoryStore> store_;
};

}  // namespace minne::testing
