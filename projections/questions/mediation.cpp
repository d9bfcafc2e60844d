// Row 19 of what boards complain of: "erbjuder socialförvaltningen inte medling som insats trots att det är ett
// lagkrav".
#include "core/keys.h"
#include "projections/questions.h"
#include "projections/questions/counts_table.h"
#include "projections/questions/statistics.h"

namespace minne {
namespace {

namespace json = boost::json;

std::size_t offer_column(MediationStep step) {
  if (step == MediationStep::kNothing) return 2;
  return step == MediationStep::kNotOffered ? 1 : 0;
}

Result<json::object> mediation(const QuestionAsked& asked) {
  CountsTable offers{{"unit", "year"}, {"offered", "not_offered", "nothing_recorded"}, "offences"};
  CountsTable outcomes{{"unit", "year"}, {"held", "accepted_not_held", "not_accepted"}, "offered"};
  MINNE_TRY_VOID(
      each_tally<Offences>(asked, Offences::kMediation, {}, [&](std::string_view bytes, std::int64_t amount) {
        KeyReader key(bytes);
        const auto unit = key.text();
        const auto year = key.u16();
        const auto step = static_cast<MediationStep>(key.u8());
        if (!asks_for(asked, unit) || (!asked.text("year").empty() && asked.integer("year") != year)) return;
        const std::vector<std::string> row{stated(unit), std::to_string(year)};
        offers.add(row, offer_column(step), amount);
        if (step == MediationStep::kHeld) outcomes.add(row, 0, amount);
        if (step == MediationStep::kAccepted) outcomes.add(row, 1, amount);
        if (step == MediationStep::kOffered) outcomes.add(row, 2, amount);
      }));
  return json::object{{"offers", offers.json(asked.flag(kHideSmall), "offered")},
                      {"outcomes", outcomes.json(asked.flag(kHideSmall), "held")}};
}

Result<json::object> unmediated(const QuestionAsked& asked) {
  CaseList list(asked);
  MINNE_TRY_VOID(
      each_entry<Offences>(asked, Offences::kNotOffered, {}, [&](std::string_view bytes, std::string_view value) {
        KeyReader key(bytes);
        KeyReader about(value);
        const auto unit = about.text();
        const auto group = about.text();
        const bool considered = about.u8() != 0;
        const auto reason = about.text();
        const auto age = about.u8();
        if (!asks_for(asked, unit) || (asked.flag("undecided") && considered) || !list.count()) return true;
        const auto notified = key.day();
        const auto case_id = key.id();
        list.add({{"case", to_text(case_id)},
                  {"ref", text_or_null(about.rest())},
                  {"offence", to_text(key.id())},
                  {"unit", text_or_null(unit)},
                  {"notified_on", date_json(notified)},
                  {"days_since", to_days(asked.today) - notified},
                  {"offence_group", text_or_null(group)},
                  {"age", age == UINT8_MAX ? json::value(nullptr) : json::value(age)},
                  {"considered", considered},
                  {"reason", text_or_null(reason)}});
        return true;
      }));
  return json::object{{"total", list.total()}, {"offences", list.take()}};
}

}  // namespace

Question mediation_question() {
  return {.name = "mediation",
          .summary =
              "How often mediation is offered to offenders under 21, and held, by unit and year; cells under 5 "
              "are null",
          .parameters = {unit_parameter(), year_parameter("only offences that became known in this year"),
                         small_numbers_parameter()},
          .hides_small_numbers = true,
          .answer = mediation};
}

Question unmediated_question() {
  return {.name = "unmediated",
          .summary = "Offences by persons under 21 for which mediation was not offered, oldest first",
          .parameters = {unit_parameter(),
                         {.name = "undecided",
                          .kind = QuestionParameter::Kind::kFlag,
                          .description = "only those where nobody has recorded that it would not be offered"},
                         limit_parameter()},
          .lists_cases = true,
          .answer = unmediated};
}

}  // namespace minne
