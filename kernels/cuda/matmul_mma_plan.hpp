// SPDX-License-Identifier: Apache-2.0
// What is decided before an mma.sync product runs: the tile of C that a block computes, and the order of the tiles.
// Pure; the kernel is matmul_mma.cu.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "core/unsupported.hpp"
#include "kernels/cuda/matmul_mma_maps.hpp"
#include "kernels/matmul.hpp"

namespace muster {

/// A block's tile of C and the share of each of its warps.
struct MmaShape {
  int rows = 0, columns = 0;
  int warp_rows = 0, warp_columns = 0;

  constexpr int warps_down() const { return rows / warp_rows; }
  constexpr int warps_across() const { return columns / warp_columns; }
  constexpr int threads() const { return warps_down() * warps_across() * mma_maps::kWarp; }
  /// Of A and B for one step of 128 bytes along k.
  constexpr int stage_bytes() const { return (rows + columns) * mma_maps::kRowBytes; }
};

inline constexpr int kMmaStages = 3;

enum class MmaTiling {
  narrow,         ///< for products of few tiles, and for f64, whose sums take two registers each
  wide,           ///< 128 sums per lane, half of its registers, and 32 products per word read from shared memory
  wide_promoted,  ///< for 8-bit floats, which keep two sets of sums (matmul_mma.cu)
};

constexpr MmaShape shape_of(MmaTiling tiling) {
  if (tiling == MmaTiling::wide) return {128, 256, 64, 64};
  return tiling == MmaTiling::wide_promoted ? MmaShape{128, 64, 32, 32} : MmaShape{64, 64, 32, 32};
}

constexpr MmaTiling widest(ElementType type) {
  if (type == ElementType::float64) return MmaTiling::narrow;
  return type == ElementType::float8_e4m3 ? MmaTiling::wide_promoted : MmaTiling::wide;
}

struct MmaPlan {
  MmaTiling tiling = MmaTiling::narrow;
  std::int32_t tiles_down = 0, tiles_across = 0;
};

/// What of a GPU decides.
struct MmaMachine {
  int multiprocessors = 0;
  std::int64_t shared_bytes = 0;  ///< that a block may take
};

/// Wide tiles where there are enough of them for every multiprocessor and they fit. Unsupported: a type or layout that
/// the instructions lack, rows that do not begin at multiples of 16 bytes, more tiles than a grid holds.
std::variant<MmaPlan, Unsupported> plan_mma(const MatmulDescription& description, const MmaMachine& machine);

/// "128x256 tile, 8 warps of 64x64, 3 stages of 128 bytes along k".
std::string describe(const MmaPlan& plan);

struct TilePlace {
  std::int32_t down, across;
};

/// Order in which blocks take tiles: down bands of eight tile rows, so that blocks that run at one time share what
/// they read in the second-level cache.
constexpr TilePlace mma_tile(std::int32_t block, std::int32_t tiles_down, std::int32_t tiles_across) {
  constexpr std::int32_t kBand = 8;
  const std::int32_t band = block / (kBand * tiles_across), first = band * kBand;
  const std::int32_t height = tiles_down - first < kBand ? tiles_down - first : kBand;
  const std::int32_t within = block - first * tiles_across;
  return {first + within % height, within / height};
}

}  // namespace muster
