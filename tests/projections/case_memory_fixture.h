// What the tests of CaseMemory share: events of persons and staff, threads that start together.
#pragma once

#include "projections/case_memory.h"

#include "events/stream_ids.h"
#include "tests/projections/memory_fixture.h"

#include <barrier>
#include <fstream>
#include <set>
#include <thread>

namespace minne {

namespace fs = std::filesystem;

inline constexpr std::string_view kNumber = "20100101-2382";

inline json::object with_number(json::object event, std::string_view number = kNumber) {
  event["sealed"] = json::object{{"person_number", number}};
  return event;
}
inline json::object assigned(std::string_view id, std::string_view case_name, std::string_view worker,
                             std::string_view role = "responsible") {
  return event("CaseAssigned", id, case_name, "2026-02-10", {{"worker", worker}, {"role", role}});
}
inline json::object in_staff_stream(json::object event, std::string_view worker) {
  event["case"] = to_text(staff_stream_id("norr", worker));
  return event;
}
inline json::object staff_left(std::string_view worker) {
  return in_staff_stream(event("StaffLeft", "left " + std::string{worker}, "anna", "2026-02-20", {{"worker", worker}}),
                         worker);
}
inline json::object staff_joined(std::string_view worker) {
  return in_staff_stream(
      event("StaffJoined", "joined " + std::string{worker}, "anna", "2026-02-21", {{"worker", worker}}), worker);
}

class CaseMemoryTest : public ::testing::Test {
 protected:
  TempDirectory directory_;
  ManualClock clock_;
};

// Runs `work(thread)` on several threads that start together.
template <class Work>
void together(int threads, Work work) {
  std::barrier start(threads);
  std::vector<std::thread> pool;
  for (int i = 0; i < threads; ++i) {
    pool.emplace_back([&, i] {
      start.arrive_and_wait();
      work(i);
    });
  }
  for (auto& thread : pool) thread.join();
}

inline Code code_of(const Result<AppendOutcome>& outcome) { return outcome ? Code::kInternal : outcome.error().code; }

inline std::string detail_of(const Result<AppendOutcome>& outcome, std::string_view name) {
  if (outcome) return "none: it was accepted";
  const Error error = outcome.error();
  const auto* found = error.details.if_contains(name);
  if (found == nullptr) return "no " + std::string{name} + ": " + error.message;
  return found->is_string() ? std::string{found->as_string()} : json::serialize(*found);
}

// Positions and versions have no gaps, of the board and of each case.
inline void expect_dense(Memory& memory) { EXPECT_EQ("", text_of_faults(faults_of(memory.get()))); }

}  // namespace minne
