// A generated board in a case memory: every question is answered as its manifest says, and decide would have let every
// event pass.
#include "projections/decide.h"
#include "projections/fold.h"
#include "projections/queries.h"
#include "projections/questions.h"
#include "server/generate.h"
#include "tests/projections/memory_fixture.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::size_t kBatch = 2'000;
constexpr std::size_t kDifferencesShown = 8;

// Where an answer differs from what must be found in it: members that nobody expects are passed over, lists are whole.
// `hidden`: a count may be null, and what is made of counts.
void compare(const json::value& wanted, const json::value& found, bool hidden, const std::string& at,
             std::vector<std::string>& differences) {
  if (hidden && found.is_null()) return;
  if (const auto* object = wanted.if_object()) {
    for (const auto& member : *object) {
      const auto* other = found.is_object() ? found.get_object().if_contains(member.key()) : nullptr;
      const auto where = at + "/" + std::string{member.key()};
      if (other == nullptr) {
        differences.push_back(where + " is missing");
      } else {
        compare(member.value(), *other, hidden, where, differences);
      }
    }
  } else if (const auto* list = wanted.if_array()) {
    if (!found.is_array() || found.get_array().size() != list->size()) {
      differences.push_back(at + ": " + std::to_string(list->size()) + " wanted, found " +
                            (found.is_array() ? std::to_string(found.get_array().size()) : json::serialize(found)));
      return;
    }
    for (std::size_t i = 0; i < list->size(); ++i)
      compare((*list)[i], found.get_array()[i], hidden, at + "/" + std::to_string(i), differences);
  } else if (json::serialize(wanted) != json::serialize(found)) {
    differences.push_back(at + ": " + json::serialize(wanted) + " wanted, found " + json::serialize(found));
  }
}

class Board {
 public:
  explicit Board(const GenerateOptions& asked) : generator_(asked), memory_(directory_.path(), clock_, {}, true) {
    AppendCommand batch = empty();
    std::map<Id, std::uint32_t> which;
    while (auto event = generator_.next()) {
      const auto [place, fresh] = which.try_emplace(event->stream, static_cast<std::uint32_t>(which.size()));
      if (fresh) batch.cases.push_back({event->stream, Expect::kAny, 0, {}});
      batch.events.push_back({std::move(event->event), place->second, event->recorded_at, {}});
      if (batch.events.size() < kBatch) continue;
      append(std::exchange(batch, empty()));
      which.clear();
    }
    append(std::move(batch));
    manifest_ = generator_.manifest();
  }

  [[nodiscard]] const json::object& manifest() const { return manifest_; }

  [[nodiscard]] Result<json::object> ask(const Question& question, const json::object& asked) {
    std::map<std::string, std::string> values;
    for (const auto& parameter : question.parameters) {
      const auto* given = asked.if_contains(parameter.name);
      std::string value{parameter.default_value};
      if (given != nullptr) value = given->is_string() ? std::string{given->get_string()} : json::serialize(*given);
      if (!value.empty()) values[std::string{parameter.name}] = value;
    }
    const auto today = parse_date(manifest_.at("today").as_string()).value();
    const auto view = memory_.view();
    return question.answer({view, memory_->rules(), today, std::move(values)});
  }

  // Every clock of the board, in the queue's order.
  [[nodiscard]] json::array clocks() {
    json::array out;
    DeadlineQuery query;
    query.state = "all";
    query.today = parse_date(manifest_.at("today").as_string()).value();
    query.limit = kMaxPage;
    const auto view = memory_.view();
    while (true) {
      const auto page = deadlines(view, memory_->rules(), query);
      EXPECT_TRUE(page) << page.error().message;
      if (!page) return out;
      for (const auto& item : page->at("items").as_array()) out.push_back(item);
      if (page->at("next").is_null()) return out;
      query.cursor = page->at("next").as_string();
    }
  }

 private:
  [[nodiscard]] AppendCommand empty() const {
    AppendCommand out;
    out.board = memory_.board();
    out.foreign = true;
    return out;
  }
  void append(AppendCommand batch) {
    if (batch.events.empty()) return;
    const auto outcome = memory_->append_and_wait(std::move(batch));
    ASSERT_TRUE(outcome) << outcome.error().message;
  }

  BoardGenerator generator_;
  TempDirectory directory_;
  ManualClock clock_;
  Memory memory_;
  json::object manifest_;
};

