// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/matmul_mma_plan.hpp"

#include <array>
#include <limits>

namespace muster {
namespace {

bool has_instruction(ElementType type, FloatMath math) {
  switch (type) {
    case ElementType::float32:
      return math == FloatMath::tf32;
    case ElementType::float64:
    case ElementType::float16:
    case ElementType::bfloat16:
    case ElementType::float8_e4m3:
    case ElementType::int8:
      return true;
    default:
      return false;
  }
}

constexpr std::int64_t kMostRows = std::numeric_limits<std::int32_t>::max();

std::int64_t tiles(std::int64_t extent, int tile) { return (extent + tile - 1) / tile; }

std::int64_t tiles(const MatmulDescription& description, const MmaShape& shape) {
  return tiles(description.m, shape.rows) * tiles(description.n, shape.columns);
}

}  // namespace

std::variant<MmaPlan, Unsupported> plan_mma(const MatmulDescription& description, const MmaMachine& machine) {
  const auto [m, n, k] = std::array{description.m, description.n, description.k};
  if (!has_instruction(description.type, description.math)) {
    return Unsupported{"mma.sync has no product of " + std::string(name_of(description.type)) + " matrices" +
                       (description.type == ElementType::float32 ? " in full precision: ask for tf32" : "")};
  }
  if (description.layout != MatmulLayout::nt) {
    return Unsupported{"the mma.sync matmul takes layout nt only, not " + std::string(name_of(description.layout))};
  }
  if (k * static_cast<std::int64_t>(size_of(description.type)) % mma_maps::kChunk != 0) {
    return Unsupported{"the mma.sync matmul takes rows of whole 16 bytes: " + std::string(name_of(description.type)) +
                       " with k a multiple of " + std::to_string(mma_maps::kChunk / size_of(description.type))};
  }
  const auto fits = [&](MmaTiling tiling) {
    return kMmaStages * shape_of(tiling).stage_bytes() <= machine.shared_bytes;
  };
  const MmaTiling wide = widest(description.type);
  const bool takes_wide = fits(wide) && tiles(description, shape_of(wide)) >= machine.multiprocessors;
  const MmaTiling tiling = takes_wide ? wide : MmaTiling::narrow;
  const MmaShape shape = shape_of(tiling);
  if (!fits(tiling)) return Unsupported{"the mma.sync matmul needs 48 KiB of shared memory per block"};
  if (m > kMostRows || n > kMostRows || tiles(description, shape) > std::numeric_limits<std::int32_t>::max()) {
    return Unsupported{"the mma.sync matmul takes at most 2^31 - 1 rows, columns and tiles"};
  }
  return MmaPlan{tiling, static_cast<std::int32_t>(tiles(m, shape.rows)),
                 static_cast<std::int32_t>(tiles(n, shape.columns))};
}

std::string describe(const MmaPlan& plan) {
  const MmaShape shape = shape_of(plan.tiling);
  const auto product = [](int left, int right) { return std::to_string(left) + "x" + std::to_string(right); };
  return product(shape.rows, shape.columns) + " tile, " + std::to_string(shape.threads() / mma_maps::kWarp) +
         " warps of " + product(shape.warp_rows, shape.warp_columns) + ", " + std::to_string(kMmaStages) +
         " stages of " + std::to_string(mma_maps::kRowBytes) + " bytes along k";
}

}  // namespace muster
