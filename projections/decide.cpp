#include "projections/decide.h"

#include "events/json.h"
#include "events/person_number.h"
#include "events/schema.h"
#include "projections/case_history.h"
#include "projections/catalogue.h"
#include "projections/invariants.h"
#include "projections/together.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>

namespace minne {
namespace {

namespace json = boost::json;

// The assignments that run: matter, worker, the version that made each.
using Running = std::set<std::tuple<Id, std::string, Version>>;

Running running(const CaseRow& row) {
  Running out;
  for (const auto& item : row.get<Assignments>().items) {
    if (!item->ended_on) out.emplace(item->matter, item->worker, item->from_version);
  }
  return out;
}

std::map<Id, int> responsible_workers(const CaseRow& row) {
  std::map<Id, int> out;
  for (const auto& item : row.get<Assignments>().items) {
    if (!item->ended_on && item->role == kResponsible) ++out[item->matter];
  }
  return out;
}

// What stands at a place of a case, as the members of its JSON: of the event itself, or of its latest correction.
json::object content_of(const CaseHistory& history, std::size_t at) {
  const auto& holder = history.holder(at);
  auto out = decode_event(holder.bytes, holder.sealed);
  const auto type = event_in(holder.bytes).body_type();
  if (type == Body::EventCorrected) out = std::move(out["body"].as_object()["replacement"].as_object());
  if (type == Body::EventRefiled) out = std::move(out["body"].as_object()["original"].as_object());
  // A correction does not change who acted.
  const auto* author = history.effective(at).author;
  out.erase("actor");
  if (author == nullptr) return out;
  json::object actor;
  const auto add = [&](const char* name, const flatbuffers::String* text) {
    if (text != nullptr) actor[name] = json::string{text->data(), text->size()};
  };
  add("id", author->id());
  add("role", author->role());
  add("unit", author->unit());
  add("qualification", author->qualification());
  out["actor"] = std::move(actor);
  return out;
}

// Where a copy differs from what it is a copy of; ids may, since they name matters of another file.
std::optional<std::string> difference(json::object origin, json::object copy, Body type) {
  for (auto* event : {&origin, &copy}) {
    for (const auto* name : {"id", "case", "matter"}) event->erase(name);
    auto& body = (*event)["body"].as_object();
    for (const auto& field : EventSchema::instance().body(type).fields) {
      if (field.kind == FieldKind::kId) body.erase(field.name);
    }
  }
  const auto differs = [](const json::object& one, const json::object& other) -> std::optional<std::string> {
    for (const auto* side : {&one, &other}) {
      for (const auto& member : *side) {
        const auto* mine = one.if_contains(member.key());
        const auto* theirs = other.if_contains(member.key());
        if (mine == nullptr || theirs == nullptr || *mine != *theirs) return std::string{member.key()};
      }
    }
    return std::nullopt;
  };
  const auto found = differs(origin, copy);
  if (!found || *found != "body") return found;
  return "body/" + differs(origin.at("body").as_object(), copy.at("body").as_object()).value_or("");
}

// One append, event by event.
class Decider {
 public:
  Decider(const DecideContext& context, std::map<Id, CaseRow>& rows, const std::vector<Proposed>& events)
      : context_(context), events_(events) {
    for (auto& [id, row] : rows) cases_.try_emplace(id, LazyRow{row, context.rules, true});
  }

  Result<> run() {
    for (; at_ < events_.size(); ++at_) {
      MINNE_TRY_VOID(check(events_[at_]));
      fold(events_[at_]);
    }
    for (auto& [id, standing] : cases_) MINNE_TRY_VOID(check_corrected_case(standing));
    return {};
  }

 private:
  struct Standing {
    explicit Standing(LazyRow lazy) : row(lazy) {}

    LazyRow row;
    std::optional<CaseHistory> history;  // once an event of the append reaches back
    bool refold = false;                 // what the row holds, the history says otherwise since
    // What ran before the first of those, and where the last of them stands in the request.
    Running ran;
    std::map<Id, int> responsible;
    std::string corrected_at;
  };

