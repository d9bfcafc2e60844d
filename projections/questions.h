// The questions by subject; questions() joins them.
#pragma once

#include "projections/question.h"

namespace minne {

[[nodiscard]] Question case_review_sample_question();
[[nodiscard]] Question caseload_question();
[[nodiscard]] Question chained_question();
[[nodiscard]] Question collaborations_question();
[[nodiscard]] Question commitments_question();
[[nodiscard]] Question continuity_question();
[[nodiscard]] Question declined_followup_question();
[[nodiscard]] Question family_home_register_question();
[[nodiscard]] Question filings_question();
[[nodiscard]] Question handoffs_question();
[[nodiscard]] Question handover_question();
[[nodiscard]] Question incomplete_sips_question();
[[nodiscard]] Question instruments_question();
[[nodiscard]] Question interventions_question();
[[nodiscard]] Question investigations_question();
[[nodiscard]] Question lagesbild_question();
[[nodiscard]] Question late_investigations_question();
[[nodiscard]] Question lead_times_question();
[[nodiscard]] Question mediation_question();
[[nodiscard]] Question open_services_question();
[[nodiscard]] Question participation_question();
[[nodiscard]] Question patterns_question();
[[nodiscard]] Question placements_question();
[[nodiscard]] Question plans_question();
[[nodiscard]] Question queues_question();
[[nodiscard]] Question report_counts_question();
[[nodiscard]] Question retention_due_question();
[[nodiscard]] Question unmediated_question();

}  // namespace minne
