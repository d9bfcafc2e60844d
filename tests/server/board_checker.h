// A second opinion on a generated board: the rules of validity, and the manifest's answers computed from the events
// alone. Shares nothing with the generator but its calendar.
#pragma once

#include "events/stream_ids.h"
#include "server/generate.h"
#include "server/generate_calendar.h"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace minne {

namespace json = boost::json;
using std::chrono::days;
using std::chrono::months;

inline Date received_day(const Event& event) { return local_date(received(event)); }
inline Date occurred_day(const Event& event) { return local_date(occurred(event)); }

inline Date four_months_after(Date day) {
  const std::chrono::year_month_day from{day};
  const auto month = std::chrono::year_month{from.year(), from.month()} + months{4};
  const std::chrono::year_month_day_last last{month.year(), std::chrono::month_day_last{month.month()}};
  return Date{month / std::min(from.day(), last.day())};
}

inline Date date_of(std::optional<std::int32_t> stored) { return from_days(stored.value_or(0)); }

struct CheckedReport {
  Id id;
  Date received;
  std::chrono::minutes time_of_day{};
  bool late_in_day = false;
  bool clocks = true;
  bool absence = false;
  bool misfiled = false;
  bool led = false;
  bool running = false;  // an investigation, when this was recorded
  std::optional<Date> assessed;
  std::optional<Date> decided;
  std::optional<Date> joined;
  std::optional<Date> extended_to;
  std::optional<Id> same_as;
};

struct CheckedInvestigation {
  Id id;
  Date opened;
  bool clock = true;
  std::vector<Date> ends;
  std::optional<Date> concluded;
};

struct CheckedCase {
  std::string ref;
  bool born = false;
  Date birth;
  std::vector<CheckedReport> reports;
  std::vector<CheckedInvestigation> investigations;
  std::map<Id, std::string> responsible;
  std::map<Id, std::string> handed_to;
  std::set<Id> ids;
  int handovers = 0;
  int acknowledged = 0;
  bool corrected = false;
  std::map<Body, int> types;
  Date custody_on;
  Date submitted_on;

  CheckedReport* find(const Id& id) {
    const auto found =
        std::find_if(reports.begin(), reports.end(), [&](const auto& r) { return r.id == id && !r.misfiled; });
    return found == reports.end() ? nullptr : &*found;
  }
  CheckedInvestigation* running() {
    return investigations.empty() || investigations.back().concluded ? nullptr : &investigations.back();
  }
};

constexpr std::array<const char*, 3> kCountedRules = {"PROT_ASSESS", "PRELIM_14D", "INV_4M"};  // again, from the events

struct CheckedTotals {
  std::uint64_t total = 0;
  std::uint64_t open = 0;
  std::uint64_t met = 0;
  std::uint64_t met_late = 0;
  std::uint64_t extended = 0;
  std::uint64_t cancelled = 0;
};

class BoardChecker {
 public:
  explicit BoardChecker(const GenerateOptions& asked) : asked_(asked), key_(generated_lookup_key(asked)) {}

  void take(const GeneratedEvent& given) {
    ++position_;
    const auto verified = verify_event(given.event.bytes, given.event.sealed);
    ASSERT_TRUE(verified) << verified.error().message << verified.error().where << " at " << position_;
    const auto& event = event_in(given.event.bytes);
    ASSERT_EQ(id_of(event.case_id()), given.stream);
    ASSERT_EQ(event.stream_kind(), given.kind);
    ASSERT_GE(given.recorded_at, recorded_);
    ASSERT_LE(occurred(event), given.recorded_at) << type_name(event.body_type()) << " at " << position_;
    recorded_ = given.recorded_at;
    bytes_ += given.event.bytes.size();
    if (given.kind == StreamKind::staff) {
      ASSERT_NO_FATAL_FAILURE(staff(given, event));
    } else if (given.kind == StreamKind::board) {
      ASSERT_EQ(given.stream, board_stream_id(asked_.board));
    } else {
      ASSERT_NO_FATAL_FAILURE(in_case(given.stream, event, given.event.sealed));
    }
    previous_ = {given.stream, event.body_type(), given.recorded_at, id_of(event.causation_id())};
  }

