#include "server/command.h"

#include "server/api_parts.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>

#include <unistd.h>

namespace minne {
namespace {

namespace json = boost::json;

Error error_of(const HttpResponse& response) {
  boost::system::error_code bad;
  const auto value = json::parse(response.body, bad);
  if (bad || !value.is_object())
    return failure(Code::kInternal, "the server answered " + std::to_string(response.status));
  const auto text = [&](const char* name) {
    const auto* found = value.get_object().if_contains(name);
    return found != nullptr && found->is_string() ? std::string{found->get_string()} : std::string{};
  };
  auto error = failure(Code::kInternal, text("detail"), text("where"));
  for (const auto& kind : problem_kinds()) {
    if (kind.status == response.status) error.code = kind.code;
  }
  error.details = value.get_object();
  return error;
}

// At most one byte more than the limit, for the reader to refuse.
Result<std::string> read_text(const std::string& path, std::size_t limit) {
  std::ifstream in(path, std::ios::binary);
  std::string text(limit + 1, '\0');
  if (!in.is_open() || (in.read(text.data(), static_cast<std::streamsize>(text.size())), in.bad())) {
    return failure(Code::kUnknown, "cannot read the file", path);
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

}  // namespace

Api::Api() = default;

Api::~Api() {
  router_.reset();
  app_.reset();
  memory_.reset();
}

Result<std::unique_ptr<Api>> Api::open(const Options& options) {
  std::unique_ptr<Api> api{new Api};
  if (options.must_exist && !std::filesystem::exists(options.data)) {
    return failure(Code::kUnknown, "there is no data directory " + options.data.string());
  }
  MemoryOptions memory;
  memory.directory = options.data;
  memory.verify_only = options.verify_only;
  MINNE_TRY(auto own, read_own_files(options.own));
  memory.more_rules = std::move(own.rules);
  memory.more_codes = std::move(own.codes);
  auto opened = CaseMemory::open(std::move(memory), api->clock_);
  if (opened) {
    api->memory_ = std::move(*opened);
    api->app_ = std::make_unique<App>(App{*api->memory_, {}});
    api->router_ = std::make_unique<Router>(api_routes(*api->app_));
    return api;
  }
  if (opened.error().code != Code::kConflict) return opened.error();
  if (!options.own.empty())
    return invalid("a server has the directory: it goes by the rules and codes that it was started with");
  return connect(options.data);  // somebody has the directory: a server, it is to be hoped
}

Result<std::unique_ptr<Api>> Api::connect(const std::filesystem::path& data) {
  std::unique_ptr<Api> api{new Api};
  HttpEndpoint endpoint;
  endpoint.unix_path = (data / kSocketName).string();
  api->client_ = std::make_unique<HttpClient>(endpoint, std::chrono::minutes(30));
  const auto health = api->client_->request({.method = Verb::get, .target = "/healthz"});
  if (!health) return failure(Code::kBusy, "no server answers for " + data.string());
  return api;
}

Result<std::unique_ptr<Api>> Api::open_rules(const OwnPaths& own) {
  std::unique_ptr<Api> api{new Api};
  MINNE_TRY(const auto files, read_own_files(own));
  MINNE_TRY(api->rules_, DeadlineRules::built_in(files.rules, files.codes));
  const auto in_force = [rules = api->rules_.get()]() -> const DeadlineRules& { return *rules; };
  auto routes = api::rule_routes(in_force);
  std::ranges::move(api::code_routes(in_force), std::back_inserter(routes));
  api->router_ = std::make_unique<Router>(std::move(routes));
  return api;
}

Result<HttpResponse> Api::call(ClientRequest request) {
  if (client_) return client_->request(std::move(request));
  HttpRequest direct;
  direct.method = request.method;
  direct.target = std::move(request.target);
  direct.body = std::move(request.body);
  if (!request.content_type.empty()) direct.headers.add("content-type", request.content_type);
  std::promise<HttpResponse> promise;
  auto future = promise.get_future();
  router_->serve(std::move(direct), [&promise](HttpResponse response) { promise.set_value(std::move(response)); });
  return future.get();
}

Result<json::value> Api::get(const std::string& target) { return send(Verb::get, target, {}, {}); }

Result<json::value> Api::send(Verb method, const std::string& target, std::string body, std::string content_type) {
  MINNE_TRY(
      const HttpResponse response,
      call({.method = method, .target = target, .body = std::move(body), .content_type = std::move(content_type)}));
  if (response.status >= 400) return error_of(response);
  boost::system::error_code bad;
  auto value = json::parse(response.body, bad);
  if (bad) return failure(Code::kInternal, "the answer is not JSON");
  return value;
}

void Api::on_rebuild_progress(std::function<void(const RebuildProgress&)> show) {
  if (app_) app_->rebuild_progress = std::move(show);
}

std::optional<int> parse_arguments(const std::vector<std::string>& arguments, options::options_description& described,
                                   const options::positional_options_description& positional, CommonOptions& common,
                                   options::variables_map& values, std::string_view usage) {
  described.add_options()("data", options::value<std::string>()->default_value("minne-data"), "the data directory")(
      "board", options::value<std::string>(), "the board; may be left out where there is one only")(
      "rules", options::value<std::vector<std::string>>(), "a file of the board's own rules and limits; repeatable")(
      "codes", options::value<std::vector<std::string>>(),
      "a file of the board's own codes, named as the list is; repeatable")("json", "the result as JSON")("help",
                                                                                                         "this text");
  const auto print_help = [&](std::ostream& out) { out << "usage: minne " << usage << "\n\n" << described; };
  try {
    const auto parsed = options::command_line_parser(arguments).options(described).positional(positional).run();
    options::store(parsed, values);
    for (const auto& option : parsed.options) {  // Boost reads -5 as a very large number
      if (option.value.empty() || !option.value.front().starts_with('-')) continue;
      const auto& type = values[option.string_key].value().type();
      if (type != typeid(std::uint64_t) && type != typeid(std::size_t)) continue;
      throw options::error("the option '--" + option.string_key + "' takes no number below zero");
    }
    if (values.contains("help")) {
      print_help(std::cout);
      return kDone;
    }
    options::notify(values);
  } catch (const options::error& error) {
    std::cerr << "minne: " << error.what() << "\n";
    print_help(std::cerr);
    return kUsage;
  }
  common.data = values["data"].as<std::string>();
  if (values.contains("board")) {
    common.board = values["board"].as<std::string>();
    if (const auto fits = ParameterCheck{api::board_parameter()}.check(common.board); !fits) {
      std::cerr << "minne: --board: " << fits.error().message << "\n";
      return kUsage;
    }
  }
  if (values.contains("rules")) common.own.rules = values["rules"].as<std::vector<std::string>>();
  if (values.contains("codes")) common.own.codes = values["codes"].as<std::vector<std::string>>();
  common.json = values.contains("json");
  return std::nullopt;
}

Result<std::string> choose_board(Api& api, const CommonOptions& common) {
  if (!common.board.empty()) return common.board;
  MINNE_TRY(const json::value boards, api.get("/v1/boards"));
  const auto& items = boards.at("items").as_array();
  if (items.size() == 1) return std::string{items.front().at("board").as_string()};
  return invalid(items.empty() ? "there is no board yet" : "there are several boards: say which with --board");
}

Result<OwnFiles> read_own_files(const OwnPaths& paths) {
  OwnFiles out;
  for (const auto& path : paths.rules) {
    MINNE_TRY(auto text, read_text(path, kMaxRuleFileBytes));
    out.rules.push_back({path, std::move(text)});
  }
  for (const auto& path : paths.codes) {
    MINNE_TRY(auto text, read_text(path, kMaxCodeFileBytes));
    out.codes.push_back({path, std::move(text)});
  }
  return out;
}

int fail(const Error& error) {
  std::cerr << "minne: " << error.message;
  if (!error.where.empty()) std::cerr << " (" << error.where << ")";
  std::cerr << "\n";
  // What an option may not say is wrong usage, whoever finds it.
  const bool of_option = error.where.starts_with("query/") || error.where == "timezone";
  return error.code == Code::kInvalid && of_option ? kUsage : kFault;
}

void print_json(const json::value& value) { std::cout << json::serialize(value) << "\n"; }

ProgressBar::ProgressBar(std::string label) : label_(std::move(label)), terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (shown_) std::cerr << "\n";
}

void ProgressBar::show(double part, const std::string& text) {
  constexpr int kWidth = 30;
  constexpr auto kEvery = std::chrono::milliseconds(100);
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || (part < 1 && now - last_ < kEvery)) return;
  last_ = now;
  shown_ = true;
  const auto filled = static_cast<std::size_t>(std::clamp(part, 0.0, 1.0) * kWidth);
  std::cerr << "\r" << label_ << " [" << std::string(filled, '#') << std::string(kWidth - filled, '.') << "] "
            << static_cast<int>(part * 100) << "% " << text << "   " << std::flush;
}

}  // namespace minne
