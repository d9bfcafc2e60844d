#include "projections/components/picture.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"

#include <map>

namespace minne {

void Picture::tally(const CaseRow& row, TallyWriter& out) {
  const auto& file = row.get<File>();
  std::map<std::uint16_t, std::uint16_t> by_year;
  for (const auto& report : row.get<Reports>().items) {
    const auto day = to_days(received_on(*report));
    ++by_year[year_of(day)];
    std::vector<std::string_view> concerns{""};
    for (const auto& concern : report->concerns) {
      if (std::ranges::find(concerns, concern->code) == concerns.end()) concerns.push_back(concern->code);
    }
    for (const auto concern : concerns) {
      out.add(kReports, KeyWriter{}
                            .u16(month_of(day))
                            .text(file.area)
                            .text(age_band(file, day))
                            .text(sex_of(file))
                            .text(report->reporter_category)
                            .text(rows::EnumNameDecision(report->decision))
                            .text(concern)
                            .str());
    }
  }
  for (const auto& [year, reports] : by_year) out.add(kChildren, KeyWriter{}.u16(year).u16(reports).str());
}

}  // namespace minne
