// import and generate: boards filled from outside or by us, through the same append route.
#include "server/api_parts.h"
#include "server/command.h"
#include "server/generate.h"
#include "server/import_xes.h"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::size_t kGenerateBatch = 8'000;  // events of one append
constexpr std::size_t kGenerateBytes = 8UL << 20;
constexpr std::size_t kImportMemory = 128UL << 20;  // whoever takes in a log of any size need not have more

std::string events_path(const std::string& board) {
  return "/v1/boards/" + board + "/events?foreign=true&deferred=true&skip_known=true";
}

// Sends each trace as one append.
class ApiSink final : public ImportSink {
 public:
  ApiSink(Api& api, std::string board) : api_(api), board_(std::move(board)) {}

  Result<std::size_t> trace(const Id&, std::vector<EncodedEvent> events) override { return send(events); }
  Result<std::size_t> log(const Id&, std::vector<EncodedEvent> events) override { return send(events); }

  Result<std::optional<Instant>> opened(const Id& case_id) override {
    auto page = api_.get("/v1/boards/" + board_ + "/cases/" + to_text(case_id) + "/events?limit=1");
    if (!page && page.error().code == Code::kUnknown) return std::optional<Instant>{};
    if (!page) return page.error();
    const auto& first = page->at("items").at(0);
    MINNE_TRY(const When when, parse_when(first.at("occurred_at").as_string()));
    return std::optional{when.at};
  }

  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  Result<std::size_t> send(const std::vector<EncodedEvent>& events) {
    std::string body;
    for (const auto& event : events) append_record(body, event);
    MINNE_TRY(const json::value outcome,
              api_.send(Verb::post, events_path(board_), std::move(body), std::string{kEventsMediaType}));
    position_ = std::max(position_, outcome.at("position").to_number<std::uint64_t>());
    return outcome.at("appended").to_number<std::size_t>();
  }

  Api& api_;
  std::string board_;
  std::uint64_t position_ = 0;
};

json::object summary_json(const ImportSummary& summary, std::uint64_t position) {
  json::array skipped;
  for (const auto& trace : summary.skipped)
    skipped.emplace_back(json::object{{"line", trace.line}, {"name", trace.name}, {"reason", trace.reason}});
  return {{"cases", summary.cases},
          {"actions", summary.actions},
          {"workers", summary.workers},
          {"worker_changes", summary.worker_changes},
          {"events_appended", summary.events_appended},
          {"skipped", std::move(skipped)},
          {"position", position}};
}

Result<> make_board(Api& api, const std::string& board, const json::object& settings) {
  MINNE_TRY(const json::value made,
            api.send(Verb::put, "/v1/boards/" + board, json::serialize(settings), "application/json"));
  return {};
}

// What was taken in freely has left the projections behind: folding the whole log at once is many times faster than
// following it.
Result<> catch_up(Api& api, const std::string& board, std::size_t memory_bytes = kRebuildMemory) {
  constexpr std::uint64_t kWorthARebuild = 100'000;
  MINNE_TRY(const json::value projections, api.get("/v1/boards/" + board + "/projections"));
  const auto* lag = projections.as_object().if_contains("lag");
  if (lag == nullptr || lag->to_number<std::uint64_t>() < kWorthARebuild) return {};
  MINNE_TRY_VOID(api.send(
      Verb::post, "/v1/boards/" + board + "/rebuild?compare=false&memory_mib=" + std::to_string(memory_bytes >> 20), {},
      {}));
  return {};
}

Result<json::object> import_file(const std::string& named, const CommonOptions& common, ImportOptions wanted) {
  const std::string file = named == "-" ? "/dev/stdin" : named;
  if (std::error_code failed; !std::filesystem::exists(file, failed)) return invalid("there is no such file", named);
  MINNE_TRY(auto api, Api::open({.data = common.data, .own = common.own, .must_exist = false}));
  if (common.board.empty()) {
    MINNE_TRY(wanted.board, choose_board(*api, common));
  } else {
    wanted.board = common.board;
    if (!api->get("/v1/boards/" + wanted.board)) MINNE_TRY_VOID(make_board(*api, wanted.board, {}));
  }
  wanted.import_time = SystemClock{}.now();
  ApiSink sink(*api, wanted.board);
  ProgressBar bar("import");
  const auto progress = [&bar](std::uint64_t read, std::uint64_t total) {
    bar.show(total > 0 ? static_cast<double>(read) / static_cast<double>(total) : 0,
             fmt::format("{} KiB", read / 1024));
  };
  MINNE_TRY(const ImportSummary summary, import_xes(file, wanted, sink, progress));
  if (summary.passed_over > 0) {
    std::cerr << "minne: " << summary.passed_over << " foreign elements were not kept, the first in line "
              << summary.first_passed_over_line << "\n";
  }
  MINNE_TRY_VOID(catch_up(*api, wanted.board, kImportMemory));
  return summary_json(summary, sink.position());
}

// Sends a generated board in the order of its log.
class BoardWriter {
 public:
  BoardWriter(Api& api, std::string board, std::uint64_t total)
      : api_(api), board_(std::move(board)), total_(total), bar_("generate") {}

