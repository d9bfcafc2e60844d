// One case's events as decide sees them: those of the log, then those of the append, in their places.
//
//   history.effective(7)          what stands at the place of its eighth event
//   history.fold_for(rules, 7)    the case that this event finds, underived
//
// A value that points into events which must outlive it; one thread at a time.
#pragma once

#include "core/event_log.h"
#include "projections/effective.h"
#include "projections/fold.h"

#include <optional>
#include <unordered_map>
#include <vector>

namespace minne {

class CaseHistory {
 public:
  CaseHistory(const Id& case_id, std::vector<StoredEvent> stored);
  CaseHistory(CaseHistory&&) = default;

  // The next event of the case, not recorded yet.
  void add(const EncodedEvent& event, Position head);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // The place of an event of that id; of a correction, that of the event which it changes in the end.
  [[nodiscard]] std::optional<std::size_t> place_of(const Id& event) const;
  [[nodiscard]] const Event& own(std::size_t at) const { return event_in(entries_[at].encoded->bytes); }
  [[nodiscard]] const Place& place(std::size_t at) const { return entries_[at].place; }
  [[nodiscard]] RecordedEvent effective(std::size_t at) const { return corrections_.effective(own(at), place(at)); }
  [[nodiscard]] bool is_misfiled(std::size_t at) const { return corrections_.is_misfiled(id_of(own(at).id())); }
  // The event whose bytes hold what stands at the place: itself, or its latest correction.
  [[nodiscard]] const EncodedEvent& holder(std::size_t at) const;

  // The case as its events leave it, with the corrections that are known.
  [[nodiscard]] CaseRow fold(const DeadlineRules& rules) const;
  // The case as the event at a place finds it, which is left out itself: what was recorded before, and the matters that
  // were opened since with what concerns them alone, so that a correction may name what had been overlooked.
  [[nodiscard]] CaseRow fold_for(const DeadlineRules& rules, std::size_t at) const;

 private:
  struct Entry {
    const EncodedEvent* encoded;
    Place place;
  };

  void add(const EncodedEvent& event, const Place& place);
  // Something that is folded stands at this place.
  [[nodiscard]] bool stands(std::size_t at) const { return !is_unknown(own(at)) && !corrections_.came_back(own(at)); }

  Id case_id_;
  std::vector<StoredEvent> stored_;
  std::vector<Entry> entries_;
  std::unordered_map<Id, std::size_t, IdHash> by_id_;
  Corrections corrections_;
};

}  // namespace minne
