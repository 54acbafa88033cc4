// SPDX-License-Identifier: Apache-2.0
// How well the time model predicts published runs: constants are fitted on a random half of each hardware generation's
// rows and checked on the other half; the shipped constants are judged on all. Printed by `muster training validate`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "training/published/run.hpp"
#include "training/timing/constants.hpp"
#include "training/timing/step.hpp"

namespace muster {

/// Which constants a prediction uses.
StepTime predict(const PublishedRun& run, const Constants& constants);

/// The half of a row: drawn per hardware generation from the seed, independent of the rows' order in the call.
enum class Half { fitted, checked };
std::vector<Half> halves(const std::vector<PublishedRun>& runs, std::uint64_t seed);

/// Starts from `start`; only rows of the half `fitted` and without `excluded` count. Each table counts by the fourth
/// root of its rows, so that a thousand small runs do not outvote three large ones.
Constants fit_constants(const std::vector<PublishedRun>& runs, const std::vector<Half>& half, Constants start);

/// Of relative errors predicted / measured - 1.
struct StepErrors {
  int runs = 0;
  double mean_absolute = 0;
  double median_absolute = 0;
  double ninetieth = 0;  ///< percentile of the absolute errors, nearest rank
  double worst = 0;      ///< of largest size, with its sign
  double bias = 0;
};

struct TableErrors {
  std::string name = {};  ///< table, or hardware generation, or "all"
  StepErrors fitted = {}, checked = {};
  StepErrors shipped = {};                      ///< all rows, shipped constants
  std::optional<double> rank_correlation = {};  ///< Spearman, mean over the sweeps of four rows or more (shipped)
  int sweeps = 0;
  int excluded = 0;
};

struct Validation {
  Constants fitted = {};
  std::vector<Half> half = {};
  std::vector<double> fitted_error = {};   ///< by run; NaN where excluded
  std::vector<double> shipped_error = {};  ///< by run; NaN where excluded
  std::vector<TableErrors> tables = {};    ///< in the order of first appearance
  std::vector<TableErrors> architectures = {};
  TableErrors all = {};
};

Validation validate(const std::vector<PublishedRun>& runs, std::uint64_t seed);

/// Spearman's rho with mean ranks for ties; both of the same length, two values at least.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace muster
