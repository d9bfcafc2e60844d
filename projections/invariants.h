// What must hold of an event where it stands in its case, type by type: the checks that decide is made of.
//
// Each looks at one event and at the case before it, and gives a refusal (kRefused) by the catalogue's name. Pure.
#pragma once

#include "projections/decide.h"
#include "projections/effective.h"

#include <string>

namespace minne {

// A row whose derived part is made when an invariant reads it, and not before: a derivation looks at the whole case,
// and one append may hold thousands of events of it.
class LazyRow {
 public:
  LazyRow(CaseRow& row, const DeadlineRules& rules, bool derived) : row_(&row), rules_(&rules), derived_(derived) {}

  [[nodiscard]] const CaseRow& operator*() const { return *row_; }
  [[nodiscard]] const CaseRow* operator->() const { return row_; }
  [[nodiscard]] const DeadlineRules& rules() const { return *rules_; }
  [[nodiscard]] const rows::ObligationsT& obligations() {
    if (!derived_) derive_row(*row_, *rules_);
    derived_ = true;
    return row_->get<Obligations>();
  }
  // For who folds another event into it.
  [[nodiscard]] CaseRow& edit() {
    derived_ = false;
    return *row_;
  }

 private:
  CaseRow* row_;
  const DeadlineRules* rules_;
  bool derived_;
};

// An event to be judged: sent as it is, a replacement in the place of its target, or a copy from the wrong file.
struct Judged {
  const Event& event;
  Id case_id;
  Id matter;            // nil: the whole file
  std::string pointer;  // of the event in the request
  Position head = 0;    // of the log, where the event stands: no position that it names lies past it
  // Judged once already, in the file where it was decided: what its author had read there is not asked again.
  bool moved = false;
};

[[nodiscard]] Result<> check_invariants(const DecideContext& context, const Judged& judged, LazyRow& row);

// That part of them which orders days, for an event that stands already: a correction of what it rests on may leave it
// too early. What the case does not hold is passed over.
[[nodiscard]] Result<> check_order(const RecordedEvent& standing, const CaseRow& row);

}  // namespace minne
