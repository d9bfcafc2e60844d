// Row 3 of what boards complain of: staff turnover, and what it does to children and to limits.
#include "core/keys.h"
#include "projections/components/matters.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

#include <boost/json/array.hpp>

#include <set>

namespace minne {
namespace {

namespace json = boost::json;
using Distribution = std::map<std::pair<std::string, std::int64_t>, std::int64_t>;  // unit, value: how many

class Answer {
 public:
  explicit Answer(const QuestionAsked& asked)
      : asked_(asked),
        year_(asked.text("year").empty() ? year_of(to_days(asked.today)) : static_cast<int>(asked.integer("year"))),
        first_(year_begins(year_)),
        end_(year_begins(year_ + 1)),
        today_(to_days(asked.today)) {}

  Result<json::object> make() {
    MINNE_TRY_VOID(read_children());
    MINNE_TRY_VOID(read_handovers());
    MINNE_TRY_VOID(read_gaps());
    MINNE_TRY_VOID(read_investigations());
    MINNE_TRY_VOID(read_staff());
    return json::object{{"year", year_},
                        {"workers_per_child", listed(workers_, "workers", "children")},
                        {"handovers_per_child", listed(handovers_, "handovers", "children")},
                        {"handovers_per_open_investigation", listed(open_, "handovers", "investigations")},
                        {"open_obligations_at_handover", listed(running_, "open_obligations", "handovers")},
                        {"without_responsible_worker", gaps()},
                        {"limit_breaches", breaches()},
                        {"turnover", turnover()}};
  }

 private:
  struct Gaps {
    Values days;
    std::int64_t ongoing = 0;
  };
  struct Breaches {
    std::int64_t investigations = 0;
    std::int64_t passed = 0;
  };
  struct Turnover {
    std::int64_t left = 0;
    std::int64_t days = 0;
  };

  Result<> read_children() {
    return each_tally<Continuity>(asked_, Continuity::kChildren, {}, [&](std::string_view key, std::int64_t n) {
      KeyReader reader(key);
      const auto first = reader.u16();
      const auto last = reader.u16();
      const auto unit = reader.text();
      if (year_ < first || (last != Continuity::kEveryYear && year_ > last) || !asks_for(asked_, unit)) return;
      workers_[{std::string{unit}, reader.u16()}] += n;
      handovers_[{std::string{unit}, reader.u16()}] += n;
    });
  }

  Result<> read_handovers() {
    return each_tally<Continuity>(asked_, Continuity::kHandovers, year_prefix(),
                                  [&](std::string_view key, std::int64_t n) {
                                    KeyReader reader(key);
                                    reader.u16();
                                    const auto unit = reader.text();
                                    if (asks_for(asked_, unit)) running_[{std::string{unit}, reader.u16()}] += n;
                                  });
  }

  // Days of this year: of gaps that ended, and of those that go on.
  Result<> read_gaps() {
    const auto add = [&](std::string_view unit, std::uint8_t kind, std::int64_t days, std::int64_t n, bool ongoing) {
      if (!asks_for(asked_, unit) || days <= 0) return;
      auto& gaps = gaps_[{std::string{unit}, kind}];
      gaps.days.add(days, n);
      if (ongoing) gaps.ongoing += n;
    };
    MINNE_TRY_VOID(
        each_tally<Continuity>(asked_, Continuity::kGaps, year_prefix(), [&](std::string_view key, std::int64_t n) {
          KeyReader reader(key);
          reader.u16();
          const auto unit = reader.text();
          const auto kind = reader.u8();
          add(unit, kind, reader.u16(), n, false);
        }));
    return each_tally<Continuity>(asked_, Continuity::kUnassigned, {}, [&](std::string_view key, std::int64_t n) {
      KeyReader reader(key);
      const auto unit = reader.text();
      const auto kind = reader.u8();
      add(unit, kind, std::min(today_, end_) - std::max(reader.day(), first_), n, today_ < end_);
    });
  }

