// The components one by one do what all of them together do.
#include "projections/component_parts.h"

#include "projections/effective.h"
#include "tests/projections/memory_fixture.h"
#include "tests/projections/random_history.h"

namespace minne {
namespace {

TEST(ComponentPartsTest, StandInTheOrderOfTheRegistry) {
  ASSERT_EQ(components().size(), component_parts().size());
  for (std::size_t i = 0; i < components().size(); ++i) EXPECT_EQ(components()[i].name, component_parts()[i].name);
}

TEST(ComponentPartsTest, TogetherTheyMakeTheRowItsEntriesAndItsTallies) {
  TempDirectory directory;
  ManualClock clock;
  Memory memory(directory.path(), clock);
  RandomHistory history(21, 1);
  record(history, memory, 80);
  const auto view = memory.view();
  std::size_t rows = 0;
  static_cast<void>(view.scan(kRows, {}, {}, [&](std::string_view key, std::string_view) {
    const auto id = KeyReader(key).id();
    const auto whole = read_row(view, id).value();
    if (whole.corrected) return true;
    ++rows;
    CaseRow row;
    row.id = id;
    row.kind = whole.kind;
    row.version = whole.version;
    row.position = whole.position;
    for (const auto& stored : all_events(memory->log(), memory.board(), view, id).value()) {
      const auto recorded =
          as_it_came(event_in(stored.event.bytes), {stored.position, stored.version, stored.recorded_at});
      for (const auto& part : component_parts()) part.apply(recorded, row, memory->rules());
    }
    IndexWriter index;
    TallyWriter tally;
    std::size_t bytes = 0;
    flatbuffers::FlatBufferBuilder builder;
    for (const auto& part : component_parts()) {
      part.derive(row, memory->rules());
      bytes += part.pack(row, builder);
      part.index(row, index);
      part.tally(row, tally);
    }
    const auto packed = RowPacker{}.pack(row);
    EXPECT_TRUE(RowPacker{}.pack(whole) == packed);
    EXPECT_LT(bytes, packed.size());
    EXPECT_GT(bytes, packed.size() / 3);
    IndexWriter all_entries;
    TallyWriter all_tallies;
    index_entries(whole, all_entries);
    tally_entries(whole, all_tallies);
    EXPECT_GE(index.entries().size(), all_entries.entries().size());
    EXPECT_EQ(all_tallies.entries().size(), tally.entries().size());
    return true;
  }));
  EXPECT_GT(rows, 0U);
}

}  // namespace
}  // namespace minne
