#include "projections/components/file.h"

#include "core/keys.h"
#include "projections/case_row.h"

namespace minne {
namespace {

void replace(std::string& text, const flatbuffers::String* with) {
  if (with != nullptr) text = text_of(with);
}

template <class Body>
void take_subject(const Body& body, File::Row& file) {
  if (body.birth_date()) file.birth_date = body.birth_date();
  if (body.expected_birth()) file.expected_birth = body.expected_birth();
  replace(file.sex, body.sex());
  replace(file.area, body.area());
}

template <class Body>
void take_token(const Body& body, File::Row& file) {
  if (body.subject_token() == nullptr) return;
  file.subject_token.assign(body.subject_token()->begin(), body.subject_token()->end());
}

// What happened before the file was closed, and was only recorded later, does not open it.
void reopen(Date on, File::Row& file) {
  if (!file.closed_on || *file.closed_on > to_days(on)) return;
  file.closed_on.reset();
  file.closed_reason.clear();
}

}  // namespace

void File::apply(const Recorded<events::CaseOpened>& event, const Before<Reads>&, Row& file) {
  replace(file.external_ref, event.body.external_ref());
  take_subject(event.body, file);
  take_token(event.body, file);
  file.opened_on = to_days(event.occurred_on());
}

void File::apply(const Recorded<events::SubjectFactsRecorded>& event, const Before<Reads>&, Row& file) {
  take_subject(event.body, file);
  replace(file.school, event.body.school());
}

void File::apply(const Recorded<events::ChildIdentityLinked>& event, const Before<Reads>&, Row& file) {
  take_subject(event.body, file);
  take_token(event.body, file);
}

void File::apply(const Recorded<events::CaseClosed>& event, const Before<Reads>&, Row& file) {
  file.closed_on = to_days(event.occurred_on());
  file.closed_reason = text_of(event.body.reason());
}

void File::apply(const Recorded<events::ReportReceived>& event, const Before<Reads>&, Row& file) {
  reopen(local_date(received(event.envelope)), file);
}

void File::apply(const Recorded<events::InvestigationOpened>& event, const Before<Reads>&, Row& file) {
  reopen(event.occurred_on(), file);
}

void File::index(const CaseRow& row, IndexWriter& out) {
  const auto& file = row.get<File>();
  if (!file.external_ref.empty()) out.add(kByRef, KeyWriter{}.text(file.external_ref).id(row.id).view());
  if (!file.subject_token.empty()) {
    std::string key{file.subject_token.begin(), file.subject_token.end()};
    out.add(kBySubject, KeyWriter{std::move(key)}.id(row.id).view());
  }
  if (row.corrected) out.add(kCorrected, KeyWriter{}.id(row.id).view());
}

void File::tally(const CaseRow& row, TallyWriter& out) {
  const auto& file = row.get<File>();
  if (file.opened_on) out.add(0, KeyWriter{}.u8(file.closed_on ? 1 : 0).view());
}

std::optional<int> age_on(const rows::FileT& file, Date day) {
  if (!file.birth_date) return std::nullopt;
  const std::chrono::year_month_day born{std::chrono::local_days{from_days(*file.birth_date)}};
  const std::chrono::year_month_day now{day};
  int years = static_cast<int>(now.year()) - static_cast<int>(born.year());
  if (now.month() < born.month() || (now.month() == born.month() && now.day() < born.day())) --years;
  return years < 0 ? std::nullopt : std::optional{years};
}

bool is_born(const rows::FileT& file, Date day) {
  if (file.birth_date) return from_days(*file.birth_date) <= day;
  return !file.expected_birth;
}

}  // namespace minne