struct Asked {
  std::uint64_t events;
  std::uint64_t seed;
  BoardProfile profile = BoardProfile::kNorrtalje;
  BoardStress stress = BoardStress::kNone;

  friend std::ostream& operator<<(std::ostream& out, const Asked& asked) {
    return out << asked.events << "_events_seed_" << asked.seed;
  }
};

class GeneratedAnswersTest : public testing::TestWithParam<Asked> {};

TEST_P(GeneratedAnswersTest, EveryQuestionIsAnsweredAsTheManifestSays) {
  Board board({"norr", GetParam().events, GetParam().seed, GetParam().profile, GetParam().stress});
  std::set<std::string> asked_for;
  for (const auto& item : board.manifest().at("questions").as_array()) {
    const std::string name{item.at("question").as_string()};
    asked_for.insert(name);
    const auto question = std::ranges::find(questions(), name, &Question::name);
    ASSERT_NE(question, questions().end()) << name;
    const auto answer = board.ask(*question, item.at("asked").as_object());
    ASSERT_TRUE(answer) << name << ": " << answer.error().message;
    std::vector<std::string> differences;
    compare(item.at("answer"), *answer, item.as_object().contains("hidden"), "", differences);
    for (std::size_t i = 0; i < differences.size() && i < kDifferencesShown; ++i)
      ADD_FAILURE() << name << " " << json::serialize(item.at("asked")) << " " << differences[i] << " (" << i + 1
                    << " of " << differences.size() << ")";
  }
  EXPECT_EQ(asked_for, (std::set<std::string>{"caseload",
                                              "chained",
                                              "collaborations",
                                              "commitments",
                                              "continuity",
                                              "declined-followup",
                                              "family-home-register",
                                              "filings",
                                              "handoffs",
                                              "handover",
                                              "incomplete-sips",
                                              "instruments",
                                              "interventions",
                                              "investigations",
                                              "lagesbild",
                                              "late-investigations",
                                              "lead-times",
                                              "mediation",
                                              "open-services",
                                              "participation",
                                              "patterns",
                                              "placements",
                                              "plans",
                                              "queues",
                                              "report-counts",
                                              "retention-due",
                                              "unmediated"}));
}

std::string text_of_clock(const json::value& clock) {
  std::string out;
  for (const auto* name : {"rule", "case", "ref", "matter", "started", "nominal", "adjusted"})
    out += json::serialize(clock.at(name)) + " ";
  return out;
}

// Of every rule, also of those that the manifest does not speak of: they have none.
TEST_P(GeneratedAnswersTest, TheQueueHoldsTheClocksThatTheManifestKnowsAndNoOther) {
  Board board({"norr", GetParam().events, GetParam().seed, GetParam().profile, GetParam().stress});
  std::map<std::string, std::map<std::string, std::int64_t>> counted;
  std::multiset<std::string> open;
  for (const auto& clock : board.clocks()) {
    auto& totals = counted[std::string{clock.at("rule").as_string()}];
    const std::string state{clock.at("state").as_string()};
    ++totals["total"];
    ++totals[state];
    if (clock.at("overdue").as_bool()) ++totals["overdue"];
    if (state == "met_late" && clock.at("within_adjusted").as_bool()) ++totals["met_late_within_adjusted"];
    if (state == "extended" && clock.at("extended_late").as_bool()) ++totals["extended_late"];
    if (state == "open") open.insert(text_of_clock(clock));
  }
  for (const auto& rule : board.manifest().at("deadlines").as_object()) {
    auto found = counted.extract(std::string{rule.key()});
    for (const auto& total : rule.value().as_object()) {
      if (total.key() == "turned_18") continue;  // no state of the queue
      const auto number = found.empty() ? 0 : found.mapped()[std::string{total.key()}];
      EXPECT_EQ(number, total.value().to_number<std::int64_t>()) << rule.key() << " " << total.key();
    }
  }
  for (const auto& [rule, totals] : counted) ADD_FAILURE() << rule << ": the manifest does not know of any";
  std::multiset<std::string> wanted;
  for (const auto& clock : board.manifest().at("open_deadlines").as_array()) wanted.insert(text_of_clock(clock));
  EXPECT_EQ(open, wanted);
}

