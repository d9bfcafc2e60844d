#include "tests/core/engine_contract.h"

#include "core/rocksdb_engine.h"
#include "tests/core/memory_engine.h"

namespace minne::testing {
namespace {

class RocksHost final : public EngineHost {
 public:
  std::unique_ptr<LogEngine> open() override {
    EngineOptions options;
    options.directory = directory_.path() / "log";
    auto opened = open_rocksdb_engine(std::move(options));
    if (!opened) ADD_FAILURE() << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }

 private:
  TempDirectory directory_;
};

class MemoryHost final : public EngineHost {
 public:
  std::unique_ptr<LogEngine> open() override { return std::make_unique<MemoryEngine>(store_); }

 private:
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>();
};

INSTANTIATE_TEST_SUITE_P(Engines, EngineContract,
                         ::testing::Values(EngineMaker{"RocksDb", [] { return std::make_unique<RocksHost>(); }},
                                           EngineMaker{"Memory", [] { return std::make_unique<MemoryHost>(); }}),
                         engine_name);

TEST(RocksEngineTest, LeavesNoFileBehindThatItCannotCheck) {
  const TempDirectory directory;
  EngineOptions options;
  options.directory = directory.path() / "log";
  open_rocksdb_engine(options).value().reset();
  for (const auto& entry : std::filesystem::directory_iterator(options.directory)) {
    const auto name = entry.path().filename().string();
    EXPECT_FALSE(name.starts_with("OPTIONS-") || name == "IDENTITY") << name;
    EXPECT_FALSE(name.starts_with("LOG")) << name;
  }
}

TEST(RocksEngineTest, RefusesADirectoryThatIsAFile) {
  const TempDirectory directory;
  std::ofstream(directory.path() / "log") << "x";
  EngineOptions options;
  options.directory = directory.path() / "log";
  EXPECT_FALSE(open_rocksdb_engine(options));
}

}  // namespace
}  // namespace minne::testing
