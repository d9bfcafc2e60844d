// What every log engine must do: one test of the port (core/engine.h), run against each engine.
//
//   INSTANTIATE_TEST_SUITE_P(Mine, EngineContract, ::testing::Values(EngineMaker{"Mine", make_my_host}), engine_name);
#pragma once

#include "core/engine.h"
#include "tests/core/log_fixture.h"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace minne::testing {

// Where an engine keeps its data: open() again gives what the one before left there.
class EngineHost {
 public:
  EngineHost() = default;
  EngineHost(const EngineHost&) = delete;
  EngineHost& operator=(const EngineHost&) = delete;
  virtual ~EngineHost() = default;
  virtual std::unique_ptr<LogEngine> open() = 0;
};

struct EngineMaker {
  std::string name;
  std::function<std::unique_ptr<EngineHost>()> make;
};

inline std::string engine_name(const ::testing::TestParamInfo<EngineMaker>& info) { return info.param.name; }
inline void PrintTo(const EngineMaker& maker, std::ostream* out) { *out << maker.name; }

class EngineContract : public ::testing::TestWithParam<EngineMaker> {
 protected:
  void SetUp() override {
    host = GetParam().make();
    engine = host->open();
    ASSERT_NE(engine, nullptr);
  }
  void reopen() {
    engine.reset();
    engine = host->open();
    ASSERT_NE(engine, nullptr);
  }

  // A page of `count` events from `first`; every second has a sealed part.
  static EncodedPage page(Position first, std::uint32_t count) {
    std::vector<EncodedEvent> events;
    for (Position at = first; at < first + count; ++at) {
      events.push_back(note(case_number(1), event_number(at), at % 2 == 0 ? 16 : 0));
    }
    std::vector<PageEvent> entries;
    for (std::uint32_t i = 0; i < count; ++i) {
      entries.push_back({static_cast<Version>(first) + i, from_micros(1'000'000), crc32_of(events[i].bytes), 0,
                         events[i].bytes, events[i].sealed});
    }
    return encode_page(first, entries);
  }
  Result<> append(BoardNumber board, Position expected_head, const std::vector<std::uint32_t>& counts) {
    return engine->append({board_append(board, expected_head, counts)});
  }
  static BoardAppend board_append(BoardNumber board, Position expected_head, const std::vector<std::uint32_t>& counts) {
    BoardAppend out{board, expected_head, {}};
    for (const auto count : counts)
      out.pages.push_back(page(out.pages.empty() ? expected_head + 1 : out.pages.back().last() + 1, count));
    return out;
  }

  // The first positions of the pages that a cursor gives; empty after an error.
  static std::vector<Position> firsts(PageCursor& cursor) {
    std::vector<Position> out;
    for (;;) {
      const auto next = cursor.next();
      if (!next) {
        ADD_FAILURE() << next.error().message;
        return {};
      }
      if (*next == nullptr) return out;
      out.push_back((*next)->first());
    }
  }
  std::vector<Position> firsts(BoardNumber board, Position from, ReadFor purpose = ReadFor::kQuery) const {
    return firsts(*engine->read(board, from, purpose));
  }
  // "position:event bytes:sealed" of everything in a board, whatever the pages.
  std::vector<std::string> contents(BoardNumber board) const {
    std::vector<std::string> out;
    const auto cursor = engine->read(board, 1, ReadFor::kScan);
    for (;;) {
      const auto next = cursor->next();
      if (!next || *next == nullptr) return out;
      const auto sealed = decode_sealed(engine->read_sealed(board, (*next)->first()).value(), (*next)->count()).value();
      for (std::uint32_t i = 0; i < (*next)->count(); ++i) {
        const auto view = (**next)[i];
        out.push_back(std::to_string(view.position) + ":" + std::string{view.bytes} + ":" + sealed[i]);
      }
    }
  }

  std::unique_ptr<EngineHost> host;
  std::unique_ptr<LogEngine> engine;
};

using Positions = std::vector<Position>;

TEST_P(EngineContract, BeginsEmpty) {
  EXPECT_EQ(engine->head(1).value(), 0U);
  EXPECT_EQ(firsts(1, 1), Positions{});
  EXPECT_TRUE(engine->boards()->empty());
  EXPECT_EQ(engine->read_sealed(1, 1).value(), "");
}

TEST_P(EngineContract, AppendsOnlyAtTheExpectedHead) {
  ASSERT_TRUE(append(1, 0, {3}));
  EXPECT_EQ(engine->head(1).value(), 3U);
  for (const Position wrong : {Position{0}, Position{2}, Position{4}}) {
    const auto refused = append(1, wrong, {1});
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, Code::kConflict);
  }
  EXPECT_EQ(engine->head(1).value(), 3U);
  ASSERT_TRUE(append(1, 3, {1, 2}));
  EXPECT_EQ(engine->head(1).value(), 6U);
  EXPECT_EQ(firsts(1, 1), (Positions{1, 4, 5}));
}

