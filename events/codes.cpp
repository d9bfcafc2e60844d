#include "events/codes.h"

#include "code_files.h"
#include "events/check.h"
#include "events/walk.h"

#include <toml++/toml.h>
#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace minne {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxLabelBytes = 200;
constexpr int kMaxAge = 130;

std::string quoted(std::string_view text) { return "'" + std::string{text.substr(0, kMaxNameBytes)} + "'"; }

Error fault(std::string_view file, const toml::source_region& at, std::string message) {
  return invalid(std::move(message), std::string{file} + ":" + std::to_string(at.begin.line));
}

// Reads one file. Each function takes a part of it to its value, or says what is wrong with it, and in which line.
class FileReader {
 public:
  explicit FileReader(std::string_view file) : file_(file) {}

  [[nodiscard]] Result<CodeList> read(const toml::table& document) const {
    CodeList out;
    MINNE_TRY(out.name, list_name(document));
    MINNE_TRY_VOID(allow(document, {"sv", "en", "codes"}));
    MINNE_TRY(out.swedish, label(document, "sv"));
    MINNE_TRY(out.english, label(document, "en"));
    const auto* codes = document.get_as<toml::table>("codes");
    if (codes == nullptr || codes->empty()) return fault(file_, document.source(), "the list lacks its [codes]");
    if (codes->size() > kMaxCodesPerList) {
      return fault(file_, codes->source(), "a list has at most " + std::to_string(kMaxCodesPerList) + " codes");
    }
    std::vector<std::pair<toml::source_position, CodeEntry>> placed;
    for (const auto& [key, node] : *codes) {
      MINNE_TRY(auto entry, read_entry(key, node));
      placed.emplace_back(key.source().begin, std::move(entry));
    }
    std::ranges::sort(placed, [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [position, entry] : placed) out.entries.push_back(std::move(entry));
    return out;
  }

 private:
  [[nodiscard]] Result<std::string> list_name(const toml::table& document) const {
    auto name = file_.substr(file_.rfind('/') + 1);
    constexpr std::string_view kEnd = ".toml";
    if (!name.ends_with(kEnd)) return fault(file_, document.source(), "the file of a list is named LIST.toml");
    name.remove_suffix(kEnd.size());
    if (!is_code(name)) return fault(file_, document.source(), "the file's name is no name of a list");
    return std::string{name};
  }

  [[nodiscard]] Result<> allow(const toml::table& table, std::initializer_list<std::string_view> keys) const {
    for (const auto& [key, node] : table) {
      if (std::ranges::find(keys, key.str()) == keys.end()) {
        return fault(file_, key.source(), "unknown key " + quoted(key.str()));
      }
    }
    return {};
  }

  [[nodiscard]] Result<std::string> text(const toml::table& table, std::string_view key) const {
    const auto* node = table.get(key);
    if (node == nullptr) return std::string{};
    const auto* value = node->as_string();
    if (value == nullptr || (*value)->empty() || (*value)->size() > kMaxLabelBytes) {
      return fault(file_, node->source(), std::string{key} + " is not a text of 1 to 200 bytes");
    }
    return value->get();
  }

  [[nodiscard]] Result<std::string> label(const toml::table& table, std::string_view key) const {
    MINNE_TRY(auto out, text(table, key));
    if (out.empty()) return fault(file_, table.source(), std::string{key} + " is missing");
    return out;
  }

  [[nodiscard]] Result<std::optional<Date>> date(const toml::table& table, std::string_view key) const {
    const auto* node = table.get(key);
    if (node == nullptr) return std::optional<Date>{};
    const auto* value = node->as_date();
    if (value == nullptr) return fault(file_, node->source(), std::string{key} + " is not a date, without quotes");
    const toml::date& read = value->get();
    return std::optional{Date{std::chrono::year{read.year} / read.month / read.day}};
  }

  [[nodiscard]] Result<std::optional<int>> age(const toml::table& table, std::string_view key) const {
    const auto* node = table.get(key);
    if (node == nullptr) return std::optional<int>{};
    const auto* value = node->as_integer();
    if (value == nullptr || value->get() < 0 || value->get() > kMaxAge) {
      return fault(file_, node->source(), std::string{key} + " is no age in years");
    }
    return std::optional{static_cast<int>(value->get())};
  }

  [[nodiscard]] Result<CodeEntry> read_entry(const toml::key& key, const toml::node& node) const {
    CodeEntry out;
    out.code = key.str();
    if (!is_code(out.code)) return fault(file_, key.source(), quoted(out.code) + " is no code");
    const auto* table = node.as_table();
    if (table == nullptr) return fault(file_, node.source(), quoted(out.code) + " is not a table { sv, en }");
    MINNE_TRY_VOID(allow(*table, {"sv", "en", "valid_from", "valid_to", "age_from", "age_to", "version",
                                  "recommendation", "replaced_by"}));
    MINNE_TRY(out.swedish, label(*table, "sv"));
    MINNE_TRY(out.english, label(*table, "en"));
    MINNE_TRY(out.valid_from, date(*table, "valid_from"));
    MINNE_TRY(out.valid_to, date(*table, "valid_to"));
    MINNE_TRY(out.age_from, age(*table, "age_from"));
    MINNE_TRY(out.age_to, age(*table, "age_to"));
    MINNE_TRY(out.version, text(*table, "version"));
    MINNE_TRY(out.recommendation, text(*table, "recommendation"));
    MINNE_TRY(out.replaced_by, text(*table, "replaced_by"));
    return checked(std::move(out), *table);
  }

  [[nodiscard]] Result<CodeEntry> checked(CodeEntry entry, const toml::table& table) const {
    if (entry.valid_from && entry.valid_to && *entry.valid_to < *entry.valid_from) {
      return fault(file_, table.source(), "valid_to is before valid_from");
    }
    if (entry.age_from && entry.age_to && *entry.age_to < *entry.age_from) {
      return fault(file_, table.source(), "age_to is below age_from");
    }
    constexpr std::array<std::string_view, 3> kRecommendations{"", "should", "should_not"};
    if (std::ranges::find(kRecommendations, entry.recommendation) == kRecommendations.end()) {
      return fault(file_, table.source(), "recommendation is none of should, should_not");
    }
    return entry;
  }

  std::string_view file_;
};

Result<toml::table> parse(const CodeFile& file) {
  if (file.text.size() > kMaxCodeFileBytes) return failure(Code::kTooLarge, "the code file is too long", file.name);
  try {
    return toml::parse(file.text, file.name);
  } catch (const toml::parse_error& error) {
    return fault(file.name, error.source(), std::string{error.description()});
  }
}

// The codes of `more` over those of `list`: in place where it has them, else at the end.
void lay_over(CodeList& list, CodeList more) {
  list.swedish = std::move(more.swedish);
  list.english = std::move(more.english);
  for (auto& entry : more.entries) {
    const auto known = std::ranges::find(list.entries, entry.code, &CodeEntry::code);
    if (known == list.entries.end()) {
      list.entries.push_back(std::move(entry));
    } else {
      *known = std::move(entry);
    }
  }
}

// Rows count by the ages and successors of these: an entry of a board's own says them as the program does, and a code
// that it adds has none.
constexpr std::array<std::string_view, 1> kFolded{"instrument"};

Result<> keep_what_is_folded(const CodeList& list, const CodeList& more, const toml::table& document,
                             std::string_view file) {
  if (std::ranges::find(kFolded, list.name) == kFolded.end()) return {};
  for (const auto& entry : more.entries) {
    const CodeEntry none;
    const auto* known = list.find(entry.code);
    const auto& kept = known == nullptr ? none : *known;
    if (entry.age_from == kept.age_from && entry.age_to == kept.age_to && entry.replaced_by == kept.replaced_by)
      continue;
    return fault(file, document["codes"][entry.code].node()->source(),
                 quoted(entry.code) + " is counted by its ages and successor, which are the program's");
  }
  return {};
}

Result<> check_replacements(const CodeList& list, const std::string& file) {
  for (const auto& entry : list.entries) {
    if (entry.replaced_by.empty()) continue;
    const auto* other = list.find(entry.replaced_by);
    if (other == nullptr || !other->replaced_by.empty()) {
      return invalid(quoted(entry.code) + " is replaced by no code in use", file);
    }
  }
  return {};
}

}  // namespace

