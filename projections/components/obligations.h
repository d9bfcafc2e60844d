// Every clock that has run in the case: what started it, until when, how it ended, whose it is. Rules are data.
//
// Events leave marks in the order they were recorded; obligations are derived from the marks in legal order
// (legal_order.h), so a fact recorded late moves them as if it had been known. N is the nominal last day, A the
// adjusted one; a clock is met by what occurred on its last local day, whatever the hour. What depends on the day of
// the asker (overdue, lapsed, the birthday that ends it) is never stored.
#pragma once

#include "projections/components/assignments.h"
#include "projections/components/file.h"
#include "projections/components/investigations.h"
#include "projections/contract.h"
#include "projections/deadline_rules.h"

namespace minne {

struct Obligations {
  static constexpr std::string_view kName = "obligations";
  static constexpr std::uint32_t kVersion = 7;
  using Events = EveryEvent;                   // the rules decide which
  static constexpr bool kSeesMisfiled = true;  // a misfiled event's clocks are shown as cancelled
  using Reads = Types<File, Investigations, Assignments>;
  using Row = rows::ObligationsT;

  static void apply(const RecordedEvent& event, const Before<Reads>& before, Row& obligations);
  static void derive(const Before<Reads>& before, Row& obligations);

  // queue key := dimension:u8 name \0 state:u8 nominal:day32 case:16 ordinal:u32       value := QueueItem
  // What is open stands under every dimension; what is history under the board alone, where most entries are.
  static constexpr std::array<std::string_view, 1> kIndexes = {"queue"};
  static constexpr std::uint8_t kQueue = 0;
  static void index(const CaseRow& row, IndexWriter& out);

  // states key := dimension:u8 name \0 state:u8
  // ageing key := dimension:u8 name \0 state:u8 until:day32       open clocks that end on a birthday
  static constexpr std::array<std::string_view, 2> kTallies = {"states", "ageing"};
  static constexpr std::uint8_t kStates = 0;
  static constexpr std::uint8_t kAgeing = 1;
  static void tally(const CaseRow& row, TallyWriter& out);
};

// On that day: an open clock whose birthday has come is cancelled.
[[nodiscard]] rows::State state_on(const rows::ObligationT& item, Date today);

// What the queue is ordered under: the whole board, one unit, one worker, one rule.
enum class QueueBy : std::uint8_t { kBoard = 0, kUnit = 1, kWorker = 2, kRule = 3 };
[[nodiscard]] std::string queue_prefix(QueueBy by, std::string_view name, rows::State state);

}  // namespace minne
