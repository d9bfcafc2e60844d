#include "projections/rules.h"

#include "core/calendar.h"
#include "events/check.h"
#include "events/uuid.h"

#include <algorithm>

namespace minne {
namespace {

// text := rule* board; each value as name '=' size ':' bytes '\n', so that no value can pass for another.
class Canonical {
 public:
  void add(std::string_view name, std::string_view value) {
    text_.append(name).append("=").append(std::to_string(value.size())).append(":").append(value).append("\n");
  }
  void add(std::string_view name, int value) { add(name, std::string_view(std::to_string(value))); }
  void add(std::string_view name, std::optional<int> value) {
    if (value) add(name, *value);
  }
  void add(std::string_view name, std::optional<Date> value) {
    if (value) add(name, std::string_view(to_text(*value)));
  }
  void add(std::string_view name, const FieldValues& values) {
    for (const auto& [field, value] : values) {
      add(name, std::string_view(field));
      add("is", std::string_view(value));
    }
  }
  void add(std::string_view name, const Trigger& trigger) {
    add(name, std::string_view(trigger.event));
    for (const auto& field : trigger.fields) add("field", std::string_view(field));
    add("where", trigger.where);
    add("unless", trigger.unless);
    for (const auto& field : trigger.whose) add("whose", std::string_view(field));
    if (trigger.anywhere) add("anywhere", 1);
  }
  void add(std::string_view name, const std::vector<Trigger>& triggers) {
    for (const Trigger& trigger : triggers) add(name, trigger);
  }
  void add(std::string_view name, const std::optional<Limit>& limit) {
    if (limit) add(name, std::string_view(to_text(*limit)));
  }
  void add(const Start& start) {
    add("starts", start.trigger);
    add("matter", std::string_view(start.matter));
    if (start.and_named) add("and_named", 1);
    for (const Through& through : start.through) {
      add("through", std::string_view(through.event));
      add("field", std::string_view(through.field));
      add("where", through.where);
    }
    add("after", start.after);
    add("before", start.before);
    add("barred_by", start.barred_by);
    add("counted_from", start.counted_from);
  }

  void add(const Rule& rule) {
    add("id", std::string_view(rule.id));
    add("law", std::string_view(rule.law));
    add("section", std::string_view(rule.section));
    add("kind", static_cast<int>(rule.kind));
    add("valid_from", rule.valid_from);
    add("valid_to", rule.valid_to);
    add("known_from", rule.known_from);
    if (rule.external) add("external", 1);
    for (const Start& start : rule.starts) add(start);
    add("unless_open", std::string_view(rule.conditions.unless_open));
    add("age_below", rule.conditions.age_below);
    add("requires", std::string_view(rule.conditions.requires_));
    add("basis", std::string_view(rule.conditions.law));
    add("limit", std::optional{rule.limit});
    add("then", rule.then);
    add("adjust", static_cast<int>(rule.adjust));
    add("met_by", rule.met_by);
    add("restarts_by", rule.restarts_by);
    if (rule.extended_by) {
      add("extended_by", std::string_view(rule.extended_by->event));
      add("field", std::string_view(rule.extended_by->field));
    }
    add("cancelled_by", rule.cancelled_by);
    add("on_expiry", static_cast<int>(rule.on_expiry));
    add("until_age", rule.until_age);
  }

  [[nodiscard]] std::string version() const {
    const Digest digest = sha256({reinterpret_cast<const std::uint8_t*>(text_.data()), text_.size()});
    return to_hex(std::span(digest).first(8));
  }

