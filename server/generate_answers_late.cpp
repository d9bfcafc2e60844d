// What must be found of investigations past their limit: on how many of their days nobody answered for them, they
// stood in a queue, awaited information, or saw no event for a fortnight.
#include "server/generate_answers.h"

#include <array>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

constexpr Day kSilentDays = 14;
constexpr std::array<Day, 4> kPeriods{365, 90, 30, 7};

enum Spent : std::uint8_t { kUnassigned, kInQueue, kAwaiting, kSilent, kSpent };
using Days = std::array<std::int64_t, kSpent>;

json::object shown(const Days& days) {
  return {{"unassigned", days[kUnassigned]},
          {"in_queue", days[kInQueue]},
          {"awaiting_information", days[kAwaiting]},
          {"without_event", days[kSilent]}};
}

// The day on which it ended is no day of it.
bool within(Day day, Day from, Day to) { return from <= day && (to == kNever || day < to); }

// The day lies between two with events that are too far apart, or too far from the last.
bool silent(const std::vector<Day>& active, Day day, Day end) {
  const auto after = std::lower_bound(active.begin(), active.end(), day);
  if (after != active.end() && *after == day) return false;
  if (after == active.begin()) return false;
  const Day before = *(after - 1);
  if (after != active.end()) return *after - before > kSilentDays;
  return end - before > kSilentDays;
}

Days days_of(const Case& file, std::size_t place, Day to) {
  auto active = file.active;
  std::sort(active.begin(), active.end());
  const auto& item = file.investigations[place];
  Days out{};
  for (Day day = item.opened; day < to; ++day) {
    const auto held = [&](const Assignment& one) {
      return one.matter == key_of(place) && within(day, one.from, one.to);
    };
    const auto waited = [&](const Wait& one) { return one.investigation == place && within(day, one.from, one.to); };
    const auto asked = [&](const Request& one) { return within(day, one.on, one.answered); };
    if (std::none_of(file.assignments.begin(), file.assignments.end(), held)) ++out[kUnassigned];
    if (std::any_of(file.waits.begin(), file.waits.end(), waited)) ++out[kInQueue];
    if (std::any_of(item.requests.begin(), item.requests.end(), asked)) ++out[kAwaiting];
  }
  for (Day day = item.opened; day <= to; ++day) {
    if (silent(active, day, to)) ++out[kSilent];
  }
  return out;
}

struct Late {
  const Case* file;
  std::size_t place;
  [[nodiscard]] const Investigation& item() const { return file->investigations[place]; }
};

bool extended_late(const Investigation& item) {
  const auto limits = limits_of(item);
  for (std::size_t i = 0; i < item.extensions.size(); ++i) {
    if (item.extensions[i].on > limits[i]) return true;
  }
  return false;
}

json::object line(const Late& late, const std::string& unit, const Days& days, Day to) {
  const auto& item = late.item();
  const Day limit = limits_of(item).front();
  const bool open = item.concluded == kNever;
  return {{"case", id_text(late.file->id)},
          {"ref", late.file->ref},
          {"investigation", id_text(item.id)},
          {"unit", unit},
          {"opened", day_text(item.opened)},
          {"limit", day_text(limit)},
          {"concluded", open ? json::value{} : json::value(day_text(item.concluded))},
          {"extended", item.extensions.empty() ? "no"
                       : extended_late(item)   ? "late"
                                               : "in_time"},
          {"days_open", to - item.opened},
          {"days_past", to - limit},
          {"handovers", handovers_in(*late.file, late.place)},
          {"days", shown(days)}};
}

// Concluded late in the period, by the day; then those that run past their limit today, by the case.
// Nothing where a list has no room for them.
std::optional<std::vector<Late>> late_since(const Asking& asking, Day from) {
  std::map<std::tuple<Day, Id, Id>, Late> concluded;
  std::map<std::pair<Id, Day>, Late> running;
  asking.each_case([&](const Case& file) {
    for (std::size_t i = 0; i < file.investigations.size(); ++i) {
      const auto& item = file.investigations[i];
      if (item.concluded == kNever) {
        if (item.clock && limits_of(item).back() < asking.today) running[{file.id, item.opened}] = {&file, i};
        continue;
      }
      const auto limit = limit_of(item);
      const bool late = limit == Limit::kOver || limit == Limit::kExtendedLate;
      if (late && item.concluded >= from) concluded[{item.concluded, file.id, item.id}] = {&file, i};
    }
  });
  std::vector<Late> out;
  if (concluded.size() >= kMostListed || running.size() >= kMostListed) return std::nullopt;
  for (const auto& [key, late] : concluded) out.push_back(late);
  for (const auto& [key, late] : running) out.push_back(late);
  return out;
}

void answer_since(const Asking& asking, Day from, const std::vector<Late>& found) {
  struct Sum {
    std::int64_t late = 0;
    Days days{};
  };
  std::map<std::string, Sum> units;
  json::array list;
  for (const auto& late : found) {
    const auto& item = late.item();
    const Day to = item.concluded == kNever ? std::max(asking.today, item.opened) : item.concluded;
    const auto days = days_of(*late.file, late.place, to);
    const auto unit = asking.unit(unit_on_last_day(*late.file, late.place));
    auto& sum = units[unit];
    ++sum.late;
    for (std::size_t i = 0; i < days.size(); ++i) sum.days[i] += days[i];
    list.push_back(line(late, unit, days, to));
  }
  json::array by_unit;
  for (const auto& [unit, sum] : units)
    by_unit.push_back(json::object{{"unit", unit}, {"late", sum.late}, {"days", shown(sum.days)}});
  asking.ask("late-investigations", {{"from", day_text(from)}},
             {{"complete", true}, {"by_unit", std::move(by_unit)}, {"late", std::move(list)}});
}

}  // namespace

// The longest period that a list has room for.
void answer_late_investigations(const Asking& asking) {
  for (const Day days : kPeriods) {
    const auto found = late_since(asking, asking.today - days);
    if (found) return answer_since(asking, asking.today - days, *found);
  }
}

}  // namespace minne::generate::known
