#include "events/person_number.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <chrono>

namespace minne {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Weights 2,1,2,… over the nine digits before the check digit.
bool luhn(std::string_view ten) {
  int sum = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    const int product = (ten[i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += product / 10 + product % 10;
  }
  return (10 - sum % 10) % 10 == ten[9] - '0';
}

int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

bool valid_date(std::string_view twelve) {
  const int day = number(twelve.substr(6, 2));
  const std::chrono::year_month_day date{std::chrono::year{number(twelve.substr(0, 4))},
                                         std::chrono::month{static_cast<unsigned>(number(twelve.substr(4, 2)))},
                                         std::chrono::day{static_cast<unsigned>(day > 60 ? day - 60 : day)}};
  return date.ok();
}

Result<std::string> normalise_digits(std::string_view text, int today_year) {
  std::string digits;
  char sign = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_digit(text[i])) {
      digits.push_back(text[i]);
    } else if ((text[i] == '-' || text[i] == '+') && sign == 0 && i + 5 == text.size()) {
      sign = text[i];
    } else {
      return invalid("not a personal number: unexpected character");
    }
  }
  if (digits.size() == 10) {
    int year = today_year / 100 * 100 + number(std::string_view{digits}.substr(0, 2));
    if (year > today_year) year -= 100;
    if (sign == '+') year -= 100;
    digits.insert(0, std::to_string(year / 100));
  }
  if (digits.size() != 12) return invalid("not a personal number: needs ten or twelve digits");
  if (!valid_date(digits)) return invalid("not a personal number: no such date");
  if (!luhn(std::string_view{digits}.substr(2))) return invalid("not a personal number: the check digit is wrong");
  return digits;
}

}  // namespace

Result<std::string> normalise_number(std::string_view text, int today_year) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.empty() || text.size() > 32) return invalid("not a personal number or reserve id: 6 to 32 characters");
  if (!std::isalpha(static_cast<unsigned char>(text.front()))) return normalise_digits(text, today_year);
  if (text.size() < 6) return invalid("not a reserve id: at least 6 characters");
  std::string reserve;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 128 || (!std::isalnum(byte) && c != '-'))
      return invalid("not a reserve id: letters, digits and '-' only");
    reserve.push_back(static_cast<char>(std::toupper(byte)));
  }
  return reserve;
}

bool looks_like_person_number(std::string_view text) {
  const auto digits = std::ranges::count_if(text, is_digit);
  return (digits == 10 || digits == 12) && static_cast<std::size_t>(digits) + 1 >= text.size() &&
         normalise_digits(text, 2100).has_value();
}

}  // namespace minne
