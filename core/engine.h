// The port to what stores a log. RocksDB is the embedded engine; another database that can compare a head and write in
// one transaction fits too. tests/core/engine_contract.h holds for every engine.
//
// An engine stores pages under (board, first position) and never looks inside an event. `append` and `replace` run on
// the log's committer thread; the rest on any thread. kDamaged names what is damaged and which positions it held.
#pragma once

#include "core/page.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace minne {

struct BoardRecord {
  BoardNumber number = 0;
  std::string name;
  bool supplied_clock = false;  // appends state recorded_at: generated or restored, for ever
  Instant created_at{};
  std::string lookup_key;  // 32 bytes: keys the HMAC of personal numbers
  friend bool operator==(const BoardRecord&, const BoardRecord&) = default;
};

// A board's access log is a log like the board's, under a name that no board can have.
[[nodiscard]] inline std::string access_log_name(const std::string& board) { return board + ".access"; }
[[nodiscard]] inline bool is_access_log(const BoardRecord& board) { return board.name.ends_with(".access"); }

struct BoardAppend {
  BoardNumber board = 0;
  Position expected_head = 0;  // the head before; the first page begins one after it
  std::vector<EncodedPage> pages;
};

// Walks pages of one board upwards, from a consistent view taken when it was made.
class PageCursor {
 public:
  virtual ~PageCursor() = default;
  // The next page, or nullptr at the end. The page lives until the next call. An error ends the walk.
  [[nodiscard]] virtual Result<const Page*> next() = 0;
  // The page that holds `position`, upwards or downwards of the last one; cheaper than a new cursor.
  [[nodiscard]] virtual Result<const Page*> seek(Position position) = 0;
  // Gives away the page that next() or seek() returned, in exchange for one whose memory may be used again.
  virtual void exchange(Page& page) = 0;
};

struct Fault {
  BoardNumber board = 0;
  Position first = 0;  // 0 where the damage cannot be tied to positions
  Position last = 0;
  std::string where;  // file, table or index
  std::string what;
};

enum class ReadFor { kQuery, kScan };  // kScan: read ahead, leave the cache alone

class LogEngine {
 public:
  LogEngine() = default;
  LogEngine(const LogEngine&) = delete;
  LogEngine& operator=(const LogEngine&) = delete;
  virtual ~LogEngine() = default;

  // Durable when it returns, all boards or none. kConflict (and nothing written) where a head is not the expected one.
  [[nodiscard]] virtual Result<> append(const std::vector<BoardAppend>& appends) = 0;
  // Puts `pages` in the place of the stored pages that hold the same positions, in one step. Event bytes are the same.
  [[nodiscard]] virtual Result<> replace(BoardNumber board, const std::vector<Position>& old_firsts,
                                         const std::vector<EncodedPage>& pages) = 0;
  // From the page that holds `from`.
  [[nodiscard]] virtual std::unique_ptr<PageCursor> read(BoardNumber board, Position from, ReadFor purpose) const = 0;
  // The sealed parts stored beside the page that begins at `first`; empty where it has none.
  [[nodiscard]] virtual Result<std::string> read_sealed(BoardNumber board, Position first) const = 0;
  [[nodiscard]] virtual Result<Position> head(BoardNumber board) const = 0;

  [[nodiscard]] virtual Result<> put_board(const BoardRecord& board) = 0;
  [[nodiscard]] virtual Result<std::vector<BoardRecord>> boards() const = 0;

  // Reads every stored byte; adds a fault for each that fails its checksum.
  [[nodiscard]] virtual Result<> verify(const std::function<void(Fault)>& report) const = 0;
  // Writes what is buffered to its tables, so that the next open has nothing to replay.
  [[nodiscard]] virtual Result<> flush() = 0;
};

}  // namespace minne
