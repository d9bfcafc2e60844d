// Events that Minne writes itself, into streams that are no child's, and reading them back.
#pragma once

#include "server/app.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <functional>

namespace minne {

// All or none of them; not judged. `actor` and `occurred_at` are filled in: now, by the operator.
[[nodiscard]] Result<AppendOutcome> append_own(const App& app, const BoardRecord& board, const Id& stream,
                                               boost::json::array events);

struct StreamAsked {
  Version after = 0;
  std::size_t limit = 0;
  std::function<bool(const boost::json::object& event)> wanted{};  // none: every event
};
// {total, items, next}, oldest first. Where only some are wanted there is no total, and a page may be short, or empty,
// with a `next`: each looks at kMaxScanned events.
[[nodiscard]] Result<boost::json::object> page_of_stream(const App& app, const BoardRecord& board, const Id& stream,
                                                         const StreamAsked& asked);

}  // namespace minne
