#include "projections/components/proposals.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"
#include "projections/legal_order.h"

#include <algorithm>

namespace minne {
namespace {

template <class Body>
void add_consent(const Recorded<Body>& event, bool withdrawn, rows::ProposalsT& proposals) {
  auto item = std::make_unique<rows::ConsentT>();
  item->id = event.id;
  item->matter = event.matter();
  item->party = text_of(event.body.party());
  item->party_ref = text_of(event.body.party_ref());
  item->scope = text_of(event.body.scope());
  item->withdrawn = withdrawn;
  item->on = to_days(event.occurred_on());
  item->at = legal_place(LegalTime(event), proposals.consents, &rows::ConsentT::at);
  item->version = event.version;
  proposals.consents.push_back(std::move(item));
}

void begin_coercion(const Id& matter, std::int32_t day, rows::ProposalsT& proposals) {
  auto item = std::make_unique<rows::CoercionT>();
  item->matter = matter;
  item->from = day;
  proposals.coercions.push_back(std::move(item));
}

void end_coercion(const Id& matter, std::int32_t day, rows::ProposalsT& proposals) {
  for (auto& item : proposals.coercions) {
    if (item->matter == matter && !item->to) item->to = day;
  }
}

bool by_consent(std::string_view law) { return law.empty() || law == "sol"; }

bool was_coerced(const rows::ProposalsT& proposals, const rows::InvestigationT& investigation) {
  return std::ranges::any_of(proposals.coercions, [&](const auto& item) {
    return item->from <= *investigation.concluded_on && (!item->to || *item->to >= investigation.opened_on);
  });
}

bool rests_on(const rows::ProposalsT& proposals, const rows::FollowUpT& follow_up,
              const rows::InvestigationT& investigation) {
  return std::ranges::any_of(follow_up.basis, [&](const Id& id) {
    if (id == investigation.id) return true;
    const auto* proposal = find_item(proposals.items, id);
    return proposal != nullptr && is_of(*proposal, investigation);
  });
}

// The first of the kind in legal order.
const rows::FollowUpT* follow_up_of(const rows::ProposalsT& proposals, const rows::InvestigationT& investigation) {
  const rows::FollowUpT* first = nullptr;
  for (const auto& item : proposals.follow_ups) {
    if (!rests_on(proposals, *item, investigation)) continue;
    if (first == nullptr || item->decided_at < first->decided_at) first = item.get();
  }
  return first;
}

std::unique_ptr<rows::DeclinedInvestigationT> declined_as(const rows::ProposalsT& proposals,
                                                          const rows::InvestigationT& investigation) {
  auto out = std::make_unique<rows::DeclinedInvestigationT>();
  out->investigation = investigation.id;
  out->concluded_on = *investigation.concluded_on;
  out->unit = investigation.unit;
  for (const auto& item : proposals.no_follow_ups) {
    if (item->investigation != investigation.id) continue;
    out->considered = true;
    out->not_decided = item->reason;
  }
  const auto* follow_up = follow_up_of(proposals, investigation);
  if (follow_up == nullptr) return out;
  out->considered = true;
  out->not_decided.clear();  // decided after all
  out->follow_up = follow_up->id;
  out->check_due = months_after(follow_up->decided_on, kFollowUpCheckMonths);
  out->end_due = months_after(follow_up->counts_from.value_or(out->concluded_on), kFollowUpMonths);
  for (const auto on : follow_up->contacts) out->checked_on = std::min(out->checked_on.value_or(on), on);
  out->ended_on = follow_up->ended_on;
  return out;
}

FollowUpState check_state(const rows::DeclinedInvestigationT& item) {
  if (item.checked_on) return *item.checked_on <= item.check_due ? FollowUpState::kInTime : FollowUpState::kLate;
  return item.ended_on && *item.ended_on <= item.check_due ? FollowUpState::kEndedBefore : FollowUpState::kOpen;
}

FollowUpState end_state(const rows::DeclinedInvestigationT& item) {
  if (!item.ended_on) return FollowUpState::kOpen;
  return *item.ended_on <= item.end_due ? FollowUpState::kInTime : FollowUpState::kLate;
}

}  // namespace

bool is_of(const rows::ProposalT& proposal, const rows::InvestigationT& investigation) {
  if (!proposal.investigation.is_nil()) return proposal.investigation == investigation.id;
  return was_open(investigation, from_days(proposal.on));
}

bool has_consent(const rows::ProposalsT& row, const rows::ProposalT& proposal) {
  std::vector<std::string_view> given;
  for (const auto* item : in_legal_order(row.consents)) {
    if (item->matter != proposal.id) continue;
    if (item->withdrawn) {
      std::erase(given, item->party);
    } else {
      given.emplace_back(item->party);
    }
  }
  return !given.empty();
}

void Proposals::apply(const Recorded<events::InterventionProposed>& event, const Before<Reads>&, Row& proposals) {
  if (find_item(proposals.items, event.matter()) != nullptr) return;
  auto item = std::make_unique<rows::ProposalT>();
  item->id = event.matter();
  item->on = to_days(event.occurred_on());
  item->unit = event.unit();
  item->method = text_of(event.body.method());
  item->investigation = id_of(event.body.investigation_id());
  proposals.items.push_back(std::move(item));
}

void Proposals::apply(const Recorded<events::ConsentGiven>& event, const Before<Reads>&, Row& proposals) {
  add_consent(event, false, proposals);
}

void Proposals::apply(const Recorded<events::ConsentWithdrawn>& event, const Before<Reads>&, Row& proposals) {
  add_consent(event, true, proposals);
}

void Proposals::apply(const Recorded<events::InterventionDeclined>& event, const Before<Reads>&, Row& proposals) {
  auto* item = find_item(proposals.items, event.matter());
  if (item == nullptr) return;
  item->refusals.push_back(event.id);
  const auto by = text_of(event.body.by());
  const bool another = item->declined_on && item->declined_by != by;
  const auto on = to_days(event.occurred_on());
  item->declined_on = std::min(item->declined_on.value_or(on), on);
  item->declined_by = another ? "both" : by;
  if (item->decline_reason.empty()) item->decline_reason = text_of(event.body.reason_code());
}

void Proposals::apply(const Recorded<events::FollowUpDecided>& event, const Before<Reads>&, Row& proposals) {
  if (find_item(proposals.follow_ups, event.matter()) != nullptr) return;
  auto item = std::make_unique<rows::FollowUpT>();
  item->id = event.matter();
  item->decided_on = to_days(event.occurred_on());
  item->decided_at = legal_place(LegalTime(event), proposals.follow_ups, &rows::FollowUpT::decided_at);
  item->counts_from = event.body.counts_from();
  if (event.body.basis_ids() != nullptr) {
    for (const auto* id : *event.body.basis_ids()) item->basis.push_back(id_of(id));
  }
  proposals.follow_ups.push_back(std::move(item));
}

void Proposals::apply(const Recorded<events::FollowUpNotDecided>& event, const Before<Reads>&, Row& proposals) {
  auto item = std::make_unique<rows::NoFollowUpT>();
  item->investigation = event.matter();
  item->reason = text_of(event.body.reason_code());
  proposals.no_follow_ups.push_back(std::move(item));
}

void Proposals::apply(const Recorded<events::FollowUpContact>& event, const Before<Reads>&, Row& proposals) {
  auto* item = find_item(proposals.follow_ups, event.matter());
  if (item != nullptr) item->contacts.push_back(to_days(event.occurred_on()));
}

void Proposals::apply(const Recorded<events::FollowUpEnded>& event, const Before<Reads>&, Row& proposals) {
  auto* item = find_item(proposals.follow_ups, event.matter());
  if (item == nullptr) return;
  item->ended_on = day_of(event.body.ended_on(), event);
  item->end_reason = text_of(event.body.reason());
}

void Proposals::apply(const Recorded<events::ImmediateCustodyOrdered>& event, const Before<Reads>&, Row& proposals) {
  begin_coercion(event.matter(), day_of(event.body.decided_on(), event), proposals);
}

void Proposals::apply(const Recorded<events::CustodyCeased>& event, const Before<Reads>&, Row& proposals) {
  end_coercion(event.matter(), day_of(event.body.ceased_on(), event), proposals);
}

void Proposals::apply(const Recorded<events::CareApplicationFiled>& event, const Before<Reads>&, Row& proposals) {
  begin_coercion(event.matter(), day_of(event.body.filed_on(), event), proposals);
}

void Proposals::apply(const Recorded<events::PlacementStarted>& event, const Before<Reads>&, Row& proposals) {
  if (by_consent(text_of(event.body.law()))) return;
  begin_coercion(event.matter(), day_of(event.body.executed_on(), event), proposals);
}

void Proposals::apply(const Recorded<events::LegalBasisChanged>& event, const Before<Reads>&, Row& proposals) {
  const auto day = day_of(event.body.from_on(), event);
  end_coercion(event.matter(), day, proposals);
  if (!by_consent(text_of(event.body.to()))) begin_coercion(event.matter(), day, proposals);
}

void Proposals::apply(const Recorded<events::PlacementEnded>& event, const Before<Reads>&, Row& proposals) {
  end_coercion(event.matter(), day_of(event.body.ended_on(), event), proposals);
}

void Proposals::apply(const Recorded<events::CareOrderEnded>& event, const Before<Reads>&, Row& proposals) {
  end_coercion(event.matter(), day_of(event.body.ended_on(), event), proposals);
}

void Proposals::derive(const Before<Reads>& before, Row& proposals) {
  proposals.declined.clear();
  if (proposals.items.empty()) return;
  for (const auto& investigation : before.get<Investigations>().items) {
    if (!investigation->concluded_on || investigation->outcome != "declined") continue;
    const bool declined = std::ranges::any_of(
        proposals.items, [&](const auto& item) { return item->declined_on && is_of(*item, *investigation); });
    if (!declined || was_coerced(proposals, *investigation)) continue;
    proposals.declined.push_back(declined_as(proposals, *investigation));
  }
}

void Proposals::index(const CaseRow& row, IndexWriter& out) {
  for (const auto& item : row.get<Proposals>().declined) {
    if (item->considered) continue;
    out.add(kUndecided, KeyWriter{}.day(item->concluded_on).id(row.id).id(item->investigation).view(),
            KeyWriter{}.text(item->unit).str() + row.get<File>().external_ref);
  }
}

void Proposals::tally(const CaseRow& row, TallyWriter& out) {
  for (const auto& item : row.get<Proposals>().declined) {
    const auto group = KeyWriter{}.text(item->unit).u16(year_of(item->concluded_on)).str();
    const auto use = [&](FollowUpUse what, std::string_view reason) {
      out.add(kUse, KeyWriter{group}.u8(static_cast<std::uint8_t>(what)).text(reason).view());
    };
    const auto clock = [&](FollowUpClock which, FollowUpState state, std::int32_t due) {
      out.add(kClocks, KeyWriter{group}
                           .u8(static_cast<std::uint8_t>(which))
                           .u8(static_cast<std::uint8_t>(state))
                           .day(state == FollowUpState::kOpen ? due : 0)
                           .view());
    };
    use(FollowUpUse::kEligible, {});
    if (item->follow_up.is_nil()) {
      if (item->considered) use(FollowUpUse::kNotDecided, item->not_decided);
      continue;
    }
    use(FollowUpUse::kDecided, {});
    // A follow-up that ended unchecked after the day of the check has missed it: its clock stays open at that day.
    clock(FollowUpClock::kCheck, check_state(*item), item->check_due);
    clock(FollowUpClock::kEnd, end_state(*item), item->end_due);
  }
}

}  // namespace minne
