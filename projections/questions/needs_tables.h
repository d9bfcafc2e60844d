// Needs beside what was given for them, as the question `interventions` answers: by area and level, and by the help
// that has begun. Small cells are hidden.
#pragma once

#include "projections/question.h"

#include <boost/json/array.hpp>

namespace minne {

// Of the units, age bands, sexes and years asked about; the method and the provider are those of help, not of needs.
struct NeedsTables {
  boost::json::array needs;  // {area, level, assessed, offered, granted, started, percent_started}
  boost::json::array help;   // {area, help, needs}: a need that two kinds of help began for stands under both
};
[[nodiscard]] Result<NeedsTables> needs_tables(const QuestionAsked& asked);

}  // namespace minne
