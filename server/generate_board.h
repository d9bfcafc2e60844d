// The synthetic board's life, forward in time: what happens to whom, and when it is written down.
//
// A queue holds what is still to come, ordered by the moment it will be *recorded*; each item carries how much earlier
// it occurred. Firing an item writes one append and queues what follows from it. Legal facts of a case (report
// received, decision, opening, extension, conclusion) never occur before the one recorded before them, so that the
// order of versions and the order of the law agree; no report is received on the day an investigation of its case
// opened by citing it, nor on the day one ended after its end was recorded: there the rules could be read in two ways.
//
// One thread; owned by BoardGenerator.
#pragma once

#include "server/generate.h"
#include "server/generate_calendar.h"
#include "server/generate_known.h"
#include "server/generate_ledger.h"
#include "server/generate_random.h"
#include "server/generate_write.h"

#include <deque>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <vector>

namespace minne::generate {

using WorkerKey = std::uint32_t;
using UnitKey = std::uint32_t;
// A report by its index, an investigation by its ordinal with kInvestigationBit, or help by its index with kHelpBit.
using MatterKey = std::uint32_t;

inline constexpr std::uint32_t kNone = UINT32_MAX;
inline constexpr MatterKey kInvestigationBit = 0x80000000U;
inline constexpr MatterKey kHelpBit = 0x40000000U;

enum class Action : std::uint8_t {
  kDay,     // a new day of the board
  kReport,  // matter: reporter | (primary report + 1) << 8; of a planted case the step
  kProtect,
  kAssign,
  kNote,  // extra: how many are left
  kSupplement,
  kMarkIncident,  // extra: the primary report
  kExtendPreliminary,
  kCorrect,
  kMisfile,  // extra: the right case
  kDecide,
  kJoin,
  kInform,  // extra: an Informed
  kExtend,  // extra: the new end
  kConclude,
  kReopen,
  kHandOver,     // extra: a reason
  kAcknowledge,  // extra: the new worker
  kStaffJoins,   // matter: the unit
  kStaffLeaves,  // matter: the worker
  kFacts,
  kBirth,
  kForget,
  kInquire,  // extra: an InquiryStep
  kHelp,     // extra: a HelpStep
  kAside,    // extra: an AsideStep
};

// What happens inside an investigation (generate_inquiry.cpp).
enum InquiryStep : std::uint32_t {
  kPlanInquiry,
  kRequestInformation,
  kReceiveInformation,
  kHearChild,
  kUseInstrument,
  kAssessNeeds,
  kOfferHelp,
  kEnterQueue,
  kScoreNeed,
  kLeaveQueue,
  kTakeIntoCustody,
  kAgreeOnCollaboration,
  kPromise,
  kOfferSip,
  kAnswerSip,
};
// What becomes of help that was offered, or taken in hand by law (generate_help.cpp, generate_placements.cpp).
enum HelpStep : std::uint32_t {
  kAnswer,
  kGrant,
  kBegin,
  kFileNotGiven,
  kInterrupt,
  kResume,
  kTerminate,
  kMeasure,
  kReviewMethod,
  kEndHelp,
  kDecideFollowUp,
  kFollowUpContact,
  kFollowUpEnd,
  kVisit,
  kReviewCare,
  kRecordStatus,
  kMoveHome,
  kAdoptCarePlan,
  kReviseCarePlan,
  kSubmitCustody,
  kCourtConfirms,
  kApplyForCare,
  kCourtGrants,
  kCareByConsent,
  kCareByLaw,
};
// What happens beside all that (generate_asides.cpp).
enum AsideStep : std::uint32_t {
  kContactFamily,
  kAskForFeedback,
  kGiveFeedback,
  kNotifyOffence,
  kOfferMediation,
  kHoldMediation,
  kMeetPartners,
  kWithdrawFromPartners,
  kEndCollaboration,
  kStartSams,
  kKeepPromise,
  kAdoptSip,
  kProtectIdentity,
  kMoveToOtherBoard,
};

struct Item {
  Micros at = 0;
  std::uint64_t order = 0;  // of queueing: decides between items of one moment
  CaseKey child = kNone;
  MatterKey matter = 0;
  std::uint32_t extra = 0;  // seconds since it occurred, where no other meaning is given
  Action action = Action::kDay;
};
struct Later {
  bool operator()(const Item& a, const Item& b) const { return a.at != b.at ? a.at > b.at : a.order > b.order; }
};

enum class Verdict : std::uint8_t { kByChance, kNotOpen, kOpen, kNever };
enum class ReportState : std::uint8_t { kUndecided, kDecided, kMisfiled };
enum Informed : std::uint32_t { kGuardianOpened, kChildOpened, kGuardianConcluded, kGuardianNotOpened };

enum class FollowUp : std::uint8_t { kForgotten, kNotDecided, kDecided };  // after a no

struct ReportPlan {
  Verdict verdict = Verdict::kByChance;
  int decide_after_days = 9;
  int protect_after_days = 0;  // below 0: never
  int notes = 3;
  bool correct = false;
  bool extend = false;
};

struct InvestigationPlan {
  int days = 100;
  int notes = 60;
  int assign_after_days = 1;
  int extend_on_day = -1;  // below 0: never
  int extend_to_day = 0;
  int extend_again_to_day = 0;  // 0: once only
  int hand_over_on_day = -1;
  bool acknowledge = true;
  int reopen_after_days = -1;
  bool offer = false;  // help
  bool decline = false;
  bool placement = false;
  bool by_law = false;         // taken into custody (LVU 6)
  bool to_law = false;         // a placement by consent that becomes care by law
  int submit_after_days = -1;  // below 0: as it comes
  bool queue = false;          // for the reinforcement team
  FollowUp follow_up = FollowUp::kForgotten;
};

struct Help {
  MatterKey investigation = 0;
  std::uint32_t proposal_known = kNone;  // places in known::Case
  std::uint32_t known = kNone;
  bool placement = false;
  bool answered = false;
  bool declined = false;
  bool running = false;
  bool by_law = false;
  bool lapsed = false;  // put before the court too late
  std::uint8_t method = 0;
  std::uint8_t form = 0;
  std::uint8_t provider = 0;
  std::uint8_t homes = 0;
  std::uint8_t filings = 0;  // that it has not been given
  bool terminated = false;
  Id proposal;
  Id decline;
  Id decision;
  Id custody;
  Id queue;
  Id follow_up;
  Id plan;
  Id id;  // of the intervention or placement
  Moment since;
  Day decided = 0;
  Day ends = 0;
  Day end_by = 0;
  WorkerKey worker = kNone;
};

struct Report {
  Id id;
  std::uint64_t position = 0;
  Moment occurred;
  Moment received;
  Day day = 0;  // received, local, as last corrected
  WorkerKey actor = 0;
  WorkerKey worker = kNone;
  ReportState state = ReportState::kUndecided;
  Verdict verdict = Verdict::kByChance;
  bool assessed = false;
  Micros assessment = 0;  // when it is to be made; 0: never
  bool clocks = true;
  bool touched = false;   // extended or corrected
  bool feedback = false;  // asked for, not given
  ReportFacts facts;
};

struct Investigation {
  Id id;
  std::uint32_t ordinal = 0;
  bool open = false;
  bool clock = true;
  Moment occurred;
  Day opened = 0;
  Day end = 0;
  Day planned = 0;
  WorkerKey worker = kNone;
  InvestigationPlan plan;

