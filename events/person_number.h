// Swedish personal numbers, as the key that finds a child's file and nothing else.
//
// A number is never an id, a reference, a log line or part of an address; its normal form is only ever hashed.
#pragma once

#include "events/result.h"

#include <string>
#include <string_view>

namespace minne {

// Normal forms: a personnummer or samordningsnummer (day + 60) as twelve digits YYYYMMDDNNNC with the Luhn digit
// checked (folkbokföringslagen 1991:481, 18 §); a reserve id (letter first, then letters, digits or '-', 6 to 32
// characters) in upper case. Accepts YYMMDD-NNNC, YYMMDD+NNNC (from the year the person turns 100), YYYYMMDD-NNNC and
// the same without a sign. `today_year` decides the century of the ten-digit forms. The error never repeats the number.
[[nodiscard]] Result<std::string> normalise_number(std::string_view text, int today_year);

// True where the text, as it stands, would be a valid personnummer or samordningsnummer: such a text is refused as a
// reference.
[[nodiscard]] bool looks_like_person_number(std::string_view text);

}  // namespace minne
