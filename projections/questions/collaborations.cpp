// Open collaborations around one child, whether the consent that lifts secrecy is there, and whom they are meant for.
#include "core/keys.h"
#include "events/codes.h"
#include "projections/consent.h"
#include "projections/queries.h"
#include "projections/questions.h"
#include "projections/questions/statistics.h"

#include <array>

namespace minne {
namespace {

namespace json = boost::json;

// Advice only: who is older may rightly stay on.
std::string_view age_check(const CodeLists& codes, std::string_view kind, std::optional<int> age) {
  const auto* entry = codes.find("collaboration_kind")->find(kind);
  if (entry == nullptr || !age || (!entry->age_from && !entry->age_to)) return {};
  if (entry->age_from && *age < *entry->age_from) return "below";
  return entry->age_to && *age > *entry->age_to ? "above" : "within";
}

// These cannot do without (S3:632-640, S4:295-299); the others work within what the law lets pass between them.
bool takes_consent(std::string_view kind) {
  constexpr std::array<std::string_view, 3> kKinds = {"sspf", "sig", "ratt_kurva"};
  return std::ranges::find(kKinds, kind) != kKinds.end();
}

// Social intervention groups are of two kinds (S4:295-299).
std::string_view age_group(const CodeLists& codes, std::string_view kind, std::optional<int> age) {
  if (kind != "sig" || age_check(codes, kind, age) != "within") return {};
  return *age <= 18 ? "12-18" : "19-29";
}

json::object phases_json(const SamsPhases& phases) {
  json::object out;
  for (std::size_t i = 0; i < phases.size(); ++i)
    out[kSamsPhases.at(i)] = phases.at(i) ? date_json(*phases.at(i)) : json::value(nullptr);
  return out;
}

json::object collaboration_json(const CaseRow& row, const rows::CollaborationT& item, const CodeLists& codes,
                                Date today) {
  const auto age = age_on(row.get<File>(), today);
  const auto consent = collaboration_consent(row, item, to_days(today));
  json::object out{{"case", to_text(row.id)},
                   {"ref", text_or_null(row.get<File>().external_ref)},
                   {"collaboration", to_text(item.id)},
                   {"kind", item.kind},
                   {"unit", text_or_null(item.unit)},
                   {"started_on", date_json(item.started_on)},
                   {"last_met", item.last_met ? date_json(*item.last_met) : json::value(nullptr)},
                   {"consent", kConsentStates.at(static_cast<std::size_t>(consent.state))},
                   {"consent_required", takes_consent(item.kind)},
                   {"missing_consents", json::array(consent.missing.begin(), consent.missing.end())},
                   {"age", age ? json::value(*age) : json::value(nullptr)},
                   {"age_check", text_or_null(age_check(codes, item.kind, age))},
                   {"age_group", text_or_null(age_group(codes, item.kind, age))}};
  if (item.kind == "sams") out["phases"] = phases_json(sams_phases_of(item, row.get<Placements>()));
  return out;
}

struct Open {
  Id case_id;
  Id collaboration;
};

Result<json::object> collaborations(const QuestionAsked& asked) {
  std::map<std::string, std::int64_t> kinds;
  CaseList list(asked);
  std::vector<Open> shown;
  MINNE_TRY_VOID(
      each_entry<Collaborations>(asked, Collaborations::kOpen, {}, [&](std::string_view bytes, std::string_view unit) {
        KeyReader key(bytes);
        const auto kind = key.text();
        if (!asks_for(asked, unit)) return true;
        ++kinds[std::string{kind}];
        if (!asked.text("kind").empty() && asked.text("kind") != kind) return true;
        if (!list.count()) return true;
        key.day();
        const auto case_id = key.id();
        shown.push_back({case_id, key.id()});
        return true;
      }));
  for (const auto& one : shown) {
    MINNE_TRY(const auto row, read_row(asked.view, one.case_id));
    const auto* item = find_item(row.get<Collaborations>().items, one.collaboration);
    if (item != nullptr) list.add(collaboration_json(row, *item, asked.rules.codes(), asked.today));
  }
  json::array by_kind;
  for (const auto& [kind, count] : kinds) by_kind.push_back(json::object{{"kind", kind}, {"open", count}});
  return json::object{{"by_kind", std::move(by_kind)}, {"total", list.total()}, {"collaborations", list.take()}};
}

}  // namespace

Question collaborations_question() {
  return {.name = "collaborations",
          .summary =
              "Open collaborations by kind (SSPF, SIG, BOB, Rätt Kurva, SAMS and others), with the state of "
              "consent, the child's age against the kind's, and the phases of SAMS",
          .parameters = {{.name = "kind", .description = "only this kind", .code = "collaboration_kind"},
                         unit_parameter(),
                         limit_parameter()},
          .lists_cases = true,
          .answer = collaborations};
}

}  // namespace minne