  void compare(const json::object& manifest) {
    today_ = local_date(recorded_);
    ASSERT_EQ(manifest.at("today").as_string(), to_text(today_));
    ASSERT_EQ(manifest.at("events").to_number<std::uint64_t>(), position_);
    ASSERT_EQ(manifest.at("cases").to_number<std::uint64_t>(), cases.size());
    compare_deadlines(manifest.at("deadlines").as_object());
    std::uint64_t open = 0;
    for (const auto& clock : manifest.at("open_deadlines").as_array()) {
      for (const auto* rule : kCountedRules) open += clock.at("rule") == rule ? 1 : 0;
    }
    EXPECT_EQ(open, open_);
    for (const auto& asked : manifest.at("repeats").as_array()) compare_repeats(asked.as_object());
    compare_responsible(manifest.at("open_investigations").as_object());
  }

  [[nodiscard]] std::uint64_t mean_bytes() const { return bytes_ / position_; }

  std::map<Id, CheckedCase> cases;

 private:
  struct Previous {
    Id stream;
    Body type = Body::NONE;
    Instant recorded_at{};
    Id causation;
  };

  void staff(const GeneratedEvent& given, const Event& event) {
    if (const auto* joined = event.body_as_StaffJoined()) {
      const std::string worker{text_of(joined->worker())};
      ASSERT_EQ(given.stream, staff_stream_id(asked_.board, worker));
      ASSERT_TRUE(here_.insert(worker).second);
    } else {
      const auto* left = event.body_as_StaffLeft();
      ASSERT_NE(left, nullptr);
      const std::string worker{text_of(left->worker())};
      ASSERT_EQ(here_.erase(worker), 1U);
      ASSERT_EQ(held_[worker], 0) << worker << " left with matters at " << position_;
      if (previous_.type == Body::AssignmentEnded && previous_.causation == id_of(event.id())) {
        ASSERT_EQ(previous_.recorded_at, given.recorded_at);
        brought_ = false;
      }
      ASSERT_FALSE(brought_) << "an assignment ended by a leave, and no StaffLeft after it";
    }
  }

  void in_case(const Id& stream, const Event& event, std::string_view sealed) {
    if (const auto* opened = event.body_as_CaseOpened()) {
      ASSERT_TRUE(cases.emplace(stream, CheckedCase{}).second) << "CaseOpened is version 1, once";
      auto& file = cases[stream];
      file.ref = text_of(opened->external_ref());
      const auto reserve = sealed_text(sealed, "/person_number");
      ASSERT_TRUE(reserve);
      const auto token = hmac_sha256(key_, *reserve);
      ASSERT_TRUE(std::equal(token.begin(), token.end(), opened->subject_token()->begin()));
      ASSERT_TRUE(refs_.insert(file.ref).second);
      birth(file, opened->birth_date());
    }
    ASSERT_TRUE(cases.contains(stream)) << type_name(event.body_type());
    auto& file = cases[stream];
    ASSERT_TRUE(file.ids.insert(id_of(event.id())).second);
    ++file.types[event.body_type()];
    if (event.body_type() == Body::ImmediateCustodyOrdered) file.custody_on = occurred_day(event);
    if (event.body_type() == Body::CustodySubmitted) file.submitted_on = occurred_day(event);
    const auto matter = id_of(event.matter_id());
    if (const auto* facts = event.body_as_SubjectFactsRecorded()) birth(file, facts->birth_date());
    ASSERT_NO_FATAL_FAILURE(reports(stream, file, event, matter));
    ASSERT_NO_FATAL_FAILURE(decisions(stream, file, event, matter));
    ASSERT_NO_FATAL_FAILURE(investigations(file, event, matter));
    ASSERT_NO_FATAL_FAILURE(assignments(file, event, matter));
  }

  static void birth(CheckedCase& file, flatbuffers::Optional<std::int32_t> day) {
    if (!day) return;
    file.born = true;
    file.birth = from_days(*day);
  }

  static CheckedReport report_from(const Event& event, const Id& id, const events::ReportReceived& body, bool born) {
    CheckedReport report;
    report.id = id;
    report.clocks = born;
    receive(report, event);
    for (const auto* concern : *body.concerns()) {
      if (text_of(concern->code()) != "school_absence") continue;
      report.absence = true;
      EXPECT_TRUE(concern->absence_pct() && concern->period_from() && concern->period_to());
    }
    return report;
  }

  static void receive(CheckedReport& report, const Event& event) {
    report.received = received_day(event);
    report.time_of_day = local_time_of_day(received(event));
    report.late_in_day = event.received_precision() == events::Precision::instant &&
                         local_time_of_day(received(event)) >= std::chrono::hours{16};
  }

