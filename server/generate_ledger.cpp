#include "server/generate_ledger.h"

#include "server/generate_write.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace minne::generate {
namespace {

namespace json = boost::json;

constexpr int kPreliminaryDays = 14;
constexpr int kInvestigationMonths = 4;
constexpr int kAdult = 18;
constexpr std::array<std::string_view, 3> kRuleNames = {"PROT_ASSESS", "PRELIM_14D", "INV_4M"};

struct RepeatQuestion {
  std::uint32_t min = 0;
  int within = 0;
  bool absence = false;
  bool not_opened = false;
};
constexpr std::array<RepeatQuestion, 3> kRepeatQuestions = {
    {{3, 365, false, false}, {3, 365, true, false}, {2, 90, false, true}}};

constexpr std::array<std::string_view, 12> kAssumptions = {
    "All dates are local (Europe/Stockholm) and effective: after corrections and refilings.",
    "PROT_ASSESS: nominal is the received date, the next calendar day if received at or after 16:00 to the minute; any "
    "age "
    "up to 20, joined reports too; no adjustment.",
    "PRELIM_14D: none where some investigation of the case has opened <= received <= concluded (or is open); no report "
    "here is received on the day an investigation that cites it opened.",
    "PRELIM_14D is met by the decision that cites the report, cancelled by its joining, extended by "
    "PreliminaryExtended; "
    "the obligation that follows an extended one counts in total too.",
    "INV_4M: for every investigation whose child was born and under 18 when it opened; not cancelled by the eighteenth "
    "birthday (`turned_18` counts those that ran on it).",
    "No clock starts for what was received or opened before the birth was recorded, and none starts at birth.",
    "A misfiled report's clocks are cancelled in the wrong case and start from its original dates in the right one.",
    "INFORM_PARTIES: nominal is the day of the opening, the next calendar day if it was opened at or after 16:00 to "
    "the "
    "minute, as for PROT_ASSESS.",
    "What is met on the day on which its ground ends is met; one that lapses stays open after its last day, and "
    "nothing "
    "cancels it then. Clocks that the eighteenth birthday ends are cancelled by it.",
    "CUSTODY_2Y and LVU_CUSTODY_2Y follow the law of the day on which the child came to the home; a change of the law "
    "there counts nothing anew.",
    "repeats with not_opened names children of whose reports in the window none joined or was cited by an "
    "InvestigationOpened; `incidents` counts reports of one incident, marked so, once.",
    "A review shows every report of the case recorded before it, but misfiled ones and the one that is its matter; the "
    "decision after it cites all undecided reports, or the newest alone and the rest join."};

json::value number(std::uint64_t value) { return json::value(value); }

}  // namespace

// ---- Facts ---------------------------------------------------------------------------------------------------------

void Ledger::open_case(CaseKey key, const Id& id, std::string ref) {
  if (books_.size() <= key) books_.resize(key + 1);
  books_[key] = std::make_unique<Book>();
  books_[key]->id = id;
  books_[key]->ref = std::move(ref);
  ++cases_;
}

void Ledger::born(CaseKey key, Day birth) {
  books_[key]->birth = birth;
  for (auto& one : books_[key]->investigations) one.clock |= one.opened >= birth;
}

void Ledger::report(CaseKey key, const ReceivedReport& report) { books_[key]->reports.emplace_back().facts = report; }

void Ledger::report_moved(CaseKey key, ReportIndex report, Day received, bool late_in_day) {
  at(key, report).facts.received = received;
  at(key, report).facts.late_in_day = late_in_day;
}

void Ledger::protection_assessed(CaseKey key, ReportIndex report, Day on) { at(key, report).protected_on = on; }

void Ledger::preliminary_extended(CaseKey key, ReportIndex report, Day on, Day new_date) {
  at(key, report).extended_on = on;
  at(key, report).extended_to = new_date;
}

void Ledger::same_incident(CaseKey key, ReportIndex report, ReportIndex primary) { at(key, report).primary = primary; }

void Ledger::decide(CaseKey key, ReportIndex report, Day on, Decision decision) {
  at(key, report).decided_on = on;
  at(key, report).decision = decision;
}

void Ledger::misfiled(CaseKey key, ReportIndex report) { decide(key, report, 0, Decision::kMisfiled); }
void Ledger::joined(CaseKey key, ReportIndex report, Day on) { decide(key, report, on, Decision::kJoined); }
void Ledger::not_opened(CaseKey key, ReportIndex report, Day on) { decide(key, report, on, Decision::kNotOpened); }
void Ledger::led_to_investigation(CaseKey key, ReportIndex report, Day on) {
  decide(key, report, on, Decision::kOpened);
}

void Ledger::opened(CaseKey key, const Id& investigation, Day on, bool clock) {
  auto& opened = books_[key]->investigations.emplace_back();
  opened.id = investigation;
  opened.opened = on;
  opened.clock = clock;
}

void Ledger::extended(CaseKey key, Day on, Day new_end) {
  books_[key]->investigations.back().extensions.push_back({on, new_end});
}

