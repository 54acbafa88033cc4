// SPDX-License-Identifier: Apache-2.0
// Published tables of training runs, known by their columns: one line per format in tables.cpp, one reader per source
// in this folder. What they give is predicted and compared by validation/validation.hpp.
#pragma once

#include <filesystem>
#include <vector>

#include "training/published/run.hpp"

namespace muster {

/// Every row of the table, or of all *.csv of the folder in the order of their names. A row that cannot be predicted,
/// because a cell makes no sense or the source does not say enough, and a table of a folder that holds no runs or
/// cannot be read stand there too, with the reason in `excluded`. Throws Error where nothing at that place is a table.
std::vector<PublishedRun> read_published(const std::filesystem::path& place);

}  // namespace muster
