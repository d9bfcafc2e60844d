// The event schema as a list of facts in text, and what must not change between two such lists.
//
//   root Event                                          the root type
//   identifier MNE1                                     the file identifier
//   struct Uuid 16 bytes:[ubyte:16]                     with its size and fields; frozen
//   enum Precision ubyte                                an enum or a union, and its underlying type
//   value Precision.day 1                               a member; of a union also its table
//   table CaseOpened stream=case                        with the attributes that matter
//   field CaseOpened.birth_date 1 int optional date     id, type, optional or required or =default, attributes
//   code sex.female                                     a code of a list
//
// One fact a line: a kind, a name and the rest. Facts may be added; see schema_faults() for what else is refused.
#pragma once

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace minne::testing {

// "field CaseOpened.birth_date" -> "1 int optional date"
using SchemaFacts = std::map<std::string, std::string>;

inline SchemaFacts parse_facts(const std::string& text) {
  SchemaFacts out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto kind = line.find(' ');
    const auto name = kind == std::string::npos ? kind : line.find(' ', kind + 1);
    out[line.substr(0, name)] = name == std::string::npos ? "" : line.substr(name + 1);
  }
  return out;
}

inline std::string facts_text(const SchemaFacts& facts) {
  std::string out;
  for (const auto& [name, rest] : facts) out += rest.empty() ? name + "\n" : name + " " + rest + "\n";
  return out;
}

inline bool has_word(std::string_view text, std::string_view word) {
  const auto padded = " " + std::string{text} + " ";
  return padded.find(" " + std::string{word} + " ") != std::string::npos;
}

// One sentence for each change that would make old bytes or JSON mean something else, and for each rule of growth
// broken (events/schemas/common.fbs); empty where `current` only adds to `baseline`.
inline std::vector<std::string> schema_faults(const SchemaFacts& baseline, const SchemaFacts& current) {
  std::vector<std::string> out;
  for (const auto& [name, rest] : baseline) {
    const auto found = current.find(name);
    if (found == current.end()) {
      out.push_back(name + " is gone");
    } else if (found->second != rest) {
      out.push_back(name + " was \"" + rest + "\" and is \"" + found->second + "\"");
    }
  }
  std::map<std::string, std::string> taken;  // "table CaseOpened 3" -> the field of that id
  for (const auto& [name, rest] : current) {
    const auto kind = name.substr(0, name.find(' '));
    const bool added = !baseline.contains(name);
    if (kind == "field") {
      if (has_word(rest, "required")) out.push_back(name + " is required: old events lack it");
      if (has_word(rest, "deprecated")) out.push_back(name + " is deprecated: a field is never removed");
      if (added && rest.find('=') != std::string::npos && has_word(rest, "scalar")) {
        out.push_back(name + " is a scalar that is not optional: absent and zero would be one");
      }
      const auto id = name.substr(0, name.find('.')) + " " + rest.substr(0, rest.find(' '));
      if (const auto [other, fresh] = taken.emplace(id, name); !fresh) {
        out.push_back(name + " has the id of " + other->second);
      }
    }
    if (kind == "struct" && name != "struct Uuid") out.push_back(name + ": no struct but Uuid");
    if (added && (kind == "root" || kind == "identifier") && !baseline.empty()) {
      out.push_back(name + " is not the " + kind + " of the baseline");
    }
  }
  return out;
}

}  // namespace minne::testing
