#include "projections/components/needs.h"

#include "projections/groups.h"
#include "projections/legal_order.h"

#include <algorithm>
#include <span>

namespace minne {
namespace {

bool names(std::span<const Id> ids, const Id& id) { return !id.is_nil() && std::ranges::find(ids, id) != ids.end(); }

// The last of each investigation, and of those in none.
std::vector<const rows::NeedsAssessmentT*> last_assessments(const CaseRow& row) {
  std::vector<const rows::NeedsAssessmentT*> out;
  for (const auto* one : in_legal_order(row.get<Interventions>().assessments)) {
    std::erase_if(out, [&](const auto* earlier) { return earlier->matter == one->matter; });
    out.push_back(one);
  }
  return out;
}

// What was given where the needs of one assessment were found.
class Answer {
 public:
  Answer(const CaseRow& row, const rows::NeedsAssessmentT& assessed)
      : row_(row), assessed_(assessed), found_in_(find_investigation(row.get<Investigations>(), assessed.matter)) {}

  [[nodiscard]] AnsweredNeeds find() {
    find_proposals();
    find_decisions();
    find_started();
    return {&assessed_, !proposals_.empty(), !granted_.empty(), started_, std::move(help_)};
  }

 private:
  [[nodiscard]] bool belongs_by_day(std::int32_t day) const {
    return found_in_ == nullptr ? day >= assessed_.on : was_open(*found_in_, from_days(day));
  }

  void find_proposals() {
    for (const auto& item : row_.get<Proposals>().items) {
      if (found_in_ == nullptr ? item->on >= assessed_.on : is_of(*item, *found_in_)) proposals_.push_back(item->id);
    }
  }

  // A decision on a proposal of another investigation is not of this one.
  [[nodiscard]] bool decides_here(const rows::GrantedDecisionT& decision) const {
    bool elsewhere = false;
    for (const auto& id : decision.about) {
      if (names(proposals_, id) || (found_in_ != nullptr && id == found_in_->id)) return true;
      elsewhere = elsewhere || find_item(row_.get<Proposals>().items, id) != nullptr ||
                  find_investigation(row_.get<Investigations>(), id) != nullptr;
    }
    return !elsewhere && belongs_by_day(decision.on);
  }

  void find_decisions() {
    for (const auto& decision : row_.get<Decisions>().granted) {
      if (!decides_here(*decision)) continue;
      granted_.push_back(decision->id);
      if (!was_executed(decision->id)) continue;
      started_ = true;
      if (decision->kind == kPlacementHelp) help_.insert(kPlacementHelp);
    }
  }

  [[nodiscard]] bool was_executed(const Id& decision) const {
    return std::ranges::any_of(row_.get<Decisions>().executions, [&](const auto& step) {
      return step->decision == decision && step->step == rows::ExecutionStep::executed;
    });
  }

  void find_started() {
    for (const auto& item : row_.get<Interventions>().items) {
      const bool unbound = item->proposal.is_nil() && item->decision.is_nil();
      const bool here = unbound ? belongs_by_day(item->started_on)
                                : names(proposals_, item->proposal) || names(granted_, item->decision);
      if (!here) continue;
      started_ = true;
      help_.insert(item->method);
    }
  }

  const CaseRow& row_;
  const rows::NeedsAssessmentT& assessed_;
  const rows::InvestigationT* found_in_;  // nullptr: in none
  std::vector<Id> proposals_;
  std::vector<Id> granted_;
  bool started_ = false;
  std::set<std::string_view> help_;
};

}  // namespace

std::vector<AnsweredNeeds> answered_needs(const CaseRow& row) {
  std::vector<AnsweredNeeds> out;
  for (const auto* assessed : last_assessments(row)) out.push_back(Answer{row, *assessed}.find());
  return out;
}

}  // namespace minne
