#include "projections/together.h"

#include "projections/catalogue.h"

#include <algorithm>

namespace minne {
namespace {

using Append = std::vector<Proposed>;

// --- siblings

Result<> check_siblings(const Proposed& proposed, const events::ReportReceived& report, const Append& events) {
  const auto correlation = id_of(proposed.event().correlation_id());
  if (correlation.is_nil()) return {};
  const auto named = [&](const Id& sibling) {
    const auto* siblings = report.siblings();
    return siblings != nullptr && std::any_of(siblings->begin(), siblings->end(),
                                              [&](const events::Uuid* id) { return id_of(id) == sibling; });
  };
  for (const auto& other : events) {
    const bool together = other.event().body_type() == Body::ReportReceived && other.case_id != proposed.case_id &&
                          id_of(other.event().correlation_id()) == correlation;
    if (!together || named(other.case_id)) continue;
    return refused("siblings-name-each-other", "a report of the same correlation_id is about another child",
                   proposed.pointer + "/body/siblings", id_of(other.event().id()));
  }
  return {};
}

// --- a child who comes from another board

bool lists(const events::FileTakenOver& file, flatbuffers::Optional<std::int32_t> start) {
  const auto* matters = file.open_matters();
  return matters != nullptr &&
         std::any_of(matters->begin(), matters->end(), [&](const events::TakenOverMatter* matter) {
           return text_of(matter->kind()) == "investigation" && matter->original_start() == start;
         });
}

bool takes_over(const events::InvestigationOpened* opened, flatbuffers::Optional<std::int32_t> start) {
  return opened != nullptr && text_of(opened->basis()) == "taken_over" && opened->original_start() == start;
}

Result<> check_taken_over(const Proposed& proposed, const events::InvestigationOpened& opened, const Append& events) {
  if (text_of(opened.basis()) != "taken_over") return {};
  const bool listed = std::ranges::any_of(events, [&](const Proposed& other) {
    const auto* file = other.event().body_as_FileTakenOver();
    return other.case_id == proposed.case_id && file != nullptr && lists(*file, opened.original_start());
  });
  if (listed && opened.original_start()) return {};
  return refused("taken-over-with-its-start", "no FileTakenOver of this append lists an investigation of that start",
                 proposed.pointer + "/body/original_start");
}

Result<> check_file(const Proposed& proposed, const events::FileTakenOver& file, const Append& events) {
  if (file.open_matters() == nullptr) return {};
  for (flatbuffers::uoffset_t i = 0; i < file.open_matters()->size(); ++i) {
    const auto& matter = *file.open_matters()->Get(i);
    if (text_of(matter.kind()) != "investigation") continue;
    const bool opened = std::ranges::any_of(events, [&](const Proposed& other) {
      return other.case_id == proposed.case_id &&
             takes_over(other.event().body_as_InvestigationOpened(), matter.original_start());
    });
    if (opened) continue;
    return refused("taken-over-with-its-start", "no InvestigationOpened of this append takes the investigation over",
                   proposed.pointer + "/body/open_matters/" + std::to_string(i));
  }
  return {};
}

// --- what leaves for another board

Result<> check_disclosed(const Proposed& proposed, const Append& events) {
  const bool disclosed = std::ranges::any_of(events, [&](const Proposed& other) {
    const auto* disclosure = other.event().body_as_DisclosureMade();
    if (disclosure == nullptr || other.case_id != proposed.case_id) return false;
    const auto recipient = text_of(disclosure->recipient());
    return recipient == "other_board" || recipient == "other_municipality";
  });
  if (disclosed) return {};
  return refused("disclosed-with-what-leaves", "record the DisclosureMade that goes with it in the same append",
                 proposed.pointer + "/type");
}

}  // namespace

Result<> check_together(const Proposed& proposed, const Append& events) {
  const auto& event = proposed.event();
  switch (event.body_type()) {
    case Body::ReportReceived:
      return check_siblings(proposed, *event.body_as_ReportReceived(), events);
    case Body::InvestigationOpened:
      return check_taken_over(proposed, *event.body_as_InvestigationOpened(), events);
    case Body::FileTakenOver:
      return check_file(proposed, *event.body_as_FileTakenOver(), events);
    case Body::ReportForwarded:
      return check_disclosed(proposed, events);
    case Body::CaseMovedMunicipality: {
      const auto& moved = *event.body_as_CaseMovedMunicipality();
      const bool leaves = text_of(moved.direction()) == "out" && text_of(moved.state()) == "accepted";
      return leaves ? check_disclosed(proposed, events) : Result<>{};
    }
    default:
      return {};
  }
}

}  // namespace minne
