#include "tests/server/http_fixture.h"
#include "tests/temp_directory.h"

#include <boost/asio/local/stream_protocol.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace minne {
namespace {

class UnixSocketTest : public HttpServerTest {
 protected:
  ~UnixSocketTest() override { server_.reset(); }
  void serve(const std::filesystem::path& path) { start({.address = "", .unix_path = path.string()}); }

  TempDirectory directory_;
};

TEST_F(UnixSocketTest, ServesItsOwnerOnly) {
  const auto path = directory_.path() / "socket";
  serve(path);
  struct stat file {};
  ASSERT_EQ(::lstat(path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  HttpClient client({.unix_path = path.string()});
  const auto answer = client.request({.target = "/headers", .headers = {{"X-Test", "v"}}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "v unix");
  server_->stop();
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixSocketTest, TakesAPathLongerThanTheSystemDoes) {
  const auto deep = directory_.path() / std::string(120, 'd') / std::string(120, 'e');
  std::filesystem::create_directories(deep);
  serve(deep / "socket");
  EXPECT_EQ(request({.unix_path = (deep / "socket").string()}, {.target = "/hello"})->body, "hello");
  server_.reset();
  EXPECT_FALSE(std::filesystem::exists(deep / "socket"));
  const auto unreachable =
      HttpServer::start({.address = "", .unix_path = (deep / std::string(100, 'n')).string()}, router_);
  EXPECT_EQ(unreachable.error().code, Code::kInvalid);
}

TEST_F(UnixSocketTest, ReplacesAStaleSocketButNoOther) {
  const auto path = directory_.path() / "socket";
  {  // as a killed server leaves it
    boost::asio::io_context context;
    boost::asio::local::stream_protocol::acceptor dead(context, path.string());
  }
  ASSERT_TRUE(std::filesystem::exists(path));
  serve(path);
  const auto second = HttpServer::start({.address = "", .unix_path = path.string()}, router_);
  EXPECT_EQ(second.error().code, Code::kConflict);
  EXPECT_EQ(request({.unix_path = path.string()}, {.target = "/hello"})->body, "hello");
  std::ofstream(directory_.path() / "file") << "precious";
  const auto file = HttpServer::start({.address = "", .unix_path = (directory_.path() / "file").string()}, router_);
  EXPECT_EQ(file.error().code, Code::kConflict);
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "file"));
}

}  // namespace
}  // namespace minne
