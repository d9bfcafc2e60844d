#include "server/generate.h"

#include "events/check.h"
#include "server/generate_board.h"
#include "server/generate_clocks.h"

#include <fmt/format.h>

#include <algorithm>

namespace minne {
namespace generate {
namespace {

// By hour of the local day.
constexpr std::array<std::uint16_t, 24> kOfficeHours = {0, 0,  0,  0,  0, 0, 0, 0, 12, 16, 16, 12,
                                                        6, 14, 14, 12, 6, 2, 0, 0, 0,  0,  0,  0};
constexpr std::uint64_t kMostPerItem = 16;

std::uint64_t stream_seed(const GenerateOptions& options) {
  const std::string name =
      fmt::format("{}/{}/{}/{}", options.board, to_text(options.profile), to_text(options.stress), options.seed);
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(name.data()), name.size()});
  std::uint64_t seed = 0;
  for (std::size_t i = 0; i < 8; ++i) seed = seed << 8U | digest[i];
  return seed;
}

}  // namespace

Simulation::Simulation(GenerateOptions options)
    : options_(std::move(options)), random_(stream_seed(options_)), writer_(options_, random_) {
  start_board();
}

std::optional<GeneratedEvent> Simulation::next() {
  auto& out = writer_.out();
  while (handed_out_ == out.size()) {
    if (writer_.position() == options_.events) return std::nullopt;
    out.clear();
    writer_.occurred().clear();
    handed_out_ = 0;
    step();
    note_activity();
  }
  return std::move(out[handed_out_++]);
}

// An append that no longer fits would be cut in two, which the log would have refused: notes take its place.
void Simulation::step() {
  const Item item = queue_.top();
  queue_.pop();
  if (item.child != kNone) --child_of(item.child).pending;
  CHECK(item.at >= now_);
  now_ = item.at;
  writer_.set_clock(now_);
  const std::uint64_t left = options_.events - writer_.position();
  if (most_events(item) > left) return fill(left);
  fire(item);
  CHECK(writer_.position() <= options_.events);
}

void Simulation::note_activity() {
  const auto& out = writer_.out();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto found = by_stream_.find(out[i].stream);
    if (found == by_stream_.end()) continue;
    // To close a file notes nothing about the child.
    if (event_in(out[i].event.bytes).body_type() == Body::CaseClosed) continue;
    auto& active = known_of(found->second).active;
    const Day day = local_day(writer_.occurred()[i]);
    if (active.empty() || active.back() != day) active.push_back(day);
  }
}

std::uint64_t Simulation::most_events(const Item& item) const {
  switch (item.action) {
    case Action::kDay:
    case Action::kForget:
    case Action::kStaffJoins:
      return 1;
    case Action::kReport:
      return 2 + 2 * children_[item.child]->siblings.size();
    case Action::kStaffLeaves:
      return workers_[item.matter].held.size() + 1;
    case Action::kDecide:
    case Action::kJoin:
    case Action::kConclude: {
      const auto open = undecided(*children_[item.child]).size();
      return kMostPerItem + 2 * open;  // each may need its assessment or its joining, and the end of its assignment
    }
    default:
      return kMostPerItem;
  }
}

void Simulation::fire(const Item& item) {
  switch (item.action) {
    case Action::kDay:
      return new_day();
    case Action::kReport:
      return child_of(item.child).script == kNone ? receive_report(item) : receive_planted(item);
    case Action::kProtect:
      return protect(item);
    case Action::kAssign:
      return assign(item);
    case Action::kNote:
      return note(item);
    case Action::kSupplement:
      return supplement(item);
    case Action::kMarkIncident:
      return mark_incident(item);
    case Action::kExtendPreliminary:
      return extend_preliminary(item);
    case Action::kCorrect:
      return correct(item);
    case Action::kMisfile:
      return misfile(item);
    case Action::kDecide:
      return decide(item);
    case Action::kJoin:
      return join(item);
    case Action::kInform:
      return inform(item);
    case Action::kExtend:
      return extend(item);
    case Action::kConclude:
      return conclude(item);
    case Action::kReopen:
      return reopen(item);
    case Action::kHandOver:
      return hand_over(item);
    case Action::kAcknowledge:
      return acknowledge(item);
    case Action::kStaffJoins:
      return staff_joins(item);
    case Action::kStaffLeaves:
      return staff_leaves(item);
    case Action::kFacts:
      return record_facts(item);
    case Action::kBirth:
      return record_birth(item);
    case Action::kForget:
      return forget(item);
    case Action::kInquire:
      return inquire(item);
    case Action::kHelp:
      return help(item);
    case Action::kAside:
      return aside(item);
  }
}

void Simulation::fill(std::uint64_t events) {
  for (std::uint64_t i = 0; i < events; ++i) {
    now_ += random_.between(20, 90) * kSecond;
    writer_.set_clock(now_);
    if (last_stream_.is_nil()) {
      hire(0, "social_worker", today());
      continue;
    }
    const auto& worker = workers_[units_[0].leader];
    Head filling;
    filling.stream = last_stream_;
    filling.occurred = {now_, false};
    filling.actor = {worker.id, worker.role, units_[worker.unit].name, "socionom"};
    writer_.note(filling, "note");
  }
}

