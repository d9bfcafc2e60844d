#include "projections/spill.h"

#include "core/prefetch.h"

#include <boost/endian/conversion.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <queue>

namespace minne {
namespace {

constexpr std::size_t kFileBuffer = std::size_t{256} * 1024;
constexpr std::size_t kSamples = 64;        // of each run
constexpr std::size_t kLeastApart = 1'000;  // entries: fewer are not worth a part of their own
constexpr std::size_t kFetchAhead = 8;      // entries: sorted, they lie all over memory

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Error io_error(const std::filesystem::path& path) {
  const auto code = errno == ENOSPC ? Code::kNoSpace : Code::kInternal;
  return failure(code, "a rebuild's run cannot be written or read: " + std::string{std::strerror(errno)},
                 path.filename().string());
}

}  // namespace

// One run, at its current entry.
class RunReader {
 public:
  explicit RunReader(const EntryRun& run) : run_(run) {}

  Result<> open(std::string_view from) {
    if (run_.in_memory()) {
      const auto at = std::ranges::lower_bound(run_.items_, from, {}, [&](const auto& item) { return run_.key(item); });
      next_ = static_cast<std::size_t>(at - run_.items_.begin());
      return next();
    }
    file_.reset(std::fopen(run_.file().c_str(), "rb"));
    if (!file_) return io_error(run_.file());
    std::setvbuf(file_.get(), nullptr, _IOFBF, kFileBuffer);
    do {
      MINNE_TRY_VOID(next());
    } while (!done_ && key_ < from);
    return {};
  }

  Result<> next() {
    if (!run_.in_memory()) return read();
    done_ = next_ == run_.items_.size();
    if (done_) return {};
    if (next_ + kFetchAhead < run_.items_.size()) run_.fetch(run_.items_[next_ + kFetchAhead]);
    const auto& item = run_.items_[next_++];
    prefix_ = item.prefix;
    key_ = run_.key(item);
    value_ = run_.value(item);
    return {};
  }

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] bool before(const EntryRun::Prefix& prefix, std::string_view key) const {
    const auto order = prefix_ <=> prefix;
    return order != 0 ? order < 0 : key_ < key;
  }
  [[nodiscard]] bool before(const RunReader& other) const { return before(other.prefix_, other.key_); }
  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] std::string_view value() const { return value_; }

 private:
  Result<> read() {
    std::uint16_t key_size = 0;
    std::uint32_t value_size = 0;
    if (std::fread(&key_size, sizeof key_size, 1, file_.get()) != 1) {
      done_ = true;
      return std::ferror(file_.get()) != 0 ? Result<>{io_error(run_.file())} : Result<>{};
    }
    if (std::fread(&value_size, sizeof value_size, 1, file_.get()) != 1) return io_error(run_.file());
    entry_.resize(key_size + value_size);
    if (std::fread(entry_.data(), 1, entry_.size(), file_.get()) != entry_.size()) return io_error(run_.file());
    key_ = std::string_view{entry_}.substr(0, key_size);
    value_ = std::string_view{entry_}.substr(key_size);
    prefix_ = EntryRun::prefix_of(key_);
    return {};
  }

  const EntryRun& run_;
  std::size_t next_ = 0;
  File file_;
  std::string entry_;
  EntryRun::Prefix prefix_{};
  std::string_view key_;
  std::string_view value_;
  bool done_ = false;
};

EntryRun::Prefix EntryRun::prefix_of(std::string_view key) {
  std::array<unsigned char, sizeof(Prefix)> bytes{};
  std::memcpy(bytes.data(), key.data(), std::min(key.size(), bytes.size()));
  Prefix out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = boost::endian::load_big_u64(bytes.data() + i * sizeof(std::uint64_t));
  }
  return out;
}

void EntryRun::add(Space space, std::string_view key, std::string_view value) {
  const auto offset = arena_.size();
  arena_.push_back(static_cast<char>(space));
  arena_.append(key);
  const auto whole = std::string_view{arena_}.substr(offset);
  items_.push_back(
      {prefix_of(whole), offset, static_cast<std::uint32_t>(value.size()), static_cast<std::uint16_t>(whole.size())});
  arena_.append(value);
}

