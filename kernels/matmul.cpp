// SPDX-License-Identifier: Apache-2.0
// Work and traffic of a matrix product, the same for every body.
#include "kernels/matmul.hpp"

#include <array>

#include "kernels/matmul_reference.hpp"

namespace muster {
Flops flops_of(const MatmulDescription& description) {
  return {2.0 * static_cast<double>(description.m) * static_cast<double>(description.n) *
          static_cast<double>(description.k)};
}

Bytes bytes_of(const MatmulDescription& description) {
  const auto [m, n, k] = std::array{description.m, description.n, description.k};
  const auto elements = [](std::int64_t rows, std::int64_t columns) {
    return static_cast<std::uint64_t>(rows * columns);
  };
  return {(elements(m, k) + elements(k, n)) * size_of(description.type) +
          elements(m, n) * size_of(result_type(description))};
}

}  // namespace muster
