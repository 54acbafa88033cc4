// SPDX-License-Identifier: Apache-2.0
#include "collectives/validation/curve_errors.hpp"

#include <algorithm>
#include <cmath>

namespace muster {
namespace {

constexpr std::uint64_t kPlateauSpan = 4;        // sizes from the largest down
constexpr std::uint64_t kSmallMost = 64 * 1024;  // bytes

struct CurvePoint {
  double bytes;
  double rate;  ///< bytes/s of algorithm bandwidth
};

std::vector<CurvePoint> rates(std::span<const PredictedPoint> points, Seconds (*time)(const PredictedPoint&)) {
  std::vector<CurvePoint> curve;
  for (const PredictedPoint& point : points) {
    const auto bytes = static_cast<double>(point.published.size.value);
    curve.push_back({bytes, bytes / time(point).value});
  }
  return curve;
}

/// Where the curve first climbs over half of its last rate, between points by logarithms.
std::optional<double> half_size(const std::vector<CurvePoint>& curve) {
  const double half = curve.back().rate / 2;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const CurvePoint& low = curve[i - 1];
    const CurvePoint& high = curve[i];
    if (low.rate >= half || high.rate < half) continue;
    const double part = std::log(half / low.rate) / std::log(high.rate / low.rate);
    return low.bytes * std::pow(high.bytes / low.bytes, part);
  }
  return std::nullopt;
}

}  // namespace

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

CurveErrors errors_of(std::span<const PredictedPoint> points) {
  const std::uint64_t largest = points.back().published.size.value;
  std::vector<double> plateau;
  std::vector<double> latency;
  for (const PredictedPoint& point : points) {
    const double ratio = point.predicted.time / point.published.time;
    if (point.published.size.value >= largest / kPlateauSpan) plateau.push_back(1 / ratio - 1);
    if (point.published.size.value <= kSmallMost) latency.push_back(ratio - 1);
  }
  CurveErrors errors{.plateau = median_of(plateau)};
  const auto published = half_size(rates(points, [](const PredictedPoint& point) { return point.published.time; }));
  const auto predicted = half_size(rates(points, [](const PredictedPoint& point) { return point.predicted.time; }));
  if (published && predicted) errors.half_size = *predicted / *published - 1;
  if (!latency.empty()) errors.latency = median_of(latency);
  return errors;
}

}  // namespace muster
