// The contract of components, as the compiler checks it; and the row's bytes.
#include "tests/projections/memory_fixture.h"
#include "tests/projections/random_history.h"

namespace minne {
namespace {

using events::CaseClosed;
using events::NoteRecorded;

struct Base {
  static constexpr std::string_view kName = "fabricated";
  static constexpr std::uint32_t kVersion = 1;
  using Reads = Types<>;
  using Row = rows::FileT;
};

struct Sound : Base {
  using Events = Types<NoteRecorded, CaseClosed>;
  static void apply(const Recorded<NoteRecorded>& event, const Before<Reads>& before, Row& row);
  static void apply(const Recorded<CaseClosed>& event, const Before<Reads>& before, Row& row);
};
static_assert(contract::holds<Sound>());
static_assert(contract::all_listed<Sound>(AllEvents{}));
static_assert(!contract::Derives<Sound> && !contract::Indexes<Sound> && !contract::Tallies<Sound> &&
              !contract::SeesMisfiled<Sound>);

struct ListedWithoutApply : Base {
  using Events = Types<NoteRecorded, CaseClosed>;
  static void apply(const Recorded<NoteRecorded>& event, const Before<Reads>& before, Row& row);
};
static_assert(!contract::all_listed<ListedWithoutApply>(AllEvents{}));
static_assert(contract::listed_as_applied<ListedWithoutApply, NoteRecorded>());
static_assert(!contract::listed_as_applied<ListedWithoutApply, CaseClosed>());

struct AppliedWithoutListing : Base {
  using Events = Types<NoteRecorded>;
  static void apply(const Recorded<NoteRecorded>& event, const Before<Reads>& before, Row& row);
  static void apply(const Recorded<CaseClosed>& event, const Before<Reads>& before, Row& row);
};
static_assert(!contract::all_listed<AppliedWithoutListing>(AllEvents{}));
static_assert(!contract::listed_as_applied<AppliedWithoutListing, CaseClosed>());

// An apply that takes another row than the component's is none.
struct AppliesToAnotherRow : Base {
  using Events = Types<NoteRecorded>;
  static void apply(const Recorded<NoteRecorded>& event, const Before<Reads>& before, rows::ReportsT& row);
};
static_assert(!contract::all_listed<AppliesToAnotherRow>(AllEvents{}));

// Nor one that wants rows which the component does not say that it reads.
struct ReadsWhatItDoesNotSay : Base {
  using Events = Types<NoteRecorded>;
  static void apply(const Recorded<NoteRecorded>& event, const Before<Types<File>>& before, Row& row);
};
static_assert(!contract::all_listed<ReadsWhatItDoesNotSay>(AllEvents{}));

struct TakesEvery : Base {
  using Events = EveryEvent;
  static void apply(const RecordedEvent& event, const Before<Reads>& before, Row& row);
};
static_assert(contract::holds<TakesEvery>() && contract::takes_every<TakesEvery>);
static_assert(contract::AppliesToAny<TakesEvery> && !contract::AppliesToAny<Sound>);
// With a list of types the same apply would take them all: holds() refuses it by AppliesToAny.
static_assert(contract::listed_as_applied<TakesEvery, NoteRecorded>() == false);

// --- the row's bytes
// -----------------------------------------------------------------------------------------------------

TEST(CaseRowTest, ComesBackFromItsBytesAndGivesTheSameBytesAgain) {
  TempDirectory directory;
  ManualClock clock;
  Memory memory(directory.path(), clock);
  RandomHistory history(5, 4);
  record(history, memory, 150);
  RowPacker packer;
  std::size_t rows = 0;
  const auto view = memory.view();
  EXPECT_TRUE(view.scan(kRows, {}, {}, [&](std::string_view key, std::string_view stored) {
    const auto row = unpack_row(KeyReader(key).id(), stored);
    EXPECT_TRUE(row);
    EXPECT_TRUE(row && packer.pack(*row) == stored);
    ++rows;
    return true;
  }));
  EXPECT_GE(rows, 4U);
}

// Whatever has become of the bytes, reading them ends in a row or in kDamaged.
TEST(CaseRowTest, IsReadOrRefusedHoweverItsBytesAreDamaged) {
  TempDirectory directory;
  ManualClock clock;
  Memory memory(directory.path(), clock);
  memory.append({opened("anna", {{"external_ref", "A-1"}}), report("r1", "anna")});
  const auto bytes = RowPacker{}.pack(memory.row("anna"));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto row = unpack_row(id_named("anna"), std::string_view{bytes}.substr(0, size));
    EXPECT_TRUE(row || row.error().code == Code::kDamaged);
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const int change : {0x01, 0x80, 0xFF}) {
      auto damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      const auto row = unpack_row(id_named("anna"), damaged);
      EXPECT_TRUE(row || row.error().code == Code::kDamaged);
    }
  }
}

// Entries point into memory that the writer keeps from row to row, and that goes along when it is moved.
TEST(IndexWriterTest, KeepsEntriesOfAnySizeUntilCleared) {
  const auto text_of_size = [](std::size_t size) { return std::string(size, static_cast<char>('a' + size % 26)); };
  IndexWriter writer;
  for (const std::size_t rows : {1U, 40U, 3U}) {
    writer.clear();
    for (std::size_t i = 0; i < rows; ++i) writer.add(0, text_of_size(i * 97), text_of_size(i * i * 11));
    auto moved = std::exchange(writer, {});
    writer.add(0, text_of_size(5'000), text_of_size(100));
    ASSERT_EQ(rows, moved.entries().size());
    for (std::size_t i = 0; i < rows; ++i) {
      EXPECT_EQ(text_of_size(i * 97), moved.entries()[i].key);
      EXPECT_EQ(text_of_size(i * i * 11), moved.entries()[i].value);
    }
    writer = std::move(moved);
  }
}

}  // namespace
}  // namespace minne
