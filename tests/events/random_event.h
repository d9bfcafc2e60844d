// Valid events as JSON, made from the schema and a seed: what the tests of both forms are fed with.
//
//   RandomEvent random{seed};
//   const auto json = random.of(Body::ReportReceived);           // every field there by chance
//   const auto whole = RandomEvent{seed}.whole(Body::…);         // every field there
//
// The JSON is in its normal form, so that it comes back from bytes as it was. A type that has a number in `sealed` is
// made with the number in its normal form and the token that test_token() gives; given() takes out what Minne adds.
#pragma once

#include "events/json.h"
#include "events/schema.h"

#include <boost/json/array.hpp>

#include <random>
#include <string>
#include <vector>

namespace minne::testing {

inline Digest test_token(std::string_view number) {
  return hmac_sha256(std::array<std::uint8_t, 4>{1, 2, 3, 4}, number);
}

inline boost::json::string text_value(std::string_view text) { return boost::json::string{text.data(), text.size()}; }

// YYYYMMDDNNNC of a date and a serial number.
inline std::string person_number(int year, int month, int day, int serial) {
  const auto padded = [](int value, std::size_t width) {
    const auto digits = std::to_string(value);
    return std::string(width - digits.size(), '0') + digits;
  };
  auto out = padded(year, 4) + padded(month, 2) + padded(day, 2) + padded(serial, 3);
  int sum = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    const int product = (out[i + 2] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += product / 10 + product % 10;
  }
  return out + std::to_string((10 - sum % 10) % 10);
}

class RandomEvent {
 public:
  explicit RandomEvent(std::uint64_t seed) : random_(seed) {}

  boost::json::object of(Body type) { return envelope(type, false); }
  boost::json::object whole(Body type) {
    whole_ = true;
    return envelope(type, false);
  }

  // Texts that a person can read.
  RandomEvent& plain() {
    plain_ = true;
    return *this;
  }

  Id id() {
    Id out;
    for (auto& byte : out.bytes) byte = static_cast<std::uint8_t>(below(256));
    out.bytes[0] |= 1;  // never nil
    return out;
  }
  std::uint64_t below(std::uint64_t bound) {
    return std::uniform_int_distribution<std::uint64_t>{0, bound - 1}(random_);
  }
  bool chance(unsigned percent) { return whole_ || below(100) < percent; }

  // Whole characters of one to four bytes, at most `max_bytes` in all.
  std::string text(std::size_t min_bytes, std::size_t max_bytes) {
    static const std::vector<std::string> kCharacters = {
        "a",          "Z",          "0",         " ",      "\"",     "\\", "/",      "\n",     std::string(1, '\0'),
        "\x7F",       "å",          "Ö",         "\u07FF", "\u0800", "€",  "\uD7FF", "\uE000", "\uFFFD",
        "\U00010000", "\U0001F9D2", "\U0010FFFF"};
    if (plain_) return "Å" + std::to_string(below(1'000'000));
    const auto wanted = min_bytes + below(max_bytes - min_bytes + 1);
    std::string out;
    while (out.size() < wanted) {
      const auto& next = kCharacters[below(kCharacters.size())];
      out += out.size() + next.size() <= wanted ? next : "x";
    }
    return out;
  }

  // One of the field's list, or any where it has none.
  std::string code(const FieldSchema& field) {
    if (const auto* list = CodeLists::built_in().find(field.list))
      return list->entries[below(list->entries.size())].code;
    constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    std::string out(1 + below(below(8) == 0 ? kMaxNameBytes : 12), ' ');
    for (auto& c : out) c = kCharacters[below(kCharacters.size())];
    return out;
  }

 private:
  static bool holds_event(Body type) {
    return type == Body::EventCorrected || type == Body::EventMisfiled || type == Body::EventRefiled;
  }

  boost::json::object envelope(Body type, bool nested) {
    const auto& schema = EventSchema::instance().envelope();
    const auto& body = EventSchema::instance().body(type);
    boost::json::object out;
    const auto own = id();
    if (!nested || chance(50)) out["id"] = to_text(own);
    out["type"] = text_value(type_name(type));
    for (const auto& field : schema.fields) {
      if (field.hidden || field.name == "id" || field.kind == FieldKind::kBody) continue;
      const bool needed = field.name == "occurred_at" || (!nested && field.name == "case");
      if (field.name == "matter" && !body.opens.empty()) {
        if (out.contains("id")) out["matter"] = out["id"];  // the only matter that an opening event may name
        continue;
      }
      if (needed || chance(60)) out[text_value(field.name)] = value(schema, field);
    }
    auto sealed = sealed_of(body);
    out["body"] = table(body, sealed);
    if (!sealed.empty()) out["sealed"] = std::move(sealed);
    return out;
  }

  boost::json::object sealed_of(const TableSchema& body) {
    boost::json::object out;
    for (const auto& field : body.fields) {
      if (!field.sealed || !chance(60)) continue;
      const bool number = has_token(body, field.name);
      out[text_value(field.name)] = number ? text_value(number_text()) : text_value(text(0, 200));
    }
    return out;
  }