 private:
  std::string text_;
};

Date nominal_day(const Limit& limit, const When& start, Date from, const BoardSettings& settings) {
  switch (limit.unit) {
    case Limit::Unit::kDays:
    case Limit::Unit::kWeeks:
    case Limit::Unit::kMonths:
      return counted_from(from, limit);
    case Limit::Unit::kYearly:
      return next_yearly(from, limit);
    case Limit::Unit::kGiven:
    case Limit::Unit::kExpectedBirth:
      return from;
    case Limit::Unit::kNone:
    case Limit::Unit::kBoard:
      break;
    case Limit::Unit::kSameDay: {
      const bool late = start.precision == Precision::kInstant &&
                        local_time_of_day(start.at) >= std::chrono::hours{settings.late_in_day};
      return late ? add_days(from, 1) : from;
    }
  }
  CHECK(false);  // the caller asked counts()
}

}  // namespace

RuleTable::RuleTable(std::vector<Rule> rules, BoardSettings settings, StandingRules standing)
    : rules_(std::move(rules)), settings_(std::move(settings)), standing_(std::move(standing)) {
  std::stable_sort(rules_.begin(), rules_.end(), by_id_and_validity);
  Canonical canonical;
  for (const Rule& rule : rules_) {
    for (const Start& start : rule.starts) {
      auto& started = by_event_[start.trigger.event];
      if (std::ranges::find(started, &rule) == started.end()) started.push_back(&rule);
    }
    canonical.add(rule);
  }
  canonical.add("late_in_day", settings_.late_in_day);
  if (!settings_.unsearchable_reports_law.empty()) canonical.add("unsearchable_reports", 1);
  version_ = canonical.version();
}

std::span<const Rule* const> RuleTable::started_by(std::string_view event) const {
  const auto found = by_event_.find(event);
  if (found == by_event_.end()) return {};
  return found->second;
}

const Rule* RuleTable::find(std::string_view id, Date start, std::optional<Date> known_at) const {
  const auto known = [known_at](const Rule& rule) {
    return !known_at || !rule.known_from || *rule.known_from <= *known_at;
  };
  auto rule =
      std::lower_bound(rules_.begin(), rules_.end(), id, [](const Rule& r, std::string_view i) { return r.id < i; });
  const Rule* latest = nullptr;
  bool successor_unknown = false;
  for (; rule != rules_.end() && rule->id == id; ++rule) {
    if (!known(*rule)) {
      successor_unknown = true;
      continue;
    }
    if (rule->first_day() > start) break;
    latest = &*rule;
    successor_unknown = false;
  }
  if (latest == nullptr) return nullptr;
  return start <= latest->last_day() || successor_unknown ? latest : nullptr;
}

bool RuleTable::in_force(const Rule& rule, Date start, std::optional<Date> known_at) const {
  return find(rule.id, start, known_at) == &rule;
}

RuleTable RuleTable::known_at(Date day) const {
  std::vector<Rule> known;
  for (const Rule& rule : rules_) {
    if (!rule.known_from || *rule.known_from <= day) {
      known.push_back(rule);
    } else if (!known.empty() && known.back().id == rule.id) {
      known.back().valid_to.reset();
    }
  }
  return RuleTable(std::move(known), settings_, standing_);
}

bool counts(const Rule& rule) {
  return rule.limit.unit != Limit::Unit::kNone && rule.limit.unit != Limit::Unit::kBoard;
}

Due due(const Rule& rule, const When& start, const BoardSettings& settings) {
  const Date from = local_date(start.at);
  const Date nominal = nominal_day(rule.limit, start, from, settings);
  return {from, nominal, adjusted(rule, nominal)};
}

Due due_again(const Rule& rule, const When& start, const BoardSettings& settings) {
  const Date from = local_date(start.at);
  const Limit& limit = rule.then ? *rule.then : rule.limit;
  const bool yearly = limit.unit == Limit::Unit::kYearly;
  const Date nominal = nominal_day(limit, start, yearly ? nearest_yearly(from, limit) : from, settings);
  return {from, nominal, adjusted(rule, nominal)};
}

Date adjusted(const Rule& rule, Date nominal) {
  return rule.adjust == Adjust::kNextWorkingDay ? next_working_day(nominal) : nominal;
}

}  // namespace minne
