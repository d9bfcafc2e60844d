// One row of the route table: an operation, its OpenAPI description and its handler, together in one place.
//
//   Route{.method = Verb::get,
//         .path = "/v1/boards/{board}/cases/{case}",
//         .operation_id = "getCase",
//         .summary = "One case as it stands",
//         .parameters = {path_parameter("board", "[a-z0-9-]{1,40}", "The board."), …},
//         .responses = {{.status = 200, .description = "The case.", .schema = "Case"}},
//         .handler = [&app](HttpRequest request, Reply reply) { … }}
//
// The Router checks requests against the row (router.h) and openapi.h publishes it, so neither can say more than the
// other. Plain values.
#pragma once

#include "events/result.h"
#include "server/http.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

enum class ParameterIn { kPath, kQuery, kHeader };

// kInstant is RFC 3339 text or a date, as events/time.h reads it; only its handler parses it.
enum class ParameterType { kString, kInteger, kBoolean, kDate, kUuid, kInstant };

inline constexpr std::size_t kMaxParameterBytes = 1024;  // of one decoded path or query parameter

struct Parameter {
  std::string name;  // headers: as published, "If-Match"; compared in lower case
  ParameterIn in = ParameterIn::kQuery;
  ParameterType type = ParameterType::kString;
  std::string description{};
  bool required = false;                  // always so in a path
  bool repeated = false;                  // query only: ?type=a&type=b
  std::string pattern{};                  // ECMAScript, must match the whole value; without ^ and $
  std::vector<std::string> one_of{};      // the values allowed; empty: any
  std::optional<std::int64_t> minimum{};  // of an integer's value; of a string's length in bytes
  std::optional<std::int64_t> maximum{};
  std::string default_value{};  // published only; the handler applies it
};

[[nodiscard]] inline Parameter path_parameter(std::string name, std::string pattern, std::string description) {
  return {.name = std::move(name),
          .in = ParameterIn::kPath,
          .description = std::move(description),
          .required = true,
          .pattern = std::move(pattern)};
}

struct MediaType {
  std::string name;      // "application/json"; parameters such as charset are ignored when compared
  std::string schema{};  // a component's name; empty: bytes
};

// An operation without media types takes no body: one that comes all the same is refused.
struct RequestBody {
  std::vector<MediaType> media{};
  bool required = true;
  std::string description{};
};

struct ResponseDoc {
  unsigned status = 200;
  std::string description;
  std::string schema{};  // a component's name; empty and no media: no content
  std::string media = "application/json";
};

using Handler = std::function<void(HttpRequest, Reply)>;

struct Route {
  Verb method = Verb::get;
  std::string path;
  std::string operation_id;
  std::string summary{};
  std::string description{};
  std::string tag{};
  std::vector<Parameter> parameters{};
  RequestBody body{};
  std::vector<ResponseDoc> responses{};
  std::vector<Code> errors{};  // beyond those that any operation may answer: kConflict, kRefused, kNoSpace, …
  Handler handler;
};

// A parameter with its pattern compiled; made once for each row of the table.
class ParameterCheck {
 public:
  explicit ParameterCheck(Parameter parameter);
  ~ParameterCheck();
  ParameterCheck(ParameterCheck&&) noexcept;
  ParameterCheck& operator=(ParameterCheck&&) noexcept;

  [[nodiscard]] const Parameter& parameter() const { return parameter_; }
  [[nodiscard]] const std::string& key() const { return key_; }  // the name to look up: a header's in lower case
  // kInvalid naming the parameter and what it must be; never the value, which may be personal.
  [[nodiscard]] Result<> check(std::string_view value) const;

 private:
  struct Pattern;
  Parameter parameter_;
  std::string key_;
  std::unique_ptr<Pattern> pattern_;
};

// "Application/JSON; charset=utf-8" -> "application/json".
[[nodiscard]] std::string media_type_of(std::string_view content_type);

}  // namespace minne
