// The contract of a component: a pure fold of one case's events into one table of the case's row.
//
//   struct Notes {
//     static constexpr std::string_view kName = "notes";
//     static constexpr std::uint32_t kVersion = 1;  // raised when the meaning changes: boards are rebuilt
//
//     using Events = Types<NoteRecorded>;           // or EveryEvent
//     using Reads = Types<File>;                    // components declared before it that it looks at
//     using Row = rows::NotesT;
//
//     static void apply(const Recorded<NoteRecorded>& event, const Before<Reads>& before, Row& notes);
//     static void derive(const Before<Reads>& before, Row& notes);  // optional: after the events of a batch
//
//     static constexpr std::array kIndexes = {"by_kind"};           // optional, with index()
//     static void index(const CaseRow& row, IndexWriter& out);
//     static constexpr std::array kTallies = {"by_month"};          // optional, with tally()
//     static void tally(const CaseRow& row, TallyWriter& out);
//   };
//
// An `apply` for a type that is not listed, or a listing without an `apply`, does not compile. Folds see events in the
// order they were recorded, each with its latest correction; they store facts, and what depends on legal order is
// derived from (occurred_at, version). They cannot fail, know no clock, and touch nothing but their row.
#pragma once

#include "core/page.h"
#include "event_types.h"
#include "events/event.h"
#include "projections/rows.h"
#include "projections/rules.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace minne {

template <class... T>
struct Types {};

#define MINNE_TYPE_COMMA(name) events::name,
using AllEvents = Types<MINNE_EVENT_TYPES(MINNE_TYPE_COMMA) void>;
#undef MINNE_TYPE_COMMA
struct EveryEvent {};

// What every fold may know of an event beside its body. The envelope is that of the latest correction, where there is
// one.
struct RecordedEvent {
  const Event& envelope;
  const events::Actor* author = nullptr;  // of the event itself: a correction does not change who acted
  Id id;
  Id matter_id;  // nil: the whole file
  Position position = 0;
  Version version = 0;
  Instant recorded_at{};
  // Set where the event turned out to belong to another case: only components with kSeesMisfiled are shown it.
  std::optional<Date> misfiled_on;

  [[nodiscard]] const Id& matter() const { return matter_id; }
  [[nodiscard]] Date occurred_on() const { return local_date(occurred(envelope)); }
  [[nodiscard]] std::string_view actor() const {
    return author == nullptr ? std::string_view{} : text_of(author->id());
  }
  [[nodiscard]] std::string_view unit() const {
    return author == nullptr ? std::string_view{} : text_of(author->unit());
  }
};

template <class T>
struct Recorded : RecordedEvent {
  Recorded(const RecordedEvent& event, const T& event_body) : RecordedEvent(event), body(event_body) {}
  const T& body;
};

// The rows of the components that were declared before, and the rules in force.
class DeadlineRules;

template <class Reads>
class Before;
template <class... C>
class Before<Types<C...>> {
 public:
  explicit Before(const DeadlineRules& rules, const typename C::Row&... rows) : rules_(rules), rows_(rows...) {}

  template <class Component>
  [[nodiscard]] const typename Component::Row& get() const {
    return std::get<const typename Component::Row&>(rows_);
  }
  [[nodiscard]] const DeadlineRules& rules() const { return rules_; }

 private:
  const DeadlineRules& rules_;
  std::tuple<const typename C::Row&...> rows_;
};

class CaseRow;

// The bytes of one row's keys and values, given back together; memory that sufficed for a row is kept for the next.
class EntryBytes {
 public:
  [[nodiscard]] std::string_view keep(std::string_view bytes) {
    if (bytes.empty()) return {};
    if (blocks_.empty() || blocks_.back().size - used_ < bytes.size()) next_block(bytes.size());
    auto* copy = blocks_.back().bytes.get() + used_;
    std::memcpy(copy, bytes.data(), bytes.size());
    used_ += bytes.size();
    return {copy, bytes.size()};
  }
  void clear() {
    if (blocks_.size() > 1) blocks_.erase(blocks_.begin(), blocks_.end() - 1);
    used_ = 0;
  }

