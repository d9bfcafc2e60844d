// Where the data of others lies that tests read: MINNE_SHARED, else `shared` beside the source tree.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace minne {

inline std::filesystem::path receipt_log() {
  const char* named = std::getenv("MINNE_SHARED");
  const auto shared =
      named != nullptr ? std::filesystem::path(named) : std::filesystem::path(MINNE_SOURCE_DIR) / ".." / "shared";
  return shared / "data" / "receipt.xes.gz";
}

}  // namespace minne
