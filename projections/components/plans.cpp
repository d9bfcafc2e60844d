#include "projections/components/plans.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"
#include "projections/legal_order.h"
#include "projections/periods.h"

#include <algorithm>

namespace minne {
namespace {

std::uint8_t lacks_of(const events::PlanAdopted& body) {
  if (text_of(body.kind()) != "sip") return 0;
  unsigned lacks = (1U << kSipPoints.size()) - 1;
  const auto has = [&](std::string_view point) {
    const auto found = std::ranges::find(kSipPoints, point);
    if (found != kSipPoints.end()) lacks &= ~(1U << static_cast<unsigned>(found - kSipPoints.begin()));
  };
  if (body.sip_points() != nullptr) {
    for (const auto* point : *body.sip_points()) has(text_of(point));
  }
  if (!text_of(body.sip_lead()).empty()) has("lead");
  return static_cast<std::uint8_t>(lacks);
}

// Goals with their state replace the earlier ones, in legal order; where none are named the earlier ones stand.
template <class Body>
void take_goals(const Recorded<Body>& event, rows::PlanT& plan) {
  const auto at = legal_place(LegalTime(event), plan.goals_at);
  if (event.body.goals() == nullptr || at < plan.goals_at) return;
  plan.goals_at = at;
  plan.goals.clear();
  for (const auto* stated : *event.body.goals()) {
    auto goal = std::make_unique<rows::PlanGoalT>();
    goal->horizon = text_of(stated->horizon());
    goal->due = stated->due();
    goal->state = text_of(stated->state());
    plan.goals.push_back(std::move(goal));
  }
}

PlanStep step_of(std::string_view answer) {
  if (answer == "accepted") return PlanStep::kAccepted;
  return answer == "declined" ? PlanStep::kDeclined : PlanStep::kPending;
}

struct Offer {
  const rows::PlanAnswerT* made;
  const rows::PlanAnswerT* last;
};

// In legal order. Who has answered and answers otherwise has been offered it again.
std::vector<Offer> offers_of(const rows::PlansT& plans) {
  std::vector<Offer> out;
  for (const auto* answer : in_legal_order(plans.answers)) {
    const auto waiting = std::ranges::find_if(out, [&](const Offer& offer) {
      return step_of(offer.last->answer) == PlanStep::kPending && offer.made->matter == answer->matter &&
             offer.made->kind == answer->kind && offer.made->by == answer->by;
    });
    if (waiting != out.end()) {
      waiting->last = answer;
    } else {
      out.push_back({answer, answer});
    }
  }
  return out;
}

}  // namespace

void Plans::apply(const Recorded<events::PlanOffered>& event, const Before<Reads>&, Row& plans) {
  auto item = std::make_unique<rows::PlanAnswerT>();
  item->matter = event.matter();
  item->kind = text_of(event.body.kind());
  item->by = std::string{text_of(event.body.by())} + ' ' + std::string{text_of(event.body.party_ref())};
  item->at = legal_place(LegalTime(event), plans.answers, &rows::PlanAnswerT::at);
  item->on = to_days(event.occurred_on());
  item->version = event.version;
  item->unit = event.unit();
  item->answer = text_of(event.body.answer());
  plans.answers.push_back(std::move(item));
}

void Plans::apply(const Recorded<events::PlanAdopted>& event, const Before<Reads>&, Row& plans) {
  if (find_item(plans.items, event.matter()) != nullptr) return;
  auto item = std::make_unique<rows::PlanT>();
  item->id = event.matter();
  item->kind = text_of(event.body.kind());
  item->on = to_days(event.occurred_on());
  item->unit = event.unit();
  item->lacks = lacks_of(event.body);
  item->goals_at = INT64_MIN;
  take_goals(event, *item);
  plans.items.push_back(std::move(item));
}

void Plans::apply(const Recorded<events::PlanRevised>& event, const Before<Reads>&, Row& plans) {
  if (auto* item = find_item(plans.items, event.matter()); item != nullptr) take_goals(event, *item);
}

void Plans::index(const CaseRow& row, IndexWriter& out) {
  for (const auto& plan : row.get<Plans>().items) {
    if (plan->lacks == 0) continue;
    out.add(kLacking, KeyWriter{}.day(plan->on).id(row.id).id(plan->id).view(),
            KeyWriter{}.u8(plan->lacks).text(plan->unit).str() + row.get<File>().external_ref);
  }
}

void Plans::tally(const CaseRow& row, TallyWriter& out) {
  const auto& plans = row.get<Plans>();
  const auto step = [&](std::string_view kind, std::string_view unit, std::int32_t on, PlanStep what) {
    out.add(kSteps, KeyWriter{}.text(kind).text(unit).u16(year_of(on)).u8(static_cast<std::uint8_t>(what)).view());
  };
  for (const auto& offer : offers_of(plans))
    step(offer.made->kind, offer.made->unit, offer.made->on, step_of(offer.last->answer));
  for (const auto& plan : plans.items) {
    step(plan->kind, plan->unit, plan->on, PlanStep::kAdopted);
    for (const auto& goal : plan->goals) {
      out.add(kGoals, KeyWriter{}
                          .text(plan->kind)
                          .text(plan->unit)
                          .text(goal->horizon)
                          .text(goal->state)
                          .day(goal->due.value_or(kNeverEnds))
                          .view());
    }
  }
}

}  // namespace minne
