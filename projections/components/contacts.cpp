#include "projections/components/contacts.h"

#include "core/keys.h"
#include "core/varint.h"
#include "projections/case_row.h"
#include "projections/legal_order.h"

#include <algorithm>

namespace minne {
namespace {

void add(const RecordedEvent& event, rows::ContactKind kind, flatbuffers::Optional<std::int32_t> on,
         rows::ContactsT& contacts) {
  contacts.items.emplace_back(flatbuffers::Pack(event.matter()), on ? *on : to_days(event.occurred_on()), kind);
}

// What calls for contact and has begun first, of what is open.
std::optional<Work> longest_open(const CaseRow& row) {
  std::optional<Work> first;
  const auto consider = [&](const Work& work) {
    if (!work.to && (!first || work.from < first->from)) first = work;
  };
  for (const auto& item : row.get<Investigations>().items)
    consider({item->id, MatterKind::kInvestigation, item->opened_on, item->concluded_on, item->unit});
  for (const auto& item : row.get<Matters>().items) {
    if (kind_of(*item) == MatterKind::kPlacement)
      consider({item->id, MatterKind::kPlacement, item->on, item->done_on, item->unit});
  }
  for (const auto& item : row.get<Proposals>().follow_ups)
    consider({item->id, MatterKind::kFile, item->decided_on, item->ended_on, {}});
  return first;
}

}  // namespace

void Contacts::apply(const Recorded<events::PreliminaryContactMade>& event, const Before<Reads>&, Row& contacts) {
  add(event, rows::ContactKind::preliminary, {}, contacts);
}

void Contacts::apply(const Recorded<events::ChildHeard>& event, const Before<Reads>&, Row& contacts) {
  auto item = std::make_unique<rows::HearingT>();
  item->matter = event.matter();
  item->at = legal_place(LegalTime(event), contacts.hearings, &rows::HearingT::at);
  item->version = event.version;
  item->held = event.body.held().value_or(false);
  item->alone = event.body.alone().value_or(false);
  item->reason = text_of(event.body.not_held_reason());
  if (item->held) add(event, rows::ContactKind::child_heard, {}, contacts);
  contacts.hearings.push_back(std::move(item));
}

void Contacts::apply(const Recorded<events::PlacementVisited>& event, const Before<Reads>&, Row& contacts) {
  add(event, rows::ContactKind::placement_visit, event.body.visit_on(), contacts);
}

void Contacts::apply(const Recorded<events::FollowUpContact>& event, const Before<Reads>&, Row& contacts) {
  add(event, rows::ContactKind::follow_up, {}, contacts);
}

void Contacts::apply(const Recorded<events::NoteRecorded>& event, const Before<Reads>& before, Row& contacts) {
  put_varint(contacts.notes, event.position - contacts.last_note);
  put_varint(contacts.notes, event.actor().empty() ? 0 : before.get<Activity>().last_number + 1);
  contacts.last_note = event.position;
  if (text_of(event.body.kind()) == "contact") add(event, rows::ContactKind::note, event.body.event_date(), contacts);
}

void Contacts::index(const CaseRow& row, IndexWriter& out) {
  const auto open = longest_open(row);
  if (!open) return;
  const auto* last = last_contact(row.get<Contacts>());
  const auto* responsible = responsible_for(row.get<Assignments>(), open->id);
  const auto since = last == nullptr ? open->from : std::max(open->from, last->on());
  out.add(kSilent, KeyWriter{}.day(since).id(row.id).view(),
          KeyWriter{}
                  .day(last == nullptr ? INT32_MIN : last->on())
                  .text(responsible == nullptr ? open->unit : std::string_view{responsible->unit})
                  .str() +
              row.get<File>().external_ref);
}

const rows::Contact* last_contact(const rows::ContactsT& row) {
  const rows::Contact* last = nullptr;
  for (const auto& item : row.items) {
    if (last == nullptr || item.on() >= last->on()) last = &item;
  }
  return last;
}

std::int64_t notes_by_others(const CaseRow& row, std::string_view worker, Position after) {
  const auto& workers = row.get<Activity>().workers;
  std::int64_t count = 0;
  Position position = 0;
  std::span<const std::uint8_t> left{row.get<Contacts>().notes};
  while (!left.empty()) {
    position += take_varint(left).value_or(0);
    const auto author = take_varint(left).value_or(0);
    const bool own = author > 0 && author <= workers.size() && workers[author - 1] == worker;
    if (position > after && !own) ++count;
  }
  return count;
}

}  // namespace minne
