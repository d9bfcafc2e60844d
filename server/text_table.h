// A table for the terminal: columns as wide as what stands in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minne {

// In characters, not bytes, of UTF-8.
[[nodiscard]] std::size_t width_of(std::string_view text);
[[nodiscard]] std::string padded(const std::string& text, std::size_t width);

// Each row has as many cells as there are columns. Lines begin with `indent`.
[[nodiscard]] std::string text_table(const std::vector<std::string>& columns,
                                     const std::vector<std::vector<std::string>>& rows, std::string_view indent = {});

}  // namespace minne
