#include "server/router.h"

#include "events/event.h"

#include "events/check.h"
#include "server/problem.h"

#include <spdlog/spdlog.h>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace minne {

// One position in the paths. Literal children by their text, one child for any {name}.
struct Router::Node {
  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> any;
  std::vector<std::pair<Verb, std::size_t>> rows;

  [[nodiscard]] const std::size_t* row_of(Verb method) const {
    for (const auto& [verb, row] : rows) {
      if (verb == method) return &row;
    }
    return nullptr;
  }
};

struct Router::Checks {
  std::vector<ParameterCheck> path;  // in the order of the template's names
  std::vector<ParameterCheck> query;
  std::vector<ParameterCheck> header;
};

namespace {

struct Target {
  std::vector<std::string> segments;
  Fields query;
};

std::vector<std::string_view> template_segments(std::string_view path) {
  CHECK(path.starts_with('/'));
  std::vector<std::string_view> segments;
  if (path == "/") return segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    CHECK(end > 0);
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return segments;
}

bool is_name(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

// Text that may be compared, stored and shown: no control characters, valid UTF-8.
bool is_clean(std::string_view text) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return std::none_of(text.begin(), text.end(), control) && is_utf8(text);
}

// RFC 9112, 3.2.2: a server must take the absolute form too, though only proxies are sent it.
std::string_view without_authority(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const std::size_t path = target.find_first_of("/?", scheme.size());
    return path == std::string_view::npos || target[path] == '?' ? "/" : target.substr(path);
  }
  return target;
}

Result<Target> parse_target(std::string_view text) {
  text = without_authority(text);
  const auto url = boost::urls::parse_origin_form(boost::urls::string_view(text.data(), text.size()));
  if (!url) return invalid("the request target is not a valid path and query");
  Target target;
  // Not encoded_segments(): it passes over the "." of "/./x".
  const boost::urls::pct_string_view whole = url->encoded_path();
  std::string_view path(whole.data(), whole.size());
  while (path.size() > 1 || (!target.segments.empty() && !path.empty())) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    std::string segment = boost::urls::pct_string_view(path.data(), end).decode();
    path.remove_prefix(end);
    if (segment.empty() || segment == "." || segment == "..") {
      return invalid("the path has an empty, '.' or '..' segment", "path");
    }
    if (!is_clean(segment)) return invalid("the path holds control characters or is not UTF-8", "path");
    target.segments.push_back(std::move(segment));
  }
  if (!url->has_query() || url->encoded_query().empty()) return target;
  boost::urls::encoding_opts form;
  form.space_as_plus = true;
  for (const auto& encoded : url->encoded_params()) {
    std::string name = encoded.key.decode(form);
    std::string value = encoded.value.decode(form);
    if (!is_clean(name) || !is_clean(value))
      return invalid("the query holds control characters or is not UTF-8", "query");
    target.query.add(std::move(name), std::move(value));
  }
  return target;
}

Result<> check_query(const Fields& query, const std::vector<ParameterCheck>& declared) {
  for (auto field = query.begin(); field != query.end(); ++field) {
    const std::string& name = field->first;
    const auto by_name = [&name](const ParameterCheck& check) { return check.key() == name; };
    const auto check = std::find_if(declared.begin(), declared.end(), by_name);
    if (check == declared.end()) {
      return invalid("unknown query parameter '" + name.substr(0, 64) + "'", "query/" + name.substr(0, 64));
    }
    const bool earlier = std::any_of(query.begin(), field, [&name](const auto& other) { return other.first == name; });
    if (earlier && !check->parameter().repeated) {
      return invalid("query parameter '" + name + "' is given more than once", "query/" + name);
    }
    MINNE_TRY_VOID(check->check(field->second));
  }
  return {};
}

Result<> check_required(const Fields& fields, const std::vector<ParameterCheck>& declared, std::string_view place) {
  for (const ParameterCheck& check : declared) {
    if (!check.parameter().required || fields.has(check.key())) continue;
    return invalid("parameter '" + check.parameter().name + "' is missing",
                   std::string(place) + "/" + check.parameter().name);
  }
  return {};
}

Result<> check_headers(const Fields& headers, const std::vector<ParameterCheck>& declared) {
  MINNE_TRY_VOID(check_required(headers, declared, "header"));
  for (const ParameterCheck& check : declared) {
    const std::string* value = headers.find(check.key());
    if (value == nullptr) continue;
    if (!is_clean(*value))
      return invalid("header '" + check.parameter().name + "' holds control characters or is not UTF-8");
    MINNE_TRY_VOID(check.check(*value));
  }
  return {};
}

Result<> check_body(const HttpRequest& request, const RequestBody& declared) {
  if (request.body.empty()) {
    if (declared.required && !declared.media.empty()) return invalid("this operation needs a body", "body");
    return {};
  }
  if (declared.media.empty()) return invalid("this operation takes no body", "body");
  const std::string coding = media_type_of(request.headers.get("content-encoding", "identity"));
  if (coding != "identity") return failure(Code::kUnsupported, "bodies are not coded", "header/Content-Encoding");
  const std::string sent = media_type_of(request.headers.get("content-type"));
  std::string accepted;
  for (const MediaType& media : declared.media) {
    if (media.name == sent || media.name == "*/*") return {};
    accepted += (accepted.empty() ? "" : ", ") + media.name;
  }
  return failure(Code::kUnsupported, "the body must be one of: " + accepted, "header/Content-Type");
}

