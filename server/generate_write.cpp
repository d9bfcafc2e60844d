#include "server/generate_write.h"

#include "server/generate_text.h"

namespace minne::generate {
namespace {

using flatbuffers::Offset;

struct Provision {
  std::string_view law_before;
  std::string_view before;
  std::string_view law_after;
  std::string_view after;
};

constexpr std::string_view kOldSol = "SoL 2001:453";
constexpr std::string_view kNewSol = "SoL 2025:400";
constexpr std::string_view kLvu = "LVU 1990:52";
constexpr std::string_view kFl = "FL 2017:900";

// By Law: until, and from, 2025-07-01.
constexpr std::array<Provision, 21> kProvisions = {{{kOldSol, "14 kap. 1 §", kNewSol, "19 kap. 1 §"},
                                                    {kOldSol, "11 kap. 1 a § första stycket", kNewSol, "20 kap. 1 §"},
                                                    {kOldSol, "11 kap. 1 a § andra stycket", kNewSol, "20 kap. 2 §"},
                                                    {kOldSol, "11 kap. 1 §", kNewSol, "14 kap. 2 §"},
                                                    {kOldSol, "11 kap. 2 §", kNewSol, "20 kap. 3 §"},
                                                    {kOldSol, "11 kap. 2 §", kNewSol, "20 kap. 4 §"},
                                                    {kOldSol, "11 kap. 5 §", kNewSol, "14 kap. 3 §"},
                                                    {kFl, "36 §", kFl, "36 §"},
                                                    {kOldSol, "14 kap. 1 b §", kNewSol, "19 kap. 6 §"},
                                                    {kOldSol, "4 kap. 1 §", kNewSol, "11 kap. 1 §"},
                                                    {kOldSol, "6 kap. 1 §", kNewSol, "22 kap. 1 §"},
                                                    {kOldSol, "6 kap. 7 b §", kNewSol, "22 kap. 11 §"},
                                                    {kOldSol, "11 kap. 3 §", kNewSol, "9 kap. 12 §"},
                                                    {kOldSol, "2 kap. 7 §", kNewSol, "10 kap. 8 §"},
                                                    {kOldSol, "11 kap. 4 a §", kNewSol, "23 kap. 1 §"},
                                                    {kOldSol, "5 kap. 1 c §", kNewSol, "18 kap. 9 §"},
                                                    {kOldSol, "3 kap. 6 §", kNewSol, "18 kap. 4 §"},
                                                    {kOldSol, "2 a kap. 10 §", kNewSol, "29 kap. 10 §"},
                                                    {kFl, "33 §", kFl, "33 §"},
                                                    {kLvu, "6 §", kLvu, "6 §"},
                                                    {kLvu, "2 §", kLvu, "2 §"}}};

constexpr std::array<std::string_view, 6> kSources = {"guardian",    "child",  "school",
                                                      "health_care", "police", "relative"};

Day new_law_day() {
  static const Day day = day_of(2025, 7, 1);
  return day;
}

events::Precision precision_of(Moment moment) {
  return moment.whole_day ? events::Precision::day : events::Precision::instant;
}

}  // namespace

Writer::Writer(const GenerateOptions& options, Random& random)
    : random_(random), lookup_key_(generated_lookup_key(options)) {}

// ---- The parts of an event. One call per statement: the order of a call's arguments is the compiler's, and the bytes
// would follow it. ----------------------------------------------------------------------------------------------------

flatbuffers::FlatBufferBuilder& Writer::begin() {
  builder_.Clear();
  sealed_.Clear();
  sealed_fields_.clear();
  return builder_;
}

Writer::Text Writer::text(std::string_view value) { return builder_.CreateString(value.data(), value.size()); }

void Writer::seal(std::string_view path, std::string_view value) {
  const auto path_text = sealed_.CreateString(path.data(), path.size());
  const auto value_text = sealed_.CreateString(value.data(), value.size());
  sealed_fields_.push_back(events::CreateSealedField(sealed_, path_text, value_text));
}

void Writer::seal_words(std::string_view path) {
  text_.clear();
  append_note_text(text_, static_cast<std::uint32_t>(random_.next()));
  seal(path, text_);
}

Offset<flatbuffers::Vector<const events::Uuid*>> Writer::ids(std::span<const Id> values) {
  uuids_.clear();
  for (const auto& id : values) uuids_.push_back(to_uuid(id));
  return builder_.CreateVectorOfStructs(uuids_.data(), uuids_.size());
}

Offset<Event> Writer::envelope(const Head& head, const Id& id, StreamKind kind, std::optional<Moment> received,
                               Body type, Offset<void> body) {
  Offset<flatbuffers::Vector<std::uint8_t>> digest;
  if (!id.is_nil() && !sealed_fields_.empty()) {
    const auto fields = sealed_.CreateVector(sealed_fields_);
    sealed_.FinishSizePrefixed(events::CreateSealed(sealed_, 0, fields), events::SealedIdentifier());
    const auto hash = sha256({sealed_.GetBufferPointer(), sealed_.GetSize()});
    digest = builder_.CreateVector(hash.data(), hash.size());
  }
  const auto actor_id = text(head.actor.id);
  const auto role = text(head.actor.role);
  const auto unit = text(head.actor.unit);
  const auto qualification = head.actor.qualification.empty() ? Text{} : text(head.actor.qualification);
  const auto actor = events::CreateActor(builder_, actor_id, role, unit, qualification);

  const bool new_law = local_day(head.occurred.at) >= new_law_day();
  const auto& provision = kProvisions[static_cast<std::size_t>(head.law)];
  const auto law = text(new_law ? provision.law_after : provision.law_before);
  const auto section = text(new_law ? provision.after : provision.before);
  const auto rules = text(new_law ? "2025-07-01" : "2021-01-01");
  const auto basis = events::CreateLegalBasis(builder_, law, section, rules);
  const auto secrecy = kind == StreamKind::case_ ? text("osl_26_1") : Text{};

  const auto event_id = to_uuid(id);
  const auto stream = to_uuid(head.stream);
  const auto matter = to_uuid(head.matter);
  const auto correlation = to_uuid(head.correlation);
  const auto causation = to_uuid(head.causation);
  events::EventBuilder event(builder_);
  if (received) event.add_received_at(received->at);
  event.add_occurred_at(head.occurred.at);
  event.add_body(body);
  if (!digest.IsNull()) event.add_sealed_sha256(digest);
  if (!secrecy.IsNull()) event.add_secrecy(secrecy);
  if (!head.causation.is_nil()) event.add_causation_id(&causation);
  if (!head.correlation.is_nil()) event.add_correlation_id(&correlation);
  event.add_legal_basis(basis);
  event.add_actor(actor);
  if (!head.matter.is_nil()) event.add_matter_id(&matter);
  if (!head.stream.is_nil()) event.add_case_id(&stream);
  if (!id.is_nil()) event.add_id(&event_id);
  event.add_body_type(type);
  event.add_stream_kind(kind);
  if (received) event.add_received_precision(precision_of(*received));
  event.add_occurred_precision(precision_of(head.occurred));
  return event.Finish();
}

void Writer::finish(const Id& id, const Head& head, StreamKind kind, std::optional<Moment> received, Body type,
                    Offset<void> body) {
  const auto root = envelope(head, id, kind, received, type, body);
  builder_.FinishSizePrefixed(root, events::EventIdentifier());
  occurred_.push_back(head.occurred.at);
  auto& written = out_.emplace_back();
  written.stream = head.stream;
  written.kind = kind;
  written.recorded_at = from_micros(recorded_at_);
  written.event.bytes.assign(reinterpret_cast<const char*>(builder_.GetBufferPointer()), builder_.GetSize());
  if (!sealed_fields_.empty()) {
    written.event.sealed.assign(reinterpret_cast<const char*>(sealed_.GetBufferPointer()), sealed_.GetSize());
  }
  ++position_;
  ++counts_[static_cast<std::size_t>(type)];
}

// ---- The child -----------------------------------------------------------------------------------------------------

Id Writer::case_opened(const Head& head, const SubjectFacts& facts) {
  begin();
  seal("/person_number", facts.reserve_id);
  const auto token = hmac_sha256(lookup_key_, facts.reserve_id);
  const auto ref = text(facts.external_ref);
  const auto sex = facts.sex.empty() ? Text{} : text(facts.sex);
  const auto area = text(facts.area);
  const auto token_bytes = builder_.CreateVector(token.data(), token.size());
  events::CaseOpenedBuilder body(builder_);
  body.add_external_ref(ref);
  if (facts.birth) body.add_birth_date(*facts.birth);
  if (facts.expected_birth) body.add_expected_birth(*facts.expected_birth);
  if (!sex.IsNull()) body.add_sex(sex);
  body.add_area(area);
  body.add_subject_token(token_bytes);
  return finish_case(head, body.Finish());
}

Id Writer::subject_facts(const Head& head, const SubjectFacts& facts) {
  begin();
  const auto sex = facts.sex.empty() ? Text{} : text(facts.sex);
  const auto area = facts.area.empty() ? Text{} : text(facts.area);
  const auto school = facts.school.empty() ? Text{} : text(facts.school);
  const auto source = text(facts.source);
  events::SubjectFactsRecordedBuilder body(builder_);
  if (facts.birth) body.add_birth_date(*facts.birth);
  if (!sex.IsNull()) body.add_sex(sex);
  if (!area.IsNull()) body.add_area(area);
  if (!school.IsNull()) body.add_school(school);
  body.add_source(source);
  return finish_case(head, body.Finish());
}

Id Writer::case_closed(const Head& head) {
  begin();
  const auto reason = text("no_ongoing_matter");
  return finish_case(head, events::CreateCaseClosed(builder_, reason));
}

// ---- Assignments and staff -----------------------------------------------------------------------------------------

Id Writer::assigned(const Head& head, std::string_view worker, std::string_view unit) {
  begin();
  const auto who = text(worker);
  const auto role = text("responsible");
  const auto where = text(unit);
  return finish_case(head, events::CreateCaseAssigned(builder_, who, role, where));
}

Id Writer::handed_over(const Head& head, std::string_view from, std::string_view to, std::string_view unit,
                       std::string_view reason) {
  begin();
  text_.clear();
  append_note_text(text_, static_cast<std::uint32_t>(random_.next()));
  seal("/note_ref", text_);
  const auto giver = text(from);
  const auto taker = text(to);
  const auto where = text(unit);
  const auto why = text(reason);
  return finish_case(head, events::CreateCaseHandedOver(builder_, giver, taker, where, why));
}

Id Writer::acknowledged(const Head& head, std::uint64_t read_position) {
  begin();
  const auto who = text(head.actor.id);
  return finish_case(head, events::CreateHandoverAcknowledged(builder_, who, read_position));
}

Id Writer::assignment_ended(const Head& head, std::string_view worker, std::string_view reason) {
  begin();
  const auto who = text(worker);
  const auto why = text(reason);
  return finish_case(head, events::CreateAssignmentEnded(builder_, who, why));
}

void Writer::staff_joined(const Head& head, std::string_view worker, std::string_view unit, Day from) {
  begin();
  const auto who = text(worker);
  const auto where = text(unit);
  const auto employment = text(random_.chance(1200) ? "agency" : "permanent");
  const auto body = events::CreateStaffJoined(builder_, who, where, from, employment);
  finish(random_.id(), head, StreamKind::staff, std::nullopt, Body::StaffJoined, body.Union());
}

void Writer::staff_left(const Id& id, const Head& head, std::string_view worker, std::string_view unit, Day to) {
  begin();
  const auto who = text(worker);
  const auto where = text(unit);
  const auto reason = text(random_.chance(8000) ? "resigned" : "parental_leave");
  const auto body = events::CreateStaffLeft(builder_, who, where, to, reason);
  finish(id, head, StreamKind::staff, std::nullopt, Body::StaffLeft, body.Union());
}

// ---- Notes -----------------------------------------------------------------------------------------

Id Writer::note(const Head& head, std::string_view note_kind) {
  begin();
  seal_words("/text_ref");
  const auto kind = text(note_kind);
  const auto source = text(kSources[random_.below(kSources.size())]);
  const auto sources = builder_.CreateVector(&source, 1);
  return finish_case(head, events::CreateNoteRecorded(builder_, kind, 0, local_day(head.occurred.at), sources));
}

}  // namespace minne::generate
