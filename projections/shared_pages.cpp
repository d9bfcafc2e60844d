#include "projections/shared_pages.h"

#include <algorithm>

namespace minne {
namespace {

Error skips(Position expected) {
  return failure(Code::kDamaged, "the log skips a position", "position " + std::to_string(expected));
}

}  // namespace

SharedPages::SharedPages(const EventLog& log, BoardNumber board, Position until, std::vector<CaseRange> ranges)
    : log_(log),
      board_(board),
      until_(until),
      ranges_(std::move(ranges)),
      window_count_((until + kWindow - 1) / kWindow),
      windows_(ranges_.size() * (1 + kStripesAhead) * kStripe),
      reading_(ranges_.size(), 0),
      producing_(ranges_.size()),
      readers_(ranges_.size()),
      started_(ranges_.size(), false) {
  for (std::size_t i = 0; i < producing_.size(); ++i) producing_[i] = i * kStripe;
  for (auto& window : windows_) window.batches.resize(ranges_.size());
}

std::uint64_t SharedPages::slowest() const { return *std::ranges::min_element(reading_); }

Result<const SharedPages::Batch*> SharedPages::next(std::size_t consumer) {
  std::unique_lock lock(mutex_);
  if (started_[consumer]) {
    ++reading_[consumer];
    changed_.notify_all();
  }
  started_[consumer] = true;
  const auto number = reading_[consumer];
  if (number >= window_count_) return nullptr;
  auto& window = windows_[number % windows_.size()];
  for (;;) {
    // First what the others wait for, as far ahead as there is room; then what this one waits for.
    while (!error_ && producing_[consumer] < window_count_ && producing_[consumer] < slowest() + windows_.size()) {
      if (const auto produced = produce(consumer, lock); !produced) error_ = produced.error();
      changed_.notify_all();
      if (window.number == number) break;
    }
    if (error_) return *error_;
    if (window.number == number) return &window.batches[consumer];
    changed_.wait(lock);
  }
}

void SharedPages::leave(std::size_t consumer) {
  const std::lock_guard lock(mutex_);
  reading_[consumer] = window_count_;
  // Its share of the windows would never come: those still reading have to stop.
  if (producing_[consumer] < window_count_ && !error_) error_ = failure(Code::kBusy, "cancelled");
  changed_.notify_all();
}

Result<> SharedPages::produce(std::size_t consumer, std::unique_lock<std::mutex>& lock) {
  const auto number = producing_[consumer];
  auto& window = windows_[number % windows_.size()];  // nobody reads it: the slowest has left it behind
  lock.unlock();
  const auto loaded = load(consumer, number, window);
  lock.lock();
  if (!loaded) return loaded.error();
  window.number = number;
  producing_[consumer] = after(number);
  return {};
}

// Within a stripe the next window; at its end, the stripe after those of the others.
std::uint64_t SharedPages::after(std::uint64_t number) const {
  return (number + 1) % kStripe != 0 ? number + 1 : number + 1 + (ranges_.size() - 1) * kStripe;
}

// The pages that begin in the window; one that begins before it belongs to the window before.
Result<> SharedPages::load(std::size_t consumer, std::uint64_t number, Window& window) {
  const Position begin = number * kWindow + 1;
  const Position end = begin + kWindow;
  for (auto& batch : window.batches) {
    batch.events.clear();
    batch.passed = 0;
  }
  auto& [cursor, page, at, expected] = readers_[consumer];
  if (!cursor) cursor = log_.read(board_, begin, ReadFor::kScan);
  if (at != number) {
    MINNE_TRY(page, cursor->seek(begin));
    expected = begin;
  }
  std::size_t count = 0;
  while (page != nullptr && page->first() < end && page->first() <= until_) {
    if (page->first() > expected) return skips(expected);
    expected = page->last() + 1;
    if (page->first() >= begin) {
      if (count == window.pages.size()) window.pages.emplace_back();
      cursor->exchange(window.pages[count]);
      sort_out(window.pages[count++], window);
    }
    MINNE_TRY(page, cursor->next());
  }
  at = number + 1;
  return expected < end && expected <= until_ ? Result<>{skips(expected)} : Result<>{};
}

void SharedPages::sort_out(const Page& page, Window& window) const {
  const auto count = static_cast<std::uint32_t>(std::min<Position>(page.count(), until_ - page.first() + 1));
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto view = page[i];
    const auto id = id_of(view.event().case_id());
    for (std::size_t range = 0; range < ranges_.size(); ++range) {
      if (ranges_[range].contains(id)) window.batches[range].events.push_back({id, view});
    }
  }
  for (auto& batch : window.batches) batch.passed += count;
}

}  // namespace minne
