#include "server/text_table.h"

#include <algorithm>

namespace minne {

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width > width_of(text) ? width - width_of(text) : 0, ' ');
}

std::string text_table(const std::vector<std::string>& columns, const std::vector<std::vector<std::string>>& rows,
                       std::string_view indent) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    auto width = width_of(columns[i]);
    for (const auto& row : rows) width = std::max(width, width_of(row[i]));
    widths.push_back(width + 2);
  }
  std::string out;
  const auto line = [&](const std::vector<std::string>& cells) {
    out += indent;
    for (std::size_t i = 0; i < cells.size(); ++i) out += padded(cells[i], widths[i]);
    out += '\n';
  };
  line(columns);
  for (const auto& row : rows) line(row);
  return out;
}

}  // namespace minne
