#include "bench/bench.h"

#include <iostream>

namespace minne {
int run_bench(const std::vector<std::string>&) {
  std::cerr << "bench\n";
  return 0;
}
}  // namespace minne