  Result<> check(const Proposed& proposed) {
    const auto& event = proposed.event();
    auto& standing = cases_.at(proposed.case_id);
    // Many events may be moved in one append: between two of them nobody looks at the row.
    if (event.body_type() != Body::EventMisfiled) settle(standing);
    MINNE_TRY_VOID(check_fields(event, proposed.pointer));
    if (standing.row->version > 0 && standing.row->kind != event.stream_kind()) {
      return refused("one-kind-of-stream", "this type belongs to another kind of stream", proposed.pointer + "/type");
    }
    if (event.stream_kind() == StreamKind::case_) MINNE_TRY_VOID(check_opening(proposed, event, *standing.row));
    switch (event.body_type()) {
      case Body::EventCorrected:
        return check_corrected(proposed, standing);
      case Body::EventMisfiled:
        return check_misfiled(proposed, standing);
      case Body::EventRefiled:
        return check_refiled(proposed, standing);
      case Body::StaffLeft:
        return check_left(proposed);
      default:
        break;
    }
    MINNE_TRY_VOID(check_person(event, proposed.case_id, proposed.pointer));
    MINNE_TRY_VOID(check_named_events(proposed));
    const auto own = as_it_came(event, {});
    MINNE_TRY_VOID(check_invariants(context_, {event, proposed.case_id, own.matter(), proposed.pointer, context_.head},
                                    standing.row));
    MINNE_TRY_VOID(check_together(proposed, events_));
    return check_here(proposed);
  }

  void settle(Standing& standing) const {
    if (!standing.refold) return;
    standing.row.edit() = standing.history->fold(context_.rules);
    standing.refold = false;
  }

  // What reaches back has its place in the history, from which the row is made again.
  void fold(const Proposed& proposed) {
    const auto& event = proposed.event();
    auto& standing = cases_.at(proposed.case_id);
    if (is_correction(event.body_type())) return;
    if (standing.history) standing.history->add(*proposed.encoded, context_.head);
    fold_proposed(event, context_.head, standing.row.edit(), context_.rules);
    if (const auto* joined = event.body_as_StaffJoined(); joined != nullptr) left_[text(joined->worker())] = false;
    if (const auto* left = event.body_as_StaffLeft(); left != nullptr) left_[text(left->worker())] = true;
  }

  // --- the file
  // -------------------------------------------------------------------------------------------------------

  static Result<> check_opening(const Proposed& proposed, const Event& event, const CaseRow& row) {
    const bool opens_case = event.body_type() == Body::CaseOpened;
    if (row.version == 0 && !opens_case) {
      return refused("case-opened-first", "the case does not exist: its first event is CaseOpened",
                     proposed.pointer + "/type");
    }
    if (row.version > 0 && opens_case) {
      return refused(
          "case-opened-once",
          "the case is open already: SubjectFactsRecorded or ChildIdentityLinked change what is known of the child",
          proposed.pointer + "/type");
    }
    return {};
  }

  // Whose file it is: in an event of its own, a correction of it, or a copy in the right file.
  Result<> check_person(const Event& event, const Id& case_id, const std::string& pointer) {
    if (const auto* opened = event.body_as_CaseOpened(); opened != nullptr) {
      if (looks_like_person_number(text_of(opened->external_ref()))) {
        return refused("number-never-a-reference", "a personal number is no reference: send it in sealed.person_number",
                       pointer + "/body/external_ref");
      }
      return check_token(opened->subject_token(), case_id, pointer);
    }
    const auto* linked = event.body_as_ChildIdentityLinked();
    return linked == nullptr ? Result<>{} : check_token(linked->subject_token(), case_id, pointer);
  }

  Result<> check_token(const flatbuffers::Vector<std::uint8_t>* token, const Id& case_id, const std::string& pointer) {
    if (token == nullptr) return {};
    const std::string_view text{reinterpret_cast<const char*>(token->data()), token->size()};
    MINNE_TRY(std::optional<Id> other, context_.find_subject(text, case_id));
    if (const auto [known, fresh] = persons_.try_emplace(std::string{text}, case_id);
        !fresh && known->second != case_id) {
      other = known->second;  // opened by this very append
    }
    if (!other) return {};
    auto error =
        failure(Code::kConflict, "the board already has a case of this person", pointer + "/sealed/person_number");
    error.details["case"] = to_text(*other);
    return error;
  }

