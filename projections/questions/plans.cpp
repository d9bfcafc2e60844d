// SIP and other plans: "Öka förekomsten av SIP"; goals on a short and a long view (S4:259, row 33).
#include "core/keys.h"
#include "projections/questions.h"
#include "projections/questions/counts_table.h"
#include "projections/questions/statistics.h"

namespace minne {
namespace {

namespace json = boost::json;

bool wanted(const QuestionAsked& asked, std::string_view kind, std::string_view unit) {
  return (asked.text("kind").empty() || asked.text("kind") == stated(kind)) && asks_for(asked, unit);
}

bool in_year(const QuestionAsked& asked, int year) {
  return asked.text("year").empty() || asked.integer("year") == year;
}

Result<json::object> steps(const QuestionAsked& asked) {
  CountsTable offers{{"kind", "unit", "year"}, {"accepted", "declined", "pending"}, "offered"};
  CountsTable adopted{{"unit", "year"}, {"sip", "other_plans"}, "adopted"};
  MINNE_TRY_VOID(each_tally<Plans>(asked, Plans::kSteps, {}, [&](std::string_view bytes, std::int64_t amount) {
    KeyReader key(bytes);
    const auto kind = key.text();
    const auto unit = key.text();
    const auto year = key.u16();
    const auto step = static_cast<PlanStep>(key.u8());
    if (!wanted(asked, kind, unit) || !in_year(asked, year)) return;
    if (step == PlanStep::kAdopted) {
      adopted.add({stated(unit), std::to_string(year)}, kind == "sip" ? 0 : 1, amount);
    } else {
      offers.add({stated(kind), stated(unit), std::to_string(year)}, static_cast<std::size_t>(step), amount);
    }
  }));
  return json::object{{"offers", offers.json(asked.flag(kHideSmall), "accepted")},
                      {"adopted", adopted.json(asked.flag(kHideSmall))}};
}

// How a goal has fared by the day of the question; the columns of the table.
constexpr std::array<std::string_view, 7> kFates{"met",     "partly_met", "missed",       "dropped",
                                                 "overdue", "running",    "without_a_day"};

std::size_t fate_of(std::string_view state, std::int32_t due, std::int32_t today) {
  const auto found = std::ranges::find(kFates.begin(), kFates.begin() + 4, state);
  if (found != kFates.begin() + 4) return static_cast<std::size_t>(found - kFates.begin());
  if (due == kNeverEnds) return 6;
  return due < today ? 4 : 5;
}

Result<json::array> goals(const QuestionAsked& asked) {
  CountsTable table{{"horizon", "due_year"}, {kFates.begin(), kFates.end()}, "goals"};
  MINNE_TRY_VOID(each_tally<Plans>(asked, Plans::kGoals, {}, [&](std::string_view bytes, std::int64_t amount) {
    KeyReader key(bytes);
    const auto kind = key.text();
    const auto unit = key.text();
    const auto horizon = key.text();
    const auto state = key.text();
    const auto due = key.day();
    if (!wanted(asked, kind, unit) || (due != kNeverEnds && !in_year(asked, year_of(due)))) return;
    const auto year = due == kNeverEnds ? std::string{"none"} : std::to_string(year_of(due));
    table.add({stated(horizon), year}, fate_of(state, due, to_days(asked.today)), amount);
  }));
  return table.json(asked.flag(kHideSmall), "met");
}

Result<json::object> plans(const QuestionAsked& asked) {
  MINNE_TRY(auto out, steps(asked));
  MINNE_TRY(out["goals"], goals(asked));
  return out;
}

json::array points_json(std::uint8_t lacks) {
  json::array out;
  for (std::size_t i = 0; i < kSipPoints.size(); ++i) {
    if ((lacks >> i) % 2 != 0) out.emplace_back(kSipPoints[i]);
  }
  return out;
}

Result<json::object> incomplete_sips(const QuestionAsked& asked) {
  CaseList list(asked);
  MINNE_TRY_VOID(each_entry<Plans>(asked, Plans::kLacking, {}, [&](std::string_view bytes, std::string_view value) {
    KeyReader key(bytes);
    KeyReader about(value);
    const auto lacks = about.u8();
    const auto unit = about.text();
    if (!asks_for(asked, unit) || !list.count()) return true;
    const auto adopted = key.day();
    const auto case_id = key.id();
    list.add({{"case", to_text(case_id)},
              {"ref", text_or_null(about.rest())},
              {"plan", to_text(key.id())},
              {"unit", text_or_null(unit)},
              {"adopted_on", date_json(adopted)},
              {"lacks", points_json(lacks)}});
    return true;
  }));
  return json::object{{"total", list.total()}, {"plans", list.take()}};
}

}  // namespace

Question plans_question() {
  return {.name = "plans",
          .summary =
              "Plans offered, declined and adopted by year and unit, and their goals by horizon; cells under 5 "
              "are null",
          .parameters = {{.name = "kind", .description = "only this kind of plan", .code = "plan_kind"},
                         unit_parameter(),
                         year_parameter("only what was offered or adopted, or is due, in this year"),
                         small_numbers_parameter()},
          .hides_small_numbers = true,
          .answer = plans};
}

Question incomplete_sips_question() {
  return {.name = "incomplete-sips",
          .summary = "Coordinated plans (SIP) that lack one of the four points that the law wants, oldest first",
          .parameters = {unit_parameter(), limit_parameter()},
          .lists_cases = true,
          .answer = incomplete_sips};
}

}  // namespace minne
