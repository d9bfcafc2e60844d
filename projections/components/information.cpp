#include "projections/components/information.h"

#include "projections/case_row.h"

#include <algorithm>

namespace minne {

std::optional<std::int32_t> answered_on(const rows::InformationT& row, const rows::InformationRequestT& request) {
  std::optional<std::int32_t> naming;
  std::optional<std::int32_t> likely;
  for (const auto& answer : row.answers) {
    if (answer->request == request.id) {
      naming = std::min(naming.value_or(answer->on), answer->on);
    } else if (answer->request.is_nil() && answer->matter == request.matter && answer->source == request.source &&
               answer->on >= request.on) {
      likely = std::min(likely.value_or(answer->on), answer->on);
    }
  }
  return naming ? naming : likely;
}

void Information::apply(const Recorded<events::InformationRequested>& event, const Before<Reads>&, Row& information) {
  auto request = std::make_unique<rows::InformationRequestT>();
  request->id = event.id;
  request->matter = event.matter();
  request->source = text_of(event.body.source());
  request->on = to_days(event.occurred_on());
  information.requests.push_back(std::move(request));
}

void Information::apply(const Recorded<events::InformationReceived>& event, const Before<Reads>&, Row& information) {
  auto answer = std::make_unique<rows::InformationAnswerT>();
  answer->request = id_of(event.body.request_id());
  answer->matter = event.matter();
  answer->source = text_of(event.body.source());
  answer->on = to_days(event.occurred_on());
  information.answers.push_back(std::move(answer));
}

}  // namespace minne
