#include "projections/spill.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <queue>

namespace minne {
namespace {

constexpr std::size_t kReadBuffer = 256 * 1024;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Error io_error(const std::filesystem::path& path) {
  const auto code = errno == ENOSPC ? Code::kNoSpace : Code::kInternal;
  return failure(code, "a rebuild's run cannot be written or read: " + std::string{std::strerror(errno)},
                 path.filename().string());
}

// One run, at its current entry.
class RunReader {
 public:
  Result<> open(const std::filesystem::path& path) {
    path_ = path;
    file_.reset(std::fopen(path.c_str(), "rb"));
    if (!file_) return io_error(path);
    std::setvbuf(file_.get(), nullptr, _IOFBF, kReadBuffer);
    return next();
  }

  Result<> next() {
    std::uint16_t key_size = 0;
    std::uint32_t value_size = 0;
    if (std::fread(&key_size, sizeof key_size, 1, file_.get()) != 1) {
      done_ = true;
      return std::ferror(file_.get()) != 0 ? Result<>{io_error(path_)} : Result<>{};
    }
    if (std::fread(&value_size, sizeof value_size, 1, file_.get()) != 1) return io_error(path_);
    key_.resize(key_size);
    value_.resize(value_size);
    if (std::fread(key_.data(), 1, key_size, file_.get()) != key_size ||
        std::fread(value_.data(), 1, value_size, file_.get()) != value_size) {
      return io_error(path_);
    }
    return {};
  }

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] const std::string& key() const { return key_; }
  [[nodiscard]] const std::string& value() const { return value_; }

 private:
  std::filesystem::path path_;
  File file_;
  std::string key_;
  std::string value_;
  bool done_ = false;
};

}  // namespace

Result<> EntrySpill::add(Space space, std::string_view key, std::string_view value) {
  items_.push_back(
      {arena_.size(), static_cast<std::uint16_t>(key.size() + 1), static_cast<std::uint32_t>(value.size())});
  arena_.push_back(static_cast<char>(space));
  arena_.append(key).append(value);
  if (arena_.size() + items_.size() * sizeof(Item) < buffer_bytes_) return {};
  return write_run();
}

Result<std::vector<std::filesystem::path>> EntrySpill::finish() {
  if (!items_.empty()) MINNE_TRY_VOID(write_run());
  return std::exchange(runs_, {});
}

Result<> EntrySpill::write_run() {
  const auto key_of = [this](const Item& item) { return std::string_view{arena_}.substr(item.offset, item.key_size); };
  std::ranges::sort(items_, {}, key_of);
  const auto path = directory_ / (name_ + "-" + std::to_string(run_count_++) + ".run");
  const File file{std::fopen(path.c_str(), "wb")};
  if (!file) return io_error(path);
  std::setvbuf(file.get(), nullptr, _IOFBF, kReadBuffer);
  for (const auto& item : items_) {
    const bool written = std::fwrite(&item.key_size, sizeof item.key_size, 1, file.get()) == 1 &&
                         std::fwrite(&item.value_size, sizeof item.value_size, 1, file.get()) == 1 &&
                         std::fwrite(arena_.data() + item.offset, 1, item.key_size + item.value_size, file.get()) ==
                             item.key_size + item.value_size;
    if (!written) return io_error(path);
  }
  if (std::fflush(file.get()) != 0) return io_error(path);
  runs_.push_back(path);
  arena_.clear();
  items_.clear();
  return {};
}

Result<> merge_runs(const std::vector<std::filesystem::path>& runs,
                    const std::function<Result<>(Space, std::string_view, std::string_view)>& visit) {
  std::vector<RunReader> readers(runs.size());
  const auto later = [&](std::size_t a, std::size_t b) { return readers[a].key() > readers[b].key(); };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> heap(later);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    MINNE_TRY_VOID(readers[i].open(runs[i]));
    if (!readers[i].done()) heap.push(i);
  }
  while (!heap.empty()) {
    const auto at = heap.top();
    heap.pop();
    auto& reader = readers[at];
    const std::string_view key{reader.key()};
    MINNE_TRY_VOID(visit(static_cast<Space>(key.front()), key.substr(1), reader.value()));
    MINNE_TRY_VOID(reader.next());
    if (!reader.done()) heap.push(at);
  }
  return {};
}

}  // namespace minne
