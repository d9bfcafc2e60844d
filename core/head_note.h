// The noted head: how far each board's log had come, kept outside its database. Written after each commit, so it is
// never ahead of the log; a log that is shorter than its note has lost events, and the open says so.
//
//   file := slot[board number]      slot := position:u64 board:u16 zero:u16 crc:u32
//
// Written without a sync: it survives a killed process, and after a power cut it may be older, never newer. A board's
// slot is synced when the board is made: one that has events and no slot has lost it.
// Owned and written by the log's committer thread.
#pragma once

#include "core/page.h"

#include <filesystem>
#include <map>

namespace minne {

class HeadNote {
 public:
  // kDamaged where a slot does not match its checksum.
  [[nodiscard]] static Result<HeadNote> open(const std::filesystem::path& file);
  HeadNote(HeadNote&& other) noexcept;
  HeadNote& operator=(HeadNote&&) = delete;
  ~HeadNote();

  [[nodiscard]] const std::map<BoardNumber, Position>& heads() const { return heads_; }
  [[nodiscard]] Result<> note(BoardNumber board, Position head) const;
  [[nodiscard]] Result<> sync() const;

 private:
  HeadNote(int fd, std::map<BoardNumber, Position> heads) : fd_(fd), heads_(std::move(heads)) {}

  int fd_;
  std::map<BoardNumber, Position> heads_;
};

}  // namespace minne
