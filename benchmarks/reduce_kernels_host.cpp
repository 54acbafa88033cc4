// SPDX-License-Identifier: Apache-2.0
// Linked when Muster is built without CUDA.
#include "benchmarks/subject.hpp"
#include "kernels/reduce.hpp"

namespace muster {

ReduceKernels reduce_kernels() { return {reduce_host, nullptr}; }

}  // namespace muster
