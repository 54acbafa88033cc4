// SPDX-License-Identifier: Apache-2.0
#include "kernels/matmul_search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace muster {
namespace {

using Sides = std::array<std::int64_t, 3>;  ///< m, n, k in tiles

constexpr std::int64_t kMostTiles = 4096;  ///< per side: 1 Mi rows

class Search {
 public:
  Search(const MatmulDescription& product, const SearchBounds& bounds, const MeasureShape& measure)
      : product_(product), bounds_(bounds), measure_(measure) {}

  std::vector<MeasuredShape> run() {
    for (std::int64_t side = 4; fits({side, side, side}); side *= 2) attempt({side, side, side});
    try_waves();
    for (double factor = 2; factor > 1.03; factor = std::sqrt(factor)) climb(factor);
    climb(1);
    return std::move(measured_);
  }

 private:
  static MatmulDescription shaped(MatmulDescription product, const Sides& sides) {
    product.m = sides[0] * kSearchTile;
    product.n = sides[1] * kSearchTile;
    product.k = sides[2] * kSearchTile;
    return product;
  }

  bool fits(const Sides& sides) const {
    const bool in_range = std::ranges::all_of(sides, [](std::int64_t side) { return side >= 1 && side <= kMostTiles; });
    return in_range && bytes_of(shaped(product_, sides)) <= bounds_.memory;
  }

  /// True when `sides` was measured just now and is faster than all before.
  bool attempt(const Sides& sides) {
    if (!fits(sides) || asked_.size() >= static_cast<std::size_t>(std::max(bounds_.measurements, 0))) return false;
    if (!asked_.insert(sides).second) return false;
    const MatmulDescription description = shaped(product_, sides);
    const std::optional<FlopsPerSecond> rate = measure_(description);
    if (!rate) return false;
    measured_.push_back({description, *rate});
    if (measured_.size() > 1 && *rate <= best_rate_) return false;
    best_ = sides;
    best_rate_ = *rate;
    return true;
  }

  /// Tiles of C as a multiple of the multiprocessors, as near to a square as its factors allow, at the best depth.
  void try_waves() {
    if (measured_.empty() || bounds_.multiprocessors < 1) return;
    for (const std::int64_t waves : {1, 2, 4, 8, 16}) {
      const std::int64_t tiles = waves * bounds_.multiprocessors;
      auto down = static_cast<std::int64_t>(std::sqrt(static_cast<double>(tiles)));
      while (tiles % down != 0) --down;
      attempt({down, tiles / down, best_[2]});
    }
  }

  /// Steps as long as they help. A step multiplies or divides by `factor`, and moves by one tile at least.
  void climb(double factor) {
    if (measured_.empty()) return;
    constexpr std::array<std::array<bool, 3>, 5> kDirections = {
        {{false, false, true}, {true, true, false}, {true, false, false}, {false, true, false}, {true, true, true}}};
    bool helped = true;
    while (helped) {
      helped = false;
      for (const auto& direction : kDirections) {
        helped = attempt(moved(direction, factor, 1)) || attempt(moved(direction, factor, -1)) || helped;
      }
    }
  }

  Sides moved(const std::array<bool, 3>& direction, double factor, int sign) const {
    Sides sides = best_;
    for (std::size_t i = 0; i < sides.size(); ++i) {
      if (!direction[i]) continue;
      const auto side = static_cast<double>(best_[i]);
      const auto target = static_cast<std::int64_t>(std::lround(sign > 0 ? side * factor : side / factor));
      sides[i] = sign > 0 ? std::max(target, best_[i] + 1) : std::min(target, best_[i] - 1);
    }
    return sides;
  }

  MatmulDescription product_;
  SearchBounds bounds_;
  const MeasureShape& measure_;
  std::set<Sides> asked_;
  std::vector<MeasuredShape> measured_;
  Sides best_{};
  FlopsPerSecond best_rate_{};
};

}  // namespace

std::vector<MeasuredShape> search_shapes(const MatmulDescription& product, const SearchBounds& bounds,
                                         const MeasureShape& measure) {
  return Search(product, bounds, measure).run();
}

const MeasuredShape* fastest(const std::vector<MeasuredShape>& shapes) {
  const auto best = std::ranges::max_element(shapes, {}, [](const MeasuredShape& shape) { return shape.rate; });
  return best == shapes.end() ? nullptr : &*best;
}

}  // namespace muster
