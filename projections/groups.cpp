#include "projections/groups.h"

#include "core/calendar.h"
#include "projections/components/file.h"

#include <algorithm>

namespace minne {

std::string_view age_band(const rows::FileT& file, std::int32_t day) {
  if (!is_born(file, from_days(day))) return "unborn";
  const auto age = age_on(file, from_days(day));
  if (!age || *age > 20) return "unknown";
  if (*age <= 5) return "age_0_5";
  if (*age <= 11) return "age_6_11";
  if (*age <= 17) return "age_12_17";
  return *age <= 19 ? "age_18_19" : "age_20";
}

std::string_view sex_of(const rows::FileT& file) {
  if (file.sex == "female" || file.sex == "girl") return "female";
  return file.sex == "male" || file.sex == "boy" ? "male" : "unknown";
}

namespace {

std::chrono::year_month_day civil(std::int32_t day) { return std::chrono::year_month_day{from_days(day)}; }

}  // namespace

std::uint16_t year_of(std::int32_t day) {
  return static_cast<std::uint16_t>(std::max(0, static_cast<int>(civil(day).year())));
}

std::uint16_t month_of(std::int32_t day) {
  const auto month = static_cast<int>(static_cast<unsigned>(civil(day).month()));
  return static_cast<std::uint16_t>(std::clamp((year_of(day) * 12) + month - 1, 0, UINT16_MAX));
}

std::int32_t month_end(std::uint16_t month) {
  const auto first = std::chrono::year{month / 12} / std::chrono::month{static_cast<unsigned>(month % 12) + 1};
  return to_days(Date{first / std::chrono::last});
}

std::int32_t months_after(std::int32_t day, int months) { return to_days(add_months(from_days(day), months)); }

}  // namespace minne
