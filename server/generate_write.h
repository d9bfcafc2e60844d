// Writes the synthetic board's events: one function per event type, values in, bytes out.
//
// Holds no rule and decides nothing: what happens to whom is the simulation's (generate_board.h). Owns the log's
// position and the builders, which are used again for every event. One thread.
#pragma once

#include "events/event.h"
#include "server/generate.h"
#include "server/generate_calendar.h"
#include "server/generate_random.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minne::generate {

// When something occurred. A whole day stands as its first instant.
struct Moment {
  Micros at = 0;
  bool whole_day = false;
};

struct ActorName {
  std::string_view id;
  std::string_view role;
  std::string_view unit;
  std::string_view qualification;
};

enum class Law : std::uint8_t {
  kReport,
  kProtection,
  kPreliminary,
  kOpen,
  kInvestigate,
  kInform,
  kDocument,
  kCorrect,
  kFeedback,
  kHelp,
  kPlace,
  kFollowPlaced,
  kPlan,
  kSip,
  kFollowUp,
  kMediate,
  kPrevent,
  kMove,
  kServe,
  kCustody,
  kCare
};

// What every event of a case has.
struct Head {
  Id stream;
  Id matter;
  Moment occurred;
  ActorName actor;
  Law law = Law::kDocument;
  Id correlation;
  Id causation;
};

inline constexpr std::array<std::string_view, 6> kConcernCodes = {
    "parental_failing", "own_behaviour", "violence", "substance_misuse_family", "school_absence", "crime_suspicion"};
inline constexpr std::uint8_t kAbsence = 4;
inline constexpr std::array<std::string_view, 11> kReporterCodes = {
    "police",   "school", "health_care",     "preschool", "maternal_child_health", "social_services", "private",
    "relative", "child",  "other_authority", "other"};

struct ConcernFacts {
  std::uint8_t code = 0;
  std::uint8_t absence_pct = 0;
  bool unexcused = false;
  Day from = 0;
  Day to = 0;
};

// The content of a report, kept as long as it may be corrected.
struct ReportFacts {
  std::uint8_t reporter = 0;
  std::uint8_t channel = 0;
  bool anonymous = false;
  std::uint8_t concern_count = 0;
  std::array<ConcernFacts, 3> concerns{};
  Day incident = 0;
  std::uint32_t text = 0;  // chooses the sentences

  [[nodiscard]] bool has(std::uint8_t code) const {
    for (std::size_t i = 0; i < concern_count; ++i) {
      if (concerns[i].code == code) return true;
    }
    return false;
  }
};

struct SubjectFacts {
  std::string_view external_ref;
  std::optional<Day> birth;
  std::optional<Day> expected_birth;
  std::string_view sex;
  std::string_view area;
  std::string_view school;
  std::string_view source;
  std::string_view reserve_id;
};

class Writer {
 public:
  Writer(const GenerateOptions& options, Random& random);

  // Everything written until the next call is recorded at this moment.
  void set_clock(Micros recorded_at) { recorded_at_ = recorded_at; }
  // Of the last event written; 0 before the first.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  [[nodiscard]] Micros clock() const { return recorded_at_; }
  [[nodiscard]] std::vector<GeneratedEvent>& out() { return out_; }
  // When each event of out() occurred, for as long as nobody takes it away.
  [[nodiscard]] std::vector<Micros>& occurred() { return occurred_; }
  [[nodiscard]] const std::array<std::uint64_t, kTypeCount>& counts() const { return counts_; }
  [[nodiscard]] const Digest& lookup_key() const { return lookup_key_; }

