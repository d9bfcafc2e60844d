#include "server/cases_shown.h"

#include "projections/queries.h"

#include <spdlog/spdlog.h>
#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace minne {
namespace {

namespace json = boost::json;

// The rule and the dates of whatever the list is of: clocks, waits, investigations, promises, plans, offences.
constexpr std::array<std::string_view, 27> kKept{"rule",
                                                 "law",
                                                 "section",
                                                 "state",
                                                 "started",
                                                 "nominal",
                                                 "adjusted",
                                                 "met_on",
                                                 "days_left",
                                                 "overdue",
                                                 "lapsed",
                                                 "due",
                                                 "within_adjusted",
                                                 "extended_late",
                                                 "stream",
                                                 "entered_on",
                                                 "four_months_passed_on",
                                                 "left_on",
                                                 "concluded_on",
                                                 "made_on",
                                                 "notified_on",
                                                 "adopted_on",
                                                 "started_on",
                                                 "first_opened",
                                                 "opened",
                                                 "closed",
                                                 "concluded"};

// Who works with the case must find it. Nobody else needs to know which child it is.
bool sees_protected(std::string_view purpose) { return purpose == "case_work" || purpose == kUnspecified; }

void blank(json::object& row) {
  for (auto& member : row) {
    if (std::ranges::find(kKept, std::string_view{member.key()}) != kKept.end()) continue;
    auto& value = member.value();
    value = value.is_array() ? json::value(json::array{}) : json::value(nullptr);
  }
  row["protected"] = true;
}

void hide(json::value& value, const std::set<Id>& cases);

void hide(json::object& object, const std::set<Id>& cases) {
  if (const auto* named = object.if_contains("case"); named != nullptr && named->is_string()) {
    const auto id = parse_id(named->get_string());
    if (id && cases.contains(*id)) return blank(object);
  }
  for (auto& member : object) hide(member.value(), cases);
}

// Lists are in the order of homes or units too: among its neighbours a hidden row would tell its own. Where no date
// that it keeps has put it there, it goes last.
void move_hidden_last(json::array& list) {
  const auto stays = [](const json::value& item) {
    const auto* row = item.if_object();
    return row == nullptr || !row->contains("protected") || row->contains("nominal") || row->contains("due");
  };
  std::stable_partition(list.begin(), list.end(), stays);
}

void hide(json::value& value, const std::set<Id>& cases) {
  if (auto* list = value.if_array()) {
    for (auto& item : *list) hide(item, cases);
    move_hidden_last(*list);
  } else if (auto* object = value.if_object()) {
    hide(*object, cases);
  }
}

}  // namespace

Parameter purpose_parameter(bool required) {
  return {.name = "purpose",
          .description =
              "Why the list is made (SoLPUL 7 a §): recorded with the cases shown. Rows of protected cases are "
              "hidden but for case work.",
          .required = required,
          .one_of = {"case_work", "follow_up", "supervision", "log_control"}};
}

std::string_view purpose_of(const HttpRequest& request) { return request.query.get("purpose", kUnspecified); }

Result<> may_choose_by_concern(const App& app, const BoardRecord& board, ListRead read) {
  if (read.purpose == "follow_up" || read.purpose == "supervision" || read.purpose == kUnspecified) return {};
  read.refused = true;
  MINNE_TRY_VOID(record_read(app, board, read, {}));
  return failure(Code::kRefused, "cases are chosen by a concern for follow_up and supervision only (SoLPUL 7 a §)",
                 "concern");
}

Result<> show_cases(const App& app, const BoardRecord& board, const View& view, const ListRead& read,
                    json::object& answer) {
  if (!sees_protected(read.purpose)) {
    // Of this day, not of the day asked about: that would let the asker choose one before the protection began.
    MINNE_TRY(const auto hidden, protected_cases(view, local_date(app.memory.clock().now())));
    hide_protected(answer, hidden);
  }
  auto recorded = record_read(app, board, read, answer);
  if (recorded || read.purpose != kUnspecified) return recorded;
  const auto code = recorded.error().code;
  if (code != Code::kNoSpace && code != Code::kClock) return recorded;
  spdlog::warn("{} of {} was shown and could not be recorded: {}", read.query, board.name, recorded.error().message);
  return {};
}

void hide_protected(json::object& answer, const std::set<Id>& cases) {
  if (!cases.empty()) hide(answer, cases);
}

}  // namespace minne
