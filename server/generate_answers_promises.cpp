// What must be found of promises, and of children whom nobody has met or spoken with for long.
#include "server/generate_answers.h"

#include <array>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

// ---- Promises ------------------------------------------------------------------------------------------------------

std::size_t column_of(const Promise& item, Day today) {
  if (item.kept != kNever) return item.kept <= item.due ? 0 : 1;
  return item.due < today ? 2 : 3;
}

json::array statistics(const Asking& asking) {
  Counts table({"unit", "year"}, {"kept", "kept_late", "broken", "not_yet_due"}, "promises");
  asking.each_case([&](const Case& file) {
    for (const auto& item : file.promises) {
      const auto year = year_of(item.due == kNever ? item.made : item.due);
      table.add({asking.unit(item.unit), std::to_string(year)}, column_of(item, asking.today));
    }
  });
  return table.shown();
}

using Found = std::map<std::tuple<Day, Id, Id>, json::object>;

Found open_promises(const Asking& asking) {
  Found out;
  asking.each_case([&](const Case& file) {
    for (const auto& item : file.promises) {
      if (item.kept != kNever) continue;
      out[{item.due, file.id, item.id}] = {
          {"case", id_text(file.id)},
          {"ref", file.ref},
          {"promise", id_text(item.id)},
          {"unit", asking.unit(item.unit)},
          {"to", item.to},
          {"made_on", day_text(item.made)},
          {"due", item.due == kNever ? json::value{} : json::value(day_text(item.due))},
          {"broken", item.due < asking.today}};
    }
  });
  return out;
}

// ---- Without contact -----------------------------------------------------------------------------------------------

// What calls for contact, and whose it is: nobody's where no unit is named.
struct Calling {
  Day from = kNever;
  std::uint32_t unit = kNobody;
};

std::uint32_t holder_of(const Case& file, std::uint32_t matter, std::uint32_t otherwise) {
  for (const auto& one : file.assignments) {
    if (one.matter == matter && one.to == kNever) return one.unit;
  }
  return otherwise;
}

std::uint32_t help_key(const Case& file, const Id& id) {
  for (const auto& [key, help] : file.help_ids) {
    if (help == id) return key;
  }
  return kNobody;
}

// The one that began first, of what is open.
Calling calling(const Case& file) {
  Calling out;
  const auto consider = [&](Day from, std::uint32_t unit) {
    if (from < out.from) out = {from, unit};
  };
  for (std::size_t i = 0; i < file.investigations.size(); ++i) {
    const auto& item = file.investigations[i];
    if (item.concluded == kNever) consider(item.opened, holder_of(file, key_of(i), item.unit));
  }
  for (const auto& item : file.placements) {
    if (item.ended == kNever) consider(item.spells.front().from, holder_of(file, help_key(file, item.id), item.unit));
  }
  for (const auto& item : file.follow_ups) {
    if (item.ended == kNever) consider(item.decided, kNobody);
  }
  return out;
}

std::map<std::pair<Day, Id>, json::object> without_contact(const Asking& asking, Day days) {
  std::map<std::pair<Day, Id>, json::object> out;
  asking.each_case([&](const Case& file) {
    const auto open = calling(file);
    if (open.from == kNever) return;
    const auto last = std::max_element(file.contacts.begin(), file.contacts.end());
    const bool never = last == file.contacts.end();
    const Day since = never ? open.from : std::max(open.from, *last);
    if (asking.today - since < days) return;
    out[{since, file.id}] = {{"case", id_text(file.id)},
                             {"ref", file.ref},
                             {"unit", open.unit == kNobody ? json::value{} : json::value(asking.unit(open.unit))},
                             {"last_contact", never ? json::value{} : json::value(day_text(*last))},
                             {"since", day_text(since)},
                             {"days", asking.today - since}};
  });
  return out;
}

}  // namespace

void answer_commitments(const Asking& asking) {
  for (const Day days : {30, 90}) {
    auto open = open_promises(asking);
    auto silent = without_contact(asking, days);
    const auto total_open = open.size();
    const auto total_silent = silent.size();
    asking.ask("commitments", {{"days", days}, {"limit", kMostListed}},
               {{"statistics", statistics(asking)},
                {"total_open_promises", total_open},
                {"open_promises", first_listed(open)},
                {"total_without_contact", total_silent},
                {"without_contact", first_listed(silent)}});
  }
}

}  // namespace minne::generate::known
