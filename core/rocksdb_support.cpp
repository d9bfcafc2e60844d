#include "core/rocksdb_support.h"

#include "events/check.h"

#include <isa-l/crc.h>
#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <spdlog/spdlog.h>
#include <boost/crc.hpp>
#include <boost/endian/conversion.hpp>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace minne::rocks {
namespace {

// RocksDB's warnings go where ours go; its chatter nowhere. No info log is kept on disk.
class WarningLogger final : public rocksdb::Logger {
 public:
  WarningLogger() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 512> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    spdlog::debug("rocksdb: {}", line.data());
  }
};

class FatalListener final : public rocksdb::EventListener {
 public:
  explicit FatalListener(std::function<void(const std::string&)> on_fatal) : on_fatal_(std::move(on_fatal)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/, rocksdb::Status* status) override {
    if (on_fatal_) return on_fatal_(status->ToString());
    spdlog::critical("the log's database has failed: {}", status->ToString());
    std::abort();
  }

 private:
  std::function<void(const std::string&)> on_fatal_;
};

// CRC-32 of a whole file while it is written. RocksDB brings a CRC-32C of its own, but Debian's build counts it by
// table, eight times slower than ISA-L.
class FileCrc final : public rocksdb::FileChecksumGenerator {
 public:
  static constexpr const char* kName = "minne.crc32";
  void Update(const char* data, std::size_t size) override {
    crc_ = crc32_gzip_refl(crc_, reinterpret_cast<const unsigned char*>(data), size);
  }
  void Finalize() override {
    std::array<char, sizeof crc_> bytes{};
    boost::endian::store_big_u32(reinterpret_cast<unsigned char*>(bytes.data()), crc_);
    checksum_.assign(bytes.data(), bytes.size());
  }
  [[nodiscard]] std::string GetChecksum() const override { return checksum_; }
  [[nodiscard]] const char* Name() const override { return kName; }

 private:
  std::uint32_t crc_ = 0;
  std::string checksum_;
};

// Files written before keep the checksum that they were given.
class FileCrcFactory final : public rocksdb::FileChecksumGenFactory {
 public:
  std::unique_ptr<rocksdb::FileChecksumGenerator> CreateFileChecksumGenerator(
      const rocksdb::FileChecksumGenContext& context) override {
    const auto& asked = context.requested_checksum_func_name;
    if (asked.empty() || asked == FileCrc::kName) return std::make_unique<FileCrc>();
    return rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator(context);
  }
  [[nodiscard]] const char* Name() const override { return "minne.file_checksums"; }
};

Result<std::string> checksum_of(const std::filesystem::path& path, const std::string& function) {
  rocksdb::FileChecksumGenContext context;
  context.file_name = path.string();
  context.requested_checksum_func_name = function;
  const auto generator = FileCrcFactory{}.CreateFileChecksumGenerator(context);
  if (!generator) return failure(Code::kDamaged, "an unknown kind of file checksum");
  std::ifstream file(path, std::ios::binary);
  if (!file) return failure(Code::kDamaged, "the file is missing");
  std::vector<char> buffer(1UL << 20);
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), file.gcount() > 0) {
    generator->Update(buffer.data(), static_cast<std::size_t>(file.gcount()));
  }
  generator->Finalize();
  return generator->GetChecksum();
}

Error damaged_file(const std::filesystem::path& path, const std::string& what) {
  return failure(Code::kDamaged, what, (path.parent_path().filename() / path.filename()).string());
}

// Whether nothing is there yet. Tables without a CURRENT are damage.
Result<bool> is_fresh(const std::filesystem::path& directory) {
  std::error_code failed;
  if (std::filesystem::exists(directory / "CURRENT", failed)) return false;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
    if (entry.path().extension() == ".sst" || entry.path().filename().string().starts_with("MANIFEST-")) {
      return damaged_file(directory / "CURRENT", "the file is missing");
    }
  }
  return true;
}

std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

// RocksDB's record format: block of 32 KiB := record* trailer; record := crc:u32 length:u16 type:u8 data.
constexpr std::size_t kRecordBlock = 32'768;
constexpr std::size_t kRecordHeader = 7;
constexpr std::uint8_t kLastRecordType = 4;
using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15U) | (crc << 17U)) + 0xA282EAD8U; }

// Whether the bytes from `at` are a whole record of some length and some type, whatever its header says of them.
bool is_record_of_some_length(std::string_view file, std::size_t at, std::uint32_t stored) {
  const auto end = std::min(file.size(), at + kRecordBlock - at % kRecordBlock);
  for (std::uint8_t type = 1; type <= kLastRecordType; ++type) {
    Crc32c crc;
    crc.process_byte(type);
    for (auto byte = at + kRecordHeader; byte <= end; ++byte) {
      if (masked(crc.checksum()) == stored) return true;
      if (byte < end) crc.process_byte(static_cast<std::uint8_t>(file[byte]));
    }
  }
  return false;
}