TEST_P(EngineContract, AppendsToAllBoardsOrNone) {
  ASSERT_TRUE(engine->append({board_append(1, 0, {2}), board_append(2, 0, {1})}));
  EXPECT_EQ(engine->head(1).value(), 2U);
  EXPECT_EQ(engine->head(2).value(), 1U);
  const auto refused = engine->append({board_append(1, 2, {1}), board_append(2, 0, {1})});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_EQ(engine->head(1).value(), 2U);
  EXPECT_EQ(contents(1).size(), 2U);
  EXPECT_EQ(contents(2).size(), 1U);
}

TEST_P(EngineContract, KeepsBoardsApart) {
  // Neighbours in number, and numbers whose bytes differ in the high one.
  const std::vector<BoardNumber> used{1, 2, 255, 256, 257, 65535};
  const std::vector<BoardNumber> unused{3, 254, 258, 65534};
  for (const auto board : used) ASSERT_TRUE(append(board, 0, {2, 1}));
  for (const auto board : used) {
    EXPECT_EQ(firsts(board, 1), (Positions{1, 3})) << board;
    EXPECT_EQ(engine->head(board).value(), 3U) << board;
  }
  for (const auto board : unused) {
    EXPECT_EQ(firsts(board, 1), Positions{}) << board;
    EXPECT_EQ(engine->head(board).value(), 0U) << board;
  }
}

TEST_P(EngineContract, KeepsEverythingWhenReopened) {
  ASSERT_TRUE(append(1, 0, {3, 2}));
  ASSERT_TRUE(append(2, 0, {1}));
  const auto before = contents(1);
  reopen();
  EXPECT_EQ(contents(1), before);
  EXPECT_EQ(engine->head(1).value(), 5U);
  EXPECT_EQ(engine->head(2).value(), 1U);
  EXPECT_FALSE(append(1, 3, {1}));
  EXPECT_TRUE(append(1, 5, {1}));
  ASSERT_TRUE(engine->flush());
  reopen();
  EXPECT_EQ(contents(1).size(), 6U);
}

TEST_P(EngineContract, ReadsFromThePageThatHoldsAPosition) {
  ASSERT_TRUE(append(1, 0, {3, 1, 4}));
  ASSERT_TRUE(append(2, 0, {9}));
  for (const auto purpose : {ReadFor::kQuery, ReadFor::kScan}) {
    EXPECT_EQ(firsts(1, 1, purpose), (Positions{1, 4, 5}));
    EXPECT_EQ(firsts(1, 3, purpose), (Positions{1, 4, 5}));
    EXPECT_EQ(firsts(1, 4, purpose), (Positions{4, 5}));
    EXPECT_EQ(firsts(1, 5, purpose), (Positions{5}));
    EXPECT_EQ(firsts(1, 8, purpose), (Positions{5}));
  }
}

TEST_P(EngineContract, ReadsTheSameFromItsTablesAsFromItsBuffers) {
  for (Position head = 0; head < 200; head += 2) ASSERT_TRUE(append(1, head, {1, 1}));
  const auto before = contents(1);
  ASSERT_TRUE(engine->flush());
  EXPECT_EQ(contents(1), before);
  ASSERT_TRUE(append(1, 200, {5}));
  EXPECT_EQ(firsts(1, 150).size(), 52U);
  EXPECT_EQ(engine->head(1).value(), 205U);
}

TEST_P(EngineContract, ACursorSeesWhatWasThereWhenItWasMade) {
  ASSERT_TRUE(append(1, 0, {1, 1}));
  const auto cursor = engine->read(1, 1, ReadFor::kQuery);
  ASSERT_TRUE(append(1, 2, {1}));
  EXPECT_EQ(firsts(*cursor), (Positions{1, 2}));
  EXPECT_EQ(firsts(1, 1), (Positions{1, 2, 3}));
}