std::string allowed_methods(const std::vector<std::pair<Verb, std::size_t>>& rows) {
  std::set<std::string> names{"OPTIONS"};
  for (const auto& row : rows) {
    names.emplace(boost::beast::http::to_string(row.first));
    if (row.first == Verb::get) names.emplace("HEAD");
  }
  std::string allow;
  for (const std::string& name : names) allow += (allow.empty() ? "" : ", ") + name;
  return allow;
}

// Nobody has to authenticate here, so whoever gets a browser on this machine to call us could read: a page whose own
// name is made to lead to 127.0.0.1 (DNS rebinding) is told by the Host that the browser then sends.
bool names_loopback(std::string_view host) {
  if (host.empty()) return true;  // HTTP/1.0, which no browser speaks
  if (!host.starts_with('[') || host.find(']') == std::string_view::npos) {
    host = host.substr(0, host.find(':'));
  } else {
    host = host.substr(1, host.find(']') - 1);
  }
  if (boost::beast::iequals(boost::beast::string_view{host.data(), host.size()}, "localhost")) return true;
  boost::system::error_code bad;
  const auto address = boost::asio::ip::make_address(std::string{host}, bad);
  return !bad && address.is_loopback();
}

HttpResponse options_response(std::string allow) {
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("Allow", std::move(allow));
  return response;
}

HttpResponse method_problem(std::string allow) {
  HttpResponse response = protocol_problem(405, "method-not-allowed", "Method not allowed",
                                           "this path has no such method; it allows " + allow);
  response.headers.emplace_back("Allow", std::move(allow));
  return response;
}

}  // namespace

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)), root_(std::make_unique<Node>()) {
  std::set<std::string_view> operations;
  checks_.reserve(routes_.size());
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    CHECK(operations.insert(routes_[i].operation_id).second);
    CHECK(routes_[i].handler != nullptr);
    add(i);
    add_checks(routes_[i]);
  }
}

Router::~Router() = default;

void Router::add(std::size_t index) {
  Node* node = root_.get();
  for (const std::string_view segment : template_segments(routes_[index].path)) {
    std::unique_ptr<Node>& next = is_name(segment) ? node->any : node->literals[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  CHECK(node->row_of(routes_[index].method) == nullptr);
  node->rows.emplace_back(routes_[index].method, index);
}

void Router::add_checks(const Route& route) {
  Checks checks;
  for (const std::string_view segment : template_segments(route.path)) {
    if (!is_name(segment)) continue;
    const auto declared = std::find_if(route.parameters.begin(), route.parameters.end(), [segment](const Parameter& p) {
      return p.in == ParameterIn::kPath && p.name == segment.substr(1, segment.size() - 2);
    });
    CHECK(declared != route.parameters.end());
    checks.path.emplace_back(*declared);
  }
  std::size_t in_path = 0;
  for (const Parameter& parameter : route.parameters) {
    if (parameter.in == ParameterIn::kPath) ++in_path;
    if (parameter.in == ParameterIn::kQuery) checks.query.emplace_back(parameter);
    if (parameter.in == ParameterIn::kHeader) checks.header.emplace_back(parameter);
  }
  CHECK(in_path == checks.path.size());
  checks_.push_back(std::move(checks));
}

const Router::Node* Router::find(std::vector<std::string>& segments, std::vector<std::string>& captured) const {
  const Node* node = root_.get();
  for (std::string& segment : segments) {
    if (const auto literal = node->literals.find(segment); literal != node->literals.end()) {
      node = literal->second.get();
    } else if (node->any) {
      node = node->any.get();
      captured.push_back(std::move(segment));
    } else {
      return nullptr;
    }
  }
  return node->rows.empty() ? nullptr : node;
}

Result<> Router::check(HttpRequest& request, std::vector<std::string>& captured, std::size_t index) const {
  const Checks& checks = checks_[index];
  for (std::size_t i = 0; i < checks.path.size(); ++i) {
    MINNE_TRY_VOID(checks.path[i].check(captured[i]));
    request.params.add(checks.path[i].key(), std::move(captured[i]));
  }
  MINNE_TRY_VOID(check_query(request.query, checks.query));
  MINNE_TRY_VOID(check_required(request.query, checks.query, "query"));
  MINNE_TRY_VOID(check_headers(request.headers, checks.header));
  return check_body(request, routes_[index].body);
}

void Router::serve(HttpRequest request, Reply reply) const {
  const Reply answer = once(std::move(reply));
  if (request.peer == Peer::kTcp && !names_loopback(request.headers.get("host"))) {
    return answer(protocol_problem(421, "misdirected", "Misdirected request",
                                   "this server is 127.0.0.1 or localhost, and answers under no other name"));
  }
  const Route* route = nullptr;
  try {
    auto target = parse_target(request.target);
    if (!target) return answer(problem_response(target.error()));
    std::vector<std::string> captured;
    const Node* node = find(target->segments, captured);
    if (node == nullptr) return answer(problem_response(failure(Code::kUnknown, "no such path")));
    const std::size_t* row = node->row_of(request.method);
    if (row == nullptr && request.method == Verb::head) row = node->row_of(Verb::get);
    if (row == nullptr) {
      std::string allow = allowed_methods(node->rows);
      return answer(request.method == Verb::options ? options_response(std::move(allow))
                                                    : method_problem(std::move(allow)));
    }
    route = &routes_[*row];
    request.route = route->path;
    request.query = std::move(target->query);
    if (auto checked = check(request, captured, *row); !checked) return answer(problem_response(checked.error()));
    route->handler(std::move(request), answer);
  } catch (const std::exception& fault) {
    spdlog::error("{} failed: {}", route == nullptr ? "routing" : route->operation_id, fault.what());
    answer(problem_response(failure(Code::kInternal, "the request failed; the server's log says why")));
  }
}

}  // namespace minne