void Simulation::push(Action action, Micros at, CaseKey child, MatterKey matter, std::uint32_t extra) {
  if (child != kNone) ++child_of(child).pending;
  queue_.push({std::max(at, now_ + kSecond), queued_++, child, matter, extra, action});
}

void Simulation::push_occurring(Action action, Micros occurred, CaseKey child, MatterKey matter) {
  const Micros recorded = std::max(recorded_after(occurred), now_ + kMinute);
  push(action, recorded, child, matter, static_cast<std::uint32_t>((recorded - occurred) / kSecond));
}

Micros Simulation::work_moment(Day day) {
  const int hour = static_cast<int>(random_.pick(kOfficeHours));
  const int minute = random_.between(0, 59);
  const Micros within = random_.below(60 * 1'000'000);
  return from_local(day, hour * 60 + minute) + within;
}

Micros Simulation::working_days_later(int days) {
  const Micros at = work_moment(working_day_from(today() + days));
  if (at > now_) return at;
  return now_ + random_.between(5, 90) * kMinute;
}

// Mostly within minutes or hours, sometimes days later.
Micros Simulation::recorded_after(Micros occurred) {
  const auto kind = random_.below(1000);
  const Micros within = random_.below(60 * 1'000'000);
  if (kind < 760) return occurred + random_.between(1, 25) * kMinute + within;
  if (kind < 930) return occurred + random_.between(30, 240) * kMinute + within;
  const int days = kind < 980 ? 1 : random_.between(2, 6);
  return work_moment(working_day_from(local_day(occurred) + days));
}

Micros Simulation::occurred_of(const Item& item, Micros not_before) const {
  return std::min(now_, std::max(now_ - item.extra * kSecond, not_before));
}

Moment Simulation::moment(Micros at, std::uint32_t whole_day_per_ten_thousand) {
  if (random_.chance(whole_day_per_ten_thousand)) return {from_local(local_day(at), 0), true};
  return {at, false};
}

Head Simulation::head(const Child& child, const Id& matter, Moment occurred, WorkerKey actor, Law law) const {
  const auto& worker = workers_[actor];
  Head out;
  out.stream = child.id;
  out.matter = matter;
  out.occurred = occurred;
  out.actor = {worker.id, worker.role, units_[worker.unit].name, "socionom"};
  out.law = law;
  return out;
}

boost::json::object Simulation::manifest() const {
  const Day last = local_day(writer_.clock());
  boost::json::object out;
  out["board"] = options_.board;
  out["seed"] = options_.seed;
  out["profile"] = to_text(options_.profile);
  out["stress"] = to_text(options_.stress);
  out["events"] = writer_.position();
  out["first_day"] = day_text(first_day_);
  out["today"] = day_text(last);
  out["lookup_key"] = to_hex(writer_.lookup_key());
  boost::json::object counts;
  for (const auto type : events::EnumValuesBody()) {
    const auto count = writer_.counts()[static_cast<std::size_t>(type)];
    if (count != 0) counts[type_name(type)] = count;
  }
  out["workers"] = {{"joined", writer_.counts()[static_cast<std::size_t>(Body::StaffJoined)]}, {"left", workers_left_}};
  out["counts"] = std::move(counts);
  out["cases"] = ledger_.cases();
  out["planted"] = planted();
  ledger_.describe(out, last);
  known::add_clocks(known_, last, out);
  out["questions"] = known::answers(known_, last);
  return out;
}

}  // namespace generate

// ---- The public face -----------------------------------------------------------------------------------------------

class BoardGenerator::Impl : public generate::Simulation {
  using Simulation::Simulation;
};

BoardGenerator::BoardGenerator(GenerateOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
BoardGenerator::BoardGenerator(BoardGenerator&&) noexcept = default;
BoardGenerator& BoardGenerator::operator=(BoardGenerator&&) noexcept = default;
BoardGenerator::~BoardGenerator() = default;

std::optional<GeneratedEvent> BoardGenerator::next() { return impl_->next(); }
boost::json::object BoardGenerator::manifest() const { return impl_->manifest(); }

Result<BoardProfile> parse_board_profile(std::string_view name) {
  for (const auto profile : {BoardProfile::kNorrtalje, BoardProfile::kStockholm}) {
    if (to_text(profile) == name) return profile;
  }
  return invalid("a profile is norrtalje or stockholm");
}

Result<BoardStress> parse_board_stress(std::string_view name) {
  for (const auto stress : {BoardStress::kNone, BoardStress::kTurnover, BoardStress::kOverload}) {
    if (to_text(stress) == name) return stress;
  }
  return invalid("a stress is none, turnover or overload");
}

std::string_view to_text(BoardProfile profile) {
  return profile == BoardProfile::kStockholm ? "stockholm" : "norrtalje";
}

std::string_view to_text(BoardStress stress) {
  if (stress == BoardStress::kNone) return "none";
  return stress == BoardStress::kTurnover ? "turnover" : "overload";
}

Digest generated_lookup_key(const GenerateOptions& options) {
  const std::string text = "minne generated board " + options.board + std::to_string(options.seed);
  return sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace minne
