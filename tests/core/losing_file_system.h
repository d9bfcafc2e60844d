// A disk that keeps only what was synced. It passes everything through to the real one and remembers, for each file,
// how much of it a sync has made durable, and for each directory which new names and renames it has not.
//
//   auto disk = std::make_shared<LosingFileSystem>();
//   disk->cut_after(40, [] { … });       // the power goes at the 40th write or sync from now; the hook runs at that
//   moment … work …                             // goes on as if nothing had happened, but nothing of it will have
//   reached the disk close the database disk->lose(random);                  // files come to what the disk held when
//   the power went
//
// Whoever is told of success has to ask is_cut() to know whether the power was still on. Of an unsynced end a random
// first part may stay, as on a disk. Files removed before the cut are gone at once. A disk that fails instead: fail().
// Thread-safe. (A cut is not simply failing: RocksDB with assertions on aborts where a second flush meets a log whose
// sync failed.)
#pragma once

#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace minne::testing {

class LosingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using Status = rocksdb::IOStatus;

  LosingFileSystem() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  static const char* kClassName() { return "LosingFileSystem"; }
  const char* Name() const override { return kClassName(); }

  void cut() {
    const std::lock_guard lock(mutex_);
    go_dark();
  }
  void cut_after(std::uint64_t operations, std::function<void()> hook = {}) {
    const std::lock_guard lock(mutex_);
    left_ = operations;
    hook_ = std::move(hook);
  }
  [[nodiscard]] bool is_cut() const {
    const std::lock_guard lock(mutex_);
    return dark_;
  }
  // From now every write and sync is an error.
  void fail() { failing_ = true; }

  // After the database was closed. The next one to open there takes a disk of its own.
  void lose(std::mt19937_64& random) {
    const std::lock_guard lock(mutex_);
    for (auto undo = renames_.rbegin(); undo != renames_.rend(); ++undo) {
      if (undo->replaced) {
        std::ofstream(undo->to, std::ios::binary) << *undo->replaced;
      } else {
        std::filesystem::remove(undo->to);
      }
      files_.erase(undo->to);
    }
    for (const auto& [path, file] : files_) {
      std::error_code gone;
      const auto size = std::filesystem::file_size(path, gone);
      if (gone) continue;
      if (!file.named) {
        std::filesystem::remove(path);
        continue;
      }
      const auto written = dark_ ? file.written : size;
      if (size <= file.synced) continue;
      std::filesystem::resize_file(path, file.synced + random() % (written - file.synced + 1));
    }
    files_.clear();
    renames_.clear();
  }

  // ---- What RocksDB calls -------------------------------------------------------------------------------------------

  Status NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                         std::unique_ptr<rocksdb::FSWritableFile>* result, rocksdb::IODebugContext* context) override {
    if (auto failed = step(); !failed.ok()) return failed;
    auto status = target()->NewWritableFile(path, options, result, context);
    if (status.ok()) wrap(path, {false, 0, 0}, *result);
    return status;
  }
  Status ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                            std::unique_ptr<rocksdb::FSWritableFile>* result,
                            rocksdb::IODebugContext* context) override {
    if (auto failed = step(); !failed.ok()) return failed;
    std::error_code none;
    const auto size = std::filesystem::file_size(path, none);
    auto status = target()->ReopenWritableFile(path, options, result, context);
    if (status.ok()) wrap(path, {!none, none ? 0 : size, 0}, *result);
    return status;
  }
  Status ReuseWritableFile(const std::string&, const std::string&, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>*, rocksdb::IODebugContext*) override {
    return Status::NotSupported("ReuseWritableFile");
  }
  Status NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                      std::unique_ptr<rocksdb::FSDirectory>* result, rocksdb::IODebugContext* context) override {
    auto status = target()->NewDirectory(path, options, result, context);
    if (status.ok()) *result = std::make_unique<Directory>(*this, path, std::move(*result));
    return status;
  }
  Status RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                    rocksdb::IODebugContext* context) override {
    if (auto failed = step(); !failed.ok()) return failed;
    const std::lock_guard lock(mutex_);
    std::optional<std::string> replaced;
    if (std::filesystem::exists(to)) {
      std::ostringstream content;
      content << std::ifstream(to, std::ios::binary).rdbuf();
      replaced = content.str();
    }
    auto status = target()->RenameFile(from, to, options, context);
    if (!status.ok()) return status;
    renames_.push_back({to, std::move(replaced)});
    if (const auto file = files_.find(from); file != files_.end()) {
      files_[to] = {true, file->second.synced, file->second.written};
      files_.erase(file);
    }
    return status;
  }
  Status DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                    rocksdb::IODebugContext* context) override {
    const std::lock_guard lock(mutex_);
    if (dark_) return Status::OK();  // and it will be found there again
    files_.erase(path);
    return target()->DeleteFile(path, options, context);
  }
  Status LinkFile(const std::string&, const std::string&, const rocksdb::IOOptions&,
                  rocksdb::IODebugContext*) override {
    return Status::NotSupported("LinkFile");
  }

 private:
  struct File {
    bool named = false;         // its name is in a synced directory
    std::uint64_t synced = 0;   // bytes
    std::uint64_t written = 0;  // when the power went
  };
  struct Rename {
    std::string to;
    std::optional<std::string> replaced;  // what the name held before
  };

  class Writable final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Writable(LosingFileSystem& disk, std::string path, std::unique_ptr<rocksdb::FSWritableFile> file)
        : rocksdb::FSWritableFileOwnerWrapper(std::move(file)), disk_(disk), path_(std::move(path)) {}

    Status Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  rocksdb::IODebugContext* context) override {
      if (auto failed = disk_.step(); !failed.ok()) return failed;
      return target()->Append(data, options, context);
    }
    Status Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification, rocksdb::IODebugContext* context) override {
      if (auto failed = disk_.step(); !failed.ok()) return failed;
      return target()->Append(data, options, verification, context);
    }
    Status PositionedAppend(const rocksdb::Slice&, std::uint64_t, const rocksdb::IOOptions&,
                            rocksdb::IODebugContext*) override {
      return Status::NotSupported("PositionedAppend");
    }
    Status PositionedAppend(const rocksdb::Slice&, std::uint64_t, const rocksdb::IOOptions&,
                            const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext*) override {
      return Status::NotSupported("PositionedAppend");
    }
    Status Truncate(std::uint64_t size, const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override {
      if (auto failed = disk_.step(); !failed.ok()) return failed;
      return target()->Truncate(size, options, context);
    }
    Status Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override {
      return synced([&] { return target()->Sync(options, context); });
    }
    Status Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override {
      return synced([&] { return target()->Fsync(options, context); });
    }

   private:
    // Writes that come while the sync runs may or may not be part of it: what was there before is. The disk itself is
    // not asked to sync, which would only cost time: nothing here outlives the process.
    template <class Call>
    Status synced(Call) {
      if (auto failed = disk_.step(); !failed.ok()) return failed;
      if (auto flushed = target()->Flush({}, nullptr); !flushed.ok()) return flushed;
      const std::lock_guard lock(disk_.mutex_);
      if (disk_.dark_) return Status::OK();
      std::error_code none;
      const auto size = std::filesystem::file_size(path_, none);
      if (!none) disk_.files_[path_].synced = std::max<std::uint64_t>(disk_.files_[path_].synced, size);
      return Status::OK();
    }

    LosingFileSystem& disk_;
    std::string path_;
  };

  class Directory final : public rocksdb::FSDirectoryWrapper {
   public:
    Directory(LosingFileSystem& disk, std::string path, std::unique_ptr<rocksdb::FSDirectory> directory)
        : rocksdb::FSDirectoryWrapper(std::move(directory)), disk_(disk), path_(std::move(path)) {}
    Status Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return disk_.sync_names(path_); }
    Status FsyncWithDirOptions(const rocksdb::IOOptions&, rocksdb::IODebugContext*,
                               const rocksdb::DirFsyncOptions&) override {
      return disk_.sync_names(path_);
    }

   private:
    LosingFileSystem& disk_;
    std::string path_;
  };

  // Counts an operation.
  Status step() {
    const std::lock_guard lock(mutex_);
    if (left_ > 0 && --left_ == 0) go_dark();
    return failing_ ? Status::IOError("the disk fails") : Status::OK();
  }
  void go_dark() {
    dark_ = true;
    for (auto& [path, file] : files_) {
      std::error_code gone;
      const auto size = std::filesystem::file_size(path, gone);
      file.written = gone ? 0 : size;
    }
    if (const auto hook = std::exchange(hook_, {})) hook();
  }

  void wrap(const std::string& path, File file, std::unique_ptr<rocksdb::FSWritableFile>& result) {
    const std::lock_guard lock(mutex_);
    files_[path] = file;
    result = std::make_unique<Writable>(*this, path, std::move(result));
  }

  Status sync_names(const std::string& directory) {
    if (auto failed = step(); !failed.ok()) return failed;
    const std::lock_guard lock(mutex_);
    if (dark_) return Status::OK();
    const auto below = [&](const std::string& path) {
      return std::filesystem::path{path}.parent_path() == std::filesystem::path{directory};
    };
    for (auto& [path, file] : files_) {
      if (below(path)) file.named = true;
    }
    std::erase_if(renames_, [&](const Rename& rename) { return below(rename.to); });
    return Status::OK();
  }

  std::atomic<bool> failing_{false};
  mutable std::mutex mutex_;
  bool dark_ = false;
  std::uint64_t left_ = 0;
  std::function<void()> hook_;
  std::map<std::string, File> files_;
  std::vector<Rename> renames_;
};

}  // namespace minne::testing
