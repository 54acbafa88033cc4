// SPDX-License-Identifier: Apache-2.0
// Finds the constants of a model that make its residuals small: Levenberg-Marquardt on the logarithms of the constants,
// with Huber's loss, so that a sick run in a table does not bend them, and a weak pull towards where they started.
#pragma once

#include <functional>
#include <vector>

namespace muster {

struct FreeConstant {
  double* value = nullptr;  ///< positive; read as the start, written with the result
  double least = 0, most = 0;
};

struct LeastSquares {
  int rounds = 40;
  double huber = 0.1;  ///< residuals beyond count linearly; here: relative errors of 10 %
  double pull = 0.01;  ///< weight of (ln value - ln start)^2
};

/// `residuals` is called with the constants set and gives the same number of values each time. Returns the cost
/// reached. Source: Levenberg 1944, Marquardt 1963; Huber 1964.
double minimise(const std::vector<FreeConstant>& constants, const std::function<std::vector<double>()>& residuals,
                const LeastSquares& options);

}  // namespace muster
