// SPDX-License-Identifier: Apache-2.0
// What is decided before a wgmma product runs. Pure; the kernel is matmul_wgmma.cu.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "core/unsupported.hpp"
#include "kernels/cuda/wgmma_schedule.hpp"
#include "kernels/matmul.hpp"

namespace muster {

struct WgmmaPlan {
  wgmma::Shape shape;
  wgmma::Units units;
  std::int32_t clusters = 0;   ///< that run at one time and share the units out
  std::int32_t steps = 0;      ///< along k
  std::int32_t step_size = 0;  ///< elements of k per step
};

/// Wide tiles, or narrow ones where the wide ones leave too many multiprocessors without work. Unsupported: a type or
/// layout that this kernel lacks, and rows of A, B or C that do not begin at multiples of 16 bytes, because the copy
/// engine takes no others.
std::variant<WgmmaPlan, Unsupported> plan_wgmma(const MatmulDescription& description, int multiprocessors);

/// With tiles of that shape, for a product that plan_wgmma() takes.
WgmmaPlan plan_with(const wgmma::Shape& shape, const MatmulDescription& description, int multiprocessors);

/// "128x256x64, 4 stages, cluster 2, 132 blocks".
std::string describe(const WgmmaPlan& plan);

}  // namespace muster
