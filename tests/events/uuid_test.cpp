#include "events/uuid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace minne {
namespace {

constexpr std::string_view kDns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(IdTest, ReadsEitherCaseAndWritesLowerCase) {
  const auto id = parse_id("6BA7B810-9DAD-11d1-80B4-00C04FD430C8");
  ASSERT_TRUE(id);
  EXPECT_EQ(to_text(*id), kDns);
}

TEST(IdTest, RefusesAllButTheCanonicalForm) {
  for (const std::string_view text :
       {"", "6ba7b810", "6ba7b8109dad11d180b400c04fd430c8", "{6ba7b810-9dad-11d1-80b4-00c04fd430c}",
        "6ba7b810-9dad-11d1-80b4-00c04fd430c", "6ba7b810-9dad-11d1-80b4-00c04fd430c88",
        "6ba7b810-9dad-11d1-80b4-00c04fd430cg", "6ba7b8109-dad-11d1-80b4-00c04fd430c8",
        "6ba7b810-9dad-11d1-80b4+00c04fd430c8", "6ba7b810-9dad-11d1-80b4-00c04fd4 0c8"}) {
    const auto id = parse_id(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code, Code::kInvalid);
  }
}

TEST(IdTest, OnlyTheZeroIdIsNil) {
  EXPECT_TRUE(Id{}.is_nil());
  EXPECT_FALSE(parse_id(kDns)->is_nil());
}

TEST(IdTest, NamesAnIdAsRfc9562AppendixA4Does) {
  EXPECT_EQ(to_text(id_v5(*parse_id(kDns), "www.example.com")), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(IdTest, LaysOutVersion7AsRfc9562AppendixA6Does) {
  constexpr std::array<std::uint8_t, 10> kRandom{0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F};
  EXPECT_EQ(to_text(id_v7(0x017F22E279B0, kRandom)), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(IdTest, MarksVersion8OverADigest) {
  Digest ones;
  ones.fill(0xFF);
  EXPECT_EQ(to_text(id_v8(ones)), "ffffffff-ffff-8fff-bfff-ffffffffffff");
}

TEST(IdTest, NewIdsDifferAndFollowTheClock) {
  const Id first = new_id();
  const Id second = new_id();
  EXPECT_NE(first, second);
  EXPECT_EQ(first.bytes[6] >> 4U, 7);
  EXPECT_EQ(first.bytes[8] >> 6U, 2);
  EXPECT_TRUE(std::lexicographical_compare(first.bytes.begin(), first.bytes.begin() + 6, second.bytes.begin(),
                                           second.bytes.begin() + 6) ||
              std::equal(first.bytes.begin(), first.bytes.begin() + 6, second.bytes.begin()));
}

TEST(DigestTest, HashesAsFips180Does) {
  EXPECT_EQ(to_hex(sha256(bytes_of("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(DigestTest, KeysAHashAsRfc4231CaseTwoDoes) {
  EXPECT_EQ(to_hex(hmac_sha256(bytes_of("Jefe"), "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(DigestTest, KeysAHashWithAnEmptyKey) {
  EXPECT_EQ(to_hex(hmac_sha256({}, "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(DigestTest, HashesAlikeOnEveryThread) {
  const Digest expected = sha256(bytes_of("abc"));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&expected] {
      for (int round = 0; round < 1000; ++round) EXPECT_EQ(sha256(bytes_of("abc")), expected);
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(HexTest, GoesThereAndBack) {
  const auto bytes = from_hex("00ff7A");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, std::string("\x00\xFF\x7A", 3));
  EXPECT_EQ(to_hex(bytes_of(*bytes)), "00ff7a");
  EXPECT_TRUE(from_hex("")->empty());
}

TEST(HexTest, RefusesOddLengthsAndOtherLetters) {
  EXPECT_FALSE(from_hex("abc"));
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_FALSE(from_hex("0x12"));
}

}  // namespace
}  // namespace minne
