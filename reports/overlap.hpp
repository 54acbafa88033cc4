// SPDX-License-Identifier: Apache-2.0
// A collective beside products of matrices against the two alone: how much of the shorter half was hidden. Part of
// judge(), after the rows and before the rules.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/report.hpp"

namespace muster {

/// Sets Row::hidden_share of the pairs whose halves passed in the same report.
void add_hidden_shares(std::span<Row> rows);

/// Pairs on GPUs that took longer than one half after the other, with a setting to try. (On a host the products and the
/// progress of the collective share cores: nothing promises that they overlap.)
std::vector<std::string> find_lost_overlaps(std::span<const Row> rows);

}  // namespace muster
