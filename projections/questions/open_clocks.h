// The clocks of one rule that run on the day of the asker, as the deadline queue has them: statistics count them, lists
// of who waits hold what they hold.
#pragma once

#include "projections/question.h"

namespace minne {

struct OpenClock {
  Id case_id;
  Id matter;
  std::int32_t nominal = 0;
};

// By the nominal day. A clock that the child's birthday has ended is passed over.
[[nodiscard]] Result<> each_open_clock(const QuestionAsked& asked, std::string_view rule,
                                       const std::function<void(const OpenClock&)>& visit);

}  // namespace minne
