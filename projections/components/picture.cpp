#include "projections/components/picture.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"

#include <algorithm>

namespace minne {

void Picture::tally(const CaseRow& row, TallyWriter& out) {
  const auto& file = row.get<File>();
  // Where a protected child lives is told by no figure either, then or later.
  const auto area = protected_spells(row.get<ProtectedIdentity>()).empty() ? std::string_view{file.area} : "";
  for (const auto& report : row.get<Reports>().items) {
    const auto day = to_days(received_on(*report));
    std::vector<std::string_view> concerns{""};
    for (const auto& concern : report->concerns) {
      if (std::ranges::find(concerns, concern->code) == concerns.end()) concerns.push_back(concern->code);
    }
    for (const auto concern : concerns) {
      out.add(kReports, KeyWriter{}
                            .u16(month_of(day))
                            .text(area)
                            .text(age_band(file, day))
                            .text(sex_of(file))
                            .text(report->reporter_category)
                            .text(rows::EnumNameDecision(report->decision))
                            .text(concern)
                            .view());
    }
  }
}

}  // namespace minne
