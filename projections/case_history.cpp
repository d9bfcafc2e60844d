#include "projections/case_history.h"

#include "events/schema.h"

#include <algorithm>
#include <unordered_set>

namespace minne {

CaseHistory::CaseHistory(const Id& case_id, std::vector<StoredEvent> stored)
    : case_id_(case_id), stored_(std::move(stored)) {
  for (const auto& event : stored_) add(event.event, {event.position, event.version, event.recorded_at});
}

void CaseHistory::add(const EncodedEvent& event, Position head) {
  add(event, {head + 1, static_cast<Version>(entries_.size() + 1), {}});
}

void CaseHistory::add(const EncodedEvent& event, const Place& place) {
  const auto& view = event_in(event.bytes);
  by_id_.try_emplace(id_of(view.id()), entries_.size());
  entries_.push_back({&event, place});
  corrections_.add(view);
}

std::optional<std::size_t> CaseHistory::place_of(const Id& event) const {
  if (!by_id_.contains(event)) return std::nullopt;
  const auto found = by_id_.find(corrections_.root_of(event));
  return found == by_id_.end() ? std::nullopt : std::optional{found->second};
}

const EncodedEvent& CaseHistory::holder(std::size_t at) const {
  const auto* latest = corrections_.latest_of(id_of(own(at).id()));
  return latest == nullptr ? *entries_[at].encoded : *entries_[by_id_.at(id_of(latest->id()))].encoded;
}

CaseRow CaseHistory::fold(const DeadlineRules& rules) const {
  CaseRow row;
  row.id = case_id_;
  for (std::size_t at = 0; at < size(); ++at) {
    if (stands(at)) fold_effective(own(at), effective(at), row, rules);
  }
  row.version = static_cast<Version>(size());
  return row;
}

CaseRow CaseHistory::fold_for(const DeadlineRules& rules, std::size_t at) const {
  CaseRow row;
  row.id = case_id_;
  std::unordered_set<Id, IdHash> opened_since;
  for (std::size_t i = 0; i < size(); ++i) {
    if (i == at || !stands(i)) continue;
    const auto shown = effective(i);
    if (i > at) {
      const auto matters = matters_of(shown.envelope, shown.matter());
      const bool opener = !opens(shown.envelope.body_type()).empty();
      const auto since = [&](const Id& matter) { return opened_since.contains(matter); };
      if (!opener && (matters.empty() || !std::ranges::all_of(matters, since))) continue;
      if (opener) opened_since.insert(shown.matter());
    }
    fold_effective(own(i), shown, row, rules);
  }
  return row;
}

}  // namespace minne
