#include "core/rocksdb_engine.h"

#include "core/keys.h"
#include "core/rocksdb_support.h"
#include "events/check.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::uint8_t kRecordLog = 0;  // the other log of a board, of reads, will be 1
constexpr std::size_t kScanReadahead = 2UL << 20;

std::string page_key(BoardNumber board, Position first) {
  return KeyWriter{}.u16(board).u8(kRecordLog).u64(first).str();
}
Position position_of(rocksdb::Slice key) {
  KeyReader reader({key.data(), key.size()});
  reader.u16();
  reader.u8();
  return reader.u64();
}
std::string end_of(BoardNumber board) { return KeyWriter{}.u16(board).u8(kRecordLog + 1).str(); }
rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& value) { return {value.data(), value.size()}; }

std::string positions_text(BoardNumber board, Position first, Position last) {
  const auto text = "board " + std::to_string(board) + " positions " + std::to_string(first);
  return last == 0 ? text + " to the end" : text + "-" + std::to_string(last);
}

rocksdb::ColumnFamilyOptions page_options(const EngineOptions& options, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table = rocks::table_options(cache);
  table.block_size = kPageBytes;
  rocksdb::ColumnFamilyOptions out;
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  out.write_buffer_size = options.write_buffer_bytes;
  out.max_write_buffer_number = 2;
  rocks::compress_every_level(out);
  return out;
}

class RocksCursor final : public PageCursor {
 public:
  RocksCursor(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* pages, BoardNumber board, Position from, ReadFor purpose)
      : board_(board), upper_(end_of(board)), upper_slice_(upper_), expected_(from) {
    rocksdb::ReadOptions read;
    read.iterate_upper_bound = &upper_slice_;
    if (purpose == ReadFor::kScan) {
      read.fill_cache = false;
      read.readahead_size = kScanReadahead;
    }
    iterator_.reset(db.NewIterator(read, pages));
    go_to(from);
  }

  Result<const Page*> next() override {
    if (started_ && iterator_->Valid()) iterator_->Next();
    started_ = true;
    return load();
  }

  Result<const Page*> seek(Position position) override {
    expected_ = position;
    go_to(position);
    started_ = true;
    return load();
  }

  void exchange(Page& page) override { std::swap(page_, page); }

 private:
  void go_to(Position position) {
    const auto lower = page_key(board_, 0);
    iterator_->SeekForPrev(page_key(board_, position));
    if (!iterator_->Valid() || iterator_->key().compare(lower) < 0) {
      if (iterator_->status().ok()) iterator_->Seek(lower);
    }
  }

  Result<const Page*> load() {
    if (!iterator_->status().ok()) return damaged(iterator_->status().ToString());
    if (!iterator_->Valid()) return nullptr;
    const auto first = position_of(iterator_->key());
    if (auto loaded = page_.load(view(iterator_->value())); !loaded || page_.first() != first) {
      return damaged(loaded ? "a page lies under another position" : loaded.error().message);
    }
    expected_ = page_.last() + 1;
    return &page_;
  }

  // Names the positions that cannot be read: from the one expected to the one before the next page that can.
  Error damaged(const std::string& what) {
    const auto next = next_readable();
    return failure(Code::kDamaged, what, positions_text(board_, expected_, next ? *next - 1 : 0));
  }

  bool readable_from(Position position) {
    iterator_->Seek(page_key(board_, position));
    return iterator_->Valid();
  }

  std::optional<Position> next_readable() {
    constexpr Position kFarthest = Position{1} << 40;
    Position unreadable = 0;
    Position step = 1;
    while (step < kFarthest && !readable_from(expected_ + step)) {
      if (iterator_->status().ok()) return std::nullopt;  // past the last page
      unreadable = step;
      step *= 2;
    }
    if (step >= kFarthest) return std::nullopt;
    while (unreadable + 1 < step) {
      const auto middle = unreadable + (step - unreadable) / 2;
      (readable_from(expected_ + middle) ? step : unreadable) = middle;
    }
    return readable_from(expected_ + step) ? std::optional{position_of(iterator_->key())} : std::nullopt;
  }

  BoardNumber board_;
  std::string upper_;
  rocksdb::Slice upper_slice_;
  Position expected_;
  bool started_ = false;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  Page page_;
};

