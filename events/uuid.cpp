#include "events/uuid.h"

#include "events/check.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace minne {
namespace {

constexpr std::size_t kTextSize = 36;
constexpr char kHexDigits[] = "0123456789abcdef";

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The hyphens of 8-4-4-4-12 stand before these bytes.
constexpr bool hyphen_before(std::size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

Id with_version(Id id, unsigned version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0FU) | (version << 4U));
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3FU) | 0x80U);
  return id;
}

// Looking an algorithm up by name costs more than hashing a small event, so each is fetched once and kept for ever.
const EVP_MD* fetch(const char* name) {
  const EVP_MD* digest = EVP_MD_fetch(nullptr, name, nullptr);
  CHECK(digest != nullptr);
  return digest;
}

const EVP_MD* sha1_algorithm() {
  static const EVP_MD* const digest = fetch("SHA1");
  return digest;
}

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const digest = fetch("SHA256");
  return digest;
}

// One thread's hashing state, used again for every digest.
EVP_MD_CTX* digest_context() {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  return context.get();
}

}  // namespace

Result<Id> parse_id(std::string_view text) {
  if (text.size() != kTextSize) return invalid("an id has 36 characters");
  Id id;
  std::size_t at = 0;
  for (std::size_t byte = 0; byte < id.bytes.size(); ++byte) {
    if (hyphen_before(byte) && text[at++] != '-') return invalid("an id is five groups of hex digits, 8-4-4-4-12");
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return invalid("an id is five groups of hex digits, 8-4-4-4-12");
    id.bytes[byte] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
  }
  return id;
}

std::string to_text(const Id& id) {
  std::string text;
  text.reserve(kTextSize);
  for (std::size_t byte = 0; byte < id.bytes.size(); ++byte) {
    if (hyphen_before(byte)) text += '-';
    text += kHexDigits[id.bytes[byte] >> 4U];
    text += kHexDigits[id.bytes[byte] & 0x0FU];
  }
  return text;
}

Id id_v5(const Id& name_space, std::string_view name) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  EVP_MD_CTX* context = digest_context();
  CHECK(EVP_DigestInit_ex2(context, sha1_algorithm(), nullptr) == 1);
  CHECK(EVP_DigestUpdate(context, name_space.bytes.data(), name_space.bytes.size()) == 1);
  CHECK(EVP_DigestUpdate(context, name.data(), name.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  Id id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  return with_version(id, 5);
}

Id id_v7(std::int64_t unix_ms, std::span<const std::uint8_t, 10> random) {
  Id id;
  for (std::size_t byte = 0; byte < 6; ++byte) {
    id.bytes[byte] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(unix_ms) >> (40U - 8U * byte));
  }
  std::copy(random.begin(), random.end(), id.bytes.begin() + 6);
  return with_version(id, 7);
}

Id id_v8(std::span<const std::uint8_t, 32> digest) {
  Id id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  return with_version(id, 8);
}

Id new_id() {
  using std::chrono::milliseconds;
  const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
  std::array<std::uint8_t, 10> random{};
  CHECK(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1);
  return id_v7(now.time_since_epoch().count(), random);
}

Digest sha256(std::span<const std::uint8_t> bytes) {
  Digest digest;
  EVP_MD_CTX* context = digest_context();
  CHECK(EVP_DigestInit_ex2(context, sha256_algorithm(), nullptr) == 1);
  CHECK(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  return digest;
}

Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view text) {
  Digest digest;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  CHECK(HMAC(sha256_algorithm(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest.data(),
             nullptr) != nullptr);
  return digest;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 0x0FU];
  }
  return text;
}

Result<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return invalid("hex digits come in pairs");
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    if (high < 0 || low < 0) return invalid("not a hex digit");
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace minne
