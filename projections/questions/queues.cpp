// Rows 5 and 6 of what boards complain of: help is given "efter kötid och inte behov", and some wait past four months.
#include "core/keys.h"
#include "projections/questions.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxWaiting = 10'000;  // both orders are compared pair by pair
constexpr std::int32_t kPassedDays = 365;

struct Waiting {
  Id case_id;
  Id entry;
  QueueWait wait;
  std::optional<std::int32_t> need;  // the last score given by the chosen day
  std::size_t by_wait = 0;
  std::size_t by_need = 0;
};

std::optional<std::int32_t> need_on(const QueueWait& wait, std::int32_t day) {
  std::optional<std::int32_t> out;
  for (const auto& score : wait.scores) {
    if (score.on <= day) out = score.score;
  }
  return out;
}

Waiting entry_of(std::string_view queue, std::string_view key, std::string_view value, std::int32_t on) {
  KeyReader reader(key.substr(queue.size()));
  reader.day();
  Waiting out;
  out.case_id = reader.id();
  out.entry = reader.id();
  out.wait = unpack_wait(value);
  out.need = need_on(out.wait, on);
  return out;
}

// The entries of a queue from a day on.
Result<> each_from(const View& view, std::uint8_t index, const std::string& queue, std::int32_t day,
                   const View::Visit& visit) {
  const auto space = static_cast<Space>(kFirstIndex + index_base<Queues>() + index);
  return view.scan(space, queue, KeyWriter{queue}.day(day).str(), visit);
}

// Who had entered by the day and left after it: they stand after it in the index.
Result<std::vector<Waiting>> waiting_on(const QuestionAsked& asked, const std::string& queue, std::int32_t on) {
  std::vector<Waiting> out;
  bool too_many = false;
  MINNE_TRY_VOID(
      each_from(asked.view, Queues::kWaits, queue, on + 1, [&](std::string_view key, std::string_view value) {
        auto one = entry_of(queue, key, value, on);
        if (one.wait.entered_on > on) return true;
        too_many = out.size() == kMaxWaiting;
        if (!too_many) out.push_back(std::move(one));
        return !too_many;
      }));
  if (too_many) return failure(Code::kTooLarge, "more than 10,000 wait in the queue", "queue");
  return out;
}

void rank(std::vector<Waiting>& waiting) {
  const auto first_come = [](const Waiting& one) { return std::tuple{one.wait.entered_at, one.case_id, one.entry}; };
  std::ranges::sort(waiting, {}, first_come);
  std::vector<Waiting*> needs;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    waiting[i].by_wait = i + 1;
    needs.push_back(&waiting[i]);
  }
  // The greatest need first, those without a score last; among equals the longest wait.
  std::ranges::stable_sort(needs, [](const Waiting* one, const Waiting* other) {
    if (one->need.has_value() != other->need.has_value()) return one->need.has_value();
    return one->need.value_or(0) > other->need.value_or(0);
  });
  for (std::size_t i = 0; i < needs.size(); ++i) needs[i]->by_need = i + 1;
}

// Kendall's tau-b between the order of waiting and the order of need, of those with a score (Kendall 1945): 1 where
// they are the same, -1 where one is the other reversed.
json::value kendall(const std::vector<Waiting>& waiting) {
  std::int64_t agree = 0;
  std::int64_t same_wait = 0;
  std::int64_t same_need = 0;
  std::int64_t pairs = 0;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (!waiting[i].need) continue;
    for (std::size_t j = i + 1; j < waiting.size(); ++j) {  // who came later, or at once
      if (!waiting[j].need) continue;
      ++pairs;
      const bool at_once = waiting[i].wait.entered_at == waiting[j].wait.entered_at;
      const bool equal = *waiting[i].need == *waiting[j].need;
      same_wait += at_once ? 1 : 0;
      same_need += equal ? 1 : 0;
      if (!at_once && !equal) agree += *waiting[i].need > *waiting[j].need ? 1 : -1;
    }
  }
  const auto scale =
      std::sqrt(static_cast<double>(pairs - same_wait)) * std::sqrt(static_cast<double>(pairs - same_need));
  if (scale == 0) return nullptr;
  return std::round(100.0 * static_cast<double>(agree) / scale) / 100.0;
}

