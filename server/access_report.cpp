#include "server/access_report.h"

#include "events/stream_ids.h"
#include "projections/json_parts.h"
#include "projections/queries.h"

#include <algorithm>
#include <limits>
#include <map>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::size_t kReadsAtOnce = 1'000;

// From a day through another on which somebody, or somebody of a unit, was to work with the case.
struct Spell {
  std::string worker;
  std::string unit;
  std::int32_t from;
  std::int32_t to;
};

struct Reader {
  std::int64_t reads = 0;
  std::string first;
  std::string last;
  std::map<std::string, std::int64_t> purposes;
  std::int64_t assigned = 0;
  std::int64_t without_assignment = 0;
  std::int64_t unknown = 0;
};

enum class Standing : std::uint8_t { kAssigned, kNone, kUnknown };

std::string member(const json::object& object, std::string_view name) {
  const auto* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string{found->get_string()} : std::string{};
}

class Report {
 public:
  Report(const BoardRecord& board, const View& view, const AccessAsked& asked)
      : board_(board), view_(view), asked_(asked) {}

  [[nodiscard]] bool full() const { return outliers_.size() >= asked_.limit || judged_ >= kMaxCasesJudged; }

  // False past the last day asked about.
  Result<bool> add(const json::object& event) {
    MINNE_TRY(const auto when, parse_when(event.at("occurred_at").as_string()));
    const auto day = local_date(when.at);
    if (asked_.period.to && day > *asked_.period.to) return false;
    if (asked_.period.from && day < *asked_.period.from) return true;
    const auto& body = event.at("body").as_object();
    const auto worker = member(body, "worker");
    MINNE_TRY(const auto outside, cases_outside(body, worker, to_days(day)));
    if (asked_.case_id && standings_.empty()) return true;
    note(readers_[worker], event, outside);
    if (!outside.empty()) outliers_.push_back(outlier(event, outside));
    return true;
  }

  json::object shown() {
    json::array readers;
    for (const auto& [worker, one] : readers_) {
      json::array purposes;
      for (const auto& [purpose, times] : one.purposes)
        purposes.push_back(json::object{{"purpose", purpose}, {"reads", times}});
      readers.push_back(json::object{{"worker", worker},
                                     {"reads", one.reads},
                                     {"first", one.first},
                                     {"last", one.last},
                                     {"purposes", std::move(purposes)},
                                     {"assigned", one.assigned},
                                     {"without_assignment", one.without_assignment},
                                     {"unknown", one.unknown}});
    }
    return {{"reads", reads_}, {"readers", std::move(readers)}, {"outliers", std::move(outliers_)}};
  }

 private:
  // The cases of a read that its reader had nothing to do with on that day.
  Result<std::vector<Id>> cases_outside(const json::object& body, const std::string& worker, std::int32_t day) {
    std::vector<Id> out;
    standings_.clear();
    const auto* cases = body.if_contains("cases");
    if (cases == nullptr) return out;
    for (const auto& text : cases->as_array()) {
      MINNE_TRY(const auto id, parse_id(text.as_string()));
      if (asked_.case_id && id != *asked_.case_id) continue;
      MINNE_TRY(const auto standing, standing_of(worker, id, day));
      standings_.push_back(standing);
      if (standing == Standing::kNone) out.push_back(id);
    }
    return out;
  }

  Result<Standing> standing_of(const std::string& worker, const Id& case_id, std::int32_t day) {
    if (worker.empty() || worker == kOperator) return Standing::kUnknown;
    ++judged_;
    MINNE_TRY(const auto* spells, spells_of(case_id));
    for (const auto& spell : *spells) {
      if (day < spell.from || spell.to < day) continue;
      if (spell.worker == worker) return Standing::kAssigned;
      if (!spell.worker.empty() || spell.unit.empty()) continue;
      MINNE_TRY(const bool there, employed(worker, spell.unit, day));
      if (there) return Standing::kAssigned;
    }
    return Standing::kNone;
  }

  Result<const std::vector<Spell>*> spells_of(const Id& case_id) {
    const auto known = spells_.find(case_id);
    if (known != spells_.end()) return &known->second;
    MINNE_TRY(const auto row, read_row(view_, case_id));
    auto& out = spells_[case_id];
    for (const auto& item : row.get<Assignments>().items) {
      out.push_back(
          {item->worker, item->unit, item->from_on, item->ended_on.value_or(std::numeric_limits<std::int32_t>::max())});
    }
    return &out;
  }

  Result<bool> employed(const std::string& worker, const std::string& unit, std::int32_t day) {
    MINNE_TRY(const auto row, read_row(view_, staff_stream_id(board_.name, worker)));
    const rows::StaffChangeT* latest = nullptr;
    for (const auto& change : row.get<Staff>().changes) {
      if (change->on > day || change->unit != unit) continue;
      if (latest == nullptr || std::tuple{latest->at, latest->version} < std::tuple{change->at, change->version})
        latest = change.get();
    }
    return latest != nullptr && (latest->joined || latest->on == day);
  }

  // A read is one of an assigned reader where all of its cases were.
  void note(Reader& reader, const json::object& event, const std::vector<Id>& outside) {
    ++reads_;
    ++reader.reads;
    reader.last = member(event, "occurred_at");
    if (reader.first.empty()) reader.first = reader.last;
    ++reader.purposes[member(event.at("body").as_object(), "purpose")];
    if (!outside.empty()) {
      ++reader.without_assignment;
    } else if (std::ranges::find(standings_, Standing::kUnknown) != standings_.end()) {
      ++reader.unknown;
    } else if (!standings_.empty()) {
      ++reader.assigned;
    }
  }

  [[nodiscard]] static json::object outlier(const json::object& event, const std::vector<Id>& outside) {
    const auto& body = event.at("body").as_object();
    json::array cases;
    for (const auto& id : outside) {
      if (cases.size() == kMaxCasesNamed) break;
      cases.push_back(json::object{{"case", to_text(id)}});
    }
    return {{"read", event.at("id")},
            {"worker", body.at("worker")},
            {"at", event.at("occurred_at")},
            {"purpose", text_or_null(member(body, "purpose"))},
            {"query", text_or_null(member(body, "query"))},
            {"cases_without_assignment", outside.size()},
            {"cases", std::move(cases)}};
  }

  const BoardRecord& board_;
  const View& view_;
  const AccessAsked& asked_;
  std::map<Id, std::vector<Spell>> spells_;
  std::vector<Standing> standings_;  // of the read that is looked at
  std::map<std::string, Reader> readers_;
  json::array outliers_;
  std::size_t reads_ = 0;
  std::size_t judged_ = 0;
};

}  // namespace

Result<json::object> access_report(const App& app, const BoardRecord& board, const View& view,
                                   const AccessAsked& asked) {
  Report report(board, view, asked);
  json::value next;
  auto after = asked.after;
  for (std::size_t looked_at = 0; looked_at < kMaxScanned;) {
    MINNE_TRY(const auto page, list_reads(app, board, {after, kReadsAtOnce}));
    next = page.at("next");
    const auto& reads = page.at("items").as_array();
    for (const auto& read : reads) {
      MINNE_TRY(const bool goes_on, report.add(read.as_object()));
      if (!goes_on) next = nullptr;
      if (!goes_on) break;
      ++after;
      if (!report.full()) continue;
      if (&read != &reads.back() || !next.is_null()) next = after;
      break;
    }
    if (next.is_null() || report.full()) break;
    looked_at += reads.size();
  }
  auto out = report.shown();
  out["next"] = std::move(next);
  return out;
}

}  // namespace minne
