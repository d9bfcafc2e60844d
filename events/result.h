// Result<T>: a value, or the Error that stands in its place.
//
//   Result<Date> due = parse_date(text);
//   if (!due) return due.error();
//   use(*due);
//
// Expected failures travel as values from where they are found to the handler that answers the caller; nothing below
// a handler throws one. What must not happen is a CHECK (check.h).
#pragma once

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <utility>

namespace minne {

// What the caller can do about a failure. Each code has one HTTP status (server/problem.h).
enum class Code {
  kInvalid,      // malformed or wrongly typed input: send something else
  kUnknown,      // a board, case, event or route that does not exist
  kConflict,     // stale version, an id reused with other content, a second file of the same child: read again, decide
                 // again
  kRefused,      // well formed, but decide says no: the message names the rule
  kTooLarge,     // past a named limit
  kBusy,         // a queue is full or a projection lags: wait and send the same again
  kNoSpace,      // below the free-space reserve: make room, then send the same again
  kClock,        // the machine's clock cannot be trusted: set it
  kUnsupported,  // media type or method
  kDamaged,      // stored data that fails its checksum or its grammar: positions are named
  kInternal,     // ours
};

struct Error {
  Code code = Code::kInternal;
  std::string message;          // one sentence: what is wrong; never personal data
  std::string where;            // JSON pointer, file:line or position; empty if the whole
  boost::json::object details;  // machine-readable extras (e.g. current_version), merged into the problem document
};

[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.message);
}

template <class T = void>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

[[nodiscard]] inline Error invalid(std::string message, std::string where = {}) {
  return {Code::kInvalid, std::move(message), std::move(where), {}};
}
[[nodiscard]] inline Error failure(Code code, std::string message, std::string where = {}) {
  return {code, std::move(message), std::move(where), {}};
}

}  // namespace minne

// Leaves the enclosing function with the error of a Result, or goes on with its value.
#define MINNE_CONCAT_INNER(a, b) a##b
#define MINNE_CONCAT(a, b) MINNE_CONCAT_INNER(a, b)
#define MINNE_TRY_IMPL(name, declaration, expression) \
  auto name = (expression);                           \
  if (!name) return std::move(name).error();          \
  declaration = std::move(*name)
#define MINNE_TRY(declaration, expression) MINNE_TRY_IMPL(MINNE_CONCAT(minne_try_, __LINE__), declaration, expression)
#define MINNE_TRY_VOID_IMPL(name, expression) \
  if (auto name = (expression); !name) return std::move(name).error()
#define MINNE_TRY_VOID(expression) MINNE_TRY_VOID_IMPL(MINNE_CONCAT(minne_try_, __LINE__), expression)
