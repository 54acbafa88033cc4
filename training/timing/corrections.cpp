// SPDX-License-Identifier: Apache-2.0
#include "training/timing/corrections.hpp"

#include <algorithm>
#include <cmath>

#include "training/timing/kernels.hpp"
#include "training/timing/transfers.hpp"

namespace muster {
namespace {

double half_width(const MeasuredTime& time) { return (time.most - time.least) / (2 * time.seconds); }

/// The formats with the same rate on the wire count as one: bf16 and fp16.
Precision family_of(Precision precision) { return precision == Precision::fp16 ? Precision::bf16 : precision; }

bool is_within(int ranks, int per_node) { return ranks <= per_node; }

}  // namespace

Corrections::Corrections(const Measured& measured, const Machine& machine, const HardwareConstants& constants) {
  for (const MeasuredProduct& one : measured.products) {
    const double formula = product_time(one.m, one.n, one.k, 1, machine, one.precision, constants);
    products_.push_back({.precision = family_of(one.precision),
                         .ln_m = std::log(one.m),
                         .ln_n = std::log(one.n),
                         .ln_k = std::log(one.k),
                         .ln_factor = std::log(one.time.seconds / formula),
                         .uncertainty = half_width(one.time)});
  }
  for (const MeasuredExchange& one : measured.exchanges) {
    const GroupExchange exchange{.collective = one.collective, .bytes = one.bytes};
    const Group group{.ranks = one.ranks, .per_node = one.per_node, .stride = 1};
    const double formula = exchange_time(exchange, group, machine, constants);
    if (formula == 0) continue;
    const auto same = [&](const Curve& curve) {
      return curve.collective == one.collective && curve.ranks == one.ranks && curve.per_node == one.per_node;
    };
    auto curve = std::find_if(curves_.begin(), curves_.end(), same);
    if (curve == curves_.end()) {
      curve = curves_.insert(
          curve, {.collective = one.collective, .ranks = one.ranks, .per_node = one.per_node, .points = {}});
    }
    curve->points.push_back({.ln_bytes = std::log(one.bytes),
                             .ln_factor = std::log(one.time.seconds / formula),
                             .uncertainty = half_width(one.time)});
  }
  for (Curve& curve : curves_) {
    std::sort(curve.points.begin(), curve.points.end(),
              [](const CurvePoint& a, const CurvePoint& b) { return a.ln_bytes < b.ln_bytes; });
  }
}

Correction Corrections::of_product(Precision precision, double m, double n, double k) const {
  const double x = std::log(m), y = std::log(n), z = std::log(k);
  double weights = 0, factor = 0, doubt = 0;
  for (const ProductPoint& point : products_) {
    if (point.precision != family_of(precision)) continue;
    const double dx = point.ln_m - x, dy = point.ln_n - y, dz = point.ln_k - z;
    if (std::max({std::fabs(dx), std::fabs(dy), std::fabs(dz)}) > kProductReach) continue;
    const double distance = std::sqrt(dx * dx + dy * dy + dz * dz);
    const double weight = 1 / (distance * distance + 1e-9);  // a measured shape itself outweighs all others
    weights += weight;
    factor += weight * point.ln_factor;
    doubt += weight * (point.uncertainty + kShapeDoubt * distance);
  }
  if (weights == 0) return {};
  return {.factor = std::exp(factor / weights), .uncertainty = doubt / weights, .measured = true};
}

double Corrections::least_product_factor() const {
  double least = 0;
  for (const ProductPoint& point : products_) least = std::min(least, point.ln_factor);
  return std::exp(least);
}

Correction Corrections::along(const Curve& curve, double bytes) {
  const double x = std::log(bytes);
  const auto above = std::find_if(curve.points.begin(), curve.points.end(),
                                  [&](const CurvePoint& point) { return point.ln_bytes >= x; });
  if (above == curve.points.begin() || above == curve.points.end()) {
    const CurvePoint& end = above == curve.points.end() ? curve.points.back() : *above;
    const double doubt = kShapeDoubt * std::fabs(end.ln_bytes - x);
    return {.factor = std::exp(end.ln_factor), .uncertainty = end.uncertainty + doubt, .measured = true};
  }
  const CurvePoint& below = *(above - 1);
  const double span = above->ln_bytes - below.ln_bytes;
  const double share = span > 0 ? (x - below.ln_bytes) / span : 0;
  return {.factor = std::exp(below.ln_factor + share * (above->ln_factor - below.ln_factor)),
          .uncertainty = std::max(below.uncertainty, above->uncertainty),
          .measured = true};
}

Correction Corrections::of_exchange(const GroupExchange& exchange, const Group& group) const {
  const Curve* nearest = nullptr;
  double distance = 0;
  for (const Curve& curve : curves_) {
    if (curve.collective != exchange.collective) continue;
    if (is_within(curve.ranks, curve.per_node) != is_within(group.ranks, group.per_node)) continue;
    const double away = std::fabs(std::log2(static_cast<double>(curve.ranks) / group.ranks)) +
                        std::fabs(std::log2(static_cast<double>(curve.per_node) / group.per_node));
    if (nearest == nullptr || away < distance) {
      nearest = &curve;
      distance = away;
    }
  }
  if (nearest == nullptr || exchange.bytes <= 0) return {};
  Correction found = along(*nearest, exchange.bytes);
  found.uncertainty += kGroupDoubt * distance;
  return found;
}

}  // namespace muster
