// What a board must report: decisions not executed, each quarter (SoL 34:1-3), and the register of family homes, each
// 31 January (SoF 2025:468 3:4).
#include "core/keys.h"
#include "projections/groups.h"
#include "projections/questions.h"
#include "projections/questions/counts_table.h"
#include "projections/questions/statistics.h"

#include <set>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kAges{"3_to_6_months", "6_to_12_months", "over_12_months"};

std::size_t age_of(const DecisionWait& wait, std::int32_t on) {
  if (on >= months_after(wait.since, 12)) return 2;
  return on >= months_after(wait.since, 6) ? 1 : 0;
}

const DecisionWait::Filing* filing_of(const DecisionWait& wait, std::int32_t quarter_ends) {
  const DecisionWait::Filing* out = nullptr;
  for (const auto& filing : wait.filings) {
    if (filing.quarter_ends == quarter_ends) out = &filing;
  }
  return out;
}

struct Found {
  Id case_id;
  Id decision;
  DecisionWait wait;
};

// Waits that ended from a day on, or have not.
Result<> each_wait(const QuestionAsked& asked, std::int32_t from, const std::function<void(const Found&)>& visit) {
  const auto space = static_cast<Space>(kFirstIndex + index_base<Decisions>() + Decisions::kWaits);
  return asked.view.scan(space, {}, KeyWriter{}.day(from).str(), [&](std::string_view bytes, std::string_view value) {
    KeyReader key(bytes);
    Found found;
    found.wait = unpack_decision_wait(value);
    found.wait.until = key.day();
    found.case_id = key.id();
    found.decision = key.id();
    found.wait.since = key.day();
    if (asks_for(asked, found.wait.unit)) visit(found);
    return true;
  });
}

json::object wait_json(const Found& found, std::int32_t quarter_ends) {
  const auto* filing = filing_of(found.wait, quarter_ends);
  return {{"case", to_text(found.case_id)},
          {"ref", text_or_null(found.wait.ref)},
          {"decision", to_text(found.decision)},
          {"kind", found.wait.kind},
          {"unit", text_or_null(found.wait.unit)},
          {"since", date_json(found.wait.since)},
          {"interrupted", found.wait.interrupted},
          {"filed", filing != nullptr},
          {"reason", text_or_null(filing == nullptr ? std::string_view{} : filing->reason)}};
}

Result<json::object> filings(const QuestionAsked& asked) {
  MINNE_TRY(const auto chosen, asked.date("on"));
  const auto end = quarter_ended(to_days(chosen.value_or(asked.today)));
  const auto begin = quarter_ended(end - 1) + 1;
  CaseList waiting(asked);
  CaseList ended(asked);
  CountsTable table{{"kind", "waiting_since"}, {kAges.begin(), kAges.end()}, "decisions"};
  MINNE_TRY_VOID(each_wait(asked, begin, [&](const Found& found) {
    const auto& wait = found.wait;
    if (months_after(wait.since, kNotExecutedMonths) > end) return;
    if (wait.until <= end) {
      if (!ended.count()) return;
      auto item = wait_json(found, end);
      item["until"] = date_json(wait.until);
      item["executed"] = wait.executed;
      ended.add(std::move(item));
      return;
    }
    table.add({wait.kind, wait.interrupted ? "interruption" : "decision"}, age_of(wait, end));
    if (!waiting.count()) return;
    auto item = wait_json(found, end);
    item["days"] = end - wait.since;
    waiting.add(std::move(item));
  }));
  return json::object{
      {"quarter_ends", date_json(end)}, {"statistics", table.json(false)},         {"total", waiting.total()},
      {"not_executed", waiting.take()}, {"total_ended_in_quarter", ended.total()}, {"ended_in_quarter", ended.take()}};
}

// --- the register of family homes

struct Placed {
  std::string home;
  json::object item;
};

std::int32_t register_day(const QuestionAsked& asked) {
  const auto of = [](int year) { return to_days(Date{std::chrono::year{year} / 1 / 31}); };
  if (!asked.text("year").empty()) return of(static_cast<int>(asked.integer("year")));
  const int year = year_of(to_days(asked.today));
  return of(year) <= to_days(asked.today) ? of(year) : of(year - 1);
}

Result<json::object> family_home_register(const QuestionAsked& asked) {
  const auto on = register_day(asked);
  const auto space = static_cast<Space>(kFirstIndex + index_base<Placements>() + Placements::kHomes);
  std::vector<Placed> placed;
  std::set<Id> children;
  MINNE_TRY_VOID(
      asked.view.scan(space, {}, KeyWriter{}.day(on).str(), [&](std::string_view bytes, std::string_view value) {
        KeyReader key(bytes);
        key.day();
        const auto case_id = key.id();
        const auto placement = key.id();
        if (key.day() > on) return true;
        KeyReader about(value);
        const auto since = about.day();
        if (about.day() <= on) return true;  // of age
        const auto home = about.text();
        const auto form = about.text();
        const auto law = about.text();
        children.insert(case_id);
        placed.push_back({std::string{home},
                          {{"home_ref", text_or_null(home)},
                           {"form", form},
                           {"law", law},
                           {"since", date_json(since)},
                           {"case", to_text(case_id)},
                           {"ref", text_or_null(about.rest())},
                           {"placement", to_text(placement)}}});
        return true;
      }));
  std::ranges::stable_sort(placed, {}, &Placed::home);
  std::set<std::string_view> homes;
  std::int64_t unknown = 0;
  CaseList list(asked);
  for (auto& one : placed) {
    if (one.home.empty())
      ++unknown;
    else
      homes.insert(one.home);
    if (list.count()) list.add(std::move(one.item));
  }
  return json::object{{"on", date_json(on)},
                      {"children", children.size()},
                      {"homes", homes.size()},
                      {"without_home_ref", unknown},
                      {"placements", list.take()}};
}

}  // namespace

Question filings_question() {
  return {.name = "filings",
          .summary =
              "Granted help not given within three months at the end of a quarter, or given late in it, as IVO "
              "and the auditors are told",
          .parameters = {{.name = "on",
                          .kind = QuestionParameter::Kind::kDate,
                          .description = "the last quarter that had ended by this day (default: today)"},
                         unit_parameter(),
                         limit_parameter()},
          .lists_cases = true,
          .answer = filings};
}

Question family_home_register_question() {
  return {
      .name = "family-home-register",
      .summary = "Children under 18 who live in family homes on 31 January, by home, as IVO is told each year",
      .parameters = {year_parameter("31 January of this year (default: the last that has come)"), limit_parameter()},
      .lists_cases = true,
      .answer = family_home_register};
}

}  // namespace minne
