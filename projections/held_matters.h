// What a case holds that events act on, and what an event names: by kind, with the days between which each runs. Pure.
#pragma once

#include "projections/case_row.h"

#include <concepts>
#include <optional>
#include <string>
#include <vector>

namespace minne {

struct HeldMatter {
  Id id;
  MatterKind kind = MatterKind::kFile;
  std::int32_t from = 0;
  std::optional<std::int32_t> to;
};
[[nodiscard]] std::optional<HeldMatter> held_matter(const CaseRow& row, const Id& id);

// A set of kinds.
class MatterKinds {
 public:
  template <std::same_as<MatterKind>... Kind>
  constexpr explicit MatterKinds(Kind... kinds) : bits_((0U | ... | (1U << static_cast<unsigned>(kinds)))) {}
  [[nodiscard]] constexpr bool has(MatterKind kind) const { return ((bits_ >> static_cast<unsigned>(kind)) & 1U) != 0; }
  [[nodiscard]] static constexpr MatterKinds any() {
    MatterKinds all;
    all.bits_ = ~0U;
    return all;
  }

 private:
  std::uint32_t bits_;
};

// The matter that events of a type belong to: of which kinds (kFile: it may be of the whole file), and whether it began
// before them, or on their day.
struct OwnMatter {
  MatterKinds kinds;
  bool earlier = true;
};
[[nodiscard]] OwnMatter own_matter(Body type);

// A matter that a body names, and where.
struct NamedMatter {
  Id id;
  MatterKinds kinds;
  bool earlier = true;  // it began before the event, or on its day
  std::string where;    // "/body/report_ids/1"
};
[[nodiscard]] std::vector<NamedMatter> named_matters(const Event& event);

// The day on which what the event tells took place: stated in its body, else that on which it occurred.
struct ActedOn {
  std::int32_t day = 0;
  std::string where;
};
[[nodiscard]] ActedOn acted_on(const Event& event);

}  // namespace minne
