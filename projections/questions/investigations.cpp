// Row 4: of the investigations concluded in a period, how many kept the four months. Row 27: was the child heard.
#include "core/keys.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

#include <boost/json/array.hpp>

namespace minne {
namespace {

namespace json = boost::json;

Result<> each_concluded(const QuestionAsked& asked, const Period& period,
                        const std::function<void(const Course&, std::int64_t)>& visit) {
  return each_tally<Courses>(asked, Courses::kConcluded, {}, [&](std::string_view key, std::int64_t count) {
    const auto course = Course::read(key);
    if (period.holds(course.day) && asks_for(asked, course.unit)) visit(course, count);
  });
}

json::object answer_for(const Period& period) {
  return {{"from", to_text(from_days(period.from))}, {"to", to_text(from_days(period.to))}};
}

// --- limits

struct Limits {
  std::array<std::int64_t, 5> by_limit{};  // LimitKept
  std::int64_t over_weekend = 0;

  void add(const Course& course, std::int64_t count) {
    by_limit[static_cast<std::size_t>(course.limit)] += count;
    if (course.within_adjusted) over_weekend += count;
  }
  [[nodiscard]] std::int64_t of(LimitKept limit) const { return by_limit[static_cast<std::size_t>(limit)]; }
  [[nodiscard]] json::object shown(json::object out) const {
    const auto whole =
        of(LimitKept::kWithin) + of(LimitKept::kExtended) + of(LimitKept::kExtendedLate) + of(LimitKept::kOver);
    out["concluded"] = whole;
    const auto add = [&](std::string_view name, LimitKept limit) {
      out[name] = of(limit);
      out[std::string{name} + "_share"] = share(of(limit), whole);
    };
    add("within", LimitKept::kWithin);
    add("extended_in_time", LimitKept::kExtended);
    add("extended_late", LimitKept::kExtendedLate);
    add("over_without_decision", LimitKept::kOver);
    out["over_by_days_off_only"] = over_weekend;
    out["without_limit"] = of(LimitKept::kNone);
    return out;
  }
};

struct Backlog {
  std::int64_t open = 0;
  std::int64_t extended = 0;
  Values overdue;

  [[nodiscard]] json::object shown(json::object out) const {
    out["open"] = open;
    out["extended"] = extended;
    out["overdue"] = overdue.count();
    out["overdue_median_days"] = overdue.count() == 0 ? json::value() : json::value(overdue.percentile(50));
    out["overdue_longest_days"] = overdue.count() == 0 ? json::value() : json::value(overdue.max());
    return out;
  }
};

Result<json::object> investigations(const QuestionAsked& asked) {
  MINNE_TRY(const Period period, period_of(asked));
  Limits all;
  std::map<std::string, Limits> by_unit;
  MINNE_TRY_VOID(each_concluded(asked, period, [&](const Course& course, std::int64_t count) {
    all.add(course, count);
    by_unit[std::string{course.unit}].add(course, count);
  }));
  std::map<std::string, Backlog> backlogs;
  MINNE_TRY_VOID(each_tally<Courses>(asked, Courses::kRunning, {}, [&](std::string_view key, std::int64_t count) {
    const auto course = Course::read(key);
    if (!asks_for(asked, course.unit)) return;
    auto& backlog = backlogs[std::string{course.unit}];
    backlog.open += count;
    if (course.limit == LimitKept::kExtended || course.limit == LimitKept::kExtendedLate) backlog.extended += count;
    if (course.day < to_days(asked.today)) backlog.overdue.add(to_days(asked.today) - course.day, count);
  }));
  auto out = answer_for(period);
  out["all"] = all.shown({});
  json::array units;
  for (const auto& [unit, limits] : by_unit) units.push_back(limits.shown({{"unit", text_or_null(unit)}}));
  out["by_unit"] = std::move(units);
  json::array backlog;
  for (const auto& [unit, open] : backlogs) backlog.push_back(open.shown({{"unit", text_or_null(unit)}}));
  out["backlog"] = std::move(backlog);
  return out;
}

// --- the child's voice

struct Voices {
  std::array<std::int64_t, 4> by_voice{};  // Voice

  [[nodiscard]] std::int64_t of(Voice voice) const { return by_voice[static_cast<std::size_t>(voice)]; }
  [[nodiscard]] json::object shown(json::object out) const {
    const auto heard = of(Voice::kHeard) + of(Voice::kHeardAlone);
    const auto whole = heard + of(Voice::kNotHeard) + of(Voice::kNotRecorded);
    out["concluded"] = whole;
    out["heard"] = heard;
    out["heard_share"] = share(heard, whole);
    out["heard_alone"] = of(Voice::kHeardAlone);
    out["heard_alone_share"] = share(of(Voice::kHeardAlone), whole);
    out["not_heard"] = of(Voice::kNotHeard);
    out["not_recorded"] = of(Voice::kNotRecorded);
    return out;
  }
};

Result<json::object> participation(const QuestionAsked& asked) {
  MINNE_TRY(const Period period, period_of(asked));
  Voices all;
  std::map<std::string, Voices> by_unit;
  std::map<std::pair<std::string, std::string>, std::int64_t> by_reason;
  MINNE_TRY_VOID(each_concluded(asked, period, [&](const Course& course, std::int64_t count) {
    all.by_voice[static_cast<std::size_t>(course.voice)] += count;
    by_unit[std::string{course.unit}].by_voice[static_cast<std::size_t>(course.voice)] += count;
    if (course.voice == Voice::kNotHeard) by_reason[{std::string{course.unit}, std::string{course.reason}}] += count;
  }));
  auto out = answer_for(period);
  out["all"] = all.shown({});
  json::array units;
  for (const auto& [unit, voices] : by_unit) units.push_back(voices.shown({{"unit", text_or_null(unit)}}));
  out["by_unit"] = std::move(units);
  json::array reasons;
  for (const auto& [key, count] : by_reason) {
    reasons.push_back(json::object{
        {"unit", text_or_null(key.first)}, {"reason", text_or_null(key.second)}, {"investigations", count}});
  }
  out["reasons_for_not_hearing"] = std::move(reasons);
  return out;
}

}  // namespace

Question investigations_question() {
  return {.name = "investigations",
          .summary =
              "Of investigations concluded in a period, how many kept their limit, were extended or went over; "
              "and today's backlog",
          .parameters = {from_parameter(), to_parameter(), unit_parameter()},
          .answer = investigations};
}

Question participation_question() {
  return {.name = "participation",
          .summary = "In how many investigations concluded in a period the child was heard, heard alone, or why not",
          .parameters = {from_parameter(), to_parameter(), unit_parameter()},
          .answer = participation};
}

}  // namespace minne
