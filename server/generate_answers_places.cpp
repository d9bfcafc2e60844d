// What must be found of placements and of queues.
#include "server/generate_answers.h"

#include <cmath>
#include <set>

namespace minne::generate::known {
namespace {

namespace json = boost::json;

constexpr Day kPassedDays = 365;

// ---- Placements ----------------------------------------------------------------------------------------------------

// Distinct children by form and law, with their totals.
class Children {
 public:
  void add(const Id& child, const std::string& form, const std::string& law) {
    for (const auto& f : {form, std::string{"all"}}) {
      for (const auto& l : {law, std::string{"all"}}) by_kind_[{f, l}].insert(child);
    }
    forms_.insert(form);
    laws_.insert(law);
  }

  [[nodiscard]] json::array shown() const {
    json::array out;
    const auto with_all = [](const std::set<std::string>& names) {
      std::vector<std::string> all(names.begin(), names.end());
      all.emplace_back("all");
      return all;
    };
    for (const auto& form : with_all(forms_)) {
      for (const auto& law : with_all(laws_)) {
        const auto found = by_kind_.find({form, law});
        out.push_back(json::object{
            {"form", form}, {"law", law}, {"children", found == by_kind_.end() ? 0 : found->second.size()}});
      }
    }
    return out;
  }
  [[nodiscard]] const std::set<std::string>& forms() const { return forms_; }

