#include "projections/components/obligations.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/legal_order.h"

#include <algorithm>

namespace minne {
namespace {

using rows::State;

// What turned out to belong to another case has no say in the order of this one.
std::int64_t place_of(const RecordedEvent& event, const rows::ObligationsT& obligations) {
  LegalTime time(event);
  if (time.has_hour()) return time.place();
  for (const auto& mark : obligations.marks) {
    if (!mark.misfiled()) time.follow(mark.at());
  }
  return time.place();
}

// As many as most cases come to: lists that grow one by one would be moved four times.
void reserve_lists(rows::ObligationsT& obligations) {
  static constexpr std::size_t kTypical = 16;
  obligations.marks.reserve(kTypical);
  obligations.hits.reserve(kTypical);
  obligations.matters.reserve(kTypical);
}

// Few different units and laws stand in one case: each once.
std::uint32_t number_of(std::string_view text, std::vector<std::string>& texts) {
  const auto found = std::ranges::find(texts, text);
  const auto number = static_cast<std::uint32_t>(found - texts.begin());
  if (found == texts.end()) texts.emplace_back(text);
  return number;
}

template <class Visit>
void each_dimension(const rows::ObligationT& item, Visit visit) {
  visit(QueueBy::kBoard, std::string_view{});
  if (!item.unit.empty()) visit(QueueBy::kUnit, std::string_view{item.unit});
  if (!item.worker.empty()) visit(QueueBy::kWorker, std::string_view{item.worker});
  visit(QueueBy::kRule, std::string_view{item.rule});
}

KeyWriter queue_key(QueueBy by, std::string_view name, State state) {
  KeyWriter key;
  key.u8(static_cast<std::uint8_t>(by)).text(name).u8(static_cast<std::uint8_t>(state));
  return key;
}

}  // namespace

std::string queue_prefix(QueueBy by, std::string_view name, State state) { return queue_key(by, name, state).str(); }

State state_on(const rows::ObligationT& item, Date today) {
  const bool grown = item.state == State::open && item.until && *item.until <= to_days(today);
  return grown ? State::cancelled : item.state;
}

void Obligations::apply(const RecordedEvent& event, const Before<Reads>& before, Row& obligations) {
  const auto& rules = before.rules();
  if (!rules.concerns(event.envelope.body_type())) return;
  const auto hits = rules.hits(event.envelope);
  if (hits.empty()) return;
  const auto* basis = event.envelope.legal_basis();
  auto& texts = obligations.texts;
  if (obligations.marks.empty()) reserve_lists(obligations);
  const auto size = [](const auto& list) { return static_cast<std::uint32_t>(list.size()); };
  obligations.marks.emplace_back(
      place_of(event, obligations), flatbuffers::Pack(event.id), to_days(event.occurred_on()), event.version,
      size(obligations.hits), size(obligations.matters), size(obligations.names), number_of(event.unit(), texts),
      number_of(basis == nullptr ? std::string_view{} : text_of(basis->law()), texts), event.misfiled_on.has_value());
  const auto matters = matters_of(event.envelope, event.matter());
  obligations.matters.insert(obligations.matters.end(), matters.begin(), matters.end());
  for (const auto& hit : hits) {
    obligations.hits.emplace_back(to_micros(hit.time.at), hit.trigger, hit.time.precision == Precision::kDay);
    for (const auto& id : hit.names) obligations.names.emplace_back(flatbuffers::Pack(id), hit.trigger);
  }
}

void Obligations::index(const CaseRow& row, IndexWriter& out) {
  flatbuffers::FlatBufferBuilder builder{512};
  const auto& items = row.get<Obligations>().items;
  for (std::uint32_t ordinal = 0; ordinal < items.size(); ++ordinal) {
    const auto& item = *items[ordinal];
    builder.Clear();
    const rows::Key case_key = flatbuffers::Pack(row.id);
    const auto ref = builder.CreateString(row.get<File>().external_ref);
    builder.Finish(rows::CreateQueueItem(builder, &case_key, ref, rows::CreateObligation(builder, &item)));
    const std::string_view value{reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
    const auto add = [&](QueueBy by, std::string_view name) {
      out.add(kQueue, queue_key(by, name, item.state).day(item.nominal).id(row.id).u32(ordinal).view(), value);
    };
    if (item.state == State::open) {
      each_dimension(item, add);
    } else {
      add(QueueBy::kBoard, {});
    }
  }
}

void Obligations::tally(const CaseRow& row, TallyWriter& out) {
  for (const auto& item : row.get<Obligations>().items) {
    const bool ages = item->state == State::open && item->until;
    each_dimension(*item, [&](QueueBy by, std::string_view name) {
      auto key = queue_key(by, name, item->state);
      out.add(kStates, key.view());
      if (ages) out.add(kAgeing, key.day(*item->until).view());
    });
  }
}

}  // namespace minne
