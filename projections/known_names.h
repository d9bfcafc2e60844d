// A name that must be one of those that there are: a rule's, a pattern's. Codes have CodeLists::check.
#pragma once

#include "events/codes.h"

#include <boost/json/array.hpp>

#include <set>
#include <string>
#include <string_view>

namespace minne {

// kInvalid at `where`; the details hold the `known` names. What was sent stands in no message: it may be anything.
[[nodiscard]] inline Result<> check_known(std::string_view what, const std::string& name,
                                          const std::set<std::string>& known, const std::string& where) {
  if (known.contains(name)) return {};
  std::string told;
  boost::json::array names;
  for (const auto& one : known) {
    if (names.size() == kMaxCodesTold) {
      told += ", …";
      break;
    }
    told += (told.empty() ? "" : ", ") + one;
    names.emplace_back(one);
  }
  auto error = invalid("no " + std::string{what} + " of that name; known are " + told, where);
  error.details["known"] = std::move(names);
  return error;
}

}  // namespace minne
