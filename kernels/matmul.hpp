// SPDX-License-Identifier: Apache-2.0
// One matrix multiplication C[m,n] = A[m,k] x B[k,n] as a description, and the prepared object that runs it.
// Host body: oneDNN (matmul_onednn.cpp). Reference in double precision: matmul_reference.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "core/element_type.hpp"
#include "core/matmul_options.hpp"
#include "core/units.hpp"
#include "core/unsupported.hpp"
#include "kernels/fill.hpp"

namespace muster {

/// Row-major, no batch. Types: float64, float32, float16, bfloat16 (result in the same type, accumulated in f32 or
/// better), int8 (signed x signed, result int32) and float8_e4m3 (result bfloat16, accumulated in f32 as far as the
/// hardware does; GPU only). The host does layout nn, full math, no epilogue, and not float64.
struct MatmulDescription {
  std::int64_t m = 0, n = 0, k = 0;
  ElementType type = ElementType::float32;
  int threads = 1;  ///< per rank, on the host
  MatmulLayout layout = MatmulLayout::nn;
  FloatMath math = FloatMath::full;
  Epilogue epilogue = Epilogue::none;
};

/// 2 m n k.
Flops flops_of(const MatmulDescription& description);
/// Least bytes that cross the memory once: A and B read, C written.
Bytes bytes_of(const MatmulDescription& description);

struct MatmulCheck {
  std::uint64_t elements = 0;  ///< compared: all for small products, else a seeded sample of rows and columns
  std::uint64_t wrong = 0;
  double worst_error = 0;  ///< largest |found - expected| / (bound of the type and k), > 1 is wrong; at most 1e9
};

/// A prepared product: buffers filled from (pattern, seed), primitive compiled. run() is the timed part and nothing
/// else.
class Matmul {
 public:
  virtual ~Matmul() = default;
  virtual void run() = 0;
  /// Compares the last run() with a double-precision reference. All elements when m n k <= 2^27, else 16 whole rows
  /// and 16 whole columns chosen by the seed.
  virtual MatmulCheck check() = 0;
  /// What runs, printable: "oneDNN 2.6.3 brg:avx512_core, B packed".
  virtual std::string configuration() const = 0;
};

/// Version of the library behind the host body, as it reports it at run time: "2.6.3".
std::string matmul_library_version();

std::variant<std::unique_ptr<Matmul>, Unsupported> make_matmul_host(const MatmulDescription& description,
                                                                    Pattern pattern, std::uint64_t seed);

}  // namespace muster
