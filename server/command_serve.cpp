// serve: the memory behind HTTP, until it is told to stop.
#include "server/api_parts.h"
#include "server/command.h"
#include "server/http_server.h"

#include <spdlog/spdlog.h>

#include <charconv>
#include <csignal>
#include <iostream>

namespace minne {
namespace {

struct Listen {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8420;
};

Result<Listen> parse_listen(const std::string& text) {
  Listen out;
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return invalid("--listen takes ADDRESS:PORT");
  out.address = text.substr(0, colon);
  if (out.address.starts_with('[') && out.address.ends_with(']'))
    out.address = out.address.substr(1, out.address.size() - 2);
  unsigned port = 0;
  const auto* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + colon + 1, end, port);
  if (parsed.ptr != end || parsed.ec != std::errc{} || port > 65535) return invalid("--listen takes ADDRESS:PORT");
  out.port = static_cast<std::uint16_t>(port);
  return out;
}

// SIGHUP, SIGINT and SIGTERM, which are blocked in every thread started after this object.
class Signals {
 public:
  Signals() {
    sigaddset(&set_, SIGHUP);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  [[nodiscard]] int wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
  }

 private:
  static sigset_t empty() {
    sigset_t out;
    sigemptyset(&out);
    return out;
  }
  sigset_t set_ = empty();
};

}  // namespace

int run_serve(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("listen", options::value<std::string>()->default_value("127.0.0.1:8420"),
                          "loopback address and port; port 0 lets the system choose")(
      "pool-threads", options::value<std::size_t>()->default_value(4), "threads for requests");
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "serve [options]")) return *code;
  const auto listen = parse_listen(values["listen"].as<std::string>());
  if (!listen) {
    std::cerr << "minne: " << listen.error().message << "\n";
    return kUsage;
  }
  const Signals signals;
  const SystemClock clock;
  MemoryOptions options;
  options.directory = common.data;
  auto own = read_own_files(common.own);
  if (!own) return fail(own.error());
  options.more_rules = std::move(own->rules);
  options.more_codes = std::move(own->codes);
  auto memory = CaseMemory::open(std::move(options), clock);
  if (!memory) return fail(memory.error());
  App app{.memory = **memory, .own_files = [&common] { return read_own_files(common.own); }};
  const Router router(api_routes(app));
  HttpConfig config;
  config.address = listen->address;
  config.port = listen->port;
  config.unix_path = (common.data / kSocketName).string();
  config.pool_threads = values["pool-threads"].as<std::size_t>();
  config.reply_timeout = std::chrono::minutes(30);  // a rebuild answers when it is done
  auto server = HttpServer::start(config, router);
  if (!server) return fail(server.error());
  spdlog::info("serving {} on {}:{}", common.data.string(), listen->address, (*server)->port());
  while (signals.wait() == SIGHUP) {
    // What came of it is in the log; a fault leaves the rules as they are.
    if (const auto reloaded = api::reload(app); !reloaded) continue;
  }
  spdlog::info("stopping");
  (*server)->stop();
  server->reset();
  return kDone;
}

}  // namespace minne