  void reports(const Id& stream, CheckedCase& file, const Event& event, const Id& matter) {
    if (const auto* body = event.body_as_ReportReceived()) {
      ASSERT_EQ(matter, id_of(event.id()));
      ASSERT_TRUE(event.received_at());
      file.reports.push_back(report_from(event, matter, *body, file.born));
      file.reports.back().running = file.running() != nullptr;
      if (body->siblings() != nullptr) {
        ASSERT_NE(event.correlation_id(), nullptr);
        ASSERT_EQ(std::count_if(body->siblings()->begin(), body->siblings()->end(),
                                [&](const auto* one) { return id_of(one) == stream; }),
                  0);
      }
    } else if (event.body_as_ProtectionAssessmentMade() != nullptr) {
      auto* report = file.find(matter);
      ASSERT_NE(report, nullptr);
      ASSERT_FALSE(report->assessed);
      ASSERT_GE(occurred_day(event), report->received);
      report->assessed = occurred_day(event);
    } else if (const auto* same = event.body_as_ReportMarkedSameIncident()) {
      ASSERT_NE(file.find(matter), nullptr);
      ASSERT_NE(file.find(id_of(same->primary_report_id())), nullptr);
      file.find(matter)->same_as = id_of(same->primary_report_id());
    } else if (const auto* corrected = event.body_as_EventCorrected()) {
      auto* report = file.find(id_of(corrected->target()));
      ASSERT_NE(report, nullptr);
      receive(*report, *corrected->replacement());
      file.corrected = true;
    } else if (const auto* misfiled = event.body_as_EventMisfiled()) {
      auto* report = file.find(id_of(misfiled->target()));
      ASSERT_NE(report, nullptr);
      report->misfiled = true;
    } else if (const auto* refiled = event.body_as_EventRefiled()) {
      ASSERT_EQ(previous_.type, Body::EventMisfiled);
      ASSERT_EQ(previous_.stream, id_of(refiled->origin_case()));
      ASSERT_EQ(previous_.recorded_at, recorded_);
      ASSERT_LT(*refiled->origin_position(), position_);
      const auto& original = *refiled->original();
      file.reports.push_back(
          report_from(original, id_of(refiled->origin_event()), *original.body_as_ReportReceived(), file.born));
    }
    if (previous_.type == Body::EventMisfiled) {
      ASSERT_EQ(event.body_type(), Body::EventRefiled);
    }
  }

  void decisions(const Id& stream, CheckedCase& file, const Event& event, const Id& matter) {
    if (const auto* review = event.body_as_PriorHistoryReviewed()) {
      std::vector<Id> earlier;
      for (const auto& report : file.reports) {
        if (report.id != matter && !report.misfiled) earlier.push_back(report.id);
      }
      std::vector<Id> shown;
      for (const auto* id : *review->shown_report_ids()) shown.push_back(id_of(id));
      ASSERT_EQ(shown, earlier) << "at " << position_;
      ASSERT_EQ(*review->position(), position_ - 1);
      ASSERT_NE(file.find(matter), nullptr);
    } else if (const auto* not_opened = event.body_as_InvestigationNotOpened()) {
      ASSERT_EQ(previous_.type, Body::PriorHistoryReviewed);
      ASSERT_EQ(previous_.stream, stream);
      ASSERT_TRUE(has(*not_opened->report_ids(), matter));
      ASSERT_NO_FATAL_FAILURE(decide(file, *not_opened->report_ids(), event, false));
    } else if (const auto* opened = event.body_as_InvestigationOpened()) {
      ASSERT_EQ(matter, id_of(event.id()));
      if (text_of(opened->basis()) == "reports") {
        ASSERT_EQ(previous_.type, Body::PriorHistoryReviewed);
        ASSERT_EQ(previous_.stream, stream);
        ASSERT_NO_FATAL_FAILURE(decide(file, *opened->report_ids(), event, true));
      } else {
        ASSERT_EQ(opened->report_ids(), nullptr);
      }
    } else if (const auto* joined = event.body_as_ReportJoinedInvestigation()) {
      auto* report = file.find(matter);
      ASSERT_NE(report, nullptr);
      ASSERT_NE(file.running(), nullptr);
      ASSERT_EQ(file.running()->id, id_of(joined->investigation_id()));
      ASSERT_FALSE(report->decided || report->joined);
      ASSERT_GE(occurred_day(event), report->received);
      report->joined = occurred_day(event);
      report->led = true;
    } else if (const auto* extended = event.body_as_PreliminaryExtended()) {
      auto* report = file.find(matter);
      ASSERT_NE(report, nullptr);
      ASSERT_FALSE(report->decided || report->joined || report->extended_to);
      report->extended_to = date_of(extended->new_date());
      ASSERT_GT(*report->extended_to, report->received + days{14});
    }
  }

