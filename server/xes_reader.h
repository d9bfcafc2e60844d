// Reads an event log in XES (IEEE 1849-2016, XML serialisation), plain or gzipped, one trace at a time.
//
//   struct Importer : XesHandler {
//     Result<> trace(XesTrace&& trace) override { return append(std::move(trace)); }
//   };
//   Importer importer;
//   Result<XesSummary> log = read_xes("receipt.xes.gz", importer);
//   if (!log) return log.error();  // where: "receipt.xes.gz:4711"
//
// Grammar, in any order and with duplicates kept (anything else in the XES namespace or in none is an error that
// names it):
//   log       := (extension | global | classifier | attribute | trace | event)*
//   trace     := (attribute | event)*
//   event     := attribute*
//   global    := attribute*
//   attribute := string | date | int | float | boolean | id (key, value) attribute*
//              | list (key) (attribute | values)*      values := attribute*
//              | container (key) attribute*
// Elements of other namespaces are passed over with all they hold, as are XML attributes that XES does not know; both
// are counted. Neither times nor numbers are interpreted. XES 1.0 and 2.0 files, with or without namespace, read the
// same.
//
// Thread: everything runs on the caller's thread inside read_xes(); calls with different handlers are independent.
// Memory: one trace, the header and the events outside traces, each bounded below; the size of the file does not
// matter.
#pragma once

#include "events/result.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minne {

inline constexpr std::size_t kXesMaxDepth = 64;            // open XML elements, <log> included
inline constexpr std::size_t kXesMaxTextBytes = 1U << 20;  // one key or value, as UTF-8
inline constexpr std::size_t kXesMaxTagBytes = 8U << 20;   // one tag or comment as stored (escapes, UTF-16)
inline constexpr std::size_t kXesMaxAttributes = 10'000;   // directly in one element
inline constexpr std::size_t kXesMaxEventsPerTrace = 10'000;
inline constexpr std::size_t kXesMaxEventsOutside = 10'000;   // directly in <log>
inline constexpr std::size_t kXesMaxTraceBytes = 64U << 20;   // one trace in memory: texts and their structs
inline constexpr std::size_t kXesMaxHeaderBytes = 16U << 20;  // header and events outside traces, likewise

struct XesAttribute {
  std::string key;    // never empty
  std::string type;   // the element's name: string date int float boolean id list container
  std::string value;  // lexical: what the file says once XML is unescaped; a list or container may lack it
  std::vector<XesAttribute> children;  // nested attributes; what a container contains
  std::vector<XesAttribute> values;    // of a list
  friend bool operator==(const XesAttribute&, const XesAttribute&) = default;
};

struct XesEvent {
  std::uint64_t line = 0;  // of the start tag, from 1
  std::vector<XesAttribute> attributes;
};

struct XesTrace {
  std::uint64_t line = 0;
  std::vector<XesAttribute> attributes;
  std::vector<XesEvent> events;
};

struct XesExtension {
  std::string name;
  std::string prefix;
  std::string uri;
};

struct XesGlobal {
  std::string scope;  // "trace" or "event"
  std::vector<XesAttribute> attributes;
};

struct XesClassifier {
  std::string name;
  std::string scope;  // empty where the file has none (XES 1.0): means "event"
  std::string keys;   // lexical: blank-separated, quoted where a key holds blanks
};

// What <log> holds besides traces. A part missing from an extension, global or classifier is empty: nothing here
// depends on them, and a log is not worth less for it.
struct XesHeader {
  std::string xml_namespace;                                        // of <log>; empty in older files
  std::vector<std::pair<std::string, std::string>> xml_attributes;  // of <log>, e.g. xes.version; qualified: {uri}name
  std::vector<XesExtension> extensions;
  std::vector<XesGlobal> globals;
  std::vector<XesClassifier> classifiers;
  std::vector<XesAttribute> attributes;
};

struct XesSummary {
  XesHeader header;                          // complete at the end only: its parts may stand after the traces
  std::uint64_t traces = 0;                  // that trace() accepted
  std::vector<XesEvent> events;              // outside traces
  std::uint64_t passed_over = 0;             // foreign elements and unknown XML attributes that were not kept
  std::uint64_t first_passed_over_line = 0;  // 0: none
  std::string sha256;                        // hex, of the file's bytes as stored (of the gzip, where it is one)
};

// Owned by the caller; its functions run between the start and the end of read_xes(), in file order. They may throw:
// the exception leaves read_xes().
class XesHandler {
 public:
  virtual ~XesHandler() = default;

  // A whole trace, the handler's from now on. An error stops the reading and is its result (an empty `where` becomes
  // the trace's line).
  virtual Result<> trace(XesTrace&& trace) = 0;

  // A trace that is well-formed XML but breaks XES or a limit above (nesting and tag length excepted), at its end tag.
  // It holds the attributes read before the fault and no events; `fault.where` is the line at fault. Success passes the
  // trace over and goes on; by default the reading stops with the fault.
  virtual Result<> faulty_trace(XesTrace&& trace, Error fault);
};

// After each block of the file, in stored bytes. `total` is 0 where the size is not known beforehand (a pipe).
using XesProgress = std::function<void(std::uint64_t read, std::uint64_t total)>;

// Reads the whole file. gzip is known by its first two bytes, not by the name; several members in a row are one file.
// Encodings: UTF-8, UTF-16, ISO-8859-1, US-ASCII; texts come out as UTF-8. As XML has it, a raw line break or tab in a
// value is a blank; an escaped one (&#10;) is kept.
//
// Traces reach the handler before the file's end has been seen: damage further on, found by gzip's check sum or by XML,
// comes after them as an error.
//
// Errors, `where` = "file:line" of the XML (the file alone where it cannot be opened):
//   kInvalid   not a readable file; malformed XML or another encoding; a DOCTYPE (its entities could expand for ever);
//              a root that is no XES <log>; an element or text where XES has none; an attribute without key or value;
//              gzip truncated, damaged or followed by something else
//   kTooLarge  past a limit above
//   kInternal  the disk fails while reading
//   any        what the handler returned
[[nodiscard]] Result<XesSummary> read_xes(const std::filesystem::path& file, XesHandler& handler,
                                          const XesProgress& progress = {});

// The first attribute with this key, or null. Belongs to `attributes`.
[[nodiscard]] const XesAttribute* find(const std::vector<XesAttribute>& attributes, std::string_view key);

}  // namespace minne
