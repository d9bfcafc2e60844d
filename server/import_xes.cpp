#include "server/import_xes.h"

#include "events/stream_ids.h"
#include "server/xes_events.h"

#include <boost/unordered/unordered_flat_set.hpp>

#include <charconv>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace minne {
namespace {

// Ordinals of a trace's events count within these kinds. Part of every id: never to change.
constexpr std::string_view kOpened = "opened";
constexpr std::string_view kDeadline = "deadline";
constexpr std::string_view kAction = "action";
constexpr std::string_view kClosed = "closed";
constexpr std::string_view kLog = "log/";  // and the file's SHA-256, in a trace without name

constexpr std::string_view kName = "concept:name";
constexpr std::string_view kTime = "time:timestamp";
constexpr std::string_view kLifecycle = "lifecycle:transition";
constexpr std::string_view kResource = "org:resource";
constexpr std::string_view kRole = "org:role";
constexpr std::string_view kGroup = "org:group";

using Attributes = std::vector<XesAttribute>;

std::string_view value_of(const Attributes& attributes, std::string_view key) {
  const XesAttribute* found = find(attributes, key);
  return found == nullptr ? std::string_view{} : std::string_view{found->value};
}

// Of "file:line"; 0 where there is none.
std::uint64_t line_in(std::string_view where) {
  std::uint64_t line = 0;
  const std::size_t colon = where.rfind(':');
  if (colon != std::string_view::npos) std::from_chars(where.data() + colon + 1, where.data() + where.size(), line);
  return line;
}

std::string short_name(std::string_view name) {
  if (name.size() <= kMaxSkippedNameBytes) return std::string(name);
  std::size_t end = kMaxSkippedNameBytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  return std::string(name.substr(0, end)) + "...";
}

// Whether an error says something of the trace, not of the machine.
bool concerns_trace(Code code) {
  return code == Code::kInvalid || code == Code::kTooLarge || code == Code::kConflict || code == Code::kRefused;
}

class Importer final : public XesHandler {
 public:
  Importer(std::string file, const ImportOptions& options, ImportSink& sink)
      : file_(std::move(file)), options_(options), sink_(sink) {}

  Result<> trace(XesTrace&& trace) override {
    Result<Case> made = make_case(trace);
    if (!made) return pass_over(trace.attributes, std::move(made).error());
    if (!first_dated_) first_dated_ = made->dated;
    Result<std::size_t> appended = sink_.trace(made->id, std::move(made->events));
    if (!appended) {
      Error error = std::move(appended).error();
      if (!error.where.empty()) error.message += " (" + error.where + ")";
      error.where = at(trace.line);
      return pass_over(trace.attributes, std::move(error));
    }
    summary_.events_appended += *appended;
    count(trace);
    return {};
  }

  Result<> faulty_trace(XesTrace&& trace, Error fault) override {
    // Its name counts as seen: which of two traces is the right one, nobody could say.
    if (const std::string_view name = value_of(trace.attributes, kName); !name.empty()) {
      seen_.insert(trace_case_id(options_.board, name));
    }
    return pass_over(trace.attributes, std::move(fault));
  }

  Result<ImportSummary> finish(XesSummary&& log) {
    summary_.workers = workers_.size();
    summary_.passed_over = log.passed_over;
    summary_.first_passed_over_line = log.first_passed_over_line;
    const When at = first_dated_ ? When{*first_dated_, Precision::kInstant}
                                 : When{day_start(Date{}), Precision::kDay};  // 1970-01-01
    const Id stream = board_stream_id(options_.board);
    const std::string kind = std::string(kLog) + log.sha256;
    Result<std::vector<EncodedEvent>> made = log_imported(
        std::move(log), stream, at, [&](std::uint64_t part) { return trace_event_id(options_.board, {}, kind, part); });
    if (!made) return in_file(std::move(made).error());
    Result<std::size_t> appended = sink_.log(stream, std::move(*made));
    if (!appended) return in_file(std::move(appended).error());
    summary_.events_appended += *appended;
    return std::move(summary_);
  }

 private:
  struct Case {
    Id id;
    When opened{};
    std::optional<Instant> dated;  // the opening as the file has it
    std::vector<EncodedEvent> events;
  };

  [[nodiscard]] std::string at(std::uint64_t line) const { return file_ + ":" + std::to_string(line); }

  [[nodiscard]] Error in_file(Error error) const {
    if (error.where.empty()) error.where = file_;
    return error;
  }

  Result<Case> make_case(const XesTrace& trace) {
    const std::string_view name = value_of(trace.attributes, kName);
    if (name.empty()) return invalid("a trace without concept:name", at(trace.line));
    Case made;
    made.id = trace_case_id(options_.board, name);
    if (!seen_.insert(made.id).second) {
      return invalid("a trace whose concept:name stood in this file before", at(trace.line));
    }
    MINNE_TRY(const std::vector<Instant> times, action_times(trace));
    MINNE_TRY_VOID(open(trace, times, made));
    const auto place = [&](std::string_view kind, std::uint64_t ordinal, When when) {
      return EventPlace{made.id, trace_event_id(options_.board, name, kind, ordinal), when};
    };
    const auto add = [&](Result<EncodedEvent> event, std::uint64_t line) -> Result<> {
      if (!event) return failure(event.error().code, event.error().message, at(line));
      made.events.push_back(std::move(*event));
      return {};
    };

    MINNE_TRY_VOID(add(case_opened(place(kOpened, 0, made.opened), name, trace.attributes), trace.line));
    MINNE_TRY(const std::optional<When> due, time_of(trace, options_.deadline_attribute));
    if (due) {
      const EventPlace deadline = place(kDeadline, 0, made.opened);
      MINNE_TRY_VOID(add(deadline_set(deadline, options_.deadline_attribute, local_date(due->at)), trace.line));
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
      const XesEvent& event = trace.events[i];
      MINNE_TRY_VOID(add(action(place(kAction, i, {times[i], Precision::kInstant}), event), event.line));
    }
    MINNE_TRY(const std::optional<When> end, time_of(trace, options_.end_attribute));
    if (end) MINNE_TRY_VOID(add(case_closed(place(kClosed, 0, *end)), trace.line));
    return made;
  }