  static bool has(const flatbuffers::Vector<const events::Uuid*>& ids, const Id& wanted) {
    return std::any_of(ids.begin(), ids.end(), [&](const auto* id) { return id_of(id) == wanted; });
  }

  static void decide(CheckedCase& file, const flatbuffers::Vector<const events::Uuid*>& cited, const Event& event,
                     bool led) {
    ASSERT_GT(cited.size(), 0U);
    ASSERT_EQ(file.running(), nullptr);
    for (const auto* id : cited) {
      auto* report = file.find(id_of(id));
      ASSERT_NE(report, nullptr);
      ASSERT_FALSE(report->decided || report->joined);
      ASSERT_GE(occurred_day(event), report->received);
      ASSERT_TRUE(!led || occurred_day(event) > report->received);
      report->decided = occurred_day(event);
      report->led = led;
    }
  }

  static void investigations(CheckedCase& file, const Event& event, const Id& matter) {
    if (event.body_as_InvestigationOpened() != nullptr) {
      ASSERT_EQ(file.running(), nullptr);
      CheckedInvestigation opened;
      opened.id = matter;
      opened.opened = occurred_day(event);
      opened.clock = file.born && opened.opened < from_birth(file.birth, 18);
      opened.ends = {four_months_after(opened.opened)};
      ASSERT_TRUE(file.investigations.empty() || opened.opened > *file.investigations.back().concluded);
      file.investigations.push_back(opened);
      return;
    }
    const auto* extended = event.body_as_InvestigationExtended();
    if (extended == nullptr && event.body_as_InvestigationConcluded() == nullptr) return;
    auto* running = file.running();
    ASSERT_NE(running, nullptr);
    ASSERT_EQ(running->id, matter);
    ASSERT_GE(occurred_day(event), running->opened);
    if (extended != nullptr) {
      const Date end = date_of(extended->new_end());
      ASSERT_GT(end, running->ends.back());
      running->ends.push_back(end);
    } else {
      running->concluded = occurred_day(event);
    }
  }

  static Date from_birth(Date birth, int years) {
    const std::chrono::year_month_day day{birth};
    return Date{(day.year() + std::chrono::years{years}) / day.month() / day.day()};
  }

  void assignments(CheckedCase& file, const Event& event, const Id& matter) {
    auto& now = file.responsible[matter];
    if (const auto* assigned = event.body_as_CaseAssigned()) {
      ASSERT_EQ(text_of(assigned->role()), "responsible");
      ASSERT_TRUE(now.empty()) << "two responsible workers at " << position_;
      ASSERT_NO_FATAL_FAILURE(give(now, text_of(assigned->worker())));
    } else if (const auto* handed = event.body_as_CaseHandedOver()) {
      ASSERT_EQ(now, text_of(handed->from()));
      ASSERT_NE(text_of(handed->from()), text_of(handed->to()));
      --held_[now];
      ASSERT_NO_FATAL_FAILURE(give(now, text_of(handed->to())));
      file.handed_to[matter] = now;
      ++file.handovers;
    } else if (const auto* taken = event.body_as_HandoverAcknowledged()) {
      ASSERT_EQ(now, text_of(taken->worker()));
      ASSERT_EQ(file.handed_to[matter], now);
      ASSERT_EQ(text_of(event.actor()->id()), now);
      ASSERT_LE(*taken->read_position(), position_);
      ++file.acknowledged;
    } else if (const auto* ended = event.body_as_AssignmentEnded()) {
      ASSERT_EQ(now, text_of(ended->worker()));
      brought_ = text_of(ended->reason()) == "staff_left";
      ASSERT_EQ(brought_, event.causation_id() != nullptr);
      --held_[now];
      now.clear();
    }
  }

  void give(std::string& now, std::string_view worker) {
    now = worker;
    ASSERT_TRUE(here_.contains(now)) << now << " at " << position_;
    ++held_[now];
  }

  static void settle(CheckedTotals& totals, Date done, Date nominal) {
    ++(done <= nominal ? totals.met : totals.met_late);
  }

