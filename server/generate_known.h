// What the synthetic board knows of itself: dates and words of each case, from which the manifest's answers are
// computed. Written by the simulation as it writes the events; no event is read back. One thread.
#pragma once

#include "events/uuid.h"
#include "server/generate_calendar.h"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace minne::generate::known {

inline constexpr Day kNever = INT32_MAX;
inline constexpr std::uint32_t kNobody = UINT32_MAX;

struct Assignment {
  std::uint32_t matter = 0;  // MatterKey
  std::uint32_t worker = 0;
  std::uint32_t unit = 0;
  std::uint32_t handed_over_by = kNobody;
  Day from = 0;
  Day to = kNever;
  bool acknowledged = false;
};

enum class Verdict : std::uint8_t { kPending, kNotOpened, kOpened, kJoined };

struct Report {
  Id id;
  std::uint32_t unit = 0;
  Day received = 0;
  Day protected_on = kNever;
  Day decided_on = kNever;
  std::uint32_t investigation = kNobody;  // that it led to or joined, by its place in the case
  std::uint32_t primary = kNobody;        // the report of the same incident, by its place in the case
  Verdict verdict = Verdict::kPending;
  std::string_view reporter;
  std::vector<std::string_view> concerns;
  bool crime = false;
  bool misfiled = false;
  std::vector<Day> contacts;
};

struct Request {
  Id id;
  Day on = 0;
  Day answered = kNever;
};
struct Extension {
  Day on = 0;
  Day new_end = 0;
};
struct Instrument {
  std::string_view code;
  std::string_view reason;  // why it was not used; empty where it was
  Day on = 0;
  std::uint32_t unit = 0;  // of who wrote it down
  std::string_view domain{};
  std::string_view level{};
};
struct Need {
  std::string_view area;
  std::string_view level;
  std::uint32_t unit = 0;  // of who assessed it
  Day on = 0;
};
enum class Voice : std::uint8_t { kNotRecorded, kNotHeard, kHeard, kHeardAlone };

struct Investigation {
  Id id;
  std::uint32_t unit = 0;
  Day opened = 0;
  Day concluded = kNever;
  Day informed = kNever;    // a party, that it is open
  Day considered = kNever;  // a follow-up, and decided against
  bool clock = true;
  bool late_in_day = false;  // opened at or after 16:00, said to the minute
  bool declined = false;
  bool crime = false;
  Voice voice = Voice::kNotRecorded;
  std::string_view outcome;
  std::string_view not_heard;
  std::string_view no_follow_up;  // the reason recorded; empty: none was
  std::vector<Extension> extensions;
  std::vector<Instrument> instruments;
  std::vector<Need> needs;
  std::vector<Request> requests;  // for information
  std::vector<Day> contacts;
};

struct Proposal {
  std::uint32_t investigation = 0;
  std::uint32_t unit = 0;
  std::string_view method;
  std::string_view provider_kind;  // once it has begun
  std::string_view help{};         // likewise: the method, or "placement"
  Day on = 0;
  bool granted = false;
  bool declined = false;
  bool consented = false;
  bool withdrawn = false;
  std::string provider{};  // once it has begun
};

struct FollowUp {
  Id id;
  std::uint32_t investigation = kNobody;
  Day decided = 0;
  Day checked = kNever;
  Day ended = kNever;
};

struct Intervention {
  Id id;
  std::uint32_t unit = 0;
  std::string_view method;
  std::string_view provider_kind;
  std::string provider;
  std::string_view goal;
  Day started = 0;
  Day ended = kNever;
  int measurements = 0;
  bool executed = false;
  bool reviewed = false;
};

struct Spell {
  Day from = 0;
  std::string_view form;
  std::string_view law;
  std::string home;
  bool moved = false;  // to another home; else the law changed, or it began
};
struct Visit {
  Day on = 0;
  bool alone = false;
};
struct Review {
  Day on = 0;
  std::size_t spell = 0;  // in which it was held
};
struct Placement {
  Id id;
  std::uint32_t unit = 0;
  std::uint32_t investigation = kNobody;  // that it names, by its place in the case
  std::vector<Spell> spells;              // by day; the last goes on to the end
  Day ended = kNever;
  std::vector<Visit> visits;
  std::vector<Review> reviews;
  std::vector<Day> care_orders_ended;
};
// Taken at once (LVU 6), and what the board and the court did then.
struct Custody {
  Id id;
  Day decided = 0;
  Day executed = kNever;
  Day submitted = kNever;
  Day ruled = kNever;
  Day set_aside = kNever;
  Day applied = kNever;
  Day ceased = kNever;
};
// That grants care of a child who lives away from home already.
struct Judgment {
  Id matter;
  Day final_on = 0;
  Day begun = kNever;
};
struct Move {
  Day requested = 0;
  Day answered = kNever;
};

