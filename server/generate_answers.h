// Parts of the manifest's answers, subject by subject. Each adds questions as they are asked, with what must be found.
#pragma once

#include "server/generate_known.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace minne::generate::known {

struct Asking {
  const Board& board;
  Day today;
  boost::json::array& out;

  // `hidden`: counts under five may be null in the answer, and others with them.
  void ask(std::string_view question, boost::json::object asked, boost::json::object answer, bool hidden = false) const;
  [[nodiscard]] std::string unit(std::uint32_t unit) const { return board.units[unit]; }
  template <class Visit>
  void each_case(const Visit& visit) const {
    for (const auto& file : board.cases) {
      if (file != nullptr) visit(*file);
    }
  }
};

// Lists of cases hold so many at most.
inline constexpr std::size_t kMostListed = 1000;

void answer_investigations(const Asking& asking);  // limits, participation, chains, instruments
void answer_help(const Asking& asking);            // declined, interventions
void answer_needs(const Asking& asking);           // beside the help that was given for them
void answer_placements(const Asking& asking);
void answer_queues(const Asking& asking);
void answer_work(const Asking& asking);  // caseload, handovers, continuity
void answer_lead_times(const Asking& asking);
void answer_late_investigations(const Asking& asking);
void answer_retention(const Asking& asking);
void answer_plans(const Asking& asking);
void answer_collaborations(const Asking& asking);
void answer_mediation(const Asking& asking);
void answer_open_services(const Asking& asking);
void answer_commitments(const Asking& asking);
void answer_filings(const Asking& asking);
void answer_family_homes(const Asking& asking);
void answer_report_counts(const Asking& asking);
void answer_patterns(const Asking& asking);
void answer_picture(const Asking& asking);

[[nodiscard]] int year_of(Day day);
[[nodiscard]] std::string id_text(const Id& id);
[[nodiscard]] std::string band_of(const Case& file, Day day);
[[nodiscard]] std::string sex_of(const Case& file);
// Whose answer it was on the last day; while it is open, whose it is now; else the unit that opened it.
[[nodiscard]] std::uint32_t unit_on_last_day(const Case& file, std::size_t investigation);
[[nodiscard]] int handovers_in(const Case& file, std::size_t investigation);
[[nodiscard]] std::vector<Day> limits_of(const Investigation& investigation);
// Its key in assignments.
[[nodiscard]] std::uint32_t key_of(std::size_t investigation);

enum class Limit : std::uint8_t { kNone, kWithin, kExtended, kExtendedLate, kOver };
[[nodiscard]] Limit limit_of(const Investigation& investigation);
[[nodiscard]] bool coerced(const Case& file, const Investigation& item);

// Each part of a placement with its first and last day.
template <class Visit>
void each_spell(const Case& file, const Visit& visit) {
  for (const auto& placement : file.placements) {
    for (std::size_t i = 0; i < placement.spells.size(); ++i) {
      const bool last = i + 1 == placement.spells.size();
      const Day to = last ? placement.ended : std::min(placement.ended, placement.spells[i + 1].from - 1);
      if (placement.spells[i].from <= to) visit(placement, placement.spells[i], to);
    }
  }
}

// How placed children fare (generate_answers_fares.cpp).
[[nodiscard]] boost::json::array coverage_on(const Asking& asking, Day on);
[[nodiscard]] boost::json::array reports_around(const Asking& asking);
// By form, and of "all": days of the year, so far, on which children were placed.
[[nodiscard]] std::map<std::string, std::int64_t> placed_days(const Asking& asking, int year);
// To a tenth; null where there were no days.
[[nodiscard]] boost::json::value in_a_year(std::int64_t count, std::int64_t days);

// As many as a list holds, in the order of their keys.
template <class Found>
[[nodiscard]] boost::json::array first_listed(Found& found) {
  boost::json::array out;
  for (auto& [key, item] : found) {
    if (out.size() < kMostListed) out.push_back(std::move(item));
  }
  return out;
}

// How often each value was seen; ranks as textbooks have them (nearest rank).
class Spread {
 public:
  void add(std::int64_t value) { values_.push_back(value); }
  [[nodiscard]] boost::json::object shown(boost::json::object out) const;
  [[nodiscard]] std::int64_t rank(int per_cent) const;
  [[nodiscard]] std::size_t count() const { return values_.size(); }
  [[nodiscard]] std::int64_t longest() const;

 private:
  std::vector<std::int64_t> values_;
};

// A table of counts: rows by their labels in order, then the sum of each column, with each row's sum and, where one is
// asked for, the share of a column in it.
class Counts {
 public:
  Counts(std::vector<std::string> labels, std::vector<std::string> columns, std::string sum, std::string share = {})
      : labels_(std::move(labels)), columns_(std::move(columns)), sum_(std::move(sum)), share_(std::move(share)) {}
  void add(std::vector<std::string> row, std::size_t column, std::int64_t amount = 1);
  [[nodiscard]] boost::json::array shown() const;

 private:
  [[nodiscard]] boost::json::object line(const std::vector<std::string>& row,
                                         const std::vector<std::int64_t>& counts) const;

  std::vector<std::string> labels_;
  std::vector<std::string> columns_;
  std::string sum_;
  std::string share_;
  std::map<std::vector<std::string>, std::vector<std::int64_t>> rows_;
};

}  // namespace minne::generate::known
