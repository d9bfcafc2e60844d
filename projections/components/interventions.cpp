#include "projections/components/interventions.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/components/needs.h"
#include "projections/groups.h"
#include "projections/legal_order.h"

#include <algorithm>

namespace minne {
namespace {

using Measure = InterventionMeasure;

// The figure of a measurement: its item "total", else its only one, else the sum of them.
flatbuffers::Optional<std::int32_t> figure_of(const events::OutcomeMeasured& body) {
  if (body.values() == nullptr) return flatbuffers::nullopt;
  flatbuffers::Optional<std::int32_t> sum = flatbuffers::nullopt;
  for (const auto* score : *body.values()) {
    if (!score->value()) continue;
    if (text_of(score->item()) == "total") return score->value();
    // A foreign log may hold any figure: the sum wraps sooner than overflow.
    sum = static_cast<std::int32_t>(static_cast<std::uint32_t>(sum.value_or(0)) +
                                    static_cast<std::uint32_t>(*score->value()));
  }
  return sum;
}

// Writes the amounts of one row under the group of each.
class Writer {
 public:
  Writer(const CaseRow& row, TallyWriter& out) : row_(row), file_(row.get<File>()), out_(out) {}

  void write() {
    const auto& interventions = row_.get<Interventions>();
    for (const auto& proposal : row_.get<Proposals>().items) write_proposal(*proposal, interventions);
    for (const auto& item : interventions.items) write_intervention(*item, interventions);
  }

 private:
  // Nobody provides it yet: nullptr.
  [[nodiscard]] std::string group(std::string_view method, std::string_view unit, const rows::InterventionT* given,
                                  std::int32_t day) const {
    return KeyWriter{}
        .text(method)
        .text(unit)
        .text(given == nullptr ? std::string_view{} : given->provider_kind)
        .text(given == nullptr ? std::string_view{} : given->provider)
        .text(age_band(file_, day))
        .text(sex_of(file_))
        .text(std::to_string(year_of(day)))
        .str();
  }

  void count(const std::string& group, Measure measure, std::int32_t value = 0) {
    out_.add(Interventions::kCounts, KeyWriter{group}.u8(static_cast<std::uint8_t>(measure)).day(value).view());
  }

  // Who would provide it is known once it has begun.
  void write_proposal(const rows::ProposalT& proposal, const rows::InterventionsT& interventions) {
    const auto begun =
        std::ranges::find_if(interventions.items, [&](const auto& item) { return item->proposal == proposal.id; });
    const bool started = begun != interventions.items.end();
    const auto at = group(proposal.method, proposal.unit, started ? begun->get() : nullptr, proposal.on);
    count(at, Measure::kOffered);
    if (started || (!proposal.declined_on && has_consent(row_.get<Proposals>(), proposal))) {
      count(at, Measure::kAccepted);
    } else if (proposal.declined_on) {
      count(at, Measure::kDeclined);
    }
  }

  void write_intervention(const rows::InterventionT& item, const rows::InterventionsT& interventions) {
    const auto at = group(item.method, item.unit, &item, item.started_on);
    count(at, Measure::kStarted);
    const bool executed = std::ranges::find(interventions.executed, item.decision) != interventions.executed.end();
    if (!item.decision.is_nil() && executed) count(at, Measure::kExecuted);
    if (item.measurements.size() >= 2) count(at, Measure::kMeasuredTwice);
    if (item.reviews > 0) count(at, Measure::kReviewed);
    write_changes(item, at);
    if (item.ended_on) write_end(item, group(item.method, item.unit, &item, *item.ended_on));
  }

  void write_end(const rows::InterventionT& item, const std::string& at) {
    const auto ended = *item.ended_on;
    count(at, Measure::kEnded, std::max(0, ended - item.started_on));
    if (!item.goal_attainment.empty() && item.goal_attainment != "not_assessed") {
      count(at, Measure::kGoalsAssessed);
      if (item.goal_attainment == "met") count(at, Measure::kGoalsMet);
    }
    std::optional<std::int32_t> next;
    for (const auto& report : row_.get<Reports>().items) {
      const auto on = to_days(received_on(*report));
      if (on > ended) next = std::min(next.value_or(on), on);
    }
    auto when = Measure::kNoReport;
    if (next && *next <= months_after(ended, 24)) when = Measure::kReportWithin24;
    if (next && *next <= months_after(ended, 12)) when = Measure::kReportWithin12;
    if (next && *next <= months_after(ended, 6)) when = Measure::kReportWithin6;
    count(at, when, ended);
  }

  void write_changes(const rows::InterventionT& item, const std::string& at) {
    std::vector<const rows::MeasurementT*> ordered;
    for (const auto& measured : item.measurements) {
      if (measured->value) ordered.push_back(measured.get());
    }
    std::ranges::sort(ordered, {}, [](const rows::MeasurementT* measured) {
      return std::tuple{std::string_view{measured->instrument}, measured->at, measured->version};
    });
    for (std::size_t i = 0; i < ordered.size();) {
      auto last = i;
      while (last + 1 < ordered.size() && ordered[last + 1]->instrument == ordered[i]->instrument) ++last;
      if (last > i) {
        const auto change = std::int64_t{*ordered[last]->value} - *ordered[i]->value;
        const auto kept = std::clamp<std::int64_t>(change, INT32_MIN, INT32_MAX);
        out_.add(Interventions::kChanges,
                 KeyWriter{at}.text(ordered[i]->instrument).day(static_cast<std::int32_t>(kept)).view());
      }
      i = last + 1;
    }
  }

