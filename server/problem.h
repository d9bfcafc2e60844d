// Problem documents (RFC 9457, application/problem+json): how every failure reaches a caller.
//
//   {"type":"urn:minne:problem:conflict","title":"Conflict","status":409,
//    "detail":"case is at version 4","where":"/expected_version","current_version":4}
//
// Pure functions, safe on any thread.
#pragma once

#include "events/result.h"
#include "server/http.h"

#include <span>
#include <string>
#include <string_view>

namespace minne {

inline constexpr std::string_view kProblemMediaType = "application/problem+json";

// What a caller's program may switch on, and the same for a person.
struct ProblemKind {
  Code code;
  unsigned status;
  std::string_view slug;  // the type is "urn:minne:problem:" + slug
  std::string_view title;
};

[[nodiscard]] const ProblemKind& problem_kind(Code code);
[[nodiscard]] std::span<const ProblemKind> problem_kinds();  // one for each Code, in its order

// The answer that stands for an error: detail = message, `where` if there is one, then the error's details as members
// of their own (those named like a standard member are left out). A busy answer says Retry-After: 1.
[[nodiscard]] HttpResponse problem_response(const Error& error, std::string_view instance = {});

// For the failures of HTTP itself, which have no Code (405, 408, 431).
[[nodiscard]] HttpResponse protocol_problem(unsigned status, std::string_view slug, std::string_view title,
                                            std::string_view detail);

}  // namespace minne
