// A command of the command line: a request to the same routes that the server answers.
//
// Where nobody holds the data directory the request is served in this process; otherwise it goes over the Unix socket
// that the running server keeps there. Results go to stdout (--json: the routes' JSON), everything else to stderr.
// Exit: 0 done, 1 found a fault, 2 wrong usage.
#pragma once

#include "server/app.h"
#include "server/http_client.h"
#include "server/router.h"

#include <boost/json/value.hpp>
#include <boost/program_options.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

inline constexpr int kDone = 0;
inline constexpr int kFault = 1;
inline constexpr int kUsage = 2;
inline constexpr std::string_view kSocketName = "minne.sock";
inline constexpr const char* kPurposeHelp = "why: case_work, follow_up, supervision or log_control";
inline constexpr const char* kMaskHelp = "staff: workers are numbered, not named";

// What a board sets for itself, by its files.
struct OwnPaths {
  std::vector<std::string> rules{};
  std::vector<std::string> codes{};
  [[nodiscard]] bool empty() const { return rules.empty() && codes.empty(); }
};

// The routes, wherever they are served.
class Api {
 public:
  struct Options {
    std::filesystem::path data;
    OwnPaths own{};
    bool verify_only = false;
    bool must_exist = true;  // a directory that is not there yet is an error, not a new memory
  };
  [[nodiscard]] static Result<std::unique_ptr<Api>> open(const Options& options);
  // The routes of the rules and codes alone, which need no directory.
  [[nodiscard]] static Result<std::unique_ptr<Api>> open_rules(const OwnPaths& own);
  // Those of the server that has the directory, over its socket. kBusy where none answers.
  [[nodiscard]] static Result<std::unique_ptr<Api>> connect(const std::filesystem::path& data);
  ~Api();

  // The answer's JSON; the problem document as an Error where the status is 400 or more.
  [[nodiscard]] Result<boost::json::value> get(const std::string& target);
  [[nodiscard]] Result<boost::json::value> send(Verb method, const std::string& target, std::string body,
                                                std::string content_type);
  void on_rebuild_progress(std::function<void(const RebuildProgress&)> show);

 private:
  Api();
  [[nodiscard]] Result<HttpResponse> call(ClientRequest request);

  SystemClock clock_;
  std::unique_ptr<DeadlineRules> rules_;  // open_rules
  std::unique_ptr<CaseMemory> memory_;
  std::unique_ptr<App> app_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<HttpClient> client_;
};

namespace options = boost::program_options;

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*run)(const std::vector<std::string>& arguments);
};

// What all commands share: --data, --board, --rules, --codes, --json; and reading arguments with errors that end in
// kUsage.
struct CommonOptions {
  std::filesystem::path data = "minne-data";
  std::string board;
  OwnPaths own;
  bool json = false;
};
// Parses; prints help or the fault to stderr and gives the exit code, or nothing where the command goes on.
[[nodiscard]] std::optional<int> parse_arguments(const std::vector<std::string>& arguments,
                                                 options::options_description& described,
                                                 const options::positional_options_description& positional,
                                                 CommonOptions& common, options::variables_map& values,
                                                 std::string_view usage);

// --board, or the only board there is.
[[nodiscard]] Result<std::string> choose_board(Api& api, const CommonOptions& common);
// The files of --rules and --codes, to be taken in after the program's own.
[[nodiscard]] Result<OwnFiles> read_own_files(const OwnPaths& paths);
[[nodiscard]] int fail(const Error& error);
void print_json(const boost::json::value& value);

// A bar on stderr where that is a terminal, nothing elsewhere.
class ProgressBar {
 public:
  explicit ProgressBar(std::string label);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  void show(double part, const std::string& text);

 private:
  std::string label_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_{};
};

// The commands, one function each.
[[nodiscard]] int run_serve(const std::vector<std::string>& arguments);
[[nodiscard]] int run_import(const std::vector<std::string>& arguments);
[[nodiscard]] int run_generate(const std::vector<std::string>& arguments);
[[nodiscard]] int run_show(const std::vector<std::string>& arguments);
[[nodiscard]] int run_deadlines(const std::vector<std::string>& arguments);
[[nodiscard]] int run_repeats(const std::vector<std::string>& arguments);
[[nodiscard]] int run_reads(const std::vector<std::string>& arguments);
[[nodiscard]] int run_access_report(const std::vector<std::string>& arguments);
[[nodiscard]] int run_rebuild(const std::vector<std::string>& arguments);
[[nodiscard]] int run_report(const std::vector<std::string>& arguments);
[[nodiscard]] int run_codes(const std::vector<std::string>& arguments);
[[nodiscard]] int run_rules(const std::vector<std::string>& arguments);
[[nodiscard]] int run_verify(const std::vector<std::string>& arguments);
// Any of projections/questions, by its name.
[[nodiscard]] int run_question(const struct Question& question, const std::vector<std::string>& arguments);

}  // namespace minne