  const CaseRow& row_;
  const rows::FileT& file_;
  TallyWriter& out_;
};

// Each need under its area and level, at every step that it came to.
void write_needs(const CaseRow& row, TallyWriter& out) {
  for (const auto& answered : answered_needs(row)) {
    const auto& assessed = *answered.assessed;
    const auto& file = row.get<File>();
    const auto group = KeyWriter{}
                           .text(assessed.unit)
                           .text(age_band(file, assessed.on))
                           .text(sex_of(file))
                           .text(std::to_string(year_of(assessed.on)))
                           .str();
    for (const auto& need : assessed.needs) {
      const auto add = [&](bool reached, NeedStep step, std::string_view help) {
        if (!reached) return;
        out.add(
            Interventions::kNeeds,
            KeyWriter{group}.text(need->area).text(need->level).u8(static_cast<std::uint8_t>(step)).text(help).view());
      };
      add(true, NeedStep::kAssessed, {});
      add(answered.offered, NeedStep::kOffered, {});
      add(answered.granted, NeedStep::kGranted, {});
      add(answered.started, NeedStep::kStarted, {});
      for (const auto help : answered.help) add(true, NeedStep::kHelped, help);
    }
  }
}

}  // namespace

void Interventions::apply(const Recorded<events::InterventionStarted>& event, const Before<Reads>&,
                          Row& interventions) {
  if (find_item(interventions.items, event.matter()) != nullptr) return;
  auto item = std::make_unique<rows::InterventionT>();
  item->id = event.matter();
  item->started_on = to_days(event.occurred_on());
  item->unit = event.unit();
  item->method = text_of(event.body.method());
  item->provider_kind = text_of(event.body.provider_kind());
  item->provider = text_of(event.body.provider_ref());
  item->decision = id_of(event.body.decision_id());
  item->proposal = id_of(event.body.proposal_id());
  interventions.items.push_back(std::move(item));
}

void Interventions::apply(const Recorded<events::InterventionChanged>& event, const Before<Reads>&,
                          Row& interventions) {
  auto* item = find_item(interventions.items, event.matter());
  if (item == nullptr) return;
  if (event.body.method() != nullptr) item->method = text_of(event.body.method());
  if (event.body.provider_kind() != nullptr) item->provider_kind = text_of(event.body.provider_kind());
  if (event.body.provider_ref() != nullptr) item->provider = text_of(event.body.provider_ref());
}

void Interventions::apply(const Recorded<events::OutcomeMeasured>& event, const Before<Reads>&, Row& interventions) {
  auto* item = find_item(interventions.items, event.matter());
  if (item == nullptr) return;
  auto measured = std::make_unique<rows::MeasurementT>();
  measured->instrument = text_of(event.body.instrument());
  measured->at = legal_place(LegalTime(event.body.measured_on(), event), item->measurements, &rows::MeasurementT::at);
  measured->version = event.version;
  measured->value = figure_of(event.body);
  item->measurements.push_back(std::move(measured));
}

void Interventions::apply(const Recorded<events::InterventionEnded>& event, const Before<Reads>&, Row& interventions) {
  auto* item = find_item(interventions.items, event.matter());
  if (item == nullptr) return;
  item->ended_on = day_of(event.body.ended_on(), event);
  item->end_reason = text_of(event.body.reason());
  item->goal_attainment = text_of(event.body.goal_attainment());
}

void Interventions::apply(const Recorded<events::FidelityReviewed>& event, const Before<Reads>&, Row& interventions) {
  if (auto* item = find_item(interventions.items, event.matter()); item != nullptr) ++item->reviews;
}

void Interventions::apply(const Recorded<events::DecisionExecuted>& event, const Before<Reads>&, Row& interventions) {
  interventions.executed.push_back(event.matter());
}

// A need without a level of its own has that of all of them together.
void Interventions::apply(const Recorded<events::NeedsAssessed>& event, const Before<Reads>&, Row& interventions) {
  auto item = std::make_unique<rows::NeedsAssessmentT>();
  item->matter = event.matter();
  item->on = to_days(event.occurred_on());
  item->at = legal_place(LegalTime(event), interventions.assessments, &rows::NeedsAssessmentT::at);
  item->version = event.version;
  item->unit = event.unit();
  const auto add = [&](std::string_view area, std::string_view level) {
    auto need = std::make_unique<rows::AssessedNeedT>();
    need->area = area;
    need->level = level;
    item->needs.push_back(std::move(need));
  };
  const auto level = text_of(event.body.level());
  if (event.body.needs() == nullptr || event.body.needs()->size() == 0) {
    add({}, level);
  } else {
    for (const auto* need : *event.body.needs())
      add(text_of(need->area()), need->level() == nullptr ? level : text_of(need->level()));
  }
  interventions.assessments.push_back(std::move(item));
}

void Interventions::tally(const CaseRow& row, TallyWriter& out) {
  Writer{row, out}.write();
  write_needs(row, out);
}

}  // namespace minne
