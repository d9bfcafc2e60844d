// Who waits, for what, since when and with what need (E43-E45): "tilldelas efter kötid och inte behov". A resource that
// boards share has its queue in the stream of the board that owns it.
#pragma once

#include "projections/components/obligations.h"
#include "projections/contract.h"

namespace minne {

struct Queues {
  static constexpr std::string_view kName = "queues";
  static constexpr std::uint32_t kVersion = 3;
  using Events = Types<events::QueueEntered, events::NeedScored, events::QueueLeft, events::SharedQueueEntered,
                       events::SharedNeedScored, events::SharedQueueLeft>;
  using Reads = Types<>;
  using Row = rows::QueuesT;

  static void apply(const Recorded<events::QueueEntered>& event, const Before<Reads>&, Row& queues);
  static void apply(const Recorded<events::NeedScored>& event, const Before<Reads>&, Row& queues);
  static void apply(const Recorded<events::QueueLeft>& event, const Before<Reads>&, Row& queues);
  static void apply(const Recorded<events::SharedQueueEntered>& event, const Before<Reads>&, Row& queues);
  static void apply(const Recorded<events::SharedNeedScored>& event, const Before<Reads>&, Row& queues);
  static void apply(const Recorded<events::SharedQueueLeft>& event, const Before<Reads>&, Row& queues);

  // waits  key := queue \0 left:day32 case:16 entry:16        left: INT32_MAX of who still waits
  // passed key := queue \0 nominal:day32 case:16 entry:16     the investigation's four months end within the wait
  // Who waited on a day stands in `waits` after it: an old queue costs what waited then, not what has ever waited.
  static constexpr std::array<std::string_view, 2> kIndexes = {"waits", "passed"};
  static constexpr std::uint8_t kWaits = 0;
  static constexpr std::uint8_t kPassed = 1;
  static void index(const CaseRow& row, IndexWriter& out);
};

// What an entry of either index shows.
struct QueueWait {
  struct Score {
    std::int32_t on;
    std::int32_t score;
  };
  std::string unit;
  std::string ref;
  std::string board;  // whose child it is, where it is another's
  Id matter;          // that waits
  std::int64_t entered_at = 0;
  std::int32_t entered_on = 0;
  std::int32_t left_on = INT32_MAX;
  std::string left_reason;
  std::optional<std::int32_t> nominal;  // of the four months, where they end within the wait
  std::vector<Score> scores;            // in legal order
};
[[nodiscard]] std::string pack_wait(const QueueWait& wait);
[[nodiscard]] QueueWait unpack_wait(std::string_view value);

}  // namespace minne
