#include "projections/components/staff.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/legal_order.h"
#include "projections/periods.h"

#include <algorithm>

namespace minne {
namespace {

void add(const RecordedEvent& event, bool joined, flatbuffers::Optional<std::int32_t> on, std::string_view unit,
         rows::StaffT& staff) {
  auto change = std::make_unique<rows::StaffChangeT>();
  change->on = on ? *on : to_days(event.occurred_on());
  change->at = legal_place(LegalTime(on, event), staff.changes, &rows::StaffChangeT::at);
  change->version = event.version;
  change->joined = joined;
  change->unit = unit;
  staff.changes.push_back(std::move(change));
}

}  // namespace

void Staff::apply(const Recorded<events::StaffJoined>& event, const Before<Reads>&, Row& staff) {
  add(event, true, event.body.from(), text_of(event.body.unit()), staff);
}

void Staff::apply(const Recorded<events::StaffLeft>& event, const Before<Reads>&, Row& staff) {
  add(event, false, event.body.to(), text_of(event.body.unit()), staff);
}

void Staff::tally(const CaseRow& row, TallyWriter& out) {
  const auto add = [&](std::string_view unit, std::int32_t from, std::int32_t to, bool left) {
    out.add(kEmployed, KeyWriter{}.text(unit).day(from).day(to).u8(left ? 1 : 0).view());
  };
  const rows::StaffChangeT* here = nullptr;
  bool known = false;  // somebody of whom anything was recorded has not always been here
  for (const auto* change : in_legal_order(row.get<Staff>().changes)) {
    if (here != nullptr) add(here->unit, here->on, change->on, !change->joined);
    if (!known && !change->joined) add(change->unit, INT32_MIN, change->on, true);
    known = true;
    here = change->joined ? change : nullptr;
  }
  if (here != nullptr) add(here->unit, here->on, kNeverEnds, false);
}

}  // namespace minne
