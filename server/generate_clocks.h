// The clocks that the synthetic board knows it set going, rule by rule: what the deadline queue must give.
//
// A rule is one entry of a table: its id, and how its clocks are found in what is known of a case. Counted with the
// generator's own calendar. Pure functions, safe on any thread.
#pragma once

#include "server/generate_known.h"

#include <boost/json/object.hpp>

#include <string_view>
#include <vector>

namespace minne::generate::known {

struct Clock {
  Id matter;  // nil where the event that started it named none
  Day started = 0;
  Day nominal = 0;
  Day adjusted = 0;
  Day met = kNever;
  Day cancelled = kNever;  // what it was about came to an end; where it was met on that day, it was met
  Day until = kNever;      // the birthday on which its ground falls away
  bool lapses = false;     // after its last day nothing cancels it
};

struct ClockRule {
  std::string_view id;
  std::vector<Clock> (*clocks)(const Case& file);
};

[[nodiscard]] std::vector<ClockRule> inquiry_clocks();
[[nodiscard]] std::vector<ClockRule> decision_clocks();
[[nodiscard]] std::vector<ClockRule> custody_clocks();
[[nodiscard]] std::vector<ClockRule> placement_clocks();

// Adds them to the manifest's deadlines and open_deadlines.
void add_clocks(const Board& board, Day today, boost::json::object& manifest);

// ---- For the tables ------------------------------------------------------------------------------------------------

[[nodiscard]] bool born_by(const Case& file, Day day);
[[nodiscard]] Day birthday(const Case& file, int age);  // kNever while it is not known

// Whose last day moves to the next working day, and whose does not.
[[nodiscard]] Clock adjusting(const Id& matter, Day started, Day nominal);
[[nodiscard]] Clock fixed(const Id& matter, Day started, Day nominal);

}  // namespace minne::generate::known
