#include "projections/components/assignments.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/components/matters.h"
#include "projections/legal_order.h"

#include <algorithm>

namespace minne {
namespace {

std::unique_ptr<rows::AssignmentT> started(const RecordedEvent& event, const rows::AssignmentsT& earlier,
                                           std::string_view worker, std::string_view role, std::string_view unit) {
  auto item = std::make_unique<rows::AssignmentT>();
  item->matter = event.matter();
  item->worker = worker;
  item->role = role;
  item->unit = unit;
  item->from_at = legal_place(LegalTime(event), earlier.items, &rows::AssignmentT::from_at);
  item->from_on = to_days(event.occurred_on());
  item->from_version = event.version;
  return item;
}

void end(const RecordedEvent& event, rows::AssignmentT& item, std::string_view reason) {
  item.ended_on = to_days(event.occurred_on());
  item.ended_at = to_micros(occurred(event.envelope));
  item.end_reason = reason;
}

// What a worker who left was responsible for, while nobody has been since: it is still theirs to hand over.
bool is_left_behind(const rows::AssignmentsT& row, const rows::AssignmentT& item, const std::vector<Work>& work) {
  if (!item.ended_on || item.end_reason != "staff_left" || item.role != kResponsible) return false;
  if (responsible_for(row, item.matter) != nullptr) return false;
  const bool finished =
      std::ranges::any_of(work, [&](const Work& matter) { return matter.id == item.matter && matter.to; });
  return !finished && std::ranges::none_of(row.items, [&](const auto& other) {
    return other->role == kResponsible && other->matter == item.matter && other->from_version > item.from_version;
  });
}

rows::AssignmentT* find(rows::AssignmentsT& row, const Id& matter, std::string_view worker) {
  return const_cast<rows::AssignmentT*>(current_assignment(row, matter, worker));
}

}  // namespace

const rows::AssignmentT* current_assignment(const rows::AssignmentsT& row, const Id& matter, std::string_view worker) {
  for (std::size_t i = row.items.size(); i-- > 0;) {
    const auto& item = *row.items[i];
    if (!item.ended_on && item.matter == matter && item.worker == worker) return &item;
  }
  return nullptr;
}

const rows::AssignmentT* responsible_of(const rows::AssignmentsT& row, const Id& matter) {
  const rows::AssignmentT* latest = nullptr;
  for (const auto& item : row.items) {
    if (item->ended_on || item->role != kResponsible || item->matter != matter) continue;
    if (latest == nullptr ||
        std::pair{latest->from_at, latest->from_version} < std::pair{item->from_at, item->from_version}) {
      latest = item.get();
    }
  }
  return latest;
}

const rows::AssignmentT* responsible_for(const rows::AssignmentsT& row, const Id& matter) {
  const auto* own = responsible_of(row, matter);
  return own != nullptr || matter.is_nil() ? own : responsible_of(row, Id{});
}

const rows::AssignmentT* responsible_on(const rows::AssignmentsT& row, const Id& matter, Date day) {
  const rows::AssignmentT* latest = nullptr;
  const auto rank = [&](const rows::AssignmentT& item) {
    return std::tuple{item.matter == matter, item.from_at, item.from_version};
  };
  for (const auto& item : row.items) {
    if (item->role != kResponsible || (item->matter != matter && !item->matter.is_nil())) continue;
    if (item->from_on > to_days(day) || (item->ended_on && *item->ended_on < to_days(day))) continue;
    if (latest == nullptr || rank(*latest) < rank(*item)) latest = item.get();
  }
  return latest;
}

bool is_handover(const rows::AssignmentT& assignment) {
  return assignment.role == kResponsible && !assignment.handed_over_from.empty() &&
         assignment.handed_over_from != assignment.worker;
}

void Assignments::apply(const Recorded<events::CaseAssigned>& event, const Before<Reads>&, Row& assignments) {
  assignments.items.push_back(started(event, assignments, text_of(event.body.worker()), text_of(event.body.role()),
                                      event.body.unit() == nullptr ? event.unit() : text_of(event.body.unit())));
}

void Assignments::apply(const Recorded<events::CaseHandedOver>& event, const Before<Reads>&, Row& assignments) {
  auto* from = find(assignments, event.matter(), text_of(event.body.from()));
  auto to = started(event, assignments, text_of(event.body.to()),
                    from == nullptr ? kResponsible : std::string_view{from->role},
                    event.body.to_unit() == nullptr ? event.unit() : text_of(event.body.to_unit()));
  to->handed_over_from = text_of(event.body.from());
  if (from != nullptr) end(event, *from, text_of(event.body.reason()));
  ++assignments.handovers;
  assignments.items.push_back(std::move(to));
}

void Assignments::apply(const Recorded<events::HandoverAcknowledged>& event, const Before<Reads>&, Row& assignments) {
  auto* item = find(assignments, event.matter(), text_of(event.body.worker()));
  if (item == nullptr) return;
  item->acknowledged_on = to_days(event.occurred_on());
  item->read_position = event.body.read_position();
}

void Assignments::apply(const Recorded<events::AssignmentEnded>& event, const Before<Reads>&, Row& assignments) {
  auto* item = find(assignments, event.matter(), text_of(event.body.worker()));
  if (item != nullptr) end(event, *item, text_of(event.body.reason()));
}

void Assignments::index(const CaseRow& row, IndexWriter& out) {
  const auto& assignments = row.get<Assignments>();
  const auto work = work_of(row);
  for (const auto& item : assignments.items) {
    const bool left = is_left_behind(assignments, *item, work);
    if (item->ended_on && !left) continue;
    KeyWriter value;
    value.text(item->unit);
    for (const auto& matter : work) {
      const bool held =
          item->matter.is_nil() ? responsible_of(assignments, matter.id) == nullptr : item->matter == matter.id;
      if (held && !matter.to) value.u8(static_cast<std::uint8_t>(matter.kind));
    }
    const auto role = left ? std::string{kLeftBehind} : item->role;
    out.add(kByWorker, KeyWriter{}.text(item->worker).id(row.id).id(item->matter).text(role).view(), value.view());
  }
}

}  // namespace minne