 private:
  static constexpr std::size_t kFirst = 2'048;
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  // Each at least twice the one before: the last is the one to keep.
  void next_block(std::size_t least) {
    const auto size = std::max(least, blocks_.empty() ? kFirst : 2 * blocks_.back().size);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    used_ = 0;
  }

  std::vector<Block> blocks_;
  std::size_t used_ = 0;  // of the last block
};

// Entries of a component's indexes: key without board and generation, value all that a page shows.
class IndexWriter {
 public:
  struct Entry {
    std::uint8_t index;  // which of the component's kIndexes
    std::string_view key;
    std::string_view value;
    friend auto operator<=>(const Entry&, const Entry&) = default;
  };
  void add(std::uint8_t index, std::string_view key, std::string_view value = {}) {
    entries_.push_back({static_cast<std::uint8_t>(base_ + index), bytes_.keep(key), bytes_.keep(value)});
  }
  void set_base(std::uint8_t base) { base_ = base; }
  void clear() {
    entries_.clear();
    bytes_.clear();
  }
  // Valid until clear().
  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::uint8_t base_ = 0;
  std::vector<Entry> entries_;
  EntryBytes bytes_;
};

// Counts of a component's tallies: each add() is one amount under a key; sums are kept, a sum of zero is deleted.
class TallyWriter {
 public:
  struct Entry {
    std::uint8_t tally;
    std::string_view key;
    std::int64_t amount;
  };
  void add(std::uint8_t tally, std::string_view key, std::int64_t amount = 1) {
    entries_.push_back({static_cast<std::uint8_t>(base_ + tally), bytes_.keep(key), amount});
  }
  void set_base(std::uint8_t base) { base_ = base; }
  void clear() {
    entries_.clear();
    bytes_.clear();
  }
  // Valid until clear().
  [[nodiscard]] std::vector<Entry>& entries() { return entries_; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::uint8_t base_ = 0;
  std::vector<Entry> entries_;
  EntryBytes bytes_;
};

namespace contract {

template <class T, class List>
inline constexpr bool contains = false;
template <class T, class... L>
inline constexpr bool contains<T, Types<L...>> = (std::is_same_v<T, L> || ...);

template <class C>
inline constexpr bool takes_every = std::is_same_v<typename C::Events, EveryEvent>;

template <class C, class T>
concept Applies = requires(const Recorded<T>& event, const Before<typename C::Reads>& before, typename C::Row& row) {
  C::apply(event, before, row);
};

// A listing for a component that takes the base class would always compile; so it must say EveryEvent.
template <class C>
concept AppliesToAny = requires(const RecordedEvent& event, const Before<typename C::Reads>& before,
                                typename C::Row& row) {
  C::apply(event, before, row);
};

template <class C, class T>
constexpr bool listed_as_applied() {
  if constexpr (std::is_void_v<T>) {
    return true;
  } else {
    return contains<T, typename C::Events> == Applies<C, T>;
  }
}

template <class C, class... T>
constexpr bool all_listed(Types<T...>) {
  return (listed_as_applied<C, T>() && ...);
}

template <class C>
constexpr bool holds() {
  static_assert(!C::kName.empty() && C::kVersion > 0);
  if constexpr (takes_every<C>) {
    static_assert(AppliesToAny<C>, "EveryEvent needs apply(const RecordedEvent&, …)");
  } else {
    static_assert(!AppliesToAny<C>, "apply(const RecordedEvent&, …) needs `using Events = EveryEvent`");
    static_assert(all_listed<C>(AllEvents{}), "Events and the apply overloads must name the same types");
  }
  return true;
}

template <class C>
concept Derives = requires(const Before<typename C::Reads>& before, typename C::Row& row) {
  C::derive(before, row);
};
template <class C>
concept Indexes = requires(const CaseRow& row, IndexWriter& out) {
  C::index(row, out);
};
template <class C>
concept Tallies = requires(const CaseRow& row, TallyWriter& out) {
  C::tally(row, out);
};
template <class C>
concept SeesMisfiled = C::kSeesMisfiled;

}  // namespace contract
}  // namespace minne
