#include "server/http_wire.h"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>

namespace minne {
namespace {

namespace http = boost::beast::http;
using boost::beast::iequals;

constexpr std::array<std::string_view, 6> kServersOwn{"Connection", "Content-Length", "Content-Type",
                                                      "Date",       "Server",         "Transfer-Encoding"};

boost::beast::string_view view(std::string_view text) { return {text.data(), text.size()}; }

bool is_token(std::string_view name) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kMarks.find(c) != std::string_view::npos;
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

bool is_field_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(),
                      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

void add(std::string& head, std::string_view name, std::string_view value) {
  head += name;
  head += ": ";
  head += value;
  head += "\r\n";
}

}  // namespace

std::string http_date(std::chrono::system_clock::time_point at) {
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};  // not strftime: names must not follow the locale
  const int length = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                   kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                                   kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                                   utc.tm_min, utc.tm_sec);
  return {text.data(), static_cast<std::size_t>(length)};
}

bool has_body(unsigned status) { return status >= 200 && status != 204 && status != 304; }

bool sendable(const HttpResponse& response) {
  if (response.status < 200 || response.status > 599 || !is_field_value(response.content_type)) return false;
  return std::all_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
    const auto same = [&header](std::string_view own) { return iequals(view(own), view(header.first)); };
    return is_token(header.first) && is_field_value(header.second) &&
           std::none_of(kServersOwn.begin(), kServersOwn.end(), same);
  });
}

std::string response_head(const HttpResponse& response, const HeadOptions& options) {
  std::string head;
  head.reserve(256);
  head += "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  const auto reason = http::obsolete_reason(http::int_to_status(response.status));
  head.append(reason.data(), reason.size());
  head += "\r\n";
  add(head, "Server", "minne");
  add(head, "Date", options.date);
  if (has_body(response.status)) {
    if (!response.content_type.empty()) add(head, "Content-Type", response.content_type);
    add(head, "Content-Length", std::to_string(response.body.size()));
  }
  if (!options.keep_alive) {
    add(head, "Connection", "close");
  } else if (options.http_1_0) {
    add(head, "Connection", "keep-alive");
  }
  for (const auto& [name, value] : response.headers) add(head, name, value);
  head += "\r\n";
  return head;
}

std::optional<std::string_view> framing_fault(const RequestParser::value_type& message) {
  const bool http_1_1 = message.version() >= 11;
  const auto hosts = message.count(http::field::host);
  if (hosts > 1 || (http_1_1 && hosts == 0)) return "the request needs one Host header";
  const auto codings = message.count(http::field::transfer_encoding);
  if (codings == 0) return std::nullopt;
  if (!http_1_1) return "HTTP/1.0 has no Transfer-Encoding";
  if (codings > 1 || !iequals(message[http::field::transfer_encoding], "chunked")) {
    return "of the transfer codings only chunked is known";
  }
  return std::nullopt;
}

HttpRequest request_of(const RequestParser::value_type& message, Peer peer) {
  HttpRequest request;
  request.method = message.method();
  request.target.assign(message.target().data(), message.target().size());
  request.peer = peer;
  request.headers.reserve(8);
  for (const auto& field : message) {
    std::string name(field.name_string().data(), field.name_string().size());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    const std::string_view value(field.value().data(), field.value().size());
    const auto earlier = std::find_if(request.headers.begin(), request.headers.end(),
                                      [&name](const auto& header) { return header.first == name; });
    if (earlier == request.headers.end()) {
      request.headers.add(std::move(name), std::string(value));
    } else {
      earlier->second.append(", ").append(value);
    }
  }
  return request;
}

}  // namespace minne