 private:
  std::map<std::pair<std::string, std::string>, std::set<Id>> by_kind_;
  std::set<std::string> forms_;
  std::set<std::string> laws_;
};

json::array visits_of(const Asking& asking, int year, const Children& children) {
  struct Visits {
    std::int64_t all = 0;
    std::int64_t alone = 0;
  };
  std::map<std::string, Visits> by_form;
  asking.each_case([&](const Case& file) {
    each_spell(file, [&](const Placement& placement, const Spell& spell, Day to) {
      for (const auto& visit : placement.visits) {
        if (visit.on < spell.from || visit.on > to || year_of(visit.on) != year) continue;
        for (const auto& form : {std::string{spell.form}, std::string{"all"}}) {
          ++by_form[form].all;
          by_form[form].alone += visit.alone ? 1 : 0;
        }
      }
    });
  });
  auto days = placed_days(asking, year);
  std::vector<std::string> forms(children.forms().begin(), children.forms().end());
  forms.emplace_back("all");
  json::array out;
  for (const auto& form : forms) {
    out.push_back(json::object{{"form", form},
                               {"visits", by_form[form].all},
                               {"talked_alone", by_form[form].alone},
                               {"visits_per_placement_year", in_a_year(by_form[form].all, days[form])}});
  }
  return out;
}

void answer_placed(const Asking& asking, Day on) {
  const int year = year_of(on);
  Children on_day;
  Children in_year;
  asking.each_case([&](const Case& file) {
    each_spell(file, [&](const Placement&, const Spell& spell, Day to) {
      const std::string form{spell.form};
      const std::string law{spell.law};
      if (spell.from <= on && to >= on) on_day.add(file.id, form, law);
      if (spell.from <= day_of(year, 12, 31) && to >= day_of(year, 1, 1)) in_year.add(file.id, form, law);
    });
  });
  asking.ask("placements", {{"on", day_text(on)}, {"year", year}},
             {{"on_day", on_day.shown()},
              {"in_year", in_year.shown()},
              {"visits", visits_of(asking, year, in_year)},
              {"coverage", coverage_on(asking, on)},
              {"reports_around", reports_around(asking)}});
}

// ---- Queues --------------------------------------------------------------------------------------------------------

struct Waiting {
  const Case* file;
  const Wait* wait;
  std::optional<int> need;
  std::size_t by_need = 0;
};

std::optional<int> need_on(const Wait& wait, Day day) {
  std::optional<int> out;
  for (const auto& [on, score] : wait.scores) {
    if (on <= day) out = score;
  }
  return out;
}

// The first of the investigation's limits that came while it waited.
Day passed_while(const Case& file, const Wait& wait) {
  if (wait.investigation == kNobody || !file.investigations[wait.investigation].clock) return kNever;
  for (const Day limit : limits_of(file.investigations[wait.investigation])) {
    if (limit >= wait.from && limit < wait.to) return limit;
  }
  return kNever;
}

// How far the order of need follows the order of waiting, ties left out of the scale (Kendall's tau-b).
json::value tau(const std::vector<Waiting>& waiting) {
  std::int64_t score = 0;
  std::int64_t other_wait = 0;
  std::int64_t other_need = 0;
  for (const auto& a : waiting) {
    for (const auto& b : waiting) {
      if (!a.need || !b.need || &a >= &b) continue;
      const auto wait = a.wait->at < b.wait->at ? 1 : a.wait->at == b.wait->at ? 0 : -1;
      const auto need = *a.need > *b.need ? 1 : *a.need == *b.need ? 0 : -1;
      score += wait * need;
      other_wait += wait != 0 ? 1 : 0;
      other_need += need != 0 ? 1 : 0;
    }
  }
  if (other_wait == 0 || other_need == 0) return nullptr;
  const auto scale = std::sqrt(static_cast<double>(other_wait)) * std::sqrt(static_cast<double>(other_need));
  return std::round(static_cast<double>(score) * 100 / scale) / 100;
}

json::object shown(const Asking& asking, const Waiting& one, Day on) {
  const Day passed = passed_while(*one.file, *one.wait);
  return {{"case", id_text(one.file->id)},
          {"ref", one.file->ref},
          {"matter", id_text(one.wait->matter)},
          {"unit", asking.unit(one.wait->unit)},
          {"entered_on", day_text(one.wait->from)},
          {"days", on - one.wait->from},
          {"need", one.need ? json::value(*one.need) : json::value{}},
          {"four_months_passed_on", passed < on ? json::value(day_text(passed)) : json::value{}}};
}

void answer_queue(const Asking& asking, std::string_view queue, Day on) {
  std::vector<Waiting> waiting;
  std::map<std::tuple<Day, Id, Id>, json::object> passed;
  asking.each_case([&](const Case& file) {
    for (const auto& wait : file.waits) {
      if (wait.queue != queue) continue;
      if (wait.from <= on && wait.to > on) waiting.push_back({&file, &wait, need_on(wait, on)});
      const Day limit = passed_while(file, wait);
      if (limit < on && limit >= on - kPassedDays) {
        auto item = shown(asking, {&file, &wait, need_on(wait, on)}, std::min(on, wait.to));
        item["four_months_passed_on"] = day_text(limit);
        item["left_reason"] = wait.to <= on ? json::value(wait.left_reason) : json::value{};
        item["left_on"] = wait.to <= on ? json::value(day_text(wait.to)) : json::value{};
        passed[{limit, file.id, wait.entry}] = std::move(item);
      }
    }
  });
  std::sort(waiting.begin(), waiting.end(), [](const Waiting& a, const Waiting& b) {
    return std::tie(a.wait->at, a.file->id, a.wait->entry) < std::tie(b.wait->at, b.file->id, b.wait->entry);
  });
  std::vector<Waiting*> needs;
  for (auto& one : waiting) needs.push_back(&one);
  std::stable_sort(needs.begin(), needs.end(),
                   [](const Waiting* a, const Waiting* b) { return a->need.value_or(-1) > b->need.value_or(-1); });
  for (std::size_t i = 0; i < needs.size(); ++i) needs[i]->by_need = i + 1;
  json::array order;
  for (std::size_t i = 0; i < waiting.size() && i < kMostListed; ++i) {
    auto item = shown(asking, waiting[i], on);
    item["rank_by_wait"] = i + 1;
    item["rank_by_need"] = waiting[i].by_need;
    item["rank_difference"] = static_cast<std::int64_t>(i + 1) - static_cast<std::int64_t>(waiting[i].by_need);
    order.push_back(std::move(item));
  }
  json::array over;
  for (auto& [key, item] : passed) {
    if (over.size() < kMostListed) over.push_back(std::move(item));
  }
  asking.ask("queues", {{"queue", queue}, {"on", day_text(on)}, {"limit", kMostListed}},
             {{"total", waiting.size()},
              {"scored", std::count_if(waiting.begin(), waiting.end(), [](const Waiting& one) { return one.need; })},
              {"kendall_tau", tau(waiting)},
              {"order", std::move(order)},
              {"passed_while_waiting", std::move(over)}});
}

}  // namespace

void answer_placements(const Asking& asking) {
  answer_placed(asking, asking.today);
  answer_placed(asking, day_of(year_of(asking.today) - 1, 11, 1));
}

void answer_queues(const Asking& asking) {
  for (const auto* queue : {"reinforcement", "family_treatment", "contact_person"}) {
    answer_queue(asking, queue, asking.today);
    answer_queue(asking, queue, asking.today - 200);
  }
}

}  // namespace minne::generate::known
