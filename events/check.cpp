#include "events/check.h"

#include <cstdio>
#include <cstdlib>

namespace minne {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: CHECK(%s) failed\n", file, line, expression);
  std::abort();
}

}  // namespace minne
