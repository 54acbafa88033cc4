// SPDX-License-Identifier: Apache-2.0
// The check of a matrix product in double precision, for every body of Matmul: host memory in, verdict out.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/matmul.hpp"

namespace muster {

/// What went into a product and what came out, row-major in host memory.
struct MatmulOperands {
  std::span<const std::byte> a;  ///< m x k of the description's type
  std::span<const std::byte> b;  ///< k x n of the description's type
  std::span<const std::byte> c;  ///< m x n of result_type()
  Pattern pattern = Pattern::exact;
};

/// int32 for int8, else the type itself.
ElementType result_type(const MatmulDescription& description);

/// Fills A and B as every body does: A is the data of rank 0 of two, B that of rank 1.
void fill_operands(std::span<std::byte> a, std::span<std::byte> b, const MatmulDescription& description,
                   Pattern pattern, std::uint64_t seed);

/// All elements when m n k <= 2^27, else 16 whole rows and 16 whole columns spread over C, chosen by `seed`.
///
/// An element is right when |found - exact| <= gamma + rounding, where
///   gamma    = k u / (1 - k u) x sum_p |a_ip| |b_pj| with u = 2^-24: any order of k products and sums in f32
///              (Higham, Accuracy and Stability of Numerical Algorithms, 2002, eq. 3.5); 0 when all partial sums are
///              whole numbers of at most 24 bits (exact pattern), and 0 for int8;
///   rounding = 2^-p (|exact| + gamma) for a result of p significand bits, p < 24, plus half the smallest f16 (2^-25).
MatmulCheck check_product(const MatmulDescription& description, const MatmulOperands& operands, std::uint64_t seed);

}  // namespace muster
