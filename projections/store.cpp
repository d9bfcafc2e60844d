#include "projections/store.h"

#include "core/keys.h"
#include "core/rocksdb_support.h"
#include "events/check.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <mutex>
#include <set>

namespace minne {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }

std::string generation_prefix(BoardNumber board, Generation generation) {
  return KeyWriter{}.u8('d').u16(board).u32(generation).str();
}
std::string live_key(BoardNumber board) { return KeyWriter{}.u8('m').u16(board).str(); }

std::string full_key(const std::string& prefix, Space space, std::string_view key) {
  std::string out;
  out.reserve(prefix.size() + 1 + key.size());
  out += prefix;
  out.push_back(static_cast<char>(space));
  return out.append(key);
}

// The least key after all that begin with `prefix`.
std::string after(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
  CHECK(!prefix.empty());
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

// live := generation:be32 position:be64 identity
std::string encode_live(const LiveGeneration& live) {
  return KeyWriter{}.u32(live.generation).u64(live.position).str() + live.identity;
}

LiveGeneration decode_live(const std::string& stored) {
  KeyReader reader(stored);
  LiveGeneration live;
  live.generation = reader.u32();
  live.position = reader.u64();
  live.identity = reader.rest();
  return reader.ok() ? live : LiveGeneration{};
}

// There, where the database must be thrown away before it is opened again.
std::filesystem::path given_up(const std::filesystem::path& directory) { return directory / "DAMAGED"; }

LiveGeneration read_live(rocksdb::DB& db, const rocksdb::ReadOptions& options, BoardNumber board) {
  std::string value;
  const auto status = db.Get(options, live_key(board), &value);
  return status.ok() ? decode_live(value) : LiveGeneration{};
}

rocksdb::Options family_options(const StoreOptions& options, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::Options out{rocks::database_options([](const std::string& what) {
                         // Derived data can be made again: the next write fails, and its owner sees to it.
                         spdlog::error("the derived database has failed: {}", what);
                       }),
                       {}};
  auto table = rocks::table_options(cache);
  table.block_size = 8UL * 1024;
  out.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  out.write_buffer_size = options.write_buffer_bytes;
  out.max_write_buffer_number = 2;
  // New cases and new sums are looked for in vain: the memtable says so without a search.
  out.memtable_prefix_bloom_size_ratio = 0.05;
  out.memtable_whole_key_filtering = true;
  rocks::compress_every_level(out);
  return out;
}

// The files that hold nothing but keys of this prefix. Whoever reads them then finds less than he should.
Result<> remove_files(rocksdb::DB& database, const std::string& prefix) {
  const auto end = after(prefix);
  const rocksdb::Slice first(prefix);
  const rocksdb::Slice last(end);
  const auto status = rocksdb::DeleteFilesInRange(&database, database.DefaultColumnFamily(), &first, &last);
  return status.ok() ? Result<>{} : Result<>{rocks::error_of(status, "dropping an old generation")};
}

Error unreadable(const StoreOptions& options, BoardNumber board, const rocksdb::Status& status) {
  auto error = rocks::error_of(status, "reading a projection");
  if (error.code == Code::kDamaged && options.on_damage) options.on_damage(board);
  return error;
}

}  // namespace

struct DerivedStore::Handle {
  // A generation whose entries are deleted, while its files may still be there.
  struct Dropped {
    std::string prefix;
    std::uint64_t sequence;  // a View taken at this one or later does not see it
    bool flushed = false;    // that it is deleted, and what is live instead, is on disk
  };
  std::shared_ptr<rocksdb::Cache> cache;
  rocksdb::Options options;
  rocks::Database database;
  std::shared_ptr<rocksdb::DB> shared;  // does not own: the handle outlives its users
  std::mutex mutex;                     // of what follows
  std::vector<Dropped> dropped;
};

View::View(const DerivedStore& store, BoardNumber board)
    : db_(store.db()), options_(&store.options_), snapshot_(db_->GetSnapshot()), board_(board) {
  rocksdb::ReadOptions read;
  read.snapshot = snapshot_;
  live_ = read_live(*db_, read, board);
}

View::View(const View& other, LiveGeneration live)
    : db_(other.db_),
      options_(other.options_),
      snapshot_(db_->GetSnapshot()),
      board_(other.board_),
      live_(std::move(live)) {}

