// Obligations derived from the marks of a case in legal order: clock by clock, what started it and what became of it.
#include "core/calendar.h"
#include "projections/components/clock_marks.h"
#include "projections/components/obligations.h"

#include <algorithm>

namespace minne {
namespace {

using Effect = DeadlineRules::Effect;
using rows::State;

// Where a clock began: the matter that it runs in, the events that made it start.
struct Beginning {
  const rows::Mark& mark;
  const rows::Mark& from;  // what came before cannot have met it; the mark, or what named the matter later
  const DeadlineRules::Trigger& trigger;
  Id matter;
  Due counted;
};

// The obligations of one case, built clock by clock from its marks in legal order.
class Deriver {
 public:
  Deriver(const Before<Obligations::Reads>& before, Obligations::Row& row)
      : before_(before), rules_(before.rules()), row_(row), marks_(row), ordered_(marks_.in_legal_order()) {}

  void derive() {
    row_.items.clear();
    for (const auto* mark : ordered_) {
      for (const auto& hit : marks_.hits(*mark)) {
        const auto& trigger = rules_.trigger(hit.trigger());
        if (trigger.effect == Effect::kStart) start(*mark, hit, trigger);
      }
    }
    std::ranges::sort(row_.items, {},
                      [](const auto& item) { return std::tie(item->nominal, item->rule, item->id_event); });
  }

 private:
  void start(const rows::Mark& mark, const rows::Hit& hit, const DeadlineRules::Trigger& trigger) {
    const auto& rule = *trigger.rule;
    const bool restarts = restarts_itself(mark, trigger);
    if (restarts && follows_another(mark, trigger.clock)) return;
    const auto& settings = rules_.table().settings();
    const auto from = counted_from(mark, hit, trigger);
    auto counted = restarts && rule.limit.unit == Limit::Unit::kYearly ? due_again(rule, from, settings)
                                                                       : due(rule, from, settings);
    if (!conditions_hold(rule, mark, counted.start)) return;
    if (rule.limit.unit == Limit::Unit::kExpectedBirth && !count_to_birth(rule, counted)) return;
    if (!trigger.start->through.empty()) {
      start_through(mark, trigger, counted);
      return;
    }
    bool named = false;
    for (const auto& name : marks_.names(mark)) {
      if (name.trigger() != hit.trigger() || !trigger.whose.empty()) continue;
      begin({mark, mark, trigger, flatbuffers::UnPack(name.matter()), counted});
      named = true;
    }
    if (!named) begin({mark, mark, trigger, marks_.matter(mark), counted});
  }

  [[nodiscard]] bool does(const rows::Mark& mark, Effect effect, std::uint16_t clock) const {
    return std::ranges::any_of(marks_.hits(mark), [&](const rows::Hit& hit) {
      const auto& trigger = rules_.trigger(hit.trigger());
      return trigger.effect == effect && trigger.clock == clock;
    });
  }

  // The time of the start, or of the latest of what the rule counts from, where the start follows one; of those in a
  // matter that the start names, where it names any.
  [[nodiscard]] When counted_from(const rows::Mark& mark, const rows::Hit& own,
                                  const DeadlineRules::Trigger& trigger) const {
    auto from = time_of(own);
    if (trigger.start->counted_from.empty()) return from;
    bool is_named = false;
    for (const auto* other : ordered_) {
      if (other == &mark) break;
      if (other->misfiled()) continue;
      for (const auto& hit : marks_.hits(*other)) {
        const auto& counts = rules_.trigger(hit.trigger());
        if (counts.effect != Effect::kCountsFrom || counts.start != trigger.start) continue;
        const bool names = marks_.share_a_matter(mark, *other);
        if (names || !is_named) from = time_of(hit);
        is_named = is_named || names;
      }
    }
    return from;
  }

  // The event answers for one day and starts the clock of the next, as the filing of a yearly register does.
  [[nodiscard]] bool restarts_itself(const rows::Mark& mark, const DeadlineRules::Trigger& trigger) const {
    return !trigger.rule->restarts_by.empty() && does(mark, Effect::kRestart, trigger.clock);
  }

  // An earlier such event began the clock, which this one restarts.
  [[nodiscard]] bool follows_another(const rows::Mark& mark, std::uint16_t clock) const {
    return std::ranges::any_of(ordered_, [&](const rows::Mark* other) {
      return !other->misfiled() && comes_before(*other, mark) && marks_.same_matters(*other, mark) &&
             does(*other, Effect::kStart, clock);
    });
  }