const CodeEntry* CodeList::find(std::string_view code) const {
  const auto found = std::ranges::find(entries, code, &CodeEntry::code);
  return found == entries.end() ? nullptr : &*found;
}

Result<CodeLists> CodeLists::load(std::span<const CodeFile> files) {
  CodeLists out;
  for (const auto& file : files) {
    MINNE_TRY(const toml::table document, parse(file));
    MINNE_TRY(auto list, FileReader{file.name}.read(document));
    MINNE_TRY_VOID(check_replacements(list, file.name));
    auto name = list.name;
    if (!out.lists_.emplace(std::move(name), std::move(list)).second) {
      return invalid("a second file of this list", file.name);
    }
  }
  return out;
}

Result<CodeLists> CodeLists::with(std::span<const CodeFile> files) const {
  CodeLists out = *this;
  for (const auto& file : files) {
    MINNE_TRY(const toml::table document, parse(file));
    MINNE_TRY(auto more, FileReader{file.name}.read(document));
    const auto known = out.lists_.find(more.name);
    if (known == out.lists_.end()) return invalid("no field has a list of this name", file.name);
    MINNE_TRY_VOID(keep_what_is_folded(known->second, more, document, file.name));
    lay_over(known->second, std::move(more));
    MINNE_TRY_VOID(check_replacements(known->second, file.name));
  }
  return out;
}

const CodeLists& CodeLists::built_in() {
  static const CodeLists lists = [] {
    std::vector<CodeFile> files;
    for (const auto& [name, text] : kCodeFiles) files.push_back({std::string{name}, std::string{text}});
    auto loaded = load(files);
    CHECK(loaded);  // CodeListsTest reads the same files, and tells the line
    return std::move(*loaded);
  }();
  return lists;
}

const CodeList* CodeLists::find(std::string_view list) const {
  const auto found = lists_.find(list);
  return found == lists_.end() ? nullptr : &found->second;
}

Result<> CodeLists::check(std::string_view list, std::string_view code, const std::string& pointer) const {
  const auto* codes = find(list);
  CHECK(codes != nullptr);  // a field names a list that there is: CodeListsTest
  if (codes->find(code) != nullptr) return {};
  std::string told;
  json::array known;
  for (const auto& entry : codes->entries) {
    if (!entry.replaced_by.empty()) continue;
    if (known.size() == kMaxCodesTold) {
      told += ", …";
      break;
    }
    told += (told.empty() ? "" : ", ") + entry.code;
    known.emplace_back(entry.code);
  }
  // The value stands in the details alone: messages may be logged, and nobody knows what was sent in place of a code.
  auto error = invalid("no code of " + codes->name + "; known are " + told, pointer);
  error.details = {{"list", codes->name}, {"value", json::string{code.data(), code.size()}}};
  error.details["known"] = std::move(known);
  return error;
}

}  // namespace minne
