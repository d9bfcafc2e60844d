// Row 4 of what boards complain of, case by case: where the days of an investigation past its limit went.
#include "core/keys.h"
#include "projections/queries.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

#include <boost/json/array.hpp>

#include <set>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::string_view kInvestigationLimit = "INV_4M";

// Days on which something held, of those from one date until another: the last is no day of it (projections/README.md).
class DaysWithin {
 public:
  DaysWithin(std::int32_t from, std::int32_t to)
      : from_(from), held_(static_cast<std::size_t>(std::max(to - from, 0))) {}
  void add(std::int32_t from, std::int32_t to) {
    const auto end = std::min<std::int64_t>(std::int64_t{to} - from_, std::ssize(held_));
    for (std::int64_t i = std::max(from - from_, 0); i < end; ++i) held_[static_cast<std::size_t>(i)] = true;
  }
  [[nodiscard]] std::int64_t count() const { return std::ranges::count(held_, true); }
  [[nodiscard]] std::int64_t missing() const { return std::ssize(held_) - count(); }

 private:
  std::int32_t from_;
  std::vector<bool> held_;
};

struct Spent {
  std::int64_t unassigned = 0;
  std::int64_t in_queue = 0;
  std::int64_t awaiting_information = 0;
  std::int64_t silent = 0;

  void add(const Spent& other) {
    unassigned += other.unassigned;
    in_queue += other.in_queue;
    awaiting_information += other.awaiting_information;
    silent += other.silent;
  }
  [[nodiscard]] json::object shown() const {
    return {{"unassigned", unassigned},
            {"in_queue", in_queue},
            {"awaiting_information", awaiting_information},
            {"without_event", silent}};
  }
};

// What names no matter is about the whole file.
bool concerns(const Id& matter, const Id& investigation) { return matter.is_nil() || matter == investigation; }

Spent days_of(const CaseRow& row, const rows::InvestigationT& investigation, std::int32_t to) {
  const auto from = investigation.opened_on;
  DaysWithin assigned(from, to);
  for (const auto& item : row.get<Assignments>().items) {
    if (item->role == kResponsible && concerns(item->matter, investigation.id))
      assigned.add(item->from_on, item->ended_on.value_or(to));
  }
  DaysWithin waiting(from, to);
  for (const auto& item : row.get<Queues>().items) {
    if (concerns(item->waiting, investigation.id)) waiting.add(item->entered_on, item->left_on.value_or(to));
  }
  const auto& information = row.get<Information>();
  DaysWithin awaiting(from, to);
  for (const auto& request : information.requests) {
    if (concerns(request->matter, investigation.id))
      awaiting.add(request->on, answered_on(information, *request).value_or(to));
  }
  return {assigned.missing(), waiting.count(), awaiting.count(), silent_days(row.get<Activity>(), from, to)};
}

// The last day of the first limit it had.
std::optional<std::int32_t> first_limit(const CaseRow& row, const Id& investigation) {
  for (const auto& item : row.get<Obligations>().items) {
    if (item->rule == kInvestigationLimit && item->matter == investigation && item->extends.is_nil() &&
        item->state != rows::State::cancelled)
      return item->nominal;
  }
  return std::nullopt;
}

// Some extension was decided when the limit before it had passed, however it ended.
bool extended_late(const CaseRow& row, const Id& investigation) {
  return std::ranges::any_of(row.get<Obligations>().items, [&](const auto& item) {
    return item->rule == kInvestigationLimit && item->matter == investigation && item->extended_late;
  });
}

class Late {
 public:
  explicit Late(const QuestionAsked& asked) : asked_(asked) {}

  // Those concluded late in the period.
  Result<> add_concluded(const Period& period) {
    const auto space = static_cast<Space>(kFirstIndex + index_base<Courses>() + Courses::kLate);
    std::vector<std::pair<Id, Id>> found;
    MINNE_TRY_VOID(
        asked_.view.scan(space, {}, KeyWriter{}.day(period.from).str(), [&](std::string_view key, std::string_view) {
          KeyReader reader(key);
          if (reader.day() > period.to) return false;
          const auto case_id = reader.id();
          found.emplace_back(case_id, reader.id());
          complete_ = found.size() < kMaxPage;
          return complete_;
        }));
    for (const auto& [case_id, investigation] : found) {
      MINNE_TRY(const auto row, read_row(asked_.view, case_id));
      const auto* item = find_investigation(row.get<Investigations>(), investigation);
      if (item != nullptr && item->concluded_on) add(row, *item);
    }
    return {};
  }

