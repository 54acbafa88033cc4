// SPDX-License-Identifier: Apache-2.0
// Who does what when in the wgmma product: the order of the tiles, the boxes that the copy engine brings and takes, and
// the ring of stages between them. Plain constexpr functions, shared by the kernel (wgmma_kernel.cuh) and host tests.
#pragma once

#include <cstdint>

#include "kernels/cuda/wgmma_maps.hpp"

namespace muster::wgmma {

/// The work of a cluster at one time: tiles below each other. Counted in units.
struct Unit {
  std::int32_t down = 0, across = 0;
};

/// Fewer than kMostUnits in all.
struct Units {
  std::int32_t down = 0, across = 0;

  constexpr std::int64_t count() const { return std::int64_t{down} * across; }
};

/// Leaves room to count on by as many units as a GPU has clusters.
inline constexpr std::int64_t kMostUnits = std::int64_t{1} << 30;

/// Units run through bands of 8 rows of units, column by column, back and forth: the clusters at work at one time read
/// about as many rows of A as of B, the least for the second-level cache, and a band begins where the last one ended.
constexpr Unit unit_at(std::int32_t index, const Units& units) {
  constexpr std::int32_t kBand = 8;
  const std::int32_t whole = units.down < kBand ? units.down : kBand;
  const std::int32_t band = index / (whole * units.across), first = band * kBand;
  const std::int32_t height = units.down - first < kBand ? units.down - first : kBand;
  const std::int32_t within = index - first * units.across;
  const std::int32_t column = within / height;
  return {first + within % height, band % 2 == 0 ? column : units.across - 1 - column};
}

/// A stage of the ring and the parity of its barriers' phase.
struct RingPlace {
  int stage = 0;
  std::uint32_t parity = 0;

  constexpr void advance(int stages) {
    if (++stage == stages) {
      stage = 0;
      parity ^= 1;
    }
  }
  /// Consumers wait for phase 0 of "full" in the first round. The producer waits for the phase of "empty" before the
  /// first one, which a fresh barrier takes as complete (PTX ISA, "mbarrier.test_wait": parity of the preceding phase).
  constexpr std::uint32_t full_parity() const { return parity; }
  constexpr std::uint32_t empty_parity() const { return parity ^ 1; }
};

/// Arrivals that complete "empty": one of each warp that reads what a block brings, in all blocks of the cluster,
/// because a block's part of B is written into the shared memory of all of them.
constexpr int releases_per_stage(const Shape& shape) { return shape.cluster * kConsumers * kWarpgroup / kWarp; }

/// 128 rows of 128 bytes of A or B. What lies outside the matrix arrives as zeros and counts as bytes, too.
struct Load {
  std::int32_t row = 0;
  int offset = 0;  ///< in the stage, of each block that receives it
};
inline constexpr int kLoadRows = 128;
static_assert(kTileRows == kLoadRows && kWide.b_rows_per_block() == kLoadRows &&
              kNarrow.b_rows_per_block() == kLoadRows);

/// Tile of C, in elements.
struct TileOrigin {
  std::int32_t row = 0, column = 0;
};
constexpr TileOrigin origin_of(const Unit& unit, const Shape& shape, int rank) {
  return {(unit.down * shape.cluster + rank) * kTileRows, unit.across * shape.columns};
}

/// What the block of that rank brings for itself.
constexpr Load a_load(const TileOrigin& tile) { return {tile.row, 0}; }
/// What it brings for the whole cluster.
constexpr Load b_load(const TileOrigin& tile, const Shape& shape, int rank) {
  const int first = rank * shape.b_rows_per_block();
  return {tile.column + first, shape.a_bytes() + first * kRowBytes};
}

}  // namespace muster::wgmma
