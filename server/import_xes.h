// Turns an event log in XES (xes_reader.h) into Minne's events, trace by trace.
//
//   ImportOptions options{.board = "trial", .deadline_attribute = "deadline", .end_attribute = "enddate"};
//   Result<ImportSummary> done = import_xes("receipt.xes.gz", options, sink);
//   if (!done) return done.error();  // where: "receipt.xes.gz:4711"
//
// Each trace is one case, whatever its dates say:
//
//   trace := CaseOpened       external_ref = concept:name, every trace attribute; at the start attribute; without
//                             one, where an earlier import put it, else at the first event, else at import_time
//            DeadlineSet?     where the deadline attribute is there: its key, and its date in Stockholm; at the opening
//            ActionRecorded*  in file order, at time:timestamp; concept:name, lifecycle:transition, every attribute;
//                             org:resource, org:role, org:group are the actor's id, role and unit, but without a
//                             resource there is no actor (role and group stay among the attributes)
//            CaseClosed?      where the end attribute is there: at it
//   log   := trace* LogImported+      what stands outside the traces, in the board's stream; more than one only
//                                     where the header is larger than kMaxLogImportedBytes (xes_events.h)
//
// A time with offset is taken as it is, another in options.timezone. A date alone is a day in the attributes that the
// options name, and a fault in time:timestamp. An empty name or resource
// is as good as none. The defaults that a log's globals declare are not filled in.
//
// Repeatable: ids are UUIDv5 of board, trace name, kind and ordinal (stream_ids.h; of LogImported, the file's SHA-256
// and the part), and the same file under the same options gives the same bytes. So what an earlier import stored is
// known again, a grown trace has a new tail, and a changed event shows as known id with other bytes. A change of the
// trace's own attributes changes its CaseOpened. LogImported stands at the first opening that the file itself dates;
// where it dates none, on the day 1970-01-01. import_time enters only a trace without start attribute and events. If
// the sink answers opened(), a repeat gives that trace's bytes again, and it may even grow; otherwise a repeat at
// another import_time is a changed event.
//
// A fault in a trace keeps all of that trace from the sink, none of the earlier ones. Traces go to the sink as they are
// read: a file that turns out damaged or malformed further on has given its earlier traces, and no LogImported. A first
// pass to find that out would read every file twice and could read no pipe, to save what the next import of the mended
// file takes for a repeat anyway.
//
// Thread: everything, the sink too, runs on the caller's thread inside import_xes().
// Memory: one trace and its events, the log's header, 16 bytes (and a hash table's slack) for each trace name, the
// workers' ids, and the traces passed over, bounded below.
#pragma once

#include "events/event.h"
#include "server/xes_reader.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace minne {

inline constexpr std::size_t kMaxSkippedTraces = 10'000;
inline constexpr std::size_t kMaxSkippedNameBytes = 256;  // longer names are cut, and end in "..."

struct ImportOptions {
  enum OnError : std::uint8_t { kStop, kSkip };

  std::string board;
  std::string deadline_attribute;  // keys of trace attributes; empty: none
  std::string start_attribute;
  std::string end_attribute;
  std::string timezone = "UTC";  // of times without offset
  OnError on_error = kStop;
  Instant import_time{};
};

// Where the events go. Owned by the caller. What it throws leaves import_xes().
class ImportSink {
 public:
  virtual ~ImportSink() = default;

  // The events of one trace, never empty: all of them or, with an error, none. Those whose id the stream has already
  // must have the bytes that it has (else kConflict); the others are appended in this order. The result is how many
  // that were. An error's `where` may be empty.
  virtual Result<std::size_t> trace(const Id& case_id, std::vector<EncodedEvent> events) = 0;

  // Likewise, once, after all traces.
  virtual Result<std::size_t> log(const Id& board_stream, std::vector<EncodedEvent> events) = 0;

  // When the case was opened, if it is there. Asked only of a trace without start attribute.
  virtual Result<std::optional<Instant>> opened(const Id& case_id);
};

struct SkippedTrace {
  std::uint64_t line = 0;  // of the fault: the trace's, its event's or, where XES itself is broken, the element's
  std::string name;        // empty where it has none, or none was read before the fault
  std::string reason;
};

// All but events_appended describes the file less the traces passed over: the same on a repeat.
struct ImportSummary {
  std::uint64_t cases = 0;
  std::uint64_t actions = 0;
  std::uint64_t workers = 0;         // distinct actors
  std::uint64_t worker_changes = 0;  // actions by another actor than the case's last action with one
  std::uint64_t events_appended = 0;
  std::vector<SkippedTrace> skipped;
  std::uint64_t passed_over = 0;  // foreign elements and unknown XML attributes, which are not kept (XesSummary)
  std::uint64_t first_passed_over_line = 0;
};

// Errors, `where` = "file:line":
//   kInvalid   what read_xes() refuses; a trace without concept:name, or with one seen before in this file (in a good
//              trace or not); an event without concept:name or time:timestamp; a bad date; an actor's id, role
//              or unit longer than kMaxNameBytes; an unknown timezone (`where` "timezone": nothing was read)
//   kTooLarge  a limit of read_xes(); an event past max_event_bytes(); more than kMaxSkippedTraces passed over
//   any        the sink's
// kSkip passes over a trace with a fault of its own and lists it: what read_xes() gives as a faulty trace, all of the
// above that concerns a trace, and what the sink answers with kInvalid, kTooLarge, kConflict or kRefused. Any other
// error stops the import in both modes.
[[nodiscard]] Result<ImportSummary> import_xes(const std::filesystem::path& file, const ImportOptions& options,
                                               ImportSink& sink, const XesProgress& progress = {});

}  // namespace minne
