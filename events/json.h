// JSON <-> event, driven by the schema: no code per type.
//
//   { "id", "type", "case", "matter", "occurred_at", "received_at", "actor": {…}, "legal_basis": {…}, "correlation_id",
//     "causation_id", "secrecy", "body": {…}, "sealed": {…} }
//
// Times are RFC 3339 with offset or a date; codes are strings; names and free text stand in `sealed`. What the schema
// does not know is refused, with the JSON pointer in Error::where. Pure functions, safe on any thread.
#pragma once

#include "events/codes.h"
#include "events/event.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <optional>

namespace minne {

struct EncodeContext {
  std::optional<Id> stream;  // the stream it is appended to: `case` may be left out, and must agree where it is given
  std::optional<Id> id;      // for an event without "id"; without both, encoding makes a v7 id
  int today_year = 0;        // decides the century of a ten-digit number
  const CodeLists* codes = &CodeLists::built_in();  // nullptr: any code
  std::string pointer;                              // prefix of every Error::where
  // HMAC of a normalised number under the board's lookup key. Empty: an event with a number is refused.
  std::function<Digest(std::string_view normalised_number)> token;
};

[[nodiscard]] Result<EncodedEvent> encode_event(const boost::json::value& json, const EncodeContext& context);

// The same object back, fields in the schema's order, absent ones left out. `bytes` must be verified.
[[nodiscard]] boost::json::object decode_event(std::string_view bytes, std::string_view sealed);

// JSON Schema (2020-12) of every event type and of `Event`, for OpenAPI: refs are "#/components/schemas/NAME".
[[nodiscard]] boost::json::object event_schemas(const CodeLists& codes = CodeLists::built_in());

}  // namespace minne
