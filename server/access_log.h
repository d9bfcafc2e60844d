// Who was shown a list across cases, when, why, and which cases stood in it (SoLPUL 7 a and 10 §§): RecordRead events
// in a log of their own beside the board's, so that reading changes nothing about the board. Written before the answer
// leaves. Any thread.
#pragma once

#include "server/app.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace minne {

struct ListRead {
  std::string_view query;    // the question's name, as asked
  std::string_view purpose;  // a code of events/codes/read_purpose.toml
  bool refused = false;
};

// Until callers have names, the reader is the operator of this machine.
inline constexpr std::string_view kOperator = "operator";

// Every case that the answer names; more than 1,000 of them take several events, written together.
[[nodiscard]] Result<> record_read(const App& app, const BoardRecord& board, const ListRead& read,
                                   const boost::json::object& answer);

struct ReadsAsked {
  Version after = 0;
  std::size_t limit = 0;
  std::optional<Id> case_id{};  // only reads that showed this case
};
// The board's reads, as page_of_stream (own_events.h) gives them.
[[nodiscard]] Result<boost::json::object> list_reads(const App& app, const BoardRecord& board, const ReadsAsked& asked);

}  // namespace minne