View::View(View&& other) noexcept
    : db_(std::move(other.db_)),
      options_(other.options_),
      snapshot_(std::exchange(other.snapshot_, nullptr)),
      board_(other.board_),
      live_(std::move(other.live_)) {}

View::~View() {
  if (snapshot_ != nullptr) db_->ReleaseSnapshot(snapshot_);
}

View View::with(const LiveGeneration& other) const { return View{*this, other}; }

Result<std::optional<std::string>> View::get(Space space, std::string_view key) const {
  rocksdb::ReadOptions read;
  read.snapshot = snapshot_;
  std::string value;
  const auto status = db_->Get(read, full_key(generation_prefix(board_, live_.generation), space, key), &value);
  if (status.IsNotFound()) return std::optional<std::string>{};
  if (!status.ok()) return unreadable(*options_, board_, status);
  return std::optional{std::move(value)};
}

Result<> View::scan(Space space, std::string_view prefix, std::string_view from, const Visit& visit) const {
  const auto head = generation_prefix(board_, live_.generation);
  const auto lower = full_key(head, space, prefix);
  const auto upper = after(lower);
  const rocksdb::Slice upper_slice(upper);
  rocksdb::ReadOptions read;
  read.snapshot = snapshot_;
  read.iterate_upper_bound = &upper_slice;
  const std::unique_ptr<rocksdb::Iterator> iterator{db_->NewIterator(read)};
  iterator->Seek(from.empty() ? lower : full_key(head, space, from));
  for (; iterator->Valid(); iterator->Next()) {
    const auto key = iterator->key();
    if (!visit({key.data() + head.size() + 1, key.size() - head.size() - 1},
               {iterator->value().data(), iterator->value().size()})) {
      return {};
    }
  }
  if (!iterator->status().ok()) return unreadable(*options_, board_, iterator->status());
  return {};
}

StoreBatch::StoreBatch(BoardNumber board, Generation generation)
    : batch_(std::make_unique<rocksdb::WriteBatch>()), prefix_(generation_prefix(board, generation)), board_(board) {}
StoreBatch::StoreBatch(StoreBatch&&) noexcept = default;
StoreBatch::~StoreBatch() = default;

void StoreBatch::put(Space space, std::string_view key, std::string_view value) {
  CHECK(batch_->Put(full_key(prefix_, space, key), slice(value)).ok());
}
void StoreBatch::erase(Space space, std::string_view key) { CHECK(batch_->Delete(full_key(prefix_, space, key)).ok()); }
void StoreBatch::set_live(const LiveGeneration& live) { CHECK(batch_->Put(live_key(board_), encode_live(live)).ok()); }

Result<std::unique_ptr<DerivedStore>> DerivedStore::open(StoreOptions options) {
  std::unique_ptr<DerivedStore> store{new DerivedStore(std::move(options))};
  const auto discard = [&](std::string_view why) {
    spdlog::warn("derived data is damaged and will be made again: {}", why);
    std::error_code ignored;
    std::filesystem::remove_all(store->options_.directory, ignored);
    return store->open_database();
  };
  const bool may_discard = store->options_.discard_if_damaged && !store->options_.read_only;
  if (may_discard && std::filesystem::exists(given_up(store->options_.directory))) {
    if (const auto fresh = discard("a rebuild could not be taken in"); !fresh) return fresh.error();
    return store;
  }
  auto opened = store->open_database();
  if (!opened && opened.error().code == Code::kDamaged && may_discard) opened = discard(opened.error().message);
  if (!opened) return opened.error();
  return store;
}

Result<> DerivedStore::open_database() {
  auto handle = std::make_shared<Handle>();
  handle->cache = rocksdb::NewLRUCache(options_.block_cache_bytes);
  handle->options = family_options(options_, handle->cache);
  const rocksdb::DBOptions& of_database = handle->options;
  MINNE_TRY(handle->database, rocks::open(options_.directory, of_database, {{"default", handle->options}},
                                          options_.file_system, options_.read_only));
  handle->shared = {handle->database.db.get(), [](rocksdb::DB*) {}};
  handle_ = std::move(handle);
  return {};
}