class RocksEngine final : public LogEngine {
 public:
  RocksEngine(EngineOptions options, rocks::Database database)
      : options_(std::move(options)), database_(std::move(database)) {}
  ~RocksEngine() override {
    database_.close();
    if (!options_.read_only) rocks::remove_unchecked_files(options_.directory);
  }

  Result<> append(const std::vector<BoardAppend>& appends) override {
    rocksdb::WriteBatch batch(size_of(appends));
    for (const auto& append : appends) {
      MINNE_TRY(const Position stored, head(append.board));
      if (stored != append.expected_head) return failure(Code::kConflict, "the log's head has moved");
      Position next = stored + 1;
      for (const auto& page : append.pages) {
        CHECK(page.first == next);
        next = page.last() + 1;
        put(batch, append.board, page);
      }
    }
    rocksdb::WriteOptions write;
    write.sync = true;
    if (const auto status = db().Write(write, &batch); !status.ok()) return rocks::error_of(status, "the append");
    const std::lock_guard lock(heads_mutex_);
    for (const auto& append : appends) heads_[append.board] = append.pages.back().last();
    return {};
  }

  Result<> replace(BoardNumber board, const std::vector<Position>& old_firsts,
                   const std::vector<EncodedPage>& pages) override {
    rocksdb::WriteBatch batch;
    for (const auto first : old_firsts) {
      batch.Delete(page_family(), page_key(board, first));
      batch.Delete(sealed_family(), page_key(board, first));
    }
    for (const auto& page : pages) put(batch, board, page);
    const auto status = db().Write({}, &batch);  // not synced: until it is, the old pages say the same
    return status.ok() ? Result<>{} : Result<>{rocks::error_of(status, "packing")};
  }

  std::unique_ptr<PageCursor> read(BoardNumber board, Position from, ReadFor purpose) const override {
    return std::make_unique<RocksCursor>(db(), page_family(), board, from, purpose);
  }

  Result<std::string> read_sealed(BoardNumber board, Position first) const override {
    std::string value;
    const auto status = db().Get({}, sealed_family(), page_key(board, first), &value);
    if (status.IsNotFound()) return std::string{};
    if (!status.ok()) return rocks::error_of(status, positions_text(board, first, first));
    return value;
  }

  Result<Position> head(BoardNumber board) const override {
    // After the first time the map answers: an append reads no disk.
    const std::lock_guard lock(heads_mutex_);
    if (const auto known = heads_.find(board); known != heads_.end()) return known->second;
    MINNE_TRY(const Position stored, stored_head(board));
    if (stored > 0) heads_[board] = stored;
    return stored;
  }

  Result<> put_board(const BoardRecord& board) override {
    const json::object record{{"number", board.number},
                              {"name", board.name},
                              {"supplied_clock", board.supplied_clock},
                              {"created_at", to_micros(board.created_at)},
                              {"lookup_key", to_hex({reinterpret_cast<const std::uint8_t*>(board.lookup_key.data()),
                                                     board.lookup_key.size()})}};
    rocksdb::WriteOptions write;
    write.sync = true;
    const auto status =
        db().Put(write, database_.family(0), KeyWriter{}.u8('b').u16(board.number).str(), json::serialize(record));
    return status.ok() ? Result<>{} : Result<>{rocks::error_of(status, "making a board")};
  }

  Result<std::vector<BoardRecord>> boards() const override {
    std::vector<BoardRecord> out;
    const std::unique_ptr<rocksdb::Iterator> iterator{db().NewIterator({}, database_.family(0))};
    for (iterator->Seek("b"); iterator->Valid() && iterator->key().starts_with("b"); iterator->Next()) {
      boost::system::error_code parse_error;
      const auto value = json::parse({iterator->value().data(), iterator->value().size()}, parse_error);
      if (parse_error || !value.is_object()) return failure(Code::kDamaged, "a board's record cannot be read");
      const auto& record = value.get_object();
      MINNE_TRY(std::string key, from_hex(record.at("lookup_key").as_string()));
      out.push_back({static_cast<BoardNumber>(record.at("number").as_int64()),
                     std::string{record.at("name").as_string()}, record.at("supplied_clock").as_bool(),
                     from_micros(record.at("created_at").as_int64()), std::move(key)});
    }
    if (!iterator->status().ok()) {
      auto error = rocks::error_of(iterator->status(), "the list of boards");
      error.where = "log, every board from its first position";
      return error;
    }
    return out;
  }

