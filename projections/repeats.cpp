#include "projections/repeats.h"

#include "core/keys.h"
#include "projections/case_row.h"
#include "projections/cursor.h"
#include "projections/queries.h"

#include <algorithm>
#include <map>

namespace minne {
namespace {

namespace json = boost::json;

std::string asked_of(const RepeatsQuery& query) {
  return KeyWriter{}
      .text("repeats")
      .text(query.concern)
      .u32(query.min)
      .u32(query.within_days)
      .u8(query.not_opened ? 1 : 0)
      .str();
}

}  // namespace

Result<std::vector<Repeat>> reported_again(const View& view, const ReportedAgain& asked) {
  std::map<Id, Repeat> by_case;
  const auto space = static_cast<Space>(kFirstIndex + index_base<Reports>() + Reports::kByDay);
  const auto prefix = KeyWriter{}.text(asked.concern).str();
  MINNE_TRY_VOID(view.scan(space, prefix, KeyWriter{prefix}.day(asked.first_day).str(),
                           [&](std::string_view key, std::string_view value) {
                             KeyReader reader(key.substr(prefix.size()));
                             const auto day = reader.day();
                             if (day > asked.last_day) return false;
                             const auto case_id = reader.id();
                             KeyReader facts(value);
                             auto& repeat = by_case[case_id];
                             if (repeat.reports++ == 0) {
                               repeat.case_id = case_id;
                               repeat.first = day;
                             }
                             repeat.last = day;
                             repeat.led += facts.u8();
                             repeat.pending += facts.u8();
                             repeat.incidents.insert(facts.id());
                             repeat.unit = facts.text();
                             repeat.school = facts.text();
                             repeat.ref = facts.rest();
                             return true;
                           }));
  std::vector<Repeat> found;
  for (auto& [id, repeat] : by_case) {
    if (repeat.reports < asked.at_least || (asked.most_opened && repeat.led > *asked.most_opened)) continue;
    found.push_back(std::move(repeat));
  }
  std::ranges::sort(found, [](const Repeat& a, const Repeat& b) {
    return std::tuple{b.reports, b.last, a.case_id} < std::tuple{a.reports, a.last, b.case_id};
  });
  return found;
}

boost::json::object repeat_json(const Repeat& repeat) {
  return {{"case", to_text(repeat.case_id)},
          {"ref", repeat.ref.empty() ? boost::json::value() : boost::json::value(repeat.ref)},
          {"reports", repeat.reports},
          {"incidents", repeat.incidents.size()},
          {"led_to_investigation", repeat.led},
          {"pending", repeat.pending},
          {"first", to_text(from_days(repeat.first))},
          {"last", to_text(from_days(repeat.last))}};
}

Result<json::object> repeats(const View& view, const RepeatsQuery& query) {
  const auto last_day = to_days(query.today);
  ReportedAgain asked{.first_day = last_day - static_cast<std::int32_t>(query.within_days) + 1,
                      .last_day = last_day,
                      .concern = query.concern,
                      .at_least = query.min};
  if (query.not_opened) asked.most_opened = 0;
  MINNE_TRY(const auto found, reported_again(view, asked));
  MINNE_TRY(const Cursor cursor, decode_cursor(query.cursor, asked_of(query)));
  const auto begin = cursor.key.empty() ? 0 : std::min<std::size_t>(KeyReader(cursor.key).u32(), found.size());
  const auto end = std::min(begin + query.limit, found.size());
  json::array items;
  for (std::size_t i = begin; i < end; ++i) items.emplace_back(repeat_json(found[i]));
  json::object out{{"total", found.size()}, {"items", std::move(items)}};
  out["next"] =
      end < found.size()
          ? json::value(encode_cursor({view.live().position, KeyWriter{}.u32(static_cast<std::uint32_t>(end)).str()},
                                      asked_of(query)))
          : json::value();
  out["today"] = to_text(query.today);
  out["position"] = view.live().position;
  return out;
}

}  // namespace minne