  // Those concluded in the year; in the asker's own year also those that run past their limit.
  Result<> read_investigations() {
    const auto add = [&](const Course& course, std::int64_t n, bool passed) {
      auto& breaches = breaches_[{std::string{course.unit}, course.handovers > 0}];
      breaches.investigations += n;
      if (passed) breaches.passed += n;
    };
    MINNE_TRY_VOID(
        each_tally<Courses>(asked_, Courses::kConcluded, year_prefix(), [&](std::string_view key, std::int64_t n) {
          const auto course = Course::read(key);
          if (!asks_for(asked_, course.unit) || course.limit == LimitKept::kNone) return;
          add(course, n, course.limit == LimitKept::kOver || course.limit == LimitKept::kExtendedLate);
        }));
    return each_tally<Courses>(asked_, Courses::kRunning, {}, [&](std::string_view key, std::int64_t n) {
      const auto course = Course::read(key);
      if (!asks_for(asked_, course.unit)) return;
      open_[{std::string{course.unit}, course.handovers}] += n;
      if (course.day < today_ && year_ == year_of(today_)) add(course, n, true);
    });
  }

  Result<> read_staff() {
    return each_tally<Staff>(asked_, Staff::kEmployed, {}, [&](std::string_view key, std::int64_t n) {
      KeyReader reader(key);
      const auto unit = reader.text();
      const auto from = reader.day();
      const auto to = reader.day();
      const auto left = reader.u8() != 0;
      if (!asks_for(asked_, unit)) return;
      const auto days = std::min(to, counted_until()) - std::max(from, first_);
      const bool left_now = left && to >= first_ && to < end_;
      if (days <= 0 && !left_now) return;
      auto& turnover = turnover_[std::string{unit}];
      turnover.days += std::max(days, 0) * n;
      if (left_now) turnover.left += n;
    });
  }

  [[nodiscard]] std::string year_prefix() const { return KeyWriter{}.u16(static_cast<std::uint16_t>(year_)).str(); }
  [[nodiscard]] std::int32_t counted_until() const { return std::min(end_, today_ + 1); }

  static json::array listed(const Distribution& distribution, std::string_view value, std::string_view of) {
    json::array out;
    for (const auto& [key, count] : distribution)
      out.push_back(json::object{{"unit", text_or_null(key.first)}, {value, key.second}, {of, count}});
    return out;
  }
  [[nodiscard]] json::array gaps() const {
    json::array out;
    for (const auto& [key, gaps] : gaps_) {
      out.push_back(json::object{{"unit", text_or_null(key.first)},
                                 {"matter", name_of(static_cast<MatterKind>(key.second))},
                                 {"gaps", gaps.days.count()},
                                 {"days", gaps.days.sum()},
                                 {"median", gaps.days.percentile(50)},
                                 {"longest", gaps.days.max()},
                                 {"ongoing", gaps.ongoing}});
    }
    return out;
  }
  [[nodiscard]] json::array breaches() const {
    json::array out;
    for (const auto& [key, count] : breaches_) {
      out.push_back(json::object{{"unit", text_or_null(key.first)},
                                 {"handed_over", key.second},
                                 {"investigations", count.investigations},
                                 {"breaches", count.passed},
                                 {"share", share(count.passed, count.investigations)}});
    }
    return out;
  }
  [[nodiscard]] json::array turnover() const {
    json::array out;
    const auto year = counted_until() - first_;
    for (const auto& [unit, count] : turnover_) {
      const auto mean = year <= 0 ? 0. : static_cast<double>(count.days) / year;
      out.push_back(json::object{
          {"unit", text_or_null(unit)},
          {"left", count.left},
          {"mean_headcount", rounded(mean)},
          {"turnover", mean > 0 ? json::value(rounded(static_cast<double>(count.left) / mean)) : json::value()}});
    }
    return out;
  }

  const QuestionAsked& asked_;
  int year_;
  std::int32_t first_;
  std::int32_t end_;
  std::int32_t today_;
  Distribution workers_;
  Distribution handovers_;
  Distribution open_;
  Distribution running_;
  std::map<std::pair<std::string, std::uint8_t>, Gaps> gaps_;
  std::map<std::pair<std::string, bool>, Breaches> breaches_;
  std::map<std::string, Turnover> turnover_;
};

Result<json::object> continuity(const QuestionAsked& asked) { return Answer{asked}.make(); }

}  // namespace

Question continuity_question() {
  return {.name = "continuity",
          .summary =
              "Handovers, workers per child, days without a responsible worker, turnover, and the limits passed "
              "with and without a handover",
          .parameters = {unit_parameter(),
                         {.name = "year",
                          .kind = QuestionParameter::Kind::kInteger,
                          .description = "the calendar year; today's where left out",
                          .minimum = 1'900,
                          .maximum = 9'000}},
          .answer = continuity};
}

}  // namespace minne
