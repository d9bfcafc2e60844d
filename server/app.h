// What every route needs: the memory, and what the operator's commands want to see of long work.
#pragma once

#include "projections/case_memory.h"
#include "server/route.h"

#include <functional>
#include <vector>

namespace minne {

struct App {
  CaseMemory& memory;
  std::function<void(const RebuildProgress&)> rebuild_progress{};  // in-process commands show it
  std::function<Result<OwnFiles>()> own_files{};                   // a server reads them again when it is told to
};

// The one route table: API, OpenAPI and commands. `app` must outlive it.
[[nodiscard]] std::vector<Route> api_routes(App& app);

}  // namespace minne
