// What a component does, one by one: what `minne bench` measures the cost of each with. Folding itself goes through
// case_row.h, which runs all of them.
#pragma once

#include "projections/case_row.h"

#include <string_view>
#include <vector>

namespace minne {

// Functions of one component. Any thread; each touches the given row only.
struct ComponentParts {
  std::string_view name;
  void (*apply)(const RecordedEvent&, CaseRow&, const DeadlineRules&);  // nothing where it does not listen to the type
  void (*derive)(CaseRow&, const DeadlineRules&);
  std::size_t (*pack)(const CaseRow&, flatbuffers::FlatBufferBuilder&);  // bytes, 0 where it holds nothing
  void (*index)(const CaseRow&, IndexWriter&);
  void (*tally)(const CaseRow&, TallyWriter&);
};

// In the order of the registry.
[[nodiscard]] const std::vector<ComponentParts>& component_parts();

}  // namespace minne
