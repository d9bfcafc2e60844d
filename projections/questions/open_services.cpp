// Row 20 of what boards ask for: how much help is given "med och utan föregående behovsprövning". Whom it was given to
// nobody can ask.
#include "core/keys.h"
#include "projections/groups.h"
#include "projections/questions.h"
#include "projections/questions/counts_table.h"
#include "projections/questions/statistics.h"

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 8> kBands{"unborn",    "age_0_5", "age_6_11", "age_12_17",
                                                 "age_18_19", "age_20",  "unknown",  "not_stated"};

std::string period_name(const QuestionAsked& asked, std::uint16_t month) {
  const auto day = to_text(from_days(month_end(month)));
  return asked.text("by") == "year" ? day.substr(0, 4) : day.substr(0, 7);
}

std::size_t band_column(std::string_view band) {
  const auto found = std::ranges::find(kBands, band);
  return static_cast<std::size_t>((found == kBands.end() ? kBands.end() - 1 : found) - kBands.begin());
}

Result<json::object> open_services(const QuestionAsked& asked) {
  CountsTable people{{"kind", "period"}, {kBands.begin(), kBands.end()}, "people"};
  CountsTable occasions{{"kind", "period"}, {kBands.begin(), kBands.end()}, "occasions"};
  MINNE_TRY_VOID(
      each_tally<OpenServices>(asked, OpenServices::kVolumes, {}, [&](std::string_view bytes, std::int64_t amount) {
        KeyReader key(bytes);
        const auto kind = key.text();
        const auto unit = key.text();
        const auto band = key.text();
        const auto month = key.u16();
        const auto what = static_cast<OpenServiceAmount>(key.u8());
        if (!asks_for(asked, unit) || (!asked.text("kind").empty() && asked.text("kind") != stated(kind))) return;
        if (!asked.text("year").empty() && asked.integer("year") != month / 12) return;
        auto& table = what == OpenServiceAmount::kPeople ? people : occasions;
        table.add({stated(kind), period_name(asked, month)}, band_column(band), amount);
      }));
  return json::object{{"people", people.json(asked.flag(kHideSmall))},
                      {"occasions", occasions.json(asked.flag(kHideSmall))}};
}

}  // namespace

Question open_services_question() {
  return {.name = "open-services",
          .summary = "Volumes of help without a test of need, by kind, period and age; cells under 5 are null",
          .parameters = {{.name = "by",
                          .description = "length of a period",
                          .default_value = "month",
                          .one_of = {"month", "year"}},
                         {.name = "kind", .description = "only this kind of service", .code = "open_service"},
                         unit_parameter(),
                         year_parameter("only this year"),
                         small_numbers_parameter()},
          .hides_small_numbers = true,
          .answer = open_services};
}

}  // namespace minne
