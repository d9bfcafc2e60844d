#include "projections/components/obligations.h"

#include "core/calendar.h"
#include "core/keys.h"
#include "projections/case_row.h"

#include <algorithm>

namespace minne {
namespace {

using Effect = DeadlineRules::Effect;
using rows::State;

When time_of(const rows::Hit& hit) {
  return {from_micros(hit.time()), hit.day_only() ? Precision::kDay : Precision::kInstant};
}

bool concerns(const rows::MarkT& mark, const Id& matter) {
  return matter.is_nil() ? mark.matters.empty() : std::ranges::find(mark.matters, matter) != mark.matters.end();
}

// The obligations of one case, built clock by clock from its marks in legal order.
class Deriver {
 public:
  Deriver(const Before<Obligations::Reads>& before, Obligations::Row& row)
      : before_(before), rules_(before.rules()), row_(row) {
    for (const auto& mark : row.marks) ordered_.push_back(mark.get());
    std::ranges::sort(ordered_, {}, [](const rows::MarkT* mark) { return std::pair{mark->at, mark->version}; });
  }

  void derive() {
    row_.items.clear();
    for (const auto* mark : ordered_) {
      for (const auto& hit : mark->hits) {
        const auto& trigger = rules_.trigger(hit.trigger());
        if (trigger.effect == Effect::kStart) start(*mark, hit, *trigger.rule);
      }
    }
    std::ranges::sort(row_.items, {},
                      [](const auto& item) { return std::tie(item->nominal, item->rule, item->id_event); });
  }

 private:
  void start(const rows::MarkT& mark, const rows::Hit& hit, const Rule& rule) {
    const auto when = time_of(hit);
    const auto counted = due(rule, when, rules_.table().settings());
    if (!rules_.table().in_force(rule, counted.start) || !conditions_hold(rule, mark, counted.start)) return;
    const auto matter = mark.matters.empty() ? Id{} : mark.matters.front();

    auto item = std::make_unique<rows::ObligationT>();
    item->rule = rule.id;
    item->matter = matter;
    item->started_by = mark.event;
    item->id_event = mark.event;
    item->started = to_days(rule.limit.unit == Limit::Unit::kGiven ? from_days(mark.on) : counted.start);
    item->nominal = to_days(counted.nominal);
    item->adjusted = to_days(counted.adjusted);
    item->lapses = rule.on_expiry == OnExpiry::kLapse;
    item->events.push_back(mark.event);
    const auto* owner = responsible_for(before_.get<Assignments>(), matter);
    item->worker = owner == nullptr ? std::string{} : owner->worker;
    item->unit = owner == nullptr || owner->unit.empty() ? mark.unit : owner->unit;
    if (mark.cancelled_on) {
      item->state = State::cancelled;
      row_.items.push_back(std::move(item));
      return;
    }
    run(rule, matter, std::move(item));
  }

  bool conditions_hold(const Rule& rule, const rows::MarkT& mark, Date start) const {
    const auto& conditions = rule.conditions;
    const auto& file = before_.get<File>();
    if (conditions.requires_ == "born" && !is_born(file, start)) return false;
    if (conditions.age_below) {
      const auto age = age_on(file, start);
      if (age && *age >= *conditions.age_below) return false;
    }
    if (conditions.unless_open == "investigation") {
      for (const auto& item : before_.get<Investigations>().items) {
        // The investigation that this very report opened later that day does not make the assessment superfluous.
        const bool cites =
            !mark.matters.empty() && std::ranges::find(item->reports, mark.matters.front()) != item->reports.end();
        if (!cites && was_open(*item, start)) return false;
      }
    }
    return conditions.law.empty() || mark.law == conditions.law;
  }

  // Follows one clock through what met, extended or cancelled it, whichever came first in legal order.
  void run(const Rule& rule, const Id& matter, std::unique_ptr<rows::ObligationT> item) {
    for (const auto* mark : ordered_) {
      if (mark->cancelled_on || !concerns(*mark, matter)) continue;
      for (const auto& hit : mark->hits) {
        const auto& trigger = rules_.trigger(hit.trigger());
        if (trigger.rule->id != rule.id || trigger.effect == Effect::kStart) continue;
        if (trigger.rule != &rule && repeated(*mark, rule, trigger.effect)) continue;
        if (trigger.effect == Effect::kExtend) {
          item = extend(rule, *mark, hit, std::move(item));
          break;
        }
        finish(*mark, trigger.effect, *item);
        row_.items.push_back(std::move(item));
        return;
      }
    }
    row_.items.push_back(std::move(item));
  }

