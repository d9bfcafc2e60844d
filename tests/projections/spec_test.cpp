// Projections by example: every file in tests/specs tells what happened and what Minne must then answer, in terms that
// someone who knows the work can check (tests/specs/README.md tells the form).
//
// Each spec is appended through the case memory as clients do it and asked; then every case is folded alone, the board
// is rebuilt, and both must give the same rows and the same answers.
#include "projections/question.h"
#include "tests/projections/memory_fixture.h"

#include <fstream>
#include <iterator>
#include <map>

namespace minne {
namespace {

namespace fs = std::filesystem;

std::string_view view_of(const json::string& text) { return {text.data(), text.size()}; }

// Short names for ids: "r1" in the file, an id in the log, "r1" again in the answers.
class Names {
 public:
  void declare(std::string_view name) {
    if (ids_.contains(std::string{name}) || parse_id(name)) return;
    // Ids follow each other in the order in which the file names them, so that lists sorted by case read the same way.
    Id id;
    id.bytes[0] = 0xE0;
    id.bytes[6] = 0x40;
    id.bytes[8] = 0x80;
    id.bytes[15] = static_cast<std::uint8_t>(ids_.size() + 1);
    ids_.emplace(name, id);
    names_.emplace_back(to_text(id), name);
  }
  [[nodiscard]] std::string text_of(std::string_view name) const { return to_text(id_of_name(name)); }
  [[nodiscard]] Id id_of_name(std::string_view name) const {
    if (const auto id = parse_id(name)) return *id;
    const auto found = ids_.find(std::string{name});
    if (found == ids_.end()) {
      ADD_FAILURE() << "the spec names no event or case \"" << name << "\"";
      return {};
    }
    return found->second;
  }
  // Every id in an answer, by its name.
  [[nodiscard]] std::string with_names(std::string text) const {
    for (const auto& [id, name] : names_) {
      for (auto at = text.find(id); at != std::string::npos; at = text.find(id)) text.replace(at, id.size(), name);
    }
    return text;
  }

 private:
  std::map<std::string, Id> ids_;
  std::vector<std::pair<std::string, std::string>> names_;
};

bool holds_ids(std::string_view key) {
  static constexpr auto kKeys = std::to_array<std::string_view>({"id",
                                                                 "case",
                                                                 "matter",
                                                                 "correlation_id",
                                                                 "causation_id",
                                                                 "report_ids",
                                                                 "investigation_id",
                                                                 "primary_report_id",
                                                                 "request_id",
                                                                 "shown_report_ids",
                                                                 "target",
                                                                 "right_case",
                                                                 "origin_case",
                                                                 "basis_ids",
                                                                 "decides_on",
                                                                 "decision_id",
                                                                 "custody_id",
                                                                 "made_for",
                                                                 "proposal_id",
                                                                 "origin_event",
                                                                 "waiting_id",
                                                                 "consent_id"});
  return key == "siblings" || std::ranges::find(kKeys, key) != kKeys.end();
}

json::value with_ids(const json::value& value, const Names& names, bool id = false) {
  if (value.is_string() && id) return json::value(names.text_of(view_of(value.get_string())));
  if (value.is_array()) {
    json::array out;
    for (const auto& item : value.get_array()) out.push_back(with_ids(item, names, id));
    return out;
  }
  if (!value.is_object()) return value;
  json::object out;
  for (const auto& member : value.get_object()) {
    const std::string_view key{member.key().data(), member.key().size()};
    out[key] = key == "actor" ? member.value() : with_ids(member.value(), names, holds_ids(key));
  }
  return out;
}

// Why `actual` does not have what `expected` says, or nothing. Objects may have more; lists have the same length.
std::string difference(const json::value& expected, const json::value& actual, const std::string& at);

std::string list_difference(const json::array& expected, const json::array& actual, const std::string& at) {
  if (expected.size() != actual.size()) {
    return at + ": expected " + std::to_string(expected.size()) + " items, got " + json::serialize(actual);
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (auto why = difference(expected[i], actual[i], at + "/" + std::to_string(i)); !why.empty()) return why;
  }
  return {};
}

std::string difference(const json::value& expected, const json::value& actual, const std::string& at) {
  if (expected.is_object() && actual.is_object()) {
    for (const auto& member : expected.get_object()) {
      const auto* found = actual.get_object().if_contains(member.key());
      const auto below = at + "/" + std::string{member.key()};
      if (found == nullptr) return below + ": missing";
      if (auto why = difference(member.value(), *found, below); !why.empty()) return why;
    }
    return {};
  }
  if (expected.is_array() && actual.is_array()) return list_difference(expected.get_array(), actual.get_array(), at);
  if (json::serialize(expected) == json::serialize(actual)) return {};
  return at + ": expected " + json::serialize(expected) + ", got " + json::serialize(actual);
}

class Spec {
 public:
  explicit Spec(const fs::path& file) {
    std::ifstream in(file);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    boost::system::error_code bad;
    const auto value = json::parse(text, bad);
    if (bad || !value.is_object()) {
      ADD_FAILURE() << file << " is not JSON: " << bad.message();
      return;
    }
    spec_ = value.get_object();
    for (const auto& step : spec_.at("given").as_array()) {
      for (const auto* item : events_in(step)) {
        names_.declare(view_of(item->at("case").as_string()));
        if (const auto* id = item->if_contains("id")) names_.declare(view_of(id->as_string()));
      }
    }
  }

