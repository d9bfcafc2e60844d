// The templates of question.h.
#pragma once

#include "projections/case_row.h"
#include "projections/question.h"

#include <cstring>

namespace minne {

template <class Component>
Result<> each_tally(const View& view, std::uint8_t tally, std::string_view prefix,
                    const std::function<void(std::string_view, std::int64_t)>& visit) {
  const auto space = static_cast<Space>(kFirstTally + tally_base<Component>() + tally);
  return view.scan(space, prefix, {}, [&](std::string_view key, std::string_view value) {
    std::int64_t amount = 0;
    if (value.size() == sizeof amount) std::memcpy(&amount, value.data(), sizeof amount);
    visit(key, amount);
    return true;
  });
}

template <class Component>
Result<> each_entry(const View& view, std::uint8_t index, std::string_view prefix, const View::Visit& visit) {
  return view.scan(static_cast<Space>(kFirstIndex + index_base<Component>() + index), prefix, {}, visit);
}

}  // namespace minne