INSTANTIATE_TEST_SUITE_P(Boards, GeneratedAnswersTest,
                         testing::Values(Asked{8'000, 3}, Asked{40'000, 1},
                                         Asked{40'000, 2, BoardProfile::kStockholm, BoardStress::kTurnover},
                                         Asked{40'000, 5, BoardProfile::kStockholm, BoardStress::kOverload}));

// What is shown of a table whose last row and last column hold the sums: nothing small, and nothing that whoever adds
// and subtracts line by line could find out of what is hidden.
void expect_safe(const json::array& wanted, const json::array& found, std::string_view row, std::string_view column) {
  std::map<std::pair<std::string, std::string>, bool> hidden;
  std::map<std::string, std::vector<std::pair<std::string, std::string>>> lines;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::pair place{std::string{wanted[i].at(row).as_string()}, std::string{wanted[i].at(column).as_string()}};
    const auto count = wanted[i].at("reports").to_number<std::int64_t>();
    hidden[place] = found[i].at("reports").is_null();
    EXPECT_TRUE(hidden[place] || count == 0 || count >= 5) << place.first << " " << place.second;
    lines["row " + place.first].push_back(place);
    lines["column " + place.second].push_back(place);
  }
  for (const auto& [name, places] : lines) {
    const auto unknown = std::ranges::count_if(places, [&](const auto& place) { return hidden[place]; });
    EXPECT_NE(unknown, 1) << name << ": the one that is hidden is the rest of its sum";
  }
}

TEST(GeneratedPictureTest, HidesWhatIsSmallAndWhatWouldTellIt) {
  Board board({"norr", 40'000, 1, BoardProfile::kNorrtalje, BoardStress::kNone});
  const auto question = std::ranges::find(questions(), "lagesbild", &Question::name);
  bool any = false;
  for (const auto& item : board.manifest().at("questions").as_array()) {
    if (item.at("question") != "lagesbild") continue;
    const auto& asked = item.at("asked").as_object();
    const auto answer = board.ask(*question, asked);
    ASSERT_TRUE(answer);
    SCOPED_TRACE(json::serialize(asked));
    expect_safe(item.at("answer").at("cells").as_array(), answer->at("cells").as_array(), asked.at("rows").as_string(),
                asked.at("columns").as_string());
    any = true;
  }
  EXPECT_TRUE(any);
}

// Laid side by side: every cell of the table with and without a filter, and of a year and its quarters.
TEST(GeneratedPictureTest, AnswersWithOtherFiltersAndPeriodsDoNotTellWhatOneOfThemHides) {
  Board board({"norr", 8'000, 3, BoardProfile::kNorrtalje, BoardStress::kNone});
  const auto question = std::ranges::find(questions(), "lagesbild", &Question::name);
  const auto cells = [&](json::object asked) {
    asked["rows"] = "area";
    asked["columns"] = "sex";
    const auto answer = board.ask(*question, asked);
    EXPECT_TRUE(answer) << json::serialize(asked);
    return answer ? answer->at("cells").as_array() : json::array{};
  };
  const auto expect_apart = [](const std::vector<json::array>& sum_and_parts) {
    bool any = false;
    for (std::size_t cell = 0; cell < sum_and_parts.front().size(); ++cell) {
      const auto hidden = std::ranges::count_if(
          sum_and_parts, [&](const json::array& answer) { return answer.at(cell).at("reports").is_null(); });
      EXPECT_NE(1, hidden) << json::serialize(sum_and_parts.front().at(cell));
      any = any || hidden > 0;
    }
    EXPECT_TRUE(any);
  };
  const auto today = std::string{board.manifest().at("today").as_string()};
  const auto year = std::to_string(std::stoi(today.substr(0, 4)) - 1);
  const auto period = [&](const char* from, const char* to) {
    return cells({{"from", year + from}, {"to", year + to}});
  };
  expect_apart({period("-01-01", "-12-31"), period("-01-01", "-03-31"), period("-04-01", "-06-30"),
                period("-07-01", "-09-30"), period("-10-01", "-12-31")});
  const auto by_outcome = [&](const char* outcome) { return cells({{"outcome", outcome}}); };
  expect_apart(
      {cells({}), by_outcome("pending"), by_outcome("opened"), by_outcome("not_opened"), by_outcome("joined")});
}

TEST(GeneratedPictureTest, APeriodIsOfWholeQuarters) {
  Board board({"norr", 200, 3, BoardProfile::kNorrtalje, BoardStress::kNone});
  const auto question = std::ranges::find(questions(), "lagesbild", &Question::name);
  EXPECT_TRUE(board.ask(*question, {{"from", "2024-04-01"}, {"to", "2025-03-31"}}));
  for (const json::object& asked :
       {json::object{{"from", "2024-02-01"}}, json::object{{"from", "2024-04-02"}}, json::object{{"to", "2024-11-30"}},
        json::object{{"rows", "year"}, {"columns", "quarter"}}, json::object{{"outcome", "opened"}, {"sex", "male"}}}) {
    EXPECT_FALSE(board.ask(*question, asked)) << json::serialize(asked);
  }
}

// Judges a board's events as they would have been, had caseworkers sent them one by one.
class Office {
 public:
  [[nodiscard]] Result<> send(const std::vector<GeneratedEvent>& events) {
    std::map<Id, CaseRow> rows;
    std::vector<Proposed> proposed;
    for (const auto& event : events) {
      if (!rows.contains(event.stream))
        rows.emplace(event.stream, fold_case(event.stream, stored_[event.stream], rules()));
      proposed.push_back({event.stream, &event.event, {}});
    }
    auto decided = decide(context(), rows, proposed);
    for (const auto& event : events) {
      auto& stream = stored_[event.stream];
      stream.push_back({++head_, static_cast<Version>(stream.size() + 1), event.recorded_at, event.event});
      if (const auto* left = event_in(event.event.bytes).body_as_StaffLeft()) left_.emplace(text_of(left->worker()));
    }
    return decided;
  }

 private:
  static const DeadlineRules& rules() {
    static const auto built = DeadlineRules::built_in().value();
    return *built;
  }
  DecideContext context() {
    return {rules(),
            head_,
            [this](const Id& id) -> Result<std::vector<StoredEvent>> { return stored_[id]; },
            [this](const Id& id, Version version) {
              const auto& stream = stored_[id];
              return version <= stream.size() ? stream[version - 1].position : head_;
            },
            [](std::string_view, const Id&) -> Result<std::optional<Id>> { return std::optional<Id>{}; },
            [this](std::string_view worker) -> Result<bool> { return left_.contains(std::string{worker}); }};
  }

  std::map<Id, std::vector<StoredEvent>> stored_;
  std::set<std::string> left_;
  Position head_ = 0;
};

// Every code in it is one of its list, every word a word: what it decodes to is taken back.
Result<> taken_back(const GeneratedEvent& event) {
  EncodeContext context;
  context.today_year = 2026;
  context.token = [](std::string_view) { return Digest{}; };
  auto decoded = decode_event(event.event.bytes, event.event.sealed);
  const auto encoded = encode_event(decoded, context);
  return encoded ? Result<>{} : Result<>{encoded.error()};
}

bool moves_out(const GeneratedEvent& event) {
  const auto* moved = event_in(event.event.bytes).body_as_CaseMovedMunicipality();
  return moved != nullptr && text_of(moved->state()) == "accepted" && text_of(moved->direction()) == "out";
}

TEST(GeneratedEventsTest, PassDecideAndTheCodeLists) {
  for (const auto& asked : {Asked{9'000, 4}, Asked{9'000, 6, BoardProfile::kStockholm, BoardStress::kOverload}}) {
    BoardGenerator generator({"norr", asked.events, asked.seed, asked.profile, asked.stress});
    Office office;
    std::map<std::string, std::pair<int, std::string>> refused;
    std::optional<GeneratedEvent> waiting;
    while (auto event = generator.next()) {
      const std::string type{type_name(event_in(event->event.bytes).body_type())};
      const auto note = [&](const Result<>& result) {
        if (result) return;
        auto& [times, why] = refused[type];
        ++times;
        why = result.error().message + " at " + result.error().where + " " +
              json::serialize(decode_event(event->event.bytes, event->event.sealed));
      };
      if (type != "EventCorrected" && type != "EventRefiled" && type != "CaseOpened") note(taken_back(*event));
      if (type == "EventMisfiled" || moves_out(*event)) {  // comes together with the next
        waiting = std::move(event);
        continue;
      }
      std::vector<GeneratedEvent> append;
      if (waiting) append.push_back(std::move(*std::exchange(waiting, std::nullopt)));
      append.push_back(*event);
      note(office.send(append));
    }
    for (const auto& [type, times] : refused) ADD_FAILURE() << type << " " << times.first << " times: " << times.second;
  }
}

}  // namespace
}  // namespace minne
