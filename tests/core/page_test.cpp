#include "core/page.h"

#include "tests/core/log_fixture.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace minne {
namespace {

using testing::case_number;
using testing::event_number;
using testing::note;

constexpr std::size_t kHeaderBytes = 24;
constexpr std::size_t kEntryBytes = 24;

struct Sample {
  std::vector<EncodedEvent> events;
  std::vector<PageEvent> entries;

  Sample(std::size_t count, const std::function<std::size_t(std::size_t)>& sealed_size) {
    for (std::size_t i = 0; i < count; ++i) events.push_back(note(case_number(1), event_number(i), sealed_size(i)));
    for (std::size_t i = 0; i < count; ++i) {
      entries.push_back({static_cast<Version>(i + 1), from_micros(1'000'000 + static_cast<std::int64_t>(i)),
                         crc32_of(events[i].bytes), i % 2 == 0 ? 0U : 2U, events[i].bytes, events[i].sealed});
    }
  }
};

Sample small() {
  return Sample(5, [](std::size_t i) { return i == 1 ? 7U : i == 4 ? 300U : 0U; });
}

TEST(PageTest, GivesBackWhatWasPutIn) {
  const auto sample = small();
  const auto stored = encode_page(1'000'000'000'000, sample.entries);
  EXPECT_EQ(stored.count, 5U);
  EXPECT_EQ(stored.last(), 1'000'000'000'004U);
  Page page;
  ASSERT_TRUE(page.load(stored.bytes));
  EXPECT_EQ(page.first(), stored.first);
  EXPECT_EQ(page.last(), stored.last());
  EXPECT_EQ(page.count(), 5U);
  EXPECT_EQ(page.size_bytes(), stored.bytes.size());
  EXPECT_TRUE(page.check_events());
  const auto sealed = decode_sealed(stored.sealed, 5).value();
  for (std::uint32_t i = 0; i < 5; ++i) {
    const auto view = page[i];
    EXPECT_EQ(view.position, stored.first + i);
    EXPECT_EQ(view.version, i + 1);
    EXPECT_EQ(view.recorded_at, sample.entries[i].recorded_at);
    EXPECT_EQ(view.flags, sample.entries[i].flags);
    EXPECT_EQ(view.crc, sample.entries[i].crc);
    EXPECT_EQ(view.bytes, sample.events[i].bytes);
    EXPECT_EQ(id_of(view.event().id()), event_number(i));
    EXPECT_EQ(sealed[i], sample.events[i].sealed);
  }
}

TEST(PageTest, AlignsEventsWhateverTheAlignmentOfWhatIsStored) {
  const auto sample = Sample(20, [](std::size_t) { return 0U; });
  const auto stored = encode_page(1, sample.entries);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    const auto moved = std::string(shift, 'x') + stored.bytes;
    Page page;
    ASSERT_TRUE(page.load(std::string_view{moved}.substr(shift)));
    for (std::uint32_t i = 0; i < page.count(); ++i) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(page[i].bytes.data()) % 8, 0U);
      EXPECT_EQ(page[i].bytes, sample.events[i].bytes);
    }
  }
}

TEST(PageTest, IsReusedForTheNextPage) {
  const auto large = Sample(100, [](std::size_t) { return 0U; });
  const auto one = Sample(1, [](std::size_t) { return 0U; });
  Page page;
  ASSERT_TRUE(page.load(encode_page(1, large.entries).bytes));
  ASSERT_TRUE(page.load(encode_page(101, one.entries).bytes));
  EXPECT_EQ(page.first(), 101U);
  EXPECT_EQ(page.count(), 1U);
  EXPECT_TRUE(page.check_events());
}

TEST(PageTest, HasNoSealedPartsWhereNoEventHas) {
  const auto sample = Sample(3, [](std::size_t) { return 0U; });
  EXPECT_EQ(encode_page(1, sample.entries).sealed, "");
  EXPECT_EQ(decode_sealed("", 3).value(), (std::vector<std::string>(3)));
}

