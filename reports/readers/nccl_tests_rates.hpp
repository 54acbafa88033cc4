// SPDX-License-Identifier: Apache-2.0
// What the printed bandwidths of nccl-tests tell where a log does not: busbw over algbw is a factor of the collective
// and its ranks (docs/metrics.md). Used by nccl_tests_section.cpp.
#pragma once

#include <optional>
#include <string>

#include "reports/readers/nccl_tests_section.hpp"

namespace muster {

/// Those that have no form in place: their second half repeats the first, unchecked.
bool has_no_place(Collective collective);

/// Keeps the row whose rates are the least rounded, without its samples.
void keep_fastest(std::optional<LogRow>& fastest, const LogRow& row);

/// Of an all_reduce busbw is 2 (n - 1) / n of algbw, of all else less than algbw: that tells its ranks where nothing
/// else does. 0: it does not.
int ranks_by_rates(const std::optional<LogRow>& fastest);

/// Which collective has this ratio, these ranks, operation and root; empty where several have.
std::optional<Collective> collective_by_rates(const std::optional<LogRow>& fastest, int ranks);

/// What the bandwidths say against the case's collective or ranks, after the name of a test; empty where they say
/// nothing.
std::string contradiction_in(const std::optional<LogRow>& fastest, const Case& item);

}  // namespace muster
