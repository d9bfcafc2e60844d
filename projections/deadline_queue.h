// What the deadline queue is chosen by, as it is (deadline_queue.cpp) and as it was (past_queue.cpp).
#pragma once

#include "projections/queries.h"

#include <optional>
#include <string>
#include <string_view>

namespace minne {

struct StateAsked {
  std::optional<rows::State> state;  // on the asker's day; nothing: any
  bool past = false;                 // only what is past its nominal date: it is overdue,
  bool lapsing = false;              // or has lapsed
};
// kInvalid where there is no such state.
[[nodiscard]] Result<StateAsked> state_asked(std::string_view name);

[[nodiscard]] rows::QueueItemT queue_item(std::string_view stored);

// By unit, worker, rule and state.
[[nodiscard]] bool is_chosen(const rows::ObligationT& obligation, const DeadlineQuery& query, const StateAsked& asked);
// The queue runs by nominal date, and what is asked for ends before this one.
[[nodiscard]] bool is_past_end(std::int32_t nominal, const DeadlineQuery& query, const StateAsked& asked);

// Ties a cursor to its list.
[[nodiscard]] std::string list_of(const DeadlineQuery& query);

}  // namespace minne
