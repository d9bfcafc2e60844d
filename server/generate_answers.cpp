#include "server/generate_answers.h"

#include "server/generate_board.h"

namespace minne::generate::known {

namespace json = boost::json;

json::array answers(const Board& board, Day today) {
  json::array out;
  const Asking asking{board, today, out};
  answer_investigations(asking);
  answer_help(asking);
  answer_needs(asking);
  answer_placements(asking);
  answer_queues(asking);
  answer_work(asking);
  answer_lead_times(asking);
  answer_late_investigations(asking);
  answer_retention(asking);
  answer_plans(asking);
  answer_collaborations(asking);
  answer_mediation(asking);
  answer_open_services(asking);
  answer_commitments(asking);
  answer_filings(asking);
  answer_family_homes(asking);
  answer_report_counts(asking);
  answer_patterns(asking);
  answer_picture(asking);
  return out;
}

void Asking::ask(std::string_view question, json::object asked, json::object answer, bool hidden) const {
  json::object entry{{"question", question}, {"asked", std::move(asked)}, {"answer", std::move(answer)}};
  if (hidden) entry["hidden"] = true;
  out.push_back(std::move(entry));
}

int year_of(Day day) { return civil(day).year; }
std::string id_text(const Id& id) { return to_text(id); }
std::uint32_t key_of(std::size_t investigation) {
  return static_cast<std::uint32_t>(investigation + 1) | kInvestigationBit;
}

// ---- Children ------------------------------------------------------------------------------------------------------

std::string band_of(const Case& file, Day day) {
  if (!file.birth || *file.birth > day) return "unborn";
  const int age = age_on(*file.birth, day);
  if (age > 20) return "unknown";
  return age <= 5 ? "age_0_5" : age <= 11 ? "age_6_11" : age <= 17 ? "age_12_17" : age <= 19 ? "age_18_19" : "age_20";
}

std::string sex_of(const Case& file) { return !file.birth ? "unknown" : file.girl ? "female" : "male"; }

// ---- Investigations ------------------------------------------------------------------------------------------------

std::uint32_t unit_on_last_day(const Case& file, std::size_t investigation) {
  const auto& item = file.investigations[investigation];
  auto unit = item.unit;
  for (const auto& one : file.assignments) {
    if (one.matter != key_of(investigation)) continue;
    const bool then =
        item.concluded == kNever ? one.to == kNever : one.from <= item.concluded && one.to >= item.concluded;
    if (then) unit = one.unit;
  }
  return unit;
}

int handovers_in(const Case& file, std::size_t investigation) {
  const auto& item = file.investigations[investigation];
  return static_cast<int>(std::count_if(file.assignments.begin(), file.assignments.end(), [&](const Assignment& one) {
    return one.matter == key_of(investigation) && one.handed_over_by != kNobody && one.from >= item.opened &&
           one.from <= item.concluded;
  }));
}

std::vector<Day> limits_of(const Investigation& investigation) {
  std::vector<Day> out{add_months(investigation.opened, 4)};
  for (const auto& extension : investigation.extensions) out.push_back(extension.new_end);
  return out;
}

Limit limit_of(const Investigation& investigation) {
  if (!investigation.clock) return Limit::kNone;
  const auto limits = limits_of(investigation);
  bool late = false;
  for (std::size_t i = 0; i < investigation.extensions.size(); ++i) late |= investigation.extensions[i].on > limits[i];
  if (investigation.concluded != kNever && investigation.concluded > limits.back()) return Limit::kOver;
  const bool never_passed = investigation.concluded != kNever && investigation.concluded <= limits.front();
  if (limits.size() == 1 || never_passed) return Limit::kWithin;
  return late ? Limit::kExtendedLate : Limit::kExtended;
}

// ---- Values --------------------------------------------------------------------------------------------------------

std::int64_t Spread::rank(int per_cent) const {
  auto sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  const auto at = (sorted.size() * static_cast<std::size_t>(per_cent) + 99) / 100;
  return sorted[std::max<std::size_t>(at, 1) - 1];
}

std::int64_t Spread::longest() const { return *std::max_element(values_.begin(), values_.end()); }

json::object Spread::shown(json::object out) const {
  out["count"] = values_.size();
  out["median"] = rank(50);
  out["p90"] = rank(90);
  out["max"] = longest();
  return out;
}

// ---- Tables --------------------------------------------------------------------------------------------------------

void Counts::add(std::vector<std::string> row, std::size_t column, std::int64_t amount) {
  auto& counts = rows_[std::move(row)];
  counts.resize(columns_.size());
  counts[column] += amount;
}

json::object Counts::line(const std::vector<std::string>& row, const std::vector<std::int64_t>& counts) const {
  json::object out;
  for (std::size_t i = 0; i < labels_.size(); ++i) out[labels_[i]] = row[i];
  std::int64_t sum = 0;
  for (const auto count : counts) sum += count;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    out[columns_[i]] = counts[i];
    if (columns_[i] != share_) continue;
    const auto percent = sum == 0 ? json::value{} : json::value((200 * counts[i] + sum) / (2 * sum));
    out["percent_" + share_] = percent;
  }
  out[sum_] = sum;
  return out;
}

json::array Counts::shown() const {
  std::vector<std::int64_t> all(columns_.size());
  json::array out;
  for (const auto& [row, counts] : rows_) {
    for (std::size_t i = 0; i < all.size(); ++i) all[i] += counts[i];
    out.push_back(line(row, counts));
  }
  out.push_back(line(std::vector<std::string>(labels_.size(), "all"), all));
  return out;
}

}  // namespace minne::generate::known
