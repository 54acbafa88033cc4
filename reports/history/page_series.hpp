// SPDX-License-Identifier: Apache-2.0
// What the page of a report shows of the nights before it: the cases that need a look, each over time.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "reports/history/track.hpp"
#include "reports/writers/writers.hpp"

namespace muster {

/// More charts than these nobody looks at.
inline constexpr std::size_t kMostHistoryCharts = 12;

/// Cases of the report that two nights or more have measured: first those that did not pass, then those whose level
/// changed, then the others, each in the order of the report. Times in us, metrics in their unit; a night is labelled
/// by its tag or commit, and the first of a new level by the change.
std::vector<HistorySeries> history_of(const Report& report, std::span<const HistoryTrack> tracks);

}  // namespace muster
