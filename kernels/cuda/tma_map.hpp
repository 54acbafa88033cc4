// SPDX-License-Identifier: Apache-2.0
// Tensor maps: what the copy engine of sm_90 knows of a matrix. The driver makes them; it is asked for its function at
// run time, so that a program linked without it starts anywhere.
#pragma once

#include <cuda.h>

#include <cstddef>
#include <cstdint>
#include <variant>

#include "core/element_type.hpp"
#include "core/unsupported.hpp"

namespace muster {

/// A row-major matrix in device memory, without gaps, and the box that one copy takes.
struct TmaMatrix {
  const std::byte* address = nullptr;  ///< a multiple of 16
  ElementType type = ElementType::bfloat16;
  std::int64_t rows = 0, columns = 0;  ///< a row is a multiple of 16 bytes
  int box_rows = 0;                    ///< of 128 bytes each: the 128-byte swizzle
};

class TmaMapMaker {
 public:
  /// Unsupported: the driver lacks the function.
  static std::variant<TmaMapMaker, Unsupported> find();
  /// Throws Error when the driver refuses.
  CUtensorMap make(const TmaMatrix& matrix) const;

 private:
  explicit TmaMapMaker(decltype(&cuTensorMapEncodeTiled) encode) : encode_(encode) {}
  decltype(&cuTensorMapEncodeTiled) encode_;
};

}  // namespace muster
