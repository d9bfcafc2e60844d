// The log against a simple model: random appends to a few cases of two boards, stale and right, single and together,
// with the log closed and opened in between. rapidcheck shrinks what fails and prints how to repeat it
// (RC_PARAMS="seed=…").
#include "core/event_log.h"

#include "tests/core/log_fixture.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <map>
#include <ostream>

namespace minne {
namespace {

constexpr int kBoards = 2;
constexpr int kCases = 4;

struct Write {
  int stream = 0;
  int behind = 0;  // how many versions the decision is behind; 0 is right
  int events = 1;
  bool sealed = false;
};

struct Step {
  int board = 0;
  std::vector<Write> writes;  // none: close and open again
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  if (step.writes.empty()) return out << "reopen";
  out << "append to board " << step.board << ":";
  for (const auto& write : step.writes) {
    out << " case " << write.stream << (write.behind > 0 ? " behind by " + std::to_string(write.behind) : "") << " +"
        << write.events << (write.sealed ? " sealed" : "");
  }
  return out;
}

rc::Gen<Write> any_write() {
  return rc::gen::build<Write>(rc::gen::set(&Write::stream, rc::gen::inRange(0, kCases)),
                               rc::gen::set(&Write::behind, rc::gen::weightedElement<int>({{8, 0}, {1, 1}, {1, 3}})),
                               rc::gen::set(&Write::events, rc::gen::weightedElement<int>({{6, 1}, {3, 3}, {1, 40}})),
                               rc::gen::set(&Write::sealed));
}

rc::Gen<Step> any_step() {
  const auto some = rc::gen::resize(3, rc::gen::nonEmpty(rc::gen::container<std::vector<Write>>(any_write())));
  return rc::gen::build<Step>(rc::gen::set(&Step::board, rc::gen::inRange(0, kBoards)),
                              rc::gen::set(&Step::writes, rc::gen::weightedOneOf<std::vector<Write>>(
                                                              {{12, some}, {1, rc::gen::just(std::vector<Write>{})}})));
}

// What a log should be: for each board its events in order, and how far each case has come.
struct Model {
  struct Expected {
    Version version = 0;
    EncodedEvent event;
  };
  struct Board {
    std::vector<Expected> events;
    std::map<Id, Version> heads;
  };
  std::map<BoardNumber, Board> boards;
};

class Subject : public testing::LogTest {
 public:
  void TestBody() override {}

  void run(const std::vector<Step>& steps) {
    open();
    numbers_.push_back(board);
    numbers_.push_back(log->create_board(testing::board_named("soder")).value().number);
    for (const auto& step : steps) {
      if (step.writes.empty()) {
        reopen();
      } else {
        check_append(step);
      }
    }
    log->stop();  // packing included
    check_all();
    reopen();
    check_all();
    close();
  }

 private:
  void check_append(const Step& step) {
    const auto number = numbers_[static_cast<std::size_t>(step.board)];
    auto& model = model_.boards[number];
    AppendRequest request;
    request.board = number;
    request.seen_position = log->head(number);
    std::map<int, std::uint32_t> indexes;
    std::optional<Id> stale;
    auto heads = model.heads;
    std::vector<Model::Expected> added;
    for (const auto& write : step.writes) {
      const auto id = testing::case_number(static_cast<std::uint64_t>(write.stream));
      if (!indexes.contains(write.stream)) {
        indexes[write.stream] = static_cast<std::uint32_t>(request.streams.size());
        const auto current = model.heads[id];
        const auto seen = current - std::min(current, static_cast<Version>(write.behind));
        if (seen != current && !stale) stale = id;
        request.streams.push_back({id, seen});
      }
      for (int i = 0; i < write.events; ++i) {
        const auto event = testing::note(id, testing::event_number(++next_event), write.sealed ? 12 : 0);
        request.events.push_back(new_event(event, indexes[write.stream]));
        added.push_back({++heads[id], event});
      }
    }
    const auto answer = log->append_and_wait(std::move(request));
    if (stale) {
      RC_ASSERT(!answer);
      RC_ASSERT(answer.error().code == Code::kConflict);
      RC_ASSERT(std::string{answer.error().details.at("case").as_string()} == to_text(*stale));
      RC_ASSERT(answer.error().details.at("current_version").to_number<Version>() == model.heads[*stale]);
      return;
    }
    RC_ASSERT(answer.has_value());
    RC_ASSERT(answer->first == model.events.size() + 1);
    RC_ASSERT(answer->versions.size() == added.size());
    for (std::size_t i = 0; i < added.size(); ++i) RC_ASSERT(answer->versions[i] == added[i].version);
    model.events.insert(model.events.end(), added.begin(), added.end());
    model.heads = std::move(heads);
    RC_ASSERT(log->head(number) == model.events.size());
  }

  void check_all() {
    for (const auto number : numbers_) {
      const auto& expected = model_.boards[number].events;
      const auto all = testing::read_all(*log, number);
      RC_ASSERT(all.has_value());
      RC_ASSERT(all->size() == expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        RC_ASSERT((*all)[i].version == expected[i].version);
        RC_ASSERT((*all)[i].event.bytes == expected[i].event.bytes);
        RC_ASSERT((*all)[i].event.sealed == expected[i].event.sealed);
      }
      if (expected.empty()) continue;
      const auto from = expected.size() / 2 + 1;
      const auto rest = testing::read_all(*log, number, from);
      RC_ASSERT(rest.has_value());
      RC_ASSERT(rest->size() == expected.size() - from + 1);
    }
  }

  std::vector<BoardNumber> numbers_;
  Model model_;
};

TEST(EventLogModelTest, DoesWhatTheModelDoes) {
  ::setenv("RC_PARAMS", "seed=20260206 max_success=40 max_size=60", 0);  // where the caller gave none
  rc::detail::checkGTest([] {
    const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
    Subject().run(steps);
  });
}

}  // namespace
}  // namespace minne
