// Row 8 of what boards complain of: "slumpmässigt utvalda ärenden finns inga exempel på detta". A random sample of
// cases that anybody can draw again, and check that nobody chose them.
//
//   frame  = the cases that stood in the log at the position, and of which at least so many of what is asked for hold
//   order  = by HMAC-SHA-256(key: the seed in decimal, text: the case's id), ascending
//   sample = the first `size` of them
#include "core/keys.h"
#include "projections/deadline_queue.h"
#include "projections/deadline_rules.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

#include <limits>

namespace minne {
namespace {

namespace json = boost::json;

// Cases, and how much of what was asked for each has.
using Frame = std::map<Id, std::int64_t>;

// Without bounds where none are given: a default that moves with the day would change the sample.
Result<Period> stated_period(const QuestionAsked& asked) {
  MINNE_TRY(const auto bounds, bounds_of(asked));
  const auto& [from, to] = bounds;
  return Period{from ? to_days(*from) : std::numeric_limits<std::int32_t>::min(),
                to ? to_days(*to) : std::numeric_limits<std::int32_t>::max()};
}

// Rows and not an index: each stream has one, and it tells a child's file from a worker's.
Result<> add_all(const QuestionAsked& asked, Frame& out) {
  for (const auto& source : asked.sources) {
    MINNE_TRY_VOID(source->scan(kRows, {}, [&](std::string_view key, std::string_view row) {
      std::array<std::uint16_t, 3> header{};  // version:u32 kind:u16 (case_row.h)
      std::memcpy(header.data(), row.data(), std::min(row.size(), sizeof header));
      if (header[2] == static_cast<std::uint16_t>(StreamKind::case_)) ++out[KeyReader(key).id()];
      return true;
    }));
  }
  return {};
}

Result<> add_reported(const QuestionAsked& asked, const Period& period, Frame& out) {
  const auto every_report = KeyWriter{}.text("").str();
  const auto& of = asked.text("of");
  return each_entry<Reports>(asked, Reports::kByDay, every_report, [&](std::string_view key, std::string_view value) {
    KeyReader reader(key.substr(every_report.size()));
    const bool in_period = period.holds(reader.day());
    const auto case_id = reader.id();
    KeyReader facts(value);
    const bool led = facts.u8() != 0;
    const bool pending = facts.u8() != 0;
    facts.id();  // the incident
    const bool wanted = of == "reported" || (of == "opened" ? led : !led && !pending);
    if (in_period && wanted && asks_for(asked, facts.text())) ++out[case_id];
    return true;
  });
}

// By the clock of the investigation, which says when it began; an extension has a clock of its own. One of somebody who
// was of age, or not yet born, has no such clock, and no index holds those: the parameter's description says so.
Result<> add_investigated(const QuestionAsked& asked, const Period& period, Frame& out) {
  using rows::State;
  for (const auto state : {State::open, State::met, State::met_late, State::extended}) {
    const auto board = queue_prefix(QueueBy::kBoard, {}, state);
    MINNE_TRY_VOID(
        each_entry<Obligations>(asked, Obligations::kQueue, board, [&](std::string_view, std::string_view value) {
          const auto item = queue_item(value);
          const auto& clock = *item.obligation;
          if (clock.rule == "INV_4M" && clock.extends.is_nil() && period.holds(clock.started) &&
              asks_for(asked, clock.unit))
            ++out[item.case_id];
          return true;
        }));
  }
  return {};
}

// Investigations that ended with a no, and of which no follow-up was decided, nor decided against.
Result<> add_declined(const QuestionAsked& asked, const Period& period, Frame& out) {
  return each_entry<Proposals>(asked, Proposals::kUndecided, {}, [&](std::string_view key, std::string_view value) {
    KeyReader reader(key);
    const bool in_period = period.holds(reader.day());
    if (in_period && asks_for(asked, KeyReader(value).text())) ++out[reader.id()];
    return true;
  });
}

Result<Frame> frame_of(const QuestionAsked& asked) {
  MINNE_TRY(const auto period, stated_period(asked));
  Frame out;
  const auto& of = asked.text("of");
  if (of == "all") {
    for (const std::string name : {"from", "to", "unit"}) {
      if (!asked.text(name).empty()) return invalid("all cases are chosen by no period and no unit", "query/" + name);
    }
    MINNE_TRY_VOID(add_all(asked, out));
  } else if (of == "investigated") {
    MINNE_TRY_VOID(add_investigated(asked, period, out));
  } else if (of == "declined_without_followup") {
    MINNE_TRY_VOID(add_declined(asked, period, out));
  } else {
    MINNE_TRY_VOID(add_reported(asked, period, out));
  }
  std::erase_if(out, [&](const auto& entry) { return entry.second < asked.integer("at_least"); });
  return out;
}

std::vector<Id> drawn(const Frame& frame, const std::string& seed, std::size_t size) {
  const std::span key{reinterpret_cast<const std::uint8_t*>(seed.data()), seed.size()};
  std::vector<std::pair<Digest, Id>> order;
  order.reserve(frame.size());
  for (const auto& [case_id, times] : frame) order.emplace_back(hmac_sha256(key, to_text(case_id)), case_id);
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(std::min(size, order.size()));
  std::partial_sort(order.begin(), end, order.end());
  std::vector<Id> out;
  for (auto at = order.begin(); at != end; ++at) out.push_back(at->second);
  return out;
}

Result<json::object> case_review_sample(const QuestionAsked& asked) {
  MINNE_TRY(const auto frame, frame_of(asked));
  const auto seed = std::to_string(asked.integer("seed"));
  json::array sample;
  for (const auto& case_id : drawn(frame, seed, static_cast<std::size_t>(asked.integer("size")))) {
    MINNE_TRY(const auto row, read_row(asked.view, case_id));
    const auto id = to_text(case_id);
    sample.push_back(json::object{{"case", id},
                                  {"ref", text_or_null(row.get<File>().external_ref)},
                                  {"matching", frame.at(case_id)},
                                  {"as_it_stood", "cases/" + id + "?position=" + std::to_string(asked.position)}});
  }
  return json::object{{"seed", asked.integer("seed")},
                      {"of", asked.text("of")},
                      {"unit", text_or_null(asked.text("unit"))},
                      {"from", text_or_null(asked.text("from"))},
                      {"to", text_or_null(asked.text("to"))},
                      {"at_least", asked.integer("at_least")},
                      {"frame", frame.size()},
                      {"sample", std::move(sample)}};
}

}  // namespace

Question case_review_sample_question() {
  using Kind = QuestionParameter::Kind;
  return {.name = "case-review-sample",
          .summary =
              "A random sample of cases for a review: the same seed, filter, position and rules give the same cases, "
              "however the log has grown",
          .parameters = {{.name = "seed",
                          .kind = Kind::kInteger,
                          .description = "any number: which sample it is",
                          .maximum = std::int64_t{1} << 53U,
                          .required = true},
                         {.name = "size",
                          .kind = Kind::kInteger,
                          .description = "so many cases, or all where there are fewer",
                          .default_value = "20",
                          .minimum = 1,
                          .maximum = kMaxPage},
                         {.name = "of",
                          .description =
                              "the cases drawn from: all; or those with a report received, one not opened or one that "
                              "led to an investigation; with an investigation that has, or had, four months, by the "
                              "day they count from (none of somebody of age or not yet born, nor one cancelled by a "
                              "move to another municipality); or with one concluded after a no, without a word on "
                              "follow-up",
                          .default_value = "all",
                          .one_of = {"all", "reported", "not_opened", "opened", "investigated",
                                     "declined_without_followup"}},
                         {.name = "at_least",
                          .kind = Kind::kInteger,
                          .description = "with at least so many of them",
                          .default_value = "1",
                          .minimum = 1},
                         {.name = "from", .kind = Kind::kDate, .description = "the first day; any where left out"},
                         {.name = "to", .kind = Kind::kDate, .description = "the last day; any where left out"},
                         unit_parameter()},
          .lists_cases = true,
          .as_it_was = true,
          .answer = case_review_sample};
}

}  // namespace minne
