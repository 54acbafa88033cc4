// SPDX-License-Identifier: Apache-2.0
// Judges measurements by each other, without baseline or limit: a library that is slower than what its user could build
// from its other calls has a fault or a wrong setting. After J. L. Traeff, W. Gropp, R. Thakur, "Self-consistent MPI
// performance guidelines", IEEE TPDS 21(5), 2010. Step of judge(), between rows and rules.
#pragma once

#include <span>
#include <vector>

#include "reports/guideline.hpp"
#include "reports/report.hpp"

namespace muster {

/// By how much a time may exceed its reference before it counts, beyond the intervals of both.
inline constexpr double kGuidelineMargin = 0.1;

/// Only rows that can be trusted, and only like with like: type, ranks, group, cadence, placement, operation, data,
/// launch and place of the data agree. In the order of the rows, then of the guidelines.
std::vector<GuidelineViolation> check_guidelines(std::span<const Row> rows);

/// Groups of hosts each pass a case and all of them together fail it: a sentence each, for the findings. No group is to
/// blame then, and to bisect further finds nothing.
std::vector<std::string> find_sound_parts(std::span<const Row> rows);

}  // namespace muster
