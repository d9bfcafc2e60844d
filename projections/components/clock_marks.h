// The marks that a case's events left on its clocks, each with what hangs on it: the one place that knows how they are
// kept (obligations.fbs). A view of the row; any thread.
#pragma once

#include "events/event.h"
#include "projections/rows.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace minne {

[[nodiscard]] inline When time_of(const rows::Hit& hit) {
  return {from_micros(hit.time()), hit.day_only() ? Precision::kDay : Precision::kInstant};
}

[[nodiscard]] inline Id event_of(const rows::Mark& mark) { return flatbuffers::UnPack(mark.event()); }

[[nodiscard]] inline bool comes_before(const rows::Mark& a, const rows::Mark& b) {
  return std::pair{a.at(), a.version()} < std::pair{b.at(), b.version()};
}

[[nodiscard]] inline bool is(const rows::Key& key, const Id& id) {
  return std::memcmp(key.bytes()->data(), id.bytes.data(), id.bytes.size()) == 0;
}

// Of those that say whose a clock is, an id for each text with its place in the first byte (deadline_rules.h): the
// first that both give tells two apart, the person, else the role.
[[nodiscard]] inline bool are_of_two(std::span<const Id> some, std::span<const Id> others) {
  for (const auto& one : some) {
    const auto same_place = std::ranges::find(others, one.bytes.front(), [](const Id& id) { return id.bytes.front(); });
    if (same_place != others.end()) return *same_place != one;
  }
  return false;
}

// The marks of one case with what hangs on each.
class Marks {
 public:
  explicit Marks(const rows::ObligationsT& row) : row_(row) {}

  [[nodiscard]] std::span<const rows::Hit> hits(const rows::Mark& mark) const {
    return part(row_.hits, mark, &rows::Mark::first_hit);
  }
  [[nodiscard]] std::span<const Id> matters(const rows::Mark& mark) const {
    return part(row_.matters, mark, &rows::Mark::first_matter);
  }
  [[nodiscard]] std::span<const rows::Named> names(const rows::Mark& mark) const {
    return part(row_.names, mark, &rows::Mark::first_name);
  }
  // Those named for the triggers that are wanted.
  template <class IsWanted>
  [[nodiscard]] std::vector<Id> names(const rows::Mark& mark, IsWanted is_wanted) const {
    std::vector<Id> out;
    for (const auto& name : names(mark)) {
      if (is_wanted(name.trigger())) out.push_back(flatbuffers::UnPack(name.matter()));
    }
    return out;
  }
  // The first of them; nil: of the whole file.
  [[nodiscard]] Id matter(const rows::Mark& mark) const {
    const auto all = matters(mark);
    return all.empty() ? Id{} : all.front();
  }
  [[nodiscard]] const std::string& unit(const rows::Mark& mark) const { return row_.texts[mark.unit()]; }
  [[nodiscard]] const std::string& law(const rows::Mark& mark) const { return row_.texts[mark.law()]; }

  // A nil matter: of the whole file.
  [[nodiscard]] bool concerns(const rows::Mark& mark, const Id& matter) const {
    const auto all = matters(mark);
    return matter.is_nil() ? all.empty() : std::ranges::find(all, matter) != all.end();
  }
  [[nodiscard]] bool share_a_matter(const rows::Mark& a, const rows::Mark& b) const {
    return std::ranges::find_first_of(matters(a), matters(b)) != matters(a).end();
  }
  [[nodiscard]] bool same_matters(const rows::Mark& a, const rows::Mark& b) const {
    return std::ranges::equal(matters(a), matters(b));
  }

  [[nodiscard]] std::vector<const rows::Mark*> in_legal_order() const {
    std::vector<const rows::Mark*> out;
    out.reserve(row_.marks.size());
    for (const auto& mark : row_.marks) out.push_back(&mark);
    std::ranges::sort(out, [](const auto* a, const auto* b) { return comes_before(*a, *b); });
    return out;
  }

 private:
  template <class T>
  [[nodiscard]] std::span<const T> part(const std::vector<T>& all, const rows::Mark& mark,
                                        std::uint32_t (rows::Mark::*first)() const) const {
    const auto* next = &mark + 1;
    const bool is_last = next == row_.marks.data() + row_.marks.size();
    const std::size_t end = is_last ? all.size() : (next->*first)();
    return std::span{all}.subspan((mark.*first)(), end - (mark.*first)());
  }

  const rows::ObligationsT& row_;
};

}  // namespace minne
