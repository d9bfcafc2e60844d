// Where tests/golden is, and its text files of an event: three parts, each a line with its name and then its lines.
//
//   json      one line: what the bytes decode to
//   event     hex, 64 bytes a line
//   sealed    hex, or nothing
//
// Files are written once (MINNE_WRITE_GOLDEN=1) and never again: they are what older versions of Minne wrote.
#pragma once

#include "events/event.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace minne::testing {

// Beside this header, whose path the compiler knows.
inline std::filesystem::path golden_directory() {
  return std::filesystem::path{__FILE__}.parent_path().parent_path() / "golden";
}
inline bool write_golden() { return std::getenv("MINNE_WRITE_GOLDEN") != nullptr; }

struct GoldenEvent {
  std::string json;
  EncodedEvent event;
};

inline std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// Nothing where the file is not in this form.
inline std::optional<GoldenEvent> read_golden(const std::filesystem::path& file) {
  GoldenEvent out;
  std::string hex[2];
  std::string* part = nullptr;
  std::istringstream in(read_text(file));
  for (std::string line; std::getline(in, line);) {
    if (line == "json")
      part = &out.json;
    else if (line == "event")
      part = &hex[0];
    else if (line == "sealed")
      part = &hex[1];
    else if (part != nullptr)
      *part += line;
    else
      return std::nullopt;
  }
  const auto bytes = from_hex(hex[0]);
  const auto sealed = from_hex(hex[1]);
  if (out.json.empty() || !bytes || bytes->empty() || !sealed) return std::nullopt;
  out.event = {*bytes, *sealed};
  return out;
}

inline void write_new_golden(const std::filesystem::path& file, const GoldenEvent& golden) {
  std::ofstream out(file, std::ios::binary);
  out << "json\n" << golden.json << "\nevent\n";
  constexpr std::size_t kLine = 128;
  const auto hex = [&](const std::string& bytes) {
    const auto text = to_hex({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    for (std::size_t i = 0; i < text.size(); i += kLine) out << text.substr(i, kLine) << "\n";
  };
  hex(golden.event.bytes);
  out << "sealed\n";
  hex(golden.event.sealed);
}

}  // namespace minne::testing
