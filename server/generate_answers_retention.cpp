// What must be found of purging: which documents of which file fall due, by which rule, and which never do (SoL 16).
#include "server/generate_answers.h"

#include <array>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

constexpr int kPurgeMonths = 60;
constexpr int kKeepYears = 30;
constexpr Day kMonth = 31;
constexpr Day kAhead = 5 * 365;

Day changed_law() { return day_of(2026, 1, 15); }

struct Said {
  const char* rule;
  const char* section;
  Day not_before;  // kNever: not at all
};
struct Documents {
  const char* kind;
  const Report* report = nullptr;
};

// The documents of a file as the law sees it on a day.
class Keeping {
 public:
  Keeping(const Case& file, Day today) : file_(file), today_(today) {
    last_ = *std::max_element(file.active.begin(), file.active.end());
  }

  // From the first day on which some period of the file's documents begins.
  [[nodiscard]] Day since() const {
    Day out = last_;
    for (const auto& report : file_.reports) {
      if (not_opened(report)) out = std::min(out, report.decided_on);
    }
    return out;
  }

  [[nodiscard]] std::vector<Documents> documents() const {
    std::vector<Documents> out;
    for (const auto& report : file_.reports) {
      if (not_opened(report)) out.push_back({"report_not_opened", &report});
    }
    if (works()) return out;
    out.push_back({"personal_file"});
    if (!file_.investigations.empty()) out.push_back({"child_protection_investigation"});
    if (!file_.placements.empty()) out.push_back({"placement"});
    return out;
  }

  // In the order of the law's sections; nothing where none says that they are purged.
  [[nodiscard]] std::vector<Said> said(const Documents& documents) const {
    const bool new_law = today_ >= changed_law();
    const bool investigation = std::string_view{documents.kind} == "child_protection_investigation";
    std::vector<Said> out;
    if (documents.report == nullptr) out.push_back({"sol_16_1", "16:1", add_months(last_, kPurgeMonths)});
    if (documents.report != nullptr && new_law)
      out.push_back({"sol_16_2a_not_opened", "16:2 a", add_months(documents.report->decided_on, kPurgeMonths)});
    if (out.empty()) return out;
    if (!file_.placements.empty()) out.push_back({"sol_16_2", "16:2", kNever});
    const bool closed_before = file_.closed != kNever && file_.closed < changed_law();
    if (investigation && new_law && !closed_before)
      out.push_back({"sol_16_2a_age_30", "16:2 a", file_.birth ? add_months(*file_.birth, 12 * kKeepYears) : kNever});
    if (file_.birth && civil(*file_.birth).day % 10 == 5) out.push_back({"sol_16_4_sample", "16:4", kNever});
    return out;
  }

 private:
  static bool not_opened(const Report& report) {
    return !report.misfiled && report.decided_on != kNever && report.investigation == kNobody;
  }

  [[nodiscard]] bool works() const {
    const auto any = [](const auto& list, const auto& open) { return std::any_of(list.begin(), list.end(), open); };
    return any(file_.reports, [](const Report& one) { return !one.misfiled && one.decided_on == kNever; }) ||
           any(file_.investigations, [](const Investigation& one) { return one.concluded == kNever; }) ||
           any(file_.interventions, [](const Intervention& one) { return one.ended == kNever; }) ||
           any(file_.placements, [](const Placement& one) { return one.ended == kNever; });
  }

  const Case& file_;
  Day today_;
  Day last_ = 0;
};

json::object line(const Case& file, const Documents& documents, const std::vector<Said>& said) {
  const auto decided = std::max_element(said.begin(), said.end(),
                                        [](const Said& a, const Said& b) { return a.not_before < b.not_before; });
  const auto day = [](Day not_before) {
    return not_before == kNever ? json::value{} : json::value(day_text(not_before));
  };
  json::array trace;
  for (auto one = said.begin(); one != said.end(); ++one) {
    if (one == decided) continue;
    trace.push_back(json::object{{"rule", one->rule}, {"section", one->section}, {"not_before", day(one->not_before)}});
  }
  json::value latest;
  if (decided->not_before != kNever) latest = day_text(day_of(civil(decided->not_before).year + 1, 12, 31));
  return {{"case", id_text(file.id)},
          {"ref", file.ref},
          {"documents", documents.kind},
          {"report", documents.report == nullptr ? json::value{} : json::value(id_text(documents.report->id))},
          {"due", day(decided->not_before)},
          {"latest", std::move(latest)},
          {"rule", decided->rule},
          {"law", "SoL 2025:400"},
          {"section", decided->section},
          {"trace", std::move(trace)}};
}

struct Found {
  json::array due;
  json::array kept;
};

// Of the files whose periods have begun early enough to end before the day; a month more, as months differ.
Found before(const Asking& asking, const std::map<std::pair<Day, Id>, const Case*>& files, Day day) {
  Found out;
  for (const auto& [key, file] : files) {
    const bool full = out.due.size() >= kMostListed || out.kept.size() >= kMostListed;
    if (full || key.first > add_months(day, -kPurgeMonths) + kMonth) break;
    const Keeping keeping(*file, asking.today);
    for (const auto& documents : keeping.documents()) {
      const auto said = keeping.said(documents);
      if (said.empty()) continue;
      const bool never =
          std::any_of(said.begin(), said.end(), [](const Said& one) { return one.not_before == kNever; });
      const bool early = std::all_of(said.begin(), said.end(), [&](const Said& one) { return one.not_before < day; });
      if (early) out.due.push_back(line(*file, documents, said));
      if (never) out.kept.push_back(line(*file, documents, said));
    }
  }
  return out;
}

}  // namespace

// As far ahead as a list has room for.
void answer_retention(const Asking& asking) {
  std::map<std::pair<Day, Id>, const Case*> files;
  asking.each_case([&](const Case& file) { files[{Keeping{file, asking.today}.since(), file.id}] = &file; });
  for (Day ahead = asking.today + kAhead; ahead >= asking.today - kAhead; ahead -= 20) {
    auto found = before(asking, files, ahead);
    if (found.due.size() >= kMostListed || found.kept.size() >= kMostListed) continue;
    asking.ask("retention-due", {{"before", day_text(ahead)}, {"kept", true}, {"limit", kMostListed}},
               {{"complete", true}, {"due", std::move(found.due)}, {"kept", std::move(found.kept)}});
    return;
  }
}

}  // namespace minne::generate::known
