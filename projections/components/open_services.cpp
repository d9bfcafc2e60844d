#include "projections/components/open_services.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/groups.h"

#include <algorithm>

namespace minne {
namespace {

auto key_of(const rows::OpenServiceVolumeT& volume) {
  return std::tie(volume.month, volume.kind, volume.unit, volume.age_band);
}

rows::OpenServiceVolumeT& volume_like(rows::OpenServiceVolumeT wanted, rows::OpenServicesT& services) {
  auto& all = services.volumes;
  const auto at = std::ranges::lower_bound(all, key_of(wanted), {}, [](const auto& item) { return key_of(*item); });
  if (at != all.end() && key_of(**at) == key_of(wanted)) return **at;
  return **all.insert(at, std::make_unique<rows::OpenServiceVolumeT>(std::move(wanted)));
}

}  // namespace

void OpenServices::apply(const Recorded<events::OpenServiceProvided>& event, const Before<Reads>&, Row& services) {
  rows::OpenServiceVolumeT wanted;
  wanted.kind = text_of(event.body.kind());
  wanted.unit = event.body.unit() == nullptr ? event.unit() : text_of(event.body.unit());
  wanted.age_band = text_of(event.body.age_band());
  wanted.month = month_of(to_days(event.occurred_on()));
  auto& volume = volume_like(std::move(wanted), services);
  ++volume.occasions;
  volume.people += event.body.count().value_or(1);
}

void OpenServices::tally(const CaseRow& row, TallyWriter& out) {
  for (const auto& volume : row.get<OpenServices>().volumes) {
    const auto key = KeyWriter{}.text(volume->kind).text(volume->unit).text(volume->age_band).u16(volume->month).str();
    const auto add = [&](OpenServiceAmount what, std::int64_t amount) {
      if (amount != 0) out.add(kVolumes, KeyWriter{key}.u8(static_cast<std::uint8_t>(what)).view(), amount);
    };
    add(OpenServiceAmount::kOccasions, volume->occasions);
    add(OpenServiceAmount::kPeople, static_cast<std::int64_t>(volume->people));
  }
}

}  // namespace minne