void Ledger::concluded(CaseKey key, Day on) { books_[key]->investigations.back().concluded = on; }

void Ledger::responsible(CaseKey key, std::string worker) {
  books_[key]->investigations.back().worker = std::move(worker);
}

void Ledger::forget(CaseKey key) {
  if (key >= books_.size() || books_[key] == nullptr) return;
  count_case(*books_[key], 0, forgotten_);  // nothing of it is open on any day
  books_[key].reset();
}

// ---- Clocks --------------------------------------------------------------------------------------------------------

void Ledger::settle(Totals& totals, Day done, Day nominal, Day adjusted) {
  if (done <= nominal) {
    ++totals.met;
  } else {
    ++totals.met_late;
    if (done <= adjusted) ++totals.met_late_within_adjusted;
  }
}

void Ledger::count_protection(const Book& book, const Report& report, Tally& tally) {
  if (!report.facts.clocks) return;
  auto& totals = tally.rules[kProtection];
  ++totals.total;
  const Day nominal = report.facts.received + (report.facts.late_in_day ? 1 : 0);
  if (report.decision == Decision::kMisfiled) {
    ++totals.cancelled;
  } else if (report.protected_on == kNever) {
    ++totals.open;
    tally.open.push_back({nominal, nominal, report.facts.received, kProtection, book.id, report.facts.id, book.ref});
  } else {
    settle(totals, report.protected_on, nominal, nominal);
  }
}

void Ledger::count_preliminary(const Book& book, const Report& report, Tally& tally) {
  const Day received = report.facts.received;
  const bool investigated = std::any_of(book.investigations.begin(), book.investigations.end(), [&](const auto& one) {
    return one.opened <= received && (one.concluded == kNever || one.concluded >= received);
  });
  if (!report.facts.clocks || investigated) return;
  auto& totals = tally.rules[kPreliminary];
  ++totals.total;
  Day nominal = received + kPreliminaryDays;
  if (report.extended_on != kNever) {
    ++totals.extended;
    if (report.extended_on > nominal) ++totals.extended_late;
    ++totals.total;
    nominal = report.extended_to;
  }
  const Day adjusted = working_day_from(nominal);
  switch (report.decision) {
    case Decision::kMisfiled:
    case Decision::kJoined:
      ++totals.cancelled;
      break;
    case Decision::kNotOpened:
    case Decision::kOpened:
      settle(totals, report.decided_on, nominal, adjusted);
      break;
    case Decision::kNone:
      ++totals.open;
      tally.open.push_back({nominal, adjusted, received, kPreliminary, book.id, report.facts.id, book.ref});
  }
}

void Ledger::count_four_months(const Book& book, const Investigation& investigation, Day today, Tally& tally) {
  if (!investigation.clock) return;
  auto& totals = tally.rules[kFourMonths];
  ++totals.total;
  Day nominal = add_months(investigation.opened, kInvestigationMonths);
  for (const auto& extension : investigation.extensions) {
    ++totals.extended;
    if (extension.on > nominal) ++totals.extended_late;
    ++totals.total;
    nominal = extension.new_end;
  }
  const Day adjusted = working_day_from(nominal);
  if (investigation.concluded == kNever) {
    ++totals.open;
    tally.open.push_back({nominal, adjusted, investigation.opened, kFourMonths, book.id, investigation.id, book.ref});
  } else {
    settle(totals, investigation.concluded, nominal, adjusted);
  }
  if (book.birth) {
    const Day adult = add_months(*book.birth, 12 * kAdult);
    const Day end = investigation.concluded == kNever ? today : investigation.concluded;
    if (adult > investigation.opened && adult <= end) ++totals.turned_18;
  }
}

void Ledger::count_case(const Book& book, Day today, Tally& tally) {
  for (const auto& report : book.reports) {
    count_protection(book, report, tally);
    count_preliminary(book, report, tally);
  }
  for (const auto& investigation : book.investigations) count_four_months(book, investigation, today, tally);
}

// ---- The manifest --------------------------------------------------------------------------------------------------

json::object Ledger::describe_deadlines(const Tally& tally, Day today) const {
  std::array<std::uint64_t, kRules> overdue{};
  for (const auto& one : tally.open) {
    if (one.nominal < today) ++overdue[one.rule];
  }
  json::object out;
  for (std::size_t rule = 0; rule < kRules; ++rule) {
    const auto& totals = tally.rules[rule];
    json::object row;
    row["total"] = number(totals.total);
    row["open"] = number(totals.open);
    row["overdue"] = number(overdue[rule]);
    row["met"] = number(totals.met);
    row["met_late"] = number(totals.met_late);
    row["met_late_within_adjusted"] = number(totals.met_late_within_adjusted);
    row["extended"] = number(totals.extended);
    row["extended_late"] = number(totals.extended_late);
    row["cancelled"] = number(totals.cancelled);
    if (rule == kFourMonths) row["turned_18"] = number(totals.turned_18);
    out[kRuleNames[rule]] = std::move(row);
  }
  return out;
}