  // Each answers the id of its event.
  Id case_opened(const Head& head, const SubjectFacts& facts);
  Id subject_facts(const Head& head, const SubjectFacts& facts);
  Id case_closed(const Head& head);
  Id report_received(const Head& head, Moment received, const ReportFacts& facts, std::span<const Id> siblings);
  Id report_supplemented(const Head& head);
  Id protection_assessed(const Head& head, const ReportFacts& facts);
  Id report_joined(const Head& head, const Id& investigation);
  Id same_incident(const Head& head, const Id& primary);
  Id history_reviewed(const Head& head, std::span<const Id> shown);
  Id preliminary_extended(const Head& head, Day new_date, std::string_view decider);
  Id not_opened(const Head& head, std::span<const Id> reports, std::string_view decider);
  Id opened(const Head& head, std::span<const Id> reports, std::string_view basis, std::string_view decider);
  Id party_informed(const Head& head, std::string_view party, std::string_view about);
  Id extended(const Head& head, Day new_end, std::string_view decider);
  Id concluded(const Head& head, std::string_view outcome, std::string_view decider);
  Id assigned(const Head& head, std::string_view worker, std::string_view unit);
  Id handed_over(const Head& head, std::string_view from, std::string_view to, std::string_view unit,
                 std::string_view reason);
  Id acknowledged(const Head& head, std::uint64_t read_position);
  Id assignment_ended(const Head& head, std::string_view worker, std::string_view reason);
  Id note(const Head& head, std::string_view kind);
  // `id` is chosen by the caller: the assignments that end with it name it before it is written.
  void staff_joined(const Head& head, std::string_view worker, std::string_view unit, Day from);
  void staff_left(const Id& id, const Head& head, std::string_view worker, std::string_view unit, Day to);
  // The report `target` with another day of arrival; `original` is its head as first written.
  Id corrected(const Head& head, const Id& target, const Head& original, Day received, const ReportFacts& facts,
               std::string_view decider);
  Id misfiled(const Head& head, const Id& target, const Id& right_case, std::string_view why, std::string_view decider);
  Id refiled(const Head& head, const Id& origin_case, const Id& target, std::uint64_t origin_position,
             const Head& original, Moment received, const ReportFacts& facts);

  // Any other event from its object, with made-up words sealed under a path where one is given. What opens a matter
  // names it by its own id.
  template <class Native>
  Id record(const Head& head, const Native& body, std::string_view sealed_path = {}) {
    return write(head, body, StreamKind::case_, sealed_path, false);
  }
  template <class Native>
  Id open(const Head& head, const Native& body, std::string_view sealed_path = {}) {
    return write(head, body, StreamKind::case_, sealed_path, true);
  }
  template <class Native>
  Id on_board(const Head& head, const Native& body) {
    return write(head, body, StreamKind::board, {}, false);
  }

 private:
  using Text = flatbuffers::Offset<flatbuffers::String>;

  template <class Native>
  Id write(const Head& head, const Native& body, StreamKind kind, std::string_view sealed_path, bool opens) {
    begin();
    if (!sealed_path.empty()) seal_words(sealed_path);
    const auto packed = Native::TableType::Pack(builder_, &body);
    Head own = head;
    const Id id = random_.id();
    if (opens) own.matter = id;
    finish(id, own, kind, std::nullopt, kBodyOf<typename Native::TableType>, packed.Union());
    return id;
  }
  void seal_words(std::string_view path);

  flatbuffers::FlatBufferBuilder& begin();
  void seal(std::string_view path, std::string_view text);
  Text text(std::string_view value);
  flatbuffers::Offset<flatbuffers::Vector<const events::Uuid*>> ids(std::span<const Id> values);
  flatbuffers::Offset<events::ReportReceived> report_body(const ReportFacts& facts, std::span<const Id> siblings,
                                                          const std::string& sealed_prefix);
  // The envelope. `id` nil: an event inside another, which has no id, no sealed part and no stream of its own.
  flatbuffers::Offset<Event> envelope(const Head& head, const Id& id, StreamKind kind, std::optional<Moment> received,
                                      Body type, flatbuffers::Offset<void> body);
  void finish(const Id& id, const Head& head, StreamKind kind, std::optional<Moment> received, Body type,
              flatbuffers::Offset<void> body);
  template <class T>
  Id finish_case(const Head& head, flatbuffers::Offset<T> body) {
    const Id id = random_.id();
    finish(id, head, StreamKind::case_, std::nullopt, kBodyOf<T>, body.Union());
    return id;
  }

  Random& random_;
  Digest lookup_key_;
  flatbuffers::FlatBufferBuilder builder_{2048};
  flatbuffers::FlatBufferBuilder sealed_{1024};
  std::vector<flatbuffers::Offset<events::SealedField>> sealed_fields_;
  std::vector<events::Uuid> uuids_;
  std::string text_;
  std::uint64_t position_ = 0;
  Micros recorded_at_ = 0;
  std::array<std::uint64_t, kTypeCount> counts_{};
  std::vector<GeneratedEvent> out_;
  std::vector<Micros> occurred_;
};

}  // namespace minne::generate
