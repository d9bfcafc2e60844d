#include "projections/standing_rules.h"

#include "projections/rules.h"
#include "projections/standing_rule_reader.h"

#include <array>

namespace minne::rule_file {
namespace {

constexpr int kMaxReports = 1'000;
constexpr int kMaxAge = 130;
constexpr int kMaxDayOfMonth = 31;

// What a file can be seen to hold (events/codes/retention_category.toml).
constexpr std::array<std::string_view, 4> kDocuments{"personal_file", "report_not_opened",
                                                     "child_protection_investigation", "placement"};

Result<std::string> read_id(const Section& entry) {
  MINNE_TRY(auto id, entry.required_text("id"));
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (id.size() > 40 || !std::all_of(id.begin(), id.end(), allowed)) {
    return entry.fault_at("id", "is not of a-z, 0-9 and _, at most 40");
  }
  return id;
}

Result<Limit> read_span(const Section& entry, std::string_view key, const std::string& text) {
  const auto span = counted_limit(text);
  if (!span) return entry.fault_at(key, "is no time such as 90d, 8w or 12m");
  return *span;
}

Result<std::vector<std::string>> read_documents(const Section& entry, std::string_view key) {
  std::vector<std::string> out;
  const toml::node* node = entry.get(key);
  if (node == nullptr) return out;
  if (!node->is_array() || node->as_array()->empty()) return entry.fault_at(key, "is not a list");
  for (const toml::node& element : *node->as_array()) {
    const auto* word = element.as_string();
    if (word == nullptr || !contains(kDocuments, word->get())) {
      return entry.fault_at(key, "holds what is no documents of a file");
    }
    out.push_back(word->get());
  }
  return out;
}

Result<std::vector<int>> read_days(const Section& entry, std::string_view key) {
  std::vector<int> out;
  const toml::node* node = entry.get(key);
  if (node == nullptr) return out;
  if (!node->is_array() || node->as_array()->empty()) return entry.fault_at(key, "is not a list");
  for (const toml::node& element : *node->as_array()) {
    const auto* day = element.as_integer();
    if (day == nullptr || day->get() < 1 || day->get() > kMaxDayOfMonth) {
      return entry.fault_at(key, "holds what is no day of a month");
    }
    out.push_back(static_cast<int>(day->get()));
  }
  return out;
}

// Exactly one of purge_after, keep_until_age and keep says what the rule does.
Result<> read_effect(const Section& entry, RetentionRule& rule) {
  MINNE_TRY(const auto purge_after, entry.text("purge_after"));
  MINNE_TRY(rule.keep_until_age, entry.integer("keep_until_age", 1, kMaxAge));
  MINNE_TRY(const bool keep, entry.flag("keep"));
  if ((purge_after ? 1 : 0) + (rule.keep_until_age ? 1 : 0) + (keep ? 1 : 0) != 1) {
    return entry.fault("[[retention]] has one of purge_after, keep_until_age and keep = true");
  }
  MINNE_TRY(const auto from, entry.text("from"));
  if (purge_after.has_value() != from.has_value()) return entry.fault("from says what purge_after counts from");
  if (!purge_after) return {};
  MINNE_TRY(rule.purge_after, read_span(entry, "purge_after", *purge_after));
  MINNE_TRY(rule.from, entry.choice<RetentionRule::From>("from", *from,
                                                         {{"last_note", RetentionRule::From::kLastNote},
                                                          {"decided", RetentionRule::From::kDecided}}));
  return {};
}

}  // namespace

Result<Pattern> read_pattern(const Section& entry, const EventFields& events) {
  MINNE_TRY_VOID(entry.allow({"id", "swedish", "concern", "at_least", "within", "opened"}));
  Pattern pattern;
  MINNE_TRY(pattern.id, read_id(entry));
  MINNE_TRY(pattern.swedish, entry.text_or_empty("swedish"));
  MINNE_TRY(pattern.concern, entry.text_or_empty("concern"));
  if (!pattern.concern.empty() && !events.has_code("concern", pattern.concern)) {
    return entry.fault_at("concern", quoted(pattern.concern) + " is no concern");
  }
  MINNE_TRY(const auto at_least, entry.integer("at_least", 1, kMaxReports));
  if (!at_least) return entry.fault("[[pattern]] lacks at_least");
  pattern.at_least = *at_least;
  MINNE_TRY(const std::string within, entry.required_text("within"));
  MINNE_TRY(pattern.within, read_span(entry, "within", within));
  MINNE_TRY(pattern.opened, entry.integer("opened", 0, kMaxReports));
  return pattern;
}

Result<RetentionRule> read_retention(const Section& entry) {
  MINNE_TRY_VOID(entry.allow({"id", "swedish", "law", "section", "valid_from", "valid_to", "documents", "purge_after",
                              "from", "keep", "keep_until_age", "holds", "born_on", "research", "closed_from"}));
  RetentionRule rule;
  MINNE_TRY(rule.id, read_id(entry));
  MINNE_TRY(rule.swedish, entry.text_or_empty("swedish"));
  MINNE_TRY(rule.law, entry.required_text("law"));
  MINNE_TRY(rule.section, entry.required_text("section"));
  MINNE_TRY(rule.valid_from, entry.date("valid_from"));
  MINNE_TRY(rule.valid_to, entry.date("valid_to"));
  MINNE_TRY(rule.documents, read_documents(entry, "documents"));
  MINNE_TRY_VOID(read_effect(entry, rule));
  MINNE_TRY(rule.holds, read_documents(entry, "holds"));
  MINNE_TRY(rule.born_on, read_days(entry, "born_on"));
  MINNE_TRY(rule.research, entry.one_of("research", kResearch));
  MINNE_TRY(rule.closed_from, entry.date("closed_from"));
  const bool narrowed = !rule.holds.empty() || !rule.born_on.empty() || !rule.research.empty() || rule.closed_from;
  if (rule.purge_after && narrowed) return entry.fault("only what keeps is narrowed");
  return rule;
}

}  // namespace minne::rule_file
