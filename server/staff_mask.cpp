#include "server/staff_mask.h"

#include "server/api_parts.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

namespace minne {
namespace {

namespace json = boost::json;

// Text, or lists of text, in any object.
constexpr std::array<std::string_view, 8> kWorkerFields{"worker",   "workers",          "responsible", "decider",
                                                        "assessor", "handed_over_from", "served_by",   "second_signer"};
// `from` and `to` are workers in a hand-over only: dates, laws and recipients bear these names elsewhere.
constexpr std::array<std::string_view, 2> kHandOverFields{"from", "to"};
constexpr std::string_view kHandOverEvent = "CaseHandedOver";
constexpr std::string_view kHandOverList = "not_acknowledged";
constexpr std::string_view kForeignWorker = "org:resource";  // IEEE 1849: who did it, as an attribute

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string_view text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}

class Mask {
 public:
  void walk(json::value& value, bool of_hand_over = false) {
    if (auto* list = value.if_array()) {
      for (auto& item : *list) walk(item, of_hand_over);
    } else if (auto* object = value.if_object()) {
      walk(*object, of_hand_over);
    }
  }

 private:
  void walk(json::object& object, bool of_hand_over) {
    const bool hand_over_event = text_in(object, "type") == kHandOverEvent;
    leave_out_changed(object);
    const bool foreign_worker = text_in(object, "key") == kForeignWorker;
    for (auto& member : object) {
      const std::string_view name{member.key()};
      auto& value = member.value();
      if (is_one_of(kWorkerFields, name) || (of_hand_over && is_one_of(kHandOverFields, name)) ||
          (foreign_worker && name == "value")) {
        hide(value);
      } else if (name == "actor" && value.is_object()) {
        if (auto* id = value.get_object().if_contains("id")) hide(*id);
      } else {
        walk(value, (hand_over_event && name == "body") || name == kHandOverList);
      }
    }
  }
  // What a correction changed: where the field may name a worker, that it changed is all that is told.
  static void leave_out_changed(json::object& object) {
    const auto field = text_in(object, "field");
    const auto name = field.substr(field.rfind('/') + 1);
    if (!object.contains("before") || (!is_one_of(kWorkerFields, name) && !is_one_of(kHandOverFields, name))) return;
    object.erase("before");
    object.erase("after");
  }
  // A worker's id, a list of them, or something else of that name, such as a list of objects.
  void hide(json::value& value) {
    if (value.is_string()) {
      value = number(std::string{value.get_string()});
    } else if (auto* list = value.if_array()) {
      for (auto& item : *list) hide(item);
    } else {
      walk(value);
    }
  }
  std::string number(const std::string& worker) {
    const auto found = numbers_.try_emplace(worker, numbers_.size() + 1).first;
    return "worker-" + std::to_string(found->second);
  }

  std::map<std::string, std::size_t> numbers_;
};

HttpResponse masked(HttpResponse response) {
  if (response.status != 200) return response;
  auto answer = api::parse_json(response.body);
  if (!answer) return problem_response(failure(Code::kInternal, "an answer that is no JSON cannot be masked"));
  mask_staff(*answer);
  response.body = api::json_response(*answer).body;
  return response;
}

}  // namespace

void mask_staff(json::value& answer) { Mask{}.walk(answer); }

Route with_staff_mask(Route route) {
  route.parameters.push_back({.name = "mask",
                              .description = "staff: workers are numbered in the order they appear, not named.",
                              .one_of = {"staff"}});
  route.handler = [handler = std::move(route.handler)](HttpRequest request, Reply reply) {
    if (!request.query.has("mask")) return handler(std::move(request), std::move(reply));
    handler(std::move(request),
            [reply = std::move(reply)](HttpResponse response) { reply(masked(std::move(response))); });
  };
  return route;
}

}  // namespace minne
