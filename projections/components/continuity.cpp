#include "projections/components/continuity.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/components/matters.h"
#include "projections/periods.h"

#include <algorithm>
#include <set>

namespace minne {
namespace {

// Gaps longer than this are counted in the first years only: dates so far apart are mistakes.
constexpr int kMaxGapYears = 25;

struct Stay {
  const rows::AssignmentT* item;
  std::int32_t from;
  std::int32_t to;  // kNeverEnds
};

std::vector<Stay> stays_of(const rows::AssignmentsT& assignments) {
  std::vector<Stay> out;
  for (const auto& item : assignments.items) {
    if (item->role == kResponsible) out.push_back({item.get(), item->from_on, item->ended_on.value_or(kNeverEnds)});
  }
  std::ranges::sort(out, {}, [](const Stay& stay) {
    return std::tuple{stay.item->from_at, stay.item->from_version, stay.item->matter};
  });
  return out;
}

std::uint16_t u16(std::int64_t value) { return static_cast<std::uint16_t>(std::clamp<std::int64_t>(value, 0, 65'534)); }

// --- workers and handovers, year by year

void tally_years(const std::vector<Stay>& stays, int first, int last, TallyWriter& out) {
  std::set<std::string_view> workers;
  std::string_view unit;
  std::int64_t handovers = 0;
  for (const auto& stay : stays) {
    if (year_of(stay.from) > last || (stay.to != kNeverEnds && year_of(stay.to) < first)) continue;
    workers.insert(stay.item->worker);
    unit = stay.item->unit;
    if (is_handover(*stay.item) && year_of(stay.from) >= first) ++handovers;
  }
  if (workers.empty()) return;
  out.add(Continuity::kChildren, KeyWriter{}
                                     .u16(u16(first))
                                     .u16(last == INT32_MAX ? Continuity::kEveryYear : u16(last))
                                     .text(unit)
                                     .u16(u16(static_cast<std::int64_t>(workers.size())))
                                     .u16(u16(handovers))
                                     .view());
}

void tally_children(const std::vector<Stay>& stays, TallyWriter& out) {
  std::set<int> changes;  // the years in which something did
  for (const auto& stay : stays) {
    changes.insert(year_of(stay.from));
    if (stay.to != kNeverEnds) changes.insert(year_of(stay.to));
  }
  for (auto year = changes.begin(); year != changes.end(); ++year) {
    tally_years(stays, *year, *year, out);
    const auto next = std::next(year);
    const auto until = next == changes.end() ? INT32_MAX : *next - 1;
    if (until > *year) tally_years(stays, *year + 1, until, out);
  }
}

// --- what ran at each handover

// The day a clock stopped for good; it ran through that day.
std::int32_t stopped(const rows::ObligationsT& obligations, const rows::ObligationT& item) {
  if (item.met_on) return *item.met_on;
  if (item.state == rows::State::open) return kNeverEnds;
  const auto& last = item.events.back();  // cancelled by it
  for (const auto& mark : obligations.marks) {
    if (flatbuffers::UnPack(mark.event()) == last) return mark.misfiled() ? INT32_MIN : mark.on();
  }
  return INT32_MIN;
}

void tally_handovers(const CaseRow& row, const std::vector<Stay>& stays, TallyWriter& out) {
  const auto& obligations = row.get<Obligations>();
  for (const auto& stay : stays) {
    if (!is_handover(*stay.item)) continue;
    // An extended clock goes on in the one that extends it.
    const auto running = std::ranges::count_if(obligations.items, [&](const auto& item) {
      return item->state != rows::State::extended &&
             (stay.item->matter.is_nil() || item->matter == stay.item->matter) && item->started <= stay.from &&
             stopped(obligations, *item) >= stay.from;
    });
    std::string_view unit = stay.item->unit;
    for (const auto& before : stays) {
      if (before.item->worker == stay.item->handed_over_from && before.item->matter == stay.item->matter &&
          before.to == stay.from)
        unit = before.item->unit;
    }
    out.add(Continuity::kHandovers, KeyWriter{}.u16(u16(year_of(stay.from))).text(unit).u16(u16(running)).view());
  }
}

// --- gaps

void tally_gap(const Work& matter, std::string_view unit, std::int32_t from, std::int32_t to, TallyWriter& out) {
  const auto kind = static_cast<std::uint8_t>(matter.kind);
  if (to == kNeverEnds) {
    out.add(Continuity::kUnassigned, KeyWriter{}.text(unit).u8(kind).day(from).view());
    return;
  }
  for (int pieces = 0; from < to && pieces < kMaxGapYears; ++pieces) {
    const auto year = year_of(from);
    const auto until = std::min(to, year_begins(year + 1));
    out.add(Continuity::kGaps, KeyWriter{}.u16(u16(year)).text(unit).u8(kind).u16(u16(until - from)).view());
    from = until;
  }
}

void tally_gaps(const Work& matter, const std::vector<Stay>& stays, TallyWriter& out) {
  const auto end = matter.to.value_or(kNeverEnds);
  auto covered = matter.from;
  std::string_view unit = matter.unit;
  for (const auto& stay : stays) {
    if (stay.item->matter != matter.id && !stay.item->matter.is_nil()) continue;
    if (stay.from >= end || stay.to < matter.from) continue;
    if (stay.from == stay.to) continue;  // no day of it: the gap goes on
    if (stay.from > covered) tally_gap(matter, unit, covered, stay.from, out);
    if (stay.to >= covered) unit = stay.item->unit;
    covered = std::max(covered, stay.to);
  }
  if (covered < end) tally_gap(matter, unit, covered, end, out);
}

}  // namespace

void Continuity::index(const CaseRow& row, IndexWriter& out) {
  for (const auto& item : row.get<Assignments>().items) {
    if (item->ended_on || item->acknowledged_on || item->handed_over_from.empty()) continue;
    std::string value = KeyWriter{}.text(item->handed_over_from).text(item->unit).str();
    value += row.get<File>().external_ref;
    out.add(
        kUnacknowledged,
        KeyWriter{}.text(item->worker).day(item->from_on).id(row.id).id(item->matter).u32(item->from_version).view(),
        std::move(value));
  }
}

void Continuity::tally(const CaseRow& row, TallyWriter& out) {
  const auto stays = stays_of(row.get<Assignments>());
  tally_children(stays, out);
  tally_handovers(row, stays, out);
  for (const auto& matter : work_of(row)) {
    if (matter.kind == MatterKind::kReport || matter.kind == MatterKind::kInvestigation) tally_gaps(matter, stays, out);
  }
}

}  // namespace minne