  Result<> verify(const std::function<void(Fault)>& report) const override {
    return rocks::verify_files(database_, "log", [&](const rocksdb::LiveFileMetaData& file, const std::string& what) {
      const auto where = "log" + file.name;
      if (file.column_family_name != "pages") return report({0, 0, 0, where, what});
      // The table's first and last keys are known. What it holds of the boards between them is not: name all of it.
      const auto low = KeyReader{file.smallestkey}.u16();
      const auto high = KeyReader{file.largestkey}.u16();
      for (std::uint32_t number = low; number <= high; ++number) {
        const auto board = static_cast<BoardNumber>(number);
        const auto known = head(board);
        const Position first = board == low ? position_of(file.smallestkey) : 1;
        const Position last = board == high ? last_position_in(file) : known ? *known : first;
        if (board == low || board == high || last > 0) report({board, first, last, where, what});
      }
    });
  }

  Result<> flush() override { return options_.read_only ? Result<>{} : database_.flush_all(); }

 private:
  rocksdb::DB& db() const { return *database_.db; }
  rocksdb::ColumnFamilyHandle* page_family() const { return database_.family(1); }
  rocksdb::ColumnFamilyHandle* sealed_family() const { return database_.family(2); }

  Result<Position> stored_head(BoardNumber board) const {
    const auto upper = end_of(board);
    const auto lower = page_key(board, 0);
    const std::unique_ptr<rocksdb::Iterator> iterator{db().NewIterator({}, page_family())};
    iterator->SeekForPrev(upper);
    if (!iterator->status().ok()) {
      return failure(Code::kDamaged, iterator->status().ToString(), positions_text(board, 1, 0));
    }
    if (!iterator->Valid() || iterator->key().compare(lower) < 0) return Position{0};
    Page page;
    if (auto loaded = page.load(view(iterator->value())); !loaded) {
      return failure(Code::kDamaged, loaded.error().message, positions_text(board, position_of(iterator->key()), 0));
    }
    return page.last();
  }

  // Enough for the batch to be made in one piece.
  static std::size_t size_of(const std::vector<BoardAppend>& appends) {
    constexpr std::size_t kKeys = 64;  // of a page and its sealed parts, with their lengths
    std::size_t bytes = 0;
    for (const auto& append : appends) {
      for (const auto& page : append.pages) bytes += page.bytes.size() + page.sealed.size() + kKeys;
    }
    return bytes + kKeys;
  }

  void put(rocksdb::WriteBatch& batch, BoardNumber board, const EncodedPage& page) const {
    const auto key = page_key(board, page.first);
    batch.Put(page_family(), key, slice(page.bytes));
    if (!page.sealed.empty()) batch.Put(sealed_family(), key, slice(page.sealed));
  }

  // The last page of a damaged file may be unreadable: its positions end before the next page of the board.
  Position last_position_in(const rocksdb::LiveFileMetaData& file) const {
    const auto board = KeyReader{file.largestkey}.u16();
    const std::unique_ptr<rocksdb::Iterator> iterator{db().NewIterator({}, page_family())};
    iterator->Seek(page_key(board, position_of(file.largestkey) + 1));
    if (iterator->Valid() && KeyReader{view(iterator->key())}.u16() == board) return position_of(iterator->key()) - 1;
    const auto known = head(board);
    return std::max(position_of(file.largestkey), known ? *known : Position{0});
  }

  EngineOptions options_;
  rocks::Database database_;
  mutable std::mutex heads_mutex_;
  mutable std::unordered_map<BoardNumber, Position> heads_;
};

}  // namespace

Result<std::unique_ptr<LogEngine>> open_rocksdb_engine(EngineOptions options) {
  const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  rocksdb::DBOptions db_options = rocks::database_options(options.on_fatal);
  db_options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  db_options.max_total_wal_size = options.max_wal_bytes;
  const auto pages = page_options(options, cache);
  MINNE_TRY(rocks::Database database,
            rocks::open(options.directory, db_options, {{"default", pages}, {"pages", pages}, {"sealed", pages}},
                        options.file_system, options.read_only));
  return std::unique_ptr<LogEngine>{std::make_unique<RocksEngine>(std::move(options), std::move(database))};
}

}  // namespace minne
