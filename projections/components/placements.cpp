#include "projections/components/placements.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"
#include "projections/legal_order.h"

#include <algorithm>
#include <map>

namespace minne {
namespace {

constexpr std::int32_t kNoEnd = INT32_MAX;
constexpr int kStatusMonths = 12;  // how old a value of school, health or teeth may be
constexpr int kAdultYears = 18;
constexpr int kAroundMonths = 12;  // before and after a placement

using Ranges = std::vector<DayRange>;

// As few as say the same, in order.
Ranges merged(Ranges ranges) {
  std::ranges::sort(ranges, {}, [](const DayRange& one) { return std::pair{one.from, one.to}; });
  Ranges out;
  for (const auto& one : ranges) {
    if (one.to < one.from) continue;
    if (!out.empty() && (out.back().to == kNoEnd || one.from <= out.back().to + 1)) {
      out.back().to = std::max(out.back().to, one.to);
    } else {
      out.push_back(one);
    }
  }
  return out;
}

Ranges common(const Ranges& some, const Ranges& others) {
  Ranges out;
  for (const auto& one : some) {
    for (const auto& other : others) out.push_back({std::max(one.from, other.from), std::min(one.to, other.to)});
  }
  return merged(std::move(out));
}

Ranges years_of(const Ranges& ranges) {
  Ranges out;
  for (const auto& one : ranges) out.push_back({year_of(one.from), one.to == kNoEnd ? kNoEnd : year_of(one.to)});
  return merged(std::move(out));
}

// Every private home that takes in a child, whoever recruited it and for however long.
bool is_family_home(std::string_view form) {
  constexpr std::array<std::string_view, 5> kForms{"foster_home", "network_home", "consulted_home", "treatment_family",
                                                   "emergency_home"};
  return std::ranges::find(kForms, form) != kForms.end();
}

bool concerns_crime(const rows::ReportT& report) {
  return std::ranges::any_of(report.concerns, [](const auto& concern) {
    return concern->code == "crime_suspicion" || concern->code == "gang";
  });
}

class Writer {
 public:
  Writer(const CaseRow& row, TallyWriter& out) : row_(row), placements_(row.get<Placements>()), out_(out) {}

  void write() {
    if (placements_.items.empty()) return;
    for (const auto& placement : placements_.items) {
      const auto spells = spells_of(*placement);
      if (spells.empty()) continue;
      for (const auto& spell : spells) {
        for (const auto& form : {std::string{}, spell.form}) {
          for (const auto& law : {std::string{}, spell.law}) by_kind_[{form, law}].push_back(spell.days);
        }
      }
      write_started(spells.front());
      write_visits(*placement, spells);
      if (placement->ended_on) write_around(spells);
    }
    for (auto& [kind, ranges] : by_kind_) {
      ranges = merged(std::move(ranges));
      write_steps(Placements::kDays, KeyWriter{}.text(kind.first).text(kind.second).str(), ranges);
      write_years(KeyWriter{}.text(kind.first).text(kind.second).str(), years_of(ranges));
    }
    write_covered();
  }

 private:
  void write_steps(std::uint8_t tally, const std::string& prefix, const Ranges& ranges) {
    for (const auto& one : ranges) {
      out_.add(tally, KeyWriter{prefix}.day(one.from).view(), 1);
      if (one.to != kNoEnd) out_.add(tally, KeyWriter{prefix}.day(one.to + 1).view(), -1);
    }
  }

  void write_years(const std::string& prefix, const Ranges& years) {
    const auto key = [&](std::int32_t year) { return KeyWriter{prefix}.u16(static_cast<std::uint16_t>(year)).str(); };
    for (const auto& one : years) {
      out_.add(Placements::kYears, key(one.from), 1);
      if (one.to != kNoEnd) out_.add(Placements::kYears, key(one.to + 1), -1);
    }
  }

  void write_started(const PlacementSpell& first) {
    out_.add(Placements::kStarted, KeyWriter{}.text(first.form).text(first.law).u16(year_of(first.days.from)).view());
  }

