// minne bench: what Minne reaches, each figure beside the raw limit measured in the same run.
#pragma once

#include <string>
#include <vector>

namespace minne {

[[nodiscard]] int run_bench(const std::vector<std::string>& arguments);

}  // namespace minne