DerivedStore::~DerivedStore() {
  if (!handle_) return;
  handle_->database.close();
  if (!options_.read_only) rocks::remove_unchecked_files(options_.directory);
}

Result<> DerivedStore::start_afresh() {
  handle_->database.close();
  handle_.reset();
  std::error_code failed;
  std::filesystem::remove_all(options_.directory, failed);
  if (failed) return failure(Code::kInternal, "cannot remove " + options_.directory.string() + ": " + failed.message());
  return open_database();
}

std::shared_ptr<rocksdb::DB> DerivedStore::db() const { return handle_->shared; }

LiveGeneration DerivedStore::live(BoardNumber board) const { return read_live(*db(), {}, board); }

Result<std::optional<std::string>> DerivedStore::get(BoardNumber board, Generation generation, Space space,
                                                     std::string_view key) const {
  std::string value;
  const auto status = db()->Get({}, full_key(generation_prefix(board, generation), space, key), &value);
  if (status.IsNotFound()) return std::optional<std::string>{};
  if (!status.ok()) return unreadable(options_, board, status);
  return std::optional{std::move(value)};
}

Result<> DerivedStore::write(StoreBatch batch) {
  rocksdb::WriteOptions write;
  write.disableWAL = true;
  const auto status = db()->Write(write, batch.batch_.get());
  return status.ok() ? Result<>{} : Result<>{rocks::error_of(status, "writing a projection")};
}

Result<> DerivedStore::ingest(const std::vector<TableFile>& files) {
  if (files.empty()) return {};
  rocksdb::IngestExternalFileArg argument;
  argument.column_family = db()->DefaultColumnFamily();
  argument.options.move_files = true;
  argument.options.snapshot_consistency = false;  // the key range holds nothing, in any snapshot
  argument.options.write_global_seqno = false;
  argument.options.verify_file_checksum = false;  // made while the file was written
  for (const auto& file : files) {
    argument.external_files.push_back(file.path.string());
    if (file.checksum.empty()) continue;
    argument.files_checksums.push_back(file.checksum);
    argument.files_checksum_func_names.push_back(file.checksum_function);
  }
  if (argument.files_checksums.size() != files.size()) {  // all or none: else the store reads the files again
    argument.files_checksums.clear();
    argument.files_checksum_func_names.clear();
  }
  const auto status = db()->IngestExternalFiles({argument});
  if (status.ok()) return {};
  auto error = rocks::error_of(status, "taking in a rebuild");
  if (error.code != Code::kDamaged) return error;
  // A damaged table that spans the board's keys stands in the way of new ones, and cannot be removed while it is open.
  const std::ofstream mark{given_up(options_.directory)};
  error.message += "; all derived data is thrown away and made again at the next start";
  return error;
}

Result<> DerivedStore::drop(BoardNumber board, Generation generation) {
  const auto prefix = generation_prefix(board, generation);
  rocksdb::WriteOptions write;
  write.disableWAL = true;
  const auto upper = after(prefix);
  const auto status = db()->DeleteRange(write, db()->DefaultColumnFamily(), prefix, upper);
  if (!status.ok()) return rocks::error_of(status, "dropping an old generation");
  const std::lock_guard lock(handle_->mutex);
  handle_->dropped.push_back({prefix, db()->GetLatestSequenceNumber()});
  return {};
}

// Compaction would come to the files one day; until then a store would hold several generations.
Result<> DerivedStore::give_back() {
  const std::lock_guard lock(handle_->mutex);
  auto& dropped = handle_->dropped;
  while (!dropped.empty() && dropped.front().flushed) {
    std::uint64_t views = 0;
    std::uint64_t oldest = 0;
    const bool known = db()->GetIntProperty(rocksdb::DB::Properties::kNumSnapshots, &views) &&
                       db()->GetIntProperty(rocksdb::DB::Properties::kOldestSnapshotSequence, &oldest);
    if (!known || (views > 0 && oldest < dropped.front().sequence)) return {};
    MINNE_TRY_VOID(remove_files(*db(), dropped.front().prefix));
    dropped.erase(dropped.begin());
  }
  return {};
}

