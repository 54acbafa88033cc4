// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/subject.hpp"
#include "kernels/reduce.hpp"
#include "kernels/reduce_cuda.hpp"

namespace muster {
namespace {

void reduce_device(std::byte* target, const std::byte* left, const std::byte* right, Bytes size, ElementType type,
                   CUstream_st* stream) {
  reduce_cuda(target, left, right, size, type, stream);
}

}  // namespace

ReduceKernels reduce_kernels() { return {reduce_host, reduce_device}; }

}  // namespace muster
