#include "core/head_note.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace minne {
namespace {

struct Slot {
  std::uint64_t position;
  std::uint16_t board;
  std::uint16_t zero;
  std::uint32_t crc;
};
static_assert(sizeof(Slot) == 16);

Slot slot_of(BoardNumber board, Position head) {
  Slot slot{head, board, 0, 0};
  slot.crc = crc32_of({reinterpret_cast<const char*>(&slot), offsetof(Slot, crc)});
  return slot;
}

Error io_error(const std::string& what) {
  return failure(Code::kInternal, what + ": " + std::generic_category().message(errno));
}

// A new file's name is on disk when its directory is.
Result<> sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return io_error("cannot open " + directory.string());
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  return synced ? Result<>{} : Result<>{io_error("syncing " + directory.string())};
}

}  // namespace

Result<HeadNote> HeadNote::open(const std::filesystem::path& file) {
  const bool fresh = !std::filesystem::exists(file);
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return io_error("cannot open " + file.string());
  HeadNote note{fd, {}};
  if (fresh) MINNE_TRY_VOID(sync_directory(file.parent_path()));
  Slot slot{};
  for (off_t offset = 0;; offset += static_cast<off_t>(sizeof slot)) {
    const auto size = ::pread(fd, &slot, sizeof slot, offset);
    if (size == 0) return note;
    const auto board = static_cast<BoardNumber>(offset / static_cast<off_t>(sizeof slot));
    if (size == static_cast<ssize_t>(sizeof slot)) {
      const Slot empty{};
      if (std::memcmp(&slot, &empty, sizeof slot) == 0) continue;  // a board that never had a commit
      const auto whole = slot_of(board, slot.position);
      if (std::memcmp(&slot, &whole, sizeof slot) == 0) {
        note.heads_[board] = slot.position;
        continue;
      }
    }
    return failure(Code::kDamaged, "the note of the log's head does not match its checksum",
                   file.filename().string() + ", board " + std::to_string(board));
  }
}

HeadNote::HeadNote(HeadNote&& other) noexcept : fd_(std::exchange(other.fd_, -1)), heads_(std::move(other.heads_)) {}

HeadNote::~HeadNote() {
  if (fd_ >= 0) ::close(fd_);
}

Result<> HeadNote::note(BoardNumber board, Position head) const {
  const auto slot = slot_of(board, head);
  const auto offset = static_cast<off_t>(board) * static_cast<off_t>(sizeof slot);
  if (::pwrite(fd_, &slot, sizeof slot, offset) != static_cast<ssize_t>(sizeof slot))
    return io_error("noting the log's head");
  return {};
}

Result<> HeadNote::sync() const {
  return ::fdatasync(fd_) == 0 ? Result<>{} : Result<>{io_error("syncing the note of the head")};
}

}  // namespace minne
