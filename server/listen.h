// Opening the two kinds of endpoint, and the rules for doing so.
#pragma once

#include "events/result.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace minne {

namespace net = boost::asio;

// One protocol type and one concrete executor for TCP and Unix alike: sessions need no template and no virtual
// executor.
using LoopExecutor = net::io_context::executor_type;
using StreamProtocol = net::generic::stream_protocol;
using Socket = net::basic_stream_socket<StreamProtocol, LoopExecutor>;
using Acceptor = net::basic_socket_acceptor<StreamProtocol, LoopExecutor>;

// A Unix socket's address. sun_path holds 107 bytes: a longer path is reached through its opened directory as
// /proc/self/fd/N/name, so the address is good only while this object lives.
class UnixAddress {
 public:
  [[nodiscard]] static Result<UnixAddress> of(const std::string& path);
  ~UnixAddress();
  UnixAddress(UnixAddress&& other) noexcept;
  UnixAddress& operator=(UnixAddress&& other) noexcept;

  [[nodiscard]] net::local::stream_protocol::endpoint endpoint() const { return {path_}; }

 private:
  UnixAddress(std::string path, int directory) : path_(std::move(path)), directory_(directory) {}
  std::string path_;
  int directory_;  // -1: the path fits as it is
};

// A listening TCP socket. Refuses every address but loopback (kRefused), see HttpConfig::address.
[[nodiscard]] Result<Acceptor> listen_tcp(net::io_context& context, const std::string& address, std::uint16_t port);
[[nodiscard]] std::uint16_t port_of(const Acceptor& acceptor);

// A listening Unix socket and the file that stands for it.
class UnixListener {
 public:
  // kConflict if somebody answers at that path, or if what lies there is no socket. Two servers that start on the same
  // stale path at the same instant are kept apart by the data directory's lock, not here.
  [[nodiscard]] static Result<UnixListener> open(net::io_context& context, const std::string& path);

  [[nodiscard]] Acceptor& acceptor() { return acceptor_; }
  // Removes the file, unless another server has put its own in that place.
  void remove_file() const;

 private:
  UnixListener(Acceptor acceptor, std::string path, const struct stat& file)
      : acceptor_(std::move(acceptor)), path_(std::move(path)), file_(file) {}
  Acceptor acceptor_;
  std::string path_;
  struct stat file_;
};

}  // namespace minne