  // Of a clock of every year: what answers for an earlier day than the clock's, as a register that is filed once more.
  static bool answers_before(const Rule& rule, const rows::Hit& hit, const rows::ObligationT& item) {
    return rule.limit.unit == Limit::Unit::kYearly &&
           to_days(nearest_yearly(local_date(from_micros(hit.time())), rule.limit)) < item.nominal;
  }

  // A clock in each matter whose event names the one that this mark is in, whichever came first; and in those begun by
  // then whose event names none.
  void start_through(const rows::Mark& mark, const DeadlineRules::Trigger& trigger, const Due& counted) {
    std::vector<Id> begun;
    for (const auto* other : ordered_) {
      if (other->misfiled() || marks_.matters(*other).empty()) continue;
      const auto matter = marks_.matter(*other);
      const bool later = comes_before(mark, *other);
      if (!leads_to(*other, mark, *trigger.start, later) || std::ranges::find(begun, matter) != begun.end()) continue;
      if (!later && ended_between(trigger.clock, matter, *other, mark)) continue;
      begun.push_back(matter);
      begin({mark, later ? *other : mark, trigger, matter, counted});
    }
  }

  [[nodiscard]] bool leads_to(const rows::Mark& other, const rows::Mark& mark, const Start& start, bool later) const {
    const auto is_through = [&](std::uint16_t number) {
      const auto& trigger = rules_.trigger(number);
      return trigger.effect == Effect::kNames && trigger.start == &start;
    };
    bool names = false;
    for (const auto& name : marks_.names(other)) {
      if (!is_through(name.trigger())) continue;
      if (marks_.concerns(mark, flatbuffers::UnPack(name.matter()))) return true;
      names = true;
    }
    return !names && !later &&
           std::ranges::any_of(marks_.hits(other), [&](const rows::Hit& hit) { return is_through(hit.trigger()); });
  }

  // What would have met or cancelled the clock came before it could start.
  bool ended_between(std::uint16_t clock, const Id& matter, const rows::Mark& first, const rows::Mark& last) const {
    return std::ranges::any_of(ordered_, [&](const rows::Mark* mark) {
      if (mark->misfiled() || !comes_before(first, *mark) || !comes_before(*mark, last)) return false;
      return std::ranges::any_of(marks_.hits(*mark), [&](const rows::Hit& hit) {
        const auto& trigger = rules_.trigger(hit.trigger());
        return (trigger.effect == Effect::kMeet || trigger.effect == Effect::kCancel) && trigger.clock == clock &&
               (trigger.when.anywhere || marks_.concerns(*mark, matter));
      });
    });
  }

  bool count_to_birth(const Rule& rule, Due& counted) const {
    const auto& file = before_.get<File>();
    const auto birth = file.expected_birth ? file.expected_birth : file.birth_date;
    if (!birth) return false;
    counted.nominal = from_days(*birth);
    counted.adjusted = adjusted(rule, counted.nominal);
    return true;
  }

  void begin(const Beginning& beginning) {
    const auto& [mark, from, trigger, matter, counted] = beginning;
    const auto& rule = *trigger.rule;
    if (!allowed(beginning)) return;
    auto item = std::make_unique<rows::ObligationT>();
    item->rule = rule.id;
    item->matter = matter;
    item->started_by = event_of(mark);
    item->id_event = item->started_by;
    item->lapses = rule.on_expiry == OnExpiry::kLapse;
    const auto* owner = responsible_for(before_.get<Assignments>(), matter);
    item->worker = owner == nullptr ? std::string{} : owner->worker;
    item->unit = owner == nullptr || owner->unit.empty() ? marks_.unit(mark) : owner->unit;
    if (!count(rule, counted, *item)) return;
    if (rule.limit.unit == Limit::Unit::kGiven) item->started = mark.on();
    item->events.push_back(item->id_event);
    if (&from != &mark) item->events.push_back(event_of(from));
    if (mark.misfiled()) {
      item->state = State::cancelled;
      row_.items.push_back(std::move(item));
      return;
    }
    run(beginning, std::move(item));
  }

  // False where the birthday on which the rule's ground falls away has come by then: no clock starts.
  bool count(const Rule& rule, const Due& counted, rows::ObligationT& item) const {
    const auto& file = before_.get<File>();
    item.started = to_days(counted.start);
    item.nominal = to_days(counted.nominal);
    item.adjusted = to_days(counted.adjusted);
    if (!rule.until_age || !file.birth_date) return true;
    item.until = to_days(add_months(from_days(*file.birth_date), 12 * *rule.until_age));
    return item.started < *item.until;
  }