json::value date_json(std::optional<std::int32_t> day) {
  return day ? json::value(to_text(from_days(*day))) : json::value(nullptr);
}

json::object waiting_json(const Waiting& one, std::int32_t on) {
  const bool passed = one.wait.nominal && *one.wait.nominal < on;
  const bool is_ours = one.wait.board.empty();
  return {{"case", is_ours ? json::value(to_text(one.case_id)) : json::value(nullptr)},
          {"ref", one.wait.ref},
          {"board", is_ours ? json::value(nullptr) : json::value(one.wait.board)},
          {"matter", one.wait.matter.is_nil() ? json::value(nullptr) : json::value(to_text(one.wait.matter))},
          {"unit", one.wait.unit},
          {"entered_on", to_text(from_days(one.wait.entered_on))},
          {"days", on - one.wait.entered_on},
          {"need", one.need ? json::value(*one.need) : json::value(nullptr)},
          {"four_months_passed_on", passed ? date_json(one.wait.nominal) : json::value(nullptr)}};
}

// Those whose four months ended within the year before the day while they waited, the latest last.
Result<json::array> passed_before(const QuestionAsked& asked, const std::string& queue, std::int32_t on) {
  json::array out;
  MINNE_TRY_VOID(each_from(
      asked.view, Queues::kPassed, queue, on - kPassedDays, [&](std::string_view key, std::string_view value) {
        const auto one = entry_of(queue, key, value, on);
        if (!one.wait.nominal || *one.wait.nominal >= on) return false;
        if (out.size() >= static_cast<std::size_t>(asked.integer("limit"))) return false;
        auto item = waiting_json(one, std::min(on, one.wait.left_on));
        item["four_months_passed_on"] = date_json(one.wait.nominal);
        item["left_on"] = one.wait.left_on <= on ? date_json(one.wait.left_on) : json::value(nullptr);
        item["left_reason"] = one.wait.left_on <= on ? json::value(one.wait.left_reason) : json::value(nullptr);
        out.emplace_back(std::move(item));
        return true;
      }));
  return out;
}

Result<json::object> queues(const QuestionAsked& asked) {
  MINNE_TRY(const auto chosen, asked.date("on"));
  const auto on = to_days(chosen.value_or(asked.today));
  const auto queue = KeyWriter{}.text(asked.text("queue")).str();
  MINNE_TRY(auto waiting, waiting_on(asked, queue, on));
  rank(waiting);
  MINNE_TRY(auto passed, passed_before(asked, queue, on));
  json::array order;
  std::int64_t scored = 0;
  for (const auto& one : waiting) {
    scored += one.need ? 1 : 0;
    if (order.size() >= static_cast<std::size_t>(asked.integer("limit"))) continue;
    auto item = waiting_json(one, on);
    item["rank_by_wait"] = one.by_wait;
    item["rank_by_need"] = one.by_need;
    item["rank_difference"] = static_cast<std::int64_t>(one.by_wait) - static_cast<std::int64_t>(one.by_need);
    order.emplace_back(std::move(item));
  }
  return json::object{{"queue", asked.text("queue")},
                      {"on", to_text(from_days(on))},
                      {"total", waiting.size()},
                      {"scored", scored},
                      {"kendall_tau", kendall(waiting)},
                      {"order", std::move(order)},
                      {"passed_while_waiting", std::move(passed)}};
}

}  // namespace

Question queues_question() {
  return {
      .name = "queues",
      .summary = "Who waits in a queue, in order of waiting beside the order of need, and who waited past four months",
      .parameters =
          {{.name = "queue", .description = "this queue", .default_value = "reinforcement", .code = "queue_kind"},
           {.name = "on",
            .kind = QuestionParameter::Kind::kDate,
            .description = "the queue as it stood at the end of this day (default: today)"},
           {.name = "limit",
            .kind = QuestionParameter::Kind::kInteger,
            .description = "at most so many cases in each list",
            .default_value = "200",
            .minimum = 1,
            .maximum = 1000}},
      .lists_cases = true,
      .answer = queues};
}

}  // namespace minne
