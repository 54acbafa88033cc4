// SPDX-License-Identifier: Apache-2.0
// The check of a matrix product in double precision, for every body of Matmul: host memory in, verdict out.
#pragma once

#include <cstddef>
#include <span>

#include "kernels/matmul.hpp"

namespace muster {

/// What went into a product and what came out, row-major in host memory.
struct MatmulOperands {
  std::span<const std::byte> a;  ///< m x k of the description's type, k x m where the layout transposes it
  std::span<const std::byte> b;  ///< k x n of the description's type, n x k likewise
  std::span<const std::byte> c;  ///< m x n of result_type()
  Pattern pattern = Pattern::exact;
  std::span<const std::byte> bias = {};  ///< n of result_type(), where the epilogue adds one
};

/// int32 for int8, bfloat16 for 8-bit floats, else the type itself.
ElementType result_type(const MatmulDescription& description);

bool adds_bias(Epilogue epilogue);
bool clips_below_zero(Epilogue epilogue);
/// The layout's letters.
bool transposes_a(MatmulLayout layout);
bool transposes_b(MatmulLayout layout);

/// Fills A and B as every body does: A is the data of rank 0 of two, B that of rank 1.
void fill_operands(std::span<std::byte> a, std::span<std::byte> b, const MatmulDescription& description,
                   Pattern pattern, std::uint64_t seed);

/// All elements when m n k <= 2^27, else 16 whole rows and 16 whole columns spread over C, chosen by `seed`.
///
/// An element is right when |found - exact| <= gamma + rounding, where
///   gamma    = k u / (1 - k u) x sum_p |a_ip| |b_pj| with u = 2^-24: any order of k products and sums in f32
///              (Higham, Accuracy and Stability of Numerical Algorithms, 2002, eq. 3.5); 0 when all partial sums are
///              whole numbers of at most 24 bits (exact pattern), and 0 for int8;
///              For float64 u = 2^-52, which covers the reference, too. tf32 adds 2^-9 x sum |a_ip| |b_pj|, for
///              operands that are cut or rounded to 10 bits (PTX ISA, tf32); 8-bit floats add 2^-11 x that sum, for
///              tensor cores that keep about 14 bits over stretches of 128 terms (DeepSeek-V3 Technical Report, 2024,
///              section 3.3).
///   rounding = 2^-p (|exact| + gamma) for a result of p significand bits, p < 24, plus half the smallest f16 (2^-25).
MatmulCheck check_product(const MatmulDescription& description, const MatmulOperands& operands, std::uint64_t seed);

}  // namespace muster
