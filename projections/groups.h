// The groups that statistics are divided into: age band, sex, year. Pure; any thread.
#pragma once

#include "projections/contract.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace minne {

// A code of events/codes/age_band.toml: unborn, age_0_5, … age_20; unknown without a birth date and from 21 years.
[[nodiscard]] std::string_view age_band(const rows::FileT& file, std::int32_t day);
// female, male or unknown: the codes that have been replaced count as what took their place.
[[nodiscard]] std::string_view sex_of(const rows::FileT& file);

[[nodiscard]] std::uint16_t year_of(std::int32_t day);
// Months since year 0: 24312 is January 2026.
[[nodiscard]] std::uint16_t month_of(std::int32_t day);
// The last day of such a month.
[[nodiscard]] std::int32_t month_end(std::uint16_t month);
[[nodiscard]] std::int32_t months_after(std::int32_t day, int months);

// The day that a field states, else the one on which the event occurred.
[[nodiscard]] inline std::int32_t day_of(flatbuffers::Optional<std::int32_t> stated, const RecordedEvent& event) {
  return stated ? *stated : to_days(event.occurred_on());
}

// The item of a row's list with this id; nullptr where there is none.
template <class List>
[[nodiscard]] auto* find_item(const List& items, const Id& id) {
  for (const auto& item : items) {
    if (item->id == id) return item.get();
  }
  return static_cast<decltype(items.front().get())>(nullptr);
}

}  // namespace minne
