// Numbers under five in statistics: shown to the board's own staff, who could count the cases themselves, and hidden,
// with others that would give them away, wherever an answer leaves the board: published, or made of several boards.
#pragma once

#include "projections/question.h"
#include "projections/suppression.h"

#include <vector>

namespace minne {

inline constexpr std::string_view kHideSmall = "hide_small";

[[nodiscard]] inline QuestionParameter small_numbers_parameter() {
  return {.name = kHideSmall,
          .kind = QuestionParameter::Kind::kFlag,
          .description = "with small numbers hidden, as in what is published or made of several boards",
          .default_value = "false"};
}

[[nodiscard]] inline Shown all_of(const Grid& counts) {
  return {counts, std::vector<bool>((counts.rows() + 1) * (counts.columns() + 1))};
}
[[nodiscard]] inline Shown shown_to(const QuestionAsked& asked, const Grid& counts) {
  return asked.flag(kHideSmall) ? suppress(counts) : all_of(counts);
}
// Of counts that are a part of `whole`, cell by cell.
[[nodiscard]] inline Shown shown_to(const QuestionAsked& asked, const Grid& part, const Grid& whole) {
  return asked.flag(kHideSmall) ? suppress(part, whole) : all_of(part);
}

}  // namespace minne
