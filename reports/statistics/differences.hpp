// SPDX-License-Identifier: Apache-2.0
// Which cases of a report differ from those of another: one decision over all of them, so that a report of a machine
// against itself raises a false alarm in at most 1 % of reports (docs/verdict-rates.md). Used by compare and history.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/case.hpp"
#include "reports/statistics/multiplicity.hpp"

namespace muster {

enum class Outcome {
  same,       ///< the interval lies within the smallest effect that matters
  slower,     ///< worse by more than that, for sure
  faster,     ///< better by more than that, for sure
  ambiguous,  ///< cannot be told from these samples; `reason` says what would settle it
  no_data,    ///< nothing to compare
};

std::string_view name_of(Outcome outcome);

/// The samples of one case in two reports, in the order they were taken. Views: the owner outlives them.
struct SamplePair {
  std::span<const double> baseline, candidate;
  Better better = Better::lower;  ///< of the values: times are better when lower
};

/// How far two runs of an unchanged machine lie apart beyond what the samples of each show.
enum class RunSpread {
  estimated,  ///< from the spread of ratios over the cases of the report, where there are enough of them
  none,       ///< all that differs counts: two machines, two vendors
};

struct DifferenceOptions {
  double smallest_effect = 0.02;  ///< relative; less is not worth a line
  double false_alarms = 0.01;     ///< wanted rate of reports with any false alarm
  double confidence = 0.95;       ///< of the intervals
  Multiplicity multiplicity = Multiplicity::benjamini_hochberg;
  RunSpread run_spread = RunSpread::estimated;
};

struct Difference {
  Outcome outcome = Outcome::no_data;
  std::string reason{};  ///< one line: what was found, and for ambiguous what would settle it
  double ratio = 1;      ///< candidate / baseline of the values; meaningless for no_data
  double low = 1, high = 1;
  double p_value = 1;       ///< of "no change beyond the smallest effect"
  double adjusted = 1;      ///< the same over all cases of the report
  double least_effect = 0;  ///< 0.03: a change of 3 % would have been seen with a power of 80 %
};

/// In the order of `pairs`. Values that are not finite and positive make no_data, never an error.
std::vector<Difference> differences(std::span<const SamplePair> pairs, const DifferenceOptions& options = {});

}  // namespace muster
