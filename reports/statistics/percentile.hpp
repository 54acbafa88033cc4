// SPDX-License-Identifier: Apache-2.0
// Percentiles with the interval that order statistics give them, whatever the distribution. Beside summarise(), which
// does the same for the median. Formulas and sources: docs/metrics.md, section 3.
#pragma once

#include <optional>
#include <span>

namespace muster {

struct PercentileInterval {
  double value = 0;              ///< nearest rank: the ceil(q n)-th smallest sample
  std::optional<double> low{};   ///< none where the samples are too few to bound it from below
  std::optional<double> high{};  ///< none likewise from above: 100 samples do not bound the 99th percentile
  double coverage = 0;           ///< probability that the bounds that are there enclose the percentile
};

/// Of at least one finite sample, for `share` in (0, 1) (both asserted): 0.99 is the 99th percentile. Each end that is
/// there misses with at most (1 - confidence) / 2. `sorted` ascends (asserted in O(n)).
PercentileInterval percentile_interval(std::span<const double> sorted, double share, double confidence = 0.95);

}  // namespace muster
