// Clocks of care by law, and of children who live away from home.
#include "server/generate_clocks.h"

#include <algorithm>

namespace minne::generate::known {
namespace {

constexpr int kAdult = 18;
constexpr Day kWeek = 7;
constexpr Day kTwoWeeks = 14;
constexpr int kEmergencyMonths = 2;
constexpr int kReviewMonths = 6;
constexpr int kCustodyMonths = 24;

// ---- Taken at once -------------------------------------------------------------------------------------------------

// From the decision, executed or not (LVU 7; JO 9081-2020).
std::vector<Clock> submit(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.custodies) {
    auto& clock = out.emplace_back(adjusting(item.id, item.decided, item.decided + kWeek));
    clock.met = item.submitted;
    clock.cancelled = item.ceased;
    clock.lapses = true;
  }
  return out;
}

// It reaches the court on the day when it is submitted.
std::vector<Clock> court_rules(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.custodies) {
    if (item.submitted == kNever) continue;
    auto& clock = out.emplace_back(adjusting(item.id, item.submitted, item.submitted + kWeek));
    clock.met = item.ruled;
    clock.cancelled = item.ceased;
  }
  return out;
}

std::vector<Clock> apply_for_care(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.custodies) {
    if (item.executed == kNever) continue;
    auto& clock = out.emplace_back(adjusting(item.id, item.executed, item.executed + 4 * kWeek));
    clock.met = item.applied;
    clock.cancelled = std::min(item.ceased, item.set_aside);
    clock.lapses = true;
  }
  return out;
}

// Who is in custody is placed already; of who lives away from home by consent, care begins with the change (LVU 5).
std::vector<Clock> start_care(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.judgments) {
    auto& clock = out.emplace_back(adjusting(item.matter, item.final_on, item.final_on + 4 * kWeek));
    clock.met = item.begun;
    clock.lapses = true;
  }
  return out;
}

// The law gives no time; the board's is two weeks (LVU 21 b). Nobody here decides.
std::vector<Clock> follow_up_after_care(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.placements) {
    for (const Day ended : item.care_orders_ended) {
      out.push_back(fixed(item.id, ended, ended + kTwoWeeks));
      out.back().until = birthday(file, kAdult);
    }
  }
  return out;
}

// ---- Reviews -------------------------------------------------------------------------------------------------------

// Each six months from the one before, while one law holds, wherever the child lives.
void review(const Case& file, const Placement& item, std::size_t first, std::vector<Clock>& out) {
  std::size_t after = first + 1;
  while (after < item.spells.size() && item.spells[after].law == item.spells[first].law) ++after;
  const auto start = [&](Day on) {
    out.push_back(adjusting(item.id, on, add_months(on, kReviewMonths)));
    out.back().until = birthday(file, kAdult);
  };
  start(item.spells[first].from);
  for (const auto& one : item.reviews) {
    if (one.spell < first || one.spell >= after) continue;
    out.back().met = one.on;
    start(one.on);
  }
  out.back().cancelled = after < item.spells.size() ? item.spells[after].from : item.ended;
}

std::vector<Clock> reviews_under(const Case& file, std::string_view law) {
  std::vector<Clock> out;
  for (const auto& item : file.placements) {
    for (std::size_t i = 0; i < item.spells.size(); ++i) {
      const bool begins = i == 0 || item.spells[i - 1].law != law;
      if (item.spells[i].law == law && begins) review(file, item, i, out);
    }
  }
  return out;
}

std::vector<Clock> review_by_consent(const Case& file) { return reviews_under(file, "sol"); }
std::vector<Clock> review_by_law(const Case& file) { return reviews_under(file, "lvu_2"); }

// ---- In one home ---------------------------------------------------------------------------------------------------

struct Stay {
  std::string_view form;
  std::string_view law;  // at its beginning
  Day from = 0;
  Day to = kNever;
  bool first = false;
};

std::vector<Stay> stays_in(const Placement& item) {
  std::vector<Stay> out;
  for (const auto& spell : item.spells) {
    if (!out.empty() && !spell.moved) continue;
    if (!out.empty()) out.back().to = spell.from;
    out.push_back({spell.form, spell.law, spell.from, item.ended, out.empty()});
  }
  return out;
}

// The investigation that the placement names; where the child came by a move or nothing is named, each that ends
// meanwhile (SoL 22:4).
bool leads_to(const Placement& item, const Stay& stay, std::size_t investigation, Day concluded) {
  if (concluded == kNever || concluded > stay.to) return false;
  if (stay.first && item.investigation != kNobody) return item.investigation == investigation;
  return concluded >= stay.from;
}

std::vector<Clock> emergency_home(const Case& file) {
  std::vector<Clock> out;
  for (const auto& item : file.placements) {
    for (const auto& stay : stays_in(item)) {
      if (stay.form != "emergency_home") continue;
      for (std::size_t i = 0; i < file.investigations.size(); ++i) {
        const Day concluded = file.investigations[i].concluded;
        if (!leads_to(item, stay, i, concluded)) continue;
        out.push_back(adjusting(item.id, concluded, add_months(concluded, kEmergencyMonths)));
        out.back().met = stay.to;
        out.back().until = birthday(file, kAdult);
      }
    }
  }
  return out;
}

bool is_family_home(std::string_view form) {
  return form == "foster_home" || form == "network_home" || form == "treatment_family";
}

// From the day when the child came to the home, by the law of that day: a change of the ground does not count anew.
std::vector<Clock> transfer_of_custody(const Case& file, bool by_law) {
  std::vector<Clock> out;
  for (const auto& item : file.placements) {
    for (const auto& stay : stays_in(item)) {
      if (!is_family_home(stay.form) || (stay.law != "sol") != by_law) continue;
      out.push_back(adjusting(item.id, stay.from, add_months(stay.from, kCustodyMonths)));
      out.back().cancelled = stay.to;
      out.back().until = birthday(file, kAdult);
    }
  }
  return out;
}

std::vector<Clock> transfer_by_consent(const Case& file) { return transfer_of_custody(file, false); }
std::vector<Clock> transfer_by_law(const Case& file) { return transfer_of_custody(file, true); }

}  // namespace

std::vector<ClockRule> custody_clocks() {
  return {{"LVU_SUBMIT_1W", submit},
          {"LVU_COURT_1W", court_rules},
          {"LVU_APPLY_4W", apply_for_care},
          {"LVU_START_4W", start_care},
          {"LVU_FU_DECIDE", follow_up_after_care}};
}

std::vector<ClockRule> placement_clocks() {
  return {{"CARE_REVIEW_6M", review_by_consent},
          {"LVU_2_6M", review_by_law},
          {"JOUR_2M", emergency_home},
          {"CUSTODY_2Y", transfer_by_consent},
          {"LVU_CUSTODY_2Y", transfer_by_law}};
}

}  // namespace minne::generate::known