  bool barred(const Beginning& beginning) const {
    return !beginning.trigger.start->barred_by.empty() && std::ranges::any_of(ordered_, [&](const rows::Mark* mark) {
      return !mark->misfiled() && marks_.concerns(*mark, beginning.matter) &&
             std::ranges::any_of(marks_.hits(*mark), [&](const rows::Hit& hit) {
               const auto& trigger = rules_.trigger(hit.trigger());
               return trigger.effect == Effect::kBars && trigger.start == beginning.trigger.start;
             });
    });
  }

  // The latest of what allows the start and what forbids it, in the clock's matter, is one that allows it.
  bool allowed(const Beginning& beginning) const {
    if (barred(beginning)) return false;
    if (beginning.trigger.start->after.empty() && beginning.trigger.start->before.empty()) return true;
    bool allowed = beginning.trigger.start->after.empty();
    const rows::Mark* latest = nullptr;
    for (const auto* mark : ordered_) {
      if (mark->misfiled() || !marks_.concerns(*mark, beginning.matter) || comes_before(beginning.mark, *mark))
        continue;
      if (latest != nullptr && comes_before(*mark, *latest)) continue;
      for (const auto& hit : marks_.hits(*mark)) {
        const auto& trigger = rules_.trigger(hit.trigger());
        if (trigger.start != beginning.trigger.start) continue;
        if (trigger.effect != Effect::kAllows && trigger.effect != Effect::kForbids) continue;
        allowed = trigger.effect == Effect::kAllows;
        latest = mark;
      }
    }
    return allowed;
  }

  bool conditions_hold(const Rule& rule, const rows::Mark& mark, Date start) const {
    const auto& conditions = rule.conditions;
    const auto& file = before_.get<File>();
    if (conditions.requires_ == "born" && !is_born(file, start)) return false;
    if (conditions.requires_ == "unborn" && is_born(file, start)) return false;
    if (conditions.requires_ == "awaited" && !file.expected_birth) return false;
    if (conditions.age_below) {
      const auto age = age_on(file, start);
      if (age && *age >= *conditions.age_below) return false;
    }
    if (conditions.unless_open == "investigation") {
      for (const auto& item : before_.get<Investigations>().items) {
        // The investigation that this very report opened later that day does not make the assessment superfluous.
        const bool cites = std::ranges::find(item->reports, marks_.matter(mark)) != item->reports.end();
        if (!cites && was_open(*item, start)) return false;
      }
    }
    return conditions.law.empty() || marks_.law(mark) == conditions.law;
  }

  // Follows one clock, and those that follow it, through what met, restarted, extended or cancelled it, whichever came
  // first in legal order.
  void run(const Beginning& beginning, std::unique_ptr<rows::ObligationT> item) {
    const auto* rule = beginning.trigger.rule;
    // The clock of the event that opened a matter is as long as the matter: an imported end may even be dated earlier.
    const bool from_the_first = is(beginning.from.event(), beginning.matter) || rule->limit.unit == Limit::Unit::kGiven;
    for (const auto* mark : ordered_) {
      if (mark->misfiled() || is(mark->event(), item->id_event)) continue;
      if (!from_the_first && !comes_before(beginning.from, *mark)) continue;
      const auto* hit = act_of(*mark, beginning, *rule);
      if (hit == nullptr) continue;
      if (item->until && mark->on() >= *item->until) {
        item->state = State::cancelled;
        break;
      }
      const auto effect = rules_.trigger(hit->trigger()).effect;
      if (effect == Effect::kRestart && answers_before(*rule, *hit, *item)) continue;
      if (effect == Effect::kCancel && item->lapses && mark->on() > item->nominal) continue;  // it had lapsed by then
      if (effect == Effect::kExtend) {
        item = extend(*rule, *mark, *hit, std::move(item));
        continue;
      }
      finish(*mark, *hit, effect, *item);
      if (effect != Effect::kRestart) break;
      auto next = std::make_unique<rows::ObligationT>(*item);
      row_.items.push_back(std::move(item));
      rule = rules_.table().find(rule->id, local_date(from_micros(hit->time())));
      if (rule == nullptr || !restart(*rule, *mark, *hit, *next)) return;
      item = std::move(next);
    }
    row_.items.push_back(std::move(item));
  }