  [[nodiscard]] MatterKey key() const { return ordinal | kInvestigationBit; }
};

struct Child {
  Id id;
  std::string ref;  // empty: no file yet
  std::uint32_t number = 0;
  std::uint32_t district = 0;
  std::uint32_t area = 0;
  Day birth = 0;
  Day expected_birth = 0;
  bool unborn = false;
  bool girl = false;
  bool in_pool = false;
  std::uint8_t main_concern = 0;
  std::uint32_t script = kNone;
  std::uint32_t pending = 0;  // items in the queue
  Micros last_legal = 0;
  Micros last_assignment = 0;
  Day last_concluded = 0;
  Day busy_until = 0;  // end of the year whose reports are planned
  Micros last_step = 0;
  std::uint8_t guardians = 0;  // recorded as parties
  std::vector<Report> reports;
  Investigation investigation;  // the last one
  std::vector<Help> helps;
  std::vector<Id> asides;  // offences, collaborations, promises: matters of their own
  Id queue;                // an entry that waits
  std::vector<CaseKey> siblings;
};

struct Held {
  CaseKey child = kNone;
  MatterKey matter = 0;
};

struct Worker {
  std::string id;
  UnitKey unit = 0;
  std::string_view role;
  bool here = true;
  bool leaving = false;
  std::vector<Held> held;
};

struct Unit {
  std::string name;
  WorkerKey leader = 0;
  std::vector<WorkerKey> workers;
};

struct District {
  std::string area;
  UnitKey intake = 0;
  UnitKey inquiry = 0;
};

// A planted case: its reports to the minute and what becomes of them.
struct ScriptReport {
  Day day = 0;
  int minute = 600;
  std::uint8_t reporter = 1;
  std::vector<std::uint8_t> concerns;
  ReportPlan plan;
  bool with_siblings = false;
  CaseKey misfiled_from = kNone;  // in the right case: not received here but refiled
  CaseKey misfile_to = kNone;
};
struct Script {
  std::string kind;
  CaseKey child = kNone;
  std::vector<ScriptReport> reports;
  std::vector<InvestigationPlan> investigations;
  std::size_t next_report = 0;
  std::size_t next_investigation = 0;
};

// How often each of kConcernCodes is what a report about a child of this age is mainly about.
[[nodiscard]] inline const std::array<std::uint16_t, 6>& concern_weights(int age) {
  static constexpr std::array<std::array<std::uint16_t, 6>, 3> kByAge = {
      {{52, 8, 23, 17, 0, 0}, {33, 25, 19, 10, 12, 1}, {20, 35, 12, 7, 11, 15}}};
  return kByAge[age < 7 ? 0 : age < 13 ? 1 : 2];
}

class Simulation {
 public:
  explicit Simulation(GenerateOptions options);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  [[nodiscard]] std::optional<GeneratedEvent> next();
  [[nodiscard]] boost::json::object manifest() const;