  Result<std::vector<Instant>> action_times(const XesTrace& trace) const {
    std::vector<Instant> times;
    times.reserve(trace.events.size());
    for (const XesEvent& event : trace.events) {
      const XesAttribute* stamp = find(event.attributes, kTime);
      if (stamp == nullptr) return invalid("an event without time:timestamp", at(event.line));
      MINNE_TRY(const Instant time, read_time(*stamp, event.line));
      times.push_back(time);
    }
    return times;
  }

  Result<> open(const XesTrace& trace, const std::vector<Instant>& times, Case& made) {
    MINNE_TRY(const std::optional<When> start, time_of(trace, options_.start_attribute));
    if (start) {
      made.dated = start->at;
      made.opened = *start;
      return {};
    }
    if (!times.empty()) made.dated = times.front();
    // The stored opening comes before the first event's time, so that a trace once opened at import_time may grow.
    // Nothing is hidden by it: the first event itself is compared.
    Result<std::optional<Instant>> earlier = sink_.opened(made.id);
    if (!earlier) {
      Error error = std::move(earlier).error();
      error.where = at(trace.line);
      return error;
    }
    made.opened = {*earlier ? **earlier : made.dated.value_or(options_.import_time), Precision::kInstant};
    return {};
  }

  // Of a trace's attribute, which may be a day alone; nothing where the option or the attribute is missing.
  Result<std::optional<When>> time_of(const XesTrace& trace, const std::string& key) const {
    const XesAttribute* found = key.empty() ? nullptr : find(trace.attributes, key);
    if (found == nullptr) return std::optional<When>{};
    if (const auto day = parse_date(found->value)) return std::optional{When{day_start(*day), Precision::kDay}};
    MINNE_TRY(const Instant time, read_time(*found, trace.line));
    return std::optional{When{time, Precision::kInstant}};
  }

  Result<Instant> read_time(const XesAttribute& attribute, std::uint64_t line) const {
    Result<Instant> time = parse_instant_in(attribute.value, options_.timezone);
    if (!time) return invalid(attribute.key + ": " + time.error().message, at(line));
    return time;
  }

  static Result<EncodedEvent> action(const EventPlace& place, const XesEvent& event) {
    const std::string_view activity = value_of(event.attributes, kName);
    if (activity.empty()) return invalid("an event without concept:name");
    XesActor actor;
    actor.id = value_of(event.attributes, kResource);
    if (!actor.id.empty()) {
      actor.role = value_of(event.attributes, kRole);
      actor.unit = value_of(event.attributes, kGroup);
    }
    for (const auto& [key, value] : {std::pair{kResource, actor.id}, {kRole, actor.role}, {kGroup, actor.unit}}) {
      if (value.size() > kMaxNameBytes) {
        return invalid(std::string(key) + " is longer than " + std::to_string(kMaxNameBytes) + " bytes");
      }
    }
    return action_recorded(place, actor, activity, value_of(event.attributes, kLifecycle), event.attributes);
  }

  void count(const XesTrace& trace) {
    ++summary_.cases;
    summary_.actions += trace.events.size();
    std::string_view last;
    for (const XesEvent& event : trace.events) {
      const std::string_view worker = value_of(event.attributes, kResource);
      if (worker.empty()) continue;
      if (!last.empty() && worker != last) ++summary_.worker_changes;
      if (worker != last) workers_.emplace(worker);
      last = worker;
    }
  }

  Result<> pass_over(const Attributes& attributes, Error error) {
    if (options_.on_error == ImportOptions::kStop || !concerns_trace(error.code)) return error;
    if (summary_.skipped.size() >= kMaxSkippedTraces) {
      return failure(
          Code::kTooLarge,
          "more than " + std::to_string(kMaxSkippedTraces) + " traces with faults: the last, " + error.message,
          std::move(error.where));
    }
    summary_.skipped.push_back(
        {line_in(error.where), short_name(value_of(attributes, kName)), std::move(error.message)});
    return {};
  }

  const std::string file_;
  const ImportOptions& options_;
  ImportSink& sink_;
  ImportSummary summary_;
  boost::unordered_flat_set<Id, IdHash> seen_;  // cases of this file
  std::unordered_set<std::string> workers_;
  std::optional<Instant> first_dated_;
};

}  // namespace

Result<std::optional<Instant>> ImportSink::opened(const Id&) { return std::optional<Instant>{}; }

Result<ImportSummary> import_xes(const std::filesystem::path& file, const ImportOptions& options, ImportSink& sink,
                                 const XesProgress& progress) {
  if (const Result<> known = check_zone(options.timezone); !known) return invalid(known.error().message, "timezone");
  Importer importer(file.string(), options, sink);
  MINNE_TRY(XesSummary log, read_xes(file, importer, progress));
  return importer.finish(std::move(log));
}

}  // namespace minne
