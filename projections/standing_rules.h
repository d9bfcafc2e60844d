// Rules that no clock runs by: which children a board wants pointed out, and what is to be kept or purged. Data, read
// from TOML beside the deadlines (rules.h), and asked of what indexes hold: to change them rebuilds nothing.
//
//   [[pattern]]
//   id = "absence_again"
//   swedish = "upprepad skolfrånvaro utan utredning"
//   concern = "school_absence"              # any, where left out
//   at_least = 3                            # reports
//   within = "12m"                          # or "90d", "8w": up to and including the day asked about
//   opened = 0                              # at most so many of them led to an investigation; any, where left out
//
//   [[retention]]
//   id = "sol_16_1"
//   law = "SoL 2025:400"
//   section = "16:1"
//   valid_from = 2025-07-01                 # by the day asked from; valid_to belongs to it
//   documents = ["personal_file"]           # of which it speaks; all in the file, where left out
//   purge_after = "60m"                     # or keep = true, or keep_until_age = 30
//   from = "last_note"                      # or "decided": of a report
//
// What keeps may be narrowed, and all must hold: holds = ["placement"] (the file holds such documents), born_on = [5,
// 15, 25], research = "sample" (what the board keeps: [board] research = "sample", "all" or "none"), closed_from =
// 2026-01-15 (the file is open or was closed on that day or later). A pattern or retention rule of a later file takes
// the place of one with its id.
#pragma once

#include "projections/limit.h"

#include <optional>
#include <string>
#include <vector>

namespace minne {

struct Pattern {
  std::string id;
  std::string swedish;
  std::string concern;
  int at_least = 2;
  Limit within;
  std::optional<int> opened;
};

struct RetentionRule {
  enum class From : std::uint8_t { kLastNote, kDecided };

  std::string id;
  std::string swedish;
  std::string law;
  std::string section;
  std::optional<Date> valid_from;
  std::optional<Date> valid_to;  // the last day
  std::vector<std::string> documents;
  std::optional<Limit> purge_after;
  From from = From::kLastNote;
  std::optional<int> keep_until_age;  // without this and purge_after: kept for ever
  std::vector<std::string> holds;
  std::vector<int> born_on;
  std::string research;
  std::optional<Date> closed_from;
};

struct StandingRules {
  std::vector<Pattern> patterns;
  std::vector<RetentionRule> retention;
};

}  // namespace minne
