// How each clock stands on a day, and the totals by rule.
#include "server/generate_clocks.h"

#include "server/generate_answers.h"

#include <boost/json/array.hpp>

#include <algorithm>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

enum class Fate : std::uint8_t { kOpen, kMet, kMetLate, kCancelled };

Fate fate_of(const Clock& clock, Day today) {
  const Day cancelled = clock.lapses && clock.cancelled > clock.nominal ? kNever : clock.cancelled;
  const Day ended = std::min(clock.met, cancelled);
  if (ended == kNever) return clock.until <= today ? Fate::kCancelled : Fate::kOpen;
  if (ended >= clock.until || cancelled < clock.met) return Fate::kCancelled;
  return clock.met <= clock.nominal ? Fate::kMet : Fate::kMetLate;
}

struct Totals {
  std::uint64_t total = 0;
  std::uint64_t open = 0;
  std::uint64_t overdue = 0;
  std::uint64_t met = 0;
  std::uint64_t met_late = 0;
  std::uint64_t met_late_within_adjusted = 0;
  std::uint64_t cancelled = 0;

  void add(const Clock& clock, Fate fate, Day today) {
    ++total;
    if (fate == Fate::kOpen) ++open;
    if (fate == Fate::kOpen && clock.nominal < today && !clock.lapses) ++overdue;
    if (fate == Fate::kMet) ++met;
    if (fate == Fate::kMetLate) ++met_late;
    if (fate == Fate::kMetLate && clock.met <= clock.adjusted) ++met_late_within_adjusted;
    if (fate == Fate::kCancelled) ++cancelled;
  }
  // None of these rules can be extended, or none here ever was.
  [[nodiscard]] json::object shown() const {
    return {{"total", total}, {"open", open},         {"overdue", overdue},
            {"met", met},     {"met_late", met_late}, {"met_late_within_adjusted", met_late_within_adjusted},
            {"extended", 0},  {"extended_late", 0},   {"cancelled", cancelled}};
  }
};

json::object shown(std::string_view rule, const Case& file, const Clock& clock) {
  return {{"rule", rule},
          {"case", id_text(file.id)},
          {"ref", file.ref},
          {"matter", clock.matter.is_nil() ? json::value{} : json::value(id_text(clock.matter))},
          {"started", day_text(clock.started)},
          {"nominal", day_text(clock.nominal)},
          {"adjusted", day_text(clock.adjusted)}};
}

std::string order_of(const json::value& open) {
  std::string out;
  for (const auto* name : {"nominal", "ref", "rule", "matter"}) {
    const auto& value = open.at(name);
    if (value.is_string()) out += value.as_string();
    out += ' ';
  }
  return out;
}

void sort_open(json::array& open) {
  std::vector<std::pair<std::string, json::value>> ordered;
  for (auto& one : open) ordered.emplace_back(order_of(one), std::move(one));
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = std::move(ordered[i].second);
}

}  // namespace

void add_clocks(const Board& board, Day today, json::object& manifest) {
  auto& open = manifest["open_deadlines"].as_array();
  for (const auto& table : {inquiry_clocks(), decision_clocks(), custody_clocks(), placement_clocks()}) {
    for (const auto& rule : table) {
      Totals totals;
      for (const auto& file : board.cases) {
        if (file == nullptr) continue;
        for (const auto& clock : rule.clocks(*file)) {
          if (clock.started >= clock.until) continue;  // none starts
          const auto fate = fate_of(clock, today);
          totals.add(clock, fate, today);
          if (fate == Fate::kOpen) open.push_back(shown(rule.id, *file, clock));
        }
      }
      manifest["deadlines"].as_object()[rule.id] = totals.shown();
    }
  }
  sort_open(open);
}

bool born_by(const Case& file, Day day) { return file.birth ? *file.birth <= day : !file.expected_birth; }

Day birthday(const Case& file, int age) { return file.birth ? add_months(*file.birth, 12 * age) : kNever; }

Clock adjusting(const Id& matter, Day started, Day nominal) {
  auto out = fixed(matter, started, nominal);
  out.adjusted = working_day_from(nominal);
  return out;
}

Clock fixed(const Id& matter, Day started, Day nominal) {
  Clock out;
  out.matter = matter;
  out.started = started;
  out.nominal = nominal;
  out.adjusted = nominal;
  return out;
}

}  // namespace minne::generate::known
