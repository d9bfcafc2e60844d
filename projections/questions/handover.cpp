// Rows 3 and 26: what a worker who leaves hands over, and what nobody has taken over.
#include "core/keys.h"
#include "projections/components/contacts.h"
#include "projections/components/matters.h"
#include "projections/queries.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> kContactKinds = {"preliminary_contact", "child_heard", "placement_visit",
                                                           "follow_up", "note"};

// What one case holds for the worker who is to read it.
class HeldCase {
 public:
  // `left`: the matters of which the index says that the worker left them behind.
  HeldCase(const CaseRow& row, std::string_view worker, Date today, std::vector<Id> left)
      : row_(row), worker_(worker), today_(today), left_(std::move(left)) {}

  [[nodiscard]] json::object shown() const {
    const auto& file = row_.get<File>();
    return {{"case", to_text(row_.id)},
            {"ref", text_or_null(file.external_ref)},
            {"state", file.closed_on ? "closed" : "open"},
            {"matters", matters()},
            {"obligations", obligations()},
            {"last_contact", contact()},
            {"promises", promises()},
            {"prior_reports", in_legal_order(row_.get<Reports>()).size()},
            {"unread_notes", unread()}};
  }

 private:
  // Whether the matter is unfinished; nothing of matters that have no end.
  [[nodiscard]] json::object matter(const rows::AssignmentT& item) const {
    json::object out{{"matter", id_or_null(item.matter)},
                     {"kind", item.matter.is_nil() ? json::value("file") : json::value()},
                     {"finished", nullptr},
                     {"role", item.role},
                     {"since", date(item.from_on)},
                     {"left", date_or_null(item.ended_on)}};
    for (const auto& work : work_of(row_)) {
      if (work.id != item.matter) continue;
      out["kind"] = name_of(work.kind);
      out["finished"] = work.to.has_value();
    }
    for (const auto& other : row_.get<Matters>().items) {
      if (other->id == item.matter) out["kind"] = name_of(kind_of(*other));
    }
    return out;
  }
  [[nodiscard]] bool is_left(const rows::AssignmentT& item) const {
    if (std::ranges::find(left_, item.matter) == left_.end() || item.role != kResponsible) return false;
    const auto& all = row_.get<Assignments>().items;
    return std::ranges::none_of(all, [&](const auto& other) {
      return other->matter == item.matter && other->role == kResponsible && other->from_version > item.from_version;
    });
  }
  [[nodiscard]] json::array matters() const {
    json::array out;
    for (const auto& item : row_.get<Assignments>().items) {
      if (item->worker == worker_ && (!item->ended_on || is_left(*item))) out.push_back(matter(*item));
    }
    return out;
  }
  [[nodiscard]] json::array obligations() const {
    json::array out;
    for (const auto& item : row_.get<Obligations>().items) {
      const bool nobodys = item->worker.empty();  // whoever takes over the case must know of them too
      if (state_on(*item, today_) != rows::State::open || (item->worker != worker_ && !nobodys)) continue;
      out.push_back(json::object{{"rule", item->rule},
                                 {"matter", id_or_null(item->matter)},
                                 {"nominal", date(item->nominal)},
                                 {"days_left", item->nominal - to_days(today_)}});
    }
    return out;
  }
  [[nodiscard]] json::value contact() const {
    const auto* last = last_contact(row_.get<Contacts>());
    if (last == nullptr) return nullptr;
    return json::object{{"on", date(last->on())}, {"kind", kContactKinds[static_cast<std::size_t>(last->kind())]}};
  }
  [[nodiscard]] json::array promises() const {
    json::array out;
    for (const auto& item : row_.get<Matters>().items) {
      if (kind_of(*item) != MatterKind::kPromise || item->done_on) continue;
      out.push_back(json::object{{"promise", to_text(item->id)},
                                 {"to", text_or_null(item->to)},
                                 {"made", date(item->on)},
                                 {"due", date_or_null(item->due)}});
    }
    return out;
  }
  // Who was given the case from the start has nobody's notes to catch up with, and who has left catches up no more.
  [[nodiscard]] json::value unread() const {
    bool took_over = false;
    Position read = 0;
    for (const auto& item : row_.get<Assignments>().items) {
      if (item->ended_on || item->worker != worker_) continue;
      took_over = took_over || !item->handed_over_from.empty() || item->read_position;
      read = std::max(read, item->read_position.value_or(0));
    }
    return took_over ? json::value(notes_by_others(row_, worker_, read)) : json::value();
  }

