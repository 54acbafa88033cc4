// SPDX-License-Identifier: Apache-2.0
// Device body of reduce: one thread adds 16 bytes at a time where all pointers allow it, single elements elsewhere.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "kernels/reduce_cuda.hpp"

namespace muster {
namespace {

constexpr int kThreads = 256;          ///< per block
constexpr int kBlocksPerUnit = 8;      ///< per multiprocessor: 2048 threads, all that fit
constexpr std::uint64_t kVector = 16;  ///< bytes of the widest load

/// Integers wrap: their sums are taken unsigned.
template <typename T>
__device__ T sum_of(T left, T right) {
  return static_cast<T>(left + right);
}

/// In f32 and rounded to nearest even, as on the host.
__device__ __half sum_of(__half left, __half right) {
  return __float2half_rn(__half2float(left) + __half2float(right));
}
__device__ __nv_bfloat16 sum_of(__nv_bfloat16 left, __nv_bfloat16 right) {
  return __float2bfloat16_rn(__bfloat162float(left) + __bfloat162float(right));
}

/// In f32 too; narrowed to nearest even, and what is too large becomes the largest number of the type, also an infinity
/// (cuda_fp8.h: the constructors from float saturate).
__device__ __nv_fp8_e4m3 sum_of(__nv_fp8_e4m3 left, __nv_fp8_e4m3 right) {
  return __nv_fp8_e4m3(static_cast<float>(left) + static_cast<float>(right));
}
__device__ __nv_fp8_e5m2 sum_of(__nv_fp8_e5m2 left, __nv_fp8_e5m2 right) {
  return __nv_fp8_e5m2(static_cast<float>(left) + static_cast<float>(right));
}

template <typename T>
struct alignas(kVector) Pack {
  T elements[kVector / sizeof(T)];
};

template <typename T>
__device__ Pack<T> sum_of(const Pack<T>& left, const Pack<T>& right) {
  Pack<T> sum;
#pragma unroll
  for (int i = 0; i < static_cast<int>(kVector / sizeof(T)); ++i) {
    sum.elements[i] = sum_of(left.elements[i], right.elements[i]);
  }
  return sum;
}

template <typename T>
__global__ void add(T* target, const T* left, const T* right, std::uint64_t count) {
  const std::uint64_t step = std::uint64_t{gridDim.x} * blockDim.x;
  for (std::uint64_t i = std::uint64_t{blockIdx.x} * blockDim.x + threadIdx.x; i < count; i += step) {
    target[i] = sum_of(left[i], right[i]);
  }
}

void check(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return;
  throw Error(std::string("reduce_cuda: ") + call + " failed: " + cudaGetErrorString(status) +
              "; check the GPU with nvidia-smi and that its architecture is among those this program was built for");
}

/// Enough blocks for `count` threads, at most what the current device holds at once.
unsigned blocks_for(std::uint64_t count) {
  int device = 0, units = 0;
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaDeviceGetAttribute(&units, cudaDevAttrMultiProcessorCount, device), "cudaDeviceGetAttribute");
  const std::uint64_t most = static_cast<std::uint64_t>(units) * kBlocksPerUnit;
  return static_cast<unsigned>(std::min(most, (count + kThreads - 1) / kThreads));
}

struct Request {
  void* target;
  const void* left;
  const void* right;
  std::uint64_t bytes;
  cudaStream_t stream;
};

template <typename T>
void launch(const Request& request) {
  const std::uint64_t count = request.bytes / sizeof(T);
  if (count == 0) return;
  add<<<blocks_for(count), kThreads, 0, request.stream>>>(static_cast<T*>(request.target),
                                                          static_cast<const T*>(request.left),
                                                          static_cast<const T*>(request.right), count);
  check(cudaGetLastError(), "the launch");
}

bool all_aligned(const Request& request) {
  const auto address = [](const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); };
  return (address(request.target) | address(request.left) | address(request.right)) % kVector == 0;
}

template <typename T>
void add_vectors(const Request& request) {
  if (!all_aligned(request)) return launch<T>(request);
  Request whole = request, rest = request;
  whole.bytes = request.bytes / kVector * kVector;
  rest.target = static_cast<std::byte*>(request.target) + whole.bytes;
  rest.left = static_cast<const std::byte*>(request.left) + whole.bytes;
  rest.right = static_cast<const std::byte*>(request.right) + whole.bytes;
  rest.bytes = request.bytes - whole.bytes;
  launch<Pack<T>>(whole);
  launch<T>(rest);
}

}  // namespace

void reduce_cuda(void* target, const void* left, const void* right, Bytes size, ElementType type, cudaStream_t stream) {
  MUSTER_ASSERT(size.value % size_of(type) == 0);
  const Request request{target, left, right, size.value, stream};
  switch (type) {
    case ElementType::int8:
    case ElementType::uint8:
      return add_vectors<std::uint8_t>(request);
    case ElementType::int32:
    case ElementType::uint32:
      return add_vectors<std::uint32_t>(request);
    case ElementType::int64:
    case ElementType::uint64:
      return add_vectors<std::uint64_t>(request);
    case ElementType::float16:
      return add_vectors<__half>(request);
    case ElementType::float32:
      return add_vectors<float>(request);
    case ElementType::float64:
      return add_vectors<double>(request);
    case ElementType::bfloat16:
      return add_vectors<__nv_bfloat16>(request);
    case ElementType::float8_e4m3:
      return add_vectors<__nv_fp8_e4m3>(request);
    case ElementType::float8_e5m2:
      return add_vectors<__nv_fp8_e5m2>(request);
  }
}

}  // namespace muster
