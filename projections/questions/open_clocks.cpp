#include "projections/questions/open_clocks.h"

#include <cstring>

namespace minne {

Result<> each_open_clock(const QuestionAsked& asked, std::string_view rule,
                         const std::function<void(const OpenClock&)>& visit) {
  std::vector<std::uint64_t> words;  // stored values are unaligned
  return each_entry<Obligations>(
      asked, Obligations::kQueue, queue_prefix(QueueBy::kRule, rule, rows::State::open),
      [&](std::string_view, std::string_view value) {
        words.resize(value.size() / sizeof(std::uint64_t) + 1);
        std::memcpy(words.data(), value.data(), value.size());
        const auto* item = flatbuffers::GetRoot<rows::QueueItem>(words.data());
        const auto* clock = item->obligation();
        const auto until = clock->until();
        if (until && *until <= to_days(asked.today)) return true;
        visit({flatbuffers::UnPack(*item->case_id()), flatbuffers::UnPack(*clock->matter()), clock->nominal()});
        return true;
      });
}

}  // namespace minne
