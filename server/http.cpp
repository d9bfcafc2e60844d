#include "server/http.h"

#include "server/problem.h"

#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

namespace minne {
namespace {

class OnceReply {
 public:
  explicit OnceReply(Reply reply) : reply_(std::move(reply)) {}
  OnceReply(const OnceReply&) = delete;
  OnceReply& operator=(const OnceReply&) = delete;
  ~OnceReply() {
    if (called_.load()) return;
    try {
      spdlog::error("a handler ended without an answer");
      reply_(problem_response(failure(Code::kInternal, "the handler ended without an answer")));
    } catch (...) {  // out of memory while unwinding: the session's reply timeout still ends the request
    }
  }

  void answer(HttpResponse response) {
    if (!called_.exchange(true)) reply_(std::move(response));
  }

 private:
  Reply reply_;
  std::atomic<bool> called_{false};
};

}  // namespace

Reply once(Reply reply) {
  // Shared because std::function must be copyable: handlers may keep copies on several threads.
  return [state = std::make_shared<OnceReply>(std::move(reply))](HttpResponse response) {
    state->answer(std::move(response));
  };
}

}  // namespace minne
