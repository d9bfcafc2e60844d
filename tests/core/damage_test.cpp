// A flipped byte anywhere in a log that was closed in good order is noticed: the log does not open, or verifying or
// reading it says kDamaged and names positions that hold every event that can no longer be read.
#include "core/event_log.h"

#include "core/keys.h"
#include "tests/core/log_fixture.h"

#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>
#include <set>
#include <tuple>

namespace minne {
namespace {

using testing::read_all;

struct Range {
  Position first = 0;
  Position last = 0;
};

constexpr Position kToTheEnd = ~Position{0};

// "board 2 positions 17-40" or "board 2 positions 17 to the end"; nothing in any other text.
std::optional<std::pair<BoardNumber, Range>> positions_in(const std::string& where) {
  unsigned board = 0;
  unsigned long first = 0;
  unsigned long last = 0;
  const int found = std::sscanf(where.c_str(), "board %u positions %lu-%lu", &board, &first, &last);
  if (found < 2) return std::nullopt;
  return std::pair{static_cast<BoardNumber>(board), Range{first, found == 3 ? last : kToTheEnd}};
}

bool covers(const std::vector<Range>& ranges, Position position) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return range.first <= position && position <= range.last; });
}

void expect_covered(const std::vector<Position>& lost, const std::vector<Range>& ranges, const std::string& by) {
  const auto missed =
      std::count_if(lost.begin(), lost.end(), [&](Position position) { return !covers(ranges, position); });
  if (missed == 0) return;
  std::string named;
  for (const auto& range : ranges) named += " " + std::to_string(range.first) + "-" + std::to_string(range.last);
  ADD_FAILURE() << by << " named" << (named.empty() ? " nothing" : named) << ", but " << missed << " of " << lost.size()
                << " lost events from " << lost.front() << " to " << lost.back() << " lie outside";
}

class DamageTest : public testing::LogTest {
 protected:
  // Two boards in several tables each: one table with both, with pages of one event and of many, with sealed parts.
  void SetUp() override {
    open();
    second_ = log->create_board(testing::board_named("soder")).value().number;
    for (int round = 0; round < 3; ++round) {
      for (const auto number : {board, second_}) {
        for (int i = 0; i < 4; ++i) add(number, 1, 20);
        add(number, 200, 0);
        add(number, 2, 30);
      }
      ASSERT_TRUE(log->engine().flush());
    }
    for (const auto number : {board, second_}) {
      const auto all = read_all(*log, number);
      ASSERT_TRUE(all);
      whole_[number] = *all;
      const auto cursor = log->read(number, 1, ReadFor::kScan);
      for (auto page = cursor->next(); page && *page != nullptr; page = cursor->next()) {
        live_.insert({number, (*page)->first(), (*page)->count()});
      }
    }
    close();
    testing::copy_directory(data(), directory.path() / "whole");
    find_tables();
  }

  void add(BoardNumber number, std::size_t count, std::size_t sealed) {
    auto one = request(number, heads_[number], count, sealed);
    one.board = number;
    one.seen_position = log->head(number);
    ASSERT_TRUE(log->append_and_wait(std::move(one)));
    heads_[number] += static_cast<Version>(count);
  }