  // What this mark does to the clock: what the governing version says, where it says anything, else another version.
  const rows::Hit* act_of(const rows::Mark& mark, const Beginning& beginning, const Rule& rule) const {
    const rows::Hit* found = nullptr;
    for (const auto& hit : marks_.hits(mark)) {
      const auto& trigger = rules_.trigger(hit.trigger());
      if (trigger.clock != beginning.trigger.clock || trigger.start != nullptr) continue;
      const bool heard =
          in_matter_of(mark, beginning) ||
          (trigger.when.anywhere && comes_before(beginning.from, mark) && !names_another(mark, trigger.clock));
      if (!heard || is_of_another(mark, hit.trigger(), beginning)) continue;
      if (trigger.rule == &rule) return &hit;
      if (found == nullptr) found = &hit;
    }
    return found;
  }

  [[nodiscard]] bool is_of_another(const rows::Mark& mark, std::uint16_t trigger, const Beginning& beginning) const {
    if (rules_.trigger(trigger).whose.empty() || beginning.trigger.whose.empty()) return false;
    const auto is_start = [&](std::uint16_t number) { return &rules_.trigger(number) == &beginning.trigger; };
    const auto is_same = [&](std::uint16_t number) { return number == trigger; };
    return are_of_two(marks_.names(beginning.mark, is_start), marks_.names(mark, is_same));
  }

  // The event says by its matter which of several clocks it is about, of those begun by then.
  [[nodiscard]] bool names_another(const rows::Mark& mark, std::uint16_t clock) const {
    return std::ranges::any_of(ordered_, [&](const rows::Mark* other) {
      return !other->misfiled() && !marks_.matters(*other).empty() && !comes_before(mark, *other) &&
             does(*other, Effect::kStart, clock) && marks_.concerns(mark, marks_.matter(*other));
    });
  }

  [[nodiscard]] bool in_matter_of(const rows::Mark& mark, const Beginning& beginning) const {
    if (marks_.concerns(mark, beginning.matter)) return true;
    return beginning.trigger.start->and_named && marks_.share_a_matter(beginning.mark, mark);
  }

  // Turns a copy of the clock that was met into the next one; false where none follows.
  bool restart(const Rule& rule, const rows::Mark& mark, const rows::Hit& hit, rows::ObligationT& next) const {
    next.state = State::open;
    next.met_on.reset();
    next.within_adjusted = false;
    next.extends = Id{};
    next.until.reset();
    next.started_by = event_of(mark);
    next.id_event = next.started_by;
    next.events = {next.started_by};
    return count(rule, due_again(rule, time_of(hit), rules_.table().settings()), next);
  }

  std::unique_ptr<rows::ObligationT> extend(const Rule& rule, const rows::Mark& mark, const rows::Hit& hit,
                                            std::unique_ptr<rows::ObligationT> old) {
    auto item = std::make_unique<rows::ObligationT>(*old);
    old->state = State::extended;
    old->extended_late = mark.on() > old->nominal;
    old->ended_on = mark.on();
    old->events.push_back(event_of(mark));
    const auto nominal = local_date(from_micros(hit.time()));
    item->nominal = to_days(nominal);
    item->adjusted = to_days(adjusted(rule, nominal));
    item->extends = old->id_event;
    item->id_event = event_of(mark);
    item->events.push_back(item->id_event);
    row_.items.push_back(std::move(old));
    return item;
  }

  static void finish(const rows::Mark& mark, const rows::Hit& hit, Effect effect, rows::ObligationT& item) {
    item.events.push_back(event_of(mark));
    if (effect == Effect::kCancel) {
      item.state = State::cancelled;
      item.ended_on = mark.on();
      return;
    }
    const auto on = to_days(local_date(from_micros(hit.time())));
    item.met_on = on;
    if (mark.on() != on) item.ended_on = mark.on();
    item.state = on <= item.nominal ? State::met : State::met_late;
    item.within_adjusted = on <= item.adjusted;
  }

  const Before<Obligations::Reads>& before_;
  const DeadlineRules& rules_;
  Obligations::Row& row_;
  const Marks marks_;
  const std::vector<const rows::Mark*> ordered_;
};

}  // namespace

void Obligations::derive(const Before<Reads>& before, Row& obligations) { Deriver{before, obligations}.derive(); }

}  // namespace minne
