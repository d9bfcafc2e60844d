#include "server/listen.h"

#include <boost/asio/ip/tcp.hpp>

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace minne {
namespace {

using boost::system::error_code;

constexpr std::size_t kMaxSunPath = sizeof(sockaddr_un{}.sun_path) - 1;

Error cannot_listen(const std::string& where, const error_code& fault) {
  const Code code = fault == net::error::address_in_use ? Code::kConflict : Code::kInternal;
  return failure(code, "cannot listen on " + where + ": " + fault.message(), where);
}

// True if a server takes connections there, or is too busy to: then its file is not ours to remove.
bool somebody_answers(const UnixAddress& address) {
  net::io_context context;
  net::local::stream_protocol::socket probe(context);
  error_code fault;
  probe.open(net::local::stream_protocol(), fault);
  probe.non_blocking(true, fault);
  probe.connect(address.endpoint(), fault);
  return fault != net::error::connection_refused && fault != boost::system::errc::no_such_file_or_directory;
}

error_code bind_and_listen(Acceptor& acceptor, const UnixAddress& address) {
  error_code fault;
  acceptor.open(StreamProtocol(net::local::stream_protocol()), fault);
  if (fault) return fault;
  // Linux makes the file with the mode of the socket: nobody else can connect between bind and chmod.
  if (::fchmod(acceptor.native_handle(), 0600) != 0) return {errno, boost::system::system_category()};
  acceptor.bind(address.endpoint(), fault);
  if (fault) return fault;
  acceptor.listen(net::socket_base::max_listen_connections, fault);
  return fault;
}

}  // namespace

Result<UnixAddress> UnixAddress::of(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) return invalid("not a path for a Unix socket");
  if (path.size() <= kMaxSunPath) return UnixAddress(path, -1);
  const std::filesystem::path whole(path);
  const int directory = ::open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) {
    const error_code fault{errno, boost::system::system_category()};
    return failure(Code::kUnknown, "cannot open the directory of " + path + ": " + fault.message(), path);
  }
  UnixAddress address("/proc/self/fd/" + std::to_string(directory) + "/" + whole.filename().string(), directory);
  if (address.path_.size() > kMaxSunPath) return invalid("the name of the Unix socket is too long", path);
  return address;
}

UnixAddress::~UnixAddress() {
  if (directory_ >= 0) ::close(directory_);
}
UnixAddress::UnixAddress(UnixAddress&& other) noexcept
    : path_(std::move(other.path_)), directory_(std::exchange(other.directory_, -1)) {}
UnixAddress& UnixAddress::operator=(UnixAddress&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(directory_, other.directory_);
  return *this;
}

Result<Acceptor> listen_tcp(net::io_context& context, const std::string& address, std::uint16_t port) {
  error_code fault;
  const net::ip::address ip = net::ip::make_address(address, fault);
  if (fault) return invalid("'" + address + "' is not an IP address", address);
  if (!ip.is_loopback()) {
    return failure(Code::kRefused,
                   "will not listen on " + address +
                       ": callers are not authenticated yet, so whoever reaches the port reads every case; "
                       "use 127.0.0.1 or ::1",
                   address);
  }
  const net::ip::tcp::endpoint endpoint(ip, port);
  const std::string where = address + " port " + std::to_string(port);
  Acceptor acceptor(context);
  acceptor.open(StreamProtocol(endpoint.protocol()), fault);
  if (!fault) acceptor.set_option(net::socket_base::reuse_address(true), fault);
  if (!fault) acceptor.bind(endpoint, fault);
  if (!fault) acceptor.listen(net::socket_base::max_listen_connections, fault);
  if (fault) return cannot_listen(where, fault);
  return acceptor;
}

std::uint16_t port_of(const Acceptor& acceptor) {
  const StreamProtocol::endpoint bound = acceptor.local_endpoint();
  net::ip::tcp::endpoint endpoint;
  endpoint.resize(bound.size());
  std::memcpy(endpoint.data(), bound.data(), bound.size());
  return endpoint.port();
}

Result<UnixListener> UnixListener::open(net::io_context& context, const std::string& path) {
  MINNE_TRY(const UnixAddress address, UnixAddress::of(path));
  Acceptor acceptor(context);
  error_code fault = bind_and_listen(acceptor, address);
  struct stat file {};
  if (fault == net::error::address_in_use) {
    if (::lstat(path.c_str(), &file) == 0 && !S_ISSOCK(file.st_mode)) {
      return failure(Code::kConflict, path + " is there already and is no socket", path);
    }
    if (somebody_answers(address)) return failure(Code::kConflict, "another server answers on " + path, path);
    ::unlink(path.c_str());
    acceptor.close();
    fault = bind_and_listen(acceptor, address);
  }
  if (fault) return cannot_listen(path, fault);
  if (::lstat(path.c_str(), &file) != 0 || (file.st_mode & 0777) != 0600) {
    ::unlink(path.c_str());
    return failure(Code::kInternal, "cannot give " + path + " the mode 0600", path);
  }
  return UnixListener(std::move(acceptor), path, file);
}

void UnixListener::remove_file() const {
  struct stat now {};
  const bool ours = ::lstat(path_.c_str(), &now) == 0 && now.st_dev == file_.st_dev && now.st_ino == file_.st_ino;
  if (ours) ::unlink(path_.c_str());
}

}  // namespace minne