  // Which files are tables of pages, by RocksDB's own account.
  void find_tables() {
    const auto copy = directory.path() / "asked";
    testing::copy_directory(data() / "log", copy);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto* const name : {"default", "pages", "sealed"})
      families.emplace_back(name, rocksdb::ColumnFamilyOptions{});
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(rocksdb::DB::OpenForReadOnly({}, copy.string(), families, &handles, &db).ok());
    std::vector<rocksdb::LiveFileMetaData> files;
    db->GetLiveFilesMetaData(&files);
    for (const auto& file : files) {
      if (file.column_family_name == "pages") page_tables_.insert(file.name.substr(1));
      tables_.insert(file.name.substr(1));
    }
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    delete db;
    ASSERT_GE(page_tables_.size(), 3U);
  }

  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path() / "whole")) {
      if (entry.is_regular_file() && entry.file_size() > 0)
        out.push_back(entry.path().lexically_relative(directory.path() / "whole"));
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  void flip(const std::filesystem::path& file, std::uint64_t offset) {
    testing::copy_directory(directory.path() / "whole", data());
    std::fstream stream(data() / file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset));
    const auto byte = static_cast<char>(stream.get() ^ 0x21);
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.put(byte);
  }

  // The events of a table's pages that are no longer what they were, by RocksDB's own reader of one table. Reading
  // through the log may fail beyond them: an iterator also opens the blocks beside the one it wants.
  std::map<BoardNumber, std::vector<Position>> lost_in(const std::string& table) const {
    std::map<BoardNumber, std::vector<Position>> out;
    const auto pages = pages_of(directory.path() / "whole" / "log" / table);
    rocksdb::SstFileReader reader({});
    const bool opened = reader.Open((data() / "log" / table).string()).ok();
    std::unique_ptr<rocksdb::Iterator> iterator;
    if (opened) iterator.reset(reader.NewIterator({}));
    for (const auto& [key, value] : pages) {
      if (iterator) iterator->Seek(key);
      if (iterator && iterator->Valid() && iterator->key() == key && iterator->value() == value) continue;
      Page page;
      EXPECT_TRUE(page.load(value));
      if (!live_.contains({KeyReader{key}.u16(), page.first(), page.count()}))
        continue;  // packed since, into another table
      for (auto at = page.first(); at <= page.last(); ++at) out[KeyReader{key}.u16()].push_back(at);
    }
    return out;
  }

  static std::map<std::string, std::string> pages_of(const std::filesystem::path& table) {
    std::map<std::string, std::string> out;
    rocksdb::SstFileReader reader({});
    EXPECT_TRUE(reader.Open(table.string()).ok());
    const std::unique_ptr<rocksdb::Iterator> iterator{reader.NewIterator({})};
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
      out[iterator->key().ToString()] = iterator->value().ToString();
    }
    return out;
  }

  // Whether every event of a board is what it was.
  bool reads_whole(BoardNumber number) const {
    const auto all = read_all(*log, number);
    if (!all || all->size() != whole_.at(number).size()) return false;
    for (std::size_t i = 0; i < all->size(); ++i) {
      const auto& was = whole_.at(number)[i];
      const auto& is = (*all)[i];
      if (is.event.bytes != was.event.bytes || is.event.sealed != was.event.sealed || is.version != was.version)
        return false;
    }
    return true;
  }

  // Walks a board to its end over all damage; gives the ranges that the cursor named.
  std::vector<Range> walk(BoardNumber number) const {
    std::vector<Range> out;
    Position from = 1;
    const auto head = log->head(number);
    while (from <= head) {
      const auto cursor = log->read(number, from, ReadFor::kScan);
      for (;;) {
        const auto page = cursor->next();
        if (!page) {
          EXPECT_EQ(page.error().code, Code::kDamaged) << page.error().message;
          const auto named = positions_in(page.error().where);
          EXPECT_TRUE(named && named->first == number) << page.error().where;
          if (!named) return out;
          EXPECT_LE(named->second.first, from) << "the walk skipped";
          out.push_back(named->second);
          from = std::min(named->second.last, head) + 1;
          break;
        }
        if (*page == nullptr || (*page)->last() < from) {
          EXPECT_GT(from, head) << "the walk ended early";
          return out;
        }
        from = (*page)->last() + 1;
      }
    }
    return out;
  }

  // After a flip: true if it was noticed as it should be.
  void expect_noticed(const std::filesystem::path& file) {
    const auto name = file.filename().string();
    auto opened = try_open();
    if (!opened) {
      EXPECT_TRUE(opened.error().code == Code::kDamaged || !tables_.contains(name)) << opened.error().message;
      return;
    }
    log = std::move(*opened);
    std::map<BoardNumber, std::vector<Range>> reported;
    std::size_t faults = 0;
    const auto verified = log->engine().verify([&](const Fault& fault) {
      ++faults;
      EXPECT_EQ(fault.where, "log/" + name);
      EXPECT_EQ(fault.first != 0, page_tables_.contains(name))
          << "positions are named for a pages table, and only there";
      if (fault.first != 0) {
        EXPECT_LE(fault.first, fault.last);
        reported[fault.board].push_back({fault.first, fault.last});
      }
    });
    ASSERT_TRUE(verified);
    if (page_tables_.contains(name)) {
      for (const auto& [number, lost] : lost_in(name)) {
        expect_covered(lost, reported[number], "verify of board " + std::to_string(number));
        expect_covered(lost, walk(number), "reading board " + std::to_string(number));
      }
    }
    if (tables_.contains(name)) {
      EXPECT_GT(faults, 0U) << "a damaged table was not noticed";
    } else {  // damage that opening did not notice must be in what nobody needs
      EXPECT_EQ(faults, 0U);
      ASSERT_EQ(log->boards().size(), 2U);
      for (const auto& [number, events] : whole_) EXPECT_TRUE(reads_whole(number)) << "board " << number;
    }
    close();
  }

  BoardNumber second_ = 0;
  std::map<BoardNumber, Version> heads_;
  std::map<BoardNumber, std::vector<StoredEvent>> whole_;
  std::set<std::tuple<BoardNumber, Position, std::uint32_t>> live_;  // pages, after packing
  std::set<std::string> tables_;
  std::set<std::string> page_tables_;
};

TEST_F(DamageTest, IsNoticedInEveryFile) {
  constexpr std::uint64_t kSeed = 7;
  constexpr int kEach = 8;
  std::mt19937_64 random(kSeed);
  for (const auto& file : files()) {
    const auto size = std::filesystem::file_size(directory.path() / "whole" / file);
    for (int i = 0; i < kEach; ++i) {
      // The first and last bytes always; footers and headers stand there.
      const auto offset = i == 0 ? 0 : i == 1 ? size - 1 : i == 2 ? size / 2 : random() % size;
      SCOPED_TRACE(file.string() + " at " + std::to_string(offset) + " of " + std::to_string(size));
      flip(file, offset);
      expect_noticed(file);
      if (HasFatalFailure()) return;
    }
  }
}

TEST_F(DamageTest, IsNoticedWhenATableIsCutOrGone) {
  for (const auto& name : tables_) {
    SCOPED_TRACE(name);
    testing::copy_directory(directory.path() / "whole", data());
    const auto size = std::filesystem::file_size(data() / "log" / name);
    std::filesystem::resize_file(data() / "log" / name, size / 2);
    EXPECT_FALSE(try_open());
    testing::copy_directory(directory.path() / "whole", data());
    std::filesystem::remove(data() / "log" / name);
    EXPECT_FALSE(try_open());
  }
}

}  // namespace
}  // namespace minne
