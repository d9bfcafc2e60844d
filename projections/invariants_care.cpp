// Offers and consent, help and placements, care by law, follow-up.
#include "core/calendar.h"
#include "projections/checker.h"
#include "projections/components/clock_marks.h"
#include "projections/consent.h"
#include "projections/groups.h"

#include <algorithm>

namespace minne {
namespace {

constexpr int kMonthsBeforeDelay = 6;

bool by_consent(std::string_view law) { return law.empty() || law == "sol"; }

class CareChecker : Checker {
 public:
  using Checker::Checker;

  Result<> check() {
    switch (event_.body_type()) {
      case Body::InvestigationConcluded:
        return check_concluded();
      case Body::ConsentWithdrawn:
        return check_withdrawn();
      case Body::DecisionMade:
        return check_decided();
      case Body::DelayDecisionRequested:
        return check_delay();
      case Body::InterventionStarted:
        return check_started();
      case Body::PlacementStarted: {
        const auto& body = *event_.body_as_PlacementStarted();
        const auto form = text_of(body.form());
        if (!by_consent(text_of(body.law())) || form == "own_home" || form == "hospital") return {};
        return check_consent(Help::kPlacement, "/body/law");
      }
      case Body::PlacementMoved:
        return check_moved();
      case Body::LegalBasisChanged:
        return check_law_changed();
      case Body::CareOrderEnded:
        return check_care_ended();
      case Body::CustodyCeased:
        return check_ceased();
      case Body::FollowUpDecided:
        return check_followed_up();
      case Body::FollowUpNotDecided:
        return check_left_out();
      default:
        return {};
    }
  }

 private:
  // --- offers and consent
  // ---------------------------------------------------------------------------------------------

  [[nodiscard]] Result<> check_concluded() const {
    if (text_of(event_.body_as_InvestigationConcluded()->outcome()) != "declined") return {};
    const auto& investigation = *find_investigation(row_->get<Investigations>(), judged_.matter);
    for (const auto& item : row_->get<Proposals>().items) {
      if (item->declined_on && is_of(*item, investigation)) return {};
    }
    return refuse("declined-after-a-no", "nothing that was offered in the investigation has been declined",
                  "/body/outcome", judged_.matter);
  }

  [[nodiscard]] Result<> check_delay() const {
    const auto* application = find_item(row_->get<Matters>().items, judged_.matter);
    if (application == nullptr) return {};  // that it names one is asked of every event
    const auto asked = event_.body_as_DelayDecisionRequested()->requested_on().value_or(to_days(day()));
    const auto from = to_days(add_months(from_days(application->on), kMonthsBeforeDelay));
    if (asked < from)
      return refuse("delay-after-six-months", "the application has not waited for six months", "/body/requested_on",
                    application->id);
    const auto earlier = asked_before();
    if (!earlier) return {};
    return refuse("delay-asked-once", "the party has asked for a decision in the matter already", "/body/party",
                  *earlier);
  }

  // What the same party has asked for in the matter: both leave a mark on the clock that it starts, with whose it is.
  [[nodiscard]] std::optional<Id> asked_before() const {
    std::vector<Id> who;
    for (const auto& hit : row_.rules().hits(event_)) who.insert(who.end(), hit.names.begin(), hit.names.end());
    const auto is_request = [&](std::uint16_t trigger) {
      return row_.rules().trigger(trigger).type == Body::DelayDecisionRequested;
    };
    const auto& obligations = row_->get<Obligations>();
    const Marks marks{obligations};
    for (const auto& mark : obligations.marks) {
      const bool requested =
          std::ranges::any_of(marks.hits(mark), [&](const rows::Hit& hit) { return is_request(hit.trigger()); });
      if (!requested || mark.misfiled() || !marks.concerns(mark, judged_.matter)) continue;
      if (!are_of_two(who, marks.names(mark, is_request))) return event_of(mark);
    }
    return std::nullopt;
  }

  [[nodiscard]] Result<> check_withdrawn() const {
    const auto& body = *event_.body_as_ConsentWithdrawn();
    bool stands = false;
    for (const auto& item : row_->get<Proposals>().consents) {
      const bool about =
          item->matter == judged_.matter || item->matter.is_nil();  // one for all may be withdrawn for one
      const bool same = about && item->party == text_of(body.party()) && item->party_ref == text_of(body.party_ref());
      if (same && item->on <= to_days(day())) stands = !item->withdrawn;
    }
    if (stands) return {};
    return refuse("withdrawn-after-given", "the party has no consent here that it could withdraw", "/body/party");
  }

