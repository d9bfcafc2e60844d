#include "server/problem.h"

#include "events/check.h"

#include <boost/json/serialize.hpp>

#include <array>

namespace minne {
namespace {

constexpr std::array kKinds{
    ProblemKind{Code::kInvalid, 400, "invalid", "Invalid request"},
    ProblemKind{Code::kUnknown, 404, "unknown", "Not found"},
    ProblemKind{Code::kConflict, 409, "conflict", "Conflict"},
    ProblemKind{Code::kRefused, 422, "refused", "Refused by a rule"},
    ProblemKind{Code::kTooLarge, 413, "too-large", "Too large"},
    ProblemKind{Code::kBusy, 503, "busy", "Busy, send the same again"},
    ProblemKind{Code::kNoSpace, 507, "no-space", "No space left"},
    ProblemKind{Code::kClock, 503, "clock", "Clock not trusted"},
    ProblemKind{Code::kUnsupported, 415, "unsupported", "Unsupported media type"},
    ProblemKind{Code::kDamaged, 500, "damaged", "Stored data damaged"},
    ProblemKind{Code::kInternal, 500, "internal", "Internal error"},
};

constexpr bool in_order_of_code() {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    if (static_cast<std::size_t>(kKinds[i].code) != i) return false;
  }
  return static_cast<std::size_t>(Code::kInternal) + 1 == kKinds.size();
}
static_assert(in_order_of_code(), "a Code without its status");

boost::json::object document(unsigned status, std::string_view slug, std::string_view title, std::string_view detail) {
  boost::json::object members;
  members["type"] = "urn:minne:problem:" + std::string(slug);
  members["title"] = title;
  members["status"] = status;
  members["detail"] = detail;
  return members;
}

HttpResponse response_of(unsigned status, const boost::json::object& members) {
  HttpResponse response;
  response.status = status;
  response.content_type = kProblemMediaType;
  response.body = boost::json::serialize(members);
  return response;
}

}  // namespace

const ProblemKind& problem_kind(Code code) {
  const auto index = static_cast<std::size_t>(code);
  CHECK(index < kKinds.size());
  return kKinds[index];
}

std::span<const ProblemKind> problem_kinds() { return kKinds; }

HttpResponse problem_response(const Error& error, std::string_view instance) {
  const ProblemKind& kind = problem_kind(error.code);
  boost::json::object members = document(kind.status, kind.slug, kind.title, error.message);
  if (!instance.empty()) members["instance"] = instance;
  if (!error.where.empty()) members["where"] = error.where;
  for (const auto& detail : error.details) {
    if (detail.key() != "instance") members.insert(detail);  // insert() leaves a member that is already there
  }
  HttpResponse response = response_of(kind.status, members);
  if (error.code == Code::kBusy) response.headers.emplace_back("Retry-After", "1");
  return response;
}

HttpResponse protocol_problem(unsigned status, std::string_view slug, std::string_view title, std::string_view detail) {
  return response_of(status, document(status, slug, title, detail));
}

}  // namespace minne
