// SPDX-License-Identifier: Apache-2.0
// Kernels of a pass: one template for all accesses, with the arithmetic of memory_map.hpp.
#include <algorithm>
#include <limits>

#include "core/cuda.hpp"
#include "core/error.hpp"
#include "kernels/cuda/memory_pass.hpp"

namespace muster {
namespace {

using memory_map::kFactor;
using memory_map::kLoads;
using memory_map::kThreads;
using memory_map::kWritten;
static_assert(memory_map::kVectorBytes == sizeof(float4));

template <CacheHint kHint>
__device__ float4 load(const float4* address) {
  if constexpr (kHint == CacheHint::streaming) return __ldcs(address);
  return *address;
}

template <CacheHint kHint>
__device__ void store(float4* address, const float4& value) {
  if constexpr (kHint == CacheHint::streaming) {
    __stcs(address, value);
  } else {
    *address = value;
  }
}

__device__ float4 multiply_add(float factor, const float4& a, const float4& b) {
  return {fmaf(factor, a.x, b.x), fmaf(factor, a.y, b.y), fmaf(factor, a.z, b.z), fmaf(factor, a.w, b.w)};
}

/// A block's turn: kLoads vectors per thread and array, as many loaded before one is used as the registers hold (all
/// of a copy, half of a triad) that let the GPU keep all its threads.
template <MemoryAccess kAccess, CacheHint kHint>
__global__ void __launch_bounds__(kThreads)
    pass_over(float4* target, const float4* left, const float4* right, std::uint64_t turns, float* observed) {
  constexpr bool kReadsLeft = kAccess != MemoryAccess::write;
  constexpr bool kReadsRight = kAccess == MemoryAccess::add || kAccess == MemoryAccess::triad;
  float4 sum{0, 0, 0, 0};
  for (std::uint64_t turn = blockIdx.x; turn < turns; turn += gridDim.x) {
    const auto thread = static_cast<int>(threadIdx.x);
    float4 a[kLoads], b[kLoads];
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      if constexpr (kReadsLeft) a[i] = load<kHint>(left + memory_map::vector_of(turn, i, thread));
      if constexpr (kReadsRight) b[i] = load<kHint>(right + memory_map::vector_of(turn, i, thread));
    }
#pragma unroll
    for (int i = 0; i < kLoads; ++i) {
      float4* const to = target + memory_map::vector_of(turn, i, thread);
      if constexpr (kAccess == MemoryAccess::read) sum = multiply_add(1, a[i], sum);
      if constexpr (kAccess == MemoryAccess::write) store<kHint>(to, {kWritten, kWritten, kWritten, kWritten});
      if constexpr (kAccess == MemoryAccess::copy) store<kHint>(to, a[i]);
      if constexpr (kAccess == MemoryAccess::add) store<kHint>(to, multiply_add(1, b[i], a[i]));
      if constexpr (kAccess == MemoryAccess::triad) store<kHint>(to, multiply_add(kFactor, b[i], a[i]));
    }
  }
  // Never true for what is read here (no element is negative), but the compiler cannot know.
  if constexpr (kAccess == MemoryAccess::read) {
    if (sum.x + sum.y + sum.z + sum.w < 0) *observed = sum.x;
  }
}

__global__ void fill(float* target, float* left, float* right, std::uint64_t count) {
  const std::uint64_t step = std::uint64_t{gridDim.x} * blockDim.x;
  for (std::uint64_t i = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) {
    if (left != nullptr) left[i] = memory_map::left_at(i);
    if (right != nullptr) right[i] = memory_map::right_at(i);
    if (target != nullptr) target[i] = __int_as_float(0x7fc00000);
  }
}

__global__ void compare(const float* target, MemoryAccess access, std::uint64_t count, unsigned long long* wrong) {
  const std::uint64_t step = std::uint64_t{gridDim.x} * blockDim.x;
  unsigned long long mine = 0;
  for (std::uint64_t i = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) {
    if (!(target[i] == memory_map::expected_at(access, i))) ++mine;  // a NaN is wrong
  }
  if (mine > 0) atomicAdd(wrong, mine);
}

/// As many blocks as the GPU holds at once: a persistent grid whose last wave is a full one.
template <typename Kernel>
unsigned resident_blocks(Kernel kernel) {
  int device = 0, units = 0, per_unit = 0;
  check_cuda(cudaGetDevice(&device), "cudaGetDevice");
  check_cuda(cudaDeviceGetAttribute(&units, cudaDevAttrMultiProcessorCount, device), "cudaDeviceGetAttribute");
  check_cuda(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&per_unit, kernel, kThreads, 0),
             "cudaOccupancyMaxActiveBlocksPerMultiprocessor");
  return static_cast<unsigned>(std::max(units * per_unit, 1));
}

