// What commands that ask one board share: the query they build, the question, printing its answer.
#pragma once

#include "server/api_parts.h"
#include "server/command.h"

#include <boost/json/serialize.hpp>

#include <string>

namespace minne {

namespace json = boost::json;

inline std::string text_of(const json::value& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return std::string{value.get_string()};
  return json::serialize(value);
}

// An open clock by what it is on the asker's day.
inline std::string state_of(const json::object& obligation) {
  for (const auto* name : {"overdue", "lapsed"}) {
    const auto* holds = obligation.if_contains(name);
    if (holds != nullptr && *holds == true) return name;
  }
  return text_of(obligation.at("state"));
}

inline std::string path_of(const std::string& board, const std::string& rest) { return "/v1/boards/" + board + rest; }

// Query parameters that were given, in the routes' names.
class Query {
 public:
  explicit Query(const options::variables_map& values) : values_(values) {}
  Query& text(const char* option, const char* name) {
    if (values_.contains(option)) add(name, values_[option].as<std::string>());
    return *this;
  }
  Query& number(const char* option, const char* name) {
    if (values_.contains(option)) add(name, std::to_string(values_[option].as<std::uint64_t>()));
    return *this;
  }
  Query& flag(const char* option, const char* name) {
    if (values_.contains(option)) add(name, "true");
    return *this;
  }
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  void add(const std::string& name, const std::string& value) {
    text_ += (text_.empty() ? "?" : "&") + name + "=" + api::percent_encode(value);
  }
  const options::variables_map& values_;
  std::string text_;
};

inline Result<std::string> case_of_reference(Api& api, const std::string& board, const std::string& reference) {
  MINNE_TRY(const json::value found, api.get(path_of(board, "/cases?ref=" + api::percent_encode(reference))));
  return std::string{found.at("case").as_string()};
}

// Opens, chooses the board, asks, prints.
template <class Ask, class Print>
int ask(const CommonOptions& common, Ask question, Print print) {
  const auto run = [&]() -> Result<json::object> {
    MINNE_TRY(auto api, Api::open({.data = common.data, .own = common.own}));
    MINNE_TRY(const std::string board, choose_board(*api, common));
    return question(*api, board);
  };
  const auto result = run();
  if (!result) return fail(result.error());
  if (common.json) {
    print_json(*result);
  } else {
    print(*result);
  }
  return kDone;
}

inline auto get_list(const std::string& target) {
  return [target](Api& api, const std::string& board) -> Result<json::object> {
    MINNE_TRY(json::value list, api.get(path_of(board, target)));
    return std::move(list.as_object());
  };
}

}  // namespace minne
