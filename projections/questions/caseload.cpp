// Row 25 of what boards complain of: how much each worker holds, and what nobody holds.
#include "core/keys.h"
#include "projections/components/matters.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

#include <boost/json/array.hpp>

#include <set>

namespace minne {
namespace {

namespace json = boost::json;

struct Load {
  std::set<Id> cases;  // in which some work is unfinished
  std::int64_t responsible = 0;
  std::int64_t other = 0;
  std::int64_t finished = 0;      // held, though nothing in it is unfinished
  std::int64_t half_weights = 0;  // who is not responsible bears half of the weight
  std::string unit;
};

// Finished matters weigh nothing, and are no case of anybody's: they are counted apart until their assignment ends. No
// study fixes these numbers: each board sets its own, and says so when it compares.
std::int64_t weight_of(const QuestionAsked& asked, MatterKind kind) {
  switch (kind) {
    case MatterKind::kReport:
      return asked.integer("weight_report");
    case MatterKind::kInvestigation:
      return asked.integer("weight_investigation");
    case MatterKind::kIntervention:
      return asked.integer("weight_intervention");
    case MatterKind::kPlacement:
      return asked.integer("weight_placement");
    default:
      return 0;
  }
}

Result<json::array> workers_of(const QuestionAsked& asked) {
  std::map<std::string, Load> loads;
  MINNE_TRY_VOID(
      each_entry<Assignments>(asked, Assignments::kByWorker, {}, [&](std::string_view key, std::string_view value) {
        KeyReader reader(key);
        const auto worker = reader.text();
        const auto case_id = reader.id();
        reader.id();  // the matter
        const auto role = reader.text();
        if (role == kLeftBehind) return true;  // nobody's work
        auto& load = loads[std::string{worker}];
        KeyReader shown(value);
        load.unit = shown.text();
        if (shown.rest().empty()) {
          ++load.finished;
          return true;
        }
        load.cases.insert(case_id);
        const bool responsible = role == kResponsible;
        ++(responsible ? load.responsible : load.other);
        for (const char kind : shown.rest())
          load.half_weights += weight_of(asked, static_cast<MatterKind>(kind)) * (responsible ? 2 : 1);
        return true;
      }));
  json::array out;
  for (const auto& [worker, load] : loads) {
    if (!asks_for(asked, load.unit)) continue;
    out.push_back(json::object{{"worker", worker},
                               {"unit", load.unit},
                               {"cases", load.cases.size()},
                               {"responsible_for", load.responsible},
                               {"other_roles", load.other},
                               {"without_open_work", load.finished},
                               {"weight", static_cast<double>(load.half_weights) / 2}});
  }
  return out;
}

Result<json::array> unassigned_of(const QuestionAsked& asked) {
  std::map<std::pair<std::string, std::uint8_t>, Values> waits;
  MINNE_TRY_VOID(
      each_tally<Continuity>(asked, Continuity::kUnassigned, {}, [&](std::string_view key, std::int64_t count) {
        KeyReader reader(key);
        const auto unit = reader.text();
        const auto kind = reader.u8();
        if (asks_for(asked, unit)) waits[{std::string{unit}, kind}].add(to_days(asked.today) - reader.day(), count);
      }));
  json::array out;
  for (const auto& [key, days] : waits) {
    out.push_back(json::object{{"unit", text_or_null(key.first)},
                               {"matter", name_of(static_cast<MatterKind>(key.second))},
                               {"unassigned", days.count()},
                               {"longest_days", days.max()}});
  }
  return out;
}

Result<json::object> caseload(const QuestionAsked& asked) {
  json::value workers;  // of several boards none: rows stay with their own
  if (asked.sources.size() == 1) {
    MINNE_TRY(workers, workers_of(asked));
  }
  MINNE_TRY(auto unassigned, unassigned_of(asked));
  return json::object{{"workers", std::move(workers)}, {"unassigned", std::move(unassigned)}};
}

QuestionParameter weight(std::string_view name, std::string_view description, std::string_view default_value) {
  return {.name = name,
          .kind = QuestionParameter::Kind::kInteger,
          .description = description,
          .default_value = default_value,
          .maximum = 1'000};
}

}  // namespace

Question caseload_question() {
  return {.name = "caseload",
          .summary = "How much each worker holds now, weighed by the kind of matter, and what nobody holds",
          .parameters = {unit_parameter(), weight("weight_report", "what a report that awaits a decision weighs", "1"),
                         weight("weight_investigation", "what an open investigation weighs", "4"),
                         weight("weight_intervention", "what a running intervention weighs", "2"),
                         weight("weight_placement", "what a placement weighs", "3")},
          .answer = caseload};
}

}  // namespace minne
