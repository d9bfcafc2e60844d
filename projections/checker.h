// What the checks of decide have in common: one event against the case before it. For invariants*.cpp alone.
#pragma once

#include "projections/catalogue.h"
#include "projections/held_matters.h"
#include "projections/invariants.h"

namespace minne {

class Checker {
 public:
  Checker(const DecideContext& context, const Judged& judged, LazyRow& row)
      : context_(context), judged_(judged), event_(judged.event), row_(row) {}

 protected:
  [[nodiscard]] Date day() const { return local_date(occurred(event_)); }
  [[nodiscard]] std::string at(std::string_view where) const { return judged_.pointer + std::string{where}; }

  // The refusal, unless the event goes past it: with its reason, where the invariant allows one, or because it is a
  // copy of what was judged, and overridden or not, in the file where it was decided.
  [[nodiscard]] Result<> refuse(InvariantName invariant, std::string message, std::string_view where,
                                std::span<const Id> events = {}) const {
    if (invariant->strength == Strength::kOverride && (judged_.moved || is_overridden(event_))) return {};
    return refused(invariant, std::move(message), at(where), events);
  }
  [[nodiscard]] Result<> refuse(InvariantName invariant, std::string message, std::string_view where,
                                const Id& rests_on) const {
    return refuse(invariant, std::move(message), where, std::span{&rests_on, 1});
  }

  // The event of that version of the case, as far as it is recorded.
  [[nodiscard]] std::vector<Id> with_event_at(std::vector<Id> ids, Version version) const {
    const auto stored = context_.events_of(judged_.case_id);
    if (stored && version > 0 && version <= stored->size()) {
      ids.push_back(id_of(event_in((*stored)[version - 1].event.bytes).id()));
    }
    return ids;
  }

  // NOLINTBEGIN(*-non-private-member-variables-in-classes)
  const DecideContext& context_;
  const Judged& judged_;
  const Event& event_;
  LazyRow& row_;
  // NOLINTEND(*-non-private-member-variables-in-classes)
};

// Of proposals, consent, decisions, help, placements, custody and follow-up.
[[nodiscard]] Result<> check_care(const DecideContext& context, const Judged& judged, LazyRow& row);

}  // namespace minne