 private:
  // generate.cpp: the loop
  void step();
  void fire(const Item& item);
  void note_activity();
  [[nodiscard]] std::uint64_t most_events(const Item& item) const;
  void fill(std::uint64_t events);
  void push(Action action, Micros at, CaseKey child, MatterKey matter = 0, std::uint32_t extra = 0);
  void push_occurring(Action action, Micros occurred, CaseKey child, MatterKey matter);
  [[nodiscard]] Micros work_moment(Day day);
  [[nodiscard]] Micros working_days_later(int days);
  [[nodiscard]] Micros recorded_after(Micros occurred);
  [[nodiscard]] Micros occurred_of(const Item& item, Micros not_before) const;
  [[nodiscard]] Moment moment(Micros at, std::uint32_t whole_day_per_ten_thousand);
  [[nodiscard]] Day today() const { return local_day(now_); }
  [[nodiscard]] Head head(const Child& child, const Id& matter, Moment occurred, WorkerKey actor, Law law) const;

  // generate_children.cpp
  void start_board();
  void new_day();
  void start_episode(Day from);
  CaseKey new_child(bool allow_unborn);
  CaseKey returning_child();
  void plan_reports(CaseKey key, Day from);
  void queue_report(CaseKey key, Day day, std::size_t reporter, std::uint32_t primary);
  void open_file(CaseKey key, Moment at, WorkerKey actor);
  void record_facts(const Item& item);
  void record_birth(const Item& item);
  void forget(const Item& item);
  Child& child_of(CaseKey key) { return *children_[key]; }
  known::Case& known_of(CaseKey key) { return *known_.cases[key]; }
  [[nodiscard]] const Child& child_of(CaseKey key) const { return *children_[key]; }

  // generate_reports.cpp
  void receive_report(const Item& item);
  void receive_planted(const Item& item);
  ReportFacts draw_facts(const Child& child, std::size_t reporter, Day received);
  void write_reports(const std::vector<CaseKey>& group, Moment occurred, Moment received, const ReportFacts& facts);
  std::uint32_t add_report(CaseKey key, const Id& id, Moment occurred, Moment received, const ReportFacts& facts,
                           WorkerKey actor);
  ReportPlan draw_report_plan(const Child& child);
  void follow_report(CaseKey key, std::uint32_t index, const ReportPlan& plan);
  void protect(const Item& item);
  void write_protection(CaseKey key, std::uint32_t index, Moment occurred);
  void supplement(const Item& item);
  void mark_incident(const Item& item);
  void extend_preliminary(const Item& item);
  void correct(const Item& item);
  void misfile(const Item& item);
  void decide(const Item& item);
  [[nodiscard]] bool opens_by_chance(const Child& child);
  void write_not_opened(CaseKey key, Micros occurred);
  void write_review(CaseKey key, Moment occurred, WorkerKey actor);
  void join(const Item& item);
  void join_all(CaseKey key, Micros occurred);
  void close_report(CaseKey key, std::uint32_t index);
  [[nodiscard]] std::vector<std::uint32_t> undecided(const Child& child) const;