json::array Ledger::describe_repeats(Day today) const {
  json::array out;
  for (const auto& question : kRepeatQuestions) {
    std::map<std::string_view, json::object> found;
    for (const auto& book : books_) {
      if (book == nullptr) continue;
      std::uint32_t reports = 0;
      bool led = false;
      std::vector<ReportIndex> incidents;
      for (ReportIndex i = 0; i < book->reports.size(); ++i) {
        const auto& report = book->reports[i];
        if (report.decision == Decision::kMisfiled) continue;
        if (report.facts.received > today || report.facts.received <= today - question.within) continue;
        if (question.absence && (report.facts.concerns >> kAbsence & 1U) == 0) continue;
        led = led || report.decision == Decision::kOpened || report.decision == Decision::kJoined;
        ++reports;
        ReportIndex root = i;
        while (book->reports[root].primary) root = *book->reports[root].primary;
        if (std::find(incidents.begin(), incidents.end(), root) == incidents.end()) incidents.push_back(root);
      }
      if (reports < question.min || (question.not_opened && led)) continue;
      found[book->ref] = {{"ref", book->ref}, {"reports", reports}, {"incidents", incidents.size()}};
    }
    json::object answer;
    answer["min"] = question.min;
    answer["within"] = question.within;
    if (question.absence) answer["concern"] = kConcernCodes[kAbsence];
    if (question.not_opened) answer["not_opened"] = true;
    auto& cases = (answer["cases"] = json::array{}).get_array();
    for (auto& [ref, entry] : found) cases.push_back(std::move(entry));
    out.push_back(std::move(answer));
  }
  return out;
}

json::array Ledger::describe_absence() const {
  json::array out;
  for (const auto key : absence_cases_) {
    if (key >= books_.size() || books_[key] == nullptr) continue;
    const auto& book = *books_[key];
    std::vector<const Report*> order;
    for (const auto& report : book.reports) order.push_back(&report);
    std::stable_sort(order.begin(), order.end(),
                     [](const Report* a, const Report* b) { return a->facts.received < b->facts.received; });
    json::array reports;
    for (const auto* report : order) {
      const auto within = [&](int days) {
        return std::count_if(order.begin(), order.end(), [&](const Report* other) {
          return other->facts.received > report->facts.received - days &&
                 other->facts.received <= report->facts.received;
        });
      };
      reports.push_back(json::object{{"report", to_text(report->facts.id)},
                                     {"received", day_text(report->facts.received)},
                                     {"age", book.birth ? age_on(*book.birth, report->facts.received) : 0},
                                     {"within_30", within(30)},
                                     {"within_90", within(90)},
                                     {"within_365", within(365)}});
    }
    out.push_back(json::object{{"case", to_text(book.id)}, {"ref", book.ref}, {"reports", std::move(reports)}});
  }
  return out;
}

json::object Ledger::describe_open_investigations() const {
  std::map<std::string_view, json::object> found;
  std::uint64_t without = 0;
  for (const auto& book : books_) {
    if (book == nullptr || book->investigations.empty()) continue;
    const auto& last = book->investigations.back();
    if (last.concluded != kNever) continue;
    if (last.worker.empty()) ++without;
    auto& entry = found[book->ref];
    entry["case"] = to_text(book->id);
    entry["ref"] = book->ref;
    entry["investigation"] = to_text(last.id);
    entry["worker"] = last.worker.empty() ? json::value{} : json::value(last.worker);
  }
  json::array items;
  for (auto& [ref, entry] : found) items.push_back(std::move(entry));
  return {{"total", items.size()}, {"without_responsible", without}, {"items", std::move(items)}};
}

void Ledger::describe(json::object& manifest, Day today) const {
  Tally tally = forgotten_;
  for (const auto& book : books_) {
    if (book != nullptr) count_case(*book, today, tally);
  }
  std::sort(tally.open.begin(), tally.open.end(), [](const auto& a, const auto& b) {
    return std::tie(a.nominal, a.ref, a.rule, a.matter) < std::tie(b.nominal, b.ref, b.rule, b.matter);
  });
  json::array open;
  for (const auto& one : tally.open) {
    open.push_back(json::object{{"rule", kRuleNames[one.rule]},
                                {"case", to_text(one.case_id)},
                                {"ref", one.ref},
                                {"matter", to_text(one.matter)},
                                {"started", day_text(one.started)},
                                {"nominal", day_text(one.nominal)},
                                {"adjusted", day_text(one.adjusted)}});
  }
  manifest["deadlines"] = describe_deadlines(tally, today);
  manifest["open_deadlines"] = std::move(open);
  manifest["repeats"] = describe_repeats(today);
  manifest["absence_history"] = describe_absence();
  manifest["open_investigations"] = describe_open_investigations();
  manifest["assumptions"] = json::array(kAssumptions.begin(), kAssumptions.end());
}

}  // namespace minne::generate
