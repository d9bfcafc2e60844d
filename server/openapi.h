// The OpenAPI 3.1 document of a route table (spec.openapis.org/oas/v3.1.0).
//
// Every operation lists its parameters, body and answers, and every error status it may give with the Problem schema:
// its own `errors`, and those that any operation may answer. Pure function.
#pragma once

#include "server/route.h"

#include <boost/json/object.hpp>

#include <span>
#include <string>

namespace minne {

struct ApiInfo {
  std::string title;
  std::string version;
  std::string description{};
  std::string license_name{};  // SPDX name, e.g. "Apache-2.0"; empty: left out
  std::string server_url = "/";
};

// `schemas` are the components that routes name (JSON Schema 2020-12 each); "Problem" is added. A route that names a
// component which is not there is a bug, and a CHECK.
[[nodiscard]] boost::json::object openapi_document(std::span<const Route> routes, boost::json::object schemas,
                                                   const ApiInfo& info);

}  // namespace minne
