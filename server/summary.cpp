#include "server/summary.h"

#include "server/text_table.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <string_view>

namespace minne {
namespace {

namespace json = boost::json;

// A number as it is read on paper; what is hidden or not there as a dash.
std::string shown(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return "–";
  if (value->is_string()) return std::string{value->get_string()};
  return value->is_double() ? fmt::format("{:.1f}", value->get_double()) : json::serialize(*value);
}

std::string percent_shown(const json::object& object, std::string_view share) {
  const auto* value = object.if_contains(share);
  return value == nullptr || !value->is_number() ? "–" : fmt::format("{:.0f} %", value->to_number<double>() * 100);
}

std::int64_t number(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

std::int64_t sum(const json::object& answer, std::string_view list, std::string_view field) {
  std::int64_t out = 0;
  for (const auto& item : answer.at(list).as_array()) out += number(item.as_object(), field);
  return out;
}

// Where nobody has been followed for long enough, nothing is known: a dash, and no 0.
std::string part_of(const json::object& object, std::string_view part, std::string_view whole) {
  return number(object, whole) == 0 ? "–" : shown(object, part) + " of " + shown(object, whole);
}

std::string of_whole(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "–" : fmt::format("{:.0f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

// A year, up to the asker's day where that lies in it.
std::string period(int year, const std::string& today) {
  const auto end = fmt::format("{}-12-31", year);
  return fmt::format("from={}-01-01&to={}", year, today.starts_with(fmt::format("{}-", year)) ? today : end);
}

class Maker {
 public:
  Maker(const SummarySource& get, int year, std::string today) : get_(get), year_(year), today_(std::move(today)) {}

  Result<SummarySection> help() {
    SummarySection out{"a", "Which interventions are used, for whom, and do they work?", {}, {}, {}};
    MINNE_TRY(const auto answer, ask("interventions?rows=method&columns=sex&year={}", year_));
    constexpr std::array<std::string_view, 7> kFields{
        "offered", "declined", "started", "ended", "mean_days", "percent_measured_twice", "percent_goals_met"};
    out.columns = {"method",           "offered",     "declined",
                   "started",          "ended",       "days",
                   "measured twice %", "goals met %", "re-reported in 12 months"};
    for (const auto& cell : answer.at("cells").as_array()) {
      const auto& one = cell.as_object();
      if (one.at("sex").as_string() != "all") continue;
      auto& row = out.rows.emplace_back();
      row.push_back(shown(one, "method"));
      for (const auto field : kFields) row.push_back(shown(one, field));
      row.push_back(part_of(one, "re_reported_within_12_months", "followed_12_months"));
      if (row.front() == "all") measured_twice_ = part_of(one, "measured_twice", "started");
    }
    MINNE_TRY_VOID(for_whom(out));
    return out;
  }

  Result<SummarySection> limits() {
    SummarySection out{"b", "Are investigations done in four months, and does help come before?", {}, {}, {}};
    MINNE_TRY(const auto answer, ask("investigations?{}", period(year_, today_)));
    const auto& all = answer.at("all").as_object();
    out.facts = {{"investigations concluded that had a limit", shown(all, "concluded")},
                 {"within the limit", percent_shown(all, "within_share")},
                 {"extended by a decision in time", percent_shown(all, "extended_in_time_share")},
                 {"extended when the limit had passed", percent_shown(all, "extended_late_share")},
                 {"over the limit without a decision", percent_shown(all, "over_without_decision_share")},
                 {"running today", std::to_string(sum(answer, "backlog", "open"))},
                 {"of them past their limit today", std::to_string(sum(answer, "backlog", "overdue"))}};
    MINNE_TRY(const auto queue, ask("queues?purpose=supervision"));
    out.facts.push_back({"waiting for the reinforcement team today", shown(queue, "total")});
    out.facts.push_back({"of them with a limit that passed while they waited",
                         std::to_string(queue.at("passed_while_waiting").as_array().size())});
    out.facts.push_back({"order of waiting against order of need (Kendall's tau)", shown(queue, "kendall_tau")});
    return out;
  }

  Result<SummarySection> memory() {
    SummarySection out{"c", "Is a child who is reported again and again remembered when staff leave?", {}, {}, {}};
    MINNE_TRY(const auto often, ask("repeats?min=3&within=365&limit=1"));
    MINNE_TRY(const auto never, ask("repeats?min=3&within=365&not_opened=true&limit=1"));
    MINNE_TRY(const auto absent, ask("repeats?min=3&within=365&not_opened=true&concern=school_absence&limit=1"));
    MINNE_TRY(const auto chains, ask("chained?purpose=supervision"));
    MINNE_TRY(const auto staff, ask("continuity?year={}", year_));
    const auto investigations = sum(staff, "handovers_per_open_investigation", "investigations");
    std::int64_t kept = 0;
    for (const auto& item : staff.at("handovers_per_open_investigation").as_array()) {
      if (number(item.as_object(), "handovers") == 0) kept += number(item.as_object(), "investigations");
    }
    out.facts = {
        {"children with 3 reports or more in the year up to today", shown(often, "total")},
        {"of them none of whose reports led to an investigation", shown(never, "total")},
        {"children with 3 reports of absence from school and no investigation", shown(absent, "total")},
        {"investigations of all years closed and opened again without a new report",
         std::to_string(chains.at("chains").as_array().size())},
        {"investigations that kept their worker", of_whole(kept, investigations)},
        {"days without a responsible worker", std::to_string(sum(staff, "without_responsible_worker", "days"))},
        {"staff who left", std::to_string(sum(staff, "turnover", "left"))}};
    return out;
  }

  Result<SummarySection> follow_up() {
    SummarySection out{"d", "Is the follow-up used that the law allows after a declined intervention?", {}, {}, {}};
    MINNE_TRY(const auto answer, ask("declined-followup?purpose=supervision"));
    std::int64_t eligible = 0;
    std::int64_t decided = 0;
    for (const auto& item : answer.at("statistics").as_array()) {
      const auto& one = item.as_object();
      if (number(one, "year") != year_) continue;
      eligible += number(one, "eligible");
      decided += number(one, "decided");
    }
    out.facts = {{"investigations that ended with a declined proposal", std::to_string(eligible)},
                 {"follow-up decided", std::to_string(decided)},
                 {"used", of_whole(decided, eligible)},
                 {"declined in any year, and nothing decided today", shown(answer, "total")}};
    return out;
  }

  Result<SummarySection> instruments() {
    SummarySection out{"e",
                       "Are instruments and individual follow-up used, so that a common picture can be formed?",
                       {},
                       {"instrument, all years", "used", "reason given for not", "nothing recorded", "investigations"},
                       {}};
    MINNE_TRY(const auto answer, ask("instruments"));
    constexpr std::array<std::string_view, 4> kFields{"used", "not_used", "nothing_recorded", "investigations"};
    for (const auto& instrument : answer.at("eligible").as_object()) {
      for (const auto& item : instrument.value().as_array()) {
        const auto& one = item.as_object();
        if (shown(one, "unit") != "all" || shown(one, "year") != "all") continue;
        auto& row = out.rows.emplace_back();
        row.push_back(std::string{instrument.key()});
        for (const auto field : kFields) row.push_back(shown(one, field));
      }
    }
    MINNE_TRY(const auto heard, ask("participation?{}", period(year_, today_)));
    out.facts.push_back({"interventions measured at start and end (ISU)", measured_twice_});
    out.facts.push_back(
        {"investigations in which the child was heard", percent_shown(heard.at("all").as_object(), "heard_share")});
    return out;
  }

 private:
  // Started in the year, by age, and how many of them of each sex.
  Result<> for_whom(SummarySection& section) const {
    MINNE_TRY(const auto answer, ask("interventions?rows=age_band&columns=sex&year={}", year_));
    std::map<std::string, std::pair<std::string, std::string>> bands;
    for (const auto& cell : answer.at("cells").as_array()) {
      const auto& one = cell.as_object();
      const auto sex = shown(one, "sex");
      auto& [all, by_sex] = bands[shown(one, "age_band")];
      if (sex == "all") {
        all = shown(one, "started");
      } else {
        by_sex += (by_sex.empty() ? "" : ", ") + sex + " " + shown(one, "started");
      }
    }
    for (const auto& [band, counts] : bands) {
      if (band != "all") section.facts.push_back({"started, " + band, counts.first + " (" + counts.second + ")"});
    }
    return {};
  }

  template <class... Values>
  Result<json::object> ask(fmt::format_string<Values...> question, Values&&... values) const {
    auto target = fmt::format(question, std::forward<Values>(values)...);
    target += (target.find('?') == std::string::npos ? "?today=" : "&today=") + today_;
    return get_(target);
  }

  const SummarySource& get_;
  int year_;
  std::string today_;
  std::string measured_twice_ = "–";  // told by what answers (a), asked for in (e)
};

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string table_html(const SummarySection& section) {
  std::string out = "<table><tr>";
  for (const auto& name : section.columns) out += "<th>" + escaped(name) + "</th>";
  out += "</tr>\n";
  for (const auto& row : section.rows) {
    out += "<tr>";
    for (const auto& cell : row) out += "<td>" + escaped(cell) + "</td>";
    out += "</tr>\n";
  }
  return out + "</table>\n";
}

}  // namespace

Result<Summary> make_summary(const SummarySource& get, int year, const std::string& today) {
  Summary out;
  out.year = year;
  Maker maker(get, year, today);
  for (const auto make : {&Maker::help, &Maker::limits, &Maker::memory, &Maker::follow_up, &Maker::instruments}) {
    MINNE_TRY(auto section, (maker.*make)());
    out.sections.push_back(std::move(section));
  }
  MINNE_TRY(const auto stated, get("participation?today=" + today));
  out.board = shown(stated, "board");
  out.made_from = fmt::format("made from position {} with rules {} on {}", shown(stated, "position"),
                              shown(stated, "rules"), shown(stated, "today"));
  return out;
}

std::string summary_text(const Summary& summary) {
  std::string out = fmt::format("{}, {}\n{}\n", summary.board, summary.year, summary.made_from);
  for (const auto& section : summary.sections) {
    out += fmt::format("\n{}) {}\n", section.letter, section.question);
    std::size_t width = 0;
    for (const auto& fact : section.facts) width = std::max(width, width_of(fact.what) + 2);
    for (const auto& fact : section.facts) out += "   " + padded(fact.what, width) + fact.value + "\n";
    if (!section.columns.empty()) out += text_table(section.columns, section.rows, "   ");
  }
  return out;
}

std::string summary_html(const Summary& summary) {
  const auto title = escaped(fmt::format("{}, {}", summary.board, summary.year));
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + title +
      "</title>\n<style>body{font:16px/1.4 sans-serif;max-width:60em;margin:2em auto}table{border-collapse:collapse}"
      "th,td{text-align:left;padding:.2em .8em .2em 0;border-bottom:1px solid #ccc}</style></head>\n<body><h1>" +
      title + "</h1>\n<p>" + escaped(summary.made_from) + "</p>\n";
  for (const auto& section : summary.sections) {
    out += "<h2>" + escaped(section.letter + ") " + section.question) + "</h2>\n";
    if (!section.facts.empty()) {
      out += "<table>\n";
      for (const auto& fact : section.facts) {
        out += "<tr><td>" + escaped(fact.what) + "</td><td>" + escaped(fact.value) + "</td></tr>\n";
      }
      out += "</table>\n";
    }
    if (!section.columns.empty()) out += table_html(section);
  }
  return out + "</body></html>\n";
}

json::object summary_json(const Summary& summary) {
  json::array sections;
  for (const auto& section : summary.sections) {
    json::object facts;
    for (const auto& fact : section.facts) facts[fact.what] = fact.value;
    json::array rows;
    for (const auto& row : section.rows) {
      json::object cells;
      for (std::size_t i = 0; i < row.size(); ++i) cells[section.columns[i]] = row[i];
      rows.push_back(std::move(cells));
    }
    sections.push_back(json::object{{"letter", section.letter},
                                    {"question", section.question},
                                    {"facts", std::move(facts)},
                                    {"rows", std::move(rows)}});
  }
  return {{"board", summary.board},
          {"year", summary.year},
          {"made_from", summary.made_from},
          {"sections", std::move(sections)}};
}

}  // namespace minne
