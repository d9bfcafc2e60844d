// One HTTP exchange as Minne's handlers see it: what was asked, and the Reply that takes the answer.
//
//   void show(HttpRequest request, Reply reply) {
//     HttpResponse response;
//     response.body = describe(request.params.get("case"));
//     reply(std::move(response));
//   }
//
// Plain values. Nothing here knows sockets: the server (http_server.h) and the in-process command line make the same
// requests and give them to the same Router (router.h).
#pragma once

#include <boost/beast/http/verb.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minne {

using Verb = boost::beast::http::verb;

// Names and values in the order they came. A request has a handful: scanning a vector beats a map.
class Fields {
 public:
  void add(std::string name, std::string value) { items_.emplace_back(std::move(name), std::move(value)); }
  void reserve(std::size_t count) { items_.reserve(count); }

  // The first value of that name, or nullptr. Names compare by bytes: header names are stored in lower case.
  [[nodiscard]] const std::string* find(std::string_view name) const {
    for (const auto& item : items_) {
      if (item.first == name) return &item.second;
    }
    return nullptr;
  }
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] std::string_view get(std::string_view name, std::string_view otherwise = {}) const {
    const std::string* value = find(name);
    return value == nullptr ? otherwise : std::string_view(*value);
  }
  // Every value of a name that was declared as repeated.
  [[nodiscard]] std::vector<std::string_view> all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& item : items_) {
      if (item.first == name) values.emplace_back(item.second);
    }
    return values;
  }
  [[nodiscard]] std::size_t size() const { return items_.size(); }
  [[nodiscard]] auto begin() const { return items_.begin(); }
  [[nodiscard]] auto end() const { return items_.end(); }
  [[nodiscard]] auto begin() { return items_.begin(); }
  [[nodiscard]] auto end() { return items_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> items_;
};

// Where a request came from. Whoever may open the Unix socket (mode 0600) is the administrator.
enum class Peer { kTcp, kUnix, kInProcess };

struct HttpRequest {
  Verb method = Verb::get;
  std::string target;  // as sent: path and query, still percent-encoded
  Fields headers;      // names in lower case; a repeated header is one value, joined by ", " (RFC 9110, 5.3)
  std::string body;
  Peer peer = Peer::kInProcess;
  // Filled in by the Router, decoded and checked against what the route declares:
  std::string_view route;  // the matched template, "/v1/boards/{board}": a metric's label; lives as long as the Router
  Fields params;           // path parameters
  Fields query;
};

struct HttpResponse {
  unsigned status = 200;
  std::string content_type;  // empty: no Content-Type header
  std::string body;
  // Names and values free of control characters (the server answers 500 otherwise). Not for Connection, Content-Length,
  // Content-Type, Date, Server and Transfer-Encoding, which are the server's own.
  std::vector<std::pair<std::string, std::string>> headers;
};

// Takes the answer to one request: from any thread, also after the handler has returned. A handler calls it once. It
// must not be called under a lock that the handler's caller may take. What the Router hands out forgives: see once().
using Reply = std::function<void(HttpResponse)>;

// A Reply that passes on its first call only, whichever thread makes it, and answers 500 by itself when its last copy
// is destroyed uncalled: a handler that forgets to answer cannot leave a client waiting.
[[nodiscard]] Reply once(Reply reply);

}  // namespace minne
