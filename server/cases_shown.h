// What every list across cases goes through before it leaves (SoLPUL 7 a and 10 §§): what it is made for is judged, the
// rows of children whose personal data are protected are hidden, and what was shown is recorded. In this order, in this
// place only.
#pragma once

#include "projections/store.h"
#include "server/access_log.h"

#include <set>

namespace minne {

// No purpose was given, where none need be.
inline constexpr std::string_view kUnspecified = "unspecified";

// `purpose` of a route; where it need not be given, what was left out is kUnspecified.
[[nodiscard]] Parameter purpose_parameter(bool required);
[[nodiscard]] std::string_view purpose_of(const HttpRequest& request);

// Concerns are delicate: a list chosen by one is for follow-up and supervision. kRefused, and recorded, for another
// purpose.
[[nodiscard]] Result<> may_choose_by_concern(const App& app, const BoardRecord& board, ListRead read);

// Hides, then records: kNoSpace and the like where it cannot be recorded, and then the answer must not leave. Lists
// that need no purpose are given all the same when the disk is full, for clocks run on; the log says so.
[[nodiscard]] Result<> show_cases(const App& app, const BoardRecord& board, const View& view, const ListRead& read,
                                  boost::json::object& answer);

// Every object of the answer that is about one of these cases keeps its rule and its dates, and says `protected`; what
// else it held becomes null or an empty list, so that counts stay right. Without a date it goes to the end of its list.
void hide_protected(boost::json::object& answer, const std::set<Id>& cases);

}  // namespace minne
