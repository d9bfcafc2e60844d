// Investigations closed and opened again so that the four months begin anew (JO 2565-2016, 2411-2017).
#include "core/keys.h"
#include "projections/queries.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

namespace minne {
namespace {

namespace json = boost::json;

// An investigation that followed upon another.
struct Link {
  Id later;
  Id earlier;
  std::int32_t earlier_opened;
  std::int32_t earlier_concluded;
  std::int32_t opened;
  std::int32_t concluded;
  std::string unit;
  std::string ref;
};

Link read_link(KeyReader key, std::string_view value) {
  Link out;
  out.opened = key.day();
  out.later = key.id();
  KeyReader shown(value);
  out.earlier = shown.id();
  out.earlier_opened = shown.day();
  out.earlier_concluded = shown.day();
  out.concluded = shown.day();
  out.unit = shown.text();
  out.ref = shown.rest();
  return out;
}

// The chains of one case, each from its last investigation back to its first; links come by the day they opened.
void add_chains(const Id& case_id, const std::vector<Link>& links, const QuestionAsked& asked, json::array& out) {
  for (const auto& last : links) {
    if (std::ranges::find(links, last.later, &Link::earlier) != links.end()) continue;
    if (!asks_for(asked, last.unit)) continue;
    const auto end = last.concluded == kNeverEnds ? std::max(to_days(asked.today), last.opened) : last.concluded;
    auto days = end - last.opened;
    std::vector<const Link*> chain;
    for (const auto* link = &last; link != nullptr && chain.size() <= links.size();) {
      chain.push_back(link);
      days += link->earlier_concluded - link->earlier_opened;
      const auto before = std::ranges::find(links, link->earlier, &Link::later);
      link = before == links.end() ? nullptr : &*before;
    }
    json::array reopened;
    for (auto link = chain.rbegin(); link != chain.rend(); ++link) {
      reopened.push_back(json::object{{"investigation", to_text((*link)->later)},
                                      {"after", to_text((*link)->earlier)},
                                      {"closed", to_text(from_days((*link)->earlier_concluded))},
                                      {"opened", to_text(from_days((*link)->opened))},
                                      {"days_between", (*link)->opened - (*link)->earlier_concluded}});
    }
    out.push_back(json::object{{"case", to_text(case_id)},
                               {"ref", text_or_null(last.ref)},
                               {"unit", text_or_null(last.unit)},
                               {"investigations", chain.size() + 1},
                               {"first_opened", to_text(from_days(chain.back()->earlier_opened))},
                               {"open", last.concluded == kNeverEnds},
                               {"investigation_days", days},
                               {"reopened", std::move(reopened)}});
  }
}

Result<json::object> chained(const QuestionAsked& asked) {
  const auto most = asked.integer("days");
  json::array out;
  Id current;
  std::vector<Link> links;
  bool complete = true;
  MINNE_TRY_VOID(each_entry<Courses>(asked, Courses::kChained, {}, [&](std::string_view key, std::string_view value) {
    KeyReader reader(key);
    const auto case_id = reader.id();
    auto link = read_link(reader, value);
    if (link.opened - link.earlier_concluded > most) return true;
    if (case_id != current) {
      add_chains(current, links, asked, out);
      links.clear();
      current = case_id;
    }
    complete = out.size() < kMaxPage;
    links.push_back(std::move(link));
    return complete;
  }));
  if (complete) add_chains(current, links, asked, out);
  return json::object{{"complete", complete}, {"chains", std::move(out)}};
}

}  // namespace

Question chained_question() {
  return {.name = "chained",
          .summary = "Investigations closed and soon opened again without a new report, and their days together",
          .parameters = {{.name = "days",
                          .kind = QuestionParameter::Kind::kInteger,
                          .description = "at most so many days between",
                          .default_value = "30",
                          .maximum = Courses::kMaxPause},
                         unit_parameter()},
          .lists_cases = true,
          .answer = chained};
}

}  // namespace minne
