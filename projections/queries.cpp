#include "projections/queries.h"

#include "core/keys.h"
#include "projections/json_parts.h"

#include <algorithm>

namespace minne {
namespace {

std::string_view id_key(const Id& id) { return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()}; }

}  // namespace

const Rule* rule_of(const DeadlineRules& rules, const std::string& id, std::int32_t started) {
  return rules.table().find(id, from_days(started));
}

Result<CaseRow> read_row(const View& view, const Id& case_id) {
  MINNE_TRY(const auto stored, view.get(kRows, id_key(case_id)));
  if (stored) return unpack_row(case_id, *stored);
  CaseRow row;
  row.id = case_id;
  return row;
}

Result<std::optional<Id>> find_subject(const View& view, std::string_view token) {
  std::optional<Id> found;
  const auto space = static_cast<Space>(kFirstIndex + index_base<File>() + File::kBySubject);
  MINNE_TRY_VOID(view.scan(space, token, {}, [&](std::string_view key, std::string_view) {
    found = KeyReader(key.substr(token.size())).id();
    return false;
  }));
  return found;
}

Result<std::set<Id>> protected_cases(const View& view, Date day) {
  std::set<Id> out;
  const auto space = static_cast<Space>(kFirstIndex + index_base<ProtectedIdentity>() + ProtectedIdentity::kSpells);
  MINNE_TRY_VOID(view.scan(space, {}, {}, [&](std::string_view key, std::string_view value) {
    KeyReader reader(key);
    const auto case_id = reader.id();
    if (reader.day() <= to_days(day) && to_days(day) <= KeyReader(value).day()) out.insert(case_id);
    return true;
  }));
  return out;
}

Result<Id> find_reference(const View& view, std::string_view reference) {
  const auto prefix = KeyWriter{}.text(reference).str();
  const auto space = static_cast<Space>(kFirstIndex + index_base<File>() + File::kByRef);
  std::vector<Id> found;
  MINNE_TRY_VOID(view.scan(space, prefix, {}, [&](std::string_view key, std::string_view) {
    found.push_back(KeyReader(key.substr(prefix.size())).id());
    return found.size() < kMaxPage;
  }));
  if (found.empty()) return failure(Code::kUnknown, "no case of that reference");
  if (found.size() == 1) return found.front();
  auto error = failure(Code::kConflict, "several cases have that reference: name the case");
  error.details["cases"] = ids(found);
  return error;
}

Result<std::vector<HeldAssignment>> assignments_of(const View& view, std::string_view worker) {
  const auto prefix = KeyWriter{}.text(worker).str();
  const auto space = static_cast<Space>(kFirstIndex + index_base<Assignments>() + Assignments::kByWorker);
  std::vector<HeldAssignment> out;
  MINNE_TRY_VOID(view.scan(space, prefix, {}, [&](std::string_view key, std::string_view) {
    KeyReader reader(key.substr(prefix.size()));
    const auto case_id = reader.id();
    const auto matter = reader.id();
    if (reader.text() != kLeftBehind) out.push_back({case_id, matter});
    return true;
  }));
  return out;
}

}  // namespace minne