  void write_visits(const rows::PlacementT& placement, const std::vector<PlacementSpell>& spells) {
    for (const auto& visit : placement.visits) {
      const auto spell = std::ranges::find_if(
          spells, [&](const auto& one) { return one.days.from <= visit.on() && visit.on() <= one.days.to; });
      if (spell == spells.end()) continue;  // not placed on that day
      out_.add(Placements::kVisits,
               KeyWriter{}.text(spell->form).u16(year_of(visit.on())).u8(visit.alone() ? 1 : 0).view());
    }
  }

  void write_covered() {
    std::map<std::string, Ranges> fresh;
    for (const auto& status : placements_.statuses) {
      fresh[status->domain].push_back({status->on, months_after(status->on, kStatusMonths)});
    }
    for (auto& [domain, ranges] : fresh) {
      const auto valid = merged(std::move(ranges));
      for (const auto& [kind, placed] : by_kind_) {
        if (!kind.second.empty()) continue;
        write_steps(Placements::kCovered, KeyWriter{}.text(domain).text(kind.first).str(), common(placed, valid));
      }
    }
  }

  void write_around(const std::vector<PlacementSpell>& spells) {
    const auto from = spells.front().days.from;
    const auto to = spells.back().days.to;
    const std::array<DayRange, 3> phases{DayRange{months_after(from, -kAroundMonths), from - 1}, DayRange{from, to},
                                         DayRange{to + 1, months_after(to, kAroundMonths)}};
    const auto add = [&](std::size_t phase, PlacementAmount what, std::int64_t amount) {
      if (amount == 0) return;
      out_.add(Placements::kAround,
               KeyWriter{}
                   .text(spells.front().form)
                   .u16(month_of(to))
                   .u8(static_cast<std::uint8_t>(phase))
                   .u8(static_cast<std::uint8_t>(what))
                   .view(),
               amount);
    };
    for (std::size_t phase = 0; phase < phases.size(); ++phase) {
      add(phase, PlacementAmount::kPlacements, 1);
      add(phase, PlacementAmount::kDays, phases[phase].to - phases[phase].from + 1);
      for (const auto& report : row_.get<Reports>().items) {
        const auto on = to_days(received_on(*report));
        if (on < phases[phase].from || on > phases[phase].to) continue;
        add(phase, PlacementAmount::kReports, 1);
        if (concerns_crime(*report)) add(phase, PlacementAmount::kCrimeReports, 1);
      }
    }
  }