TEST(PageTest, IsRefusedWhenCutAnywhere) {
  const auto stored = encode_page(1, small().entries);
  const auto table_end = kHeaderBytes + 5 * kEntryBytes;
  for (std::size_t size = 0; size < stored.bytes.size(); ++size) {
    Page page;
    const auto loaded = page.load(std::string_view{stored.bytes}.substr(0, size));
    if (size < table_end) {
      ASSERT_FALSE(loaded) << size;
      EXPECT_EQ(loaded.error().code, Code::kDamaged);
    } else if (loaded) {
      const auto checked = page.check_events();  // an event passes the end, or only padding is gone
      if (checked) {
        EXPECT_GT(size + 8, stored.bytes.size());
      }
    }
  }
}

TEST(PageTest, NoticesAFlippedBitAnywhere) {
  const auto sample = small();
  const auto stored = encode_page(77, sample.entries);
  const auto table_end = kHeaderBytes + 5 * kEntryBytes;
  for (std::size_t i = 0; i < stored.bytes.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bytes = stored.bytes;
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
      Page page;
      const auto loaded = page.load(bytes);
      ASSERT_EQ(loaded.has_value(), i >= table_end) << i;
      if (!loaded) {
        EXPECT_EQ(loaded.error().code, Code::kDamaged);
        continue;
      }
      const auto checked = page.check_events();
      if (checked) {  // padding between events belongs to none
        for (std::uint32_t e = 0; e < page.count(); ++e) ASSERT_EQ(page[e].bytes, sample.events[e].bytes);
      } else {
        EXPECT_EQ(checked.error().code, Code::kDamaged);
        EXPECT_TRUE(checked.error().where.starts_with("position ")) << checked.error().where;
      }
    }
  }
}

TEST(PageTest, NamesThePositionOfADamagedEvent) {
  const auto sample = small();
  auto stored = encode_page(77, sample.entries);
  Page page;
  ASSERT_TRUE(page.load(stored.bytes));
  const auto offset =
      static_cast<std::size_t>(page[3].bytes.data() - page[0].bytes.data()) + kHeaderBytes + 5 * kEntryBytes;
  stored.bytes[offset + 40] = static_cast<char>(stored.bytes[offset + 40] ^ 1);
  ASSERT_TRUE(page.load(stored.bytes));
  EXPECT_EQ(page.check_events().error().where, "position 80");
}

TEST(PageTest, RefusesGarbage) {
  std::mt19937_64 random(1);  // the seed
  for (std::size_t size = 0; size < 400; ++size) {
    std::string garbage(size, '\0');
    for (auto& c : garbage) c = static_cast<char>(random());
    Page page;
    EXPECT_FALSE(page.load(garbage)) << size;
  }
}

TEST(SealedPartsTest, NoticeAFlippedBitAnywhere) {
  const auto stored = encode_page(1, small().entries).sealed;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      auto bytes = stored;
      bytes[i] = static_cast<char>(bytes[i] ^ (1 << bit));
      const auto sealed = decode_sealed(bytes, 5);
      ASSERT_FALSE(sealed) << i;
      EXPECT_EQ(sealed.error().code, Code::kDamaged);
    }
  }
}

TEST(SealedPartsTest, AreRefusedWhenCutAnywhere) {
  const auto stored = encode_page(1, small().entries).sealed;
  for (std::size_t size = 1; size < stored.size(); ++size)
    EXPECT_FALSE(decode_sealed(stored.substr(0, size), 5)) << size;
}

// A right checksum over nonsense: nobody writes that, but nothing may be read past its end for it.
TEST(SealedPartsTest, StayWithinTheirBoundsUnderARightChecksum) {
  std::mt19937_64 random(2);  // the seed
  const auto stored = encode_page(1, small().entries).sealed;
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = stored.substr(0, 8 + random() % (stored.size() - 7));
    for (int change = 0; change < 2; ++change)
      bytes[4 + random() % std::min<std::size_t>(bytes.size() - 4, 24)] = static_cast<char>(random());
    const auto crc = crc32_of(std::string_view{bytes}.substr(4));
    std::memcpy(bytes.data(), &crc, 4);
    const auto sealed = decode_sealed(bytes, 5);
    EXPECT_TRUE(!sealed || sealed->size() == 5);
  }
}

TEST(Crc32Test, IsTheOneOfZlib) { EXPECT_EQ(crc32_of("123456789"), 0xCBF43926U); }

}  // namespace
}  // namespace minne
