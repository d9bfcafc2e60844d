// The route table at work: finds a request's row, checks the request against it, calls the handler.
//
//   Router router(routes(app));
//   router.serve(std::move(request), reply);   // replies exactly once, whatever the handler does
//
// Immutable once made, so any number of threads may use it; serve() runs the handler on the caller's thread. Requests
// of the server and of the in-process command line go through here alike.
//
// Refusals, each a problem document (problem.h):
//   400  a target that is not origin-form, bad percent-encoding, '.' or '..', an empty segment, control characters, not
//        UTF-8; a parameter unknown, missing, repeated or not as declared; a body where none is taken or none where one
//        is required
//   404  no such path          405  the path has other methods (named by Allow)          415  another media type
//   500  the handler threw, or ended without an answer
// HEAD is answered by GET's handler (who sends the answer leaves its body out); OPTIONS by 204 and Allow.
#pragma once

#include "server/route.h"

#include <memory>
#include <string_view>
#include <vector>

namespace minne {

class Router {
 public:
  // Paths are templates whose segments are text or {name}. Where both fit, text wins, and is not reconsidered further
  // down: "/cases/find" hides the case named "find". A table that contradicts itself (two rows for one method and
  // path, an operation_id twice, a {name} without its Parameter) is a bug, and a CHECK.
  explicit Router(std::vector<Route> routes);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

  // Takes target, method, headers, body and peer; fills in route, params and query. `reply` is called exactly once,
  // from the handler's thread or any other, possibly after serve() has returned.
  void serve(HttpRequest request, Reply reply) const;

 private:
  struct Node;
  struct Checks;

  void add(std::size_t index);
  void add_checks(const Route& route);
  [[nodiscard]] const Node* find(std::vector<std::string>& segments, std::vector<std::string>& captured) const;
  [[nodiscard]] Result<> check(HttpRequest& request, std::vector<std::string>& captured, std::size_t index) const;

  std::vector<Route> routes_;
  std::vector<Checks> checks_;  // beside routes_, row by row
  std::unique_ptr<Node> root_;
};

}  // namespace minne
