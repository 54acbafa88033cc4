// SPDX-License-Identifier: Apache-2.0
// A product as kernels take it: addresses and strides, no units and no enums.
#pragma once

#include <cstdint>

#include "kernels/cuda/matmul_body.hpp"
#include "kernels/matmul_reference.hpp"

namespace muster {

/// Element (i, p) of A lies at a[i * a_row + p * a_column], element (p, j) of B at b[p * b_row + j * b_column], element
/// (i, j) of C at c[i * n + j]; strides in elements.
struct MatmulProblem {
  std::int64_t m, n, k;
  const void* a;
  const void* b;
  void* c;
  const void* bias;  ///< null without one
  std::int64_t a_row, a_column, b_row, b_column;
  bool clips;  ///< max(0, .) at the end
};

inline MatmulProblem problem_of(const MatmulDescription& description, const MatmulOperandsOnDevice& operands) {
  const bool a_is_turned = transposes_a(description.layout), b_is_turned = transposes_b(description.layout);
  return {.m = description.m,
          .n = description.n,
          .k = description.k,
          .a = operands.a,
          .b = operands.b,
          .c = operands.c,
          .bias = operands.bias,
          .a_row = a_is_turned ? 1 : description.k,
          .a_column = a_is_turned ? description.m : 1,
          .b_row = b_is_turned ? 1 : description.n,
          .b_column = b_is_turned ? description.k : 1,
          .clips = clips_below_zero(description.epilogue)};
}

}  // namespace muster
