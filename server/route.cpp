#include "server/route.h"

#include "events/event.h"

#include <boost/regex.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>
#include <system_error>

namespace minne {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const std::string_view year = text.substr(0, 4);
  const std::string_view month = text.substr(5, 2);
  const std::string_view day = text.substr(8, 2);
  if (!all_digits(year) || !all_digits(month) || !all_digits(day)) return false;
  const std::chrono::year_month_day date{std::chrono::year{*number_of<int>(year)},
                                         std::chrono::month{*number_of<unsigned>(month)},
                                         std::chrono::day{*number_of<unsigned>(day)}};
  return date.ok();
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

std::string_view place_of(ParameterIn in) {
  switch (in) {
    case ParameterIn::kPath:
      return "path";
    case ParameterIn::kQuery:
      return "query";
    case ParameterIn::kHeader:
      return "header";
  }
  return "";
}

Error must(const Parameter& parameter, std::string what) {
  return invalid("parameter '" + parameter.name + "' must " + std::move(what),
                 std::string(place_of(parameter.in)) + "/" + parameter.name);
}

// Of an integer its value, of any other its length.
Result<> check_range(const Parameter& parameter, std::int64_t measured, const std::string& unit) {
  if (parameter.minimum && measured < *parameter.minimum) {
    return must(parameter, "be at least " + std::to_string(*parameter.minimum) + unit);
  }
  if (parameter.maximum && measured > *parameter.maximum) {
    return must(parameter, "be at most " + std::to_string(*parameter.maximum) + unit);
  }
  return {};
}

Result<> check_type(const Parameter& parameter, std::string_view value) {
  switch (parameter.type) {
    case ParameterType::kInteger: {
      const auto number = number_of<std::int64_t>(value);
      if (!number) return must(parameter, "be an integer");
      return check_range(parameter, *number, "");
    }
    case ParameterType::kBoolean:
      if (value != "true" && value != "false") return must(parameter, "be true or false");
      return {};
    case ParameterType::kDate:
      if (!is_date(value)) return must(parameter, "be a date, YYYY-MM-DD");
      return {};
    case ParameterType::kUuid:
      if (!is_uuid(value)) return must(parameter, "be a UUID");
      return {};
    case ParameterType::kInstant:
    case ParameterType::kString:
      return check_range(parameter, static_cast<std::int64_t>(value.size()), " bytes long");
  }
  return {};
}

}  // namespace

// Boost's matcher: std::regex is many times slower and recurses once per character.
struct ParameterCheck::Pattern {
  boost::regex expression;
};

ParameterCheck::ParameterCheck(Parameter parameter) : parameter_(std::move(parameter)), key_(parameter_.name) {
  if (parameter_.in == ParameterIn::kHeader) std::transform(key_.begin(), key_.end(), key_.begin(), lower);
  if (!parameter_.pattern.empty()) {
    pattern_ = std::make_unique<Pattern>(Pattern{boost::regex(parameter_.pattern, boost::regex::perl)});
  }
}

ParameterCheck::~ParameterCheck() = default;
ParameterCheck::ParameterCheck(ParameterCheck&&) noexcept = default;
ParameterCheck& ParameterCheck::operator=(ParameterCheck&&) noexcept = default;

Result<> ParameterCheck::check(std::string_view value) const {
  if (value.size() > kMaxParameterBytes) {
    return must(parameter_, "be at most " + std::to_string(kMaxParameterBytes) + " bytes long");
  }
  MINNE_TRY_VOID(check_type(parameter_, value));
  if (!parameter_.one_of.empty() &&
      std::find(parameter_.one_of.begin(), parameter_.one_of.end(), value) == parameter_.one_of.end()) {
    std::string values;
    for (const std::string& allowed : parameter_.one_of) values += (values.empty() ? "" : ", ") + allowed;
    return must(parameter_, "be one of: " + values);
  }
  // An expression that explodes on some value makes Boost throw: the Router answers that with 500, as a fault of ours.
  if (pattern_ && !boost::regex_match(value.begin(), value.end(), pattern_->expression)) {
    return must(parameter_, "match " + parameter_.pattern);
  }
  return {};
}

std::string media_type_of(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  const auto space = [](char c) { return c == ' ' || c == '\t'; };
  while (!content_type.empty() && space(content_type.back())) content_type.remove_suffix(1);
  while (!content_type.empty() && space(content_type.front())) content_type.remove_prefix(1);
  std::string name(content_type);
  std::transform(name.begin(), name.end(), name.begin(), lower);
  return name;
}

}  // namespace minne
