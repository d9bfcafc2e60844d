#include "projections/rebuild_files.h"

#include "events/check.h"

#include <fcntl.h>
#include <unistd.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

namespace minne {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr std::size_t kMaxFileEntriesBytes = 64UL << 20;
constexpr std::size_t kPartsPerThread = 4;  // of the keys that are merged

std::string hex_of(const Id& id) { return to_hex(id.bytes); }
Id id_from_hex(const json::value& value) {
  Id id;
  const auto bytes = from_hex(value.as_string());
  CHECK(bytes && bytes->size() == id.bytes.size());
  std::memcpy(id.bytes.data(), bytes->data(), id.bytes.size());
  return id;
}

// What is noted must be on disk before the note: a power cut keeps the name of a file sooner than what was written to
// it.
Result<> sync_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  return synced ? Result<>{}
                : Result<>{failure(Code::kInternal, "cannot sync a rebuild's file", path.filename().string())};
}

json::object noted(const fs::path& file) {
  std::error_code ignored;
  return {{"name", file.filename().string()}, {"bytes", fs::file_size(file, ignored)}};
}

// Nothing where a file is not what was noted.
std::optional<fs::path> find_noted(const fs::path& directory, const json::value& file) {
  auto path = directory / std::string{file.at("name").as_string()};
  std::error_code failed;
  const bool same = fs::file_size(path, failed) == file.at("bytes").to_number<std::uintmax_t>() && !failed;
  return same ? std::optional{std::move(path)} : std::nullopt;
}

// Merges one part of the keys.
class EntryMerger {
 public:
  EntryMerger(const RebuildTarget& target, std::string name) : target_(target), name_(std::move(name)) {}

  Result<std::vector<TableFile>> merge(const std::vector<EntryRun>& runs, std::string_view from, std::string_view to) {
    MINNE_TRY_VOID(
        merge_runs(runs, from, to, [this](Space space, std::string_view key, std::string_view value) -> Result<> {
          if (space < kFirstTally) return add(space, key, value);
          if (tally_space_ != space || tally_key_ != key) {
            MINNE_TRY_VOID(end_tally());
            tally_space_ = space;
            tally_key_ = key;
          }
          std::int64_t amount = 0;
          std::memcpy(&amount, value.data(), sizeof amount);
          amount_ += amount;
          return {};
        }));
    MINNE_TRY_VOID(end_tally());
    MINNE_TRY_VOID(close());
    return std::move(files_);
  }

 private:
  Result<> end_tally() {
    const auto amount = std::exchange(amount_, 0);
    return amount == 0 ? Result<>{} : add(tally_space_, tally_key_, amount_bytes(amount));
  }
  Result<> add(Space space, std::string_view key, std::string_view value) {
    if (bytes_ > kMaxFileEntriesBytes) MINNE_TRY_VOID(close());
    if (!writer_) {
      const auto path = target_.directory / (name_ + "-" + std::to_string(files_.size()) + ".sst");
      MINNE_TRY(writer_,
                target_.store.new_file(path, target_.board, target_.generation, DerivedStore::Compression::kLz4));
      bytes_ = 0;
    }
    bytes_ += key.size() + value.size();
    return writer_->add(space, key, value);
  }
  Result<> close() {
    if (!writer_) return {};
    MINNE_TRY(auto file, writer_->finish());
    files_.push_back(std::move(file));
    writer_.reset();
    return {};
  }

  const RebuildTarget& target_;
  std::string name_;
  std::unique_ptr<DerivedStore::FileWriter> writer_;
  std::size_t bytes_ = 0;
  Space tally_space_ = 0;
  std::string tally_key_;
  std::int64_t amount_ = 0;
  std::vector<TableFile> files_;
};

}  // namespace

Result<> RangeFiles::row(const Id& id, std::string_view packed) {
  return add(rows_, "rows", kRows, {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}, packed);
}

Result<> RangeFiles::chunk(std::string_view key, std::string_view value) {
  return add(chunks_, "chunks", kCaseIndex, key, value);
}

void RangeFiles::tally(Space space, std::string_view key, std::int64_t amount) {
  const std::size_t number = space - kFirstTally;
  if (tallies_.size() <= number) tallies_.resize(number + 1);
  auto& sums = tallies_[number];
  const auto found = sums.find(key);
  if (found != sums.end()) {
    found->second += amount;
    return;
  }
  auto* bytes = static_cast<char*>(tally_keys_.allocate(key.size(), 1));
  std::memcpy(bytes, key.data(), key.size());
  sums.emplace(std::string_view{bytes, key.size()}, amount);
}

Result<> RangeFiles::add(Writer& table, const char* kind, Space space, std::string_view key, std::string_view value) {
  if (!table) {
    const auto path = target_.directory / (name_ + "-" + kind + ".sst");
    // Rows are the most of what a rebuild writes, and are read one by one.
    MINNE_TRY(table, target_.store.new_file(path, target_.board, target_.generation, DerivedStore::Compression::kNone));
  }
  return table->add(space, key, value);
}

