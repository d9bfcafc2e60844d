#include "projections/components/retention.h"

#include "core/keys.h"
#include "projections/case_row.h"

#include <algorithm>

namespace minne {

void Retention::apply(const Recorded<events::HoldSet>& event, const Before<Reads>&, Row& retention) {
  auto hold = std::make_unique<rows::HoldT>();
  hold->category = text_of(event.body.category());
  hold->until = event.body.until();
  retention.holds.push_back(std::move(hold));
}

void Retention::index(const CaseRow& row, IndexWriter& out) {
  const auto& activity = row.get<Activity>();
  if (row.kind != StreamKind::case_ || !activity.last_at) return;
  auto since = last_noted_on(activity);
  for (const auto& report : row.get<Reports>().items) {
    if (report->decision == rows::Decision::not_opened) since = std::min(since, *report->decided_on);
  }
  out.add(kSince, KeyWriter{}.day(since).id(row.id).view());
}

}  // namespace minne
