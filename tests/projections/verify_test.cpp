#include "tests/projections/case_memory_fixture.h"
#include "tests/projections/whole_case.h"

namespace minne {
namespace {

class VerifyTest : public CaseMemoryTest {};

// --- verify
// ------------------------------------------------------------------------------------------------------------

struct StoredEntry {
  Space space = 0;
  std::string key;
  std::string value;
};

// The live generation of a board, changed behind the memory's back.
class Tampering {
 public:
  Tampering(const fs::path& directory, BoardNumber board) : board_(board) {
    StoreOptions options;
    options.directory = directory / "derived";
    store_ = DerivedStore::open(options).value();
  }
  ~Tampering() { EXPECT_TRUE(store_->flush()); }
  Tampering(const Tampering&) = delete;
  Tampering& operator=(const Tampering&) = delete;

  [[nodiscard]] StoredEntry first_of(Space space) const {
    StoredEntry out{space, {}, {}};
    EXPECT_TRUE(store_->view(board_).scan(space, {}, {}, [&](std::string_view key, std::string_view value) {
      out.key = key;
      out.value = value;
      return false;
    }));
    return out;
  }
  void put(const StoredEntry& entry) {
    write([&](StoreBatch& batch) { batch.put(entry.space, entry.key, entry.value); });
  }
  void erase(const StoredEntry& entry) {
    write([&](StoreBatch& batch) { batch.erase(entry.space, entry.key); });
  }

 private:
  void write(const std::function<void(StoreBatch&)>& change) {
    StoreBatch batch(board_, store_->live(board_).generation);
    change(batch);
    EXPECT_TRUE(store_->write(std::move(batch)));
  }

  BoardNumber board_;
  std::unique_ptr<DerivedStore> store_;
};

TEST_F(VerifyTest, VerifyFindsATamperedOrMissingEntryOfEveryKind) {
  Memory memory(directory_.path(), clock_);
  memory.append(
      {with_number(opened("anna", {{"external_ref", "A-1"}})), report("r1", "anna"), assigned("a", "anna", "eva")});
  memory.append({event("EventCorrected", "c", "anna", "2026-02-20",
                       {{"target", uuid("r1")},
                        {"reason", "stamp"},
                        {"replacement", json::object{{"type", "ReportReceived"}, {"occurred_at", "2026-02-05"}}}})});
  memory.append(whole_case("anna"));
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
  memory.close();
  memory.options().verify_only = true;
  std::vector<Space> spaces{kRows, kCaseIndex};
  for (std::size_t i = 0; i < index_names().size(); ++i) spaces.push_back(static_cast<Space>(kFirstIndex + i));
  for (std::size_t i = 0; i < tally_names().size(); ++i) spaces.push_back(static_cast<Space>(kFirstTally + i));
  int tampered = 0;
  for (const auto space : spaces) {
    for (const bool missing : {false, true}) {
      SCOPED_TRACE(std::to_string(space) + (missing ? " missing" : " changed"));
      const auto entry = Tampering(directory_.path(), memory.board()).first_of(space);
      if (entry.key.empty()) continue;  // statistics of what this case does not have
      ++tampered;
      auto changed = entry;
      changed.value += changed.value.empty() ? "x" : "";
      changed.value.back() = static_cast<char>(changed.value.back() ^ 1);
      {
        Tampering tampering(directory_.path(), memory.board());
        missing ? tampering.erase(entry) : tampering.put(changed);
      }
      memory.open();
      const auto faults = faults_of(memory.get());
      EXPECT_FALSE(faults.empty());
      for (const auto& fault : faults) EXPECT_EQ(memory.board(), fault.board);
      const auto told = text_of_faults(faults);
      const auto names = [&](std::string_view stream) { return told.find(uuid(stream)) != std::string::npos; };
      EXPECT_EQ(space <= kCaseIndex, names("anna") || names("the board")) << told;
      memory.close();
      Tampering(directory_.path(), memory.board()).put(entry);
    }
  }
  EXPECT_GE(tampered, 20);
  memory.open();
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
}

TEST_F(VerifyTest, VerifyCountsWhatItWalked) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna"), opened("bo"), note("n", "anna")});
  memory.append({staff_left("eva")});
  const auto checked = memory->verify([](const Fault& fault) { ADD_FAILURE() << fault.what; }).value();
  ASSERT_EQ(1U, checked.size());
  EXPECT_EQ(4U, checked.front().events);
  EXPECT_EQ(2U, checked.front().cases);
  EXPECT_EQ(4U, checked.front().position);
  EXPECT_GE(checked.front().pages, 1U);
}

// A byte of every block of every table, while the memory serves.
void damage_tables(const std::filesystem::path& directory) {
  constexpr std::streamoff kEvery = 1024;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    const auto size = static_cast<std::streamoff>(entry.file_size());
    for (std::streamoff at = 16; at < size / 2; at += kEvery) {
      file.seekg(at);
      const auto byte = static_cast<char>(file.get());
      file.seekp(at);
      file.put(static_cast<char>(byte ^ 0x40));
    }
  }
}

TEST_F(CaseMemoryTest, MakesDamagedProjectionsAgainWhileItServes) {
  Memory memory(directory_.path(), clock_);
  constexpr int kCases = 200;
  for (int i = 0; i < kCases; ++i) {
    const auto name = "case " + std::to_string(i);
    memory.append({opened(name, {{"external_ref", name}}), report(name + " r", name), note(name + " n", name)});
  }
  const auto whole = summary_of(memory.view());
  memory.options().store.block_cache_bytes = 1024;  // nothing of it is remembered
  memory.reopen();
  const auto generation = memory.view().live().generation;
  damage_tables(directory_.path() / "derived");
  int damaged = 0;
  for (int i = 0; i < kCases; ++i) {
    const auto row = read_row(memory.view(), id_named("case " + std::to_string(i)));
    if (!row) {
      EXPECT_EQ(Code::kDamaged, row.error().code);
    }
    damaged += row ? 0 : 1;
  }
  ASSERT_GT(damaged, 0);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (memory.view().live().generation == generation && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_GT(memory.view().live().generation, generation);
  EXPECT_EQ(whole, summary_of(memory.view()));
  memory.append({note("after", "case 7")});
  EXPECT_EQ(4U, memory.row("case 7").version);
}

// A lost end of the log is known by the note alone.
TEST_F(VerifyTest, VerifyFindsThatTheNoteOfTheHeadsIsMissingUntilTheNextAppendNotesThem) {
  Memory memory(directory_.path(), clock_);
  memory.append({opened("anna")});
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
  memory.close();
  fs::remove(directory_.path() / "heads.note");
  for (int i = 0; i < 2; ++i) {
    memory.reopen();
    EXPECT_NE(std::string::npos, text_of_faults(faults_of(memory.get())).find("says nothing of the board"));
  }
  memory.append({opened("bo")});
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
}

// What a power cut leaves at worst: the slot as it was synced when the board was made.
TEST_F(VerifyTest, VerifyTakesANoteThatIsOlderThanTheLog) {
  const TempDirectory elsewhere;
  Memory memory(directory_.path(), clock_);
  const auto note = directory_.path() / "heads.note";
  fs::copy_file(note, elsewhere.path() / "older.note");
  memory.append({opened("anna")});
  memory.close();
  fs::copy_file(elsewhere.path() / "older.note", note, fs::copy_options::overwrite_existing);
  memory.reopen();
  EXPECT_EQ("", text_of_faults(faults_of(memory.get())));
}

}  // namespace
}  // namespace minne
