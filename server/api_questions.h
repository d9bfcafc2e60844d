// A question asked over a route: shared by the routes that answer it and those that publish the answer.
#pragma once

#include "projections/question.h"
#include "server/app.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minne::api {

// The boards that a statistic is about, the route's first, each as it stands or at a position.
struct BoardAsked {
  BoardRecord board;
  std::optional<Position> position;
};
[[nodiscard]] Result<std::vector<BoardAsked>> boards_asked(const App& app, const HttpRequest& request);

// The answer, with what it was made from. A list is recorded before it is returned.
[[nodiscard]] Result<boost::json::object> ask_question(const App& app, const Question& question,
                                                       const HttpRequest& request);

// A list of the board's homes that goes to the authority once a year, as it stands.
inline constexpr std::string_view kFamilyHomeRegister = "family-home-register";
[[nodiscard]] inline bool may_be_published(const Question& question) {
  return question.hides_small_numbers || question.name == kFamilyHomeRegister;
}

[[nodiscard]] std::vector<Parameter> parameters_of(const Question& question);
// ("ask", "lead-times") -> "askLeadTimes"
[[nodiscard]] std::string operation_id(std::string_view verb, std::string_view name);

}  // namespace minne::api