  void compare_deadlines(const json::object& expected) {
    std::array<CheckedTotals, 3> rules;
    for (const auto& [id, file] : cases) {
      for (const auto& report : file.reports) count(file, report, rules);
      for (const auto& one : file.investigations) {
        if (!one.clock) continue;
        rules[2].total += one.ends.size();
        rules[2].extended += one.ends.size() - 1;
        if (one.concluded) {
          settle(rules[2], *one.concluded, one.ends.back());
        } else {
          ++rules[2].open;
        }
      }
    }
    const auto& names = kCountedRules;
    for (std::size_t rule = 0; rule < names.size(); ++rule) {
      const auto& row = expected.at(names[rule]).as_object();
      const auto is = [&](const char* state, std::uint64_t counted) {
        EXPECT_EQ(row.at(state).to_number<std::uint64_t>(), counted) << names[rule] << ' ' << state;
      };
      is("total", rules[rule].total);
      is("open", rules[rule].open);
      open_ += rules[rule].open;
      is("met", rules[rule].met);
      is("met_late", rules[rule].met_late);
      is("extended", rules[rule].extended);
      is("cancelled", rules[rule].cancelled);
    }
  }

  static void count(const CheckedCase& file, const CheckedReport& report, std::array<CheckedTotals, 3>& rules) {
    if (!report.clocks) return;
    ++rules[0].total;
    if (report.misfiled) {
      ++rules[0].cancelled;
    } else if (report.assessed) {
      settle(rules[0], *report.assessed, report.received + days{report.late_in_day ? 1 : 0});
    } else {
      ++rules[0].open;
    }
    const bool investigated = std::any_of(file.investigations.begin(), file.investigations.end(), [&](const auto& one) {
      return one.opened <= report.received && (!one.concluded || *one.concluded >= report.received);
    });
    EXPECT_EQ(investigated, report.running) << "by dates and by versions the same: " << file.ref;
    if (investigated) return;
    rules[1].total += report.extended_to ? 2 : 1;
    rules[1].extended += report.extended_to ? 1 : 0;
    if (report.misfiled || report.joined) {
      ++rules[1].cancelled;
    } else if (report.decided) {
      settle(rules[1], *report.decided, report.extended_to.value_or(report.received + days{14}));
    } else {
      ++rules[1].open;
    }
  }

  void compare_repeats(const json::object& asked) {
    using Found = std::tuple<std::string, std::size_t, std::size_t>;  // ref, reports, incidents
    std::vector<Found> found;
    for (auto& [id, file] : cases) {
      std::size_t reports = 0;
      bool led = false;
      std::set<Id> incidents;
      for (const auto& report : file.reports) {
        if (report.misfiled || report.received <= today_ - days{asked.at("within").as_int64()}) continue;
        if (asked.contains("concern") && !report.absence) continue;
        led = led || report.led;
        ++reports;
        const auto* first = &report;
        while (first->same_as) first = file.find(*first->same_as);
        incidents.insert(first->id);
      }
      if (asked.contains("not_opened") && led) continue;
      if (reports >= asked.at("min").to_number<std::size_t>()) found.emplace_back(file.ref, reports, incidents.size());
    }
    std::sort(found.begin(), found.end());
    std::vector<Found> expected;
    for (const auto& one : asked.at("cases").as_array()) {
      expected.emplace_back(one.at("ref").as_string(), one.at("reports").to_number<std::size_t>(),
                            one.at("incidents").to_number<std::size_t>());
    }
    EXPECT_EQ(found, expected) << json::serialize(asked);
  }

  void compare_responsible(const json::object& expected) {
    std::map<std::string, std::string> found;
    std::uint64_t without = 0;
    for (auto& [id, file] : cases) {
      if (const auto* running = file.running()) {
        found[file.ref] = file.responsible[running->id];
        without += found[file.ref].empty() ? 1 : 0;
      }
    }
    EXPECT_EQ(expected.at("without_responsible").to_number<std::uint64_t>(), without);
    std::map<std::string, std::string> told;
    for (const auto& item : expected.at("items").as_array()) {
      told[std::string{item.at("ref").as_string()}] =
          item.at("worker").is_null() ? "" : std::string{item.at("worker").as_string()};
    }
    EXPECT_EQ(told, found);
  }

  GenerateOptions asked_;
  Digest key_;
  std::uint64_t position_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t open_ = 0;
  Instant recorded_{};
  Previous previous_;
  Date today_;
  bool brought_ = false;
  std::set<std::string> here_;
  std::map<std::string, int> held_;
  std::set<std::string> refs_;
};

}  // namespace minne