  static bool has_token(const TableSchema& body, std::string_view name) {
    for (const auto& field : body.fields) {
      if (field.token_of == name) return true;
    }
    return false;
  }

  std::string number_text() {
    const auto day = 1 + static_cast<int>(below(28)) + (below(3) == 0 ? 60 : 0);
    return person_number(1990 + static_cast<int>(below(35)), 1 + static_cast<int>(below(12)), day,
                         static_cast<int>(below(1000)));
  }

  boost::json::object table(const TableSchema& schema, const boost::json::object& sealed) {
    ++depth_;
    boost::json::object out;
    for (const auto& field : schema.fields) {
      if (field.hidden || field.sealed) continue;
      if (!field.token_of.empty()) {
        if (const auto* number = sealed.if_contains(field.token_of)) {
          out[text_value(field.name)] = to_hex(test_token(number->as_string()));
        }
        continue;
      }
      if (&schema == field.table && depth_ > 3) continue;
      if (chance(60)) out[text_value(field.name)] = value(schema, field);
    }
    --depth_;
    return out;
  }

  boost::json::value value(const TableSchema& schema, const FieldSchema& field) {
    if (!field.vector) return one(schema, field);
    boost::json::array out;
    for (auto count = !whole_ ? below(4) : depth_ > 1 ? 1 : 2; count > 0; --count) out.push_back(one(schema, field));
    return out;
  }

  boost::json::value one(const TableSchema& schema, const FieldSchema& field) {
    switch (field.kind) {
      case FieldKind::kBool:
        return below(2) == 1;
      case FieldKind::kInteger:
        return integer(field);
      case FieldKind::kText: {
        const bool name = schema.name == "Actor" || schema.name == "LegalBasis";
        return name ? text_value(text(1, kMaxNameBytes)) : text_value(text(0, 40));
      }
      case FieldKind::kCode:
        return text_value(code(field));
      case FieldKind::kDate:
        return text_value(to_text(date()));
      case FieldKind::kInstant:
        return text_value(to_text(when(field)));
      case FieldKind::kId:
        return text_value(to_text(id()));
      case FieldKind::kHex:
        return text_value(to_hex(id().bytes));
      case FieldKind::kTable:
        if (field.table == &EventSchema::instance().envelope()) return envelope(inner_type(), true);
        return table(*field.table, {});
      case FieldKind::kBody:
        break;
    }
    return nullptr;
  }

  Body inner_type() {
    for (;;) {
      const auto type = static_cast<Body>(1 + below(kTypeCount - 1));
      if (!holds_event(type)) return type;
    }
  }

  boost::json::value integer(const FieldSchema& field) {
    switch (below(4)) {
      case 0:
        return field.maximum;
      case 1:
        return field.minimum;
      default:
        return below(200) % (field.maximum - 1);
    }
  }

  Date date() {
    constexpr std::int32_t kFirst = -719162;  // 0001-01-01
    constexpr std::int32_t kLast = 2932896;   // 9999-12-31
    switch (below(8)) {
      case 0:
        return from_days(kFirst);
      case 1:
        return from_days(kLast);
      default:
        return from_days(static_cast<std::int32_t>(below(40'000)));
    }
  }

  When when(const FieldSchema& field) {
    const auto seconds = static_cast<std::int64_t>(below(4'000'000'000));
    const auto at =
        from_micros(seconds * 1'000'000 + (below(2) == 0 ? 0 : static_cast<std::int64_t>(below(1'000'000))));
    if (field.precision == nullptr || below(2) == 0) return {at, Precision::kInstant};
    return {day_start(local_date(at)), Precision::kDay};
  }

  std::mt19937_64 random_;
  bool whole_ = false;
  bool plain_ = false;
  int depth_ = 0;
};

// What a client sends of it: without the tokens, which Minne computes.
inline boost::json::object given(boost::json::object event) {
  const auto type = type_named(std::string_view{event.at("type").as_string()});
  if (auto* body = event.if_contains("body")) {
    for (const auto& field : EventSchema::instance().body(type.value()).fields) {
      if (!field.token_of.empty()) body->as_object().erase(field.name);
      if (auto* inner = body->as_object().if_contains(field.name);
          inner != nullptr && field.kind == FieldKind::kTable && !field.vector && inner->as_object().contains("type")) {
        *inner = given(inner->as_object());
      }
    }
  }
  return event;
}

inline EncodeContext test_context() {
  EncodeContext out;
  out.today_year = 2026;
  out.token = test_token;
  return out;
}

// Takes any code: for what was recorded before its list was.
inline EncodeContext unlisted_context() {
  auto out = test_context();
  out.codes = nullptr;
  return out;
}

inline std::vector<Body> all_types() {
  std::vector<Body> out;
  for (std::size_t i = 1; i < kTypeCount; ++i) out.push_back(static_cast<Body>(i));
  return out;
}

}  // namespace minne::testing
