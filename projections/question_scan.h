// The templates of question.h.
#pragma once

#include "projections/case_row.h"
#include "projections/question.h"

#include <cstring>

namespace minne {

template <class Component>
Result<> each_tally(const QuestionAsked& asked, std::uint8_t tally, std::string_view prefix,
                    const std::function<void(std::string_view, std::int64_t)>& visit) {
  const auto space = static_cast<Space>(kFirstTally + tally_base<Component>() + tally);
  for (const auto& source : asked.sources) {
    MINNE_TRY_VOID(source->scan(space, prefix, [&](std::string_view key, std::string_view value) {
      std::int64_t amount = 0;
      if (value.size() == sizeof amount) std::memcpy(&amount, value.data(), sizeof amount);
      visit(key, amount);
      return true;
    }));
  }
  return {};
}

template <class Component>
Result<> each_entry(const QuestionAsked& asked, std::uint8_t index, std::string_view prefix, const View::Visit& visit) {
  const auto space = static_cast<Space>(kFirstIndex + index_base<Component>() + index);
  for (const auto& source : asked.sources) MINNE_TRY_VOID(source->scan(space, prefix, visit));
  return {};
}

}  // namespace minne