  // Those whose last limit has passed, and that still run.
  Result<> add_running() {
    const auto queue = queue_prefix(QueueBy::kRule, kInvestigationLimit, rows::State::open);
    std::set<Id> cases;
    MINNE_TRY_VOID(
        each_entry<Obligations>(asked_, Obligations::kQueue, queue, [&](std::string_view key, std::string_view) {
          KeyReader reader(key.substr(queue.size()));
          if (reader.day() >= to_days(asked_.today)) return false;
          cases.insert(reader.id());
          complete_ = complete_ && cases.size() < kMaxPage;
          return cases.size() < kMaxPage;
        }));
    for (const auto& case_id : cases) {
      MINNE_TRY(const auto row, read_row(asked_.view, case_id));
      for (const auto& clock : row.get<Obligations>().items) {
        if (clock->rule != kInvestigationLimit || state_on(*clock, asked_.today) != rows::State::open) continue;
        const auto* item = find_investigation(row.get<Investigations>(), clock->matter);
        if (clock->nominal < to_days(asked_.today) && item != nullptr && !item->concluded_on) add(row, *item);
      }
    }
    return {};
  }

  json::object shown(const Period& period) {
    json::array units;
    for (const auto& [unit, sum] : by_unit_) {
      units.push_back(json::object{{"unit", text_or_null(unit)}, {"late", sum.first}, {"days", sum.second.shown()}});
    }
    return {{"from", to_text(from_days(period.from))},
            {"to", to_text(from_days(period.to))},
            {"complete", complete_},
            {"by_unit", std::move(units)},
            {"late", std::move(items_)}};
  }

 private:
  void add(const CaseRow& row, const rows::InvestigationT& item) {
    const auto course = course_of(row, item);
    if (!asks_for(asked_, course.unit)) return;
    const auto to = item.concluded_on.value_or(std::max(to_days(asked_.today), item.opened_on));
    const auto days = days_of(row, item, to);
    const auto limit = first_limit(row, item.id);
    auto& sum = by_unit_[std::string{course.unit}];
    ++sum.first;
    sum.second.add(days);
    items_.push_back(json::object{
        {"case", to_text(row.id)},
        {"ref", text_or_null(row.get<File>().external_ref)},
        {"investigation", to_text(item.id)},
        {"unit", text_or_null(course.unit)},
        {"opened", to_text(from_days(item.opened_on))},
        {"limit", limit ? json::value(to_text(from_days(*limit))) : json::value()},
        {"concluded", item.concluded_on ? json::value(to_text(from_days(*item.concluded_on))) : json::value()},
        {"extended", extended_late(row, item.id) ? "late"
                     : item.extensions > 0       ? "in_time"
                                                 : "no"},
        {"days_open", to - item.opened_on},
        {"days_past", limit ? json::value(to - *limit) : json::value()},
        {"handovers", course.handovers},
        {"days", days.shown()}});
  }

  const QuestionAsked& asked_;
  std::map<std::string, std::pair<std::int64_t, Spent>> by_unit_;
  json::array items_;
  bool complete_ = true;
};

Result<json::object> late_investigations(const QuestionAsked& asked) {
  MINNE_TRY(const Period period, period_of(asked));
  Late late(asked);
  MINNE_TRY_VOID(late.add_concluded(period));
  MINNE_TRY_VOID(late.add_running());
  return late.shown(period);
}

}  // namespace

Question late_investigations_question() {
  return {.name = "late-investigations",
          .summary =
              "Investigations concluded past their limit in a period, and those past it today: the days that "
              "nobody was responsible, in a queue, awaiting information, without any event for 14 days",
          .parameters = {from_parameter(), to_parameter(), unit_parameter()},
          .lists_cases = true,
          .answer = late_investigations};
}

}  // namespace minne