template <MemoryAccess kAccess, CacheHint kHint>
void launch(const MemoryPass& pass, cudaStream_t stream) {
  const std::uint64_t turns = pass.bytes.value / kPassBytes;
  if (turns == 0) return;
  const auto kernel = pass_over<kAccess, kHint>;
  constexpr unsigned kMostBlocks = std::numeric_limits<int>::max();  // CUDA C++ Programming Guide, x of a grid
  const unsigned most = pass.shape.grid == PassGrid::resident ? resident_blocks(kernel) : kMostBlocks;
  const auto blocks = static_cast<unsigned>(std::min<std::uint64_t>(most, turns));
  kernel<<<blocks, kThreads, 0, stream>>>(reinterpret_cast<float4*>(pass.target),
                                          reinterpret_cast<const float4*>(pass.left),
                                          reinterpret_cast<const float4*>(pass.right), turns, pass.observed);
  check_cuda(cudaGetLastError(), "launch of a pass over memory");
}

template <MemoryAccess kAccess>
void launch(const MemoryPass& pass, cudaStream_t stream) {
  if (pass.shape.hint == CacheHint::streaming) return launch<kAccess, CacheHint::streaming>(pass, stream);
  launch<kAccess, CacheHint::none>(pass, stream);
}

}  // namespace

void queue_pass(const MemoryPass& pass, cudaStream_t stream) {
  MUSTER_ASSERT(pass.bytes.value % kPassBytes == 0);
  switch (pass.access) {
    case MemoryAccess::read:
      return launch<MemoryAccess::read>(pass, stream);
    case MemoryAccess::write:
      return launch<MemoryAccess::write>(pass, stream);
    case MemoryAccess::copy:
      return launch<MemoryAccess::copy>(pass, stream);
    case MemoryAccess::add:
      return launch<MemoryAccess::add>(pass, stream);
    case MemoryAccess::triad:
      return launch<MemoryAccess::triad>(pass, stream);
    case MemoryAccess::engine_copy:
      return check_cuda(cudaMemcpyAsync(pass.target, pass.left, pass.bytes.value, cudaMemcpyDeviceToDevice, stream),
                        "cudaMemcpyAsync on one GPU");
  }
}

void queue_fill(const MemoryPass& pass, cudaStream_t stream) {
  // Inputs are const to a pass; here they are written.
  const auto writable = [](const std::byte* address) {
    return reinterpret_cast<float*>(const_cast<std::byte*>(address));
  };
  fill<<<resident_blocks(fill), kThreads, 0, stream>>>(reinterpret_cast<float*>(pass.target), writable(pass.left),
                                                       writable(pass.right), pass.bytes.value / sizeof(float));
  check_cuda(cudaGetLastError(), "launch of a fill");
}

std::uint64_t count_wrong(const MemoryPass& pass, cudaStream_t stream) {
  const DeviceBuffer counter{Bytes{sizeof(unsigned long long)}};
  unsigned long long wrong = 0;
  check_cuda(cudaMemsetAsync(counter.data(), 0, sizeof wrong, stream), "cudaMemsetAsync");
  compare<<<resident_blocks(compare), kThreads, 0, stream>>>(reinterpret_cast<const float*>(pass.target), pass.access,
                                                             pass.bytes.value / sizeof(float),
                                                             reinterpret_cast<unsigned long long*>(counter.data()));
  check_cuda(cudaGetLastError(), "launch of a comparison");
  check_cuda(cudaMemcpyAsync(&wrong, counter.data(), sizeof wrong, cudaMemcpyDeviceToHost, stream), "cudaMemcpyAsync");
  check_cuda(cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  return wrong;
}

}  // namespace muster