  // generate_investigations.cpp
  void open_investigation(CaseKey key, Micros occurred);
  void start_investigation(CaseKey key, const Id& id, Moment occurred, UnitKey unit);
  InvestigationPlan draw_investigation_plan(const Child& child);
  void queue_notes(CaseKey key, MatterKey matter, std::uint32_t left, Day until);
  void note(const Item& item);
  void inform(const Item& item);
  void extend(const Item& item);
  void conclude(const Item& item);
  std::string_view outcome_of(CaseKey key);
  void reopen(const Item& item);

  // generate_inquiry.cpp
  void plan_inquiry(CaseKey key);
  void inquire(const Item& item);
  void record_parties(CaseKey key);
  void give_consent(CaseKey key, const Id& matter, MatterKey actors, std::string_view scope);
  void request_information(const Item& item);
  void hear_child(CaseKey key);
  void use_instrument(CaseKey key);
  void assess_needs(CaseKey key);
  void offer_help(CaseKey key);
  void enter_queue(CaseKey key);
  void score_need(CaseKey key);
  void leave_queue(CaseKey key);
  Head step_head(CaseKey key, const Id& matter, MatterKey actors, Law law);
  Micros part_of(int per_cent, Day from, Day to);

  // generate_help.cpp
  void help(const Item& item);
  void answer_offer(CaseKey key, MatterKey matter);
  void grant(CaseKey key, MatterKey matter);
  void wait_in_queue(CaseKey key, MatterKey matter);
  void begin_help(CaseKey key, MatterKey matter);
  void begin_intervention(CaseKey key, MatterKey matter);
  void measure(CaseKey key, MatterKey matter, std::string_view point);
  void review_method(CaseKey key, MatterKey matter);
  void end_help(CaseKey key, MatterKey matter);

  // generate_giving.cpp
  known::Granted& granted_of(CaseKey key, const Help& help) {
    return find_known(known_of(key).decisions, help.decision);
  }
  void note_granted(CaseKey key, MatterKey matter);
  void note_given(CaseKey key, MatterKey matter, Day on);
  void execute(CaseKey key, MatterKey matter);
  void file_not_given(CaseKey key, MatterKey matter);
  void interrupt(CaseKey key, MatterKey matter);
  void terminate(CaseKey key, MatterKey matter);

  // generate_help.cpp, after a no
  void decide_follow_up(CaseKey key, MatterKey matter);
  void follow_up_contact(CaseKey key, MatterKey matter);
  void end_follow_up(CaseKey key, MatterKey matter, std::string_view reason);
  void end_follow_ups(CaseKey key);
  void push_help(HelpStep step, Micros at, CaseKey key, MatterKey matter) {
    push(Action::kHelp, at, key, matter, static_cast<std::uint32_t>(step));
  }
  Help& help_of(CaseKey key, MatterKey matter) { return child_of(key).helps[matter & ~kHelpBit]; }
  void start_matter(CaseKey key, MatterKey matter, int notes_a_year);

  // generate_placements.cpp
  void begin_placement(CaseKey key, MatterKey matter, std::string_view law, const Head& at);
  void take_into_custody(CaseKey key);
  void submit_custody(CaseKey key, MatterKey matter);
  void court_confirms(CaseKey key, MatterKey matter);
  void apply_for_care(CaseKey key, MatterKey matter);
  void court_grants(CaseKey key, MatterKey matter);
  void care_by_consent(CaseKey key, MatterKey matter);
  void care_by_law(CaseKey key, MatterKey matter);
  void change_law(CaseKey key, MatterKey matter, std::string_view to, const Id& decision);
  void end_placement(CaseKey key, MatterKey matter, std::string_view reason);
  void visit(CaseKey key, MatterKey matter);
  void review_care(CaseKey key, MatterKey matter);
  void record_status(CaseKey key, MatterKey matter);
  void move_home(CaseKey key, MatterKey matter);

  // generate_asides.cpp
  void aside(const Item& item);
  void plan_asides(CaseKey key, std::uint32_t report);
  void contact_family(CaseKey key, std::uint32_t report);
  void give_feedback_later(CaseKey key, std::uint32_t report);
  void notify_offence(CaseKey key, std::uint32_t report);
  void mediate(CaseKey key, std::uint32_t offence, bool held);
  void work_of_the_day();
  void protect_identity(CaseKey key);
  void move_to_other_board(CaseKey key);

