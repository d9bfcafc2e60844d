// minne: the server and every command of the case memory.
#include "bench/bench.h"
#include "server/command.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

constexpr std::array kCommands = {
    minne::Command{"serve", "serve the memory over HTTP on loopback", minne::run_serve},
    minne::Command{"import", "take in an event log of another system (xes)", minne::run_import},
    minne::Command{"generate", "write a synthetic board", minne::run_generate},
    minne::Command{"show", "one case: state, reports, obligations, events", minne::run_show},
    minne::Command{"deadlines", "the deadline queue", minne::run_deadlines},
    minne::Command{"repeats", "children reported again and again", minne::run_repeats},
    minne::Command{"rebuild", "make all projections again and compare", minne::run_rebuild},
    minne::Command{"verify", "check every stored byte", minne::run_verify},
    minne::Command{"bench", "measure, each beside its raw limit", minne::run_bench},
};

int usage(std::ostream& out, int code) {
  out << "usage: minne COMMAND [options]\n\n";
  for (const auto& command : kCommands)
    out << "  " << command.name << std::string(12 - command.name.size(), ' ') << command.summary << "\n";
  out << "\nminne COMMAND --help tells the options.\n";
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("minne"));
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return usage(std::cerr, minne::kUsage);
  if (arguments.front() == "--help" || arguments.front() == "help") return usage(std::cout, minne::kDone);
  for (const auto& command : kCommands) {
    if (command.name != arguments.front()) continue;
    try {
      return command.run({arguments.begin() + 1, arguments.end()});
    } catch (const std::exception& error) {
      std::cerr << "minne: " << error.what() << "\n";
      return minne::kFault;
    }
  }
  std::cerr << "minne: no command of that name\n";
  return usage(std::cerr, minne::kUsage);
}