  // A rule's versions name the same events: one hit each, of which only the governing version's counts.
  bool repeated(const rows::MarkT& mark, const Rule& rule, Effect effect) const {
    return std::ranges::any_of(mark.hits, [&](const rows::Hit& hit) {
      const auto& trigger = rules_.trigger(hit.trigger());
      return trigger.rule == &rule && trigger.effect == effect;
    });
  }

  std::unique_ptr<rows::ObligationT> extend(const Rule& rule, const rows::MarkT& mark, const rows::Hit& hit,
                                            std::unique_ptr<rows::ObligationT> old) {
    auto item = std::make_unique<rows::ObligationT>(*old);
    old->state = State::extended;
    old->extended_late = mark.on > old->nominal;
    old->events.push_back(mark.event);
    const auto nominal = local_date(from_micros(hit.time()));
    item->nominal = to_days(nominal);
    item->adjusted = to_days(adjusted(rule, nominal));
    item->extends = old->id_event;
    item->id_event = mark.event;
    item->events.push_back(mark.event);
    row_.items.push_back(std::move(old));
    return item;
  }

  static void finish(const rows::MarkT& mark, Effect effect, rows::ObligationT& item) {
    item.events.push_back(mark.event);
    if (effect == Effect::kCancel) {
      item.state = State::cancelled;
      return;
    }
    item.met_on = mark.on;
    item.state = mark.on <= item.nominal ? State::met : State::met_late;
    item.within_adjusted = mark.on <= item.adjusted;
  }

  const Before<Obligations::Reads>& before_;
  const DeadlineRules& rules_;
  Obligations::Row& row_;
  std::vector<const rows::MarkT*> ordered_;
};

template <class Visit>
void each_dimension(const rows::ObligationT& item, Visit visit) {
  visit(QueueBy::kBoard, std::string_view{});
  if (!item.unit.empty()) visit(QueueBy::kUnit, std::string_view{item.unit});
  if (!item.worker.empty()) visit(QueueBy::kWorker, std::string_view{item.worker});
  visit(QueueBy::kRule, std::string_view{item.rule});
}

}  // namespace

std::string queue_prefix(QueueBy by, std::string_view name, State state) {
  return KeyWriter{}.u8(static_cast<std::uint8_t>(by)).text(name).u8(static_cast<std::uint8_t>(state)).str();
}

void Obligations::apply(const RecordedEvent& event, const Before<Reads>& before, Row& obligations) {
  const auto& rules = before.rules();
  if (!rules.concerns(event.envelope.body_type())) return;
  const auto hits = rules.hits(event.envelope);
  if (hits.empty()) return;
  auto mark = std::make_unique<rows::MarkT>();
  mark->event = event.id;
  mark->at = to_micros(occurred(event.envelope));
  mark->on = to_days(event.occurred_on());
  mark->version = event.version;
  mark->matters = matters_of(event.envelope, event.matter());
  mark->unit = event.unit();
  if (event.envelope.legal_basis() != nullptr) mark->law = text_of(event.envelope.legal_basis()->law());
  if (event.misfiled_on) mark->cancelled_on = to_days(*event.misfiled_on);
  for (const auto& hit : hits) {
    mark->hits.emplace_back(to_micros(hit.time.at), hit.trigger, hit.time.precision == Precision::kDay);
  }
  obligations.marks.push_back(std::move(mark));
}

void Obligations::derive(const Before<Reads>& before, Row& obligations) { Deriver{before, obligations}.derive(); }

void Obligations::index(const CaseRow& row, IndexWriter& out) {
  flatbuffers::FlatBufferBuilder builder{512};
  const auto& items = row.get<Obligations>().items;
  for (std::uint32_t ordinal = 0; ordinal < items.size(); ++ordinal) {
    const auto& item = *items[ordinal];
    builder.Clear();
    const rows::Key case_key = flatbuffers::Pack(row.id);
    const auto ref = builder.CreateString(row.get<File>().external_ref);
    builder.Finish(rows::CreateQueueItem(builder, &case_key, ref, rows::CreateObligation(builder, &item)));
    const std::string value{reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
    const auto suffix = KeyWriter{}.day(item.nominal).id(row.id).u32(ordinal).str();
    const auto add = [&](QueueBy by, std::string_view name) {
      out.add(kQueue, queue_prefix(by, name, item.state) + suffix, value);
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
    each_dimension(*item,
                   [&](QueueBy by, std::string_view name) { out.add(kStates, queue_prefix(by, name, item->state)); });
  }
}

}  // namespace minne
