// minne: the server and every command of the case memory.
#include "bench/bench.h"
#include "projections/question.h"
#include "server/command.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

// jemalloc(3), where it is linked: memory goes back to the system on a thread of its own, not in the middle of a fold;
// and the buffer of a page or a batch is at hand again at once.
extern "C" {
extern const char* const malloc_conf;
const char* const malloc_conf = "background_thread:true,tcache_max:262144";
}

namespace {

constexpr std::array kCommands = {
    minne::Command{"serve", "serve the memory over HTTP on loopback", minne::run_serve},
    minne::Command{"import", "take in an event log of another system (xes)", minne::run_import},
    minne::Command{"generate", "write a synthetic board", minne::run_generate},
    minne::Command{"show", "one case: state, reports, obligations, events", minne::run_show},
    minne::Command{"deadlines", "the deadline queue", minne::run_deadlines},
    minne::Command{"repeats", "children reported again and again", minne::run_repeats},
    minne::Command{"reads", "the access log: which lists were made, why, and which cases they showed",
                   minne::run_reads},
    minne::Command{"access-report", "log control: who read how much, and what without an assignment",
                   minne::run_access_report},
    minne::Command{"report", "summary: the board's answers to its auditors, on one page", minne::run_report},
    minne::Command{"rules", "the deadline rules: list, check a file, count a last day, reload", minne::run_rules},
    minne::Command{"codes", "what coded fields may hold: list, check a file", minne::run_codes},
    minne::Command{"rebuild", "make all projections again and compare", minne::run_rebuild},
    minne::Command{"verify", "check every stored byte", minne::run_verify},
    minne::Command{"bench", "measure, each beside its raw limit", minne::run_bench},
};

std::size_t longest_name() {
  std::size_t longest = 0;
  for (const auto& command : kCommands) longest = std::max(longest, command.name.size());
  for (const auto& question : minne::questions()) longest = std::max(longest, question.name.size());
  return longest;
}

int usage(std::ostream& out, int code) {
  const auto width = longest_name() + 2;
  const auto line = [&](const auto& item) {
    out << "  " << item.name << std::string(width - item.name.size(), ' ') << item.summary << "\n";
  };
  out << "usage: minne COMMAND [options]\n\n";
  for (const auto& command : kCommands) line(command);
  out << "\nquestions of a board\n";
  for (const auto& question : minne::questions()) line(question);
  out << "\nminne COMMAND --help tells the options.\n";
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  spdlog::set_default_logger(spdlog::stderr_color_mt("minne"));
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) return usage(std::cerr, minne::kUsage);
  if (arguments.front() == "--help" || arguments.front() == "help") return usage(std::cout, minne::kDone);
  const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
  try {
    for (const auto& command : kCommands) {
      if (command.name == arguments.front()) return command.run(rest);
    }
    for (const auto& question : minne::questions()) {
      if (question.name == arguments.front()) return minne::run_question(question, rest);
    }
  } catch (const std::exception& error) {
    std::cerr << "minne: " << error.what() << "\n";
    return minne::kFault;
  }
  std::cerr << "minne: no command of that name\n";
  return usage(std::cerr, minne::kUsage);
}
