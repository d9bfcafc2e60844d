// What must be found of needs: how many were assessed, by area and level, and what was given for them.
#include "server/generate_answers.h"

#include <array>
#include <set>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

constexpr std::array<const char*, 4> kSteps{"assessed", "offered", "granted", "started"};
using Counts = std::array<std::int64_t, kSteps.size()>;

struct Needs {
  std::map<std::pair<std::string, std::string>, Counts> cells;  // area, level; "all" for their sums
  std::map<std::pair<std::string, std::string>, std::int64_t> help;
  std::set<std::string> areas;
  std::set<std::string> levels;
};

// Of an investigation whose needs were assessed.
void count(const Case& file, std::size_t investigation, const Need& need, Needs& needs) {
  Counts reached{1};
  std::set<std::string> help;
  for (const auto& one : file.proposals) {
    if (one.investigation != investigation) continue;
    reached[1] = 1;
    if (one.granted) reached[2] = 1;
    if (one.help.empty()) continue;
    reached[3] = 1;
    help.emplace(one.help);
  }
  const std::string area{need.area};
  const std::string level{need.level};
  for (const auto& row : {area, std::string{"all"}}) {
    for (const auto& column : {level, std::string{"all"}}) {
      for (std::size_t i = 0; i < reached.size(); ++i) needs.cells[{row, column}][i] += reached[i];
    }
  }
  for (const auto& one : help) ++needs.help[{area, one}];
  needs.areas.insert(area);
  needs.levels.insert(level);
}

json::object shown(const Needs& needs) {
  json::array cells;
  const auto with_all = [](const std::set<std::string>& names) {
    std::vector<std::string> all(names.begin(), names.end());
    all.emplace_back("all");
    return all;
  };
  for (const auto& area : with_all(needs.areas)) {
    for (const auto& level : with_all(needs.levels)) {
      const auto found = needs.cells.find({area, level});
      json::object line{{"area", area}, {"level", level}};
      for (std::size_t i = 0; i < kSteps.size(); ++i)
        line[kSteps[i]] = found == needs.cells.end() ? 0 : found->second[i];
      cells.push_back(std::move(line));
    }
  }
  json::array help;
  for (const auto& [place, amount] : needs.help)
    help.push_back(json::object{{"area", place.first}, {"help", place.second}, {"needs", amount}});
  return {{"needs", std::move(cells)}, {"needs_by_help", std::move(help)}};
}

}  // namespace

void answer_needs(const Asking& asking) {
  for (const std::string sex : {"", "female"}) {
    Needs needs;
    asking.each_case([&](const Case& file) {
      if (!sex.empty() && sex_of(file) != sex) return;
      for (std::size_t i = 0; i < file.investigations.size(); ++i) {
        for (const auto& need : file.investigations[i].needs) count(file, i, need, needs);
      }
    });
    asking.ask("interventions", sex.empty() ? json::object{} : json::object{{"sex", sex}}, shown(needs));
  }
}

}  // namespace minne::generate::known
