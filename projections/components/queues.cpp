#include "projections/components/queues.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"
#include "projections/legal_order.h"

#include <algorithm>

namespace minne {
namespace {

constexpr std::string_view kFourMonths = "INV_4M";

// The day on which the waiting investigation's four months ended, where it came during the wait and nothing had met it.
// An entry that names no matter waits for the whole file.
std::optional<std::int32_t> passed_on(const CaseRow& row, const rows::QueueEntryT& entry) {
  std::optional<std::int32_t> first;
  if (entry.due && *entry.due >= entry.entered_on && *entry.due < entry.left_on.value_or(INT32_MAX)) return *entry.due;
  for (const auto& item : row.get<Obligations>().items) {
    if (item->rule != kFourMonths || (!entry.waiting.is_nil() && item->matter != entry.waiting)) continue;
    if (item->state == rows::State::cancelled || (item->met_on && *item->met_on <= item->nominal)) continue;
    if (item->nominal < entry.entered_on || item->nominal >= entry.left_on.value_or(INT32_MAX)) continue;
    first = std::min(first.value_or(item->nominal), item->nominal);
  }
  return first;
}

QueueWait wait_of(const CaseRow& row, const rows::QueueEntryT& entry) {
  QueueWait out;
  out.unit = entry.unit;
  out.ref = entry.board.empty() ? row.get<File>().external_ref : entry.ref;
  out.board = entry.board;
  out.matter = entry.waiting;
  out.entered_at = entry.entered_at;
  out.entered_on = entry.entered_on;
  out.left_on = entry.left_on.value_or(INT32_MAX);
  out.left_reason = entry.left_reason;
  out.nominal = passed_on(row, entry);
  for (const auto* score : in_legal_order(entry.scores)) out.scores.push_back({score->on, score->score});
  return out;
}

rows::QueueEntryT* enter(const RecordedEvent& event, std::string_view queue, std::string_view unit,
                         rows::QueuesT& queues) {
  if (find_item(queues.items, event.matter()) != nullptr) return nullptr;
  auto item = std::make_unique<rows::QueueEntryT>();
  item->id = event.matter();
  item->queue = queue;
  item->unit = unit;
  item->entered_at = to_micros(occurred(event.envelope));
  item->entered_on = to_days(event.occurred_on());
  queues.items.push_back(std::move(item));
  return queues.items.back().get();
}

void score_need(const RecordedEvent& event, flatbuffers::Optional<std::int32_t> given, rows::QueuesT& queues) {
  auto* item = find_item(queues.items, event.matter());
  if (item == nullptr || !given) return;
  auto score = std::make_unique<rows::NeedScoreT>();
  score->at = legal_place(LegalTime(event), item->scores, &rows::NeedScoreT::at);
  score->on = to_days(event.occurred_on());
  score->version = event.version;
  score->score = *given;
  item->scores.push_back(std::move(score));
}

void leave(const RecordedEvent& event, std::string_view reason, rows::QueuesT& queues) {
  auto* item = find_item(queues.items, event.matter());
  if (item == nullptr) return;
  item->left_on = to_days(event.occurred_on());
  item->left_reason = reason;
}

}  // namespace

// value := unit \0 ref \0 board \0 matter:16 entered_at:be64 entered:day32 left:day32 reason \0 passed:u8 nominal:day32
//          (on:day32 score:day32)*
std::string pack_wait(const QueueWait& wait) {
  KeyWriter out;
  out.text(wait.unit).text(wait.ref).text(wait.board).id(wait.matter);
  out.u64(static_cast<std::uint64_t>(wait.entered_at)).day(wait.entered_on).day(wait.left_on).text(wait.left_reason);
  out.u8(wait.nominal ? 1 : 0).day(wait.nominal.value_or(0));
  for (const auto& score : wait.scores) out.day(score.on).day(score.score);
  return out.str();
}

QueueWait unpack_wait(std::string_view value) {
  KeyReader in(value);
  QueueWait out;
  out.unit = in.text();
  out.ref = in.text();
  out.board = in.text();
  out.matter = in.id();
  out.entered_at = static_cast<std::int64_t>(in.u64());
  out.entered_on = in.day();
  out.left_on = in.day();
  out.left_reason = in.text();
  const bool passed = in.u8() == 1;
  const auto nominal = in.day();
  if (passed) out.nominal = nominal;
  while (in.ok() && !in.rest().empty()) {
    const auto on = in.day();
    out.scores.push_back({on, in.day()});
  }
  return out;
}

void Queues::apply(const Recorded<events::QueueEntered>& event, const Before<Reads>&, Row& queues) {
  const auto unit = event.body.unit() == nullptr ? event.unit() : text_of(event.body.unit());
  auto* item = enter(event, text_of(event.body.queue()), unit, queues);
  if (item != nullptr) item->waiting = id_of(event.body.waiting_id());
}

void Queues::apply(const Recorded<events::NeedScored>& event, const Before<Reads>&, Row& queues) {
  score_need(event, event.body.score(), queues);
}

void Queues::apply(const Recorded<events::QueueLeft>& event, const Before<Reads>&, Row& queues) {
  leave(event, text_of(event.body.reason()), queues);
}

void Queues::apply(const Recorded<events::SharedQueueEntered>& event, const Before<Reads>&, Row& queues) {
  auto* item = enter(event, text_of(event.body.queue()), text_of(event.body.requesting_unit()), queues);
  if (item == nullptr) return;
  item->board = text_of(event.body.requesting_board());
  item->ref = text_of(event.body.waiting_ref());
  item->due = event.body.waiting_due();
  score_need(event, event.body.score(), queues);
}

void Queues::apply(const Recorded<events::SharedNeedScored>& event, const Before<Reads>&, Row& queues) {
  score_need(event, event.body.score(), queues);
}

void Queues::apply(const Recorded<events::SharedQueueLeft>& event, const Before<Reads>&, Row& queues) {
  leave(event, text_of(event.body.reason()), queues);
}

void Queues::index(const CaseRow& row, IndexWriter& out) {
  for (const auto& entry : row.get<Queues>().items) {
    const auto wait = wait_of(row, *entry);
    const auto value = pack_wait(wait);
    const auto add = [&](std::uint8_t index, std::int32_t day) {
      out.add(index, KeyWriter{}.text(entry->queue).day(day).id(row.id).id(entry->id).view(), value);
    };
    add(kWaits, wait.left_on);
    if (wait.nominal) add(kPassed, *wait.nominal);
  }
}

}  // namespace minne