// Found by the tables' key ranges: what has been dropped is seen by no iterator, and still takes its room.
Result<> DerivedStore::drop_leftovers(BoardNumber board, std::optional<Generation> keep) {
  const auto live_generation = live(board).generation;
  std::vector<rocksdb::LiveFileMetaData> files;
  db()->GetLiveFilesMetaData(&files);
  std::set<Generation> found;
  for (const auto& file : files) {
    for (const auto& key : {file.smallestkey, file.largestkey}) {
      KeyReader reader(key);
      const bool data = reader.u8() == 'd' && reader.u16() == board;
      if (const auto generation = reader.u32(); data && reader.ok()) found.insert(generation);
    }
  }
  for (const auto generation : found) {
    if (generation == live_generation || (keep && generation == *keep)) continue;
    const auto prefix = generation_prefix(board, generation);
    MINNE_TRY_VOID(remove_files(*db(), prefix));
    const std::unique_ptr<rocksdb::Iterator> rest{db()->NewIterator({})};
    rest->Seek(prefix);
    if (rest->Valid() && rest->key().starts_with(prefix)) MINNE_TRY_VOID(drop(board, generation));
  }
  return {};
}

Result<> DerivedStore::verify(const std::function<void(Fault)>& report) const {
  return rocks::verify_files(handle_->database, "derived",
                             [&](const rocksdb::LiveFileMetaData& file, const std::string& what) {
                               Fault fault{0, 0, 0, "derived" + file.name, what};
                               KeyReader reader(file.smallestkey);
                               reader.u8();
                               fault.board = reader.u16();
                               report(std::move(fault));
                             });
}

Result<> DerivedStore::flush(bool wait) {
  const auto until = db()->GetLatestSequenceNumber();
  rocksdb::FlushOptions options;
  options.wait = wait;
  options.allow_write_stall = true;
  const auto status = db()->Flush(options);
  if (!status.ok()) return rocks::error_of(status, "flushing projections");
  if (wait) {
    const std::lock_guard lock(handle_->mutex);
    for (auto& item : handle_->dropped) item.flushed = item.flushed || item.sequence <= until;
  }
  return give_back();
}

struct DerivedStore::FileWriter::State {
  // What is written is read soon: it stays in the page cache, and goes to disk meanwhile, not all at the end.
  State(const rocksdb::Options& options, std::string key_prefix)
      : writer(environment(), options, nullptr, /*invalidate_page_cache=*/false),
        key(std::move(key_prefix)),
        prefix_size(key.size()) {}
  static rocksdb::EnvOptions environment() {
    rocksdb::EnvOptions out;
    out.bytes_per_sync = 1UL << 20;
    return out;
  }
  rocksdb::SstFileWriter writer;
  std::filesystem::path path;
  std::string key;  // begins with the generation's prefix
  std::size_t prefix_size;
};

DerivedStore::FileWriter::FileWriter() = default;
DerivedStore::FileWriter::~FileWriter() = default;

Result<std::unique_ptr<DerivedStore::FileWriter>> DerivedStore::new_file(const std::filesystem::path& path,
                                                                         BoardNumber board, Generation generation,
                                                                         Compression compression) const {
  auto out = std::make_unique<FileWriter>();
  auto options = handle_->options;
  if (compression == Compression::kNone) {
    options.compression = options.bottommost_compression = rocksdb::kNoCompression;
  }
  out->state_ = std::make_unique<FileWriter::State>(options, generation_prefix(board, generation));
  if (const auto status = out->state_->writer.Open(path.string()); !status.ok())
    return rocks::error_of(status, "a rebuild's file");
  out->state_->path = path;
  return out;
}

Result<> DerivedStore::FileWriter::add(Space space, std::string_view key, std::string_view value) {
  auto& state = *state_;
  state.key.resize(state.prefix_size);
  state.key.push_back(static_cast<char>(space));
  state.key.append(key);
  const auto status = state.writer.Put(state.key, slice(value));
  if (!status.ok()) return rocks::error_of(status, "a rebuild's file");
  return {};
}

Result<TableFile> DerivedStore::FileWriter::finish() {
  rocksdb::ExternalSstFileInfo info;
  const auto status = state_->writer.Finish(&info);
  if (!status.ok()) return rocks::error_of(status, "a rebuild's file");
  return TableFile{state_->path, info.file_checksum, info.file_checksum_func_name};
}

}  // namespace minne