  Result<> add(const GeneratedEvent& event) {
    // Events of one moment may belong to one append: a batch ends between moments.
    const bool full = events_ >= kGenerateBatch || body_.size() >= kGenerateBytes;
    if (full && event.recorded_at != last_) MINNE_TRY_VOID(send());
    last_ = event.recorded_at;
    append_record(body_, event.event, event.recorded_at);
    ++events_;
    return {};
  }
  Result<> send() {
    if (events_ == 0) return {};
    MINNE_TRY(const json::value outcome,
              api_.send(Verb::post, "/v1/boards/" + board_ + "/events?foreign=true&deferred=true",
                        std::exchange(body_, {}), std::string{kEventsMediaType}));
    sent_ += std::exchange(events_, 0);
    bar_.show(static_cast<double>(sent_) / static_cast<double>(total_), std::to_string(sent_) + " events");
    return {};
  }

 private:
  Api& api_;
  std::string board_;
  std::uint64_t total_;
  std::uint64_t sent_ = 0;
  std::string body_;
  std::size_t events_ = 0;
  Instant last_{};
  ProgressBar bar_;
};

Result<json::object> generate_board(const CommonOptions& common, const GenerateOptions& wanted) {
  MINNE_TRY(auto api, Api::open({.data = common.data, .own = common.own, .must_exist = false}));
  if (const auto known = api->get("/v1/boards/" + wanted.board);
      known && known->at("position").to_number<std::uint64_t>() > 0) {
    return failure(Code::kConflict, "the board " + wanted.board + " holds events already: generate into an empty one");
  }
  const auto key = generated_lookup_key(wanted);
  MINNE_TRY_VOID(make_board(*api, wanted.board, {{"clock", "supplied"}, {"lookup_key", to_hex(key)}}));
  BoardGenerator generator(wanted);
  BoardWriter writer(*api, wanted.board, wanted.events);
  while (const auto event = generator.next()) MINNE_TRY_VOID(writer.add(*event));
  MINNE_TRY_VOID(writer.send());
  MINNE_TRY_VOID(catch_up(*api, wanted.board));
  auto manifest = generator.manifest();
  const auto path = common.data / "manifest.json";
  std::ofstream file(path);
  file << json::serialize(manifest) << "\n";
  file.close();
  if (!file) return failure(Code::kInternal, "cannot write " + path.string());
  return json::object{{"board", wanted.board},
                      {"events", wanted.events},
                      {"cases", manifest.at("cases")},
                      {"today", manifest.at("today")},
                      {"manifest", path.string()}};
}

int print(const Result<json::object>& result, const CommonOptions& common) {
  if (!result) return fail(result.error());
  if (common.json) {
    print_json(*result);
    return kDone;
  }
  for (const auto& member : *result) {
    const auto& value = member.value();
    fmt::print("{:<18}{}\n", std::string_view{member.key().data(), member.key().size()},
               value.is_string() ? std::string{value.get_string()} : json::serialize(value));
  }
  return kDone;
}

}  // namespace

int run_import(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  const auto text = [] { return options::value<std::string>(); };
  described.add_options()("format", text()->required(), "xes")(
      "file", text()->required(), "an event log, .xes or .xes.gz")("deadline-attribute", text(),
                                                                   "trace attribute that becomes DeadlineSet")(
      "start-attribute", text(), "trace attribute that is the time of CaseOpened")(
      "end-attribute", text(), "trace attribute that becomes CaseClosed")(
      "timezone", text()->default_value("UTC"), "of times without offset")("on-error", text()->default_value("stop"),
                                                                           "stop or skip: what a faulty trace does");
  CommonOptions common;
  options::variables_map values;
  options::positional_options_description positional;
  positional.add("format", 1).add("file", 1);
  if (const auto code = parse_arguments(arguments, described, positional, common, values, "import xes FILE [options]"))
    return *code;
  ImportOptions wanted;
  const auto take = [&](const char* name, std::string& into) {
    if (values.contains(name)) into = values[name].as<std::string>();
  };
  take("deadline-attribute", wanted.deadline_attribute);
  take("start-attribute", wanted.start_attribute);
  take("end-attribute", wanted.end_attribute);
  take("timezone", wanted.timezone);
  const auto on_error = values["on-error"].as<std::string>();
  if (values["format"].as<std::string>() != "xes" || (on_error != "stop" && on_error != "skip")) {
    std::cerr << "minne: import knows xes, and --on-error stop or skip\n";
    return kUsage;
  }
  wanted.on_error = on_error == "skip" ? ImportOptions::kSkip : ImportOptions::kStop;
  return print(import_file(values["file"].as<std::string>(), common, std::move(wanted)), common);
}

int run_generate(const std::vector<std::string>& arguments) {
  options::options_description described("options");
  described.add_options()("events", options::value<std::uint64_t>()->required(), "how many")(
      "seed", options::value<std::uint64_t>()->default_value(1), "the same gives the same board, to the byte")(
      "profile", options::value<std::string>()->default_value("norrtalje"), "norrtalje or stockholm")(
      "stress", options::value<std::string>()->default_value("none"),
      "none, turnover (staff leave) or overload (limits are passed, help is waited for)");
  CommonOptions common;
  options::variables_map values;
  if (const auto code = parse_arguments(arguments, described, {}, common, values, "generate --events N [options]"))
    return *code;
  const auto profile = parse_board_profile(values["profile"].as<std::string>());
  if (!profile) {
    std::cerr << "minne: " << profile.error().message << "\n";
    return kUsage;
  }
  const auto stress = parse_board_stress(values["stress"].as<std::string>());
  if (!stress) {
    std::cerr << "minne: " << stress.error().message << "\n";
    return kUsage;
  }
  const GenerateOptions wanted{common.board.empty() ? "generated" : common.board, values["events"].as<std::uint64_t>(),
                               values["seed"].as<std::uint64_t>(), *profile, *stress};
  return print(generate_board(common, wanted), common);
}

}  // namespace minne
