// The row of one case: a table per component. What is stored, what indexes and tallies are functions of.
//
//   stored row := version:u32 kind:u16 corrected:u16 position:u64 size:u32[components] pad8 (component pad8)*
//
// A component that holds nothing takes no bytes. Same events, rules, calendar and time zones give the same bytes: rows
// are packed from values in a cleared builder.
// A value; one thread at a time.
#pragma once

#include "projections/registry.h"

#include <string>
#include <tuple>

namespace minne {

class CaseRow {
 public:
  Id id;
  StreamKind kind = StreamKind::case_;
  bool corrected = false;  // it holds corrections or misfilings: each further one folds the whole case again
  Version version = 0;     // of the last event folded
  Position position = 0;   // its position

  template <class C>
  [[nodiscard]] const typename C::Row& get() const {
    return std::get<typename C::Row>(rows_);
  }
  template <class C>
  [[nodiscard]] typename C::Row& edit() {
    return std::get<typename C::Row>(rows_);
  }

 private:
  template <class... C>
  static std::tuple<typename C::Row...> rows_of(Types<C...>);
  decltype(rows_of(Components{})) rows_;
};

// Applies one effective event to every component that listens to its type; misfiled ones to those that want to see
// them.
void apply_event(const RecordedEvent& event, CaseRow& row, const DeadlineRules& rules);
// What is derived from legal order; after the last event of a batch.
void derive_row(CaseRow& row, const DeadlineRules& rules);

// Whether a component keeps more than a few bytes of each event of this type, beside those that take every event.
[[nodiscard]] bool leaves_facts(Body type);

// Reused from row to row.
class RowPacker {
 public:
  // Valid until the next call.
  [[nodiscard]] const std::string& pack(const CaseRow& row);

 private:
  std::string packed_;
  flatbuffers::FlatBufferBuilder builder_{4096};
};
[[nodiscard]] Result<CaseRow> unpack_row(const Id& id, std::string_view stored);

// All index entries of a row, instead of what the writer held: sorted, keys of an index unique.
void index_entries(const CaseRow& row, IndexWriter& out);
// All tally amounts of a row, instead of what the writer held.
void tally_entries(const CaseRow& row, TallyWriter& out);

struct ComponentInfo {
  std::string name;
  std::uint32_t version = 0;
};
[[nodiscard]] const std::vector<ComponentInfo>& components();
// "component.index", in the numbering of IndexWriter::Entry::index and TallyWriter::Entry::tally.
[[nodiscard]] const std::vector<std::string>& index_names();
[[nodiscard]] const std::vector<std::string>& tally_names();

[[nodiscard]] std::uint8_t first_of(const std::vector<std::string>& names, std::string_view component);
// The number that entries of C's first index (tally) carry.
template <class C>
[[nodiscard]] std::uint8_t index_base() {
  static const std::uint8_t base = first_of(index_names(), C::kName);
  return base;
}
template <class C>
[[nodiscard]] std::uint8_t tally_base() {
  static const std::uint8_t base = first_of(tally_names(), C::kName);
  return base;
}

// What a generation was built with: components, rules, calendar, time zones.
[[nodiscard]] std::string build_identity(const DeadlineRules& rules);

}  // namespace minne
