// A TOML table of a rule file, read key by key; what is wrong is told with its file and line. For rules.cpp and
// standing_rules.cpp only.
#pragma once

#include "events/result.h"
#include "events/time.h"

#include <toml++/toml.h>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace minne::rule_file {

inline constexpr std::size_t kMaxTextSize = 200;

inline std::string quoted(std::string_view text) { return "'" + std::string(text.substr(0, 64)) + "'"; }

template <class Names, class Name>
bool contains(const Names& names, const Name& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A part of the file, with the name by which its faults are told.
struct Source {
  std::string_view file;

  [[nodiscard]] std::string place(const toml::source_region& at) const {
    return std::string(file) + ":" + std::to_string(at.begin.line);
  }
  [[nodiscard]] Error fault(std::string message, const toml::source_region& at) const {
    return invalid(std::move(message), place(at));
  }
};

// One TOML table whose keys are known beforehand.
class Section {
 public:
  Section(Source source, const toml::table& table, std::string_view name)
      : source_(source), table_(table), name_(name) {}

  [[nodiscard]] Error fault(std::string message) const { return source_.fault(std::move(message), table_.source()); }
  [[nodiscard]] Error fault_at(std::string_view key, const std::string& reason) const {
    const toml::node* node = table_.get(key);
    return source_.fault(std::string(key) + " " + reason, node != nullptr ? node->source() : table_.source());
  }

  [[nodiscard]] Result<> allow(std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, value] : table_) {
      if (!contains(keys, key.str())) {
        return source_.fault("unknown key " + quoted(key.str()) + " in " + std::string(name_), key.source());
      }
    }
    return {};
  }

  [[nodiscard]] const toml::node* get(std::string_view key) const { return table_.get(key); }

  [[nodiscard]] Result<std::optional<std::string>> text(std::string_view key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::optional<std::string>{};
    const auto* value = node->as_string();
    if (value == nullptr) return fault_at(key, "is not a text");
    if ((*value)->empty() || (*value)->size() > kMaxTextSize) return fault_at(key, "is empty or too long");
    return std::optional<std::string>{value->get()};
  }

  [[nodiscard]] Result<std::string> required_text(std::string_view key) const {
    MINNE_TRY(auto value, text(key));
    if (!value) return fault(std::string(name_) + " lacks " + std::string(key));
    return *value;
  }

  [[nodiscard]] Result<std::string> text_or_empty(std::string_view key) const {
    MINNE_TRY(auto value, text(key));
    return value.value_or("");
  }

  [[nodiscard]] Result<std::optional<int>> integer(std::string_view key, int least, int most) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::optional<int>{};
    const auto* value = node->as_integer();
    if (value == nullptr || value->get() < least || value->get() > most) {
      return fault_at(key, "is not an integer from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return std::optional{static_cast<int>(value->get())};
  }

  [[nodiscard]] Result<bool> flag(std::string_view key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return false;
    const auto* value = node->as_boolean();
    if (value == nullptr) return fault_at(key, "is neither true nor false");
    return value->get();
  }

  [[nodiscard]] Result<std::optional<Date>> date(std::string_view key) const {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return std::optional<Date>{};
    const auto* value = node->as_date();
    if (value == nullptr) return fault_at(key, "is not a date (2025-07-01, without quotes)");
    const toml::date& read = value->get();
    return std::optional{Date{std::chrono::year{read.year} / read.month / read.day}};
  }

  // The value that one of a closed set of words stands for.
  template <class Value>
  [[nodiscard]] Result<Value> choice(std::string_view key, const std::string& word,
                                     std::initializer_list<std::pair<std::string_view, Value>> choices) const {
    std::string known;
    for (const auto& [name, value] : choices) {
      if (name == word) return value;
      known += (known.empty() ? "" : ", ") + std::string(name);
    }
    return fault_at(key, "is none of " + known);
  }

  [[nodiscard]] Result<std::string> one_of(std::string_view key, std::span<const std::string_view> words) const {
    MINNE_TRY(auto word, text_or_empty(key));
    if (!word.empty() && !contains(words, word)) return fault_at(key, "cannot be " + quoted(word));
    return word;
  }

 private:
  Source source_;
  const toml::table& table_;
  std::string_view name_;
};

}  // namespace minne::rule_file
