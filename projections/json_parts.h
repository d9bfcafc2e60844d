// The small values that answers are put together from: null where there is nothing to say.
#pragma once

#include "events/time.h"
#include "events/uuid.h"

#include <flatbuffers/flatbuffers.h>
#include <boost/json/array.hpp>

#include <string_view>
#include <vector>

namespace minne {

[[nodiscard]] inline boost::json::value text_or_null(std::string_view text) {
  return text.empty() ? boost::json::value() : boost::json::value(boost::json::string{text.data(), text.size()});
}
[[nodiscard]] inline boost::json::value id_or_null(const Id& id) {
  return id.is_nil() ? boost::json::value() : boost::json::value(to_text(id));
}
[[nodiscard]] inline boost::json::value date(std::int32_t days) { return boost::json::value(to_text(from_days(days))); }
[[nodiscard]] inline boost::json::value date_or_null(const flatbuffers::Optional<std::int32_t>& days) {
  return days ? date(*days) : boost::json::value();
}
[[nodiscard]] inline boost::json::array ids(const std::vector<Id>& list) {
  boost::json::array out;
  for (const auto& id : list) out.emplace_back(to_text(id));
  return out;
}

}  // namespace minne