Result<FinishedRange> RangeFiles::finish(CaseRange range) {
  FinishedRange out{std::move(range), {}, {}};
  for (auto* table : {&rows_, &chunks_}) {
    if (!*table) continue;
    MINNE_TRY(auto file, (*table)->finish());
    out.tables.push_back(std::move(file));
  }
  for (std::size_t number = 0; number < tallies_.size(); ++number) {
    for (const auto& [key, amount] : tallies_[number]) {
      MINNE_TRY_VOID(spill_.add(static_cast<Space>(kFirstTally + number), key, amount_bytes(amount)));
    }
  }
  out.runs = spill_.finish();
  return out;
}

Result<std::vector<TableFile>> merge_entries(const RebuildTarget& target, const std::vector<EntryRun>& runs,
                                             unsigned threads) {
  // Parts of as many entries are not as much work, so there are more of them than threads.
  auto keys = split_keys(runs, threads * kPartsPerThread);
  keys.insert(keys.begin(), std::string{});
  keys.emplace_back();
  const auto parts = keys.size() - 1;
  std::vector<Result<std::vector<TableFile>>> made(parts, std::vector<TableFile>{});
  std::atomic<std::size_t> next = 0;
  const auto merge = [&] {
    for (auto part = next++; part < parts; part = next++) {
      made[part] = EntryMerger(target, "entries-" + std::to_string(part)).merge(runs, keys[part], keys[part + 1]);
    }
  };
  std::vector<std::thread> pool;
  for (std::size_t i = 1; i < std::min<std::size_t>(threads, parts); ++i) pool.emplace_back(merge);
  merge();
  for (auto& thread : pool) thread.join();
  std::vector<TableFile> out;
  for (auto& files : made) {
    if (!files) return files.error();
    out.insert(out.end(), files->begin(), files->end());
  }
  return out;
}

Result<std::pair<Generation, Position>> RebuildNote::open(Generation generation, Position until) {
  if (read(directory_ / "rebuild.json")) return std::pair{generation_, until_};
  finished_.clear();
  generation_ = generation;
  until_ = until;
  std::error_code failed;
  fs::remove_all(directory_, failed);
  fs::create_directories(directory_, failed);
  if (failed) return failure(Code::kInternal, "cannot make the rebuild's directory: " + failed.message());
  return std::pair{generation_, until_};
}

bool RebuildNote::read(const fs::path& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  boost::system::error_code bad;
  const auto note = json::parse(text, bad);
  if (bad || !note.is_object() || !note.as_object().contains("key") || note.at("key").as_string() != key_) return false;
  generation_ = note.at("generation").to_number<Generation>();
  until_ = note.at("until").to_number<Position>();
  for (const auto& item : note.at("ranges").as_array()) {
    FinishedRange range{{id_from_hex(item.at("first")), std::nullopt}, {}, {}};
    if (!item.at("end").as_string().empty()) range.range.end = id_from_hex(item.at("end"));
    for (const auto& table : item.at("tables").as_array()) {
      auto found = find_noted(directory_, table);
      if (!found) return false;
      range.tables.push_back({std::move(*found), {}, {}});
    }
    for (const auto& run : item.at("runs").as_array()) {
      auto found = find_noted(directory_, run);
      if (!found) return false;
      range.runs.emplace_back(std::move(*found));
    }
    finished_.push_back(std::move(range));
  }
  return !finished_.empty();
}

Result<> RebuildNote::save() {
  json::array ranges;
  for (auto& item : finished_) {
    const auto name = "range-" + hex_of(item.range.first) + "-";
    json::array tables;
    for (const auto& table : item.tables) tables.emplace_back(noted(table.path));  // synced by their writer
    json::array runs;
    for (std::size_t i = 0; i < item.runs.size(); ++i) {
      auto& run = item.runs[i];
      if (run.in_memory()) MINNE_TRY_VOID(run.move_to(directory_ / (name + std::to_string(i) + ".run")));
      MINNE_TRY_VOID(sync_file(run.file()));
      runs.emplace_back(noted(run.file()));
    }
    ranges.emplace_back(json::object{{"first", hex_of(item.range.first)},
                                     {"end", item.range.end ? hex_of(*item.range.end) : ""},
                                     {"tables", std::move(tables)},
                                     {"runs", std::move(runs)}});
  }
  const json::object note{{"key", key_}, {"generation", generation_}, {"until", until_}, {"ranges", std::move(ranges)}};
  const auto fresh = directory_ / "rebuild.json.new";
  std::ofstream file(fresh);
  file << json::serialize(note);
  file.close();
  MINNE_TRY_VOID(sync_file(fresh));
  std::error_code failed;
  fs::rename(fresh, directory_ / "rebuild.json", failed);
  return !file || failed ? Result<>{failure(Code::kInternal, "cannot note a finished range")} : Result<>{};
}

std::vector<CaseRange> RebuildNote::missing() const {
  std::vector<CaseRange> done;
  for (const auto& item : finished_) done.push_back(item.range);
  std::ranges::sort(done, {}, &CaseRange::first);
  std::vector<CaseRange> out;
  std::optional<Id> next = Id{};
  for (const auto& range : done) {
    if (next && *next < range.first) out.push_back({*next, range.first});
    next = range.end;
  }
  if (next) out.push_back({*next, std::nullopt});
  return out;
}

void RebuildNote::forget() const {
  std::error_code ignored;
  fs::remove(directory_ / "rebuild.json", ignored);
}

void RebuildNote::remove() const {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

}  // namespace minne