// A record that runs past the end of the manifest is what a crash leaves, and RocksDB passes over it. A damaged length
// looks the same: RocksDB would forget all that follows and delete every table named there. So that is told apart here.
Result<> check_manifest(const std::filesystem::path& directory) {
  auto name = read_file(directory / "CURRENT").value_or("");
  while (!name.empty() && name.back() == '\n') name.pop_back();
  const auto path = directory / name;
  const auto file = name.starts_with("MANIFEST-") ? read_file(path) : std::nullopt;
  if (!file) return damaged_file(directory / "CURRENT", "it names no manifest that is there");
  for (std::size_t at = 0; at + kRecordHeader <= file->size();) {
    const auto left_in_block = kRecordBlock - at % kRecordBlock;
    if (left_in_block < kRecordHeader) {
      at += left_in_block;
      continue;
    }
    std::uint32_t stored = 0;
    std::uint16_t length = 0;
    std::memcpy(&stored, file->data() + at, sizeof stored);
    std::memcpy(&length, file->data() + at + sizeof stored, sizeof length);
    const auto type = static_cast<std::uint8_t>((*file)[at + 6]);
    const auto size = kRecordHeader + length;
    const bool whole = type >= 1 && type <= kLastRecordType && size <= left_in_block && at + size <= file->size();
    if (!whole && is_record_of_some_length(*file, at, stored)) {
      return damaged_file(path, "a record's header is damaged at byte " + std::to_string(at));
    }
    if (!whole) return {};  // torn by a crash: what it said was never acted on
    at += size;             // its checksum is RocksDB's to compare
  }
  return {};
}

}  // namespace

Error error_of(const rocksdb::Status& status, const std::string& what) {
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kNoSpace) {
    return failure(Code::kNoSpace, what + ": the disk is full");
  }
  const auto code = status.IsCorruption() ? Code::kDamaged : Code::kInternal;
  return failure(code, what + ": " + status.ToString());
}

rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.checksum = rocksdb::kXXH3;
  table.format_version = 5;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  return table;
}

void compress_every_level(rocksdb::ColumnFamilyOptions& options) {
  options.compression = rocksdb::kLZ4Compression;
  options.bottommost_compression = rocksdb::kLZ4Compression;
  options.compression_per_level.clear();
}

rocksdb::DBOptions database_options(std::function<void(const std::string&)> on_fatal) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.max_background_jobs = 2;
  options.max_open_files = 512;
  options.keep_log_file_num = 1;
  options.stats_dump_period_sec = 0;
  options.info_log = std::make_shared<WarningLogger>();
  options.file_checksum_gen_factory = std::make_shared<FileCrcFactory>();
  options.listeners.push_back(std::make_shared<FatalListener>(std::move(on_fatal)));
  return options;
}

void Database::close() {
  if (!db) return;
  for (auto* handle : families) db->DestroyColumnFamilyHandle(handle);
  families.clear();
  db->Close();
  db.reset();
}

Result<> Database::flush_all() const {
  rocksdb::FlushOptions flush;
  const auto status = db->Flush(flush, families);
  return status.ok() ? Result<>{} : Result<>{error_of(status, "flushing")};
}

Result<Database> open(const std::filesystem::path& directory, rocksdb::DBOptions options, const Families& families,
                      const std::shared_ptr<rocksdb::FileSystem>& file_system, bool read_only) {
  std::error_code created;
  std::filesystem::create_directories(directory, created);
  if (created) return failure(Code::kInternal, "cannot make " + directory.string() + ": " + created.message());
  Database out;
  if (file_system) {
    out.env = rocksdb::NewCompositeEnv(file_system);
    options.env = out.env.get();
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const auto& [name, family] : families) descriptors.emplace_back(name, family);
  // RocksDB begins anew where CURRENT is missing, and deletes the tables that it then does not know.
  MINNE_TRY(const bool fresh, is_fresh(directory));
  options.create_if_missing = fresh;
  if (!fresh) MINNE_TRY_VOID(check_manifest(directory));
  rocksdb::DB* db = nullptr;
  const auto status = read_only
                          ? rocksdb::DB::OpenForReadOnly(options, directory.string(), descriptors, &out.families, &db)
                          : rocksdb::DB::Open(options, directory.string(), descriptors, &out.families, &db);
  if (!status.ok()) {
    auto error = error_of(status, directory.filename().string() + " cannot be opened");
    if (status.IsPathNotFound() || status.IsInvalidArgument() || status.IsNotFound()) error.code = Code::kDamaged;
    error.where = directory.filename().string();
    return error;
  }
  out.db.reset(db);
  return out;
}

namespace {

class KeptFiles {
 public:
  explicit KeptFiles(rocksdb::DB& database) : database_(database), kept_(database.DisableFileDeletions().ok()) {}
  ~KeptFiles() {
    if (kept_) database_.EnableFileDeletions(false).PermitUncheckedError();
  }
  KeptFiles(const KeptFiles&) = delete;
  KeptFiles& operator=(const KeptFiles&) = delete;

 private:
  rocksdb::DB& database_;
  bool kept_;
};

}  // namespace

Result<> verify_files(const Database& database, const std::string& name,
                      const std::function<void(const rocksdb::LiveFileMetaData&, const std::string&)>& report) {
  // While the database works, a compaction may end what was a file of it a moment ago: none is deleted until all are
  // read.
  const KeptFiles kept(*database.db);
  std::vector<rocksdb::LiveFileMetaData> files;
  database.db->GetLiveFilesMetaData(&files);
  for (const auto& file : files) {
    const auto actual = checksum_of(file.db_path + file.name, file.file_checksum_func_name);
    if (!actual) {
      report(file, actual.error().message);
    } else if (*actual != file.file_checksum) {
      report(file, "the " + name + " file differs from its checksum");
    }
  }
  return {};
}

void remove_unchecked_files(const std::filesystem::path& directory) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(directory, ignored)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("OPTIONS-") || name == "IDENTITY") std::filesystem::remove(entry.path(), ignored);
  }
}

}  // namespace minne::rocks
