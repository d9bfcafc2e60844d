// The embedded engine: one RocksDB database with column families `pages` and `sealed`, and the boards in `default`.
//
//   pages, sealed key := board:be16 log:u8 first_position:be64
//   default       key := 'b' board:be16                          value := JSON of the BoardRecord
//
// Every append is one synced write through the write-ahead log. A background error stops the process (on_fatal): what
// cannot be written must not be acknowledged. Thread-safe as the port says.
#pragma once

#include "core/engine.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace rocksdb {
class FileSystem;
}  // namespace rocksdb

namespace minne {

struct EngineOptions {
  std::filesystem::path directory;
  bool read_only = false;  // for verify: writes nothing, deletes nothing
  std::size_t block_cache_bytes = 64UL << 20;
  std::size_t write_buffer_bytes = 32UL << 20;
  std::uint64_t max_wal_bytes = 64UL << 20;          // bounds what an open after a crash reads again
  std::shared_ptr<rocksdb::FileSystem> file_system;  // tests: one that loses what was not synced
  std::function<void(const std::string&)> on_fatal;  // default: log and abort
};

// kDamaged if a stored file fails its checks, kNoSpace if the disk is full.
[[nodiscard]] Result<std::unique_ptr<LogEngine>> open_rocksdb_engine(EngineOptions options);

}  // namespace minne