  void run() {
    ASSERT_TRUE(spec_.contains("name") && spec_.contains("then")) << "a spec has name, given, today, then";
    ManualClock clock;
    MemoryOptions options;
    if (const auto* rules = spec_.if_contains("rules")) {
      std::string text;
      for (const auto& line : rules->as_array()) text += std::string{view_of(line.as_string())} + "\n";
      options.more_rules.push_back({"spec.toml", text});
    }
    Memory memory(directory_.path(), clock, options, true);
    for (const auto& step : spec_.at("given").as_array()) {
      if (!append(memory, step)) return;
    }
    expect_answers(memory, "live");
    expect_rows_as_folded_alone(memory.get(), memory.board());
    expect_rebuild_changes_nothing(memory.get(), memory.board(), 1, 16'000);
    expect_answers(memory, "rebuilt");
    EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
  }

 private:
  static std::vector<const json::object*> events_in(const json::value& step) {
    std::vector<const json::object*> out;
    if (step.is_object()) return {&step.get_object()};
    for (const auto& item : step.as_array()) out.push_back(&item.as_object());
    return out;
  }

  bool append(Memory& memory, const json::value& step) {
    std::vector<json::object> events;
    for (const auto* item : events_in(step)) {
      auto event = with_ids(*item, names_).as_object();
      if (!event.contains("id")) event["id"] = to_text(id_named(std::to_string(++unnamed_)));
      if (!event.contains("actor")) event["actor"] = json::object{{"id", "worker"}, {"unit", "unit"}};
      // An event is recorded when it occurred, or later where the file says so; the log's time never goes back.
      const auto* recorded = event.if_contains("recorded_at");
      const auto at =
          parse_when(view_of(recorded != nullptr ? recorded->as_string() : event.at("occurred_at").as_string()));
      recorded_ = std::max(recorded_, at.value().at);
      event.erase("recorded_at");
      events.push_back(std::move(event));
    }
    auto wanted = command(memory.board(), events, {}, recorded_);
    wanted.foreign = spec_.contains("imported") && spec_.at("imported").as_bool();
    const auto appended = memory->append_and_wait(std::move(wanted));
    if (appended) return true;
    ADD_FAILURE() << "refused: " << appended.error().message << " at " << appended.error().where << " in "
                  << json::serialize(step) << " " << json::serialize(appended.error().details);
    return false;
  }

  void expect_answers(Memory& memory, const char* when) {
    SCOPED_TRACE(when);
    const auto& then = spec_.at("then").as_object();
    const auto today = day(view_of(spec_.at("today").as_string()));
    expect_view(memory, then, {}, today);
    if (const auto* looks = spec_.if_contains("looking_back")) {
      for (const auto& look : looks->as_array())
        expect_view(memory, look.at("then").as_object(), look.as_object(), today);
    }
  }

  static FoldOptions look_of(const json::object& look) {
    FoldOptions out;
    if (const auto* on = look.if_contains("as_of")) out.as_of = day(view_of(on->as_string()));
    if (const auto* on = look.if_contains("known_at")) out.known_at = day_end(day(view_of(on->as_string())));
    if (const auto* at = look.if_contains("position")) out.position = at->to_number<Position>();
    return out;
  }

  CaseRow row_of(Memory& memory, std::string_view case_name, const json::object& look) const {
    const auto id = names_.id_of_name(case_name);
    const auto view = memory.view();
    if (look.empty()) return read_row(view, id).value();
    return fold_case(id, all_events(memory->log(), memory.board(), view, id).value(), memory->rules(), look_of(look));
  }

  static const Question* question_named(std::string_view name) {
    const auto all = questions();
    const auto found = std::ranges::find(all, name, &Question::name);
    return found == all.end() ? nullptr : &*found;
  }

  void expect_answer(Memory& memory, const Question& question, const json::value& expected, Date today) {
    for (const auto& one : expected.as_array()) {
      auto wanted = one.as_object();
      std::map<std::string, std::string> values;
      for (const auto& parameter : question.parameters) {
        if (!parameter.default_value.empty()) values[std::string{parameter.name}] = parameter.default_value;
      }
      for (const auto& asked : wanted.at("asked").as_object()) {
        const auto& value = asked.value();
        values[std::string{asked.key()}] = value.is_string() ? std::string{value.as_string()} : json::serialize(value);
      }
      const auto on = values.contains("today") ? day(values.at("today")) : today;
      SCOPED_TRACE(json::serialize(wanted.at("asked")));
      const auto view = memory.view();
      const auto answered = question.answer({view, memory->rules(), on, std::move(values)});
      ASSERT_TRUE(answered) << answered.error().message;
      wanted.erase("asked");
      expect(wanted, *answered, std::string{question.name}, false);
    }
  }

  void expect_view(Memory& memory, const json::object& then, const json::object& look, Date today) {
    SCOPED_TRACE(look.empty() ? std::string{"now"} : "looking back " + json::serialize(look_text(look)));
    for (const auto& member : then) {
      const std::string_view what{member.key().data(), member.key().size()};
      SCOPED_TRACE(std::string{what});
      if (const auto* question = question_named(what); question != nullptr) {
        expect_answer(memory, *question, member.value(), today);
        continue;
      }
      if (what == "deadlines" || what == "repeats") {
        expect_lists(memory, what, member.value().as_array(), today);
        continue;
      }
      for (const auto& one : member.value().as_object()) {
        const auto row = row_of(memory, {one.key().data(), one.key().size()}, look);
        auto answered = answer(what, row, memory->rules(), today);
        if (what == "obligations") leave_clocks_of_interest(answered.as_array());
        expect(one.value(), answered, std::string{one.key()}, what == "obligations");
      }
    }
  }

  // A spec may be about some rules only: `clocks_of`.
  void leave_clocks_of_interest(json::array& clocks) const {
    const auto* rules = spec_.if_contains("clocks_of");
    if (rules == nullptr) return;
    const auto& wanted = rules->as_array();
    json::array left;
    for (auto& clock : clocks) {
      if (std::ranges::find(wanted, clock.at("rule")) != wanted.end()) left.push_back(std::move(clock));
    }
    clocks = std::move(left);
  }

  static json::object look_text(json::object look) {
    look.erase("then");
    return look;
  }

  static json::value answer(std::string_view what, const CaseRow& row, const DeadlineRules& rules, Date today) {
    if (what == "case") return case_json(row, rules, today);
    if (what == "obligations") return obligations_json(row, rules, today);
    if (what == "reports") return report_history_json(row)["reports"];
    if (what == "history") return report_history_json(row);
    ADD_FAILURE() << "a spec's `then` has case, obligations, reports, history, deadlines, repeats, questions; not "
                  << what;
    return {};
  }

  void expect(const json::value& expected, const json::value& actual, const std::string& at, bool any_order) {
    const auto named = json::parse(names_.with_names(json::serialize(actual)));
    if (!any_order) {
      const auto why = difference(expected, named, at);
      EXPECT_TRUE(why.empty()) << why;
      return;
    }
    // Clocks of one day have no order of their own: each expected one is somewhere, and there are no others.
    auto left = named.as_array();
    EXPECT_EQ(expected.as_array().size(), left.size()) << at << ": " << json::serialize(named);
    for (const auto& item : expected.as_array()) {
      const auto found =
          std::ranges::find_if(left, [&](const json::value& one) { return difference(item, one, at).empty(); });
      EXPECT_TRUE(found != left.end()) << at << ": no " << json::serialize(item) << "\n in " << json::serialize(left);
      if (found != left.end()) left.erase(found);
    }
  }

  void expect_lists(Memory& memory, std::string_view what, const json::array& lists, Date today) {
    const auto view = memory.view();
    for (const auto& list : lists) {
      const auto& asked = list.at("asked").as_object();
      SCOPED_TRACE(json::serialize(asked));
      const auto answered = what == "deadlines" ? queue(memory, view, deadline_query(asked, today))
                                                : repeats(view, repeats_query(asked, today));
      ASSERT_TRUE(answered) << answered.error().message;
      auto expected = list.as_object();
      expected.erase("asked");
      expect(expected, *answered, std::string{what}, false);
    }
  }

  static std::string text_in(const json::object& object, std::string_view key, std::string_view otherwise = {}) {
    const auto* value = object.if_contains(key);
    return std::string{value == nullptr ? otherwise : view_of(value->as_string())};
  }

  static Result<json::object> queue(Memory& memory, const View& view, const DeadlineQuery& query) {
    if (!query.as_of) return deadlines(view, memory->rules(), query);
    return deadlines_then(memory->log(), memory.board(), view, memory->rules(), query);
  }

  static DeadlineQuery deadline_query(const json::object& asked, Date today) {
    DeadlineQuery out;
    out.state = text_in(asked, "state", "open");
    out.unit = text_in(asked, "unit");
    out.worker = text_in(asked, "worker");
    out.rule = text_in(asked, "rule");
    if (const auto before = text_in(asked, "before"); !before.empty()) out.before = day(before);
    if (const auto as_of = text_in(asked, "as_of"); !as_of.empty()) out.as_of = day(as_of);
    const auto on = text_in(asked, "today");
    out.today = on.empty() ? today : day(on);
    return out;
  }

  static RepeatsQuery repeats_query(const json::object& asked, Date today) {
    RepeatsQuery out;
    if (const auto* min = asked.if_contains("min")) out.min = min->to_number<unsigned>();
    if (const auto* within = asked.if_contains("within")) out.within_days = within->to_number<unsigned>();
    out.concern = text_in(asked, "concern");
    if (const auto* only = asked.if_contains("not_opened")) out.not_opened = only->as_bool();
    const auto on = text_in(asked, "today");
    out.today = on.empty() ? today : day(on);
    return out;
  }

  json::object spec_;
  Names names_;
  TempDirectory directory_;
  Instant recorded_{};
  int unnamed_ = 0;
};

std::vector<fs::path> spec_files() {
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(fs::path{MINNE_SOURCE_DIR} / "tests" / "specs")) {
    if (entry.path().extension() == ".json") out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

class SpecTest : public ::testing::TestWithParam<fs::path> {};

TEST_P(SpecTest, IsAnsweredLiveAndRebuilt) { Spec{GetParam()}.run(); }

INSTANTIATE_TEST_SUITE_P(Specs, SpecTest, ::testing::ValuesIn(spec_files()),
                         [](const auto& spec) { return spec.param.stem().string(); });

}  // namespace
}  // namespace minne
