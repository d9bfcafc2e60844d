// Promises to children and parents, kept or not, and children whom nobody has met or spoken with for too long.
#include "core/keys.h"
#include "projections/questions.h"
#include "projections/questions/counts_table.h"
#include "projections/questions/statistics.h"

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::string_view kNoContact = "NO_CONTACT";
constexpr int kDaysWithoutContact = 30;  // where neither the asker nor the board's rules say otherwise

json::value day_or_null(std::int32_t day) {
  return day == INT32_MIN || day == kNeverEnds ? json::value(nullptr) : date_json(day);
}

Result<json::array> kept_and_broken(const QuestionAsked& asked) {
  CountsTable table{{"unit", "year"}, {"kept", "kept_late", "broken", "not_yet_due"}, "promises"};
  MINNE_TRY_VOID(each_tally<Matters>(asked, Matters::kPromises, {}, [&](std::string_view bytes, std::int64_t amount) {
    KeyReader key(bytes);
    const auto unit = key.text();
    const auto year = key.u16();
    const auto state = static_cast<PromiseState>(key.u8());
    const auto due = key.day();
    if (!asks_for(asked, unit)) return;
    std::size_t column = due < to_days(asked.today) ? 2 : 3;
    if (state == PromiseState::kKept) column = 0;
    if (state == PromiseState::kKeptLate) column = 1;
    table.add({stated(unit), std::to_string(year)}, column, amount);
  }));
  return table.json(false);
}

// Those that await their day or have passed it, by the day.
Result<json::object> open_promises(const QuestionAsked& asked) {
  CaseList list(asked);
  MINNE_TRY_VOID(
      each_entry<Matters>(asked, Matters::kPromised, {}, [&](std::string_view bytes, std::string_view value) {
        KeyReader key(bytes);
        KeyReader about(value);
        const auto made = about.day();
        const auto unit = about.text();
        const auto to = about.text();
        if (!asks_for(asked, unit) || !list.count()) return true;
        const auto due = key.day();
        const auto case_id = key.id();
        list.add({{"case", to_text(case_id)},
                  {"ref", text_or_null(about.rest())},
                  {"promise", to_text(key.id())},
                  {"unit", text_or_null(unit)},
                  {"to", text_or_null(to)},
                  {"made_on", date_json(made)},
                  {"due", day_or_null(due)},
                  {"broken", due < to_days(asked.today)}});
        return true;
      }));
  return json::object{{"total", list.total()}, {"items", list.take()}};
}

// The first day on which somebody who was last met on `since` has been without contact for too long.
std::int32_t too_long_from(const QuestionAsked& asked, std::int32_t since) {
  const auto start = from_days(since);
  const auto* rule = asked.rules.table().find(kNoContact, start);
  if (!asked.text("days").empty()) return since + static_cast<std::int32_t>(asked.integer("days"));
  if (rule == nullptr || !counts(*rule)) return since + kDaysWithoutContact;
  return to_days(due(*rule, When{.at = day_start(start), .precision = Precision::kDay}, asked.rules.table().settings())
                     .nominal) +
         1;
}

Result<json::object> without_contact(const QuestionAsked& asked) {
  CaseList list(asked);
  MINNE_TRY_VOID(
      each_entry<Contacts>(asked, Contacts::kSilent, {}, [&](std::string_view bytes, std::string_view value) {
        KeyReader key(bytes);
        const auto since = key.day();
        if (too_long_from(asked, since) > to_days(asked.today)) return false;  // they come by the day
        KeyReader about(value);
        const auto last = about.day();
        const auto unit = about.text();
        if (!asks_for(asked, unit) || !list.count()) return true;
        list.add({{"case", to_text(key.id())},
                  {"ref", text_or_null(about.rest())},
                  {"unit", text_or_null(unit)},
                  {"last_contact", day_or_null(last)},
                  {"since", date_json(since)},
                  {"days", to_days(asked.today) - since}});
        return true;
      }));
  return json::object{{"total", list.total()}, {"cases", list.take()}};
}

Result<json::object> commitments(const QuestionAsked& asked) {
  MINNE_TRY(auto statistics, kept_and_broken(asked));
  MINNE_TRY(auto open, open_promises(asked));
  MINNE_TRY(auto silent, without_contact(asked));
  return json::object{{"statistics", std::move(statistics)},
                      {"open_promises", std::move(open["items"])},
                      {"total_open_promises", open["total"]},
                      {"without_contact", std::move(silent["cases"])},
                      {"total_without_contact", silent["total"]}};
}

}  // namespace

Question commitments_question() {
  return {.name = "commitments",
          .summary = "Promises kept, broken and due, and children without contact for too many days",
          .parameters = {unit_parameter(),
                         {.name = "days",
                          .kind = QuestionParameter::Kind::kInteger,
                          .description = "without contact for so many days or more; where left out, longer than the "
                                         "board's rule NO_CONTACT allows, else 30 days",
                          .minimum = 1,
                          .maximum = 3650},
                         limit_parameter()},
          .lists_cases = true,
          .answer = commitments};
}

}  // namespace minne
