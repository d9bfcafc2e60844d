#include "projections/questions.h"

#include "events/check.h"

#include <array>
#include <charconv>

namespace minne {

// Every question, once. To add one: its answer in questions/ and its name here.
std::span<const Question> questions() {
  static const std::array all{case_review_sample_question(),
                              caseload_question(),
                              chained_question(),
                              collaborations_question(),
                              commitments_question(),
                              continuity_question(),
                              declined_followup_question(),
                              family_home_register_question(),
                              filings_question(),
                              handoffs_question(),
                              handover_question(),
                              incomplete_sips_question(),
                              instruments_question(),
                              interventions_question(),
                              investigations_question(),
                              lagesbild_question(),
                              late_investigations_question(),
                              lead_times_question(),
                              mediation_question(),
                              open_services_question(),
                              participation_question(),
                              patterns_question(),
                              placements_question(),
                              plans_question(),
                              queues_question(),
                              report_counts_question(),
                              retention_due_question(),
                              unmediated_question()};
  return all;
}

const std::string& QuestionAsked::text(std::string_view name) const {
  static const std::string kNone;
  const auto found = values_.find(std::string{name});
  return found == values_.end() ? kNone : found->second;
}

std::int64_t QuestionAsked::integer(std::string_view name) const {
  const auto& value = text(name);
  std::int64_t out = 0;
  const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), out);
  CHECK(failed == std::errc{} && end == value.data() + value.size());  // the route has checked it; it has a default
  return out;
}

Result<std::optional<Date>> QuestionAsked::date(std::string_view name) const {
  const auto& value = text(name);
  if (value.empty()) return std::optional<Date>{};
  MINNE_TRY(const Date day, parse_date(value));
  return std::optional{day};
}

}  // namespace minne
