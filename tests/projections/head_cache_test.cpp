#include "projections/head_cache.h"

#include "tests/projections/memory_fixture.h"

namespace minne {
namespace {

CaseEvents events(Position seen, std::vector<Position> positions) {
  CaseEvents out{seen, std::move(positions), {}};
  for (const auto position : out.positions) out.fingerprints.push_back(static_cast<std::uint32_t>(position) * 7);
  return out;
}

TailEntry entry(Position position, Version version) {
  return {position, version, static_cast<std::uint32_t>(position) * 7};
}

// A tail that has been published up to `head` and holds these entries of "anna".
struct AnnasTail : Tail {
  AnnasTail(Position head, const std::vector<TailEntry>& entries) {
    std::vector<Addition> additions;
    for (const auto& each : entries) additions.push_back({id_named("anna"), each});
    publish(additions, head);
  }
};

TEST(HeadCacheTest, JoinsWhatTheTailHoldsSince) {
  HeadCache cache;
  cache.put(1, id_named("anna"), events(50, {3, 40}));
  const AnnasTail tail(60, {entry(40, 2), entry(55, 3)});
  const auto found = cache.find(1, id_named("anna"), tail);
  ASSERT_TRUE(found);
  EXPECT_EQ((std::vector<Position>{3, 40, 55}), found->positions);
  EXPECT_EQ((std::vector<std::uint32_t>{21, 280, 385}), found->fingerprints);
  EXPECT_EQ(60U, found->seen);
}

TEST(HeadCacheTest, WhatIsHeldDoesNotChange) {
  HeadCache cache;
  const auto first = cache.put(1, id_named("anna"), events(50, {3, 40}));
  AnnasTail tail(60, {entry(55, 3)});
  const auto second = cache.find(1, id_named("anna"), tail);
  tail.publish({{id_named("anna"), entry(70, 4)}}, 70);
  const auto third = cache.find(1, id_named("anna"), tail);
  EXPECT_EQ(2U, first->positions.size());
  EXPECT_EQ(3U, second->positions.size());
  EXPECT_EQ(60U, second->seen);
  EXPECT_EQ((std::vector<Position>{3, 40, 55, 70}), third->positions);
}

TEST(HeadCacheTest, KnowsNothingOfOtherCasesAndBoards) {
  HeadCache cache;
  cache.put(1, id_named("anna"), events(50, {3}));
  const AnnasTail tail(60, {});
  EXPECT_FALSE(cache.find(2, id_named("anna"), tail));
  EXPECT_FALSE(cache.find(1, id_named("bea"), tail));
}

TEST(HeadCacheTest, ForgetsWhatTheTailNoLongerReaches) {
  HeadCache cache;
  cache.put(1, id_named("anna"), events(50, {3, 40}));
  AnnasTail tail(50, {});
  tail.projected(Tail::kGrace + 50);
  EXPECT_TRUE(cache.find(1, id_named("anna"), tail));
  tail.projected(Tail::kGrace + 51);
  EXPECT_FALSE(cache.find(1, id_named("anna"), tail));
  EXPECT_FALSE(cache.find(1, id_named("anna"), AnnasTail(80, {})));
}

TEST(HeadCacheTest, DoesNotBridgeAGap) {
  HeadCache cache;
  cache.put(1, id_named("anna"), events(50, {3, 40}));
  EXPECT_FALSE(cache.find(1, id_named("anna"), AnnasTail(60, {entry(55, 4)})));
}

TEST(HeadCacheTest, KeepsWhatIsAskedForAndIsBounded) {
  HeadCache cache(20);
  const AnnasTail tail(9, {});
  cache.put(1, id_named("kept"), events(9, {1, 2, 3}));
  int others = 0;
  for (int i = 0; i < 40; ++i) {
    cache.put(1, id_named("case" + std::to_string(i)), events(9, {4, 5, 6}));
    EXPECT_TRUE(cache.find(1, id_named("kept"), tail)) << i;
  }
  for (int i = 0; i < 40; ++i) others += cache.find(1, id_named("case" + std::to_string(i)), tail) ? 1 : 0;
  EXPECT_GT(others, 0);
  EXPECT_LE(others, 6);
}

// A case whose first events have left the tail is written to again and again: its ids stay unique, its versions dense.
TEST(HeadCacheTest, IdsStayUniqueWhateverIsCached) {
  TempDirectory directory;
  ManualClock clock;
  Memory memory(directory.path(), clock);
  memory.append({opened("anna"), note("first", "anna")});
  for (Position filled = 0; filled <= Tail::kGrace; filled += 8'000) {
    const auto name = "other" + std::to_string(filled);
    std::vector<json::object> others{opened(name)};
    while (others.size() < 8'000) others.push_back(note(name + "/" + std::to_string(others.size()), name));
    auto bulk = command(memory.board(), others);
    bulk.foreign = true;
    ASSERT_TRUE(memory->append_and_wait(std::move(bulk)));
  }
  ASSERT_GT(memory.view().live().position, Tail::kGrace);
  for (Version i = 0; i < 10; ++i) {
    const auto name = "n" + std::to_string(i);
    EXPECT_EQ(i + 3, memory.append({note(name, "anna")}).events.front().version);
    EXPECT_TRUE(memory.append({note(name, "anna")}).events.front().repeated);
    EXPECT_TRUE(memory.append({note("first", "anna")}).events.front().repeated);
    if (i == 5) memory.reopen();
  }
}

}  // namespace
}  // namespace minne
