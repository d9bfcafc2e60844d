// What must be found of offences and mediation, and of help without a test of need.
#include "server/generate_answers.h"

#include <array>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

// ---- Mediation -----------------------------------------------------------------------------------------------------

std::size_t offer_of(const Offence& item) { return item.offered ? 0 : item.refrained ? 1 : 2; }
std::size_t outcome_of(const Offence& item) { return item.held ? 0 : item.accepted ? 1 : 2; }

// `year` 0: all of them.
void answer_offers(const Asking& asking, int year) {
  Counts offers({"unit", "year"}, {"offered", "not_offered", "nothing_recorded"}, "offences", "offered");
  Counts outcomes({"unit", "year"}, {"held", "accepted_not_held", "not_accepted"}, "offered", "held");
  asking.each_case([&](const Case& file) {
    for (const auto& item : file.offences) {
      if (year != 0 && year_of(item.on) != year) continue;
      const std::vector<std::string> row{asking.unit(item.unit), std::to_string(year_of(item.on))};
      offers.add(row, offer_of(item));
      if (item.offered) outcomes.add(row, outcome_of(item));
    }
  });
  json::object asked;
  if (year != 0) asked["year"] = year;
  asking.ask("mediation", std::move(asked), {{"offers", offers.shown()}, {"outcomes", outcomes.shown()}});
}

void answer_not_offered(const Asking& asking, bool undecided) {
  std::map<std::tuple<Day, Id, Id>, json::object> found;
  asking.each_case([&](const Case& file) {
    for (const auto& item : file.offences) {
      if (item.offered || (undecided && item.refrained)) continue;
      found[{item.on, file.id, item.id}] = {
          {"case", id_text(file.id)},         {"ref", file.ref},
          {"offence", id_text(item.id)},      {"unit", asking.unit(item.unit)},
          {"notified_on", day_text(item.on)}, {"days_since", asking.today - item.on},
          {"offence_group", item.group},      {"age", item.age},
          {"considered", item.refrained},     {"reason", item.refrained ? json::value(item.reason) : json::value{}}};
    }
  });
  json::object asked{{"limit", kMostListed}};
  if (undecided) asked["undecided"] = true;
  const auto total = found.size();
  asking.ask("unmediated", std::move(asked), {{"total", total}, {"offences", first_listed(found)}});
}

// ---- Open services -------------------------------------------------------------------------------------------------

void answer_services(const Asking& asking, bool by_year, std::string_view kind) {
  static constexpr std::array<std::string_view, 8> kBands{"unborn",    "age_0_5", "age_6_11", "age_12_17",
                                                          "age_18_19", "age_20",  "unknown",  "not_stated"};
  const std::vector<std::string> bands(kBands.begin(), kBands.end());
  Counts people({"kind", "period"}, bands, "people");
  Counts occasions({"kind", "period"}, bands, "occasions");
  for (const auto& item : asking.board.services) {
    if (!kind.empty() && kind != item.kind) continue;
    const auto band = static_cast<std::size_t>(std::find(kBands.begin(), kBands.end(), item.band) - kBands.begin());
    const std::vector<std::string> row{std::string{item.kind}, day_text(item.on).substr(0, by_year ? 4 : 7)};
    people.add(row, band, item.people);
    occasions.add(row, band);
  }
  json::object asked{{"by", by_year ? "year" : "month"}};
  if (!kind.empty()) asked["kind"] = kind;
  asking.ask("open-services", std::move(asked), {{"people", people.shown()}, {"occasions", occasions.shown()}});
}

}  // namespace

void answer_mediation(const Asking& asking) {
  answer_offers(asking, 0);
  answer_offers(asking, year_of(asking.today) - 1);
  answer_not_offered(asking, false);
  answer_not_offered(asking, true);
}

void answer_open_services(const Asking& asking) {
  answer_services(asking, false, {});
  answer_services(asking, true, {});
  answer_services(asking, true, "field_work");
}

}  // namespace minne::generate::known
