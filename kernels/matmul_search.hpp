// SPDX-License-Identifier: Apache-2.0
// The search for the shape at which a matmul body is fastest. What it finds is reported apart from the rates at fixed
// shapes: no layer of a model has the shape that suits a chip best. Deterministic, given what is measured.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/units.hpp"
#include "kernels/matmul.hpp"

namespace muster {

struct SearchBounds {
  Bytes memory;             ///< A, B and C together, at most
  int multiprocessors = 1;  ///< of the GPU: whole waves of tiles are tried
  int measurements = 60;    ///< at most
};

struct MeasuredShape {
  MatmulDescription description;
  FlopsPerSecond rate;
};

/// What a shape reaches; nullopt where the body has no such product.
using MeasureShape = std::function<std::optional<FlopsPerSecond>(const MatmulDescription&)>;

/// Sides of every shape that is tried are multiples of this: the largest tile side of the bodies (kernels/cuda/).
inline constexpr std::int64_t kSearchTile = 256;

/// Squares, then whole waves of tiles, then steps away from the best so far, along each side and pair of sides, that
/// shrink from a factor of two to one tile. All that could be measured, in the order of measuring, none twice; empty
/// when nothing could. m, n and k of `product` do not matter.
std::vector<MeasuredShape> search_shapes(const MatmulDescription& product, const SearchBounds& bounds,
                                         const MeasureShape& measure);

/// nullptr where nothing was measured; of equals the first.
const MeasuredShape* fastest(const std::vector<MeasuredShape>& shapes);

}  // namespace muster
