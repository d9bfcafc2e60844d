// Code lists: what the coded fields of events may hold, with the words that a person reads for each code.
//
//   # events/codes/reporter_category.toml
//   sv = "anmälarkategori"
//   en = "who reported"
//   [codes]
//   school = { sv = "skola", en = "school" }
//
// A field names its list in the schema (`code: "reporter_category"`). Adding a code is one line; none is ever taken
// out: one that has fallen out of use says what took its place (`replaced_by`) and is accepted as before. Only what a
// client sends is checked against the lists. Reading never is: an event that was recorded once is shown for ever.
//
// The files of events/codes are a part of the program; a board's own can be laid over them. A fault in a file refuses
// all of it. Immutable, shared by all threads.
#pragma once

#include "events/result.h"
#include "events/time.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace minne {

inline constexpr std::size_t kMaxCodeFileBytes = 256UL * 1024;
inline constexpr std::size_t kMaxCodesPerList = 1000;
inline constexpr std::size_t kMaxCodesTold = 100;  // in the error for an unknown one

// Beside the labels all is information: nothing is refused for its date or for the child's age, which a late entry or a
// case taken over may rightly have otherwise.
struct CodeEntry {
  std::string code;
  std::string swedish;
  std::string english;
  std::optional<Date> valid_from;
  std::optional<Date> valid_to;
  std::optional<int> age_from;  // whole years, both included: whom a method, instrument or band is for
  std::optional<int> age_to;
  std::string version;         // of an instrument
  std::string recommendation;  // of a method: should, should_not
  std::string replaced_by;     // another code of the list
};

struct CodeList {
  std::string name;
  std::string swedish;
  std::string english;
  std::vector<CodeEntry> entries;  // in the order of the file

  [[nodiscard]] const CodeEntry* find(std::string_view code) const;
};

// `name` is the list's, and ".toml"; with directories before it or not.
struct CodeFile {
  std::string name;
  std::string text;
};

class CodeLists {
 public:
  // Those of events/codes.
  [[nodiscard]] static const CodeLists& built_in();
  // kInvalid with Error::where = "file:line".
  [[nodiscard]] static Result<CodeLists> load(std::span<const CodeFile> files);
  // These with a board's own laid over them: codes are added, or given other words. The list must be one of these.
  [[nodiscard]] Result<CodeLists> with(std::span<const CodeFile> files) const;

  [[nodiscard]] const CodeList* find(std::string_view list) const;
  [[nodiscard]] const std::map<std::string, CodeList, std::less<>>& lists() const { return lists_; }

  // kInvalid at `pointer` where the list does not know the code; details hold `list`, `value` and the `known` codes.
  [[nodiscard]] Result<> check(std::string_view list, std::string_view code, const std::string& pointer) const;

 private:
  std::map<std::string, CodeList, std::less<>> lists_;
};

}  // namespace minne
