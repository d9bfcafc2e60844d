// Children of the synthetic board: who they are, how many reports their year holds, and when a file is done.
#include "server/generate_board.h"

#include <algorithm>

namespace minne::generate {
namespace {

constexpr std::uint64_t kEventsPerTenReports = 395;   // measured, an investigation's share included
constexpr std::uint64_t kReportsPerTenEpisodes = 23;  // measured: planned ones, same incidents, siblings
constexpr std::uint64_t kPlantedEvents = 900;
constexpr std::uint64_t kTenthsOfYears = 35;  // a small board is made so small that this many tenths come out
constexpr std::size_t kPoolYears = 2;
constexpr int kQuietDays = 450;  // longer than any window that a query looks back over
constexpr Day kYear = 365;

// Reports of a child in a year: 1, 2, 3, 4, 5, 6-9, 10 and more.
constexpr std::array<std::uint16_t, 7> kReportsWeights = {620, 190, 80, 45, 25, 30, 10};
constexpr std::array<std::uint16_t, 8> kTail = {10, 10, 11, 12, 13, 15, 18, 24};

struct AgeBand {
  int from = 0;
  int to = 0;  // not included
};
constexpr std::array<AgeBand, 4> kNorrtaljeBands = {{{0, 7}, {7, 12}, {12, 18}, {18, 20}}};
constexpr std::array<std::uint16_t, 4> kNorrtaljeAges = {20, 22, 52, 6};
constexpr std::array<AgeBand, 4> kNationalBands = {{{0, 7}, {7, 13}, {13, 18}, {18, 20}}};
constexpr std::array<std::uint16_t, 4> kNationalAges = {33, 33, 30, 4};

constexpr std::array<std::string_view, 8> kNorrtaljeAreas = {
    "Norrtälje stad", "Vigelsjö", "Hallstavik", "Rimbo", "Älmsta", "Grisslehamn", "Bergshamra", "Spillersboda"};
constexpr std::array<std::string_view, 11> kStockholmAreas = {
    "Järva",     "Hässelby-Vällingby",   "Bromma", "Kungsholmen",      "Norra innerstaden",
    "Södermalm", "Enskede-Årsta-Vantör", "Farsta", "Hägersten-Älvsjö", "Skarpnäck",
    "Skärholmen"};
constexpr std::array<std::string_view, 11> kStockholmUnits = {"jarva",       "hasselby",  "bromma",    "kungsholmen",
                                                              "innerstaden", "sodermalm", "eav",       "farsta",
                                                              "hagersten",   "skarpnack", "skarholmen"};

// Of sixteen: when people report.
constexpr std::array<std::uint32_t, 12> kMonths = {15, 14, 15, 14, 15, 13, 8, 11, 15, 15, 16, 13};
constexpr std::array<std::uint32_t, 7> kWeekdays = {16, 14, 13, 13, 12, 2, 2};
constexpr std::array<std::uint16_t, 11> kReporters = {26, 8, 13, 4, 2, 13, 9, 7, 1, 5, 7};
constexpr std::size_t kPolice = 0;
constexpr std::size_t kSchool = 1;
constexpr std::size_t kPreschool = 3;
constexpr std::array<std::uint16_t, 24> kDayHours = {0, 0,  0,  0, 0, 0, 1, 4, 10, 14, 14, 11,
                                                     7, 12, 12, 9, 6, 3, 2, 1, 1,  1,  0,  0};
constexpr std::array<std::uint16_t, 24> kPoliceHours = {9, 7, 5, 3, 2, 2, 2, 3, 4,  5,  5,  5,
                                                        5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 11, 10};

bool likely_day(Random& random, Day day, std::size_t reporter) {
  const auto date = civil(day);
  auto month = kMonths[static_cast<std::size_t>(date.month - 1)];
  if (date.month == 12 && date.day > 20) month = 7;
  if (reporter == kSchool && date.month == 7) month = 1;
  const auto week = reporter == kPolice ? 13 : kWeekdays[static_cast<std::size_t>(weekday(day))];
  return random.below(16 * 16) < month * week;
}

}  // namespace

// ---- The board -----------------------------------------------------------------------------------------------------

void Simulation::start_board() {
  const bool stockholm = options_.profile == BoardProfile::kStockholm;
  const std::uint64_t most = stockholm ? 40'000 : 3'000;
  const std::uint64_t planted = std::min(options_.events / 8, kPlantedEvents);
  const std::uint64_t fitting = (options_.events - planted) * 100 / (kEventsPerTenReports * kTenthsOfYears);
  const auto reports = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(fitting, 6, most));
  episodes_per_year_ = static_cast<std::uint32_t>((reports * 10 + kReportsPerTenEpisodes - 1) / kReportsPerTenEpisodes);
  pool_.assign(std::max<std::size_t>(64, episodes_per_year_ * kPoolYears), kNone);

