// What older versions of Minne wrote must be read for ever. Each file of tests/golden holds an event as bytes and the
// JSON that they meant. A type that has grown gets a second file (TYPE.2.hex) with its new fields; none is ever
// changed.
#include "tests/events/golden.h"

#include "events/json.h"
#include "tests/events/random_event.h"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iterator>
#include <set>

namespace minne {
namespace {

namespace json = boost::json;
using testing::all_types;

constexpr std::uint64_t kSeed = 20260206;

json::value parsed(const std::string& text) { return json::parse(text); }

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(testing::golden_directory())) {
    if (entry.path().extension() == ".hex") out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::filesystem::path> golden_files_of(Body type) {
  auto out = golden_files();
  std::erase_if(out, [&](const auto& file) {
    const auto name = file.filename().string();
    return name.substr(0, name.find('.')) != type_name(type);
  });
  return out;
}

// Every path to a field, "/body/concerns/code": what an event shows of its schema. Events inside are of other types.
void add_paths(const json::value& value, const std::string& path, std::set<std::string>& out) {
  if (value.is_array()) {
    for (const auto& item : value.get_array()) add_paths(item, path, out);
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) {
      const auto at = path + "/" + std::string{member.key()};
      out.insert(at);
      if (at != "/body/replacement/body" && at != "/body/original/body" && at != "/body/replacement/sealed" &&
          at != "/body/original/sealed") {
        add_paths(member.value(), at, out);
      }
    }
  }
}

// Of an event with every field there, those that no golden event of its type has.
std::set<std::string> uncovered(Body type) {
  std::set<std::string> wanted;
  add_paths(testing::RandomEvent{kSeed}.plain().whole(type), "", wanted);
  std::set<std::string> covered;
  for (const auto& file : golden_files_of(type)) {
    if (const auto golden = testing::read_golden(file)) add_paths(parsed(golden->json), "", covered);
  }
  std::set<std::string> out;
  std::set_difference(wanted.begin(), wanted.end(), covered.begin(), covered.end(), std::inserter(out, out.end()));
  return out;
}

void write_what_is_missing() {
  for (const auto type : all_types()) {
    if (uncovered(type).empty()) continue;
    const std::string name{type_name(type)};
    auto file = testing::golden_directory() / (name + ".hex");
    for (int i = 2; std::filesystem::exists(file); ++i) {
      file = testing::golden_directory() / (name + "." + std::to_string(i) + ".hex");
    }
    const auto whole = testing::RandomEvent{kSeed}.plain().whole(type);
    const auto event = encode_event(testing::given(whole), testing::test_context()).value();
    testing::write_new_golden(file, {json::serialize(whole), event});
  }
}

class GoldenTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (testing::write_golden()) write_what_is_missing();
  }
};

TEST_F(GoldenTest, EveryOldEventVerifiesAndDecodesToItsJson) {
  for (const auto& file : golden_files()) {
    SCOPED_TRACE(file.filename().string());
    const auto golden = testing::read_golden(file);
    ASSERT_TRUE(golden) << "no golden event";
    const auto verified = verify_event(golden->event.bytes, golden->event.sealed);
    ASSERT_TRUE(verified) << verified.error().message << " at " << verified.error().where;
    EXPECT_EQ(json::value(decode_event(golden->event.bytes, golden->event.sealed)), parsed(golden->json))
        << json::serialize(decode_event(golden->event.bytes, golden->event.sealed));
  }
}

// The encoder may write other bytes one day, but what it writes must mean the same.
TEST_F(GoldenTest, EveryOldEventIsEncodedToTheSameJsonAgain) {
  for (const auto& file : golden_files()) {
    SCOPED_TRACE(file.filename().string());
    const auto golden = testing::read_golden(file);
    ASSERT_TRUE(golden);
    const auto value = parsed(golden->json);
    const auto again = encode_event(testing::given(value.as_object()), testing::unlisted_context());
    ASSERT_TRUE(again) << again.error().message << " at " << again.error().where;
    EXPECT_EQ(json::value(decode_event(again->bytes, again->sealed)), value);
  }
}

TEST_F(GoldenTest, EveryFieldOfEveryTypeStandsInAGoldenEvent) {
  for (const auto type : all_types()) {
    for (const auto& path : uncovered(type)) {
      ADD_FAILURE() << type_name(type) << " has no golden event with " << path
                    << ": run this test with MINNE_WRITE_GOLDEN=1 and commit the new file";
    }
  }
}

TEST_F(GoldenTest, EveryGoldenFileIsOfAKnownType) {
  for (const auto& file : golden_files()) {
    const auto name = file.filename().string();
    EXPECT_TRUE(type_named(name.substr(0, name.find('.')))) << name << ": the type is gone";
  }
}

}  // namespace
}  // namespace minne
