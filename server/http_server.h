// The HTTP/1.1 server: sockets, limits and threads around a Router.
//
//   auto server = HttpServer::start(config, router);       // listens when it returns
//   if (!server) return server.error();
//   … (*server)->port() …
//   (*server)->stop();                                     // or the destructor
//
// Threads. `io_threads` loops own the connections: a connection lives on one loop for all its life, so a session needs
// no lock. Handlers never run there but on `pool_threads` of their own, behind a bounded queue; their Reply may come
// from any thread and is carried back to the loop. A Reply that comes too late (client gone, timed out, server stopped
// or destroyed) is dropped without harm.
//
// A request is answered before the next one of its connection is read. Past a limit the answer is a problem document:
//   408  header or body too slow        413  body too large       431  header too large      400  malformed
//   503  the handlers' queue is full, too many connections, too many bytes of bodies held at once, or no answer within
//        reply_timeout
// and where the rest of the request cannot be skipped safely, the connection is closed after it.
#pragma once

#include "events/result.h"
#include "server/router.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace minne {

struct HttpConfig {
  // TCP. Empty: none. Until callers can be authenticated, only 127.0.0.0/8 and ::1 are accepted.
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: the system chooses, port() tells
  // Unix socket, made with mode 0600. Empty: none. May be longer than sun_path.
  std::string unix_path{};

  std::size_t io_threads = 1;
  std::size_t pool_threads = 2;   // one for each core and one for each handler expected to wait for the disk
  std::size_t pool_queue = 1024;  // requests that wait for a pool thread

  std::size_t connections = 1024;
  std::uint32_t header_bytes = 16U << 10;
  std::uint64_t body_bytes = 20U << 20;
  std::uint64_t bodies_bytes = 256U << 20;  // of all bodies held at once

  std::chrono::milliseconds header_timeout{10'000};  // first byte (of a new connection: its start) to the empty line
  std::chrono::milliseconds body_timeout{30'000};    // from the empty line to the body's last byte
  std::chrono::milliseconds idle_timeout{60'000};    // between two requests
  std::chrono::milliseconds reply_timeout{60'000};   // for the handler's Reply
  std::chrono::milliseconds write_timeout{30'000};   // for the client to take the whole answer
  std::chrono::milliseconds linger_timeout{2'000};   // for the client to read our last answer before we close
  std::chrono::milliseconds stop_timeout{5'000};     // for requests under way when the server stops
};

class HttpServer {
 public:
  // kRefused: an address that is not loopback. kInvalid: not an address, or no endpoint at all. kConflict: the port or
  // the socket path is in use by somebody who answers (a socket file that nobody answers on is replaced). The router
  // must outlive the server.
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(HttpConfig config, const Router& router);

  // stop(), then joins. Waits for handlers that are running, however long they take: a handler must not block for ever.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The TCP port bound, 0 without TCP.
  [[nodiscard]] std::uint16_t port() const;
  // Connections open at this moment, those being refused included.
  [[nodiscard]] std::size_t connections() const;

  // Stops accepting and removes the socket file, closes idle connections, lets requests under way finish for at most
  // stop_timeout (each answer says Connection: close), then cuts the rest. Any thread but a handler's; the second call
  // does nothing.
  void stop();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace minne