  [[nodiscard]] Result<> check_consent(Help help, std::string_view where) const {
    if (judged_.moved) return {};
    std::vector<Id> about;
    std::optional<std::int32_t> decided;
    for (const auto& named : named_matters(event_)) {
      about.push_back(named.id);
      const auto matter = held_matter(*row_, named.id);
      if (matter && matter->kind == MatterKind::kDecision) decided = matter->from;
    }
    const auto missing = missing_consents(*row_, acted_on(event_).day, help, about, decided);
    if (missing.empty()) return {};
    auto checked = help == Help::kPlacement
                       ? refuse("placed-with-consent", "consent to the placement is missing", where, about)
                       : refuse("helped-with-consent", "consent to the help is missing", where, about);
    if (checked) return {};
    auto error = checked.error();
    boost::json::array who;
    for (const auto& one : missing) who.emplace_back(one);
    error.details["missing"] = std::move(who);
    return error;
  }

  // Who applied for the help has asked for it.
  [[nodiscard]] bool was_applied_for() const {
    return std::ranges::any_of(named_matters(event_), [&](const NamedMatter& named) {
      const auto matter = held_matter(*row_, named.id);
      return matter && matter->kind == MatterKind::kApplication;
    });
  }

  [[nodiscard]] Result<> check_decided() const {
    const auto& body = *event_.body_as_DecisionMade();
    const auto kind = text_of(body.kind());
    if (!by_consent(text_of(body.law())) || !body.favourable().value_or(true)) return {};
    if (kind == "placement") return check_consent(Help::kPlacement, "/body/kind");
    if (kind != "assistance" || was_applied_for()) return {};
    return check_consent(Help::kOther, "/body/kind");
  }

  [[nodiscard]] Result<> check_started() const {
    const auto form = text_of(event_.body_as_InterventionStarted()->form());
    if (is_in_care_by_law(*row_, to_days(day())) || form == "youth_service") return {};
    return check_consent(is_away_from_home(form) ? Help::kPlacement : Help::kOther, "/type");
  }

  // --- care by law
  // ----------------------------------------------------------------------------------------------------

  // Where the child was on that day; the later of two.
  [[nodiscard]] PlacementSpell spell_on(std::int32_t on) const {
    const auto* placement = find_item(row_->get<Placements>().items, judged_.matter);
    PlacementSpell found;
    if (placement == nullptr) return found;
    for (auto& spell : spells_of(*placement)) {
      if (spell.days.from <= on && on <= spell.days.to) found = std::move(spell);
    }
    return found;
  }
  [[nodiscard]] std::string law_on(std::int32_t on) const { return spell_on(on).law; }

  // On the day when one law gives way to another the placement rests on both; where the care has ended and nothing has
  // taken its place, on what it rested on last.
  template <class IsIt>
  [[nodiscard]] bool rested_on(std::int32_t on, IsIt is_it) const {
    const auto* placement = find_item(row_->get<Placements>().items, judged_.matter);
    if (placement == nullptr) return is_it(std::string_view{});
    std::string last;
    bool rested = false;
    for (const auto& spell : spells_of(*placement)) {
      if (spell.days.from > on) break;
      if (on - 1 <= spell.days.to) rested = rested || is_it(spell.law);
      if (spell.law != kCareEnded) last = spell.law;
    }
    return rested || (law_on(on) == kCareEnded && is_it(last));
  }

  [[nodiscard]] Result<> check_moved() const {
    const auto& body = *event_.body_as_PlacementMoved();
    const auto before = spell_on(acted_on(event_).day);
    const auto form = body.form() == nullptr ? before.form : std::string{text_of(body.form())};
    const auto home = text_of(body.home_ref());
    if (!home.empty() && home == before.home && form == before.form) {
      return refuse("moved-elsewhere", "the child is in that home already", "/body/home_ref", judged_.matter);
    }
    // Consent to be placed is consent to the next home; one who has not been away from home has given none.
    if (!by_consent(before.law) || is_away_from_home(before.form) || !is_away_from_home(form)) return {};
    return check_consent(Help::kPlacement, "/body/form");
  }