  // Events that a body names, where these open no matter.
  Result<> check_named_events(const Proposed& proposed) {
    const auto& event = proposed.event();
    const events::Uuid* named = nullptr;
    const char* field = "";
    Body wanted = Body::NONE;  // any
    if (const auto* objection = event.body_as_ObjectionNoted(); objection != nullptr) {
      named = objection->target();
      field = "/body/target";
    } else if (const auto* answer = event.body_as_InformationReceived(); answer != nullptr) {
      named = answer->request_id();
      field = "/body/request_id";
      wanted = Body::InformationRequested;
    } else if (const auto* collaboration = event.body_as_CollaborationStarted(); collaboration != nullptr) {
      named = collaboration->consent_id();
      field = "/body/consent_id";
      wanted = Body::ConsentGiven;
    }
    if (named == nullptr) return {};
    MINNE_TRY(const CaseHistory* const history, history_of(proposed.case_id));
    const auto at = history->place_of(id_of(named));
    if (at && (wanted == Body::NONE || history->effective(*at).envelope.body_type() == wanted)) return {};
    const auto what = wanted == Body::NONE ? std::string_view{"event"} : type_name(wanted);
    return refused("names-what-is-there", "the case has no such " + std::string{what}, proposed.pointer + field,
                   id_of(named));
  }

  // --- staff
  // ----------------------------------------------------------------------------------------------------------

  static std::string text(const flatbuffers::String* value) { return std::string{text_of(value)}; }

  Result<bool> has_left(const std::string& worker) {
    if (const auto known = left_.find(worker); known != left_.end()) return known->second;
    MINNE_TRY(const bool left, context_.has_left(worker));
    left_.emplace(worker, left);
    return left;
  }

  Result<> check_here(const Proposed& proposed) {
    const auto& event = proposed.event();
    const flatbuffers::String* worker = nullptr;
    const char* field = "/body/worker";
    if (const auto* assigned = event.body_as_CaseAssigned(); assigned != nullptr) worker = assigned->worker();
    if (const auto* handed = event.body_as_CaseHandedOver(); handed != nullptr) {
      worker = handed->to();
      field = "/body/to";
    }
    if (worker == nullptr) return {};
    MINNE_TRY(const bool left, has_left(text(worker)));
    if (!left || ends_in_this_append(proposed, text_of(worker))) return {};
    return gone(proposed.pointer + field);
  }

  // Written down late and with its end: what was held by one who has left since.
  [[nodiscard]] bool ends_in_this_append(const Proposed& made, std::string_view worker) const {
    return std::ranges::any_of(
        events_.begin() + static_cast<std::ptrdiff_t>(at_), events_.end(), [&](const auto& later) {
          const auto* ended = later.event().body_as_AssignmentEnded();
          return ended != nullptr && later.case_id == made.case_id && text_of(ended->worker()) == worker &&
                 id_of(later.event().matter_id()) == id_of(made.event().matter_id());
        });
  }

  static Error gone(const std::string& pointer) {
    return refused(
        "assigned-to-who-is-here",
        "the worker has left: assign somebody else, or record StaffJoined first, or the assignment's end with it",
        pointer);
  }

  // The assignments that end with it have been written before it; what this append itself has assigned has not.
  Result<> check_left(const Proposed& proposed) {
    const auto worker = text_of(proposed.event().body_as_StaffLeft()->worker());
    for (auto& [id, standing] : cases_) {
      settle(standing);
      for (const auto& item : standing.row->get<Assignments>().items) {
        if (item->ended_on || item->worker != worker) continue;
        return refused("leaving-ends-assignments",
                       "this append assigns the worker who leaves: record the assignment by itself, before",
                       proposed.pointer + "/type");
      }
    }
    return {};
  }

  // --- corrections
  // ----------------------------------------------------------------------------------------------------

  Result<CaseHistory*> history_of(const Id& case_id) {
    auto& standing = cases_.at(case_id);
    if (!standing.history) {
      MINNE_TRY(auto stored, context_.events_of(case_id));
      standing.history.emplace(case_id, std::move(stored));
      for (std::size_t i = 0; i < at_; ++i) {
        if (events_[i].case_id == case_id) standing.history->add(*events_[i].encoded, context_.head);
      }
    }
    return &*standing.history;
  }

  // Before the first event of the append that reaches back in this case, or comes from another.
  void remember(Standing& standing, const std::string& pointer) {
    if (standing.corrected_at.empty()) {
      standing.ran = running(*standing.row);
      standing.responsible = responsible_workers(*standing.row);
    }
    standing.corrected_at = pointer;
  }