  first_day_ = day_of(2021, 1, 4);
  now_ = from_local(first_day_, 0);
  writer_.set_clock(now_);
  const std::uint32_t district_count = std::clamp<std::uint32_t>(reports / 800, 1, stockholm ? 11 : 3);
  for (std::uint32_t i = 0; i < district_count; ++i) {
    const std::string name = stockholm ? std::string{kStockholmUnits[i]} + '-' : std::string{};
    const std::string number = stockholm ? std::string{} : '-' + std::to_string(i + 1);
    const auto unit = static_cast<UnitKey>(units_.size());
    for (const auto* kind : {"mottagning", "utredning"}) {
      known_.units.push_back(name + kind + number);
      units_.push_back({known_.units.back(), 0, {}});
    }
    districts_.push_back({std::string{kStockholmAreas[i]}, unit, unit + 1});
  }
  start_staff(reports);

  // The years already running when the log begins.
  for (std::uint32_t i = 0; i < episodes_per_year_; ++i)
    start_episode(first_day_ - static_cast<Day>(random_.below(kYear)));
  plant_cases();
  push(Action::kDay, from_local(first_day_, 1), kNone);
}

void Simulation::new_day() {
  episode_credit_ += std::int64_t{episodes_per_year_} * 65'536 / kYear;
  while (episode_credit_ > 0) {
    episode_credit_ -= random_.between(1, 131'071);
    start_episode(today());
  }
  attrition();
  work_of_the_day();
  send_absence_reports();
  push(Action::kDay, from_local(today() + 1, 1), kNone);
}

// ---- Children ------------------------------------------------------------------------------------------------------

CaseKey Simulation::new_child(bool allow_unborn) {
  const bool stockholm = options_.profile == BoardProfile::kStockholm;
  auto child = std::make_unique<Child>();
  child->id = random_.id();
  child->number = static_cast<std::uint32_t>(children_.size()) + 1;
  child->district = random_.below(static_cast<std::uint32_t>(districts_.size()));
  child->area = random_.below(kNorrtaljeAreas.size());
  child->girl = random_.chance(4500);
  child->unborn = allow_unborn && random_.chance(80);
  if (child->unborn) {
    child->expected_birth = today() + random_.between(90, 210);
    child->birth = child->expected_birth + random_.between(-14, 14);
  } else {
    const auto band =
        stockholm ? kNationalBands[random_.pick(kNationalAges)] : kNorrtaljeBands[random_.pick(kNorrtaljeAges)];
    child->birth = today() - band.from * 365 - band.from / 4 - random_.between(0, (band.to - band.from) * 365 - 1);
  }
  if (const auto birth = civil(child->birth); birth.month == 2 && birth.day == 29) --child->birth;
  const int age = child->unborn ? 0 : age_on(child->birth, today());
  child->main_concern = static_cast<std::uint8_t>(random_.pick(concern_weights(age)));
  children_.push_back(std::move(child));
  return static_cast<CaseKey>(children_.size() - 1);
}

CaseKey Simulation::returning_child() {
  for (int attempt = 0; attempt < 4; ++attempt) {
    const CaseKey key = pool_[random_.below(static_cast<std::uint32_t>(pool_.size()))];
    if (key == kNone || children_[key] == nullptr) continue;
    const auto& child = child_of(key);
    if (child.busy_until < today() && !child.unborn && age_on(child.birth, today()) < 20) return key;
  }
  return kNone;
}

void Simulation::start_episode(Day from) {
  CaseKey key = random_.chance(3000) ? returning_child() : kNone;
  if (key == kNone) {
    const auto enter = [this](CaseKey entered) {
      auto& place = pool_[pool_next_++ % pool_.size()];
      if (place != kNone && children_[place] != nullptr) {
        child_of(place).in_pool = false;
        push(Action::kForget, now_ + kQuietDays * 24 * kHour, place);
      }
      place = entered;
      child_of(entered).in_pool = true;
    };
    key = new_child(true);
    enter(key);
    if (!child_of(key).unborn && random_.chance(2200)) {
      std::vector<CaseKey> family = {key};
      const int others = random_.chance(3500) ? 2 : 1;
      for (int i = 0; i < others; ++i) {
        const CaseKey sibling = new_child(false);
        child_of(sibling).district = child_of(key).district;
        child_of(sibling).area = child_of(key).area;
        enter(sibling);
        family.push_back(sibling);
      }
      for (const CaseKey member : family) {
        for (const CaseKey other : family) {
          if (other != member) child_of(member).siblings.push_back(other);
        }
      }
    }
  }
  plan_reports(key, from);
}

void Simulation::plan_reports(CaseKey key, Day from) {
  child_of(key).busy_until = from + kYear;
  int count = static_cast<int>(random_.pick(kReportsWeights)) + 1;
  if (count == 6) {
    count = random_.between(6, 9);
  } else if (count == 7) {
    count = kTail[random_.below(kTail.size())];
  }
  for (int i = 0; i < count; ++i) {
    std::size_t reporter = random_.pick(kReporters);
    const auto& child = child_of(key);
    const int age = child.unborn ? 0 : age_on(child.birth, today());
    if (child.main_concern == kAbsence && random_.chance(7500)) reporter = kSchool;
    if (reporter == kPreschool && age >= 7) reporter = kSchool;
    if (reporter == kSchool && age < 6) reporter = kPreschool;
    Day day = from + static_cast<Day>(random_.below(kYear));
    for (int attempt = 0; attempt < 40 && !likely_day(random_, day, reporter); ++attempt) {
      day = from + static_cast<Day>(random_.below(kYear));
    }
    if (day >= today() && day > first_day_) queue_report(key, day, reporter, 0);
  }
}

// A report reaches the board at any hour; whoever is on call or at work next writes it down.
void Simulation::queue_report(CaseKey key, Day day, std::size_t reporter, std::uint32_t primary) {
  const int hour = static_cast<int>(random_.pick(reporter == kPolice ? kPoliceHours : kDayHours));
  const int minute = hour * 60 + random_.between(0, 59);
  const Micros within = random_.below(60 * 1'000'000);
  const Micros received = std::max(from_local(day, minute) + within, now_ + kMinute);
  const bool office =
      is_working_day(local_day(received)) && local_minute(received) >= 450 && local_minute(received) < 1020;
  Micros recorded = received;
  const auto kind = random_.below(100);
  if (office && kind < 75) {
    recorded += random_.between(3, 45) * kMinute;
  } else if (office && kind < 95) {
    recorded += random_.between(60, 360) * kMinute;
  } else if (!office && kind < 50) {
    recorded += random_.between(10, 60) * kMinute;
  } else {
    const int days = office ? random_.between(1, 4) : local_minute(received) >= 450 ? 1 : 0;
    recorded = from_local(working_day_from(local_day(received) + days), 480 + random_.between(0, 90));
    recorded = std::max(recorded, received + kMinute);
  }
  push(Action::kReport, recorded, key, static_cast<MatterKey>(reporter) | primary << 8U,
       static_cast<std::uint32_t>((recorded - received) / kSecond));
}

void Simulation::open_file(CaseKey key, Moment at, WorkerKey actor) {
  auto& child = child_of(key);
  const bool stockholm = options_.profile == BoardProfile::kStockholm;
  std::string number = std::to_string(++files_);
  number.insert(0, number.size() < 6 ? 6 - number.size() : 0, '0');
  child.ref = (stockholm ? "S-" : "N-") + std::to_string(civil(today()).year) + '-' + number;
  std::string reserve = std::to_string(child.number);
  reserve.insert(0, reserve.size() < 6 ? 6 - reserve.size() : 0, '0');
  reserve.insert(0, "RES-");
  SubjectFacts facts;
  facts.external_ref = child.ref;
  facts.reserve_id = reserve;
  facts.area = stockholm ? std::string_view{districts_[child.district].area} : kNorrtaljeAreas[child.area];
  if (child.unborn) {
    facts.expected_birth = child.expected_birth;
  } else {
    facts.birth = child.birth;
    facts.sex = child.girl ? "female" : "male";
  }
  ledger_.open_case(key, child.id, child.ref);
  if (known_.cases.size() <= key) known_.cases.resize(key + 1);
  known_.cases[key] = std::make_unique<known::Case>();
  by_stream_[child.id] = key;
  auto& file = known_of(key);
  file.id = child.id;
  file.ref = child.ref;
  file.girl = child.girl;
  file.area = facts.area;
  if (!child.unborn) file.birth = child.birth;
  if (child.unborn) file.expected_birth = child.expected_birth;
  if (child.unborn) {
    const Micros known = work_moment(working_day_from(child.birth + random_.between(2, 12)));
    push(Action::kBirth, known, key);
  } else {
    ledger_.born(key, child.birth);
    if (child.script == kNone && random_.chance(3500))
      push(Action::kFacts, now_ + random_.between(40, 400) * kMinute, key);
  }
  writer_.case_opened(head(child, {}, at, actor, Law::kDocument), facts);
}

void Simulation::record_facts(const Item& item) {
  auto& child = child_of(item.child);
  const bool moved = random_.chance(1500);
  const int age = age_on(child.birth, today());
  std::string school;
  SubjectFacts facts;
  if (moved) {
    const auto area = random_.below(kNorrtaljeAreas.size());
    facts.area = options_.profile == BoardProfile::kStockholm ? std::string_view{districts_[child.district].area}
                                                              : kNorrtaljeAreas[area];
    facts.source = "population_register";
    known_of(item.child).area = facts.area;
  } else {
    school = (age < 6 ? "förskola " : age < 16 ? "skola " : "gymnasium ") + std::to_string(random_.between(1, 24));
    facts.school = school;
    facts.source = "guardian";
  }
  const auto at = moment(now_ - random_.between(0, 30) * kMinute, 2000);
  writer_.subject_facts(head(child, {}, at, actor_for(child, 0), Law::kDocument), facts);
  if (!moved && random_.chance(2500)) push(Action::kFacts, now_ + random_.between(60, 300) * 24 * kHour, item.child);
}

void Simulation::record_birth(const Item& item) {
  auto& child = child_of(item.child);
  child.unborn = false;
  SubjectFacts facts;
  facts.birth = child.birth;
  facts.sex = child.girl ? "female" : "male";
  facts.source = "health_care";
  ledger_.born(item.child, child.birth);
  known_of(item.child).birth = child.birth;
  // What was opened since the birth, and before it was written down, concerned a child: its clock runs after all.
  for (auto& one : known_of(item.child).investigations) one.clock |= one.opened >= child.birth;
  if (child.investigation.open) child.investigation.clock |= child.investigation.opened >= child.birth;
  const Moment at{from_local(child.birth, 0), true};
  writer_.subject_facts(head(child, {}, at, actor_for(child, 0), Law::kDocument), facts);
}

// A file without anything running or to come, quiet for longer than any query looks back.
void Simulation::forget(const Item& item) {
  auto& child = child_of(item.child);
  const bool held =
      std::any_of(child.reports.begin(), child.reports.end(), [](const Report& r) { return r.worker != kNone; });
  const bool recent = !child.reports.empty() && child.reports.back().day > today() - kQuietDays;
  if (child.script != kNone || child.in_pool) return;
  if (child.pending > 0 || held || recent || child.investigation.open) {
    return push(Action::kForget, now_ + Micros{100} * 24 * kHour, item.child);
  }
  if (!child.ref.empty() && undecided(child).empty()) {
    known_of(item.child).closed = today();
    writer_.case_closed(head(child, {}, {now_, false}, leader_for(child, 0), Law::kDocument));
  }
  ledger_.forget(item.child);
  children_[item.child].reset();
}

}  // namespace minne::generate