  const CaseRow& row_;
  std::string_view worker_;
  Date today_;
  std::vector<Id> left_;
};

// Hand-overs that nobody has confirmed; to one worker, or to anybody.
Result<json::array> unacknowledged(const QuestionAsked& asked, std::string_view worker, std::int64_t min_days,
                                   bool& complete) {
  struct Found {
    std::int32_t on;
    json::object item;
  };
  std::vector<Found> found;
  const auto visit = [&](std::string_view key, std::string_view value) {
    KeyReader reader(key);
    const auto to = reader.text();
    const auto on = reader.day();
    const auto case_id = reader.id();
    const auto matter = reader.id();
    KeyReader shown(value);
    const auto from = shown.text();
    const auto unit = shown.text();
    const auto days = to_days(asked.today) - on;
    if (days < min_days || !asks_for(asked, unit)) return true;
    if (found.size() == kMaxPage) {
      complete = false;
      return false;
    }
    found.push_back({on, json::object{{"case", to_text(case_id)},
                                      {"ref", text_or_null(shown.rest())},
                                      {"matter", id_or_null(matter)},
                                      {"from", text_or_null(from)},
                                      {"to", text_or_null(to)},
                                      {"unit", text_or_null(unit)},
                                      {"on", date(on)},
                                      {"days", days}}});
    return true;
  };
  MINNE_TRY_VOID(each_entry<Continuity>(asked, Continuity::kUnacknowledged,
                                        worker.empty() ? std::string{} : KeyWriter{}.text(worker).str(), visit));
  std::ranges::stable_sort(found, {}, &Found::on);
  json::array out;
  for (auto& one : found) out.push_back(std::move(one.item));
  return out;
}

Result<json::object> handover(const QuestionAsked& asked) {
  const auto& worker = asked.text("worker");
  std::vector<std::pair<Id, std::vector<Id>>> held;  // cases, and the matters left behind in each
  bool complete = true;
  MINNE_TRY_VOID(each_entry<Assignments>(asked, Assignments::kByWorker, KeyWriter{}.text(worker).str(),
                                         [&](std::string_view key, std::string_view) {
                                           KeyReader reader(key);
                                           reader.text();
                                           const auto id = reader.id();
                                           const auto matter = reader.id();
                                           const bool fresh = held.empty() || held.back().first != id;
                                           complete = !fresh || held.size() < kMaxPage;
                                           if (!complete) return false;
                                           if (fresh) held.push_back({id, {}});
                                           if (reader.text() == kLeftBehind) held.back().second.push_back(matter);
                                           return true;
                                         }));
  json::array cases;
  for (auto& [id, left] : held) {
    MINNE_TRY(const auto row, read_row(asked.view, id));
    cases.push_back(HeldCase{row, worker, asked.today, std::move(left)}.shown());
  }
  MINNE_TRY(auto waiting, unacknowledged(asked, worker, 0, complete));
  return json::object{{"worker", worker},
                      {"complete", complete},
                      {"cases", std::move(cases)},
                      {"not_acknowledged", std::move(waiting)}};
}

Result<json::object> handoffs(const QuestionAsked& asked) {
  bool complete = true;
  MINNE_TRY(auto waiting, unacknowledged(asked, {}, asked.integer("days"), complete));
  return json::object{{"complete", complete}, {"not_acknowledged", std::move(waiting)}};
}

}  // namespace

Question handover_question() {
  return {.name = "handover",
          .summary = "All that a worker holds, or left behind, as whoever takes over must know it",
          .parameters = {{.name = "worker", .description = "the worker who leaves", .required = true}},
          .lists_cases = true,
          .answer = handover};
}

Question handoffs_question() {
  return {.name = "handoffs",
          .summary = "Hand-overs that nobody has acknowledged, oldest first",
          .parameters = {{.name = "days",
                          .kind = QuestionParameter::Kind::kInteger,
                          .description = "only those at least so many days old",
                          .default_value = "7",
                          .maximum = 36'500},
                         unit_parameter()},
          .lists_cases = true,
          .answer = handoffs};
}

}  // namespace minne
