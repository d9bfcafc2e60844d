// Clocks of what a board decides: appealed, not given; and of what it asks of another.
#include "server/generate_clocks.h"

namespace minne::generate::known {
namespace {

constexpr Day kThreeWeeks = 21;
constexpr int kNotGivenMonths = 3;

// Served on the day when it was decided; nobody here appeals (FL 44).
std::vector<Clock> appeal(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.decisions) {
    out.push_back(adjusting(item.id, item.decided, item.decided + kThreeWeeks));
    out.back().lapses = true;
  }
  return out;
}

// From the decision or the interruption, and from each time that it was filed (SoL 34:1-3). What is filed is what has
// never been given yet.
void follow(const Granted& item, std::vector<Clock>& out) {
  const auto start = [&](Day on) { out.push_back(adjusting(item.id, on, add_months(on, kNotGivenMonths))); };
  start(item.decided);
  for (const auto& filing : item.filings) {
    out.back().met = filing.on;
    start(filing.on);
  }
  bool waits = true;
  for (const auto& step : item.steps) {
    if (step.what == Giving::kInterrupted) {
      if (!waits) start(step.on);
      waits = true;
      continue;
    }
    if (waits) (step.what == Giving::kGiven ? out.back().met : out.back().cancelled) = step.on;
    waits = false;
    if (step.what == Giving::kTerminated) return;
  }
}

std::vector<Clock> not_given(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.decisions) follow(item, out);
  return out;
}

// The other municipality's answer (SoL 29:10-11).
std::vector<Clock> answer_move(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.moves) {
    out.push_back(adjusting({}, item.requested, add_months(item.requested, 1)));
    out.back().met = item.answered;
  }
  return out;
}

}  // namespace

std::vector<ClockRule> decision_clocks() {
  return {{"APPEAL_3W", appeal}, {"NONEXEC_3M", not_given}, {"MOVE_REPLY_1M", answer_move}};
}

}  // namespace minne::generate::known
