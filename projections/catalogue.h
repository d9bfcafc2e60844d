// Every invariant of decide, in one table: its law or practice, how strongly it holds, and what makes an event pass.
//
//   return refused("report-undecided", "the report has been decided", pointer, report.id);
//
// A name that the table does not hold does not compile. Immutable; any thread.
#pragma once

#include "events/event.h"
#include "events/result.h"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

enum class Strength : std::uint8_t {
  kRefuse,
  kOverride  // accepted where the event says why, in its body's override_reason, which is thereby on record
};

struct Invariant {
  std::string_view id;
  std::string_view basis;      // the law or practice behind it
  std::string_view passes_if;  // what the event, or what is recorded before it, must be like
  Strength strength = Strength::kRefuse;
};

inline constexpr std::string_view kOverrideField = "override_reason";

inline constexpr auto kInvariants = std::to_array<Invariant>({
    // --- events and files
    {"complete-event", "what makes the event what it is must be said (SoL 14:3)", "the field is there"},
    {"one-kind-of-stream", "a worker's and the board's own events stand apart from children's files",
     "the type belongs to this kind of stream"},
    {"case-opened-first", "a file is opened before anything is recorded in it (SoL 14:3)",
     "the first event of the case is CaseOpened"},
    {"case-opened-once", "a file is opened before anything is recorded in it (SoL 14:3)",
     "SubjectFactsRecorded or ChildIdentityLinked change what is known of the child"},
    {"number-never-a-reference", "SoLPUL; OSL 26:1", "a personal number is sent in sealed.person_number"},
    {"names-what-is-there", "an event acts on what its case holds (SoL 14:3)",
     "the case has what the event names, and it is of the kind that the event is about"},
    {"a-matter-is-one", "a matter is named by the event that opened it", "the id is new to the case"},
    {"chronology", "report, decision, investigation, conclusion follow each other",
     "it occurred on or after the day of what it rests on, however late it is recorded"},
    {"ended-once", "what has ended cannot end again: a wrong end is corrected (SoL 14:3; GDPR art. 16)",
     "the matter is unfinished; EventCorrected changes the end that is recorded"},
    {"while-it-runs", "a visit, a review or a change is of what runs on that day (SoL 22:11, 22:13)",
     "it occurred on or before the day on which the matter ended"},
    // --- reports
    {"report-undecided", "SoL 20:2", "the report awaits a decision; EventCorrected changes one that is made"},
    {"joins-an-open-investigation", "SoL 20:2", "the investigation was open on that day"},
    {"same-incident-forward", "reports are marked as one incident, never merged",
     "the primary report is another, and not marked as this one's incident itself"},
    {"history-seen", "every earlier report is seen before the decision (SoL 20:2, 14:3)",
     "shown_report_ids are all earlier reports that the log held at position"},
    {"history-reviewed-first", "every earlier report is seen before the decision (SoL 20:2, 14:3)",
     "PriorHistoryReviewed of a cited report reaches the newest earlier one", Strength::kOverride},
    {"open-investigation-joined", "SoL 20:2", "ReportJoinedInvestigation joins the report to the open investigation",
     Strength::kOverride},
    {"violence-is-investigated", "SoL 14:2; HSLF-FS 2022:39: violence by a close relation is investigated",
     "an investigation is opened", Strength::kOverride},
    {"siblings-name-each-other", "one report of several children is in the file of each (SoL 14:3)",
     "each of the reports sent together under one correlation_id names the others' cases in siblings"},
    // --- investigations
    {"opened-on-some-ground", "SoL 14:2",
     "report_ids are cited, or basis is application, own_knowledge, notice or taken_over"},
    {"investigation-open", "SoL 20:3", "the investigation has not been concluded"},
    {"extension-later", "SoL 20:2, 20:3: an extension is for a stated, later time",
     "the new date is later than the one that runs"},
    {"declined-after-a-no", "SoL 23:1: declined is an investigation whose offer got a no",
     "an InterventionProposed of the investigation has its InterventionDeclined"},
    // --- consent
    {"placed-with-consent", "SoL 21:1; LVU 1: without consent a child is placed by law or not at all",
     "every guardian has given ConsentGiven, and so has the child from 15 years; or the law is another than SoL"},
    {"helped-with-consent", "SoL 21:1: every guardian, or the child from 12 years, consents",
     "ConsentGiven of those whose consent it takes at the child's age", Strength::kOverride},
    {"withdrawn-after-given", "SoL 21:1", "the party has given the consent, and not withdrawn it since"},
    {"delay-after-six-months", "FL 12: a decision may be asked for where an application has waited for six months",
     "requested_on is at least six months after the application"},
    {"delay-asked-once", "FL 12: a party asks once while the matter is handled, also after it was referred back",
     "party_ref or party says that it is another party than who asked before"},
    // --- care by law
    {"lapse-is-computed", "LVU 7, 9: custody lapses by itself when its time has passed",
     "the clock of the custody has run out; otherwise why is what ended it"},
    {"law-as-it-stood", "LVU 21; SoL 22:13: one law ends where the other begins",
     "the placement rested on that law on that day"},
    {"moved-elsewhere", "a move is to another home or form (SoL 22:4, 22:14)",
     "home_ref or form is another than where the child is; EventCorrected changes what is recorded of the home"},
    // --- follow-up
    {"followed-up-after-a-no", "SoL 23:1-2; LVU 21 b; JO 167-2018",
     "basis_ids cite a proposal and the InterventionDeclined of it, or a placement that has ended; or care by law of a "
     "child under 18 has ended, or there is consent",
     Strength::kOverride},
    {"left-out-after-a-no", "SoL 23:1: the question arises when an offer was declined",
     "the investigation was concluded as declined"},
    // --- workers
    {"one-responsible-worker", "one responsible worker at a time for each matter",
     "CaseHandedOver or AssignmentEnded comes first"},
    {"handed-to-another", "every handover is from one worker to another", "to is another worker than from"},
    {"assigned-now", "one responsible worker at a time for each matter", "the worker has an assignment in the matter"},
    {"assigned-to-who-is-here", "a matter is in the hands of somebody who is there",
     "the worker has not left, or has StaffJoined since; or the same append holds the AssignmentEnded"},
    {"leaving-ends-assignments", "a matter is in the hands of somebody who is there",
     "the assignment is recorded by itself, before"},
    {"read-position-reached", "a handover is acknowledged up to what the log holds",
     "read_position is one that the log has reached"},
    // --- between boards
    {"taken-over-with-its-start", "SoL 20:3, 29:10: a move does not start the four months anew",
     "one append holds FileTakenOver and, for each open investigation that it lists, an InvestigationOpened with basis "
     "taken_over and the same original_start"},
    {"disclosed-with-what-leaves", "OSL 26:1; SoL 14:3: what leaves the board, and why it may, is in the file",
     "the same append holds the DisclosureMade to the other authority"},
    // --- corrections
    {"correction-keeps-type", "a correction adds a replacement and keeps what it replaces (GDPR art. 16)",
     "the replacement is of the type of what it replaces"},
    {"case-opened-stays", "a file is opened before anything is recorded in it (SoL 14:3)",
     "the target is another event than CaseOpened"},
    {"misfiling-undone-by-refiling", "a note in the wrong file is moved to the right one in one step (SoL 14:7)",
     "the copy is misfiled in its turn, and refiled here"},
    {"misfiled-once", "a note in the wrong file is moved to the right one in one step (SoL 14:7)",
     "the copy in the other file is named"},
    {"misfiled-to-another-file", "a note in the wrong file is moved to the right one in one step (SoL 14:7)",
     "right_case is another case"},
    {"misfiled-and-refiled-together", "a note in the wrong file is moved to the right one in one step (SoL 14:7)",
     "one append holds EventMisfiled in the wrong case and EventRefiled in the right one"},
    {"refiled-copy", "a note in the wrong file is moved to the right one in one step (SoL 14:7)",
     "original says what the misfiled event says, but for ids"},
});

[[nodiscard]] consteval const Invariant& invariant_named(std::string_view id) {
  for (const auto& invariant : kInvariants) {
    if (invariant.id == id) return invariant;
  }
  throw "the catalogue has no such invariant";
}

// An entry of the table, named where it is used.
class InvariantName {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor)
  consteval InvariantName(const char* id) : invariant_(&invariant_named(id)) {}
  [[nodiscard]] const Invariant& operator*() const { return *invariant_; }
  [[nodiscard]] const Invariant* operator->() const { return invariant_; }

 private:
  const Invariant* invariant_;
};

// kRefused, with the invariant, its basis, what would pass, and the events that the refusal rests on.
[[nodiscard]] Error refused(InvariantName invariant, std::string message, const std::string& pointer,
                            std::span<const Id> events = {});
[[nodiscard]] inline Error refused(InvariantName invariant, std::string message, const std::string& pointer,
                                   const Id& event) {
  return refused(invariant, std::move(message), pointer, std::span{&event, 1});
}

// Whether the event gives a reason to go past the invariants that allow it.
[[nodiscard]] bool is_overridden(const Event& event);

}  // namespace minne
