// A board's pages for several passes side by side, each over a range of case ids: a page is read and unpacked once, by
// one of them, and its events are sorted out to the passes whose cases they concern.
//
//   SharedPages pages(log, board, until, ranges);
//   while (auto batch = pages.next(consumer)) …          // consumer 0, 1, …, of ranges[consumer]: one thread each
//
// Batches are windows of positions. Consumers take turns at loading a stripe of them, a few stripes ahead of the
// slowest. Every consumer reads to the end or calls leave(); an error reaches all.
#pragma once

#include "core/event_log.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace minne {

// Ids from `first` to before `end`; without an end, to the last.
struct CaseRange {
  Id first;
  std::optional<Id> end;

  [[nodiscard]] bool contains(const Id& id) const { return id >= first && (!end || id < *end); }
};

class SharedPages {
 public:
  static constexpr Position kWindow = 4'096;       // positions of one batch: a megabyte or two of events
  static constexpr std::uint64_t kStripe = 4;      // windows that one consumer reads in one go
  static constexpr std::size_t kStripesAhead = 1;  // for each consumer, beside the one it loads

  SharedPages(const EventLog& log, BoardNumber board, Position until, std::vector<CaseRange> ranges);
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;

  struct CaseEvent {
    Id case_id;
    EventView view;
  };
  // The window's events of one range, in order. `passed` counts those of all ranges.
  struct Batch {
    std::vector<CaseEvent> events;
    std::uint64_t passed = 0;
  };
  // The next batch in order, or nullptr at the end; lives until the consumer's next call.
  [[nodiscard]] Result<const Batch*> next(std::size_t consumer);
  // This consumer reads no further.
  void leave(std::size_t consumer);

 private:
  struct Window {
    std::uint64_t number = UINT64_MAX;
    std::vector<Page> pages;
    std::vector<Batch> batches;  // by consumer
  };
  [[nodiscard]] Result<> produce(std::size_t consumer, std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Result<> load(std::size_t consumer, std::uint64_t number, Window& window);
  [[nodiscard]] std::uint64_t after(std::uint64_t number) const;
  void sort_out(const Page& page, Window& window) const;
  [[nodiscard]] std::uint64_t slowest() const;

  const EventLog& log_;
  BoardNumber board_;
  Position until_;
  std::vector<CaseRange> ranges_;
  std::uint64_t window_count_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Window> windows_;           // a ring
  std::vector<std::uint64_t> reading_;    // by consumer: the window it is at, or past the end once it has left
  std::vector<std::uint64_t> producing_;  // by consumer: the next window it loads
  struct Reader {
    std::unique_ptr<PageCursor> cursor;
    const Page* page = nullptr;  // that the cursor stands on: the first of the window below, or nothing
    std::uint64_t window = UINT64_MAX;
    Position expected = 0;
  };
  std::vector<Reader> readers_;
  std::vector<bool> started_;
  std::optional<Error> error_;
};

}  // namespace minne
