// Where the next page of a list begins.
#pragma once

#include "core/page.h"
#include "events/result.h"

#include <string>

namespace minne {

// A cursor is (position, last key), as hex: a reader sees where the page was made. With a checksum over both and over
// what was asked: one that was altered, or is another list's, would pass rows over without a word.
struct Cursor {
  Position position = 0;
  std::string key;
};
[[nodiscard]] std::string encode_cursor(const Cursor& cursor, const std::string& asked);
// kInvalid where it is not a cursor of what is asked; that of the first page is empty.
[[nodiscard]] Result<Cursor> decode_cursor(const std::string& encoded, const std::string& asked);

}  // namespace minne