void EntryRun::fetch(const Item& item) const { prefetch(arena_.data() + item.offset, item.key_size + item.value_size); }

void EntryRun::sort() {
  std::ranges::sort(items_, [this](const Item& a, const Item& b) {
    const auto order = a.prefix <=> b.prefix;
    return order != 0 ? order < 0 : key(a) < key(b);
  });
}

Result<> EntryRun::move_to(const std::filesystem::path& path) {
  const File file{std::fopen(path.c_str(), "wb")};
  if (!file) return io_error(path);
  std::setvbuf(file.get(), nullptr, _IOFBF, kFileBuffer);
  const auto step = std::max<std::size_t>(items_.size() / kSamples, 1);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const auto& item = items_[i];
    const std::size_t size = item.key_size + item.value_size;
    const bool written = std::fwrite(&item.key_size, sizeof item.key_size, 1, file.get()) == 1 &&
                         std::fwrite(&item.value_size, sizeof item.value_size, 1, file.get()) == 1 &&
                         std::fwrite(arena_.data() + item.offset, 1, size, file.get()) == size;
    if (!written) return io_error(path);
    if (i % step == 0) samples_.emplace_back(key(item));
  }
  if (std::fflush(file.get()) != 0) return io_error(path);
  file_ = path;
  std::string{}.swap(arena_);  // an assigned {} would leave the memory where it is
  std::vector<Item>{}.swap(items_);
  return {};
}

Result<> EntrySpill::add(Space space, std::string_view key, std::string_view value) {
  current_.add(space, key, value);
  if (current_.memory_bytes() < buffer_bytes_) return {};
  current_.sort();
  MINNE_TRY_VOID(current_.move_to(directory_ / (name_ + "-" + std::to_string(runs_.size()) + ".run")));
  runs_.push_back(std::exchange(current_, {}));
  current_.reserve(buffer_bytes_);
  return {};
}

std::vector<EntryRun> EntrySpill::finish() {
  if (!current_.empty()) {
    current_.sort();
    runs_.push_back(std::exchange(current_, {}));
  }
  return std::exchange(runs_, {});
}

std::vector<std::string> split_keys(const std::vector<EntryRun>& runs, std::size_t parts) {
  std::vector<std::string> samples;
  for (const auto& run : runs) {
    samples.insert(samples.end(), run.samples_.begin(), run.samples_.end());
    const auto step = std::max(run.items_.size() / kSamples, kLeastApart);
    for (std::size_t i = 0; i < run.items_.size(); i += step) samples.emplace_back(run.key(run.items_[i]));
  }
  std::ranges::sort(samples);
  std::vector<std::string> out;
  for (std::size_t part = 1; part < parts && !samples.empty(); ++part) {
    const auto& key = samples[part * samples.size() / parts];
    if (out.empty() || out.back() < key) out.push_back(key);
  }
  return out;
}

Result<> merge_runs(const std::vector<EntryRun>& runs, std::string_view from, std::string_view to,
                    const std::function<Result<>(Space, std::string_view, std::string_view)>& visit) {
  std::vector<RunReader> readers;
  readers.reserve(runs.size());
  for (const auto& run : runs) readers.emplace_back(run);
  const auto later = [&](std::size_t a, std::size_t b) { return readers[b].before(readers[a]); };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> heap(later);
  for (std::size_t i = 0; i < readers.size(); ++i) {
    MINNE_TRY_VOID(readers[i].open(from));
    if (!readers[i].done()) heap.push(i);
  }
  const auto end = EntryRun::prefix_of(to);
  while (!heap.empty()) {
    const auto at = heap.top();
    heap.pop();
    auto& reader = readers[at];
    // The reader goes on as long as it is ahead of the others.
    while (!reader.done() && (heap.empty() || !readers[heap.top()].before(reader))) {
      if (!to.empty() && !reader.before(end, to)) break;
      const auto key = reader.key();
      MINNE_TRY_VOID(visit(static_cast<Space>(key.front()), key.substr(1), reader.value()));
      MINNE_TRY_VOID(reader.next());
    }
    if (!reader.done() && (to.empty() || reader.before(end, to))) heap.push(at);
  }
  return {};
}

}  // namespace minne