  static Result<std::size_t> place_of(const CaseHistory& history, const Id& target, const std::string& pointer) {
    const auto at = history.place_of(target);
    if (!at) return refused("names-what-is-there", "the case has no such event", pointer, target);
    if (history.own(*at).body_type() == Body::EventMisfiled) {
      return refused("misfiling-undone-by-refiling", "a misfiling is undone by refiling the event back", pointer,
                     target);
    }
    if (history.is_misfiled(*at)) {
      return refused("misfiled-once", "the event has been moved to another file: name the copy there", pointer, target);
    }
    return *at;
  }

  Result<> check_corrected(const Proposed& proposed, Standing& standing) {
    const auto& body = *proposed.event().body_as_EventCorrected();
    const auto pointer = proposed.pointer + "/body/replacement";
    MINNE_TRY(CaseHistory* const history, history_of(proposed.case_id));
    MINNE_TRY(const std::size_t at, place_of(*history, id_of(body.target()), proposed.pointer + "/body/target"));
    const auto type = history->effective(at).envelope.body_type();
    const auto& replacement = *body.replacement();
    if (replacement.body_type() != type) {
      return refused("correction-keeps-type",
                     "the replacement must be of the type of what it replaces: " + std::string{type_name(type)},
                     pointer + "/type", id_of(body.target()));
    }
    MINNE_TRY_VOID(check_fields(replacement, pointer));
    MINNE_TRY_VOID(check_person(replacement, proposed.case_id, pointer));
    remember(standing, pointer);

    auto before = history->fold_for(context_.rules, at);
    const auto was = history->fold(context_.rules);
    std::vector<bool> kept_order;
    for (std::size_t i = 0; i < history->size(); ++i) kept_order.push_back(in_order(*history, i, was));
    history->add(*proposed.encoded, context_.head);

    const auto stands = history->effective(at);
    LazyRow there{before, context_.rules, false};
    const bool moved = history->own(at).body_type() == Body::EventRefiled;
    MINNE_TRY_VOID(check_invariants(
        context_, {replacement, proposed.case_id, stands.matter(), pointer, history->place(at).position - 1, moved},
        there));
    standing.refold = true;
    settle(standing);
    for (std::size_t i = 0; i < kept_order.size(); ++i) {
      if (!kept_order[i] || in_order(*history, i, *standing.row)) continue;
      auto error = refused("chronology",
                           "what rests on it would then have occurred before it: correct version " +
                               std::to_string(history->place(i).version) + " first",
                           pointer + "/occurred_at", id_of(history->own(i).id()));
      error.details["event"] = to_text(id_of(history->own(i).id()));
      return error;
    }
    return {};
  }

  static bool in_order(const CaseHistory& history, std::size_t at, const CaseRow& row) {
    if (is_unknown(history.own(at)) || is_correction(history.own(at).body_type()) || history.is_misfiled(at))
      return true;
    return check_order(history.effective(at), row).has_value();
  }

  Result<> check_misfiled(const Proposed& proposed, Standing& standing) {
    const auto& body = *proposed.event().body_as_EventMisfiled();
    MINNE_TRY(CaseHistory* const history, history_of(proposed.case_id));
    MINNE_TRY(const std::size_t at, place_of(*history, id_of(body.target()), proposed.pointer + "/body/target"));
    if (history->own(at).body_type() == Body::CaseOpened) {
      return refused("case-opened-stays", "CaseOpened cannot be misfiled", proposed.pointer + "/body/target",
                     id_of(body.target()));
    }
    if (id_of(body.right_case()) == proposed.case_id) {
      return refused("misfiled-to-another-file", "right_case is the case that the event is in",
                     proposed.pointer + "/body/right_case");
    }
    const bool paired = std::ranges::any_of(events_, [&](const Proposed& other) {
      const auto* refiled = other.event().body_as_EventRefiled();
      return refiled != nullptr && id_of(refiled->origin_event()) == id_of(body.target()) &&
             id_of(refiled->origin_case()) == proposed.case_id && other.case_id == id_of(body.right_case());
    });
    if (!paired) {
      return refused("misfiled-and-refiled-together",
                     "EventMisfiled is accepted only together with its EventRefiled in the right case",
                     proposed.pointer + "/body/right_case", id_of(body.target()));
    }
    remember(standing, proposed.pointer + "/body/target");
    history->add(*proposed.encoded, context_.head);
    standing.refold = true;
    return {};
  }

