// Row 25 of what boards complain of: how much each worker holds.
#include "core/keys.h"
#include "projections/questions.h"

#include <boost/json/array.hpp>

#include <set>

namespace minne {
namespace {

namespace json = boost::json;

struct Load {
  std::set<Id> cases;
  std::int64_t responsible = 0;
  std::int64_t other = 0;
  std::string unit;
};

Result<json::object> caseload(const QuestionAsked& asked) {
  std::map<std::string, Load> loads;
  MINNE_TRY_VOID(each_entry<Assignments>(asked.view, Assignments::kByWorker, {},
                                         [&](std::string_view key, std::string_view value) {
                                           KeyReader reader(key);
                                           auto& load = loads[std::string{reader.text()}];
                                           load.cases.insert(reader.id());
                                           reader.id();  // the matter
                                           ++(reader.text() == kResponsible ? load.responsible : load.other);
                                           load.unit = KeyReader(value).text();
                                           return true;
                                         }));
  json::array workers;
  for (const auto& [worker, load] : loads) {
    if (!asked.text("unit").empty() && load.unit != asked.text("unit")) continue;
    workers.push_back(json::object{{"worker", worker},
                                   {"unit", load.unit},
                                   {"cases", load.cases.size()},
                                   {"responsible_for", load.responsible},
                                   {"other_roles", load.other}});
  }
  return json::object{{"workers", std::move(workers)}};
}

}  // namespace

Question caseload_question() {
  return {.name = "caseload",
          .summary = "How much each worker holds now",
          .parameters = {{.name = "unit", .description = "only workers of this unit"}},
          .answer = caseload};
}

}  // namespace minne
