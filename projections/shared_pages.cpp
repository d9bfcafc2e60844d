#include "projections/shared_pages.h"

#include <algorithm>

namespace minne {

SharedPages::SharedPages(const EventLog& log, BoardNumber board, Position until, std::size_t consumers)
    : log_(log),
      board_(board),
      windows_((until + kWindow - 1) / kWindow),
      slots_(consumers * kAheadOfSlowest),
      reading_(consumers, 0),
      producing_(consumers),
      cursors_(consumers),
      started_(consumers, false) {
  for (std::size_t i = 0; i < consumers; ++i) producing_[i] = i;
}

std::uint64_t SharedPages::slowest() const { return *std::ranges::min_element(reading_); }

Result<const SharedPages::Batch*> SharedPages::next(std::size_t consumer) {
  std::unique_lock lock(mutex_);
  if (started_[consumer]) {
    ++reading_[consumer];
    changed_.notify_all();
  }
  started_[consumer] = true;
  const auto window = reading_[consumer];
  if (window >= windows_) return nullptr;
  auto& slot = slots_[window % slots_.size()];
  for (;;) {
    // First what the others wait for, as far ahead as there is room; then what this one waits for.
    while (!error_ && producing_[consumer] < windows_ && producing_[consumer] < slowest() + slots_.size()) {
      if (const auto produced = produce(consumer, lock); !produced) error_ = produced.error();
      changed_.notify_all();
      if (slot.window == window) break;
    }
    if (error_) return *error_;
    if (slot.window == window) return &slot.pages;
    changed_.wait(lock);
  }
}

void SharedPages::leave(std::size_t consumer) {
  const std::lock_guard lock(mutex_);
  reading_[consumer] = windows_;
  // Its share of the windows would never come: those still reading have to stop.
  if (producing_[consumer] < windows_ && !error_) error_ = failure(Code::kBusy, "cancelled");
  changed_.notify_all();
}

Result<> SharedPages::produce(std::size_t consumer, std::unique_lock<std::mutex>& lock) {
  const auto window = producing_[consumer];
  auto& slot = slots_[window % slots_.size()];  // nobody reads it: it lies ahead of the slowest by less than the ring
  lock.unlock();
  const auto loaded = load(consumer, window, slot.pages);
  lock.lock();
  if (!loaded) return loaded.error();
  slot.window = window;
  producing_[consumer] += reading_.size();
  return {};
}

// The pages that begin in the window; one that begins before it belongs to the window before.
Result<> SharedPages::load(std::size_t consumer, std::uint64_t window, Batch& pages) {
  const Position begin = window * kWindow + 1;
  const Position end = begin + kWindow;
  auto& cursor = cursors_[consumer];
  if (!cursor) cursor = log_.read(board_, begin, ReadFor::kScan);
  std::size_t count = 0;
  MINNE_TRY(const Page* page, cursor->seek(begin));
  while (page != nullptr && page->first() < end) {
    if (page->first() >= begin) {
      if (count == pages.size()) pages.emplace_back();
      pages[count++] = *page;
    }
    MINNE_TRY(page, cursor->next());
  }
  pages.resize(count);
  return {};
}

}  // namespace minne
