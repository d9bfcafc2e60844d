// A board's pages for several passes side by side: each page is read and unpacked once, by one of them, and seen by
// all.
//
//   SharedPages pages(log, board, until, consumers);
//   while (auto batch = pages.next(consumer)) …          // consumer 0, 1, …: one thread each
//
// Batches are windows of positions; window w is loaded by consumer w mod consumers, a few windows ahead of the slowest.
// Every consumer reads to the end or calls leave(); an error reaches all.
#pragma once

#include "core/event_log.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace minne {

class SharedPages {
 public:
  static constexpr Position kWindow = 2'048;         // positions of one batch: about a megabyte of events
  static constexpr std::size_t kAheadOfSlowest = 4;  // windows for each consumer

  SharedPages(const EventLog& log, BoardNumber board, Position until, std::size_t consumers);
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;

  using Batch = std::vector<Page>;
  // The next batch in order, or nullptr at the end; lives until the consumer's next call.
  [[nodiscard]] Result<const Batch*> next(std::size_t consumer);
  // This consumer reads no further.
  void leave(std::size_t consumer);

 private:
  struct Slot {
    std::uint64_t window = UINT64_MAX;
    Batch pages;
  };
  [[nodiscard]] Result<> produce(std::size_t consumer, std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Result<> load(std::size_t consumer, std::uint64_t window, Batch& pages);
  [[nodiscard]] std::uint64_t slowest() const;

  const EventLog& log_;
  BoardNumber board_;
  std::uint64_t windows_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Slot> slots_;
  std::vector<std::uint64_t> reading_;    // by consumer: the window it is at, or past the end once it has left
  std::vector<std::uint64_t> producing_;  // by consumer: the next window it loads
  std::vector<std::unique_ptr<PageCursor>> cursors_;
  std::vector<bool> started_;
  std::optional<Error> error_;
};

}  // namespace minne
