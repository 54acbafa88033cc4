// SPDX-License-Identifier: Apache-2.0
// The fastest shape of a matrix product on one GPU, found by measuring: what `muster search` reports.
#pragma once

#include <variant>
#include <vector>

#include "core/gpu.hpp"
#include "core/matmul_options.hpp"
#include "core/pattern.hpp"
#include "core/unsupported.hpp"
#include "kernels/matmul_search.hpp"

namespace muster {

struct GpuSearchRequest {
  MatmulDescription product{};  ///< m, n and k do not matter
  MatmulBody body = MatmulBody::native;
  Pattern data = Pattern::entropy;
  Cache cache = Cache::cold;
  int gpu = 0;            ///< CUDA's number
  int measurements = 60;  ///< at most
};

struct GpuSearch {
  Gpu gpu;
  std::vector<MeasuredShape> shapes;  ///< in the order of measuring
};

/// Unsupported: no such GPU, or no shape of this product that the body has, with the body's reason.
std::variant<GpuSearch, Unsupported> search_on_gpu(const GpuSearchRequest& request);

}  // namespace muster