  Result<> check_refiled(const Proposed& proposed, Standing& standing) {
    const auto& body = *proposed.event().body_as_EventRefiled();
    const auto origin_case = id_of(body.origin_case());
    const auto origin_event = id_of(body.origin_event());
    if (!is_misfiled_here(proposed, body)) {
      return refused("misfiled-and-refiled-together",
                     "EventRefiled is accepted only together with the EventMisfiled of the wrong case",
                     proposed.pointer + "/body/origin_event", origin_event);
    }
    if (!refiled_.insert({origin_case, origin_event}).second) {
      return refused("misfiled-once", "another EventRefiled of this append has moved the event",
                     proposed.pointer + "/body/origin_event", origin_event);
    }
    MINNE_TRY(CaseHistory* const origin, history_of(origin_case));
    const auto at = origin->place_of(origin_event);
    if (!at)
      return refused("names-what-is-there", "the origin has no such event", proposed.pointer + "/body/origin_event",
                     origin_event);
    if (body.origin_position() && *body.origin_position() != origin->place(*at).position) {
      return refused("refiled-copy", "origin_position is not where the misfiled event stands",
                     proposed.pointer + "/body/origin_position", origin_event);
    }
    const auto& original = *body.original();
    const auto pointer = proposed.pointer + "/body/original";
    if (origin->effective(*at).envelope.body_type() != original.body_type()) {
      return refused("refiled-copy", "`original` must be a copy of the misfiled event", pointer + "/type",
                     origin_event);
    }
    MINNE_TRY_VOID(check_fields(original, pointer));
    auto decoded = decode_event(proposed.encoded->bytes, proposed.encoded->sealed);
    auto& copy = decoded["body"].as_object()["original"].as_object();
    if (const auto differs = difference(content_of(*origin, *at), copy, original.body_type())) {
      return refused("refiled-copy", "`original` must be a copy of the misfiled event: only its ids may be others",
                     pointer + "/" + *differs, origin_event);
    }
    MINNE_TRY_VOID(check_person(original, proposed.case_id, pointer));
    remember(standing, pointer);
    const auto own = as_it_came(proposed.event(), {});
    return check_invariants(context_, {original, proposed.case_id, own.matter(), pointer, context_.head, true},
                            standing.row);
  }

  [[nodiscard]] bool is_misfiled_here(const Proposed& proposed, const events::EventRefiled& body) const {
    return std::ranges::any_of(events_, [&](const Proposed& other) {
      const auto* misfiled = other.event().body_as_EventMisfiled();
      return misfiled != nullptr && other.case_id == id_of(body.origin_case()) &&
             id_of(misfiled->target()) == id_of(body.origin_event()) &&
             id_of(misfiled->right_case()) == proposed.case_id;
    });
  }

  // A correction or a move may make an assignment run again: of who has left, or beside the one that came after it.
  Result<> check_corrected_case(Standing& standing) {
    if (standing.corrected_at.empty()) return {};
    settle(standing);
    for (const auto& [matter, worker, version] : running(*standing.row)) {
      if (standing.ran.contains({matter, worker, version})) continue;
      MINNE_TRY(const bool left, has_left(worker));
      if (left) return gone(standing.corrected_at);
    }
    for (const auto& [matter, count] : responsible_workers(*standing.row)) {
      const auto before = standing.responsible.find(matter);
      if (count < 2 || (before != standing.responsible.end() && before->second >= count)) continue;
      return refused("one-responsible-worker", "the matter would then have more than one responsible worker",
                     standing.corrected_at);
    }
    return {};
  }

  const DecideContext& context_;
  const std::vector<Proposed>& events_;
  std::size_t at_ = 0;  // the event that is looked at
  std::map<Id, Standing> cases_;
  std::map<std::string, bool, std::less<>> left_;   // workers: whether they have left, as far as asked
  std::map<std::string, Id, std::less<>> persons_;  // subject tokens that this append has named
  std::set<std::pair<Id, Id>> refiled_;             // case and event that this append has refiled
};

}  // namespace

Result<> decide(const DecideContext& context, std::map<Id, CaseRow>& rows, const std::vector<Proposed>& events) {
  return Decider{context, rows, events}.run();
}

}  // namespace minne