  [[nodiscard]] Result<> check_law_changed() const {
    const auto& body = *event_.body_as_LegalBasisChanged();
    const auto from = text_of(body.from());
    if (!from.empty() && !rested_on(acted_on(event_).day, [&](std::string_view law) { return law == from; })) {
      return refuse("law-as-it-stood", "the placement did not rest on that law", "/body/from", judged_.matter);
    }
    return text_of(body.to()) == "sol" ? check_consent(Help::kPlacement, "/body/to") : Result<>{};
  }

  [[nodiscard]] Result<> check_care_ended() const {
    const auto by_law = [](std::string_view law) { return law.empty() || law.starts_with("lvu"); };
    if (rested_on(acted_on(event_).day, by_law)) return {};
    return refuse("law-as-it-stood", "the placement did not rest on LVU", "/matter", judged_.matter);
  }

  // That custody has lapsed can be acknowledged; what makes it lapse is the clock.
  [[nodiscard]] Result<> check_ceased() {
    if (text_of(event_.body_as_CustodyCeased()->why()) != "lapsed") return {};
    const auto on = acted_on(event_).day;
    for (const auto& clock : row_.obligations().items) {
      // What was submitted too late had lapsed by then.
      const bool missed = clock->state == rows::State::open || clock->state == rows::State::met_late;
      const bool lapsed = clock->lapses && missed && clock->nominal < on;
      if (clock->matter == judged_.matter && lapsed) return {};
    }
    return refuse("lapse-is-computed", "no clock of the custody has run out by that day", "/body/why", judged_.matter);
  }

  // --- follow-up
  // ------------------------------------------------------------------------------------------------------

  // Both what was offered and the no to it (note 1: E31 and E33).
  [[nodiscard]] bool rests_on_a_no(std::span<const Id> basis) const {
    return std::ranges::any_of(row_->get<Proposals>().items, [&](const auto& item) {
      return item->declined_on && std::ranges::find(basis, item->id) != basis.end() &&
             std::ranges::find_first_of(basis, item->refusals) != basis.end();
    });
  }
  [[nodiscard]] bool rests_on_ended_placement(const Id& id) const {
    const auto matter = held_matter(*row_, id);
    return matter && matter->kind == MatterKind::kPlacement && matter->to && *matter->to <= to_days(day());
  }
  [[nodiscard]] bool has_been_in_care_by_law() const {
    const auto age = age_on(row_->get<File>(), day());
    return (!age || *age < 18) && std::ranges::any_of(row_->get<Proposals>().coercions, [&](const auto& item) {
             return item->to && *item->to <= to_days(day());
           });
  }

  [[nodiscard]] Result<> check_followed_up() const {
    const auto& body = *event_.body_as_FollowUpDecided();
    const auto law = text_of(body.law());
    const bool by_lvu = law.starts_with("lvu");
    std::vector<Id> basis;
    for (const auto& named : named_matters(event_)) basis.push_back(named.id);
    const bool grounds =
        rests_on_a_no(basis) || std::ranges::any_of(basis, [&](const Id& id) { return rests_on_ended_placement(id); });
    if (!by_lvu && (grounds || body.consent().value_or(false))) return {};
    if ((by_lvu || law.empty()) && has_been_in_care_by_law()) return {};
    return refuse("followed-up-after-a-no",
                  by_lvu ? "no care by law of a child under 18 has ended"
                         : "no proposal with its refusal and no placement that has ended is cited, and there is no "
                           "consent",
                  "/body/basis_ids", basis);
  }

  [[nodiscard]] Result<> check_left_out() const {
    const auto* investigation = find_investigation(row_->get<Investigations>(), judged_.matter);
    if (investigation != nullptr && investigation->concluded_on && investigation->outcome == "declined") return {};
    return refuse("left-out-after-a-no", "the investigation has not been concluded as declined", "/matter",
                  judged_.matter);
  }
};

}  // namespace

Result<> check_care(const DecideContext& context, const Judged& judged, LazyRow& row) {
  return CareChecker{context, judged, row}.check();
}

}  // namespace minne
