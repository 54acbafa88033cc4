// SPDX-License-Identifier: Apache-2.0
// Predictions against published curves: errors of plateau, half-bandwidth size and small-message latency, and rows
// that seem to beat the limit of their machine, which none may (docs/collective-validation.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collectives/validation/published_system.hpp"

namespace muster {

/// Relative: 0.1 = the prediction is 10 % above what was published. Empty where a curve does not show the figure.
struct CurveErrors {
  double plateau = 0;                 ///< bus bandwidth; median of sizes within a factor of 4 of the largest
  std::optional<double> half_size{};  ///< the size at which half of the plateau is reached
  std::optional<double> latency{};    ///< time; median of sizes up to 64 KiB
};

/// A published row that is faster than the limit of the machine that its index describes.
struct Beaten {
  int line = 0;
  Bytes size{};
  Seconds published{};
  Seconds limit{};
  std::string bound{};  ///< what binds: the fact of the machine to be doubted
};

struct PredictedPoint {
  PublishedPoint published{};
  CollectiveTime predicted{};
  Seconds limit{};  ///< 0 = none is known
};

struct ValidatedCurve {
  std::string file{};
  Collective collective = Collective::all_reduce;
  int ranks = 0;
  std::string template_name{};
  FabricClass kind = FabricClass::scale_up;
  FabricGroup group{};
  double plateau_published = 0;  ///< bytes/s of bus bandwidth at the largest size
  double plateau_predicted = 0;
  std::string choice{};  ///< algorithm and protocol predicted there
  CurveErrors errors{};
  std::vector<PredictedPoint> points{};
  std::vector<Beaten> beaten{};
};

/// Medians of absolute errors over some curves.
struct ErrorSummary {
  std::string name{};
  std::size_t curves = 0;
  double plateau = 0;
  std::optional<double> half_size{};
  std::optional<double> latency{};
};

struct ValidationReport {
  std::vector<ValidatedCurve> curves{};
  std::vector<PublishedTable> left_out{};  ///< with the reason
  std::vector<ErrorSummary> generations{};
  std::vector<ErrorSummary> classes{};
  ErrorSummary overall{};
};

/// Most that the median error of plateaus may be on NVLink, NVSwitch and rail fabrics.
inline constexpr double kMostPlateauError = 0.1;

/// Throws Error when a file of the folder is wrong.
ValidationReport validate_published(const std::string& folder);

/// Over scale-up and rail fabrics: the median plateau error is within kMostPlateauError and no row beats a limit.
bool holds(const ValidationReport& report);

}  // namespace muster
