// SPDX-License-Identifier: Apache-2.0
// p-values of many cases at once, adjusted so that a report of 300 of them raises no more false alarms than one case
// would. A case counts as changed where its adjusted p-value is at most the level.
#pragma once

#include <span>
#include <vector>

namespace muster {

enum class Multiplicity {
  benjamini_hochberg,  ///< false-discovery rate; where nothing changed this is the rate of reports with any alarm
  holm,                ///< family-wise error, whatever depends on whatever
};

/// In the order of `p_values`, each in [0, 1] (asserted); at least as large as what came in.
std::vector<double> adjust_p_values(std::span<const double> p_values, Multiplicity method);

}  // namespace muster