TEST_P(EngineContract, ReplacesPagesUnseen) {
  ASSERT_TRUE(append(1, 0, {1, 1, 1, 1, 1}));
  ASSERT_TRUE(append(2, 0, {1, 1}));
  const auto before = contents(1);
  auto old_cursor = engine->read(1, 2, ReadFor::kQuery);
  ASSERT_TRUE(engine->replace(1, {2, 3, 4}, {page(2, 3)}));
  EXPECT_EQ(contents(1), before);
  EXPECT_EQ(firsts(1, 1), (Positions{1, 2, 5}));
  EXPECT_EQ(firsts(1, 3), (Positions{2, 5}));
  EXPECT_EQ(firsts(*old_cursor), (Positions{2, 3, 4, 5}));
  old_cursor.reset();  // no cursor outlives its engine
  EXPECT_EQ(firsts(2, 1), (Positions{1, 2}));
  EXPECT_EQ(engine->head(1).value(), 5U);
  ASSERT_TRUE(append(1, 5, {1}));
  reopen();
  EXPECT_EQ(firsts(1, 1), (Positions{1, 2, 5, 6}));
}

TEST_P(EngineContract, ReplacesTheLastPages) {
  ASSERT_TRUE(append(1, 0, {1, 1, 1}));
  ASSERT_TRUE(engine->replace(1, {1, 2, 3}, {page(1, 2), page(3, 1)}));
  EXPECT_EQ(firsts(1, 1), (Positions{1, 3}));
  EXPECT_EQ(engine->head(1).value(), 3U);
  ASSERT_TRUE(engine->replace(1, {1, 3}, {page(1, 3)}));
  EXPECT_EQ(firsts(1, 1), (Positions{1}));
  EXPECT_EQ(engine->head(1).value(), 3U);
  reopen();
  EXPECT_EQ(engine->head(1).value(), 3U);
  EXPECT_TRUE(append(1, 3, {1}));
}

TEST_P(EngineContract, KeepsSealedPartsBesideTheirPage) {
  ASSERT_TRUE(append(1, 0, {1, 1, 2}));  // events 2 and 4 have sealed parts
  EXPECT_EQ(engine->read_sealed(1, 1).value(), "");
  EXPECT_EQ(engine->read_sealed(1, 2).value(), page(2, 1).sealed);
  EXPECT_EQ(engine->read_sealed(1, 3).value(), page(3, 2).sealed);
  EXPECT_EQ(engine->read_sealed(1, 4).value(), "");  // no page begins there
  ASSERT_TRUE(engine->replace(1, {1, 2, 3}, {page(1, 4)}));
  EXPECT_EQ(engine->read_sealed(1, 1).value(), page(1, 4).sealed);
  EXPECT_EQ(engine->read_sealed(1, 2).value(), "");
  EXPECT_EQ(engine->read_sealed(1, 3).value(), "");
}

TEST_P(EngineContract, KeepsBoardRecords) {
  BoardRecord norr{1, "norr", false, from_micros(1'770'379'200'000'000), std::string(32, '\x00')};
  norr.lookup_key[3] = '\xFF';
  const BoardRecord import{300, "import-2026", true, {}, std::string(32, 'k')};
  ASSERT_TRUE(engine->put_board(import));
  ASSERT_TRUE(engine->put_board(norr));
  EXPECT_EQ(engine->boards().value(), (std::vector<BoardRecord>{norr, import}));
  reopen();
  EXPECT_EQ(engine->boards().value(), (std::vector<BoardRecord>{norr, import}));
  norr.name = "north";
  ASSERT_TRUE(engine->put_board(norr));
  EXPECT_EQ(engine->boards().value(), (std::vector<BoardRecord>{norr, import}));
}

TEST_P(EngineContract, FindsNoFaultWhereThereIsNone) {
  ASSERT_TRUE(append(1, 0, {3, 2}));
  ASSERT_TRUE(engine->flush());
  std::size_t faults = 0;
  ASSERT_TRUE(engine->verify([&](const Fault&) { ++faults; }));
  EXPECT_EQ(faults, 0U);
}

TEST_P(EngineContract, LetsOthersReadWhileOneAppendsAndPacks) {
  std::atomic<Position> written{0};
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const auto at_least = written.load();
        const auto head = engine->head(1);
        if (!head || *head < at_least) ++wrong;
        const auto cursor = engine->read(1, 1, ReadFor::kQuery);
        Position next = 1;
        for (;;) {
          const auto current = cursor->next();
          if (!current) ++wrong;
          if (!current || *current == nullptr) break;
          if ((*current)->first() != next) ++wrong;
          next = (*current)->last() + 1;
        }
        if (next <= at_least) ++wrong;
      }
    });
  }
  for (Position head = 0; head < 120; ++head) {
    ASSERT_TRUE(append(1, head, {1}));
    written = head + 1;
    if (head % 10 != 9) continue;
    Positions old;
    for (Position at = head - 8; at <= head + 1; ++at) old.push_back(at);
    ASSERT_TRUE(engine->replace(1, old, {page(old.front(), 10)}));
  }
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace minne::testing
