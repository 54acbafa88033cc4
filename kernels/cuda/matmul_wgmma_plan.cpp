// SPDX-License-Identifier: Apache-2.0
#include "kernels/cuda/matmul_wgmma_plan.hpp"

#include <algorithm>

namespace muster {
namespace {

using wgmma::kNarrow;
using wgmma::kTileRows;
using wgmma::kWide;

constexpr int kPitch = 16;       ///< bytes; cuTensorMapEncodeTiled: each stride is a multiple
constexpr int kResultBytes = 2;  ///< f16 and bf16
/// Coordinates of the copy engine are 32-bit, and the last tile may begin a little before the end and end after it.
constexpr std::int64_t kMost = (std::int64_t{1} << 31) - 1024;

std::int64_t quotient_up(std::int64_t dividend, std::int64_t divisor) { return (dividend + divisor - 1) / divisor; }

bool has_instruction(ElementType type) {
  return type == ElementType::float16 || type == ElementType::bfloat16 || type == ElementType::float8_e4m3;
}

wgmma::Units units_of(const MatmulDescription& description, const wgmma::Shape& shape) {
  return {static_cast<std::int32_t>(quotient_up(description.m, std::int64_t{kTileRows} * shape.cluster)),
          static_cast<std::int32_t>(quotient_up(description.n, shape.columns))};
}

std::string refusal(const MatmulDescription& description) {
  const std::string type(name_of(description.type));
  const auto size = static_cast<std::int64_t>(size_of(description.type));
  if (!has_instruction(description.type)) {
    return "the wgmma matmul takes " + std::string(name_of(ElementType::float16)) + ", " +
           std::string(name_of(ElementType::bfloat16)) + " and " + std::string(name_of(ElementType::float8_e4m3)) +
           ", not " + type;
  }
  if (description.layout != MatmulLayout::nt) {
    return "the wgmma matmul takes layout nt only, not " + std::string(name_of(description.layout));
  }
  for (const std::int64_t extent : {description.m, description.n, description.k}) {
    if (extent < 1 || extent > kMost) return "the wgmma matmul takes m, n and k from 1 to " + std::to_string(kMost);
  }
  if (description.k * size % kPitch != 0) {
    return "the wgmma matmul takes rows of whole 16 bytes: " + type + " with k a multiple of " +
           std::to_string(kPitch / size);
  }
  if (description.n * kResultBytes % kPitch != 0) {
    return "the wgmma matmul takes rows of whole 16 bytes: a result with n a multiple of " +
           std::to_string(kPitch / kResultBytes);
  }
  if (units_of(description, kNarrow).count() > wgmma::kMostUnits) {
    return "the wgmma matmul takes results of at most 2^30 tiles of 128 x 128";
  }
  return {};
}

std::int64_t clusters_at_once(const wgmma::Shape& shape, int multiprocessors) {
  return std::max(1, multiprocessors / shape.cluster);
}

/// Time by tiles that one multiprocessor computes after each other, in eighths of a narrow tile's products. A narrow
/// tile reads 4/3 as many bytes of shared memory per product and fills more often: 9 instead of 8, an estimate.
std::int64_t cost(const MatmulDescription& description, const wgmma::Shape& shape, int multiprocessors) {
  const std::int64_t rounds =
      quotient_up(units_of(description, shape).count(), clusters_at_once(shape, multiprocessors));
  return rounds * (shape == kWide ? 2 * 8 : 9);
}

}  // namespace

WgmmaPlan plan_with(const wgmma::Shape& shape, const MatmulDescription& description, int multiprocessors) {
  WgmmaPlan plan;
  plan.shape = shape;
  plan.units = units_of(description, shape);
  plan.clusters = static_cast<std::int32_t>(std::min(plan.units.count(), clusters_at_once(shape, multiprocessors)));
  plan.step_size = wgmma::kRowBytes / static_cast<int>(size_of(description.type));
  plan.steps = static_cast<std::int32_t>(quotient_up(description.k, plan.step_size));
  return plan;
}

std::variant<WgmmaPlan, Unsupported> plan_wgmma(const MatmulDescription& description, int multiprocessors) {
  if (const std::string reason = refusal(description); !reason.empty()) return Unsupported{reason};
  const bool is_wide = multiprocessors >= kWide.cluster &&
                       cost(description, kWide, multiprocessors) <= cost(description, kNarrow, multiprocessors);
  return plan_with(is_wide ? kWide : kNarrow, description, multiprocessors);
}

std::string describe(const WgmmaPlan& plan) {
  const wgmma::Shape& shape = plan.shape;
  return std::to_string(kTileRows) + "x" + std::to_string(shape.columns) + "x" + std::to_string(plan.step_size) + ", " +
         std::to_string(shape.stages) + " stages, cluster " + std::to_string(shape.cluster) + ", " +
         std::to_string(plan.clusters * shape.cluster) + " blocks";
}

}  // namespace muster