struct Wait {
  Id entry;
  Id matter;
  std::uint32_t investigation = 0;
  std::uint32_t unit = 0;
  std::string_view queue;
  std::string_view left_reason;
  Micros at = 0;
  Day from = 0;
  Day to = kNever;
  std::vector<std::pair<Day, int>> scores;
};

struct Period {
  Day from = 0;
  Day to = kNever;
};
enum class Giving : std::uint8_t { kGiven, kInterrupted, kTerminated };
struct GivingStep {
  Day on = 0;
  Giving what = Giving::kGiven;
};
struct Filing {
  Day quarter_ends = 0;
  std::string_view reason;
  Day on = 0;
};
// Help that was granted, and when it was given.
struct Granted {
  Id id;
  std::uint32_t unit = 0;
  std::string_view kind;
  Day decided = 0;
  Day executed = kNever;
  std::vector<GivingStep> steps{};  // in order
  std::vector<Filing> filings{};    // that it was not
};

struct Status {
  Id placement;
  std::string_view domain;
  std::string_view phase;
  Day on = 0;
};

struct Goal {
  std::string_view horizon;
  std::string_view state;
  Day due = kNever;
};
struct PlanOffer {
  Id investigation;
  std::uint32_t unit = 0;
  Day on = 0;
  std::string_view answer;
  Day accepted = kNever;
};
struct Plan {
  Id id;
  std::uint32_t unit = 0;
  std::string_view kind;
  Day on = 0;
  std::vector<std::string_view> lacks;  // of what the law wants of it
  std::vector<Goal> goals;
  Id made_for{};
};
struct Offence {
  Id id;
  std::uint32_t unit = 0;
  std::string_view group;
  Day on = 0;
  int age = 0;
  bool refrained = false;  // decided not to offer mediation, and why
  std::string_view reason{};
  bool offered = false;
  bool accepted = false;
  bool held = false;
};
struct Promise {
  Id id;
  std::uint32_t unit = 0;
  std::string_view to;
  Day made = 0;
  Day due = kNever;
  Day kept = kNever;
};
// Help to people whom nobody asks who they are.
struct Service {
  std::uint32_t unit = 0;
  std::string_view kind;
  std::string_view band;
  Day on = 0;
  std::int64_t people = 0;
};
struct Collaboration {
  Id id;
  Id agreed_in;  // the matter in which consent was given
  std::uint32_t unit = 0;
  std::string_view kind;
  std::string_view consent;
  Day started = 0;
  Day met = kNever;  // the last time
  Day ended = kNever;
};

struct Case {
  Id id;
  std::string ref;
  std::optional<Day> birth;
  std::optional<Day> expected_birth;  // where the file was opened before the birth
  bool girl = false;
  std::string area;  // where the child lives now
  bool is_protected = false;
  std::vector<Report> reports;
  std::vector<Investigation> investigations;
  std::vector<Proposal> proposals;
  std::vector<FollowUp> follow_ups;
  std::vector<Intervention> interventions;
  std::vector<Placement> placements;
  std::vector<Wait> waits;
  std::vector<Custody> custodies;
  std::vector<Judgment> judgments;
  std::vector<Move> moves;
  std::vector<Period> coercion;  // custody and care by law
  std::vector<Granted> decisions;
  std::vector<Status> statuses;
  std::vector<PlanOffer> plan_offers;  // of SIP
  std::vector<Plan> plans;
  std::vector<Collaboration> collaborations;
  std::vector<Offence> offences;
  std::vector<Promise> promises;
  std::vector<Day> contacts;  // of any kind, with child or family
  std::vector<Assignment> assignments;
  std::vector<Day> active;  // on which something of the child occurred, as it was written; often the same again
  Day closed = kNever;
  std::map<std::uint32_t, Id> help_ids;  // of interventions and placements, by MatterKey
};

struct Employment {
  std::uint32_t unit = 0;
  Day from = 0;
  Day to = kNever;
};

struct Board {
  std::vector<std::unique_ptr<Case>> cases;  // by CaseKey; null where there is no file
  std::vector<std::string> units;
  std::vector<std::string> workers;
  std::vector<Employment> employments;  // by worker
  std::vector<Service> services;
};

// The one with this id; there is one.
template <class Item>
[[nodiscard]] Item& find_known(std::vector<Item>& items, const Id& id) {
  return *std::find_if(items.begin(), items.end(), [&](const Item& one) { return one.id == id; });
}

// Questions as they are asked, each with the part of its answer that must be found:
//   [{ question, asked: {parameter: value}, answer: {…}, hidden: true where small counts may be null }]
[[nodiscard]] boost::json::array answers(const Board& board, Day today);

}  // namespace minne::generate::known
