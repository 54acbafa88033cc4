// SPDX-License-Identifier: Apache-2.0
// Words for how a matrix product is asked for: plans name them, kernels carry them out.
#pragma once

#include <string_view>

namespace muster {

/// Who multiplies. `native` is the library: oneDNN on the host, cuBLASLt on a GPU. The others are ours, on a GPU, from
/// naive to fast (kernels/cuda/).
enum class MatmulBody { native, plain, tiled, mma, wgmma };

/// How the operands lie, row-major: A is [m, k], or [k, m] where the first letter is t; B is [k, n], or [n, k] where
/// the second is t. A linear layer, y = x W^T with W [n, k], is nt.
enum class MatmulLayout { nn, nt, tn, tt };

/// float32 operands only: tf32 keeps 10 bits of their mantissas (round to nearest, ties away from zero) and sums in
/// f32.
enum class FloatMath { full, tf32 };

/// C = epilogue(A B): bias adds a vector [n] of the result's type to each row, relu is max(0, .), bias_relu both.
enum class Epilogue { none, bias, relu, bias_relu };

std::string_view name_of(MatmulBody body);
std::string_view name_of(MatmulLayout layout);
std::string_view name_of(FloatMath math);
std::string_view name_of(Epilogue epilogue);
/// Each throws Error listing the accepted words.
MatmulBody parse_matmul_body(std::string_view name);
MatmulLayout parse_matmul_layout(std::string_view name);
FloatMath parse_float_math(std::string_view name);
Epilogue parse_epilogue(std::string_view name);

}  // namespace muster
