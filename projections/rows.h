// The rows' tables as values: rows::ReportsT and its kin, with minne::Id for ids. Include this, not the generated file.
#pragma once

#include "events/uuid.h"

#include <flatbuffers/flatbuffers.h>

namespace minne::rows {
struct Key;
}

namespace flatbuffers {
minne::rows::Key Pack(const minne::Id& id);
minne::Id UnPack(const minne::rows::Key& key);
}  // namespace flatbuffers

#include "rows_generated.h"
