// Ids of what a board names by text: its streams, and what is imported from a foreign log.
//
//   board_namespace(board)    = UUIDv5(Minne, board)
//   board_stream_id(board)    = UUIDv5(board_namespace, "board")
//   staff_stream_id           = UUIDv5(board_namespace, "staff/" worker)
//   trace_case_id             = UUIDv5(board_namespace, "trace/" trace)
//   trace_event_id            = UUIDv5(board_namespace, "trace/" trace NUL kind NUL ordinal)     ordinal in decimal
//
// The same names give the same id for ever, which makes an import repeatable: none of this may change. No XML text
// holds a NUL, so no two traces and kinds run together. Pure functions, safe on any thread.
#pragma once

#include "events/uuid.h"

#include <cstdint>
#include <string_view>

namespace minne {

[[nodiscard]] Id board_namespace(std::string_view board);
[[nodiscard]] Id board_stream_id(std::string_view board);
[[nodiscard]] Id staff_stream_id(std::string_view board, std::string_view worker);
[[nodiscard]] Id trace_case_id(std::string_view board, std::string_view trace);
[[nodiscard]] Id trace_event_id(std::string_view board, std::string_view trace, std::string_view kind,
                                std::uint64_t ordinal);

}  // namespace minne
