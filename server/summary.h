// The board's answers to what its auditors ask, on one page: (a) which help is used and whether it works, (b) whether
// the four months are kept, (c) whether a child reported again and again is remembered, (d) whether the follow-up after
// a declined intervention is used, (e) whether instruments and measuring are. Made of answers of the routes; numbers
// only.
#pragma once

#include "events/result.h"

#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <vector>

namespace minne {

struct SummarySection {
  std::string letter;
  std::string question;
  struct Fact {
    std::string what;
    std::string value;
  };
  std::vector<Fact> facts;
  std::vector<std::string> columns;  // of a table; empty: none
  std::vector<std::vector<std::string>> rows;
};

struct Summary {
  std::string board;
  std::string made_from;  // the position, the rules' version, the day
  int year = 0;
  std::vector<SummarySection> sections;
};

// Asks the board's routes ("investigations?from=…") through `get`.
using SummarySource = std::function<Result<boost::json::object>(const std::string& question)>;
[[nodiscard]] Result<Summary> make_summary(const SummarySource& get, int year, const std::string& today);

[[nodiscard]] std::string summary_text(const Summary& summary);
[[nodiscard]] std::string summary_html(const Summary& summary);
[[nodiscard]] boost::json::object summary_json(const Summary& summary);

}  // namespace minne
