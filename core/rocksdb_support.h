// What Minne's two databases share of RocksDB: safe options, opening, file checks. See ARCHITECTURE.md for why each
// option is what it is (Debian's librocksdb 7.8.3). Included only by files that store.
#pragma once

#include "core/engine.h"

#include <rocksdb/db.h>
#include <rocksdb/table.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace minne::rocks {

[[nodiscard]] Error error_of(const rocksdb::Status& status, const std::string& what);

// Block checksums XXH3, bloom filters, index and filters in the cache's budget.
[[nodiscard]] rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache);
// Moved files keep their compression: LZ4 on every level, L0 too.
void compress_every_level(rocksdb::ColumnFamilyOptions& options);
// Checks on, a checksum over every whole file, no info log on disk, warnings into our log.
// A background error calls on_fatal, from RocksDB's thread; empty: log and abort.
[[nodiscard]] rocksdb::DBOptions database_options(std::function<void(const std::string&)> on_fatal);

// An open database with its column families. Closing gives the handles back first: RocksDB aborts on a leaked one.
struct Database {
  Database() = default;
  Database(Database&& other) noexcept = default;
  Database& operator=(Database&& other) noexcept = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database() { close(); }

  void close();
  [[nodiscard]] Result<> flush_all() const;
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(std::size_t index) const { return families[index]; }

  std::unique_ptr<rocksdb::Env> env;  // only where a file system was given; outlives db
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
};

using Families = std::vector<std::pair<std::string, rocksdb::ColumnFamilyOptions>>;
[[nodiscard]] Result<Database> open(const std::filesystem::path& directory, rocksdb::DBOptions options,
                                    const Families& families, const std::shared_ptr<rocksdb::FileSystem>& file_system,
                                    bool read_only = false);

// Compares every table file with the checksum kept in the manifest; reports each that differs.
[[nodiscard]] Result<> verify_files(
    const Database& database, const std::string& name,
    const std::function<void(const rocksdb::LiveFileMetaData&, const std::string&)>& report);

void remove_unchecked_files(const std::filesystem::path& directory);

}  // namespace minne::rocks
