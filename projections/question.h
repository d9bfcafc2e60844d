// A question that the organisation asks of its memory, across cases: a list, a statistic. Named once; the HTTP route,
// its OpenAPI description and the command follow from it.
//
//   projections/questions/<subject>.cpp    the answers, from indexes and tallies, never from a walk over rows
//   projections/questions.cpp              the list
//
// Pure reads of one View; any thread. Statistics hold no name and no free text. The caller adds what every answer
// states: `position`, `rules` (the version of the rule table) and `today`.
#pragma once

#include "projections/entry_source.h"

#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

class DeadlineRules;

inline constexpr std::string_view kNotStated = "not_stated";  // a statistic's word where the event said none

struct QuestionParameter {
  enum class Kind : std::uint8_t { kText, kInteger, kDate, kFlag };
  std::string_view name;  // snake_case; the command's option has hyphens
  Kind kind = Kind::kText;
  std::string_view description;
  std::string_view default_value{};
  std::vector<std::string_view> one_of{};
  std::int64_t minimum = 0;  // of an integer
  std::int64_t maximum = 1'000'000;
  bool required = false;
  std::string_view code{};  // the list that a text's codes come from; a statistic has kNotStated as well

  [[nodiscard]] std::string described() const {
    std::string out{description};
    return code.empty() ? out : out + ": a code of " + std::string{code};
  }
};

// What was asked: parameters checked against the question's, defaults filled in.
class QuestionAsked {
 public:
  using Sources = std::vector<std::unique_ptr<EntrySource>>;

  QuestionAsked(const View& seen, const DeadlineRules& in_force, Date day, std::map<std::string, std::string> values)
      : view(seen), rules(in_force), today(day), values_(std::move(values)) {
    sources.push_back(std::make_unique<LiveEntries>(seen));
  }
  // Of several boards, or of one as it was.
  QuestionAsked(const View& seen, const DeadlineRules& in_force, Date day, std::map<std::string, std::string> values,
                Sources from)
      : view(seen), sources(std::move(from)), rules(in_force), today(day), values_(std::move(values)) {}

  const View& view;  // for lists, which are of one board as it stands
  // For statistics, which add up what each source holds before small numbers are hidden.
  Sources sources;
  const DeadlineRules& rules;
  Date today;
  Position position = view.live().position;  // at which the board is seen

  // Empty where it was left out and has no default.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] Result<std::optional<Date>> date(std::string_view name) const;
  [[nodiscard]] bool flag(std::string_view name) const { return text(name) == "true"; }

 private:
  std::map<std::string, std::string> values_;
};

struct Question {
  std::string_view name;  // of the route's last segment and of the command: "caseload", "lead-times"
  std::string_view summary;
  std::vector<QuestionParameter> parameters;
  // Lists across cases are given for a stated purpose only (SoLPUL 7 a §): `purpose` is asked for.
  bool lists_cases = false;
  // A list that reads its cases from `sources`: it takes a position, as statistics do.
  bool as_it_was = false;
  // A statistic whose numbers under 5 are hidden, and others that would give them away: it may be published.
  bool hides_small_numbers = false;
  Result<boost::json::object> (*answer)(const QuestionAsked& asked);
};

[[nodiscard]] std::span<const Question> questions();

// Visits the amounts of a component's tally whose key begins with `prefix`, source by source: a key may come again. The
// visitor gets the whole key.
template <class Component>
[[nodiscard]] Result<> each_tally(const QuestionAsked& asked, std::uint8_t tally, std::string_view prefix,
                                  const std::function<void(std::string_view key, std::int64_t amount)>& visit);
// The same for an index.
template <class Component>
[[nodiscard]] Result<> each_entry(const QuestionAsked& asked, std::uint8_t index, std::string_view prefix,
                                  const View::Visit& visit);

}  // namespace minne

#include "projections/question_scan.h"
