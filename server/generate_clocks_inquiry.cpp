// Clocks of what is reported and investigated, and of what is promised on the way.
#include "server/generate_clocks.h"

#include <algorithm>

namespace minne::generate::known {
namespace {

constexpr int kAdult = 18;
constexpr Day kTwoWeeks = 14;
constexpr int kCheckMonths = 2;

Day opened_after(const Case& file, std::size_t investigation) {
  return investigation + 1 < file.investigations.size() ? file.investigations[investigation + 1].opened : kNever;
}

// At once (SoL 20:4): the same day, or the next where it was late in the day.
std::vector<Clock> inform_parties(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.investigations) {
    if (!born_by(file, item.opened)) continue;
    out.push_back(fixed(item.id, item.opened, item.opened + (item.late_in_day ? 1 : 0)));
    out.back().met = item.informed;
  }
  return out;
}

// After a no, until another investigation takes the question over (SoL 23:1, 23:5).
std::vector<Clock> decide_follow_up(const Case& file) {
  std::vector<Clock> out;
  for (std::size_t i = 0; i < file.investigations.size(); ++i) {
    const auto& item = file.investigations[i];
    if (item.concluded == kNever || !item.declined) continue;
    auto& clock = out.emplace_back(fixed(item.id, item.concluded, item.concluded + kTwoWeeks));
    clock.met = item.considered;
    for (const auto& one : file.follow_ups) {
      if (one.investigation == i) clock.met = std::min(clock.met, one.decided);
    }
    clock.cancelled = opened_after(file, i);
    clock.until = birthday(file, kAdult);
  }
  return out;
}

std::vector<Clock> check_follow_up(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.follow_ups) {
    auto& clock = out.emplace_back(fixed(item.id, item.decided, add_months(item.decided, kCheckMonths)));
    clock.met = item.checked;
    clock.cancelled = std::min(item.ended, opened_after(file, item.investigation));
    clock.until = birthday(file, kAdult);
  }
  return out;
}

std::vector<Clock> keep_promise(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.promises) {
    if (item.due == kNever) continue;
    out.push_back(fixed(item.id, item.made, item.due));
    out.back().met = item.kept;
  }
  return out;
}

// A plan that names no investigation answers for every one in which it was agreed on (SoL 10:8).
std::vector<Clock> start_sip(const Case& file) {
  std::vector<Clock> out;
  for (const auto& offer : file.plan_offers) {
    if (offer.accepted == kNever) continue;
    auto& clock = out.emplace_back(fixed(offer.investigation, offer.accepted, offer.accepted + kTwoWeeks));
    for (const auto& plan : file.plans) {
      const bool answers = plan.made_for.is_nil() || plan.made_for == offer.investigation;
      if (plan.kind == "sip" && answers && plan.on >= offer.accepted) clock.met = std::min(clock.met, plan.on);
    }
  }
  return out;
}

// To the day on which the child is expected; its birth, not the day on which that was heard of, ends what is left.
Clock unborn(const Case& file, const Id& matter, Day started, Day decided) {
  auto out = fixed(matter, started, *file.expected_birth);
  out.met = decided;
  out.cancelled = file.birth.value_or(kNever);
  return out;
}

std::vector<Clock> before_birth(const Case& file) {
  std::vector<Clock> out;
  if (!file.expected_birth) return out;
  for (const auto& item : file.reports) {
    if (born_by(file, item.received)) continue;
    const bool joined = item.verdict == Verdict::kJoined;
    auto& clock = out.emplace_back(unborn(file, item.id, item.received, joined ? kNever : item.decided_on));
    if (joined) clock.cancelled = std::min(clock.cancelled, item.decided_on);
    if (item.misfiled) clock.cancelled = item.received;
  }
  for (const auto& item : file.investigations) {
    if (!born_by(file, item.opened)) out.push_back(unborn(file, item.id, item.opened, item.concluded));
  }
  return out;
}

}  // namespace

std::vector<ClockRule> inquiry_clocks() {
  return {{"INFORM_PARTIES", inform_parties}, {"FU_DECIDE", decide_follow_up}, {"FU_CHECK", check_follow_up},
          {"COMMITMENT", keep_promise},       {"SIP_START", start_sip},        {"UNBORN", before_birth}};
}

}  // namespace minne::generate::known
