// SPDX-License-Identifier: Apache-2.0
// The rungs of the matmul ladder behind one signature, from naive to fast. matmul_device.cpp lists them, owns their
// buffers and checks their results.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>

#include "core/gpu.hpp"
#include "core/unsupported.hpp"
#include "kernels/matmul.hpp"

struct CUstream_st;

namespace muster {

/// Device memory, aligned to 256 bytes, in the shapes of the description; row-major.
struct MatmulOperandsOnDevice {
  const std::byte* a = nullptr;
  const std::byte* b = nullptr;
  std::byte* c = nullptr;
  const std::byte* bias = nullptr;  ///< [n] of the result's type; null without one
};

class MatmulBodyKernel {
 public:
  virtual ~MatmulBodyKernel() = default;
  /// Queues one product on `stream`; can be captured into a CUDA graph. Throws Error when the launch fails.
  virtual void enqueue(CUstream_st* stream) = 0;
  /// What was decided, printable: "128x128x32 tile, 256 threads".
  virtual std::string configuration() const = 0;
};

using MadeMatmulBody = std::variant<std::unique_ptr<MatmulBodyKernel>, Unsupported>;

/// One maker per rung. Unsupported says what it lacks: a type, a layout, a shape, a GPU, a library.
MadeMatmulBody make_plain_body(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                               const Gpu& gpu);
MadeMatmulBody make_tiled_body(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                               const Gpu& gpu);
MadeMatmulBody make_mma_body(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                             const Gpu& gpu);
MadeMatmulBody make_wgmma_body(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                               const Gpu& gpu);
MadeMatmulBody make_native_body(const MatmulDescription& description, const MatmulOperandsOnDevice& operands,
                                const Gpu& gpu);

}  // namespace muster
