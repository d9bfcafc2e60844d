#include "events/stream_ids.h"

#include <string>

namespace minne {
namespace {

// 730319c6-3cca-4bf1-be9f-c9e52176a693, drawn once at random.
constexpr Id kMinne = {
    {0x73, 0x03, 0x19, 0xc6, 0x3c, 0xca, 0x4b, 0xf1, 0xbe, 0x9f, 0xc9, 0xe5, 0x21, 0x76, 0xa6, 0x93}};

std::string trace_name(std::string_view trace) { return "trace/" + std::string(trace); }

}  // namespace

Id board_namespace(std::string_view board) { return id_v5(kMinne, board); }

Id board_stream_id(std::string_view board) { return id_v5(board_namespace(board), "board"); }

Id staff_stream_id(std::string_view board, std::string_view worker) {
  return id_v5(board_namespace(board), "staff/" + std::string(worker));
}

Id trace_case_id(std::string_view board, std::string_view trace) {
  return id_v5(board_namespace(board), trace_name(trace));
}

Id trace_event_id(std::string_view board, std::string_view trace, std::string_view kind, std::uint64_t ordinal) {
  std::string name = trace_name(trace);
  name += '\0';
  name += kind;
  name += '\0';
  name += std::to_string(ordinal);
  return id_v5(board_namespace(board), name);
}

}  // namespace minne
