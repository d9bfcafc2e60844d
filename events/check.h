// CHECK(position > last): what must be true of the program itself. False means that memory or disk can no longer be
// trusted, so the process says where and stops; asserts stay on in every build.
#pragma once

namespace minne {
[[noreturn]] void check_failed(const char* expression, const char* file, int line);
}  // namespace minne

#define CHECK(expression) \
  (static_cast<bool>(expression) ? static_cast<void>(0) : ::minne::check_failed(#expression, __FILE__, __LINE__))
