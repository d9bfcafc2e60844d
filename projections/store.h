// derived/: what projections have made of the logs. May be deleted whole; never written through a write-ahead log.
//
//   'd' board:be16 generation:be32 space:u8 key     rows, case index, indexes, tallies of one generation
//   'm' board:be16                                  the live generation: {generation, position, identity}
//
// A generation is one complete build of everything about a board; taking over is one small key, written in the same
// batch as the last rows. Reads go through a View, which sees one moment. Writers: the projector, and the rebuilder for
// generations that are not live. Thread-safe.
#pragma once

#include "core/engine.h"
#include "core/page.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rocksdb {
class DB;
class FileSystem;
class Iterator;
class Snapshot;
class WriteBatch;
}  // namespace rocksdb

namespace minne {

using Generation = std::uint32_t;

// Which kind of entry within a generation.
using Space = std::uint8_t;
inline constexpr Space kRows = 0;
inline constexpr Space kCaseIndex = 1;
inline constexpr Space kFirstIndex = 16;
inline constexpr Space kFirstTally = 128;

struct LiveGeneration {
  Generation generation = 0;  // 0: the board has none yet
  Position position = 0;      // everything up to here is folded
  std::string identity;
  friend bool operator==(const LiveGeneration&, const LiveGeneration&) = default;
};

class DerivedStore;
struct StoreOptions;

// One moment of the store. Cheap; hold it for a request, not longer: it keeps old entries alive.
class View {
 public:
  View(const DerivedStore& store, BoardNumber board);
  View(View&&) noexcept;
  View& operator=(View&&) = delete;
  ~View();

  [[nodiscard]] const LiveGeneration& live() const { return live_; }
  [[nodiscard]] Result<std::optional<std::string>> get(Space space, std::string_view key) const;

  // Calls `visit(key, value)` in key order for keys that begin with `prefix`, from `from` (within the prefix; empty:
  // all), until it returns false.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  [[nodiscard]] Result<> scan(Space space, std::string_view prefix, std::string_view from, const Visit& visit) const;

  // The same over another generation that is still stored.
  [[nodiscard]] View with(const LiveGeneration& other) const;

 private:
  View(const View& other, LiveGeneration live);

  std::shared_ptr<rocksdb::DB> db_;
  const StoreOptions* options_ = nullptr;
  const rocksdb::Snapshot* snapshot_ = nullptr;
  BoardNumber board_ = 0;
  LiveGeneration live_;
};

struct StoreOptions {
  std::filesystem::path directory;
  std::size_t block_cache_bytes = 64UL << 20;
  std::size_t write_buffer_bytes = 32UL << 20;
  std::shared_ptr<rocksdb::FileSystem> file_system;
  bool read_only = false;                      // for verify: writes nothing, deletes nothing
  bool discard_if_damaged = true;              // false: say so and keep the files (verify)
  std::function<void(BoardNumber)> on_damage;  // a read of the board met some; on the reader's thread, must return soon
};

// Changes to one generation, written in one step with the position they bring it to.
class StoreBatch {
 public:
  StoreBatch(BoardNumber board, Generation generation);
  StoreBatch(StoreBatch&&) noexcept;
  ~StoreBatch();
  void put(Space space, std::string_view key, std::string_view value);
  void erase(Space space, std::string_view key);
  void set_live(const LiveGeneration& live);

 private:
  friend class DerivedStore;
  std::unique_ptr<rocksdb::WriteBatch> batch_;
  std::string prefix_;
  BoardNumber board_;
};

// A table file and the checksum that was made while it was written; empty where it is not known.
struct TableFile {
  std::filesystem::path path;
  std::string checksum;
  std::string checksum_function;
};

class DerivedStore {
 public:
  // Damaged files are discarded (they can be made again) unless the options say otherwise: then kDamaged.
  [[nodiscard]] static Result<std::unique_ptr<DerivedStore>> open(StoreOptions options);
  DerivedStore(const DerivedStore&) = delete;
  DerivedStore& operator=(const DerivedStore&) = delete;
  ~DerivedStore();

  [[nodiscard]] LiveGeneration live(BoardNumber board) const;
  [[nodiscard]] View view(BoardNumber board) const { return View{*this, board}; }
  [[nodiscard]] Result<std::optional<std::string>> get(BoardNumber board, Generation generation, Space space,
                                                       std::string_view key) const;
  [[nodiscard]] Result<> write(StoreBatch batch);

  // Table files made for `generation`, whose keys nothing else holds: linked in, not copied.
  [[nodiscard]] Result<> ingest(const std::vector<TableFile>& files);
  // Writes sorted entries of one generation to a table file; keys must ascend within and between calls. Not compressed,
  // a file takes more room and less time.
  enum class Compression : std::uint8_t { kNone, kLz4 };
  class FileWriter;
  [[nodiscard]] Result<std::unique_ptr<FileWriter>> new_file(const std::filesystem::path& path, BoardNumber board,
                                                             Generation generation, Compression compression) const;

  // Nobody who asks from now on sees it. Its files go with the first flush() that finds no View which does, and
  // after one that was waited for: what is live instead must be on disk first.
  [[nodiscard]] Result<> drop(BoardNumber board, Generation generation);
  // Drops what is stored of generations that are neither live nor `keep`. Only while nobody reads.
  [[nodiscard]] Result<> drop_leftovers(BoardNumber board, std::optional<Generation> keep);

  [[nodiscard]] Result<> verify(const std::function<void(Fault)>& report) const;
  [[nodiscard]] Result<> flush(bool wait = true);
  // Throws everything away. Only while nobody reads.
  [[nodiscard]] Result<> start_afresh();
  [[nodiscard]] const std::filesystem::path& directory() const { return options_.directory; }

 private:
  friend class View;
  struct Handle;
  explicit DerivedStore(StoreOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::shared_ptr<rocksdb::DB> db() const;
  [[nodiscard]] Result<> open_database();
  [[nodiscard]] Result<> give_back();

  StoreOptions options_;
  std::shared_ptr<Handle> handle_;
};

class DerivedStore::FileWriter {
 public:
  FileWriter();
  ~FileWriter();
  [[nodiscard]] Result<> add(Space space, std::string_view key, std::string_view value);
  // Ends the file, synced. At least one entry was added.
  [[nodiscard]] Result<TableFile> finish();

 private:
  friend class DerivedStore;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace minne
