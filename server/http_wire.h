// The bytes of an answer, and what of a parsed request becomes an HttpRequest. Pure functions.
#pragma once

#include "server/http.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace minne {

using RequestParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// "Fri, 06 Feb 2026 22:30:00 GMT" (RFC 9110, 5.6.7).
[[nodiscard]] std::string http_date(std::chrono::system_clock::time_point at);

struct HeadOptions {
  bool keep_alive = true;
  bool http_1_0 = false;  // such a client must be told that the connection stays open
  std::string_view date{};
};

// Status line and header, to the empty line. Content-Length is the body's also in the answer to HEAD. The headers must
// be sendable().
[[nodiscard]] std::string response_head(const HttpResponse& response, const HeadOptions& options);

// False if a header of the handler's would break the framing (control characters) or is the server's own.
[[nodiscard]] bool sendable(const HttpResponse& response);
// 1xx, 204 and 304 end with the header.
[[nodiscard]] bool has_body(unsigned status);

// What RFC 9112 asks of a request's header beyond Beast's parser: nothing, or the sentence to refuse it with. HTTP/1.1
// needs one Host; of the transfer codings only chunked is known, and not in HTTP/1.0.
[[nodiscard]] std::optional<std::string_view> framing_fault(const RequestParser::value_type& message);

// Method, target and headers. To be called before the body is read: Beast adds the trailer's fields to the header's,
// and a trailer must not be able to pose as one.
[[nodiscard]] HttpRequest request_of(const RequestParser::value_type& message, Peer peer);

}  // namespace minne
