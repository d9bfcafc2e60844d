#include "projections/components/courses.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/periods.h"

#include <algorithm>

namespace minne {
namespace {

constexpr std::string_view kInvestigationLimit = "INV_4M";

void judge_limit(const CaseRow& row, const rows::InvestigationT& investigation, Course& course) {
  const rows::ObligationT* first = nullptr;
  const rows::ObligationT* last = nullptr;
  bool late = false;
  for (const auto& item : row.get<Obligations>().items) {
    if (item->rule != kInvestigationLimit || item->matter != investigation.id || item->state == rows::State::cancelled)
      continue;
    if (item->extends.is_nil()) first = item.get();
    if (item->state != rows::State::extended) last = item.get();
    late = late || item->extended_late;
  }
  if (first == nullptr || last == nullptr) return;
  if (last->state == rows::State::open) course.day = last->nominal;
  course.within_adjusted = last->state == rows::State::met_late && last->within_adjusted;
  if (last->state == rows::State::met_late) {
    course.limit = LimitKept::kOver;
  } else if (first == last || (last->met_on && *last->met_on <= first->nominal)) {
    course.limit = LimitKept::kWithin;
  } else {
    course.limit = late ? LimitKept::kExtendedLate : LimitKept::kExtended;
  }
}

// Heard once is heard; where the child never was, the last reason in legal order stands.
void judge_voice(const rows::ContactsT& contacts, const Id& investigation, Course& course) {
  const rows::HearingT* last_not = nullptr;
  for (const auto& item : contacts.hearings) {
    if (item->matter != investigation) continue;
    if (item->held) {
      const auto voice = item->alone ? Voice::kHeardAlone : Voice::kHeard;
      if (course.voice != Voice::kHeardAlone) course.voice = voice;
    } else if (last_not == nullptr || std::pair{last_not->at, last_not->version} < std::pair{item->at, item->version}) {
      last_not = item.get();
    }
  }
  if (course.voice != Voice::kNotRecorded || last_not == nullptr) return;
  course.voice = Voice::kNotHeard;
  course.reason = last_not->reason;
}

// The report came after the one was concluded, or on that day without having been part of it.
bool report_between(const CaseRow& row, const rows::InvestigationT& earlier, const rows::InvestigationT& later) {
  return std::ranges::any_of(row.get<Reports>().items, [&](const auto& report) {
    const auto day = to_days(received_on(*report));
    const bool part =
        report->investigation == earlier.id || std::ranges::find(earlier.reports, report->id) != earlier.reports.end();
    return !part && day >= *earlier.concluded_on && day <= later.opened_on;
  });
}

bool is_late(const CaseRow& row, const rows::InvestigationT& investigation) {
  Course course;
  judge_limit(row, investigation, course);
  return course.limit == LimitKept::kOver || course.limit == LimitKept::kExtendedLate;
}

}  // namespace

Course course_of(const CaseRow& row, const rows::InvestigationT& item) {
  const auto& assignments = row.get<Assignments>();
  Course course;
  course.day = item.concluded_on.value_or(kNeverEnds);
  const auto* responsible = item.concluded_on ? responsible_on(assignments, item.id, from_days(*item.concluded_on))
                                              : responsible_for(assignments, item.id);
  course.unit = responsible == nullptr || responsible->unit.empty() ? std::string_view{item.unit} : responsible->unit;
  const auto handovers = std::ranges::count_if(assignments.items, [&](const auto& assignment) {
    return is_handover(*assignment) && (assignment->matter == item.id || assignment->matter.is_nil()) &&
           assignment->from_on >= item.opened_on && assignment->from_on <= item.concluded_on.value_or(kNeverEnds);
  });
  course.handovers = static_cast<std::uint8_t>(std::min<std::ptrdiff_t>(handovers, UINT8_MAX));
  judge_limit(row, item, course);
  judge_voice(row.get<Contacts>(), item.id, course);
  return course;
}

std::string Course::key() const {
  const auto year = day == kNeverEnds ? UINT16_MAX : std::min<int>(year_of(day), UINT16_MAX - 1);
  return KeyWriter{}
      .u16(static_cast<std::uint16_t>(year))
      .day(day)
      .text(unit)
      .u8(static_cast<std::uint8_t>(limit))
      .u8(within_adjusted ? 1 : 0)
      .u8(handovers)
      .u8(static_cast<std::uint8_t>(voice))
      .text(reason)
      .str();
}

Course Course::read(std::string_view key) {
  KeyReader reader(key);
  Course out;
  reader.u16();
  out.day = reader.day();
  out.unit = reader.text();
  out.limit = static_cast<LimitKept>(reader.u8());
  out.within_adjusted = reader.u8() != 0;
  out.handovers = reader.u8();
  out.voice = static_cast<Voice>(reader.u8());
  out.reason = reader.text();
  return out;
}

void Courses::index(const CaseRow& row, IndexWriter& out) {
  std::vector<const rows::InvestigationT*> ordered;
  for (const auto& item : row.get<Investigations>().items) {
    ordered.push_back(item.get());
    if (item->concluded_on && is_late(row, *item)) {
      out.add(kLate, KeyWriter{}.day(*item->concluded_on).id(row.id).id(item->id).view());
    }
  }
  std::ranges::sort(ordered, {}, [](const auto* item) { return std::pair{item->opened_at, item->version}; });
  for (std::size_t i = 1; i < ordered.size(); ++i) {
    const auto& later = *ordered[i];
    const rows::InvestigationT* earlier = nullptr;  // the last that was concluded before
    for (std::size_t j = 0; j < i; ++j) {
      const auto& one = *ordered[j];
      if (!one.concluded_on || *one.concluded_on > later.opened_on) continue;
      if (earlier == nullptr || *earlier->concluded_on <= *one.concluded_on) earlier = &one;
    }
    if (earlier == nullptr || later.opened_on - *earlier->concluded_on > kMaxPause ||
        report_between(row, *earlier, later))
      continue;
    std::string value = KeyWriter{}
                            .id(earlier->id)
                            .day(earlier->opened_on)
                            .day(*earlier->concluded_on)
                            .day(later.concluded_on.value_or(kNeverEnds))
                            .text(later.unit)
                            .str();
    value += row.get<File>().external_ref;
    out.add(kChained, KeyWriter{}.id(row.id).day(later.opened_on).id(later.id).view(), std::move(value));
  }
}

void Courses::tally(const CaseRow& row, TallyWriter& out) {
  for (const auto& item : row.get<Investigations>().items) {
    out.add(item->concluded_on ? kConcluded : kRunning, course_of(row, *item).key());
  }
}

}  // namespace minne
