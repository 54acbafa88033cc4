// SPDX-License-Identifier: Apache-2.0
// Measured over formula: the factors by which measurements correct the time model. Products: over ln m, ln n and ln k,
// by inverse squares of the distance. Exchanges: along the curve of the group, piecewise in ln bytes; a group that was
// not measured borrows from the nearest one of the same kind (in one node, or across nodes).
#pragma once

#include <vector>

#include "training/machine.hpp"
#include "training/measured.hpp"
#include "training/timing/constants.hpp"

namespace muster {

class Corrections {
 public:
  Corrections() = default;
  Corrections(const Measured& measured, const Machine& machine, const HardwareConstants& constants);

  Correction of_product(Precision precision, double m, double n, double k) const;
  Correction of_exchange(const GroupExchange& exchange, const Group& group) const;
  /// The smallest factor of any product, 1 at most: bounds what corrections can gain.
  double least_product_factor() const;
  bool empty() const { return products_.empty() && curves_.empty(); }

 private:
  struct ProductPoint {
    Precision precision;
    double ln_m, ln_n, ln_k;
    double ln_factor;
    double uncertainty;
  };
  struct CurvePoint {
    double ln_bytes, ln_factor, uncertainty;
  };
  struct Curve {
    Collective collective;
    int ranks, per_node;
    std::vector<CurvePoint> points;  ///< by size
  };
  static Correction along(const Curve& curve, double bytes);

  std::vector<ProductPoint> products_;
  std::vector<Curve> curves_;
};

/// A product further than this from all measured ones, in any of ln m, ln n and ln k, is not corrected.
inline constexpr double kProductReach = 1.4;  ///< a factor of four

/// Relative uncertainty that borrowing adds: per unit of distance between shapes, per doubling of a group.
inline constexpr double kShapeDoubt = 0.05;
inline constexpr double kGroupDoubt = 0.03;

}  // namespace muster
