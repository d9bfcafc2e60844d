#include "projections/checksum.h"

#include "projections/case_row.h"

namespace minne {

void EntryChecksum::add(std::string_view key, std::string_view value) {
  const auto key_size = static_cast<std::uint32_t>(key.size());
  buffer_.assign(reinterpret_cast<const char*>(&key_size), sizeof key_size);
  buffer_.append(key).append(value);
  const auto digest = sha256({reinterpret_cast<const std::uint8_t*>(buffer_.data()), buffer_.size()});
  EntryChecksum one;
  std::memcpy(one.sum_.data(), digest.data(), sizeof one.sum_);
  one.count_ = 1;
  add(one);
}

void EntryChecksum::add(const EntryChecksum& other) {
  sum_[0] += other.sum_[0];
  sum_[1] += other.sum_[1] + (sum_[0] < other.sum_[0] ? 1 : 0);
  count_ += other.count_;
}

std::string EntryChecksum::hex() const {
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), sum_.data(), bytes.size());
  return to_hex(bytes);
}

Result<GenerationChecksum> checksum_of(const View& view) {
  GenerationChecksum out;
  for (std::size_t space = 0; space < out.size(); ++space) {
    const bool used = space <= kCaseIndex || (space >= kFirstIndex && space < kFirstIndex + index_names().size()) ||
                      (space >= kFirstTally && space < kFirstTally + tally_names().size());
    if (!used) continue;
    MINNE_TRY_VOID(view.scan(static_cast<Space>(space), {}, {}, [&](std::string_view key, std::string_view value) {
      out[space].add(key, value);
      return true;
    }));
  }
  return out;
}

std::vector<ProjectionSummary> summarise(const GenerationChecksum& checksum) {
  std::vector<ProjectionSummary> out;
  const auto line = [&](std::string name, std::uint32_t version, std::size_t space) {
    out.push_back({std::move(name), version, checksum[space].count(), checksum[space].hex()});
  };
  const auto version_of = [](std::string_view name) {
    for (const auto& component : components()) {
      if (name.starts_with(component.name + ".")) return component.version;
    }
    return 1U;
  };
  line("case_index", 1, kCaseIndex);
  line("rows", 1, kRows);
  for (std::size_t i = 0; i < index_names().size(); ++i)
    line(index_names()[i], version_of(index_names()[i]), kFirstIndex + i);
  for (std::size_t i = 0; i < tally_names().size(); ++i)
    line(tally_names()[i], version_of(tally_names()[i]), kFirstTally + i);
  return out;
}

}  // namespace minne