  const CaseRow& row_;
  const rows::PlacementsT& placements_;
  TallyWriter& out_;
  std::map<std::pair<std::string, std::string>, Ranges> by_kind_;  // form, law; empty: any
};

template <class Body>
rows::PlacementChangeT* add_change(const Recorded<Body>& event, flatbuffers::Optional<std::int32_t> stated,
                                   rows::PlacementsT& placements) {
  auto* placement = find_item(placements.items, event.matter());
  if (placement == nullptr) return nullptr;
  auto change = std::make_unique<rows::PlacementChangeT>();
  change->on = day_of(stated, event);
  change->at = legal_place(LegalTime(stated, event), placement->changes, &rows::PlacementChangeT::at);
  change->version = event.version;
  placement->changes.push_back(std::move(change));
  return placement->changes.back().get();
}

}  // namespace

std::vector<PlacementSpell> spells_of(const rows::PlacementT& placement) {
  const auto end = placement.ended_on.value_or(kNoEnd);
  std::vector<PlacementSpell> out;
  PlacementSpell now{{placement.started_on, end}, placement.form, placement.law, placement.home};
  for (const auto* change : in_legal_order(placement.changes)) {
    const auto on = std::max(change->on, placement.started_on);
    if (on > end) break;
    if (on > now.days.from) {
      out.push_back({{now.days.from, on - 1}, now.form, now.law, now.home});
      now.days.from = on;
    }
    if (!change->form.empty()) now.form = change->form;
    if (!change->law.empty()) now.law = change->law;
    if (change->moved) now.home = change->home;
    // Where the child stays on by consent, the change of law says so, on the same day or later.
    if (change->ends_care && now.law.starts_with("lvu")) now.law = kCareEnded;
  }
  if (now.days.from <= now.days.to) out.push_back(std::move(now));
  return out;
}

void Placements::apply(const Recorded<events::PlacementStarted>& event, const Before<Reads>&, Row& placements) {
  if (find_item(placements.items, event.matter()) != nullptr) return;
  auto item = std::make_unique<rows::PlacementT>();
  item->id = event.matter();
  item->started_on = day_of(event.body.executed_on(), event);
  item->form = text_of(event.body.form());
  item->law = text_of(event.body.law());
  // An empty word stands for any in the tallies.
  if (item->form.empty()) item->form = "not_stated";
  if (item->law.empty()) item->law = "not_stated";
  item->home = text_of(event.body.home_ref());
  placements.items.push_back(std::move(item));
}

void Placements::apply(const Recorded<events::PlacementMoved>& event, const Before<Reads>&, Row& placements) {
  auto* change = add_change(event, event.body.moved_on(), placements);
  if (change == nullptr) return;
  change->form = text_of(event.body.form());
  change->moved = true;
  change->home = text_of(event.body.home_ref());
}

void Placements::apply(const Recorded<events::LegalBasisChanged>& event, const Before<Reads>&, Row& placements) {
  auto* change = add_change(event, event.body.from_on(), placements);
  if (change != nullptr) change->law = text_of(event.body.to());
}

void Placements::apply(const Recorded<events::CareOrderEnded>& event, const Before<Reads>&, Row& placements) {
  auto* change = add_change(event, event.body.ended_on(), placements);
  if (change != nullptr) change->ends_care = true;
}

void Placements::apply(const Recorded<events::PlacementVisited>& event, const Before<Reads>&, Row& placements) {
  auto* item = find_item(placements.items, event.matter());
  if (item == nullptr) return;
  item->visits.emplace_back(day_of(event.body.visit_on(), event), event.body.talked_alone().value_or(false));
}

void Placements::apply(const Recorded<events::CareReviewed>& event, const Before<Reads>&, Row& placements) {
  auto* item = find_item(placements.items, event.matter());
  if (item != nullptr) item->reviews.push_back(day_of(event.body.reviewed_on(), event));
}

void Placements::apply(const Recorded<events::PlacementEnded>& event, const Before<Reads>&, Row& placements) {
  auto* item = find_item(placements.items, event.matter());
  if (item == nullptr) return;
  item->ended_on = day_of(event.body.ended_on(), event);
  item->end_reason = text_of(event.body.reason());
  item->destination = text_of(event.body.to());
}

void Placements::apply(const Recorded<events::PlacedChildStatusRecorded>& event, const Before<Reads>&,
                       Row& placements) {
  auto item = std::make_unique<rows::PlacedStatusT>();
  item->matter = event.matter();
  item->domain = text_of(event.body.domain());
  item->phase = text_of(event.body.phase());
  item->on = day_of(event.body.measured_on(), event);
  placements.statuses.push_back(std::move(item));
}

void Placements::index(const CaseRow& row, IndexWriter& out) {
  const auto& file = row.get<File>();
  const auto of_age = file.birth_date ? months_after(*file.birth_date, 12 * kAdultYears) : kNoEnd;
  for (const auto& placement : row.get<Placements>().items) {
    std::int32_t since = 0;
    const PlacementSpell* before = nullptr;
    const auto spells = spells_of(*placement);
    for (const auto& spell : spells) {
      if (before == nullptr || spell.home != before->home) since = spell.days.from;
      before = &spell;
      if (!is_family_home(spell.form)) continue;
      KeyWriter value;
      value.day(since).day(of_age).text(spell.home).text(spell.form).text(spell.law);
      out.add(kHomes, KeyWriter{}.day(spell.days.to).id(row.id).id(placement->id).day(spell.days.from).view(),
              value.str() + file.external_ref);
    }
  }
}

void Placements::tally(const CaseRow& row, TallyWriter& out) { Writer{row, out}.write(); }

}  // namespace minne