  // generate_together.cpp
  void agree_on_collaboration(CaseKey key);
  void start_sams(CaseKey key, MatterKey matter);
  void start_collaboration(CaseKey key, MatterKey actors, std::string_view kind, const Id& consent);
  Id consent_to_collaboration(CaseKey key, MatterKey actors);
  void meet_partners(CaseKey key, std::uint32_t collaboration);
  void withdraw_from_partners(CaseKey key, std::uint32_t collaboration);
  void end_collaboration(CaseKey key, std::uint32_t collaboration);
  void offer_sip(CaseKey key);
  void answer_sip(CaseKey key);
  void write_sip_answer(CaseKey key, std::string_view answer);
  void adopt_sip(CaseKey key, MatterKey investigation);
  void adopt_care_plan(CaseKey key, MatterKey matter);
  void revise_care_plan(CaseKey key, MatterKey matter);
  void promise(CaseKey key);
  void keep_promise(CaseKey key, std::uint32_t promise);
  [[nodiscard]] Head own_head(CaseKey key, std::uint32_t aside, Law law) {
    return step_head(key, child_of(key).asides[aside], kInvestigationBit, law);
  }

  // generate_staff.cpp
  struct MatterState {
    bool open = false;
    Id id;
    WorkerKey* worker = nullptr;
    Micros since = 0;
  };
  MatterState matter_of(Child& child, MatterKey matter);
  void start_staff(std::uint32_t reports_per_year);
  WorkerKey hire(UnitKey unit, std::string_view role, Day from);
  void attrition();
  void staff_joins(const Item& item);
  void staff_leaves(const Item& item);
  [[nodiscard]] WorkerKey choose_worker(UnitKey unit, WorkerKey not_this);
  [[nodiscard]] WorkerKey actor_for(Child& child, MatterKey matter);
  [[nodiscard]] UnitKey unit_for(const Child& child, MatterKey matter) const;
  [[nodiscard]] WorkerKey leader_for(const Child& child, MatterKey matter) const {
    return units_[unit_for(child, matter)].leader;
  }
  void assign(const Item& item);
  void hand_over(const Item& item);
  void acknowledge(const Item& item);
  void end_assignment(CaseKey key, MatterKey matter, std::string_view reason, const Id& causation);
  void end_known_assignment(CaseKey key, MatterKey matter, Day on);
  void drop_held(WorkerKey worker, CaseKey key, MatterKey matter);
  Moment assignment_moment(Child& child, Micros not_before);
  void note_responsible(CaseKey key, MatterKey matter, WorkerKey worker);

  // generate_planted.cpp
  void plant_cases();
  Script& plant(std::string kind, Day birth);
  void queue_script(Script& script);
  void plant_absence(Day first);
  void send_absence_reports();
  void plant_chained(Day first);
  void plant_lost_deadline(Day first);
  void plant_october();
  void plant_summer_time();
  void plant_wrong_file(Day first);
  void plant_second_file(Day first);
  void misfile_between(Script& wrong, Script& right, Day day);
  void plant_protected(Day first);
  void plant_move(Day first);
  void plant_declined(Day first, FollowUp after);
  void plant_late_submission(Day first);
  void plant_changed_ground(Day first);
  void plant_correction(Day first);
  void plant_siblings(Day first);
  void plant_unborn(Day first);
  void plant_fifteenth(Day first);
  [[nodiscard]] boost::json::array planted() const;

  GenerateOptions options_;
  Random random_;
  Writer writer_;
  Ledger ledger_;
  known::Board known_;
  std::priority_queue<Item, std::vector<Item>, Later> queue_;
  std::uint64_t queued_ = 0;
  std::size_t handed_out_ = 0;
  Micros now_ = 0;

  std::vector<std::unique_ptr<Child>> children_;  // null: forgotten
  std::vector<CaseKey> pool_;                     // who may come back
  std::size_t pool_next_ = 0;
  std::uint32_t files_ = 0;
  std::map<Id, CaseKey> by_stream_;
  Id last_stream_;  // of the last file that got a report: takes the notes that fill up
  std::uint32_t episodes_per_year_ = 0;
  std::int64_t episode_credit_ = 0;

  std::vector<District> districts_;
  std::vector<Unit> units_;
  std::deque<Worker> workers_;
  std::uint64_t workers_left_ = 0;

  std::deque<Script> scripts_;
  std::vector<std::uint32_t> absence_scripts_;
  std::size_t absence_sent_ = 0;
  Day last_absence_ = 0;
  Day first_day_ = 0;
  std::deque<std::uint64_t> positions_by_day_;  // of the last months
};

}  // namespace minne::generate
