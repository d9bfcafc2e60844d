#include "bench/figures.h"

#include "core/keys.h"
#include "core/rocksdb_support.h"
#include "server/generate.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/table.h>

#include <map>

namespace minne::bench {

boost::json::object Rounds::json() const {
  const auto [low, high] = std::ranges::minmax(values_);
  return {{"median", median()}, {"min", low}, {"max", high}, {"rounds", values_.size()}};
}

Scratch::Scratch(const std::filesystem::path& parent) : path_(parent / ("minne-bench-" + to_text(new_id()))) {
  std::filesystem::create_directories(path_);
}

Scratch::~Scratch() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<std::unique_ptr<RawStore>> RawStore::open(const std::filesystem::path& directory) {
  rocksdb::Options options{rocks::database_options({}), {}};
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 16 * 1024;
  table.block_cache = rocksdb::NewLRUCache(64UL << 20);
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  options.write_buffer_size = 32UL << 20;
  options.max_total_wal_size = 64UL << 20;
  rocks::compress_every_level(options);
  std::unique_ptr<RawStore> store{new RawStore};
  rocksdb::DB* db = nullptr;
  if (const auto status = rocksdb::DB::Open(options, directory.string(), &db); !status.ok())
    return rocks::error_of(status, "the raw store");
  store->db_.reset(db);
  return store;
}

RawStore::~RawStore() {
  if (db_) db_->Close();
}

Result<> RawStore::put(const std::vector<std::string_view>& values, bool sync) {
  rocksdb::WriteBatch batch;
  for (const auto value : values) batch.Put(KeyWriter{}.u64(++next_).str(), rocksdb::Slice{value.data(), value.size()});
  rocksdb::WriteOptions options;
  options.sync = sync;
  const auto status = db_->Write(options, &batch);
  return status.ok() ? Result<>{} : Result<>{rocks::error_of(status, "the raw store")};
}

Result<> RawStore::settle() {
  auto status = db_->Flush({});
  if (status.ok()) status = db_->CompactRange({}, nullptr, nullptr);
  return status.ok() ? Result<>{} : Result<>{rocks::error_of(status, "the raw store")};
}

Result<std::uint64_t> RawStore::iterate() const {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = 2UL << 20;
  const std::unique_ptr<rocksdb::Iterator> iterator{db_->NewIterator(options)};
  std::uint64_t count = 0;
  std::uint64_t touched = 0;
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
    touched += static_cast<unsigned char>(iterator->value()[0]);
    ++count;
  }
  if (!iterator->status().ok() || touched == 0) return rocks::error_of(iterator->status(), "the raw store");
  return count;
}

struct BatchSource::State {
  GenerateOptions options;
  BoardGenerator generator;
};

BatchSource::BatchSource(std::uint64_t events, std::uint64_t seed) {
  const GenerateOptions options{"bench", events, seed, BoardProfile::kStockholm};
  state_ = std::make_unique<State>(State{options, BoardGenerator(options)});
}
BatchSource::~BatchSource() = default;

BoardRecord BatchSource::wanted_board() const {
  const auto key = generated_lookup_key(state_->options);
  return {0, state_->options.board, true, {}, {key.begin(), key.end()}};
}

AppendCommand BatchSource::next(std::size_t count, BoardNumber board) {
  AppendCommand command;
  command.board = board;
  command.foreign = true;
  std::map<Id, std::uint32_t> cases;
  while (command.events.size() < count) {
    auto event = state_->generator.next();
    if (!event) break;
    const auto [found, fresh] = cases.try_emplace(event->stream, static_cast<std::uint32_t>(cases.size()));
    if (fresh) command.cases.push_back({event->stream, Expect::kAny, 0, {}});
    command.events.push_back({std::move(event->event), found->second, event->recorded_at, {}});
  }
  return command;
}

Result<std::unique_ptr<CaseMemory>> open_memory(const std::filesystem::path& directory, const Clock& clock) {
  MemoryOptions options;
  options.directory = directory;
  return CaseMemory::open(std::move(options), clock);
}

}  // namespace minne::bench
