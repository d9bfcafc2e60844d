// Parts of a XES log as bytes of Minne's events. Which event is written when, under which id and at what time, is the
// import's to say (import_xes.h); this is how each looks.
//
// Attributes keep key, type and lexical value, in order, nested. Equal texts within an event are stored once. Every
// event made here passes verify_event(). The same arguments give the same bytes. Pure functions, safe on any thread.
//
// Errors (`where` is empty: the caller knows the line): kTooLarge past max_event_bytes(), kInvalid for what no event of
// Minne can hold (a date past the year 9999, attributes nested 63 deep).
#pragma once

#include "events/event.h"
#include "server/xes_reader.h"

#include <functional>
#include <string_view>
#include <vector>

namespace minne {

// Where and when an event stands.
struct EventPlace {
  Id stream;
  Id id;
  When at;
};

// Whose action it was. Empty parts are left out; without an id there is no actor.
struct XesActor {
  std::string_view id;
  std::string_view role;
  std::string_view unit;
};

[[nodiscard]] Result<EncodedEvent> case_opened(const EventPlace& place, std::string_view external_ref,
                                               const std::vector<XesAttribute>& attributes);
[[nodiscard]] Result<EncodedEvent> deadline_set(const EventPlace& place, std::string_view name, Date due);
[[nodiscard]] Result<EncodedEvent> action_recorded(const EventPlace& place, const XesActor& actor,
                                                   std::string_view activity, std::string_view lifecycle,
                                                   const std::vector<XesAttribute>& attributes);
[[nodiscard]] Result<EncodedEvent> case_closed(const EventPlace& place);

// What `log` holds besides traces: one LogImported, or where that would pass kMaxLogImportedBytes, several in a row,
// `id_of_part` (from 0) naming each. All bear the file's SHA-256. Joined list by list they are the whole, with one
// rule for what was cut:
//   - an attribute without key and type continues the attribute before it: its value, children and list values are more
//     of that one's (no attribute of a file lacks either);
//   - a global or an event whose first attribute is such a one continues the global or event before it.
// `log_attributes` are the XML attributes of <log>, with type "xml"; the file's XML namespace, where it has one, is the
// first, "xmlns". Only a key, an extension or a classifier too long for a whole event is refused.
[[nodiscard]] Result<std::vector<EncodedEvent>> log_imported(XesSummary&& log, const Id& stream, const When& at,
                                                             const std::function<Id(std::uint64_t part)>& id_of_part);

}  // namespace minne
