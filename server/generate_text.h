// Short made-up Swedish texts for the sealed parts: sentences put together by the bits of `choice`. No names of
// persons.
#pragma once

#include <cstdint>
#include <string>

namespace minne::generate {

void append_note_text(std::string& out, std::uint32_t choice);
void append_report_text(std::string& out, std::uint32_t choice);
void append_decision_text(std::string& out, std::uint32_t choice);
void append_reporter_name(std::string& out, std::uint8_t reporter, std::uint32_t choice);

}  // namespace minne::generate
