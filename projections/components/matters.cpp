#include "projections/components/matters.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"

#include <algorithm>

namespace minne {
namespace {

rows::MatterT& begin(const RecordedEvent& event, MatterKind kind, std::optional<std::int32_t> on,
                     rows::MattersT& matters) {
  auto item = std::make_unique<rows::MatterT>();
  item->id = event.matter();
  item->kind = static_cast<std::uint8_t>(kind);
  item->on = on.value_or(to_days(event.occurred_on()));
  item->unit = event.unit();
  matters.items.push_back(std::move(item));
  return *matters.items.back();
}

// Done when it was first done, in whatever order it was recorded.
void done(const Id& matter, std::int32_t day, rows::MattersT& matters) {
  const auto found = std::ranges::find_if(matters.items, [&](const auto& item) { return item->id == matter; });
  if (found != matters.items.end()) (*found)->done_on = std::min((*found)->done_on.value_or(INT32_MAX), day);
}
void done(const RecordedEvent& event, std::optional<std::int32_t> on, rows::MattersT& matters) {
  done(event.matter(), on.value_or(to_days(event.occurred_on())), matters);
}

// What was decided is given from the day when it starts, whether or not that is recorded of the decision as well.
void given(const events::Uuid* decision, std::int32_t day, rows::MattersT& matters) {
  if (decision != nullptr) done(id_of(decision), day, matters);
}

}  // namespace

void Matters::apply(const Recorded<events::LegacyReportImported>& event, const Before<Reads>&, Row& matters) {
  begin(event, MatterKind::kReport, to_days(local_date(received(event.envelope))), matters);
}
void Matters::apply(const Recorded<events::ApplicationReceived>& event, const Before<Reads>&, Row& matters) {
  begin(event, MatterKind::kApplication, {}, matters);
}
void Matters::apply(const Recorded<events::InterventionProposed>& event, const Before<Reads>&, Row& matters) {
  begin(event, MatterKind::kProposal, {}, matters);
}
void Matters::apply(const Recorded<events::DecisionMade>& event, const Before<Reads>&, Row& matters) {
  begin(event, MatterKind::kDecision, {}, matters);
}
void Matters::apply(const Recorded<events::InterventionStarted>& event, const Before<Reads>&, Row& matters) {
  const auto on = begin(event, MatterKind::kIntervention, {}, matters).on;
  given(event.body.decision_id(), on, matters);
}
void Matters::apply(const Recorded<events::QueueEntered>& event, const Before<Reads>&, Row& matters) {
  begin(event, MatterKind::kQueue, {}, matters);
}
void Matters::apply(const Recorded<events::PlacementStarted>& event, const Before<Reads>&, Row& matters) {
  const auto on = begin(event, MatterKind::kPlacement, event.body.executed_on(), matters).on;
  given(event.body.decision_id(), on, matters);
}
void Matters::apply(const Recorded<events::ImmediateCustodyOrdered>& event, const Before<Reads>&, Row& matters) {
  begin(event, MatterKind::kCustody, event.body.decided_on(), matters);
}
void Matters::apply(const Recorded<events::PlanAdopted>& event, const Before<Reads>&, Row& matters) {
  begin(event, MatterKind::kPlan, {}, matters);
}
void Matters::apply(const Recorded<events::FollowUpDecided>& event, const Before<Reads>&, Row& matters) {
  begin(event, MatterKind::kFollowUp, {}, matters);
}
void Matters::apply(const Recorded<events::YouthOffenceNotified>& event, const Before<Reads>&, Row& matters) {
  begin(event, MatterKind::kOffence, {}, matters);
}
void Matters::apply(const Recorded<events::CollaborationStarted>& event, const Before<Reads>&, Row& matters) {
  begin(event, MatterKind::kCollaboration, {}, matters);
}
void Matters::apply(const Recorded<events::CommitmentMade>& event, const Before<Reads>&, Row& matters) {
  auto& promise = begin(event, MatterKind::kPromise, {}, matters);
  promise.due = event.body.due();
  promise.to = text_of(event.body.to());
}
void Matters::apply(const Recorded<events::DecisionExecuted>& event, const Before<Reads>&, Row& matters) {
  done(event, event.body.executed_on(), matters);
}
void Matters::apply(const Recorded<events::InterventionEnded>& event, const Before<Reads>&, Row& matters) {
  done(event, event.body.ended_on(), matters);
}
void Matters::apply(const Recorded<events::QueueLeft>& event, const Before<Reads>&, Row& matters) {
  done(event, {}, matters);
}
void Matters::apply(const Recorded<events::PlacementEnded>& event, const Before<Reads>&, Row& matters) {
  done(event, event.body.ended_on(), matters);
}
void Matters::apply(const Recorded<events::CustodyCeased>& event, const Before<Reads>&, Row& matters) {
  done(event, event.body.ceased_on(), matters);
}
void Matters::apply(const Recorded<events::FollowUpEnded>& event, const Before<Reads>&, Row& matters) {
  done(event, event.body.ended_on(), matters);
}
void Matters::apply(const Recorded<events::CollaborationEnded>& event, const Before<Reads>&, Row& matters) {
  done(event, event.body.ended_on(), matters);
}
void Matters::apply(const Recorded<events::CommitmentKept>& event, const Before<Reads>&, Row& matters) {
  done(event, event.body.kept_on(), matters);
}

void Matters::index(const CaseRow& row, IndexWriter& out) {
  for (const auto& item : row.get<Matters>().items) {
    if (kind_of(*item) != MatterKind::kPromise || item->done_on) continue;
    out.add(kPromised, KeyWriter{}.day(item->due.value_or(INT32_MAX)).id(row.id).id(item->id).view(),
            KeyWriter{}.day(item->on).text(item->unit).text(item->to).str() + row.get<File>().external_ref);
  }
}

void Matters::tally(const CaseRow& row, TallyWriter& out) {
  for (const auto& item : row.get<Matters>().items) {
    if (kind_of(*item) != MatterKind::kPromise) continue;
    const auto due = item->due.value_or(INT32_MAX);
    auto state = PromiseState::kOpen;
    if (item->done_on) state = *item->done_on <= due ? PromiseState::kKept : PromiseState::kKeptLate;
    out.add(kPromises, KeyWriter{}
                           .text(item->unit)
                           .u16(year_of(item->due.value_or(item->on)))
                           .u8(static_cast<std::uint8_t>(state))
                           .day(state == PromiseState::kOpen ? due : 0)
                           .view());
  }
}

std::vector<Work> work_of(const CaseRow& row) {
  std::vector<Work> out;
  for (const auto& report : row.get<Reports>().items) {
    const bool pending = report->decision == rows::Decision::pending;
    out.push_back({report->id, MatterKind::kReport, to_days(received_on(*report)),
                   pending ? std::nullopt : report->decided_on, report->unit});
  }
  for (const auto& item : row.get<Investigations>().items) {
    out.push_back({item->id, MatterKind::kInvestigation, item->opened_on, item->concluded_on, item->unit});
  }
  for (const auto& item : row.get<Matters>().items) {
    if (kind_of(*item) == MatterKind::kIntervention || kind_of(*item) == MatterKind::kPlacement)
      out.push_back({item->id, kind_of(*item), item->on, item->done_on, item->unit});
  }
  return out;
}

}  // namespace minne
