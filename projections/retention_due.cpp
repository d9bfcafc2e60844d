#include "projections/retention_due.h"

#include "core/calendar.h"
#include "projections/periods.h"

#include <algorithm>
#include <array>

namespace minne {
namespace {

constexpr std::string_view kPersonalFile = "personal_file";
constexpr std::string_view kReportNotOpened = "report_not_opened";
constexpr std::string_view kInvestigation = "child_protection_investigation";
constexpr std::string_view kPlacement = "placement";
constexpr std::array<std::string_view, 2> kInNoHomeOfOthers = {"own_home", "hospital"};

struct Documents {
  std::string_view category;
  Id matter;
  std::int32_t decided = 0;  // of a report
};

// SoL 16:2 names care in homes of others: who is in care but stays in the own home (LVU 11), or is in a hospital, is in
// none of them.
bool placed_outside_home(const CaseRow& row) {
  return std::ranges::any_of(row.get<Placements>().items, [](const auto& placement) {
    return std::ranges::any_of(spells_of(*placement), [](const auto& spell) {
      return std::ranges::find(kInNoHomeOfOthers, spell.form) == kInNoHomeOfOthers.end();
    });
  });
}

// A report has its own time; the rest of a file waits until nothing in it goes on.
std::vector<Documents> documents_of(const CaseRow& row) {
  std::vector<Documents> out;
  for (const auto& report : row.get<Reports>().items) {
    if (report->decision == rows::Decision::not_opened)
      out.push_back({kReportNotOpened, report->id, *report->decided_on});
  }
  if (std::ranges::any_of(work_of(row), [](const Work& work) { return !work.to; })) return out;
  out.push_back({kPersonalFile, {}, 0});
  if (!row.get<Investigations>().items.empty()) out.push_back({kInvestigation, {}, 0});
  if (placed_outside_home(row)) out.push_back({kPlacement, {}, 0});
  return out;
}

bool names(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

class Judge {
 public:
  Judge(const CaseRow& row, const RuleTable& rules, Date today) : row_(row), rules_(rules), today_(today) {}

  [[nodiscard]] std::optional<DocumentsDue> due(const Documents& documents) const {
    std::vector<RetentionSaid> said;
    bool purged = false;
    for (const auto& rule : rules_.standing().retention) {
      if (!applies(rule, documents)) continue;
      purged = purged || rule.purge_after;
      said.push_back({rule.id, rule.law, rule.section, not_before(rule, documents)});
    }
    if (!purged) return std::nullopt;
    for (const auto& hold : row_.get<Retention>().holds) {
      if (!hold->category.empty() && hold->category != documents.category) continue;
      said.push_back({"hold", {}, {}, hold->until ? std::optional{*hold->until + 1} : std::nullopt});
    }
    const auto latest = std::ranges::max_element(
        said, {}, [](const RetentionSaid& one) { return one.not_before.value_or(kNeverEnds); });
    DocumentsDue out{documents.category, documents.matter, *latest, {}};
    said.erase(latest);
    out.lost = std::move(said);
    return out;
  }

 private:
  [[nodiscard]] bool applies(const RetentionRule& rule, const Documents& documents) const {
    const auto& file = row_.get<File>();
    if ((rule.valid_from && today_ < *rule.valid_from) || (rule.valid_to && *rule.valid_to < today_)) return false;
    if (!rule.documents.empty() && !names(rule.documents, documents.category)) return false;
    if (!rule.research.empty() && rule.research != rules_.settings().research) return false;
    if (!rule.born_on.empty() && (!file.birth_date || !born_on_one_of(rule.born_on, *file.birth_date))) return false;
    if (rule.closed_from && file.closed_on && from_days(*file.closed_on) < *rule.closed_from) return false;
    return std::ranges::all_of(rule.holds, [&](const std::string& category) { return file_holds(category); });
  }

  static bool born_on_one_of(const std::vector<int>& days, std::int32_t birth) {
    const std::chrono::year_month_day date{std::chrono::local_days{from_days(birth)}};
    return std::ranges::find(days, static_cast<int>(static_cast<unsigned>(date.day()))) != days.end();
  }

  [[nodiscard]] bool file_holds(std::string_view category) const {
    if (category == kPlacement) return placed_outside_home(row_);
    if (category == kInvestigation) return !row_.get<Investigations>().items.empty();
    if (category == kReportNotOpened)
      return std::ranges::any_of(row_.get<Reports>().items,
                                 [](const auto& item) { return item->decision == rows::Decision::not_opened; });
    return true;
  }

  // Whose birthday nobody knows has none that could come.
  [[nodiscard]] std::optional<std::int32_t> not_before(const RetentionRule& rule, const Documents& documents) const {
    if (rule.purge_after) {
      const auto from = rule.from == RetentionRule::From::kDecided && documents.category == kReportNotOpened
                            ? documents.decided
                            : last_noted_on(row_.get<Activity>());
      return to_days(counted_from(from_days(from), *rule.purge_after));
    }
    const auto& birth = row_.get<File>().birth_date;
    if (!rule.keep_until_age || !birth) return std::nullopt;
    return to_days(add_months(from_days(*birth), 12 * *rule.keep_until_age));
  }

  const CaseRow& row_;
  const RuleTable& rules_;
  Date today_;
};

}  // namespace

std::vector<DocumentsDue> documents_due(const CaseRow& row, const RuleTable& rules, Date today) {
  std::vector<DocumentsDue> out;
  if (!row.get<Activity>().last_at) return out;
  const Judge judge(row, rules, today);
  for (const auto& documents : documents_of(row)) {
    if (auto due = judge.due(documents)) out.push_back(std::move(*due));
  }
  return out;
}

std::int32_t latest_purge(std::int32_t due) { return year_begins(year_of(due) + 2) - 1; }

}  // namespace minne
